//! ACS3-HMAC-SHA256. Source: Alibaba Cloud, "V3 request structure and signature".

use hmac::{Hmac, KeyInit, Mac};
use hyper::{HeaderMap, header::AUTHORIZATION};
use sha2::{Digest, Sha256};

use super::Claim;
use crate::mock::{
    hex::hex,
    message::{Refusal, Request},
};

pub(super) const ALGORITHM: &str = "ACS3-HMAC-SHA256";

/// The parts of the `Authorization` header.
pub(super) struct Authorization<'a> {
    credential: &'a str,
    pub(super) signed_headers: &'a str,
    signature: &'a str,
}

/// Reads `ACS3-HMAC-SHA256 Credential=..,SignedHeaders=..,Signature=..`.
pub(super) fn authorization(request: &Request) -> Result<Authorization<'_>, Refusal> {
    let incomplete = || Refusal::known("IncompleteSignature");
    let header = request.header(AUTHORIZATION).ok_or_else(incomplete)?;
    let parts = header.strip_prefix(ALGORITHM).ok_or_else(incomplete)?;
    let part = |name: &str| {
        let find = |part: &'_ str| part.trim().strip_prefix(name).is_some();
        let part = parts.split(',').find(|part| find(part)).ok_or_else(incomplete)?;
        part.trim().strip_prefix(name).filter(|value| !value.is_empty()).ok_or_else(incomplete)
    };
    Ok(Authorization {
        credential: part("Credential=")?,
        signed_headers: part("SignedHeaders=")?,
        signature: part("Signature=")?,
    })
}

/// Reads the identity that the request claims.
pub(super) fn claim(request: &Request) -> Result<Claim<'_>, Refusal> {
    let authorization = authorization(request)?;
    let needed = |name: &str| request.header(name).ok_or_else(|| Refusal::missing(name));
    needed("x-acs-action")?;
    needed("x-acs-version")?;
    needed("x-acs-content-sha256")?;
    Ok(Claim {
        access_key: authorization.credential,
        nonce: needed("x-acs-signature-nonce")?,
        signature: authorization.signature,
        time: needed("x-acs-date")?,
        token: request.header("x-acs-security-token"),
    })
}

/// The names of `SignedHeaders`, sorted.
pub(super) fn signed_names(signed_headers: &str) -> Vec<&str> {
    let mut names: Vec<_> = signed_headers.split(';').collect();
    names.sort_unstable();
    names
}

/// A header of the request that must be signed but is not.
pub(super) fn unsigned_header<'a>(headers: &'a HeaderMap, signed: &[&str]) -> Option<&'a str> {
    let must = |name: &&str| *name == "host" || name.starts_with("x-acs-");
    headers.keys().map(|name| name.as_str()).filter(must).find(|name| !signed.contains(name))
}

/// One line for each signed header with its name and trimmed value. Several values of one name are
/// sorted and joined with commas.
pub(super) fn canonical_headers(headers: &HeaderMap, signed: &[&str]) -> String {
    let mut canonical = String::with_capacity(512);
    for name in signed {
        let values = headers.get_all(*name).iter();
        let mut values: Vec<_> =
            values.map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
        values.sort_unstable_by(|one, other| one.trim().cmp(other.trim()));
        canonical.push_str(name);
        canonical.push(':');
        for (n, value) in values.iter().enumerate() {
            canonical.push_str(if n == 0 { "" } else { "," });
            canonical.push_str(value.trim());
        }
        canonical.push('\n');
    }
    canonical
}

pub(super) fn canonical_request(
    method: &str,
    path: &str,
    query: &str,
    headers: &str,
    signed_headers: &str,
    body_hash: &str,
) -> String {
    [method, path, query, headers, signed_headers, body_hash].join("\n")
}

pub(super) fn string_to_sign(canonical_request: &str) -> String {
    [ALGORITHM, &hex_sha256(canonical_request.as_bytes())].join("\n")
}

/// The signature: the key is the secret itself.
pub(super) fn signature(secret: &str, string_to_sign: &str) -> String {
    // HMAC takes a key of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return String::new();
    };
    mac.update(string_to_sign.as_bytes());
    hex(&mac.finalize().into_bytes())
}

pub(super) fn hex_sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}
