//! Redacts what a request carried from the text of its answer.
//!
//! A service, or whatever answers in its place, may repeat a request in what it says about it: the
//! URL, the `Authorization` header, a token. So these texts are removed from an answer before any of
//! it is cut, logged or shown.

use base64::{Engine, prelude::BASE64_STANDARD};
use percent_encoding::percent_decode_str;
use zeroize::Zeroizing;

use super::{credentials::Credential, sign::encode::percent_encode};
use crate::ctx::http::Request;

/// Parameters that nobody but the service may see. Source: ECS API, common parameters; STS API.
const PARAMETERS: &[&str] =
    &["AccessKeyId", "OIDCToken", "SecurityToken", "Signature", "SignatureNonce"];

/// Headers that nobody but the service may see.
const HEADERS: &[&str] = &[
    "authorization",
    "x-acs-accesskey-id",
    "x-acs-security-token",
    "x-acs-signature-nonce",
    "x-aliyun-ecs-metadata-token",
];

/// The shortest text that is hidden, in bytes. What is shorter is no key, token or signature of
/// these services, and hiding it would tear holes into words.
const SHORTEST: usize = 5;

/// Texts to be hidden.
pub(crate) struct Redactor(Vec<Zeroizing<String>>);

impl Redactor {
    /// The secrets in `request`, and all of the `key` that signed it.
    pub(crate) fn new(request: &Request, key: Option<&Credential>) -> Self {
        let mut hidden = Self(Vec::new());
        if let Some(key) = key {
            hidden.add(key.access_key_secret.expose());
            hidden.add(key.access_key_id.expose());
            key.security_token.iter().for_each(|token| hidden.add(token.expose()));
        }
        for (name, value) in &request.headers {
            if HEADERS.contains(name) {
                // The header as a whole, and what stands in it: a token, a key ID, a signature.
                hidden.add(value.expose());
                value.expose().split([' ', ',', '=']).for_each(|part| hidden.add_token(part));
                hidden.add_user(value.expose());
            }
        }
        let (query, body) = (request.query.expose(), request.body.expose());
        // A query of somebody else's making may be one long password.
        let pairs =
            || query.split('&').chain(body.split('&')).filter_map(|pair| pair.split_once('='));
        let has = |wanted| pairs().any(|(name, _)| name == wanted);
        let is_call = (has("Action") && has("Version"))
            || request.headers.iter().any(|(name, _)| *name == "x-acs-action");
        if !is_call {
            hidden.add(query);
        }
        for (name, value) in pairs() {
            if !is_call || PARAMETERS.contains(&name) {
                hidden.add(&percent_decode_str(value).decode_utf8_lossy());
            }
        }
        // The longer one first, lest a part of it be all that is hidden.
        hidden.0.sort_by_key(|text| std::cmp::Reverse(text.len()));
        hidden
    }

    /// Nothing.
    #[cfg(test)]
    pub(crate) fn nothing() -> Self {
        Self(Vec::new())
    }

    /// `text` with `(hidden)` in the place of what is to be hidden.
    pub(crate) fn redact(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, hidden| match text.contains(hidden.as_str()) {
            true => text.replace(hidden.as_str(), "(hidden)"),
            false => text,
        })
    }

    /// A part of a header: names such as `SignedHeaders` are no secrets.
    fn add_token(&mut self, part: &str) {
        let is_name = matches!(
            part,
            "ACS3-HMAC-SHA256" | "Basic" | "Bearer" | "Credential" | "Signature" | "SignedHeaders"
        );
        if !is_name && !part.contains(';') {
            self.add(part);
        }
    }

    /// The user and the password of an `Authorization` header of the scheme Basic.
    fn add_user(&mut self, header: &str) {
        let Some(encoded) = header.strip_prefix("Basic ") else { return };
        let Ok(bytes) = BASE64_STANDARD.decode(encoded).map(Zeroizing::new) else { return };
        let user = Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned());
        self.add(&user);
        if let Some((name, password)) = user.split_once(':') {
            self.add(name);
            self.add(password);
        }
    }

    /// Adds a text in the forms in which requests and answers have it: as it is, as a part of a
    /// URL, as a part of a string to sign, and in base64.
    fn add(&mut self, text: &str) {
        if text.len() < SHORTEST {
            return;
        }
        let encoded = percent_encode(text).to_string();
        let twice = percent_encode(&encoded).to_string();
        for form in [text.to_owned(), encoded, twice, BASE64_STANDARD.encode(text)] {
            if !self.0.iter().any(|known| **known == form) {
                self.0.push(form.into());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        alicloud::{
            endpoint::{Endpoint, Protocol},
            sign::{Call, Scheme, sign},
        },
        ctx::http::Limits,
    };

    const SECOND: std::time::Duration = std::time::Duration::from_secs(1);

    fn signed(scheme: Scheme) -> (Request, Credential) {
        let key = Credential {
            access_key_id: "LTAI-the-id".into(),
            access_key_secret: "the/secret+itself".into(),
            security_token: Some("CAIS/token+==".into()),
            expires: None,
        };
        let endpoint =
            Endpoint { scheme: Protocol::Https, host: "ecs.test".into(), path: "/".into() };
        let parameters = [("RegionId".to_owned(), "cn-hangzhou".to_owned())];
        let call = Call {
            action: "DescribeImages",
            version: "2014-05-26",
            parameters: &parameters,
            endpoint: &endpoint,
            user_agent: "test",
            limits: Limits { connect: SECOND, read: SECOND, total: SECOND, body: 1 },
        };
        let request = sign(scheme, call, &key, jiff::Timestamp::UNIX_EPOCH, "0123456789abcdef");
        (request, key)
    }

    #[test]
    fn a_password_in_an_address_is_hidden_in_every_form() {
        let request = Request {
            method: crate::ctx::http::Method::Get,
            url: "http://127.0.0.1/c".into(),
            query: "Action=get&token=the-token".into(),
            headers: vec![(
                "authorization",
                format!("Basic {}", BASE64_STANDARD.encode("somebody:hunter2")).into(),
            )],
            body: crate::secret::Secret::default(),
            limits: Limits { connect: SECOND, read: SECOND, total: SECOND, body: 1 },
            proxy: true,
        };
        let hidden = Redactor::new(&request, None);
        let told = "wrong password hunter2 of somebody, token the-token";
        assert_eq!(hidden.redact(told), "wrong password (hidden) of (hidden), token (hidden)");
    }

    #[test]
    fn nothing_secret_is_left_of_a_repeated_request() {
        for scheme in [Scheme::V1, Scheme::Acs3] {
            let (request, key) = signed(scheme);
            let hidden = Redactor::new(&request, Some(&key));
            let headers: Vec<String> = request
                .headers
                .iter()
                .map(|(name, value)| format!("{name}: {}", value.expose()))
                .collect();
            let decoded = percent_decode_str(request.query.expose()).decode_utf8_lossy();
            let encoded = percent_encode(request.query.expose()).to_string();
            let echo = format!(
                "{}?{} {decoded} {encoded} {headers:?}",
                request.url,
                request.query.expose()
            );
            let shown = hidden.redact(&echo);
            for secret in &hidden.0 {
                assert!(!shown.contains(secret.as_str()), "{shown}");
            }
            assert!(!shown.contains("CAIS") && !shown.contains("the-id"), "{shown}");
            assert!(shown.contains("RegionId=cn-hangzhou") || scheme == Scheme::Acs3, "{shown}");
            assert!(shown.contains("(hidden)"), "{shown}");
        }
    }

    #[test]
    fn ordinary_words_stay() {
        let (request, key) = signed(Scheme::Acs3);
        let words = "The specified ImageId m-1 of cn-hangzhou does not exist; see SignedHeaders.";
        assert_eq!(Redactor::new(&request, Some(&key)).redact(words), words);
    }
}
