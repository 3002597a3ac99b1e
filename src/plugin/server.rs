//! The gRPC server, from the accepted connection to the services that go-plugin expects in addition to the
//! provider.
//!
//! This module accepts connections, does the TLS handshake and counts them, because the count
//! decides when the process may end: a plugin without a host and without a connection is orphaned.

use std::{
    convert::Infallible,
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use futures_util::{
    Stream, StreamExt, TryFutureExt,
    future::{BoxFuture, ready},
    stream,
};
use rustls::ServerConfig;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::{mpsc, watch},
    time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{
    Request, Response, Status, Streaming,
    body::Body,
    codegen::BoxStream,
    server::NamedService,
    transport::{Server, server::Connected},
};

use super::{
    MESSAGE_LIMIT,
    handshake::ProtocolVersion,
    listener::{Listener, Transport},
    mtls::Mtls,
    process::{Ending, Parent},
    rpc::{RpcSession, Service, Sessions},
    state_body,
    unsupported::Complete,
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

/// How long running calls may take after the host has requested a shutdown. The host waits two seconds; it requests
/// the shutdown only after the last response, or when the user interrupts it twice.
const GRACE: Duration = Duration::from_millis(500);

/// How long a TLS handshake may take. A host on the same machine needs milliseconds.
const TLS_TIMEOUT: Duration = Duration::from_secs(10);

/// How long to wait if a connection cannot be accepted, for instance because there are no free file
/// handles.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How often to check whether the host still runs. Hosts rarely crash, but if one does, its plugin must end within a
/// second.
const ORPHAN_CHECK: Duration = Duration::from_millis(250);

/// Serves until the host requests a shutdown or `end` completes. Open connections are counted in
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

    let provider = match protocol {
        ProtocolVersion::V5 => ProviderService::V5(Complete(
            tfplugin5::provider_server::ProviderServer::new(Service)
                .max_decoding_message_size(MESSAGE_LIMIT)
                .max_encoding_message_size(MESSAGE_LIMIT),
        )),
        ProtocolVersion::V6 => ProviderService::V6(Complete(
            tfplugin6::provider_server::ProviderServer::new(Service)
                .max_decoding_message_size(MESSAGE_LIMIT)
                .max_encoding_message_size(MESSAGE_LIMIT),
        )),
    };
    let services = Services {
        controller: GrpcControllerServer::new(Controller(shutdown.clone())),
        stdio: GrpcStdioServer::new(Stdio(shutdown.clone())),
        broker: GrpcBrokerServer::new(Broker(shutdown.clone())),
        health: HealthServer::new(Serving(shutdown.clone())),
        provider,
    };
    let serving =
        Server::builder().serve_with_incoming_shutdown(services, incoming, shutdown.wait());
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

/// The services of the server. A request for another one gets the gRPC status `UNIMPLEMENTED`.
#[derive(Clone)]
struct Services {
    controller: GrpcControllerServer<Controller>,
    stdio: GrpcStdioServer<Stdio>,
    broker: GrpcBrokerServer<Broker>,
    health: HealthServer<Serving>,
    provider: ProviderService,
}

/// The service `Provider` of the protocol version that the handshake announced.
#[derive(Clone)]
enum ProviderService {
    V5(Complete<tfplugin5::provider_server::ProviderServer<Service>>),
    V6(Complete<tfplugin6::provider_server::ProviderServer<Service>>),
}

impl tower_service::Service<http::Request<Body>> for Services {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    /// Every service is ready at any time.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    /// The path of a request is `/SERVICE/METHOD`.
    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let name = request.uri().path().split('/').nth(1).unwrap_or_default();
        match (name, &mut self.provider) {
            (GrpcControllerServer::<Controller>::NAME, _) => self.controller.call(request),
            (GrpcStdioServer::<Stdio>::NAME, _) => self.stdio.call(request),
            (GrpcBrokerServer::<Broker>::NAME, _) => self.broker.call(request),
            (HealthServer::<Serving>::NAME, _) => self.health.call(request),
            (name, ProviderService::V5(service)) if name == named(service) => {
                Box::pin(service.call(request).map_ok(state_body::write))
            }
            (name, ProviderService::V6(service)) if name == named(service) => {
                Box::pin(service.call(request).map_ok(state_body::write))
            }
            _ => Box::pin(ready(Ok(Status::unimplemented("no such service").into_http()))),
        }
    }
}

/// The name under which a service is called.
fn named<S: NamedService>(_: &S) -> &'static str {
    S::NAME
}

/// The open connections. Each holds a clone, and nothing else does.
#[derive(Clone, Debug, Default)]
pub(super) struct Connections(Arc<()>);

impl Connections {
    fn is_empty(&self) -> bool {
        Arc::strong_count(&self.0) == 1
    }

    /// Waits until no connection is open and the process that started this one has ended.
    ///
    /// A host that crashes loses its connection as well. Neither condition is sufficient alone: a wrapper may end
    /// early, and a host may be between two connections.
    pub(super) async fn orphaned(&self, host: Parent) -> Ending {
        while !host.has_ended() || !self.is_empty() {
            sleep(ORPHAN_CHECK).await;
        }
        Ending::Orphaned
    }
}

/// Accepts connections indefinitely. Handshakes run concurrently, so an idle peer does not delay
/// others.
fn accept(
    listener: Listener,
    tls: Option<Arc<ServerConfig>>,
    sessions: Sessions,
    connections: &Connections,
) -> (impl Future<Output = Infallible>, ReceiverStream<io::Result<Connection>>) {
    let (sender, receiver) = mpsc::channel(1);
    let acceptor = tls.map(TlsAcceptor::from);
    let accepting = async move {
        loop {
            let transport = match listener.accept().await {
                Ok(transport) => transport,
                Err(error) => {
                    tracing::error!(%error, "a connection could not be accepted");
                    sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            };
            let (acceptor, sender) = (acceptor.clone(), sender.clone());
            let (sessions, open) = (sessions.clone(), connections.clone());
            tokio::spawn(async move {
                let Some(transport) = secure(transport, acceptor).await else { return };
                let session = sessions.open();
                // The receiver is gone only when the server is stopping.
                let _ = sender.send(Ok(Connection { transport, session, _open: open })).await;
            });
        }
    };
    (accepting, ReceiverStream::new(receiver))
}

async fn secure(
    transport: Pin<Box<dyn Transport>>,
    acceptor: Option<TlsAcceptor>,
) -> Option<Pin<Box<dyn Transport>>> {
    let Some(acceptor) = acceptor else { return Some(transport) };
    match timeout(TLS_TIMEOUT, acceptor.accept(transport)).await {
        Ok(Ok(secured)) => Some(Box::pin(secured)),
        // A host may end while it connects; this is not an error.
        Ok(Err(error)) if is_hang_up(error.kind()) => {
            tracing::debug!(%error, "a connection was closed during the TLS handshake");
            None
        }
        // The host reports only "Plugin did not respond", so the log must contain the reason.
        Ok(Err(error)) => {
            tracing::error!(%error, "a connection was refused: the TLS handshake failed");
            None
        }
        Err(_) => {
            tracing::error!("a connection was refused: the TLS handshake took too long");
            None
        }
    }
}

/// Whether an error means that the peer closed the connection.
fn is_hang_up(kind: io::ErrorKind) -> bool {
    use io::ErrorKind::{
        BrokenPipe, ConnectionAborted, ConnectionReset, NotConnected, UnexpectedEof,
    };
    matches!(kind, BrokenPipe | ConnectionAborted | ConnectionReset | NotConnected | UnexpectedEof)
}

/// A connection that carries gRPC.
struct Connection {
    transport: Pin<Box<dyn Transport>>,
    session: RpcSession,
    _open: Connections,
}

impl Connected for Connection {
    /// Every request on the connection carries it.
    type ConnectInfo = RpcSession;

    fn connect_info(&self) -> RpcSession {
        self.session.clone()
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.transport.as_mut().poll_read(cx, buf)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.transport.as_mut().poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.transport.as_mut().poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.transport.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.transport.as_mut().poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.transport.as_mut().poll_shutdown(cx)
    }
}

/// Whether the host has requested the shutdown. Clones share the state.
#[derive(Clone, Debug)]
struct Shutdown(Arc<watch::Sender<bool>>);

impl Shutdown {
    fn new() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }

    /// Starts the shutdown.
    fn trigger(&self) {
        self.0.send_replace(true);
    }

    /// Waits for the shutdown.
    fn wait(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut requested = self.0.subscribe();
        async move {
            // The sender exists as long as the service, so an error can occur only at the end of
            // the process.
            let _ = requested.wait_for(|requested| *requested).await;
        }
    }

    /// A gRPC stream that stays open without a message until the shutdown: hosts hold such streams for
    /// as long as they run, and a graceful stop waits for them.
    fn silence<T: Send + 'static>(&self) -> impl Stream<Item = Result<T, Status>> + Send + use<T> {
        stream::once(self.wait()).filter_map(|()| async { None })
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

/// Relays the output of a plugin. This one prints nothing, and its logs go to the real stderr.
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
