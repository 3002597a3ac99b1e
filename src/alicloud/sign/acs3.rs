//! ACS3-HMAC-SHA256, stage by stage.
//!
//! Source: Alibaba Cloud OpenAPI, "V3 request structure and signature". The stages are:
//! [`canonical_query`](super::canonical_query), [`SignedHeaders::new`],
//! [`canonical_request`], [`string_to_sign`], [`signature`], [`authorization`].

use hmac::Hmac;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::{hex, mac};

/// The name of the algorithm, as it stands in front of the string to sign and in `Authorization`.
pub const ALGORITHM: &str = "ACS3-HMAC-SHA256";

/// The headers that a signature covers.
pub struct SignedHeaders {
    /// `name:value` and a newline for each, sorted by name.
    pub canonical: Zeroizing<String>,
    /// The names, sorted, joined by `;`.
    pub names: String,
}

impl SignedHeaders {
    /// Takes the headers to sign: names in lower case; values are trimmed here, and several of one
    /// name are sorted and joined by commas.
    pub fn new<'a>(headers: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut sorted: Vec<(&str, &str)> =
            headers.into_iter().map(|(name, value)| (name, value.trim())).collect();
        sorted.sort_unstable();
        let room = sorted.iter().map(|(name, value)| name.len() + value.len() + 2).sum();
        let mut canonical = Zeroizing::new(String::with_capacity(room));
        let mut names = String::new();
        for same_name in sorted.chunk_by(|(one, _), (other, _)| one == other) {
            for (position, (name, value)) in same_name.iter().enumerate() {
                if position == 0 {
                    let separator = if names.is_empty() { "" } else { ";" };
                    names.extend([separator, name]);
                    canonical.extend([*name, ":", value]);
                } else {
                    canonical.extend([",", value]);
                }
            }
            canonical.push('\n');
        }
        Self { canonical, names }
    }
}

/// The hash of a body: SHA-256 in lower-case hexadecimal digits.
pub fn payload_sha256(body: &[u8]) -> String {
    hex(&Sha256::digest(body))
}

/// All that is signed of a request. `path` is in the form in which it is sent.
pub fn canonical_request(
    method: &str,
    path: &str,
    canonical_query: &str,
    headers: &SignedHeaders,
    payload_sha256: &str,
) -> Zeroizing<String> {
    let parts = [method, path, canonical_query, &headers.canonical, &headers.names, payload_sha256];
    Zeroizing::new(parts.join("\n"))
}

/// The text that is signed.
pub fn string_to_sign(canonical_request: &str) -> String {
    format!("{ALGORITHM}\n{}", hex(&Sha256::digest(canonical_request.as_bytes())))
}

/// The signature, in lower-case hexadecimal digits.
pub fn signature(access_key_secret: &str, string_to_sign: &str) -> String {
    hex(&mac::<Hmac<Sha256>>(access_key_secret.as_bytes(), string_to_sign.as_bytes()))
}

/// The value of the header `Authorization`.
pub fn authorization(access_key_id: &str, signed_headers: &str, signature: &str) -> String {
    format!(
        "{ALGORITHM} Credential={access_key_id},SignedHeaders={signed_headers},Signature={signature}"
    )
}
