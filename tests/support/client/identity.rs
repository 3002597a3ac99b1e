//! A host's one-time key and certificate, like those of go-plugin (`mtls.go`): ECDSA on P-521 with
//! SHA-512, self-signed, a CA, with the name `localhost`.
//!
//! The certificate is encoded by hand, because the certificate library signs with ring, which does
//! not support P-521.

use std::{fmt, sync::Arc};

use base64::{Engine, engine::general_purpose::STANDARD};
use p521::ecdsa::{DerSignature, SigningKey, signature::Signer};
use rustls::{
    SignatureAlgorithm, SignatureScheme,
    pki_types::CertificateDer,
    sign::{CertifiedKey, Signer as TlsSigner, SigningKey as TlsKey},
};

use super::Error;

/// A host's key and certificate.
#[derive(Clone)]
pub struct Identity {
    /// The certificate that the host presents.
    pub certificate: CertificateDer<'static>,
    key: Arc<SigningKey>,
}

// Object identifiers, encoded.
const ECDSA_WITH_SHA512: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 4];
const EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
const SECP521R1: &[u8] = &[0x2b, 0x81, 4, 0, 0x23];
const ORGANIZATION: &[u8] = &[0x55, 4, 10];
const COMMON_NAME: &[u8] = &[0x55, 4, 3];
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x13];
const KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x0f];
const EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x25];
const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 0x11];
const CLIENT_AUTH: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 2];
const SERVER_AUTH: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 1];

// Tags.
const BOOLEAN: u8 = 0x01;
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const OBJECT_IDENTIFIER: u8 = 0x06;
const PRINTABLE_STRING: u8 = 0x13;
const UTC_TIME: u8 = 0x17;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;

impl Identity {
    /// A fresh key with its certificate.
    pub fn generate() -> Result<Self, Error> {
        let mut secret = [0_u8; 66];
        getrandom::fill(&mut secret)?;
        // The order of the curve has 521 bits, so every number without the first byte is below it.
        secret[0] = 0;
        let key = SigningKey::from_slice(&secret)?;

        let point = key.verifying_key().to_sec1_point(false);
        let key_type = der(SEQUENCE, &[&oid(EC_PUBLIC_KEY), &oid(SECP521R1)]);
        let public_key = der(SEQUENCE, &[&key_type, &der(BIT_STRING, &[&[0], point.as_ref()])]);
        let signature_type = der(SEQUENCE, &[&oid(ECDSA_WITH_SHA512)]);
        let name = |kind, text: &str| {
            let attribute =
                der(SEQUENCE, &[&oid(kind), &der(PRINTABLE_STRING, &[text.as_bytes()])]);
            der(SET, &[&attribute])
        };
        let names =
            der(SEQUENCE, &[&name(ORGANIZATION, "HashiCorp"), &name(COMMON_NAME, "localhost")]);
        let validity = der(
            SEQUENCE,
            &[&der(UTC_TIME, &[b"200101000000Z"]), &der(UTC_TIME, &[b"491231235959Z"])],
        );
        let usages = der(SEQUENCE, &[&oid(CLIENT_AUTH), &oid(SERVER_AUTH)]);
        let extensions = der(
            SEQUENCE,
            &[
                &extension(KEY_USAGE, true, &der(BIT_STRING, &[&[2, 0xac]])),
                &extension(EXTENDED_KEY_USAGE, false, &usages),
                &extension(BASIC_CONSTRAINTS, true, &der(SEQUENCE, &[&der(BOOLEAN, &[&[0xff]])])),
                &extension(SUBJECT_ALT_NAME, false, &der(SEQUENCE, &[&der(0x82, &[b"localhost"])])),
            ],
        );
        let body = der(
            SEQUENCE,
            &[
                &der(0xa0, &[&der(INTEGER, &[&[2]])]),
                &der(INTEGER, &[&[1], &serial_number()?]),
                &signature_type,
                &names,
                &validity,
                &names,
                &public_key,
                &der(0xa3, &[&extensions]),
            ],
        );
        let signature: DerSignature = key.sign(&body);
        let signature = der(BIT_STRING, &[&[0], signature.as_bytes()]);
        let certificate = der(SEQUENCE, &[&body, &signature_type, &signature]);
        Ok(Self { certificate: certificate.into(), key: Arc::new(key) })
    }

    /// The certificate in the format of `PLUGIN_CLIENT_CERT`.
    pub fn pem(&self) -> String {
        let base64 = STANDARD.encode(&self.certificate);
        let mut pem = "-----BEGIN CERTIFICATE-----\n".to_owned();
        for line in base64.as_bytes().chunks(64) {
            pem.extend(line.iter().map(|&byte| char::from(byte)));
            pem.push('\n');
        }
        pem + "-----END CERTIFICATE-----\n"
    }

    /// This certificate with the key of `other`, as an attacker without the right key would present
    /// it.
    pub fn with_key_of(&self, other: &Self) -> Self {
        Self { certificate: self.certificate.clone(), key: Arc::clone(&other.key) }
    }

    pub(super) fn certified_key(&self) -> CertifiedKey {
        let key = Arc::new(HostKey(Arc::clone(&self.key)));
        CertifiedKey::new(vec![self.certificate.clone()], key)
    }
}

fn serial_number() -> Result<[u8; 15], Error> {
    let mut serial = [0; 15];
    getrandom::fill(&mut serial)?;
    Ok(serial)
}

/// One DER value: tag, length, content.
fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = content.len().to_be_bytes();
    let significant = length.iter().skip_while(|&&byte| byte == 0).copied().collect::<Vec<_>>();
    let mut encoded = vec![tag];
    match significant.as_slice() {
        [] => encoded.push(0),
        [short @ 0..=0x7f] => encoded.push(*short),
        long => {
            encoded.extend(u8::try_from(long.len()).map(|count| 0x80 | count));
            encoded.extend_from_slice(long);
        }
    }
    encoded.extend(content);
    encoded
}

fn oid(encoded: &[u8]) -> Vec<u8> {
    der(OBJECT_IDENTIFIER, &[encoded])
}

fn extension(kind: &[u8], critical: bool, content: &[u8]) -> Vec<u8> {
    let critical = if critical { der(BOOLEAN, &[&[0xff]]) } else { Vec::new() };
    der(SEQUENCE, &[&oid(kind), &critical, &der(OCTET_STRING, &[content])])
}

/// The key in the form that the TLS library needs.
struct HostKey(Arc<SigningKey>);

impl fmt::Debug for HostKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HostKey")
    }
}

impl TlsKey for HostKey {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn TlsSigner>> {
        offered
            .contains(&SignatureScheme::ECDSA_NISTP521_SHA512)
            .then(|| Box::new(Self(Arc::clone(&self.0))) as Box<dyn TlsSigner>)
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::ECDSA
    }
}

impl TlsSigner for HostKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rustls::Error> {
        let signature: DerSignature = self.0.sign(message);
        Ok(signature.as_bytes().to_vec())
    }

    fn scheme(&self) -> SignatureScheme {
        SignatureScheme::ECDSA_NISTP521_SHA512
    }
}
