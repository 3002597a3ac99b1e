//! Verifies the certificates of servers by the platform's rules, says what is wrong with one, and
//! accepts one case that rustls refuses but curl and Go accept.

use std::{error, fmt, sync::Arc};

use rustls::{
    CertificateError, DigitallySignedStruct, Error, OtherError, SignatureScheme,
    client::{
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        verify_server_name,
    },
    crypto::{WebPkiSupportedAlgorithms, ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
    server::ParsedCertificate,
};
use rustls_platform_verifier::Verifier as PlatformVerifier;

use super::certificate::{Certificate, explain};

/// What is wrong with the certificate of a server, in words for the user.
#[derive(Debug)]
pub(crate) struct Refused(String);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl error::Error for Refused {}

/// The platform's verifier, with certificates of the user's own.
#[derive(Debug)]
pub(super) struct Verifier {
    platform: PlatformVerifier,
    own: Vec<CertificateDer<'static>>,
}

impl Verifier {
    /// Trusts `system` and `own` in addition to what the platform trusts.
    pub(super) fn new(
        system: impl Iterator<Item = CertificateDer<'static>>,
        own: Vec<CertificateDer<'static>>,
    ) -> Result<Self, Error> {
        let extra = own.iter().cloned().chain(system);
        let provider = Arc::new(ring::default_provider());
        Ok(Self { platform: PlatformVerifier::new_with_extra_roots(extra, provider)?, own })
    }

    /// Whether the server shows one of the user's own certificates that is marked as a certificate
    /// authority. WebPKI does not let an authority serve; curl and Go trust what the user named. As
    /// with any other certificate its time, its purpose and its name must be right.
    ///
    /// The private key of it is proven by the handshake, as always.
    fn is_own_authority(
        &self,
        shown: &CertificateDer<'_>,
        parsed: &Certificate,
        name: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<bool, Error> {
        if !parsed.is_authority() || !self.own.iter().any(|own| own == shown) {
            return Ok(false);
        }
        let refused = |error| Err(Error::InvalidCertificate(error));
        if now.as_secs() < parsed.not_before() {
            return refused(CertificateError::NotValidYet);
        }
        if now.as_secs() > parsed.not_after() {
            return refused(CertificateError::Expired);
        }
        if !parsed.is_for_servers() {
            return refused(CertificateError::InvalidPurpose);
        }
        verify_server_name(&ParsedCertificate::try_from(shown)?, name).map(|()| true)
    }
}

/// Whether the platform may have refused a certificate only because it is one of an authority that
/// nobody issued. There is no variant for that. What it says in plain terms, such as that the
/// certificate is revoked, stands.
fn may_be_own_authority(refused: &Error) -> bool {
    use CertificateError::{Other, UnknownIssuer};
    matches!(refused, Error::InvalidCertificate(Other(_) | UnknownIssuer))
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        shown: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verified = self.platform.verify_server_cert(shown, intermediates, name, ocsp, now);
        let Err(mut error) = verified else { return verified };
        let parsed = Certificate::parse(shown);
        if let Some(parsed) = &parsed
            && may_be_own_authority(&error)
        {
            match self.is_own_authority(shown, parsed, name, now) {
                Ok(true) => return Ok(ServerCertVerified::assertion()),
                Ok(false) => {}
                Err(refused) => error = refused,
            }
        }
        let Error::InvalidCertificate(refused) = &error else { return Err(error) };
        let top = intermediates.last().and_then(Certificate::parse);
        let reason = explain(refused, parsed.as_ref(), top.as_ref(), name, now);
        let reason: OtherError = OtherError(Arc::new(Refused(reason)));
        Err(Error::InvalidCertificate(CertificateError::Other(reason)))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.platform.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.platform.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.platform.supported_verify_schemes()
    }
}

/// Accepts every certificate, except of one host: for `insecure = true`. The handshake must still be
/// signed by the key of the certificate.
#[derive(Debug)]
pub(super) struct Unverified {
    /// The host that is still verified, and by what.
    except: Option<(ServerName<'static>, Verifier)>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl Unverified {
    pub(super) fn new(except: Option<(ServerName<'static>, Verifier)>) -> Self {
        Self { except, algorithms: ring::default_provider().signature_verification_algorithms }
    }
}

impl ServerCertVerifier for Unverified {
    fn verify_server_cert(
        &self,
        shown: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        match &self.except {
            Some((verified, verifier)) if verified == name => {
                verifier.verify_server_cert(shown, intermediates, name, ocsp, now)
            }
            _ => Ok(ServerCertVerified::assertion()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, KeyPair};

    use super::*;

    fn authority(change: impl FnOnce(&mut CertificateParams)) -> CertificateDer<'static> {
        let mut params = CertificateParams::new(["a.example".to_owned()]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(2030, 1, 1);
        change(&mut params);
        params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().clone()
    }

    /// What is said of `shown` for this name in this year, where `own` is trusted.
    fn verdict(
        own: &CertificateDer<'static>,
        shown: &CertificateDer<'static>,
        name: &'static str,
        year: u64,
    ) -> Result<bool, Error> {
        let verifier = Verifier::new(std::iter::empty(), vec![own.clone()]).unwrap();
        let now = UnixTime::since_unix_epoch(Duration::from_secs((year - 1970) * 31_557_600));
        let name = ServerName::try_from(name).unwrap();
        verifier.is_own_authority(shown, &Certificate::parse(shown).unwrap(), &name, now)
    }

    #[test]
    fn an_own_authority_is_the_same_certificate_with_the_right_name_time_and_purpose() {
        let (own, same_name) = (authority(|_| {}), authority(|_| {}));
        let for_clients = authority(|params| {
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        });
        let no_authority = authority(|params| params.is_ca = IsCa::NoCa);
        assert_eq!(verdict(&own, &own, "a.example", 2025), Ok(true));
        assert_eq!(verdict(&own, &same_name, "a.example", 2025), Ok(false));
        assert_eq!(verdict(&no_authority, &no_authority, "a.example", 2025), Ok(false));
        let refused = |error| Err(Error::InvalidCertificate(error));
        assert_eq!(verdict(&own, &own, "a.example", 2019), refused(CertificateError::NotValidYet));
        assert_eq!(verdict(&own, &own, "a.example", 2031), refused(CertificateError::Expired));
        assert_eq!(
            verdict(&for_clients, &for_clients, "a.example", 2025),
            refused(CertificateError::InvalidPurpose)
        );
        assert!(verdict(&own, &own, "b.example", 2025).is_err());
    }

    #[test]
    fn plain_verdicts_of_the_platform_are_kept() {
        use CertificateError as E;
        for plain in [E::Revoked, E::Expired, E::BadSignature, E::NotValidForName, E::BadEncoding] {
            assert!(!may_be_own_authority(&Error::InvalidCertificate(plain)));
        }
        assert!(may_be_own_authority(&Error::InvalidCertificate(E::UnknownIssuer)));
        assert!(!may_be_own_authority(&Error::DecryptError));
    }
}
