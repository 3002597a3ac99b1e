//! The text forms that both signatures are defined over.
//!
//! Source: Alibaba Cloud OpenAPI, "Request syntax and signature method V2 for RPC APIs", canonicalised
//! query. Nothing here knows a key.

use std::fmt::{self, Write as _};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use zeroize::Zeroizing;

/// Everything but `A-Z a-z 0-9 - _ . ~`.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// `text` with all but unreserved characters as `%XX` in capitals: a space is `%20`, `*` is `%2A`.
pub fn percent_encode(text: &str) -> impl fmt::Display + Iterator<Item = &str> {
    utf8_percent_encode(text, RESERVED)
}

/// The parameters, encoded, sorted by name in byte order, and joined as a query.
///
/// An empty value keeps its `=`. The text is wiped when dropped, since security tokens are
/// parameters too.
pub fn canonical_query<'a>(
    parameters: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Zeroizing<String> {
    let mut sorted: Vec<(&str, &str)> = parameters.into_iter().collect();
    sorted.sort_unstable();
    // Room for the worst case, three bytes for one: a buffer that grows leaves unwiped copies.
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

/// Bytes as lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
