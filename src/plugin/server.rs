//! The gRPC server: all services on one listener, until the end.

use std::time::Duration;

use tokio::time::sleep;
use tonic::transport::Server;

use super::{
    MESSAGE_LIMIT,
    accept::accept,
    controller::{Broker, Controller, Stdio},
    handshake::Protocol,
    health::Serving,
    lifetime::{Connections, Ending, Shutdown},
    listener::Listener,
    mtls::Mtls,
    rpc::{Service, Sessions},
};
use crate::wire::proto::{
    health::health_server::HealthServer,
    plugin::{
        grpc_broker_server::GrpcBrokerServer, grpc_controller_server::GrpcControllerServer,
        grpc_stdio_server::GrpcStdioServer,
    },
    tfplugin5, tfplugin6,
};

/// How long running calls may take to finish after the host has asked for the end. The host waits
/// two seconds, and asks for the end only after the last answer or when the user is impatient.
const GRACE: Duration = Duration::from_millis(500);

/// Serves until the host asks for the end or until `end`. Open connections are counted in
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
