//! A web server for one folder, with TLS and its own certificate authority.

use std::{
    convert::Infallible,
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    thread::{self, JoinHandle},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http_body_util::Full;
use hyper::{Request, Response, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{ServerConfig, pki_types::PrivateKeyDer};
use tokio::{net::TcpListener, sync::oneshot};
use tokio_rustls::TlsAcceptor;

/// The server; it ends when dropped.
pub struct FileServer {
    /// Such as `https://127.0.0.1:4711/`.
    pub url: String,
    /// The certificate of the authority, in PEM.
    pub authority: String,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl FileServer {
    /// Serves a folder on a free port.
    pub fn start(folder: &Path) -> Self {
        let (authority, config) = certify();
        let (told, address) = std::sync::mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        let folder = folder.to_owned();
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(async {
                let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
                told.send(listener.local_addr().unwrap()).unwrap();
                tokio::select! {
                    () = serve(listener, config, folder) => {}
                    _ = stopped => {}
                }
            });
        });
        let address: SocketAddr = address.recv().unwrap();
        Self {
            url: format!("https://{address}/"),
            authority,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// The CLI configuration that installs from here.
    pub fn configuration(&self) -> String {
        format!(
            "provider_installation {{\n  network_mirror {{\n    url = {:?}\n  }}\n}}\n",
            self.url
        )
    }
}

impl Drop for FileServer {
    fn drop(&mut self) {
        // Dropping the sender stops the server.
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A certificate authority, as PEM, and the configuration of a server with a certificate from it.
fn certify() -> (String, Arc<ServerConfig>) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();

    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &authority).unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    let pem = format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        STANDARD.encode(authority.der())
    );
    (pem, Arc::new(config))
}

async fn serve(listener: TcpListener, config: Arc<ServerConfig>, folder: PathBuf) {
    let acceptor = TlsAcceptor::from(config);
    loop {
        let (socket, _) = listener.accept().await.unwrap();
        let (acceptor, folder) = (acceptor.clone(), folder.clone());
        tokio::spawn(async move {
            // The connection of a client that does not trust the authority ends here.
            let Ok(socket) = acceptor.accept(socket).await else { return };
            let service = service_fn(|request| {
                let answer = answer(&request, &folder);
                async { Ok::<_, Infallible>(answer) }
            });
            let _ = http1::Builder::new().serve_connection(TokioIo::new(socket), service).await;
        });
    }
}

fn answer(request: &Request<Incoming>, folder: &Path) -> Response<Full<Bytes>> {
    let path = request.uri().path();
    let kind = if path.ends_with(".json") { "application/json" } else { "application/zip" };
    let (status, content) = match fs::read(folder.join(path.trim_start_matches('/'))) {
        Ok(content) => (200, content),
        Err(_) => (404, Vec::new()),
    };
    let response = Response::builder().status(status).header("content-type", kind);
    response.body(Full::from(content)).unwrap()
}
