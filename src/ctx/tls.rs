//! Which servers a configuration trusts beyond those of the system, as a value that requests carry.

use std::sync::Arc;

use rustls::{
    RootCertStore,
    pki_types::{
        CertificateDer,
        pem::{self, PemObject},
    },
};

use crate::text;

/// The largest file of certificates, in bytes. The certificates of a whole system have about
/// 250,000.
pub const FILE_LIMIT: u64 = 16 << 20;

/// How the certificates of servers are verified. The default is by the system's certificates.
///
/// Requests with equal settings share connections; others never do.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct TlsSettings {
    /// Certificates to trust in addition to the system's.
    pub certificates: Arc<[CertificateDer<'static>]>,
    /// Whether the certificates of servers are not verified at all. Those of proxies still are.
    pub insecure: bool,
}

/// The certificates in a file: PEM with at least one certificate and any other text around them, or
/// one certificate as DER. Those that cannot be trust anchors are left out where others can.
///
/// # Errors
///
/// What is wrong with the file, in words that can follow its name.
pub fn read_certificates(content: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let found = if content.first() == Some(&DER_SEQUENCE) {
        vec![CertificateDer::from(content.to_vec())]
    } else {
        let text = text::decode(content).ok_or("is neither PEM nor a certificate as DER")?;
        let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text.as_bytes()).collect();
        // The library's message may quote the content of the file as numbers.
        found.map_err(|cause| match cause {
            pem::Error::MissingSectionEnd { .. } => "is not valid PEM: a -----END line is missing",
            pem::Error::Base64Decode(_) => "is not valid PEM: a section is not Base64",
            _ => "is not valid PEM",
        })?
    };
    if found.is_empty() {
        return Err("holds no certificate: there is no line -----BEGIN CERTIFICATE-----".into());
    }
    let mut usable = Vec::new();
    let mut refused = None;
    for (certificate, number) in found.into_iter().zip(1..) {
        match RootCertStore::empty().add(certificate.clone()) {
            Ok(()) => usable.push(certificate),
            Err(cause) => {
                let what = || format!("has an invalid certificate, number {number}: {cause}");
                refused.get_or_insert_with(what);
            }
        }
    }
    match refused {
        Some(refused) if usable.is_empty() => Err(refused),
        _ => Ok(usable),
    }
}

/// The first byte of every certificate as DER: a sequence. No PEM file begins with it in practice,
/// since it is the digit 0.
const DER_SEQUENCE: u8 = 0x30;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ctx::{
        fixed::{Fixed, json},
        http::{Limits, Method, Request},
    };

    fn get(url: &str) -> Request {
        let second = std::time::Duration::from_secs(1);
        Request {
            method: Method::GET,
            url: url.into(),
            query: "".into(),
            headers: Vec::new(),
            body: "".into(),
            limits: Limits { connect: second, read: second, total: second, body: 1 },
            proxy: false,
            tls: TlsSettings::default(),
            always_verified: false,
        }
    }

    fn made() -> (CertificateDer<'static>, String) {
        let own = rcgen::generate_simple_self_signed(["a.example".to_owned()]).unwrap();
        let der = own.cert.der().clone();
        let base64 = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, &der);
        (der, format!("-----BEGIN CERTIFICATE-----\n{base64}\n-----END CERTIFICATE-----\n"))
    }

    #[tokio::test]
    async fn a_verified_request_is_never_insecure_in_whichever_order_the_layers_come() {
        let insecure = TlsSettings { insecure: true, ..TlsSettings::default() };
        let world = Fixed::default();
        world.http.always(|_| Ok(json(200, "{}")));
        let ctx = world.ctx();
        for (ctx, expected) in [
            (ctx.with_tls(insecure.clone()), true),
            (ctx.with_tls(insecure.clone()).verified(), false),
            (ctx.verified().with_tls(insecure), false),
        ] {
            ctx.http.send(get("https://a.example/")).await.ok().unwrap();
            assert_eq!(world.http.seen().last().unwrap().tls.insecure, expected);
        }
    }

    #[test]
    fn certificates_are_read_in_every_form_that_tools_write() {
        let ((first, first_pem), (second, second_pem)) = (made(), made());
        let bundle = format!("# Corporate roots\n{first_pem}\nsecond:\n{second_pem}");
        let both = Ok(vec![first.clone(), second]);
        let utf16 = |text: &str| {
            let units = text.encode_utf16().flat_map(u16::to_le_bytes);
            [vec![0xff, 0xfe], units.collect()].concat()
        };
        assert_eq!(read_certificates(bundle.as_bytes()), both);
        assert_eq!(read_certificates(bundle.replace('\n', "\r\n").as_bytes()), both);
        assert_eq!(read_certificates(format!("\u{feff}{bundle}").as_bytes()), both);
        assert_eq!(read_certificates(&utf16(&bundle)), both);
        assert_eq!(read_certificates(&first), Ok(vec![first.clone()]));
        // As in Go, a certificate that cannot be used is skipped.
        let odd = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert_eq!(read_certificates(format!("{odd}{first_pem}").as_bytes()), Ok(vec![first]));
    }

    #[test]
    fn a_file_without_a_usable_certificate_is_rejected_with_the_reason() {
        let key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
        let odd = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        let broken = "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n";
        for (content, expected) in [
            (b"".as_slice(), "holds no certificate"),
            (b"nothing", "holds no certificate"),
            (key.as_bytes(), "holds no certificate"),
            (odd.as_bytes(), "has an invalid certificate, number 1"),
            (broken.as_bytes(), "is not valid PEM: a section is not Base64"),
            (
                b"-----BEGIN CERTIFICATE-----\nAAAA\n",
                "is not valid PEM: a -----END line is missing",
            ),
            (b"0\x03\x02\x01\x01", "has an invalid certificate, number 1"),
            (b"\xff\xff", "is neither PEM nor"),
        ] {
            let error = read_certificates(content).unwrap_err();
            assert!(error.starts_with(expected), "{error}");
        }
    }
}
