//! Text that others wrote, made fit to be shown: no terminal escapes, no floods.

/// `text` with control characters replaced by spaces, white space at the ends removed, and cut to
/// `limit` characters, the last being `…` where something was cut.
///
/// Characters that turn the direction of writing count as control characters: they can make a
/// message read as another.
pub(crate) fn printable(text: &str, limit: usize) -> String {
    let mut shown = String::with_capacity(text.len().min(limit));
    for (count, character) in text.trim().chars().enumerate() {
        if count + 1 == limit && text.trim().chars().nth(limit).is_some() {
            shown.push('…');
            break;
        }
        let hidden = character.is_control()
            || matches!(character, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        shown.push(if hidden { ' ' } else { character });
    }
    shown.truncate(shown.trim_end().len());
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_become_spaces() {
        assert_eq!(printable("a\u{1b}[31mred\nb\u{202e}c\r\n", 100), "a [31mred b c");
    }

    #[test]
    fn long_text_is_cut_with_a_mark() {
        assert_eq!(printable("äöüß", 4), "äöüß");
        assert_eq!(printable("äöüßx", 4), "äöü…");
        assert_eq!(printable(&"x".repeat(5_000), 1_000).chars().count(), 1_000);
    }
}
