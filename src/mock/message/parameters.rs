//! Parameters: names and values in the order of the wire.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use serde::{Serialize, Serializer};

/// Parameters, decoded, in the order in which they were received.
///
/// They share one text: a call has a dozen of them, and the journal keeps those of many calls.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Parameters {
    /// Each name, followed by its value.
    text: String,
    /// The lengths of each name and of its value, in bytes.
    lengths: Vec<(usize, usize)>,
}

impl Parameters {
    /// Decodes `a=b&c=d`, with `+` for a space; an invalid encoding is kept unchanged.
    pub(crate) fn decode(text: &str) -> Self {
        let mut decoded = Self::with_capacity(text.len(), 0);
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            decoded.push(|text| append_decoded(name, text), |text| append_decoded(value, text));
        }
        decoded
    }

    fn with_capacity(text: usize, count: usize) -> Self {
        Self { text: String::with_capacity(text), lengths: Vec::with_capacity(count) }
    }

    /// Adds a pair whose name and value these functions append to the text.
    fn push(&mut self, name: impl FnOnce(&mut String), value: impl FnOnce(&mut String)) {
        let start = self.text.len();
        name(&mut self.text);
        let middle = self.text.len();
        value(&mut self.text);
        self.lengths.push((middle - start, self.text.len() - middle));
    }

    /// The names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let mut rest = self.text.as_str();
        self.lengths.iter().map(move |(name, value)| {
            let mut next = |length| {
                let (text, after) = rest.split_at_checked(length).unwrap_or_default();
                rest = after;
                text
            };
            (next(*name), next(*value))
        })
    }

    /// The value of the first parameter of this name.
    pub fn get(&self, name: &str) -> Option<&str> {
        let mut start = 0;
        for (name_length, value_length) in &self.lengths {
            let value = start + name_length;
            let end = value + value_length;
            // Most names differ in length: an action looks for fifty names in each call.
            if *name_length == name.len() && self.text.get(start..value) == Some(name) {
                return self.text.get(value..end);
            }
            start = end;
        }
        None
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.lengths.is_empty()
    }

    /// How many bytes of memory they take on the heap.
    pub(crate) fn memory(&self) -> usize {
        self.text.capacity() + self.lengths.capacity() * size_of::<(usize, usize)>()
    }
}

impl<'a> FromIterator<(&'a str, &'a str)> for Parameters {
    fn from_iter<T: IntoIterator<Item = (&'a str, &'a str)>>(pairs: T) -> Self {
        /// The usual length of a name and a value.
        const USUAL: usize = 32;
        let pairs = pairs.into_iter();
        let (count, _) = pairs.size_hint();
        let mut parameters = Self::with_capacity(count * USUAL, count);
        for (name, value) in pairs {
            parameters.push(|text| text.push_str(name), |text| text.push_str(value));
        }
        parameters
    }
}

/// A list of pairs.
impl Serialize for Parameters {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

fn append_decoded(text: &str, to: &mut String) {
    if !text.bytes().any(|byte| matches!(byte, b'%' | b'+')) {
        return to.push_str(text);
    }
    let spaced = if text.contains('+') { Cow::Owned(text.replace('+', " ")) } else { text.into() };
    to.push_str(&percent_decode_str(&spaced).decode_utf8_lossy());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pairs_of_a_query_are_decoded_in_their_order() {
        let text = "b=1&&a=%E4%B8%AD+x%2B&%41&=v&a=2&bad=%zz%ff&c=";
        let parameters = Parameters::decode(text);
        let expected = [
            ("b", "1"),
            ("a", "中 x+"),
            ("A", ""),
            ("", "v"),
            ("a", "2"),
            ("bad", "%zz\u{fffd}"),
            ("c", ""),
        ];
        assert_eq!(parameters.iter().collect::<Vec<_>>(), expected);
        assert_eq!((parameters.get("a"), parameters.get("z")), (Some("中 x+"), None));
        assert_eq!(parameters, expected.into_iter().collect());
        assert_eq!(
            serde_json::to_string(&Parameters::decode("b=1&a=%22")).unwrap(),
            r#"[["b","1"],["a","\""]]"#
        );
        assert!(Parameters::decode("&").is_empty());
    }
}
