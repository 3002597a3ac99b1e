//! A string, number or boolean, each accepted in place of the others. Numbers keep their spelling,
//! so that none is rounded when it is converted to a string.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{self, Visitor},
};
use serde_json::value::RawValue;

/// A value that is neither an object nor a list.
pub(super) enum Scalar<'de> {
    /// `true` or `false`.
    Bool(bool),
    /// `null`.
    Null,
    /// As written.
    Number(&'de str),
    /// Without its quotes.
    Text(Text<'de>),
}

/// A string: a slice of the body, or unescaped.
pub(super) enum Text<'de> {
    /// Without escapes, so not copied.
    Borrowed(&'de str),
    /// Unescaped.
    Unescaped(String),
}

impl Scalar<'_> {
    /// The value as text; empty for null.
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Bool(true) => "true",
            Self::Bool(false) => "false",
            Self::Null => "",
            Self::Number(digits) => digits,
            Self::Text(Text::Borrowed(text)) => text,
            Self::Text(Text::Unescaped(text)) => text,
        }
    }

    /// The value as a boolean; null and the empty text are false.
    pub(super) fn flag(&self) -> Result<bool, &'static str> {
        match self {
            Self::Bool(flag) => Ok(*flag),
            Self::Null => Ok(false),
            Self::Number(digits) => Ok(digits.parse::<f64>().is_ok_and(|number| number != 0.0)),
            Self::Text(_) => match self.text().trim() {
                "" | "0" => Ok(false),
                "1" => Ok(true),
                word if word.eq_ignore_ascii_case("true") => Ok(true),
                word if word.eq_ignore_ascii_case("false") => Ok(false),
                _ => Err("the text is neither true nor false"),
            },
        }
    }

    /// The value as a whole number; null and the empty text are 0.
    pub(super) fn integer(&self) -> Result<i64, &'static str> {
        let digits = match self {
            Self::Bool(flag) => return Ok(i64::from(*flag)),
            Self::Null => return Ok(0),
            Self::Number(_) | Self::Text(_) => self.text().trim(),
        };
        if digits.is_empty() {
            return Ok(0);
        }
        if let Ok(number) = digits.parse::<i64>() {
            return Ok(number);
        }
        // `80.0` and `8e1` are whole numbers too; above 2^53 a float cannot represent all of them.
        match digits.parse::<f64>() {
            Ok(number) if number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0 => {
                Ok(number as i64)
            }
            _ => Err("not a whole number of 64 bits"),
        }
    }
}

impl<'de> Deserialize<'de> for Scalar<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let raw = <&'de RawValue>::deserialize(from)?.get();
        match raw.as_bytes() {
            [b'n', ..] => Ok(Self::Null),
            [b't', ..] => Ok(Self::Bool(true)),
            [b'f', ..] => Ok(Self::Bool(false)),
            [b'{', ..] => Err(de::Error::custom("an object where a text or a number belongs")),
            [b'[', ..] => Err(de::Error::custom("a list where a text or a number belongs")),
            [b'"', ..] if raw.contains('\\') => unescape(raw)
                .map(|text| Self::Text(Text::Unescaped(text)))
                .map_err(de::Error::custom),
            [b'"', ..] => Ok(Self::Text(Text::Borrowed(raw.trim_matches('"')))),
            _ => Ok(Self::Number(raw)),
        }
    }
}

/// The text of a JSON string with escapes. A lone surrogate, which a service produces if it
/// truncates strings by UTF-16 units, becomes U+FFFD.
fn unescape(raw: &str) -> Result<String, serde_json::Error> {
    struct Bytes;
    impl Visitor<'_> for Bytes {
        type Value = String;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a text")
        }

        fn visit_bytes<E>(self, bytes: &[u8]) -> Result<String, E> {
            let mut text = String::with_capacity(bytes.len());
            for chunk in bytes.utf8_chunks() {
                text.push_str(chunk.valid());
                // A lone surrogate is three bytes, each of which is a chunk; the first is 0xED.
                if chunk.invalid().first() == Some(&0xed) {
                    text.push(char::REPLACEMENT_CHARACTER);
                }
            }
            Ok(text)
        }
    }
    serde_json::Deserializer::from_str(raw).deserialize_bytes(Bytes)
}
