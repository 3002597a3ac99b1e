//! The trusted certificates: the system's store, and those that `SSL_CERT_FILE`, `SSL_CERT_DIR` and
//! the provider's configuration add to it.

mod verifier;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use tokio::time::timeout;

pub(super) use self::verifier::RefusedCertificate;
use self::verifier::{Unverified, Verifier};
use crate::ctx::{
    Env, Files,
    http::{FILE_LIMIT, TlsSettings, read_certificates},
};

/// Names a file of additional certificates to trust.
const CERT_FILE: &str = "SSL_CERT_FILE";

/// Names directories of certificates.
const CERT_DIR: &str = "SSL_CERT_DIR";

/// How long reading all files of certificates may take: a path may name a FIFO, or a file on a
/// network file system that no longer responds.
const FILES_TIMEOUT: Duration = Duration::from_secs(10);

/// Where the Linux distributions and the BSDs keep all their certificates in one file.
const BUNDLES: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/usr/local/share/certs/ca-root-nss.crt",
];

/// The TLS configuration for `settings`. `proxy` is the name of the HTTPS proxy for the
/// connections, if any. The proxy is verified even if servers are not, because it receives its
/// password.
pub(super) async fn config(
    settings: TlsSettings,
    proxy: Option<ServerName<'static>>,
    env: &dyn Env,
    files: &dyn Files,
) -> Result<ClientConfig, String> {
    if settings.insecure && proxy.is_none() {
        return client_config(Arc::new(Unverified::new(None)));
    }
    let roots = timeout(FILES_TIMEOUT, roots(env, files)).await;
    let roots = roots.unwrap_or_else(|_| {
        Err("the files of certificates could not be read: the file system did not respond".into())
    })?;
    let build = move || build(roots, &settings, proxy);
    let built = tokio::task::spawn_blocking(build).await;
    built.unwrap_or_else(|_| Err("the certificates could not be read".into()))
}

/// The certificates that are trusted regardless of the configuration.
#[derive(Default)]
struct Roots {
    /// Those of `SSL_CERT_FILE`.
    named: Vec<CertificateDer<'static>>,
    /// Those of the system, if the platform's verifier would not read them.
    system: Vec<CertificateDer<'static>>,
}

/// Reads `SSL_CERT_FILE`.
///
/// If `SSL_CERT_FILE` or `SSL_CERT_DIR` is set, the platform's verifier uses them instead of the
/// system's store. Here they are added to the store, so the store is read too.
async fn roots(env: &dyn Env, files: &dyn Files) -> Result<Roots, String> {
    let set = |name| env.var(name).filter(|value| !value.is_empty());
    let file = set(CERT_FILE).map(PathBuf::from);
    let mut roots = Roots::default();
    if let Some(file) = &file {
        let unusable = |reason: String| format!("{CERT_FILE}: {} {reason}", file.display());
        let content = files.read(file, FILE_LIMIT).await;
        let content = content.map_err(|cause| unusable(format!("cannot be read ({cause})")))?;
        roots.named = read_certificates(&content).map_err(unusable)?;
    }
    if file.is_some() || set(CERT_DIR).is_some() {
        for bundle in BUNDLES {
            // As in the platform's verifier, certificates of the system that cannot be read are
            // left out.
            if let Ok(content) = files.read(Path::new(bundle), FILE_LIMIT).await {
                roots.system = CertificateDer::pem_slice_iter(&content).flatten().collect();
                break;
            }
        }
    }
    Ok(roots)
}

/// Building the verifier reads the system's store, which takes up to 60 ms.
fn build(
    roots: Roots,
    settings: &TlsSettings,
    proxy: Option<ServerName<'static>>,
) -> Result<ClientConfig, String> {
    let own: Vec<_> = roots.named.iter().chain(&*settings.certificates).cloned().collect();
    let mut usable = RootCertStore::empty();
    let system = roots.system.into_iter().filter(|root| usable.add(root.clone()).is_ok());
    let verifier = Verifier::new(system, own)
        .map_err(|cause| format!("the system's certificates cannot be used: {cause}"))?;
    match proxy.filter(|_| settings.insecure) {
        None => client_config(Arc::new(verifier)),
        Some(proxy) => client_config(Arc::new(Unverified::new(Some((proxy, verifier))))),
    }
}

fn client_config(
    verifier: Arc<dyn rustls::client::danger::ServerCertVerifier>,
) -> Result<ClientConfig, String> {
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|cause| cause.to_string())?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// For connections without TLS: trusts no certificate, and needs no time to build.
pub(super) fn nobody() -> Result<ClientConfig, String> {
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|cause| cause.to_string())?;
    Ok(config.with_root_certificates(RootCertStore::empty()).with_no_client_auth())
}
