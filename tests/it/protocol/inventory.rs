//! Calls every RPC of both protocol versions by name, so that none is forgotten when the proto
//! files change.

use bytes::{Buf, BufMut, Bytes};
use futures_util::TryStreamExt;
use prost::Message;
use tonic::{
    Request, Response, Status, Streaming,
    client::Grpc,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
};

use super::server::Served;
use crate::support::client::{Channel, proto::tfplugin6};

/// The RPCs that a provider with only data sources implements, or that have an empty response.
const SUPPORTED: &[&str] = &[
    "Configure",
    "ConfigureProvider",
    "GetFunctions",
    "GetMetadata",
    "GetProviderSchema",
    "GetResourceIdentitySchemas",
    "GetSchema",
    "PrepareProviderConfig",
    "ReadDataSource",
    "Stop",
    "StopProvider",
    "ValidateDataResourceConfig",
    "ValidateDataSourceConfig",
    "ValidateProviderConfig",
];

/// The names of the RPCs of the service `Provider`.
fn rpcs(proto: &str) -> Vec<&str> {
    let service = proto.split_once("service Provider {").unwrap().1;
    let service = service.split_once("\n}").unwrap().0;
    let rpcs = service.lines().filter_map(|line| line.trim().strip_prefix("rpc "));
    rpcs.map(|rpc| rpc.split_once('(').unwrap().0).collect()
}

/// The field numbers, from the outermost, that lead to the diagnostics in the response to an RPC.
fn place<'a>(proto: &'a str, rpc: &str) -> Vec<u8> {
    let begins = format!("rpc {rpc}(");
    let line = proto.lines().find(|line| line.trim().starts_with(&begins)).unwrap();
    let response = line.rsplit_once('(').unwrap().1.trim_start_matches("stream ");
    let (message, part) = response.split_once(')').unwrap().0.split_once('.').unwrap();
    let body = |text: &'a str, message: &str, indent: &str| {
        let (_, rest) = text.split_once(&format!("{indent}message {message} {{\n")).unwrap();
        rest.split_once(&format!("\n{indent}}}")).unwrap().0
    };
    let body = body(body(proto, message, ""), part, "  ");
    let number = |kind: &str| {
        let line = body.lines().find(|line| line.contains(kind)).unwrap();
        line.split_once(" = ").unwrap().1.split_once(';').unwrap().0.parse().unwrap()
    };
    match rpc {
        "CallFunction" => vec![number("FunctionError "), 1],
        "InvokeAction" => vec![number("Completed completed"), number("Diagnostic ")],
        _ => vec![number("Diagnostic ")],
    }
}

/// The content of a length-delimited field of a message that has no other.
fn content(message: &[u8], number: u8) -> &[u8] {
    let (key, rest) = message.split_first().unwrap();
    assert_eq!(*key, number << 3 | 2);
    let mut rest = rest;
    let length = prost::decode_length_delimiter(&mut rest).unwrap();
    assert_eq!(rest.len(), length);
    rest
}

/// Sends an empty message to a path. It is a request of any type, and a unary call is a stream of one
/// message.
async fn call(channel: &Channel, path: &str) -> Result<Streaming<Bytes>, Status> {
    let mut grpc = Grpc::new(channel.clone());
    grpc.ready().await.unwrap();
    let request = Request::new(futures_util::stream::iter([Bytes::new()]));
    grpc.streaming(request, path.parse().unwrap(), Raw).await.map(Response::into_inner)
}

async fn every_rpc_has_a_response(protocol: &str, proto: &str, count: usize) {
    let served = Served::start(protocol).await;
    let channel = served.connect().await.channel();
    let rpcs = rpcs(proto);
    assert_eq!(rpcs.len(), count);
    for rpc in rpcs {
        let answer = call(&channel, &format!("/tfplugin{protocol}.Provider/{rpc}")).await;
        let answers: Vec<Bytes> = match answer {
            Ok(answer) => answer.try_collect().await.unwrap_or_else(|status| {
                panic!("{rpc}: {status}");
            }),
            Err(status) => panic!("{rpc}: {status}"),
        };
        assert_eq!(answers.len(), 1, "{rpc}");
        let text = String::from_utf8_lossy(&answers[0]).into_owned();
        let unsupported = !SUPPORTED.contains(&rpc);
        assert_eq!(text.contains("has no "), unsupported || rpc.contains("Data"), "{rpc}: {text}");
        if unsupported {
            let found = place(proto, rpc).into_iter().fold(&*answers[0], content);
            let detail = match rpc {
                "CallFunction" => str::from_utf8(found).unwrap().to_owned(),
                _ => tfplugin6::Diagnostic::decode(found).unwrap().detail,
            };
            assert!(detail.starts_with(&format!("{rpc} was called, but ")), "{detail}");
        }
    }
}

/// gRPC defines the status; the connection stays usable.
#[tokio::test]
async fn a_service_that_does_not_exist_is_unimplemented() {
    let served = Served::start("6").await;
    let channel = served.connect().await.channel();
    for path in ["/tfplugin5.Provider/GetSchema", "/no.Such/Method", "/", "/tfplugin6.Provider"] {
        let refused = call(&channel, path).await.unwrap_err();
        assert_eq!(refused.code(), tonic::Code::Unimplemented, "{path}");
    }
    assert!(call(&channel, "/tfplugin6.Provider/GetMetadata").await.is_ok());
}

#[tokio::test]
async fn every_rpc_of_protocol_5_has_a_response() {
    every_rpc_has_a_response("5", include_str!("../../../proto/tfplugin5.proto"), 28).await;
}

#[tokio::test]
async fn every_rpc_of_protocol_6_has_a_response() {
    every_rpc_has_a_response("6", include_str!("../../../proto/tfplugin6.proto"), 36).await;
}

/// A codec that passes messages on as bytes.
#[derive(Clone, Copy, Default)]
struct Raw;

impl Codec for Raw {
    type Encode = Bytes;
    type Decode = Bytes;
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
        to.put(message);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(from.copy_to_bytes(from.remaining())))
    }
}
