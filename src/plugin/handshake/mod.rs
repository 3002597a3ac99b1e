//! The handshake: the host states its requirements in environment variables, and the plugin
//! responds with one line on stdout. This module is pure: it reads the environment and returns the
//! line.
//!
//! Source: hashicorp/go-plugin, `server.go` and `client.go`.

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use rustls::pki_types::{CertificateDer, pem::PemObject};
use serde_json::json;

use super::listener::{Address, Socket, given};
use crate::ctx::Env;

/// Proves that a host started the process. Not a secret: it is the same for every provider.
const COOKIE: (&str, &str) =
    ("TF_PLUGIN_MAGIC_COOKIE", "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2");

/// A version of Terraform's provider protocol.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum ProtocolVersion {
    /// Terraform 0.12 and newer.
    V5,
    /// Terraform 1.0 and newer, OpenTofu.
    V6,
}

/// What the host requests.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Handshake {
    /// The version to speak.
    pub protocol: ProtocolVersion,
    /// The certificate that the host will present; `None` for no TLS.
    pub host_certificate: Option<CertificateDer<'static>>,
    /// The place for the socket.
    pub socket: Socket,
    /// Whether the host expects the field about multiplexing of side connections.
    pub expects_multiplexing: bool,
}

/// An error in the handshake.
#[derive(Debug, Eq, PartialEq, thiserror::Error)]
pub enum Error {
    /// The host's certificate cannot be read.
    #[error("PLUGIN_CLIENT_CERT contains no certificate in PEM form")]
    InvalidCertificate,
    /// No host started the process.
    #[error("not started by Terraform or OpenTofu")]
    NoHost,
}

impl ProtocolVersion {
    /// The major version, as the handshake and the reattach line write it.
    pub fn major(self) -> u8 {
        match self {
            Self::V5 => 5,
            Self::V6 => 6,
        }
    }

    /// The version of the `.proto` file that is served.
    pub fn version(self) -> &'static str {
        match self {
            Self::V5 => "5.10",
            Self::V6 => "6.11",
        }
    }

    /// The newest supported version among those that a host lists. If it lists no supported
    /// version, the oldest one, so that the host can report the mismatch itself.
    fn negotiate(offered: &str) -> Self {
        let offered: Vec<&str> = offered.split(',').map(str::trim).collect();
        [Self::V6, Self::V5]
            .into_iter()
            .find(|protocol| offered.contains(&protocol.major().to_string().as_str()))
            .unwrap_or(Self::V5)
    }
}

impl Handshake {
    /// Reads what the host requests.
    ///
    /// # Errors
    ///
    /// If no host started the process, or if its certificate cannot be read.
    pub fn read(env: &dyn Env) -> Result<Self, Error> {
        let (name, value) = COOKIE;
        if env.var(name).as_deref() != Some(value) {
            return Err(Error::NoHost);
        }
        let host_certificate = given(env, "PLUGIN_CLIENT_CERT")
            .map(|pem| CertificateDer::from_pem_slice(pem.as_bytes()))
            .transpose()
            .map_err(|_| Error::InvalidCertificate)?;
        Ok(Self {
            protocol: ProtocolVersion::negotiate(
                &given(env, "PLUGIN_PROTOCOL_VERSIONS").unwrap_or_default(),
            ),
            host_certificate,
            socket: Socket::read(env),
            expects_multiplexing: given(env, "PLUGIN_MULTIPLEX_GRPC").is_some(),
        })
    }

    /// The line with the address to which the host connects, without its newline.
    ///
    /// The base64 text of the certificate has no padding, because the host expects none. The seventh field is sent
    /// only if the host expects it; other hosts would read it as a part of the certificate.
    pub fn line(&self, address: &Address, certificate: Option<&CertificateDer<'_>>) -> String {
        let certificate = certificate.map(|der| STANDARD_NO_PAD.encode(der)).unwrap_or_default();
        let multiplexing = if self.expects_multiplexing { "|false" } else { "" };
        let (major, network) = (self.protocol.major(), address.network());
        format!("1|{major}|{network}|{address}|grpc|{certificate}{multiplexing}")
    }
}

/// The variable in which Terraform and OpenTofu look for plugins that they did not start.
const REATTACH: &str = "TF_REATTACH_PROVIDERS";

/// What `--debug` prints: the variable assignment that makes a host use a running plugin, ready to paste into a POSIX
/// shell.
///
/// Source: HashiCorp's guide to debugging providers, and hashicorp/terraform,
/// `internal/getproviders/reattach`.
pub(super) fn reattach_line(
    source: &str,
    protocol: ProtocolVersion,
    pid: u32,
    address: &Address,
) -> String {
    let providers = json!({
        source: {
            "Protocol": "grpc",
            "ProtocolVersion": protocol.major(),
            "Pid": pid,
            // The host must not stop a plugin that it did not start.
            "Test": true,
            "Addr": { "Network": address.network(), "String": address.to_string() },
        }
    });
    format!("{REATTACH}='{}'", providers.to_string().replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests;
