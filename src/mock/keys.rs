//! Keys that are created for one run: the certificate for TLS, and SSH key pairs.

use std::{net::IpAddr, sync::Arc};

use base64::{Engine, prelude::BASE64_STANDARD};
use rustls::{ServerConfig, crypto::ring};
use tokio_rustls::{TlsAcceptor, rustls::pki_types::PrivateKeyDer};

use super::config::Http;

/// The name of HTTP/2 in ALPN. Source: RFC 9113, section 3.2.
pub(super) const HTTP2: &[u8] = b"h2";
const HTTP1: &[u8] = b"http/1.1";

/// An error while creating the TLS configuration.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error("the certificate cannot be made")]
    Certificate(#[from] rcgen::Error),
    #[error("the certificate cannot be used")]
    Use(#[from] rustls::Error),
}

/// Creates a certificate for the loopback names and the address that the server listens on, and
/// returns it also as PEM.
pub(super) fn acceptor(host: IpAddr, http: Http) -> Result<(TlsAcceptor, String), Error> {
    let names = ["localhost".to_owned(), "127.0.0.1".into(), "::1".into(), host.to_string()];
    let made = rcgen::generate_simple_self_signed(names)?;
    let certificate = made.cert.der().clone();
    let pem = pem("CERTIFICATE", &certificate);
    let key = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)?;
    config.alpn_protocols = match http {
        Http::Both => vec![HTTP2.to_vec(), HTTP1.to_vec()],
        Http::Http1 => vec![HTTP1.to_vec()],
        Http::Http2 => vec![HTTP2.to_vec()],
    };
    Ok((TlsAcceptor::from(Arc::new(config)), pem))
}

/// A key pair for SSH.
pub(super) struct SshKey {
    /// PKCS #8 as PEM.
    pub(super) private: String,
    /// The public key as DER.
    pub(super) public: Vec<u8>,
}

/// Makes a key pair for SSH, on the curve P-256.
pub(super) fn ssh_key() -> Result<SshKey, rcgen::Error> {
    let key = rcgen::KeyPair::generate()?;
    Ok(SshKey {
        private: pem("PRIVATE KEY", key.serialized_der()),
        public: rcgen::PublicKeyData::subject_public_key_info(&key),
    })
}

/// Source: RFC 7468.
fn pem(label: &str, der: &[u8]) -> String {
    let base64 = BASE64_STANDARD.encode(der);
    let mut pem = format!("-----BEGIN {label}-----\n");
    let mut rest = base64.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at_checked(64).unwrap_or((rest, ""));
        pem.push_str(line);
        pem.push('\n');
        rest = after;
    }
    pem.push_str(&format!("-----END {label}-----\n"));
    pem
}
