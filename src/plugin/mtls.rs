//! Mutual TLS with the host, as go-plugin's AutoMTLS does it.
//!
//! Each side creates a certificate that is valid for one process, and passes it to the other before
//! they connect: the host in the environment, the plugin in the handshake line. So there is no chain of
//! trust to verify: the host must present exactly the certificate that it announced, and prove that it
//! has its key. A client without a certificate is refused.

use std::sync::Arc;

use p521::ecdsa::{DerSignature, VerifyingKey, signature::Verifier};
use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, KeyPair, date_time_ymd};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, ServerConfig, SignatureScheme,
    client::danger::HandshakeSignatureValid,
    crypto::{WebPkiSupportedAlgorithms, ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{
        AlgorithmIdentifier, CertificateDer, InvalidSignature, PrivateKeyDer,
        SignatureVerificationAlgorithm, UnixTime, alg_id,
    },
    server::danger::{ClientCertVerified, ClientCertVerifier},
};

/// An error while creating the TLS configuration.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The plugin's own certificate could not be created.
    #[error("the plugin's certificate could not be created")]
    Certificate(#[from] rcgen::Error),
    /// The TLS library refused the configuration.
    #[error("TLS could not be set up")]
    Config(#[from] rustls::Error),
}

/// The TLS configuration of one process.
pub(super) struct Mtls {
    /// The configuration of the server.
    pub(super) config: Arc<ServerConfig>,
    /// The plugin's certificate, for the handshake line.
    pub(super) certificate: CertificateDer<'static>,
}

impl Mtls {
    /// TLS that accepts only a client with the key of `host`.
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
        // A host connects once to each process, so session tickets are never used.
        config.send_tls13_tickets = 0;
        Ok(Self { config: Arc::new(config), certificate })
    }
}

/// A certificate that Go accepts as its own root: for servers, with the name `localhost` in a SAN, and with a
/// validity period that does not depend on clocks.
fn own_certificate() -> Result<(CertificateDer<'static>, PrivateKeyDer<'static>), Error> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(vec!["localhost".to_owned()])?;
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2120, 1, 1);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let certificate = params.self_signed(&key)?;
    Ok((certificate.der().clone(), PrivateKeyDer::Pkcs8(key.serialize_der().into())))
}

/// Accepts one certificate. The verifier of rustls is not suitable: it refuses a CA certificate, which the host uses,
/// as an end entity, and ring does not support the curve P-521.
#[derive(Debug)]
struct HostVerifier {
    host: CertificateDer<'static>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl HostVerifier {
    fn algorithms_for(&self, scheme: SignatureScheme) -> &WebPkiSupportedAlgorithms {
        if scheme == SignatureScheme::ECDSA_NISTP521_SHA512 {
            &P521_ALGORITHMS
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
        let mut schemes = P521_ALGORITHMS.supported_schemes();
        schemes.extend(self.algorithms.supported_schemes());
        schemes
    }
}

/// The signature algorithm of the host, ECDSA on P-521 with SHA-512, under its one TLS scheme.
static P521_ALGORITHMS: WebPkiSupportedAlgorithms = WebPkiSupportedAlgorithms {
    all: &[&EcdsaP521Sha512],
    mapping: &[(SignatureScheme::ECDSA_NISTP521_SHA512, &[&EcdsaP521Sha512])],
};

#[derive(Debug)]
struct EcdsaP521Sha512;

impl SignatureVerificationAlgorithm for EcdsaP521Sha512 {
    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::ECDSA_P521
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::ECDSA_SHA512
    }

    fn verify_signature(
        &self,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        let key = VerifyingKey::from_sec1_bytes(public_key).map_err(|_| InvalidSignature)?;
        let signature = DerSignature::try_from(signature).map_err(|_| InvalidSignature)?;
        key.verify(message, &signature).map_err(|_| InvalidSignature)
    }
}
