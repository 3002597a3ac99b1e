//! Every RPC of both protocol versions has a response, by name, so that none is forgotten when the
//! proto files grow.

use bytes::{Buf, BufMut, Bytes};
use futures_util::TryStreamExt;
use tonic::{
    Request, Status,
    client::Grpc,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
};

use super::server::Served;

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

async fn every_rpc_has_a_response(protocol: &str, proto: &str, count: usize) {
    let served = Served::start(protocol).await;
    let channel = served.connect().await.channel();
    let rpcs = rpcs(proto);
    assert_eq!(rpcs.len(), count);
    for rpc in rpcs {
        let mut grpc = Grpc::new(channel.clone());
        grpc.ready().await.unwrap();
        let path = format!("/tfplugin{protocol}.Provider/{rpc}").parse().unwrap();
        // An empty message is a request of any type, and a unary call a stream of one message.
        let request = Request::new(futures_util::stream::iter([Bytes::new()]));
        let answer = grpc.streaming(request, path, Raw).await;
        let answers: Vec<Bytes> = match answer {
            Ok(answer) => answer.into_inner().try_collect().await.unwrap_or_else(|status| {
                panic!("{rpc}: {status}");
            }),
            Err(status) => panic!("{rpc}: {status}"),
        };
        assert_eq!(answers.len(), 1, "{rpc}");
        let text = String::from_utf8_lossy(&answers[0]).into_owned();
        assert_eq!(
            text.contains("has no "),
            !SUPPORTED.contains(&rpc) || rpc.contains("Data"),
            "{rpc}: {text}"
        );
    }
}

#[tokio::test]
async fn every_rpc_of_protocol_5_has_a_response() {
    every_rpc_has_a_response("5", include_str!("../../../proto/tfplugin5.proto"), 28).await;
}

#[tokio::test]
async fn every_rpc_of_protocol_6_has_a_response() {
    every_rpc_has_a_response("6", include_str!("../../../proto/tfplugin6.proto"), 36).await;
}

/// Messages as the bytes that they are.
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
