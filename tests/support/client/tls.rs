//! From a handshake line to a gRPC channel, as a Go host does it.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use http::{
    Request, Response, Uri,
    uri::{Authority, Scheme},
};
use hyper::{
    body::Incoming,
    client::conn::http2::{Builder, SendRequest},
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::{
    ClientConfig, RootCertStore, SignatureScheme, SupportedProtocolVersion,
    client::ResolvesClientCert,
    crypto::ring,
    pki_types::{CertificateDer, ServerName},
    sign::CertifiedKey,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;
use tonic::body::Body;
use tower_service::Service;

use super::{Error, Identity, Line};

/// The largest window that Go hosts allow.
const MAX_WINDOW: u32 = (1 << 31) - 1;

trait Transport: AsyncRead + AsyncWrite + Send {}

impl<T: AsyncRead + AsyncWrite + Send> Transport for T {}

/// A channel to the plugin, over these TLS versions if the plugin has a certificate.
///
/// # Errors
///
/// If nothing listens at the address, if the plugin's certificate is not the one in the line or is
/// not for `localhost`, or if the plugin does not select `h2`.
pub async fn connect(
    line: &Line,
    identity: Option<&Identity>,
    versions: &[&'static SupportedProtocolVersion],
) -> Result<Channel, Error> {
    let stream = dial(line).await?;
    let stream = match &line.certificate {
        None => stream,
        Some(certificate) => {
            let config = tls_config(certificate, identity, versions)?;
            let name = ServerName::try_from("localhost")?;
            let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await?;
            let (_, session) = stream.get_ref();
            // grpc-go 1.67 and later refuse other servers.
            if session.alpn_protocol() != Some(b"h2") {
                return Err("the plugin did not select h2".into());
            }
            Box::pin(stream)
        }
    };
    let (requests, connection) = Builder::new(TokioExecutor::new())
        .initial_stream_window_size(MAX_WINDOW)
        .initial_connection_window_size(MAX_WINDOW)
        .handshake(TokioIo::new(stream))
        .await?;
    // It ends after the last channel is dropped. Why it broke is in the error of each call.
    tokio::spawn(connection);
    Ok(Channel(requests))
}

/// The one connection to a plugin, under the clients that are generated from `proto/`. Clones share it, and there is
/// no other if it breaks.
#[derive(Clone)]
pub struct Channel(SendRequest<Body>);

impl Service<Request<Body>> for Channel {
    type Response = Response<Incoming>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.0.poll_ready(cx).map_err(Error::from)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let mut uri = std::mem::take(request.uri_mut()).into_parts();
        uri.scheme = Some(Scheme::HTTP);
        uri.authority = Some(Authority::from_static("localhost"));
        let response = Uri::from_parts(uri).map(|uri| {
            *request.uri_mut() = uri;
            self.0.send_request(request)
        });
        Box::pin(async move { Ok(response?.await?) })
    }
}

async fn dial(line: &Line) -> Result<Pin<Box<dyn Transport>>, Error> {
    match line.network.as_str() {
        #[cfg(unix)]
        "unix" => Ok(Box::pin(tokio::net::UnixStream::connect(&line.address).await?)),
        "tcp" => Ok(Box::pin(TcpStream::connect(&line.address).await?)),
        other => Err(format!("no network {other:?}").into()),
    }
}

/// The plugin's certificate is the only root, as in Go's pool.
fn tls_config(
    certificate: &CertificateDer<'static>,
    identity: Option<&Identity>,
    versions: &[&'static SupportedProtocolVersion],
) -> Result<ClientConfig, Error> {
    let mut roots = RootCertStore::empty();
    roots.add(certificate.clone())?;
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(versions)?
        .with_root_certificates(roots);
    let mut config = match identity {
        None => builder.with_no_client_auth(),
        Some(identity) => {
            let key = Arc::new(identity.certified_key());
            builder.with_client_cert_resolver(Arc::new(Always(key)))
        }
    };
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(config)
}

/// Presents the one certificate, regardless of the server's hints.
#[derive(Debug)]
struct Always(Arc<CertifiedKey>);

impl ResolvesClientCert for Always {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }

    fn has_certs(&self) -> bool {
        true
    }
}
