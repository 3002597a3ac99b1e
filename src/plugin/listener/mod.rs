//! The socket that the host connects to: a Unix socket, or TCP on loopback where there is none.

use std::{
    fmt, io,
    net::{Ipv4Addr, SocketAddr, SocketAddrV4},
    pin::Pin,
};

use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
};

use super::handshake::Socket;
use crate::ctx::Ctx;

#[cfg(unix)]
mod unix;

/// Where the plugin listens.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Address {
    /// A TCP address on loopback.
    Tcp(SocketAddr),
    /// The path of a Unix socket.
    Unix(String),
}

impl Address {
    /// The network's name in handshake and reattach lines.
    pub fn network(&self) -> &'static str {
        match self {
            Self::Tcp(_) => "tcp",
            Self::Unix(_) => "unix",
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => f.write_str(path),
        }
    }
}

/// A bound socket. Dropping it removes the socket's file.
pub(super) enum Listener {
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix(unix::UnixSocket),
}

impl Listener {
    /// Binds a fresh socket that no other user of the machine can use.
    ///
    /// On Unix that is a socket in a private folder. TCP takes its place only where each connection
    /// must prove by TLS that it comes from the host, for the system lets every user connect to it. On
    /// other systems it is TCP always.
    ///
    /// # Errors
    ///
    /// If there is no place for such a socket; the error names the variable that can give one.
    pub(super) async fn bind(socket: &Socket, tls: bool, ctx: &Ctx) -> io::Result<Self> {
        #[cfg(unix)]
        match unix::UnixSocket::bind(socket, ctx) {
            Ok(bound) => return Ok(Self::Unix(bound)),
            Err(error) if tls && socket.group.is_none() => {
                tracing::debug!(
                    error = &error as &dyn std::error::Error,
                    "listening on TCP instead"
                );
            }
            Err(error) => return Err(error),
        }
        #[cfg(not(unix))]
        let _ = (tls, ctx);
        bind_tcp(socket).await.map(Self::Tcp)
    }

    /// Where a client finds the socket.
    pub(super) fn address(&self) -> io::Result<Address> {
        Ok(match self {
            Self::Tcp(listener) => Address::Tcp(listener.local_addr()?),
            #[cfg(unix)]
            Self::Unix(socket) => Address::Unix(socket.path()),
        })
    }

    /// What removes the socket's files if this value is never dropped.
    pub(super) fn remover(&self) -> Remover {
        match self {
            Self::Tcp(_) => Remover::default(),
            #[cfg(unix)]
            Self::Unix(socket) => Remover { folder: Some(socket.folder()) },
        }
    }

    /// The next connection.
    pub(super) async fn accept(&self) -> io::Result<Pin<Box<dyn Transport>>> {
        Ok(match self {
            Self::Tcp(listener) => {
                let (stream, _) = listener.accept().await?;
                stream.set_nodelay(true)?;
                Box::pin(stream)
            }
            #[cfg(unix)]
            Self::Unix(socket) => Box::pin(socket.accept().await?),
        })
    }
}

async fn bind_tcp(socket: &Socket) -> io::Result<TcpListener> {
    let mut failure = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for port in socket.ports.clone() {
        match TcpListener::bind(SocketAddrV4::new(Ipv4Addr::LOCALHOST, port)).await {
            Ok(listener) => return Ok(listener),
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

/// Removes the socket's files in place of a [`Listener`] that cannot.
#[derive(Default)]
pub(super) struct Remover {
    #[cfg(unix)]
    folder: Option<std::path::PathBuf>,
}

impl Remover {
    pub(super) fn remove(&self) {
        #[cfg(unix)]
        if let Some(folder) = &self.folder {
            unix::remove(folder);
        }
    }
}

/// Bytes both ways, over whatever carries them.
pub(super) trait Transport: AsyncRead + AsyncWrite + Send {}

impl<T: AsyncRead + AsyncWrite + Send> Transport for T {}
