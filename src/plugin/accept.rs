//! Connections on their way from the listener to gRPC: accepted, through TLS, counted.

use std::{
    convert::Infallible,
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use rustls::ServerConfig;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::mpsc,
    time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::server::Connected;

use super::{
    lifetime::Connections,
    listener::{Listener, Transport},
    rpc::{RpcSession, Sessions},
};

/// How long a TLS handshake may take. A host on the same machine needs milliseconds.
const TLS_TIMEOUT: Duration = Duration::from_secs(10);

/// How long to rest when a connection cannot be accepted, for instance for lack of file handles.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Accepts connections indefinitely. Handshakes run concurrently, so an idle peer does not delay
/// others.
pub(super) fn accept(
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
        // A host that ends while it connects did nothing wrong.
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

/// Whether an error says that the peer is gone.
fn is_hang_up(kind: io::ErrorKind) -> bool {
    use io::ErrorKind::{
        BrokenPipe, ConnectionAborted, ConnectionReset, NotConnected, UnexpectedEof,
    };
    matches!(kind, BrokenPipe | ConnectionAborted | ConnectionReset | NotConnected | UnexpectedEof)
}

/// A connection that carries gRPC.
pub(super) struct Connection {
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
