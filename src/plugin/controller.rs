//! go-plugin's services in addition to the provider: the one that ends the process, and those that only
//! have to be there.

use tonic::{Request, Response, Status, Streaming, codegen::BoxStream};

use super::lifetime::Shutdown;
use crate::wire::proto::plugin::{
    ConnInfo, Empty, StdioData, grpc_broker_server::GrpcBroker,
    grpc_controller_server::GrpcController, grpc_stdio_server::GrpcStdio,
};

/// Ends the process when the host asks for it.
pub(super) struct Controller(pub(super) Shutdown);

#[tonic::async_trait]
impl GrpcController for Controller {
    /// Answers first: the graceful stop that this starts lets running calls finish.
    async fn shutdown(&self, _: Request<Empty>) -> Result<Response<Empty>, Status> {
        self.0.trigger();
        Ok(Response::new(Empty {}))
    }
}

/// Relays what a plugin prints. This one prints nothing, and its logs take the real stderr.
pub(super) struct Stdio(pub(super) Shutdown);

#[tonic::async_trait]
impl GrpcStdio for Stdio {
    async fn stream_stdio(&self, _: Request<()>) -> Result<Response<BoxStream<StdioData>>, Status> {
        Ok(Response::new(Box::pin(self.0.silence())))
    }
}

/// Announces side connections. A provider needs none; hosts open the stream nevertheless.
pub(super) struct Broker(pub(super) Shutdown);

#[tonic::async_trait]
impl GrpcBroker for Broker {
    async fn start_stream(
        &self,
        _: Request<Streaming<ConnInfo>>,
    ) -> Result<Response<BoxStream<ConnInfo>>, Status> {
        Ok(Response::new(Box::pin(self.0.silence())))
    }
}
