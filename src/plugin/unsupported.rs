//! The RPCs for features that a provider with only data sources does not have, such as managed
//! resources.
//!
//! Clients do not call them, because the schemas have no such features. If one does, the response has a diagnostic
//! that explains this; a gRPC error would look like a crash. The diagnostic is the same for all of them, and only its
//! place in the response differs. So one table replaces the generated code for about sixty RPCs, and `build.rs`
//! generates the server only for the others.

use std::{
    convert::Infallible,
    task::{Context, Poll},
};

use bytes::{Buf, Bytes};
use futures_util::{
    future::{BoxFuture, Ready, ready},
    stream::{Once, once},
};
use prost::Message;
use tonic::{
    Request, Response, Status, Streaming,
    body::Body,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
    server::{Grpc, NamedService, StreamingService},
};
use tower_service::Service;

use super::{MESSAGE_LIMIT, convert::session, state_body::field_start};
use crate::{diag::Diagnostics, wire::proto::tfplugin6};

/// Where the response of an RPC has its diagnostics, as the numbers of the protobuf fields from the outermost to the
/// innermost.
#[derive(Clone, Copy)]
enum Place {
    /// A list of the message `Diagnostic`.
    Diagnostics(&'static [u8]),
    /// One text.
    Text(&'static [u8]),
}

use Place::{Diagnostics as In, Text as TextIn};

/// An RPC, the feature in the plural, and the place of the diagnostics.
type Rpc = (&'static str, &'static str, Place);

/// The RPCs of the service `Provider`, of protocol 5 and 6 alike. Source: `proto/`.
static RPCS: [Rpc; 28] = [
    ("ApplyResourceChange", "managed resources", In(&[3])),
    ("GenerateResourceConfig", "managed resources", In(&[2])),
    ("ImportResourceState", "managed resources", In(&[2])),
    ("MoveResourceState", "managed resources", In(&[2])),
    ("PlanResourceChange", "managed resources", In(&[4])),
    ("ReadResource", "managed resources", In(&[2])),
    ("UpgradeResourceIdentity", "managed resources", In(&[2])),
    ("UpgradeResourceState", "managed resources", In(&[2])),
    ("ValidateResourceConfig", "managed resources", In(&[1])),
    ("ValidateResourceTypeConfig", "managed resources", In(&[1])),
    ("CloseEphemeralResource", "ephemeral resources", In(&[1])),
    ("OpenEphemeralResource", "ephemeral resources", In(&[1])),
    ("RenewEphemeralResource", "ephemeral resources", In(&[1])),
    ("ValidateEphemeralResourceConfig", "ephemeral resources", In(&[1])),
    ("ListResource", "list resources", In(&[4])),
    ("ValidateListResourceConfig", "list resources", In(&[1])),
    ("CallFunction", "functions", TextIn(&[2, 1])),
    ("ConfigureStateStore", "state stores", In(&[1])),
    ("DeleteState", "state stores", In(&[1])),
    ("GetStates", "state stores", In(&[2])),
    ("LockState", "state stores", In(&[2])),
    ("ReadStateBytes", "state stores", In(&[4])),
    ("UnlockState", "state stores", In(&[1])),
    ("ValidateStateStoreConfig", "state stores", In(&[1])),
    ("WriteStateBytes", "state stores", In(&[1])),
    ("InvokeAction", "actions", In(&[2, 1])),
    ("PlanAction", "actions", In(&[1])),
    ("ValidateActionConfig", "actions", In(&[1])),
];

impl Place {
    /// A response that has the diagnostics and nothing else.
    fn response(self, diagnostics: Diagnostics) -> Bytes {
        let (path, contents): (_, Vec<Vec<u8>>) = match self {
            Self::Diagnostics(path) => (
                path,
                // The message is the same in both protocol versions.
                diagnostics
                    .into_iter()
                    .map(|found| tfplugin6::Diagnostic::from(found).encode_to_vec())
                    .collect(),
            ),
            Self::Text(path) => {
                (path, diagnostics.into_iter().map(|found| found.detail.into_bytes()).collect())
            }
        };
        let Some((innermost, outer)) = path.split_last() else { return Bytes::new() };
        let message = contents.iter().flat_map(|content| field(*innermost, content)).collect();
        outer.iter().rfold(message, |message: Vec<u8>, number| field(*number, &message)).into()
    }
}

/// A length-delimited field of protobuf, with a number below 16.
fn field(number: u8, content: &[u8]) -> Vec<u8> {
    let mut field = field_start(number, content.len());
    field.extend_from_slice(content);
    field
}

/// The service `Provider` with a response to every RPC. `S` is the part that `build.rs` generates.
#[derive(Clone)]
pub(super) struct Complete<S>(pub(super) S);

impl<S: NamedService> NamedService for Complete<S> {
    const NAME: &'static str = S::NAME;
}

impl<S> Service<http::Request<Body>> for Complete<S>
where
    S: Service<
            http::Request<Body>,
            Response = http::Response<Body>,
            Error = Infallible,
            Future = BoxFuture<'static, Result<http::Response<Body>, Infallible>>,
        >,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let (_, name) = request.uri().path().rsplit_once('/').unwrap_or_default();
        let Some(rpc) = RPCS.iter().find(|(rpc, ..)| *rpc == name) else {
            return self.0.call(request);
        };
        let mut grpc = Grpc::new(Raw).max_decoding_message_size(MESSAGE_LIMIT);
        Box::pin(async move { Ok(grpc.streaming(Unsupported(rpc), request).await) })
    }
}

/// The response to one of [`RPCS`]. As bytes, the messages of unary RPCs are streams of one message.
struct Unsupported(&'static Rpc);

impl StreamingService<()> for Unsupported {
    type Response = Bytes;
    type ResponseStream = Once<Ready<Result<Bytes, Status>>>;
    type Future = BoxFuture<'static, Result<Response<Self::ResponseStream>, Status>>;

    fn call(&mut self, request: Request<Streaming<()>>) -> Self::Future {
        let (name, what, place) = *self.0;
        Box::pin(async move {
            let session = session(&request)?;
            let mut messages = request.into_inner();
            while messages.message().await?.is_some() {}
            let response = place.response(session.unsupported(name, what).await);
            Ok(Response::new(once(ready(Ok(response)))))
        })
    }
}

/// Ignores requests and writes responses that are encoded already.
struct Raw;

impl Codec for Raw {
    type Encode = Bytes;
    type Decode = ();
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, message: Bytes, to: &mut EncodeBuf<'_>) -> Result<(), Status> {
        bytes::BufMut::put(to, message);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = ();
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<()>, Status> {
        from.advance(from.remaining());
        Ok(Some(()))
    }
}
