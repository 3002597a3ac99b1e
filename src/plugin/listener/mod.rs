//! The socket that the host connects to: a Unix socket, or TCP on loopback where there is none.
//!
//! The host sends the keys of the configuration through it, so no other user of the machine may connect:
//! a Unix socket is in a folder that only the user, or the group that the host names, can enter; over
//! TCP, both sides show a certificate.

use std::{
    fmt, io,
    net::{Ipv4Addr, SocketAddr, SocketAddrV4},
    ops::RangeInclusive,
    path::PathBuf,
    pin::Pin,
};

use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
};

use crate::ctx::{Ctx, Env};

#[cfg(unix)]
mod unix;

/// Where to listen, as the host requests it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Socket {
    /// The folders in which a Unix socket may be created, the preferred one first.
    pub folders: Vec<PathBuf>,
    /// The variable with which a user chooses another folder.
    pub variable: &'static str,
    /// The group that may use the socket, by name or number.
    pub group: Option<String>,
    /// The TCP ports to choose from if there are no Unix sockets; 0 is any free port.
    pub ports: RangeInclusive<u16>,
}

impl Socket {
    /// Reads where the host requests the socket. The default is the user's directory for temporary files or, if there
    /// is none, the system's.
    pub fn read(env: &dyn Env) -> Self {
        let port = |name| given(env, name).and_then(|port| port.parse::<u16>().ok());
        let (folders, variable) = match given(env, "PLUGIN_UNIX_SOCKET_DIR") {
            // A host that names a folder looks for the socket only there.
            Some(folder) => (vec![folder.into()], "PLUGIN_UNIX_SOCKET_DIR"),
            None => {
                let mut folders: Vec<PathBuf> =
                    given(env, "TMPDIR").map(Into::into).into_iter().collect();
                folders.push("/tmp".into());
                folders.dedup();
                (folders, "TMPDIR")
            }
        };
        Self {
            folders,
            variable,
            group: given(env, "PLUGIN_UNIX_SOCKET_GROUP"),
            ports: match (port("PLUGIN_MIN_PORT"), port("PLUGIN_MAX_PORT")) {
                (Some(min), Some(max)) if min <= max => min..=max,
                _ => 0..=0,
            },
        }
    }
}

/// A variable that is set and not empty.
pub(super) fn given(env: &dyn Env, name: &str) -> Option<String> {
    env.var(name).filter(|value| !value.is_empty())
}

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
    /// Binds a new socket that no other user of the machine can use.
    ///
    /// On Unix, this is a socket in a private folder. TCP replaces it only if each client must prove with TLS that it
    /// is the host, because every user of the system can connect to a TCP port. On other systems it is always TCP.
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

    /// Removes the socket's files if this value is never dropped.
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

/// Removes the socket's files if the [`Listener`] cannot do it.
#[derive(Default)]
pub(super) struct Remover {
    #[cfg(unix)]
    folder: Option<PathBuf>,
}

impl Remover {
    pub(super) fn remove(&self) {
        #[cfg(unix)]
        if let Some(folder) = &self.folder {
            unix::remove(folder);
        }
    }
}

/// A bidirectional stream of bytes, independent of the kind of socket.
pub(super) trait Transport: AsyncRead + AsyncWrite + Send {}

impl<T: AsyncRead + AsyncWrite + Send> Transport for T {}
