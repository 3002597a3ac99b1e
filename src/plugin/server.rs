//! The gRPC server: the provider, and the services that go-plugin expects in addition to it.

use std::time::Duration;

use futures_util::{StreamExt, stream};
use tokio::time::sleep;
use tonic::{Request, Response, Status, Streaming, codegen::BoxStream, transport::Server};

use super::{
    MESSAGE_LIMIT,
    accept::accept,
    handshake::Protocol,
    lifetime::{Connections, Ending, Shutdown},
    listener::Listener,
    mtls::Mtls,
    rpc::{Service, Sessions},
};
use crate::wire::proto::{
    health::{
        HealthCheckRequest, HealthCheckResponse,
        health_check_response::ServingStatus,
        health_server::{Health, HealthServer},
    },
    plugin::{
        ConnInfo, Empty, StdioData,
        grpc_broker_server::{GrpcBroker, GrpcBrokerServer},
        grpc_controller_server::{GrpcController, GrpcControllerServer},
        grpc_stdio_server::{GrpcStdio, GrpcStdioServer},
    },
    tfplugin5, tfplugin6,
};

/// How long running calls may take to finish after the host has requested the shutdown. The host waits
/// two seconds, and requests the shutdown only after the last response or when the user interrupts it
/// twice.
const GRACE: Duration = Duration::from_millis(500);

/// Serves until the host requests the shutdown or until `end`. Open connections are counted in
/// `connections`.
pub(super) async fn run(
    sessions: Sessions,
    listener: Listener,
    tls: Option<&Mtls>,
    connections: &Connections,
    end: impl Future<Output = Ending>,
) -> Result<Ending, tonic::transport::Error> {
    let shutdown = Shutdown::new();
    let protocol = sessions.protocol();
    let tls = tls.map(|tls| tls.config.clone());
    let (accepting, incoming) = accept(listener, tls, sessions, connections);

    let router = Server::builder()
        .add_service(GrpcControllerServer::new(Controller(shutdown.clone())))
        .add_service(GrpcStdioServer::new(Stdio(shutdown.clone())))
        .add_service(GrpcBrokerServer::new(Broker(shutdown.clone())))
        .add_service(HealthServer::new(Serving(shutdown.clone())));
    let router = match protocol {
        Protocol::V5 => router.add_service(
            tfplugin5::provider_server::ProviderServer::new(Service)
                .max_decoding_message_size(MESSAGE_LIMIT)
                .max_encoding_message_size(MESSAGE_LIMIT),
        ),
        Protocol::V6 => router.add_service(
            tfplugin6::provider_server::ProviderServer::new(Service)
                .max_decoding_message_size(MESSAGE_LIMIT)
                .max_encoding_message_size(MESSAGE_LIMIT),
        ),
    };
    let serving = router.serve_with_incoming_shutdown(incoming, shutdown.wait());
    let grace = async {
        shutdown.wait().await;
        sleep(GRACE).await;
    };
    tokio::select! {
        served = serving => served.map(|()| Ending::Shutdown),
        () = grace => Ok(Ending::Shutdown),
        never = accepting => match never {},
        ending = end => Ok(ending),
    }
}

/// Ends the process when the host requests it.
struct Controller(Shutdown);

#[tonic::async_trait]
impl GrpcController for Controller {
    /// Responds first: this starts a graceful stop, which lets running calls finish.
    async fn shutdown(&self, _: Request<Empty>) -> Result<Response<Empty>, Status> {
        self.0.trigger();
        Ok(Response::new(Empty {}))
    }
}

/// Relays what a plugin prints. This one prints nothing, and its logs take the real stderr.
struct Stdio(Shutdown);

#[tonic::async_trait]
impl GrpcStdio for Stdio {
    async fn stream_stdio(&self, _: Request<()>) -> Result<Response<BoxStream<StdioData>>, Status> {
        Ok(Response::new(Box::pin(self.0.silence())))
    }
}

/// Announces side connections. A provider needs none; hosts open the stream nevertheless.
struct Broker(Shutdown);

#[tonic::async_trait]
impl GrpcBroker for Broker {
    async fn start_stream(
        &self,
        _: Request<Streaming<ConnInfo>>,
    ) -> Result<Response<BoxStream<ConnInfo>>, Status> {
        Ok(Response::new(Box::pin(self.0.silence())))
    }
}

/// The standard health service, which go-plugin queries for the service `plugin`. It reports that the
/// plugin is serving for as long as the process runs.
struct Serving(Shutdown);

/// The empty name stands for the server as a whole.
fn status_of(service: &str) -> ServingStatus {
    match service {
        "" | "plugin" => ServingStatus::Serving,
        _ => ServingStatus::ServiceUnknown,
    }
}

#[tonic::async_trait]
impl Health for Serving {
    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        match status_of(&request.get_ref().service) {
            ServingStatus::Serving => {
                Ok(Response::new(HealthCheckResponse { status: ServingStatus::Serving.into() }))
            }
            _ => Err(Status::not_found("no such service")),
        }
    }

    async fn watch(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<BoxStream<HealthCheckResponse>>, Status> {
        let status = status_of(&request.get_ref().service).into();
        let first = stream::iter([Ok(HealthCheckResponse { status })]);
        Ok(Response::new(Box::pin(first.chain(self.0.silence()))))
    }
}
