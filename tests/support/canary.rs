//! Marked secrets, and the forms in which one could leak.

#![allow(dead_code, reason = "each of its users uses a part")]
#![allow(unreachable_pub, reason = "it is a module of each test crate that uses it")]

use base64::{Engine, prelude::BASE64_STANDARD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// A text that must not occur in the output.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Canary {
    /// A description of it.
    pub name: String,
    /// The text itself.
    pub text: String,
    forms: Vec<String>,
}

impl Canary {
    /// A secret: as it is, reversed, percent-encoded, in base64 and in hexadecimal digits.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let mut canary = Self::sent(name, text);
        let text = &canary.text;
        let hex: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
        // Within a longer text, its base64 encoding has one of three forms, and the first and last
        // characters depend on the adjacent bytes.
        let within = (0..3).map(|shift| {
            let whole = BASE64_STANDARD.encode(format!("{}{text}", "\0".repeat(shift)));
            whole[4..whole.len() - 4].to_owned()
        });
        let more = [text.chars().rev().collect(), hex.to_uppercase(), hex];
        canary.forms.extend(within.chain(more).collect::<Vec<_>>());
        let url_safe = |form: &String| form.replace('+', "-").replace('/', "_");
        canary.forms.extend(canary.forms.iter().map(url_safe).collect::<Vec<_>>());
        canary
    }

    /// A string that was sent, and can only be repeated unchanged or percent-encoded.
    pub fn sent(name: impl Into<String>, text: impl Into<String>) -> Self {
        let (name, text) = (name.into(), text.into());
        let encoded = utf8_percent_encode(&text, NON_ALPHANUMERIC).to_string();
        let strict = [("%2D", "-"), ("%2E", "."), ("%5F", "_"), ("%7E", "~")]
            .iter()
            .fold(encoded.clone(), |text, (from, to)| text.replace(from, to));
        let forms = vec![text.clone(), encoded, strict];
        Self { name, text, forms }
    }

    /// Whether `text` contains it in any form.
    pub fn is_in(&self, text: &str) -> bool {
        self.forms.iter().any(|form| text.contains(form))
    }
}

/// Fails the test if `text`, which is `what`, contains one of the canaries.
#[track_caller]
pub fn assert_none(canaries: &[Canary], what: &str, text: &str) {
    if let Some(canary) = canaries.iter().find(|canary| canary.is_in(text)) {
        let line = text.lines().find(|line| canary.is_in(line)).unwrap_or(text);
        panic!("the {} ({}) is in {what}:\n{line}", canary.name, canary.text);
    }
}
