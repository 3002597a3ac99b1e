//! Which certificates are trusted: the system's store, and what `SSL_CERT_FILE` adds to it.

use std::{io, path::Path, sync::Arc};

use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject},
};
use rustls_platform_verifier::Verifier;

use crate::ctx::Files;

/// Names a file of additional certificates to trust.
pub(super) const CERT_FILE: &str = "SSL_CERT_FILE";

/// Names directories of certificates.
pub(super) const CERT_DIR: &str = "SSL_CERT_DIR";

/// The largest file of certificates, in bytes.
const FILE_LIMIT: u64 = 16 << 20;

/// Where the Linux distributions and the BSDs keep all their certificates in one file.
const BUNDLES: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/usr/local/share/certs/ca-root-nss.crt",
];

/// The system's certificates and those of `file`.
///
/// The platform's verifier uses `SSL_CERT_FILE` and `SSL_CERT_DIR` instead of the system's store,
/// where either is set. Here they are added to it, so the system's store is read as well then.
pub(super) async fn system_and(
    files: &dyn Files,
    file: Option<&Path>,
    replaced: bool,
) -> Result<ClientConfig, String> {
    let mut roots = Vec::new();
    if let Some(file) = file {
        let shown = file.display();
        let content = files.read(file, FILE_LIMIT).await;
        let content = content.map_err(|cause| unreadable(file, &cause))?;
        let certificates = CertificateDer::pem_slice_iter(&content).collect::<Result<Vec<_>, _>>();
        let certificates =
            certificates.map_err(|cause| format!("{CERT_FILE}: {shown} is not PEM ({cause})"))?;
        if certificates.is_empty() {
            return Err(format!("{CERT_FILE}: {shown} holds no certificate"));
        }
        roots.extend(certificates);
    }
    if file.is_some() || replaced {
        for bundle in BUNDLES {
            // As in the platform's verifier, certificates of the system that cannot be read are
            // left out.
            if let Ok(content) = files.read(Path::new(bundle), FILE_LIMIT).await {
                roots.extend(CertificateDer::pem_slice_iter(&content).flatten());
                break;
            }
        }
    }
    let built = tokio::task::spawn_blocking(move || build(roots)).await;
    built.unwrap_or_else(|_| Err("the certificates could not be read".into()))
}

/// Building the verifier reads the system's store, which takes up to 60 ms.
fn build(mut roots: Vec<CertificateDer<'static>>) -> Result<ClientConfig, String> {
    let mut usable = RootCertStore::empty();
    roots.retain(|root| usable.add(root.clone()).is_ok());
    let provider = Arc::new(ring::default_provider());
    let verifier = Verifier::new_with_extra_roots(roots, provider.clone())
        .map_err(|cause| format!("the system's certificates cannot be used: {cause}"))?;
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|cause| cause.to_string())?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    let mut config = config.with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// For connections without TLS: trusts no certificate, and costs nothing to build.
pub(super) fn nobody() -> Result<ClientConfig, String> {
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|cause| cause.to_string())?;
    Ok(config.with_root_certificates(RootCertStore::empty()).with_no_client_auth())
}

fn unreadable(file: &Path, cause: &io::Error) -> String {
    format!("{CERT_FILE}: {} cannot be read ({cause})", file.display())
}
