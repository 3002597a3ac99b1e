//! RPC signature 1.0. Source: ECS API, "Signature"; Alibaba Cloud, "Request syntax and signature
//! method V2 for RPC APIs".

use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha1::Sha1;

use super::Claim;
use crate::mock::message::{Refusal, Request};

/// Everything except letters, digits and `-_.~` is encoded.
pub(super) const ENCODED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Reads the identity that the request claims.
pub(super) fn claim(request: &Request) -> Result<Claim<'_>, Refusal> {
    let needed = |name: &str| request.parameter(name).ok_or_else(|| Refusal::missing(name));
    let access_key = needed("AccessKeyId")?;
    let signature = needed("Signature")?;
    if needed("SignatureMethod")? != "HMAC-SHA1" {
        return Err(Refusal::invalid_parameter("SignatureMethod"));
    }
    if needed("SignatureVersion")? != "1.0" {
        return Err(Refusal::invalid_parameter("SignatureVersion"));
    }
    Ok(Claim {
        access_key,
        nonce: needed("SignatureNonce")?,
        signature,
        time: needed("Timestamp")?,
        token: request.parameter("SecurityToken"),
    })
}

/// The parameters encoded, sorted by name in byte order, and joined.
pub(super) fn canonical_query<'a>(parameters: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut sorted: Vec<_> = parameters.collect();
    sorted.sort_unstable();
    let mut canonical = String::with_capacity(512);
    for (name, value) in sorted {
        if !canonical.is_empty() {
            canonical.push('&');
        }
        append_encoded(name, &mut canonical);
        canonical.push('=');
        append_encoded(value, &mut canonical);
    }
    canonical
}

/// Method, path and query, joined with `&`. The query is encoded a second time.
pub(super) fn string_to_sign(method: &str, canonical_query: &str) -> String {
    let mut string = String::with_capacity(canonical_query.len() + canonical_query.len() / 2);
    string.push_str(method);
    string.push_str("&%2F&");
    append_encoded(canonical_query, &mut string);
    string
}

/// The signature: the key is the secret followed by `&`.
pub(super) fn signature(secret: &str, string_to_sign: &str) -> String {
    hmac_sha1(format!("{secret}&").as_bytes(), string_to_sign)
}

pub(super) fn hmac_sha1(key: &[u8], text: &str) -> String {
    // HMAC takes a key of any length.
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(key) else { return String::new() };
    mac.update(text.as_bytes());
    BASE64_STANDARD.encode(mac.finalize().into_bytes())
}

pub(super) fn append_encoded(text: &str, to: &mut String) {
    to.extend(utf8_percent_encode(text, ENCODED));
}
