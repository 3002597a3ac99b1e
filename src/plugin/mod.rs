//! A provider as a plugin: what Terraform and OpenTofu start, and how they talk to it.
//!
//! The module serves any [`Provider`](crate::contract::Provider) under protocol 5 and 6, whichever the
//! host prefers. It implements go-plugin's handshake, mutual TLS, gRPC and process lifetime. It does not
//! depend on what the provider does, so it could be a crate of its own.
//!
//! Each connection gets its own provider value and session (`rpc`), so that two hosts of one process,
//! or two configurations of one host, are isolated from each other.
//!
//! ```
//! use terraform_provider_alicloud::{
//!     ctx::fixed::FixedEnv,
//!     plugin::{Address, Handshake, ProtocolVersion},
//! };
//!
//! // What a host sets in the environment, and the line that it expects.
//! let host: FixedEnv = [
//!     (
//!         "TF_PLUGIN_MAGIC_COOKIE",
//!         "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
//!     ),
//!     ("PLUGIN_PROTOCOL_VERSIONS", "5,6"),
//! ]
//! .into_iter()
//! .collect();
//! let handshake = Handshake::read(&host).unwrap();
//! assert_eq!(handshake.protocol, ProtocolVersion::V6);
//! let socket = Address::Unix("/tmp/plugin1/socket".to_owned());
//! assert_eq!(handshake.line(&socket, None), "1|6|unix|/tmp/plugin1/socket|grpc|");
//! ```
//!
//! [`run`] runs the plugin process from start to exit; [`serve`] and [`debug`] do the same without
//! changing process-wide state, for tests and other uses.

mod convert;
mod handshake;
mod listener;
pub mod log;
mod mtls;
mod process;
mod rpc;
mod server;
mod services;
mod state_body;
mod unsupported;

use std::io::{self, Write};

use self::{
    handshake::reattach_line, listener::Listener, log::key, mtls::Mtls, process::Parent,
    rpc::Sessions, server::Connections,
};
pub use self::{
    handshake::{Error as HandshakeError, Handshake, ProtocolVersion},
    listener::{Address, Socket},
    mtls::Error as TlsError,
    process::{Ending, Mode, run},
};
use crate::{contract::NewProvider, ctx::Ctx};

/// The messages of all modules here.
pub(crate) const MESSAGES: &[&[&crate::diag::Message]] = &[rpc::MESSAGES, rpc::read::MESSAGES];

/// The largest message in either direction, in bytes: the limit of the Go providers.
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

/// The reason that a plugin cannot serve.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The handshake failed.
    #[error("handshake")]
    Handshake(#[from] HandshakeError),
    /// The handshake line could not be written.
    #[error("stdout")]
    Output(#[source] io::Error),
    /// The server failed.
    #[error("gRPC")]
    Server(#[from] tonic::transport::Error),
    /// A signal handler could not be installed.
    #[error("signals")]
    Signal(#[source] io::Error),
    /// No socket could be bound.
    #[error("socket")]
    Socket(#[source] io::Error),
    /// TLS could not be set up.
    #[error("TLS")]
    Tls(#[from] TlsError),
}

/// Serves the host that started the process until the host requests a shutdown or ends, or until `end` completes.
///
/// Writes the handshake line, and nothing else, to `stdout`.
///
/// # Errors
///
/// If no host started the process, or if the host cannot be served.
pub async fn serve(
    about: &About,
    new_provider: NewProvider,
    ctx: &Ctx,
    stdout: impl Write,
    end: impl Future<Output = Ending>,
) -> Result<Ending, Error> {
    serve_then(about, new_provider, ctx, stdout, end, |_| {}).await
}

/// Serves as [`serve`] does, and calls `bound` once there is a socket.
async fn serve_then(
    about: &About,
    new_provider: NewProvider,
    ctx: &Ctx,
    stdout: impl Write,
    end: impl Future<Output = Ending>,
    bound: impl FnOnce(listener::Remover),
) -> Result<Ending, Error> {
    let handshake = Handshake::read(ctx.env.as_ref())?;
    let host = Parent::now();
    let protocol = handshake.protocol;
    let tls = handshake.host_certificate.clone().map(Mtls::with_host).transpose()?;
    let listener =
        Listener::bind(&handshake.socket, tls.is_some(), ctx).await.map_err(Error::Socket)?;
    let address = listener.address().map_err(Error::Socket)?;
    bound(listener.remover());
    let line = handshake.line(&address, tls.as_ref().map(|tls| &tls.certificate));
    print(stdout, &line)?;
    tracing::debug!(%address, { key::VERSION } = protocol.version(), "Serving the provider");

    let sessions = Sessions::new(new_provider, about, protocol, ctx.entropy.clone());
    let connections = Connections::default();
    let end = async {
        tokio::select! {
            ending = end => ending,
            ending = connections.orphaned(host) => ending,
        }
    };
    Ok(server::run(sessions, listener, tls.as_ref(), &connections, end).await?)
}

/// Serves hosts to which the user passes the address of the plugin, without TLS, until `end`
/// completes.
///
/// Writes the assignment of `TF_REATTACH_PROVIDERS`, and nothing else, to `stdout`.
///
/// # Errors
///
/// If hosts cannot be served.
pub async fn debug(
    about: &About,
    new_provider: NewProvider,
    protocol: ProtocolVersion,
    ctx: &Ctx,
    stdout: impl Write,
    end: impl Future<Output = Ending>,
) -> Result<Ending, Error> {
    let socket = Socket::read(ctx.env.as_ref());
    let listener = Listener::bind(&socket, false, ctx).await.map_err(Error::Socket)?;
    let address = listener.address().map_err(Error::Socket)?;
    print(stdout, &reattach_line(about.address, protocol, std::process::id(), &address))?;

    let sessions = Sessions::new(new_provider, about, protocol, ctx.entropy.clone());
    // The process that started this one may have ended; only the user stops the plugin.
    Ok(server::run(sessions, listener, None, &Connections::default(), end).await?)
}

fn print(mut stdout: impl Write, line: &str) -> Result<(), Error> {
    // The host reads from a pipe: without a flush it waits.
    writeln!(stdout, "{line}").and_then(|()| stdout.flush()).map_err(Error::Output)
}
