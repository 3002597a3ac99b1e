//! Redacts the secrets of a request in the text of its response.
//!
//! A service, or another server instead of it, may repeat a request in its response: the URL, the
//! `Authorization` header, a token. So these texts are redacted before any part of a response is
//! truncated, logged or shown.
//!
//! A secret is found in plain form, in Base64 (both alphabets, also as a part of a longer text) and
//! in hexadecimal digits. Each of these is also found if the response encodes some or all of its
//! characters: with percent-encoding, once or twice, in uppercase or lowercase, with `+` for
//! spaces, and as HTML entities.

use std::ops::Range;

use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use memchr::memmem;
use percent_encoding::percent_decode_str;
use zeroize::Zeroizing;

use super::{credential::Credential, sign::hex};
use crate::ctx::http::Request;

/// Parameters that only the service may see. Source: ECS API, common parameters; STS API.
const PARAMETERS: &[&str] =
    &["AccessKeyId", "OIDCToken", "SecurityToken", "Signature", "SignatureNonce"];

/// Headers that only the service may see.
const HEADERS: &[&str] = &[
    "authorization",
    "x-acs-accesskey-id",
    "x-acs-security-token",
    "x-acs-signature-nonce",
    "x-aliyun-ecs-metadata-token",
];

/// The shortest text that is redacted, in bytes. Shorter texts are not keys, tokens or signatures
/// of these services, and redacting them would mangle ordinary words.
const SHORTEST: usize = 5;

/// The longest text that is searched, in bytes. The part of a response that is printed is much
/// shorter.
const MAX_TEXT: usize = 64 << 10;

/// The replacement for a secret.
const REDACTED: &str = "(redacted)";

/// Texts to redact, in each of their forms.
pub(crate) struct Redactor(Vec<Zeroizing<String>>);

impl Redactor {
    /// Redacts the secrets in `request`, and all parts of the `key` that signed it.
    pub(crate) fn new(request: &Request, key: Option<&Credential>) -> Self {
        let mut redactor = Self(Vec::new());
        if let Some(key) = key {
            redactor.add(key.access_key_secret.expose());
            redactor.add(key.access_key_id.expose());
            key.security_token.iter().for_each(|token| redactor.add(token.expose()));
        }
        for (name, value) in &request.headers {
            if HEADERS.contains(name) {
                // The header as a whole, and its parts: a token, a key ID, a signature.
                redactor.add(value.expose());
                value.expose().split([' ', ',', '=']).for_each(|part| redactor.add_token(part));
                redactor.add_user(value.expose());
            }
        }
        let (query, body) = (request.query.expose(), request.body.expose());
        let pairs =
            || query.split('&').chain(body.split('&')).filter_map(|pair| pair.split_once('='));
        let has = |wanted| pairs().any(|(name, _)| name == wanted);
        let is_call = (has("Action") && has("Version"))
            || request.headers.iter().any(|(name, _)| *name == "x-acs-action");
        // A query that the user wrote may be one long password.
        if !is_call {
            redactor.add(query);
        }
        for (name, value) in pairs() {
            if !is_call || PARAMETERS.contains(&name) {
                redactor.add(&percent_decode_str(value).decode_utf8_lossy());
            }
        }
        redactor
    }

    /// Redacts nothing.
    #[cfg(test)]
    pub(crate) fn nothing() -> Self {
        Self(Vec::new())
    }

    /// `text` with `(redacted)` in place of every secret. Of a text longer than 64 KiB, only the beginning is kept,
    /// without a possible first part of a secret.
    pub(crate) fn redact(&self, text: &str) -> String {
        if text.len() <= MAX_TEXT {
            return self.redact_until(text, text.len());
        }
        let text = text.get(..text.floor_char_boundary(MAX_TEXT)).unwrap_or_default();
        // An encoded character has up to six.
        let longest = 6 * self.0.iter().map(|secret| secret.len()).max().unwrap_or_default();
        self.redact_until(text, text.floor_char_boundary(text.len().saturating_sub(longest)))
    }

    /// Redacts `text`, and omits everything that is not secret after `limit`.
    fn redact_until(&self, text: &str, limit: usize) -> String {
        let mut found = Vec::new();
        for view in Decoded::all(text) {
            for secret in &self.0 {
                for start in memmem::find_iter(&view.bytes, secret.as_bytes()) {
                    found.push(view.range(start, start + secret.len()));
                }
            }
        }
        found.sort_unstable_by_key(|range| range.start);
        let (mut redacted, mut end) = (String::with_capacity(text.len()), 0);
        for range in found {
            if range.start >= end {
                redacted.push_str(text.get(end..range.start.min(limit)).unwrap_or_default());
                redacted.push_str(REDACTED);
            }
            end = end.max(range.end);
        }
        redacted.push_str(text.get(end..limit).unwrap_or_default());
        redacted
    }

    /// Adds a part of a header; names such as `SignedHeaders` are not secret.
    fn add_token(&mut self, part: &str) {
        let is_name = matches!(
            part,
            "ACS3-HMAC-SHA256" | "Basic" | "Bearer" | "Credential" | "Signature" | "SignedHeaders"
        );
        if !is_name && !part.contains(';') {
            self.add(part);
        }
    }

    /// Adds the user and the password of an `Authorization` header of the scheme Basic.
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

    /// Adds a text in the forms that no decoding of a response undoes.
    fn add(&mut self, text: &str) {
        if text.len() < SHORTEST {
            return;
        }
        let digits = hex(text.as_bytes());
        let mut forms = vec![text.to_owned(), digits.to_uppercase(), digits];
        for before in 0..3 {
            let middle = middle_of_base64(text, before);
            forms.push(middle.replace('-', "+").replace('_', "/"));
            forms.push(middle);
        }
        for form in forms.into_iter().map(Zeroizing::new) {
            if !self.0.contains(&form) {
                self.0.push(form);
            }
        }
    }
}

/// The characters of Base64 (URL-safe alphabet) for `text` after `before` other bytes, without
/// those that depend on adjacent bytes.
fn middle_of_base64(text: &str, before: usize) -> String {
    let mut bytes = Zeroizing::new(vec![0; before]);
    bytes.extend_from_slice(text.as_bytes());
    let encoded = Zeroizing::new(BASE64_URL_SAFE_NO_PAD.encode(&*bytes));
    // Each character holds six bits.
    let (first, last) = ((before * 8).div_ceil(6), bytes.len() * 8 / 6);
    encoded.get(first..last).unwrap_or_default().to_owned()
}

/// A text, decoded.
struct Decoded {
    /// The decoded bytes.
    bytes: Vec<u8>,
    /// Where in the text each of the bytes begins, and where the last one ends.
    starts: Vec<usize>,
}

/// Decodes the beginning of a text: how many bytes of it are an encoding, and of which byte.
type Decode = fn(&[u8]) -> Option<(usize, u8)>;

impl Decoded {
    /// The text itself and all its decodings that differ from it: percent-encoding once and twice,
    /// with `+` literal or for spaces, HTML entities, and combinations of these.
    fn all(text: &str) -> Vec<Self> {
        let plain = Self { bytes: text.as_bytes().to_vec(), starts: (0..=text.len()).collect() };
        let mut all = vec![plain];
        for decodings in [
            [None, Some(percent as Decode)],
            [None, Some(form)],
            [None, Some(entity)],
            [Some(percent as Decode), Some(percent)],
            [Some(percent), Some(form)],
            [Some(percent), Some(entity)],
            [Some(entity), Some(percent)],
            [Some(entity), Some(form)],
        ] {
            let mut decoded = None;
            for decode in decodings.into_iter().flatten() {
                let before = decoded.as_ref().or_else(|| all.first());
                decoded = before.and_then(|before| before.decode(decode));
                if decoded.is_none() {
                    break;
                }
            }
            all.extend(decoded);
        }
        all
    }

    /// The part of the text from which the bytes from `start` to `end` were decoded.
    fn range(&self, start: usize, end: usize) -> Range<usize> {
        let at = |index: usize| self.starts.get(index).copied().unwrap_or_default();
        at(start)..at(end)
    }

    /// The next decoding, if it changes anything.
    fn decode(&self, decode: Decode) -> Option<Self> {
        let mut decoded = Self { bytes: Vec::new(), starts: Vec::new() };
        let mut position = 0;
        while let Some(rest @ [first, ..]) = self.bytes.get(position..) {
            let (length, byte) = decode(rest).unwrap_or((1, *first));
            decoded.bytes.push(byte);
            decoded.starts.push(self.starts.get(position).copied()?);
            position += length;
        }
        decoded.starts.push(self.starts.last().copied()?);
        (decoded.bytes != self.bytes).then_some(decoded)
    }
}

/// `%2B`, in either case.
fn percent(rest: &[u8]) -> Option<(usize, u8)> {
    let [b'%', high, low, ..] = rest else { return None };
    Some((3, (digit(*high)? << 4) | digit(*low)?))
}

/// [`percent`], and `+` for a space.
fn form(rest: &[u8]) -> Option<(usize, u8)> {
    if rest.first() == Some(&b'+') { Some((1, b' ')) } else { percent(rest) }
}

/// `&amp;`, `&#43;` or `&#x2b;`, for ASCII characters.
fn entity(rest: &[u8]) -> Option<(usize, u8)> {
    let [b'&', rest @ ..] = rest else { return None };
    // The longest one in use is `&#x0000002B;`. Without digits it is taken for NUL, which no secret has.
    let end = rest.iter().take(12).position(|byte| *byte == b';')?;
    let byte = match rest.get(..end)? {
        [b'#', b'x' | b'X', digits @ ..] => number(digits, 16)?,
        [b'#', digits @ ..] => number(digits, 10)?,
        b"amp" => b'&',
        b"apos" => b'\'',
        b"equals" => b'=',
        b"gt" => b'>',
        b"lt" => b'<',
        b"plus" => b'+',
        b"quot" => b'"',
        b"sol" => b'/',
        _ => return None,
    };
    Some((end + 2, byte))
}

fn number(digits: &[u8], base: u8) -> Option<u8> {
    digits.iter().try_fold(0_u8, |number, byte| {
        let digit = digit(*byte).filter(|digit| *digit < base)?;
        number.checked_mul(base)?.checked_add(digit)
    })
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests;
