//! Verifies the certificates of servers by the platform's rules, explains why one is refused, and
//! accepts one case that rustls refuses but curl and Go accept.
//!
//! Source of the fields of a certificate: RFC 5280, sections 4.1 and 4.2.

use std::{
    error,
    fmt::{self, Display},
    net::{Ipv4Addr, Ipv6Addr},
    sync::Arc,
};

use jiff::Timestamp;
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
use x509_cert::{
    der::{Decode, asn1::ObjectIdentifier},
    ext::pkix::{BasicConstraints, ExtendedKeyUsage, SubjectAltName, name::GeneralName},
    name::Name,
};

use crate::text::sanitize;

/// The reason that the certificate of a server is refused, for the user.
#[derive(Debug)]
pub(crate) struct RefusedCertificate(String);

impl Display for RefusedCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl error::Error for RefusedCertificate {}

/// The platform's verifier, with the user's own certificates.
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

    /// Whether the server presents one of the user's own certificates that is marked as a
    /// certificate authority. WebPKI refuses an authority as a server certificate; curl and Go
    /// trust a certificate that the user names. As with any other certificate, its validity period,
    /// its purpose and its name must be right.
    ///
    /// The handshake proves the possession of the private key, as always.
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

/// Whether the platform may have refused a certificate only because it is a self-signed authority.
/// There is no error variant for that. Specific errors, such as a revoked certificate, are kept.
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
        let reason: OtherError = OtherError(Arc::new(RefusedCertificate(reason)));
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

/// Accepts every certificate, except for one host: for `insecure = true`. The handshake must still be signed by the
/// key of the certificate.
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

/// The purposes of a server certificate: `serverAuth` and `anyExtendedKeyUsage`.
const FOR_SERVERS: [ObjectIdentifier; 2] = [
    ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.1"),
    ObjectIdentifier::new_unwrap("2.5.29.37.0"),
];

/// The most names of a certificate that a message lists.
const MOST_NAMED: usize = 5;

/// The longest name that a message shows, in characters.
const NAME_SHOWN: usize = 100;

/// A parsed certificate. Parsing does not verify anything.
struct Certificate(x509_cert::Certificate);

impl Certificate {
    /// `None` if it is not a certificate of RFC 5280.
    fn parse(der: &CertificateDer<'_>) -> Option<Self> {
        x509_cert::Certificate::from_der(der).ok().map(Self)
    }

    /// Whether it may issue certificates.
    fn is_authority(&self) -> bool {
        let constraints = self.0.tbs_certificate().get_extension::<BasicConstraints>();
        matches!(constraints, Ok(Some((_, constraints))) if constraints.ca)
    }

    /// The start of its validity, in seconds since 1970.
    fn not_before(&self) -> u64 {
        self.0.tbs_certificate().validity().not_before.to_unix_duration().as_secs()
    }

    /// The end of its validity, in seconds since 1970.
    fn not_after(&self) -> u64 {
        self.0.tbs_certificate().validity().not_after.to_unix_duration().as_secs()
    }

    /// Whether its purposes, if it names any, include that of a server.
    fn is_for_servers(&self) -> bool {
        match self.0.tbs_certificate().get_extension::<ExtendedKeyUsage>() {
            Ok(Some((_, usage))) => usage.0.iter().any(|purpose| FOR_SERVERS.contains(purpose)),
            Ok(None) => true,
            Err(_) => false,
        }
    }

    /// The hosts that it is for.
    fn names(&self) -> Vec<String> {
        let names = self.0.tbs_certificate().get_extension::<SubjectAltName>();
        let names = names.ok().flatten().map(|(_, names)| names.0).unwrap_or_default();
        let host = |name: &GeneralName| match name {
            GeneralName::DnsName(name) => Some(name.to_string()),
            GeneralName::IpAddress(address) => address_of(address.as_bytes()),
            _ => None,
        };
        names.iter().filter_map(host).map(|name| sanitize(&name, NAME_SHOWN)).collect()
    }

    fn subject(&self) -> String {
        shown(self.0.tbs_certificate().subject())
    }

    fn issuer(&self) -> String {
        shown(self.0.tbs_certificate().issuer())
    }
}

fn address_of(bytes: &[u8]) -> Option<String> {
    let v4 = <[u8; 4]>::try_from(bytes).map(|bytes| Ipv4Addr::from(bytes).to_string());
    let v6 = || <[u8; 16]>::try_from(bytes).map(|bytes| Ipv6Addr::from(bytes).to_string());
    v4.or_else(|_| v6()).ok()
}

fn shown(name: &Name) -> String {
    match name.to_string() {
        empty if empty.is_empty() => "a nameless issuer".into(),
        name => format!("\"{}\"", sanitize(&name, NAME_SHOWN)),
    }
}

/// The reason that the certificate `shown` of the host `name` is refused. `top` is the last
/// certificate that the server sent with it.
fn explain(
    error: &CertificateError,
    shown: Option<&Certificate>,
    top: Option<&Certificate>,
    name: &ServerName<'_>,
    now: UnixTime,
) -> String {
    use CertificateError as E;
    let Some(shown) = shown else {
        return format!("the server's certificate is not a valid X.509 certificate ({error})");
    };
    // The libraries report only one fault. If there are several, these two are the most important
    // ones.
    match error {
        E::Expired | E::ExpiredContext { .. } => format!(
            "the server's certificate expired at {}; the clock of this machine says {}",
            moment(shown.not_after()),
            moment(now.as_secs())
        ),
        E::NotValidYet | E::NotValidYetContext { .. } => format!(
            "the server's certificate is not valid before {}; the clock of this machine says {}",
            moment(shown.not_before()),
            moment(now.as_secs())
        ),
        E::NotValidForName | E::NotValidForNameContext { .. } => {
            format!(
                "the server's certificate is not for {}: {}",
                sanitize(&name.to_str(), NAME_SHOWN),
                named(shown)
            )
        }
        E::UnknownIssuer => {
            let issuer = top.unwrap_or(shown).issuer();
            if top.is_none() && shown.subject() == issuer {
                format!(
                    "the server's certificate is self-signed, by {issuer}, and is not among the \
                     trusted certificates"
                )
            } else {
                format!("the server's certificate was issued by {issuer}, which is not trusted")
            }
        }
        E::BadSignature => format!(
            "the signature of the server's certificate is not that of its issuer {}: another \
             certificate of that name is trusted",
            shown.issuer()
        ),
        _ if !shown.is_for_servers() => {
            "the server's certificate is not for servers: its extended key usage lacks serverAuth"
                .into()
        }
        _ if shown.is_authority() => format!(
            "the server's certificate, of {}, is one of a certificate authority, which is accepted only \
             if that certificate itself is trusted",
            shown.subject()
        ),
        other => format!("the server's certificate cannot be used ({other})"),
    }
}

/// The hosts of a certificate, for a message.
fn named(shown: &Certificate) -> String {
    let names = shown.names();
    if names.is_empty() {
        return format!(
            "it has no subject alternative name, and the common name is not used ({})",
            shown.subject()
        );
    }
    let list = names.iter().take(MOST_NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(MOST_NAMED) {
        0 => format!("it is for {list}"),
        more => format!("it is for {list} and {more} more"),
    }
}

fn moment(seconds: u64) -> impl Display {
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests;
