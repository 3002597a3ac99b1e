//! A provider as a plugin: what Terraform and OpenTofu start, and how they talk to it.
//!
//! The module serves any [`Provider`] under protocol 5 and 6, whichever
//! the host prefers. It knows go-plugin's handshake, mutual TLS, gRPC and the process's life; it
//! knows nothing of what the provider is about, so that it could be a crate of its own.
//!
//! [`run`] is a whole process life; [`serve`] and [`debug`] are its parts that do not touch the
//! process, for tests and other uses.

mod accept;
mod answer;
mod controller;
mod from_proto;
mod handshake;
mod health;
mod lifetime;
mod listener;
pub mod log;
mod mtls;
mod parent;
mod process;
mod reattach;
mod rpc;
mod server;
mod to_proto;
mod v5;
mod v6;

use std::{
    io::{self, Write},
    sync::Arc,
};

pub use self::{
    handshake::{Error as HandshakeError, Handshake, Protocol, Socket},
    lifetime::Ending,
    listener::Address,
    mtls::Error as TlsError,
    process::{Mode, run},
};
use self::{
    lifetime::Connections, listener::Listener, log::key, mtls::Mtls, parent::Parent, rpc::Service,
};
use crate::{
    contract::Provider,
    ctx::{Clock, Ctx, Entropy, Env, Files},
};

/// The largest message in either direction, in bytes, as the Go providers have it.
const MESSAGE_LIMIT: usize = 256 << 20;

/// What the plugin is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct About {
    /// The full source address, such as `registry.terraform.io/acme/cloud`.
    pub address: &'static str,
    /// The provider's own name, such as `cloud`.
    pub name: &'static str,
    /// The version of the release.
    pub version: &'static str,
}

/// What the plugin needs of the outside world.
#[derive(Clone)]
pub struct World {
    /// The time of log lines.
    pub clock: Arc<dyn Clock>,
    /// Names of sockets and numbers of requests.
    pub entropy: Arc<dyn Entropy>,
    /// What the host asks for.
    pub env: Arc<dyn Env>,
    /// The numbers of groups.
    pub files: Arc<dyn Files>,
}

impl From<&Ctx> for World {
    fn from(ctx: &Ctx) -> Self {
        Self {
            clock: ctx.clock.clone(),
            entropy: ctx.entropy.clone(),
            env: ctx.env.clone(),
            files: ctx.files.clone(),
        }
    }
}

/// Why a plugin could not serve.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The handshake failed.
    #[error("handshake")]
    Handshake(#[from] HandshakeError),
    /// The line could not be written.
    #[error("stdout")]
    Output(#[source] io::Error),
    /// The server failed.
    #[error("gRPC")]
    Server(#[from] tonic::transport::Error),
    /// A signal could not be waited for.
    #[error("signals")]
    Signal(#[source] io::Error),
    /// There is no socket to listen on.
    #[error("socket")]
    Socket(#[source] io::Error),
    /// There is no TLS.
    #[error("TLS")]
    Tls(#[from] TlsError),
}

/// Serves the host that started the process, until it asks for the end or is gone, or until `end`.
///
/// Writes the handshake line, and nothing else, to `stdout`.
///
/// # Errors
///
/// If no host started the process, or if it cannot be served.
pub async fn serve(
    about: &About,
    provider: Arc<dyn Provider>,
    world: &World,
    stdout: impl Write,
    end: impl Future<Output = Ending>,
) -> Result<Ending, Error> {
    let handshake = Handshake::read(world.env.as_ref())?;
    let host = Parent::now();
    let protocol = handshake.protocol;
    let tls = handshake.host_certificate.clone().map(Mtls::with_host).transpose()?;
    let listener = Listener::bind(&handshake.socket, world).await.map_err(Error::Socket)?;
    let address = listener.address().map_err(Error::Socket)?;
    let line = handshake.line(&address, tls.as_ref().map(|tls| &tls.certificate));
    print(stdout, &line)?;
    tracing::debug!(%address, { key::VERSION } = protocol.version(), "Serving the provider");

    let service = Service::new(provider, about, protocol, world);
    let connections = Connections::default();
    let end = async {
        tokio::select! {
            ending = end => ending,
            ending = connections.orphaned(host) => ending,
        }
    };
    Ok(server::run(service, protocol, listener, tls.as_ref(), &connections, end).await?)
}

/// Serves hosts that are told where to find the plugin, without TLS, until `end`.
///
/// Writes the assignment of `TF_REATTACH_PROVIDERS`, and nothing else, to `stdout`.
///
/// # Errors
///
/// If hosts cannot be served.
pub async fn debug(
    about: &About,
    provider: Arc<dyn Provider>,
    protocol: Protocol,
    world: &World,
    stdout: impl Write,
    end: impl Future<Output = Ending>,
) -> Result<Ending, Error> {
    let socket = Socket::read(world.env.as_ref());
    let listener = Listener::bind(&socket, world).await.map_err(Error::Socket)?;
    let address = listener.address().map_err(Error::Socket)?;
    print(stdout, &reattach::line(about.address, protocol, std::process::id(), &address))?;

    let service = Service::new(provider, about, protocol, world);
    // Whoever started the process may be gone: it is for the user to end it.
    Ok(server::run(service, protocol, listener, None, &Connections::default(), end).await?)
}

fn print(mut stdout: impl Write, line: &str) -> Result<(), Error> {
    // The host reads from a pipe: without a flush it waits.
    writeln!(stdout, "{line}").and_then(|()| stdout.flush()).map_err(Error::Output)
}
