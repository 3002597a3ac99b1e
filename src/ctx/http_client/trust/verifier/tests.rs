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

/// Midnight, UTC, of the first day of a year.
fn new_year(year: i32) -> UnixTime {
    let seconds = rcgen::date_time_ymd(year, 1, 1).unix_timestamp();
    UnixTime::since_unix_epoch(Duration::from_secs(seconds.unsigned_abs()))
}

/// The verdict on `shown` with this name at this time, if `own` is trusted.
fn verdict_at(
    own: &CertificateDer<'static>,
    shown: &CertificateDer<'static>,
    name: &'static str,
    now: UnixTime,
) -> Result<bool, Error> {
    let verifier = Verifier::new(std::iter::empty(), vec![own.clone()]).unwrap();
    let name = ServerName::try_from(name).unwrap();
    verifier.is_own_authority(shown, &Certificate::parse(shown).unwrap(), &name, now)
}

fn verdict(
    own: &CertificateDer<'static>,
    shown: &CertificateDer<'static>,
    name: &'static str,
    year: i32,
) -> Result<bool, Error> {
    verdict_at(own, shown, name, new_year(year))
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

/// RFC 5280, section 4.1.2.5: both ends of the validity period belong to it.
#[test]
fn an_own_authority_is_valid_from_its_first_to_its_last_second() {
    let own = authority(|_| {});
    let (first, last) = (new_year(2020).as_secs(), new_year(2030).as_secs());
    let verdict = |seconds| {
        let now = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        verdict_at(&own, &own, "a.example", now)
    };
    assert_eq!([verdict(first), verdict(last)], [Ok(true), Ok(true)]);
    assert!(verdict(first - 1).is_err() && verdict(last + 1).is_err());
}

#[test]
fn without_verification_of_servers_the_proxy_is_still_verified() {
    let shown = authority(|_| {});
    let verifier = Verifier::new(std::iter::empty(), Vec::new()).unwrap();
    let proxy = ServerName::try_from("proxy.example").unwrap();
    let unverified = Unverified::new(Some((proxy, verifier)));
    let verify = |name| {
        let name = ServerName::try_from(name).unwrap();
        unverified.verify_server_cert(&shown, &[], &name, &[], new_year(2025)).is_ok()
    };
    assert_eq!([verify("a.example"), verify("proxy.example")], [true, false]);
}

#[test]
fn a_fault_is_explained_by_the_certificate() {
    use CertificateError as E;
    let explain = |error: E, certificate: &CertificateDer<'_>| {
        let name = ServerName::try_from("a.example").unwrap();
        let shown = Certificate::parse(certificate);
        explain(&error, shown.as_ref(), None, &name, new_year(2025))
    };
    let plain = authority(|params| {
        params.is_ca = IsCa::NoCa;
        params.distinguished_name.push(rcgen::DnType::CommonName, "an issuer");
    });
    let nameless = authority(|params| {
        params.is_ca = IsCa::NoCa;
        params.distinguished_name = rcgen::DistinguishedName::new();
    });
    for (error, certificate, expected) in [
        (
            E::BadSignature,
            &plain,
            "the signature of the server's certificate is not that of its issuer \
             \"CN=an issuer\": another certificate of that name is trusted",
        ),
        (
            E::UnknownIssuer,
            &nameless,
            "the server's certificate is self-signed, by a nameless issuer, and is not among \
             the trusted certificates",
        ),
    ] {
        assert_eq!(explain(error, certificate), expected);
    }
    let revoked = explain(E::Revoked, &plain);
    assert!(revoked.starts_with("the server's certificate cannot be used ("), "{revoked}");
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
