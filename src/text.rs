//! Text from outside the process, and how it is made safe to show.
//!
//! A service, a file or a helper program may send terminal escapes, characters that reverse the
//! direction of writing, or megabytes of text. Such text is kept unchanged, because it becomes part
//! of Terraform's state, but it is shown only through [`sanitize`] or [`sanitize_lines`].
//! [`ExternalText`] enforces this: it cannot be formatted in another way.

use std::{borrow::Borrow, fmt, sync::Arc};

use zeroize::Zeroizing;

/// The most characters that an [`ExternalText`] shows of itself.
pub const SHOWN: usize = 200;

/// Text from outside, unchanged.
///
/// `Display` and `Debug` sanitize it and cut it to [`SHOWN`] characters. [`ExternalText::raw`] is the
/// text itself, for the state and for comparisons.
///
/// ```
/// use terraform_provider_alicloud::text::ExternalText;
///
/// let name = ExternalText::from("web\u{1b}[2J");
/// assert_eq!(name.to_string(), "web [2J");
/// assert_eq!(&**name.raw(), "web\u{1b}[2J");
/// ```
#[derive(Clone, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ExternalText(Arc<str>);

impl ExternalText {
    /// The unchanged text. Never format it into a message or a log line.
    pub fn raw(&self) -> &Arc<str> {
        &self.0
    }

    /// Whether the text is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for ExternalText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&sanitize(&self.0, SHOWN))
    }
}

impl fmt::Debug for ExternalText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&string_literal(&sanitize(&self.0, SHOWN)))
    }
}

impl Borrow<str> for ExternalText {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl From<&str> for ExternalText {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<String> for ExternalText {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl From<Arc<str>> for ExternalText {
    fn from(text: Arc<str>) -> Self {
        Self(text)
    }
}

impl PartialEq<str> for ExternalText {
    fn eq(&self, other: &str) -> bool {
        *self.0 == *other
    }
}

impl PartialEq<&str> for ExternalText {
    fn eq(&self, other: &&str) -> bool {
        *self.0 == **other
    }
}

/// `text` on one line: control characters become spaces, white space at the ends is removed, and
/// what exceeds `limit` characters is replaced by `…`.
///
/// Characters that change the direction of writing count as control characters, because they can
/// make one message look like another.
pub fn sanitize(text: &str, limit: usize) -> String {
    let cut = cut(text.trim(), limit);
    let shown: String = cut.chars().map(|c| if is_control(c) { ' ' } else { c }).collect();
    let end = if cut.len() < text.trim().len() { "…" } else { "" };
    format!("{}{end}", shown.trim_end())
}

/// `text` with its line feeds and tabs, otherwise as [`sanitize`] leaves it: for whole messages.
pub fn sanitize_lines(text: String, limit: usize) -> String {
    let is_safe = |c: char| matches!(c, '\n' | '\t') || !is_control(c);
    let cut = cut(&text, limit);
    if cut.len() == text.len() && text.chars().all(is_safe) {
        return text;
    }
    let end = if cut.len() < text.len() { "…" } else { "" };
    let shown: String = cut.chars().map(|c| if is_safe(c) { c } else { ' ' }).collect();
    shown + end
}

/// `text` as Terraform's language writes a string, cut to [`SHOWN`] characters: what a user finds in a
/// configuration, or can copy to one. Characters that are not visible are escaped.
///
/// ```
/// use terraform_provider_alicloud::text::string_literal;
///
/// assert_eq!(string_literal("a \"b\"\n${c}\u{1b}"), r#""a \"b\"\n$${c}\u001b""#);
/// ```
pub fn string_literal(text: &str) -> String {
    let shown = cut(text, SHOWN);
    let mut literal = String::with_capacity(shown.len() + 2);
    literal.push('"');
    let mut characters = shown.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' | '\\' => literal.extend(['\\', character]),
            '\n' => literal.push_str("\\n"),
            '\r' => literal.push_str("\\r"),
            '\t' => literal.push_str("\\t"),
            '$' | '%' if characters.peek() == Some(&'{') => literal.extend([character, character]),
            _ if is_control(character) || is_invisible(character) => {
                literal.push_str(&format!("\\u{:04x}", u32::from(character)));
            }
            _ => literal.push(character),
        }
    }
    literal.push_str(if shown.len() < text.len() { "…\"" } else { "\"" });
    literal
}

/// Whether a character looks like a space, or like nothing.
fn is_invisible(character: char) -> bool {
    (character.is_whitespace() && character != ' ')
        || matches!(character, '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{feff}')
}

/// `text` without the numbers that Rust appends to errors of the operating system.
///
/// ```
/// use terraform_provider_alicloud::text::without_os_codes;
///
/// let shown = |text: &str| without_os_codes(text.to_owned());
/// assert_eq!(shown("a: refused (os error 111). Check b."), "a: refused. Check b.");
/// assert_eq!(shown("an (os error x)"), "an (os error x)");
/// ```
pub fn without_os_codes(text: String) -> String {
    const BEGIN: &str = " (os error ";
    let Some((first, rest)) = text.split_once(BEGIN) else { return text };
    let mut shown = first.to_owned();
    for part in rest.split(BEGIN) {
        match part.split_once(')') {
            Some((code, after)) if code.parse::<i32>().is_ok() => shown.push_str(after),
            _ => shown.extend([BEGIN, part]),
        }
    }
    shown
}

/// Whether a character moves the cursor, or changes how the text around it is shown.
pub(crate) fn is_control(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The text, or its first `limit - 1` characters if it has more than `limit`.
fn cut(text: &str, limit: usize) -> &str {
    let mut places = text.char_indices().map(|(place, _)| place).skip(limit.saturating_sub(1));
    match (places.next(), places.next()) {
        (Some(place), Some(_)) => text.get(..place).unwrap_or_default(),
        _ => text,
    }
}

/// The text of a file: UTF-8, or UTF-16 with its byte order mark. The mark is removed. `None` if
/// the bytes are neither. Windows programs write such files. The text is zeroized when dropped.
pub fn decode(content: &[u8]) -> Option<Zeroizing<String>> {
    let utf16 = |rest: &[u8], read: fn([u8; 2]) -> u16| {
        let pairs = rest.chunks_exact(2);
        let whole = pairs.remainder().is_empty();
        let units = pairs.map(|pair| match pair {
            [first, second] => read([*first, *second]),
            _ => 0,
        });
        let units: Zeroizing<Vec<u16>> = Zeroizing::new(units.collect());
        String::from_utf16(&units).ok().filter(|_| whole).map(Zeroizing::new)
    };
    match content {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        _ => {
            let content = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content);
            std::str::from_utf8(content).ok().map(|text| Zeroizing::new(text.to_owned()))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn control_characters_become_spaces() {
        assert_eq!(sanitize("a\u{1b}[31mred\nb\u{202e}c\r\n", 100), "a [31mred b c");
        let lines = sanitize_lines("a\u{9b}2J\n\tb\u{7}".into(), 100);
        assert_eq!(lines, "a 2J\n\tb ");
    }

    #[test]
    fn long_text_is_truncated_with_a_mark() {
        assert_eq!(sanitize("äöüß", 4), "äöüß");
        assert_eq!(sanitize("äöüßx", 4), "äöü…");
        assert_eq!(sanitize_lines("äöüßx".into(), 4), "äöü…");
        assert_eq!(sanitize(&"x".repeat(5_000), 1_000).chars().count(), 1_000);
    }

    #[test]
    fn a_string_literal_is_one_of_terraforms_language_and_is_truncated() {
        assert_eq!(string_literal("C:\\a %{b} $c"), r#""C:\\a %%{b} $c""#);
        assert_eq!(string_literal("a\u{200b}\u{a0}中\u{301}é"), "\"a\\u200b\\u00a0中\u{301}é\"");
        let long = string_literal(&"x".repeat(100_000));
        assert_eq!((long.chars().count(), long.ends_with("x…\"")), (SHOWN + 2, true));
    }

    #[test]
    fn external_text_is_raw_only_on_request() {
        let text = ExternalText::from(format!("\u{1b}{}", "n".repeat(3_000)));
        assert!(!format!("{text}{text:?}").contains('\u{1b}'));
        assert_eq!(text.to_string().chars().count(), SHOWN);
        assert_eq!(text.raw().len(), 3_001);
    }

    proptest! {
        #[test]
        fn nothing_shown_has_control_characters_or_exceeds_its_limit(text: String, limit in 1..50_usize) {
            prop_assert!(!string_literal(&text).chars().any(is_control));
            let line = sanitize(&text, limit);
            let lines = sanitize_lines(text, limit);
            prop_assert!(!line.chars().any(is_control));
            prop_assert!(!lines.chars().any(|c| is_control(c) && !matches!(c, '\n' | '\t')));
            prop_assert!(line.chars().count() <= limit && lines.chars().count() <= limit);
        }
    }

    #[test]
    fn byte_order_marks_are_skipped_and_utf_16_is_read() {
        for (content, text) in [
            (&b"{\"a\"}"[..], Some("{\"a\"}")),
            (b"\xef\xbb\xbf[x]", Some("[x]")),
            (b"\xff\xfe[\0x\0", Some("[x")),
            (b"\xfe\xff\0[\0x", Some("[x")),
            (b"\xff\xfe[\0x", None),
            (b"\xff\xff", None),
            (b"", Some("")),
        ] {
            assert_eq!(decode(content).as_deref().map(String::as_str), text, "{content:?}");
        }
    }
}
