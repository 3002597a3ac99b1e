//! RPC signature 1.0, HMAC-SHA1, stage by stage.
//!
//! Source: Alibaba Cloud OpenAPI, "Request syntax and signature method V2 for RPC APIs". The stages
//! are: [`canonical_query`](super::canonical_query) over query and form parameters together,
//! [`string_to_sign`], [`signature`].

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::Hmac;
use sha1::Sha1;
use zeroize::Zeroizing;

use super::{mac, percent_encode};

/// The text that is signed: method, path (always `/`) and canonical query, encoded once more.
pub fn string_to_sign(method: &str, canonical_query: &str) -> Zeroizing<String> {
    let room = method.len() + 5 + 3 * canonical_query.len();
    let mut text = Zeroizing::new(String::with_capacity(room));
    text.push_str(method);
    text.push_str("&%2F&");
    text.extend(percent_encode(canonical_query));
    text
}

/// The value of the parameter `Signature`, not yet percent-encoded.
pub fn signature(access_key_secret: &str, string_to_sign: &str) -> String {
    let mut key = Zeroizing::new(String::with_capacity(access_key_secret.len() + 1));
    key.push_str(access_key_secret);
    key.push('&');
    STANDARD.encode(mac::<Hmac<Sha1>>(key.as_bytes(), string_to_sign.as_bytes()))
}
