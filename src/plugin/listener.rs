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

use super::{World, handshake::Socket};

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
    /// Binds a fresh socket in the folder asked for; TCP where the path would be too long for the
    /// system, or where the system has no Unix sockets.
    pub(super) async fn bind(socket: &Socket, world: &World) -> io::Result<Self> {
        #[cfg(unix)]
        if let Some(bound) = unix::UnixSocket::bind(socket, world)? {
            return Ok(Self::Unix(bound));
        }
        #[cfg(not(unix))]
        let _ = world;
        bind_tcp(socket).await.map(Self::Tcp)
    }

    /// Where a client finds the socket.
    pub(super) fn address(&self) -> io::Result<Address> {
        Ok(match self {
            Self::Tcp(listener) => Address::Tcp(listener.local_addr()?),
            #[cfg(unix)]
            Self::Unix(socket) => Address::Unix(socket.path().to_owned()),
        })
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

/// Bytes both ways, over whatever carries them.
pub(super) trait Transport: AsyncRead + AsyncWrite + Send {}

impl<T: AsyncRead + AsyncWrite + Send> Transport for T {}
