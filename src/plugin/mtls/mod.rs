//! Mutual TLS with the host, as go-plugin's AutoMTLS does it.
//!
//! Each side makes a certificate for one process life and tells it to the other beforehand: the host
//! in the environment, the plugin in the handshake line. So trust is equality: the host's
//! certificate must be the one that was announced, and the host must prove that it holds its key.
//! A host that shows no certificate is refused.

mod p521;

use std::sync::Arc;

use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, KeyPair, date_time_ymd};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, ServerConfig, SignatureScheme,
    client::danger::HandshakeSignatureValid,
    crypto::{WebPkiSupportedAlgorithms, ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, PrivateKeyDer, UnixTime},
    server::danger::{ClientCertVerified, ClientCertVerifier},
};

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Our own certificate could not be made.
    #[error("the plugin's certificate could not be made")]
    Certificate(#[from] rcgen::Error),
    /// The TLS library refused the configuration.
    #[error("TLS could not be set up")]
    Config(#[from] rustls::Error),
}

/// TLS for one process life.
pub(super) struct Mtls {
    /// What the listener needs.
    pub(super) config: Arc<ServerConfig>,
    /// Our certificate, for the handshake line.
    pub(super) certificate: CertificateDer<'static>,
}

impl Mtls {
    /// TLS that lets in nobody but the holder of `host`.
    pub(super) fn with_host(host: CertificateDer<'static>) -> Result<Self, Error> {
        let (certificate, key) = own_certificate()?;
        let provider = Arc::new(ring::default_provider());
        let verifier =
            HostVerifier { host, algorithms: provider.signature_verification_algorithms };
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_client_cert_verifier(Arc::new(verifier))
            .with_single_cert(vec![certificate.clone()], key)?;
        // grpc-go refuses a server that does not select it (from version 1.67).
        config.alpn_protocols = vec![b"h2".to_vec()];
        // Every process is connected to once: tickets would be made in vain.
        config.send_tls13_tickets = 0;
        Ok(Self { config: Arc::new(config), certificate })
    }
}

/// A certificate that Go accepts as its own root: the name `localhost` in a SAN, for servers, valid
/// whatever the clocks say.
fn own_certificate() -> Result<(CertificateDer<'static>, PrivateKeyDer<'static>), Error> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(vec!["localhost".to_owned()])?;
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2120, 1, 1);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let certificate = params.self_signed(&key)?;
    Ok((certificate.der().clone(), PrivateKeyDer::Pkcs8(key.serialize_der().into())))
}

/// Accepts one certificate. The stock verifier cannot: it refuses a CA certificate, which the
/// host's is, as an end entity, and ring does not know the host's curve, P-521.
#[derive(Debug)]
struct HostVerifier {
    host: CertificateDer<'static>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl HostVerifier {
    fn algorithms_for(&self, scheme: SignatureScheme) -> &WebPkiSupportedAlgorithms {
        if scheme == SignatureScheme::ECDSA_NISTP521_SHA512 {
            &p521::ALGORITHMS
        } else {
            &self.algorithms
        }
    }
}

impl ClientCertVerifier for HostVerifier {
    fn client_auth_mandatory(&self) -> bool {
        true
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        if *end_entity != self.host {
            return Err(CertificateError::ApplicationVerificationFailure.into());
        }
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, dss, self.algorithms_for(dss.scheme))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, self.algorithms_for(dss.scheme))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let mut schemes = p521::ALGORITHMS.supported_schemes();
        schemes.extend(self.algorithms.supported_schemes());
        schemes
    }
}
