//! Turns a call into a signed request. This module is pure: the credential, the instant and the
//! nonce are inputs.
//!
//! The two schemes, [`v1`] and [`acs3`], expose their stages, so that each can be tested against vectors from the
//! vendor's own code. [`sign`] combines them into the requests that this project sends: POST, an empty body, and no
//! secrets in the part of the URL that may be logged.
//!
//! ```
//! use std::time::Duration;
//!
//! use terraform_provider_alicloud::{
//!     alicloud::{
//!         credentials::Credential,
//!         endpoint::{Endpoint, Protocol, configured::Origin},
//!         sign::{Call, Scheme, sign},
//!     },
//!     ctx::http::Limits,
//! };
//!
//! let second = Duration::from_secs(1);
//! let call = Call {
//!     action: "DescribeImages",
//!     version: "2014-05-26",
//!     parameters: &[("RegionId".into(), "cn-hangzhou".into())],
//!     endpoint: &Endpoint {
//!         scheme: Protocol::Https,
//!         host: "ecs.cn-hangzhou.aliyuncs.com".into(),
//!         path: "/".into(),
//!         origin: Origin::Region,
//!     },
//!     user_agent: "example",
//!     limits: Limits { connect: second, read: second, total: second, body: 1 << 20 },
//! };
//! let credential = Credential {
//!     access_key_id: "an-id".into(),
//!     access_key_secret: "a-secret".into(),
//!     security_token: None,
//!     expires: None,
//! };
//! let now = "2026-01-02T03:04:05Z".parse().unwrap();
//!
//! let request = sign(Scheme::V1, call, &credential, now, "a-nonce");
//! // The URL may be logged. What belongs to the signature is in the query, which is a `Secret`.
//! assert_eq!(request.url, "https://ecs.cn-hangzhou.aliyuncs.com/");
//! assert!(request.query.expose().contains("AccessKeyId=an-id&Action=DescribeImages"));
//! assert!(!request.query.expose().contains("a-secret"));
//!
//! let request = sign(Scheme::Acs3, call, &credential, now, "a-nonce");
//! let (_, value) = request.headers.iter().find(|(name, _)| *name == "authorization").unwrap();
//! assert!(value.expose().starts_with("ACS3-HMAC-SHA256 Credential=an-id,"));
//! ```

use std::fmt::{self, Write as _};

use hmac::{KeyInit, Mac};
use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use zeroize::Zeroizing;

use super::{credential::Credential, endpoint::Endpoint};
use crate::{
    ctx::http::{Arrival, Limits, Method, Request},
    secret::Secret,
};

/// The signature scheme.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Scheme {
    /// ACS3-HMAC-SHA256: everything in headers.
    Acs3,
    /// RPC signature 1.0, HMAC-SHA1: everything in the query.
    #[default]
    V1,
}

/// A call, before it is signed.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    /// The action, such as `DescribeImages`.
    pub action: &'a str,
    /// The API version, such as `2014-05-26`.
    pub version: &'a str,
    /// The parameters of the action, including `RegionId`, not encoded.
    pub parameters: &'a [(String, String)],
    /// The endpoint.
    pub endpoint: &'a Endpoint,
    /// The user agent.
    pub user_agent: &'a str,
    /// The limits of time and size.
    pub limits: Limits,
}

/// Signs `call`, as a POST with an empty body.
///
/// The `host` that ACS3 signs is [`Endpoint::host`]; the sender of the request derives the same from
/// its URL, so it is not among the headers.
pub fn sign(
    scheme: Scheme,
    call: Call<'_>,
    credential: &Credential,
    now: Timestamp,
    nonce: &str,
) -> Request {
    match scheme {
        Scheme::Acs3 => sign_acs3(call, credential, now, nonce),
        Scheme::V1 => sign_v1(call, credential, now, nonce),
    }
}

/// Turns `call` into a request without a signature, for the actions of STS that identify the caller
/// in another way.
///
/// The parameters are sent as a form in the body, because an ID token may be longer than the limit
/// of servers for a query.
pub fn leave_unsigned(call: Call<'_>, now: Timestamp, nonce: &str) -> Request {
    let timestamp = seconds(now);
    let query = canonical_query([
        ("Action", call.action),
        ("Format", "JSON"),
        ("SignatureNonce", nonce),
        ("Timestamp", &timestamp),
        ("Version", call.version),
    ]);
    let form = canonical_query(raw(call.parameters));
    let headers = vec![("content-type", "application/x-www-form-urlencoded".into())];
    request(call, &query, headers, Secret::new(form.as_str()))
}

fn sign_v1(call: Call<'_>, credential: &Credential, now: Timestamp, nonce: &str) -> Request {
    let timestamp = seconds(now);
    let mut parameters = vec![
        ("AccessKeyId", credential.access_key_id.expose()),
        ("Action", call.action),
        ("Format", "JSON"),
        ("SignatureMethod", "HMAC-SHA1"),
        ("SignatureNonce", nonce),
        ("SignatureVersion", "1.0"),
        ("Timestamp", &timestamp),
        ("Version", call.version),
    ];
    if let Some(token) = &credential.security_token {
        parameters.push(("SecurityToken", token.expose()));
    }
    parameters.extend(raw(call.parameters));
    let mut query = canonical_query(parameters);
    let text = v1::string_to_sign("POST", &query);
    let signature = v1::signature(credential.access_key_secret.expose(), &text);
    query.push_str("&Signature=");
    query.extend(percent_encode(&signature));
    request(call, &query, Vec::new(), Secret::new(""))
}

fn sign_acs3(call: Call<'_>, credential: &Credential, now: Timestamp, nonce: &str) -> Request {
    let query = canonical_query(raw(call.parameters));
    let payload = acs3::payload_sha256(b"");
    let mut headers: Vec<(&'static str, Secret)> = vec![
        ("x-acs-action", call.action.into()),
        ("x-acs-content-sha256", payload.as_str().into()),
        ("x-acs-date", seconds(now).into()),
        ("x-acs-signature-nonce", nonce.into()),
        ("x-acs-version", call.version.into()),
    ];
    if let Some(token) = &credential.security_token {
        headers.push(("x-acs-accesskey-id", credential.access_key_id.clone()));
        headers.push(("x-acs-security-token", token.clone()));
    }
    // Only headers that no HTTP library or proxy rewrites are signed, so neither `accept` nor
    // `user-agent`.
    let signed = acs3::SignedHeaders::new(
        std::iter::once(("host", call.endpoint.host.as_str()))
            .chain(headers.iter().map(|(name, value)| (*name, value.expose()))),
    );
    let text = acs3::canonical_request("POST", &call.endpoint.path, &query, &signed, &payload);
    let signature =
        acs3::signature(credential.access_key_secret.expose(), &acs3::string_to_sign(&text));
    let key = credential.access_key_id.expose();
    let authorization = acs3::authorization(key, &signed.names, &signature);
    headers.push(("authorization", authorization.into()));
    request(call, &query, headers, Secret::new(""))
}

fn request(
    call: Call<'_>,
    query: &str,
    mut headers: Vec<(&'static str, Secret)>,
    body: Secret,
) -> Request {
    headers.push(("accept", "application/json".into()));
    headers.push(("user-agent", call.user_agent.into()));
    Request {
        method: Method::POST,
        url: call.endpoint.url(),
        query: Secret::new(query),
        headers,
        body,
        limits: call.limits,
        proxy: true,
        tls: Default::default(),
        always_verified: false,
        arrival: Arrival::default(),
    }
}

fn raw(parameters: &[(String, String)]) -> impl Iterator<Item = (&str, &str)> {
    parameters.iter().map(|(name, value)| (name.as_str(), value.as_str()))
}

/// The instant in the format of both schemes: UTC, whole seconds.
fn seconds(instant: Timestamp) -> String {
    instant.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn mac<M: KeyInit + Mac>(key: &[u8], text: &[u8]) -> Vec<u8> {
    // HMAC takes a key of any length. If it did not, the service would refuse the empty signature.
    M::new_from_slice(key)
        .map(|mac| mac.chain_update(text).finalize().into_bytes().to_vec())
        .unwrap_or_default()
}

// The encodings that both signatures use. Source: Alibaba Cloud OpenAPI, "Request syntax and signature method V2 for
// RPC APIs", canonicalized query.

/// Everything except `A-Z a-z 0-9 - _ . ~`.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// `text` with all characters except unreserved ones as `%XX` in uppercase: a space is `%20`, `*`
/// is `%2A`.
pub fn percent_encode(text: &str) -> impl fmt::Display + Iterator<Item = &str> {
    utf8_percent_encode(text, RESERVED)
}

/// The parameters, encoded, sorted by name in byte order, and joined as a query.
///
/// An empty value keeps its `=`. The text is zeroized when dropped, because security tokens are
/// parameters too.
pub fn canonical_query<'a>(
    parameters: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Zeroizing<String> {
    let mut sorted: Vec<(&str, &str)> = parameters.into_iter().collect();
    sorted.sort_unstable();
    // Capacity for the worst case, three bytes for one, because a buffer that grows leaves copies
    // that are not zeroized.
    let room = sorted.iter().map(|(name, value)| 3 * (name.len() + value.len()) + 2).sum();
    let mut query = Zeroizing::new(String::with_capacity(room));
    for (name, value) in sorted {
        if !query.is_empty() {
            query.push('&');
        }
        query.extend(percent_encode(name));
        query.push('=');
        query.extend(percent_encode(value));
    }
    query
}

/// Bytes as lowercase hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

pub mod v1 {
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
}

pub mod acs3 {
    //! ACS3-HMAC-SHA256, stage by stage.
    //!
    //! Source: Alibaba Cloud OpenAPI, "V3 request structure and signature". The stages are:
    //! [`canonical_query`](super::canonical_query), [`SignedHeaders::new`],
    //! [`canonical_request`], [`string_to_sign`], [`signature`], [`authorization`].

    use hmac::Hmac;
    use sha2::{Digest as _, Sha256};
    use zeroize::Zeroizing;

    use super::{hex, mac};

    /// The name of the algorithm, as in the first line of the string to sign and in `Authorization`.
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

    /// The hash of a body: SHA-256 in lowercase hexadecimal digits.
    pub fn payload_sha256(body: &[u8]) -> String {
        hex(&Sha256::digest(body))
    }

    /// Everything in a request that is signed. `path` has the form in which it is sent.
    pub fn canonical_request(
        method: &str,
        path: &str,
        canonical_query: &str,
        headers: &SignedHeaders,
        payload_sha256: &str,
    ) -> Zeroizing<String> {
        let parts =
            [method, path, canonical_query, &headers.canonical, &headers.names, payload_sha256];
        Zeroizing::new(parts.join("\n"))
    }

    /// The text that is signed.
    pub fn string_to_sign(canonical_request: &str) -> String {
        format!("{ALGORITHM}\n{}", hex(&Sha256::digest(canonical_request.as_bytes())))
    }

    /// The signature, in lowercase hexadecimal digits.
    pub fn signature(access_key_secret: &str, string_to_sign: &str) -> String {
        hex(&mac::<Hmac<Sha256>>(access_key_secret.as_bytes(), string_to_sign.as_bytes()))
    }

    /// The value of the header `Authorization`.
    pub fn authorization(access_key_id: &str, signed_headers: &str, signature: &str) -> String {
        format!(
            "{ALGORITHM} Credential={access_key_id},SignedHeaders={signed_headers},Signature={signature}"
        )
    }
}

#[cfg(test)]
mod tests;
