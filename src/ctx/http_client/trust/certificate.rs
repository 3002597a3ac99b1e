//! What a certificate says, and what is wrong with one, in words for the user.
//!
//! Source: RFC 5280, sections 4.1 and 4.2.

use std::{
    fmt::Display,
    net::{Ipv4Addr, Ipv6Addr},
};

use jiff::Timestamp;
use rustls::{
    CertificateError,
    pki_types::{CertificateDer, ServerName, UnixTime},
};
use x509_cert::{
    der::{Decode, asn1::ObjectIdentifier},
    ext::pkix::{BasicConstraints, ExtendedKeyUsage, SubjectAltName, name::GeneralName},
    name::Name,
};

use crate::text::sanitize;

/// The purposes that allow a certificate to serve: `serverAuth` and `anyExtendedKeyUsage`.
const FOR_SERVERS: [ObjectIdentifier; 2] = [
    ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.1"),
    ObjectIdentifier::new_unwrap("2.5.29.37.0"),
];

/// The most names of a certificate that a message lists.
const MOST_NAMED: usize = 5;

/// The longest name that a message shows, in characters.
const NAME_SHOWN: usize = 100;

/// A certificate that can be read. Reading verifies nothing.
pub(super) struct Certificate(x509_cert::Certificate);

impl Certificate {
    /// `None` where it is not a certificate of RFC 5280.
    pub(super) fn parse(der: &CertificateDer<'_>) -> Option<Self> {
        x509_cert::Certificate::from_der(der).ok().map(Self)
    }

    /// Whether it may issue certificates.
    pub(super) fn is_authority(&self) -> bool {
        let constraints = self.0.tbs_certificate().get_extension::<BasicConstraints>();
        matches!(constraints, Ok(Some((_, constraints))) if constraints.ca)
    }

    /// From when on it is valid, in seconds since 1970.
    pub(super) fn not_before(&self) -> u64 {
        self.0.tbs_certificate().validity().not_before.to_unix_duration().as_secs()
    }

    /// Until when it is valid, in seconds since 1970.
    pub(super) fn not_after(&self) -> u64 {
        self.0.tbs_certificate().validity().not_after.to_unix_duration().as_secs()
    }

    /// Whether its purposes, where it names any, include that of a server.
    pub(super) fn is_for_servers(&self) -> bool {
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

/// What is wrong with the certificate `shown` of the host `name`: `top` is the last of those that
/// the server sent with it.
pub(super) fn explain(
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
    // The libraries report one fault; of several, these two leave nothing else to try.
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
            "the server's certificate, of {}, is one of a certificate authority, which counts only \
             where that certificate itself is trusted",
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
