//! Which name comes closest to the one that was looked for.
//!
//! The work is bounded: at most [`MAX_NAMES`] names of [`MAX_LENGTH`] characters are compared.

use crate::text::ExternalText;

/// The most characters that are compared. Source: ECS API, `ImageName`: at most 128.
const MAX_LENGTH: usize = 128;

/// The most names that are compared: each takes up to 16,000 steps.
const MAX_NAMES: usize = 5_000;

/// The name that contains something closest to `wanted`, without regard to case; of equally
/// close names the one with the least around it, then the first. Empty names do not count.
pub(crate) fn closest<'a>(
    wanted: &str,
    names: impl Iterator<Item = &'a ExternalText>,
) -> Option<&'a ExternalText> {
    let wanted = folded(wanted);
    if wanted.is_empty() {
        return None;
    }
    names.filter(|name| !name.is_empty()).take(MAX_NAMES).min_by_key(|name| {
        let name = folded(name.raw());
        (distance_within(&wanted, &name), name.len().abs_diff(wanted.len()))
    })
}

/// The literal text of a regular expression, roughly: what is left without its operators.
pub(crate) fn literal(pattern: &str) -> String {
    let mut literal = String::new();
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        match character {
            // Escaped letters and digits are classes or assertions.
            '\\' => literal.extend(characters.next().filter(|next| !next.is_ascii_alphanumeric())),
            '[' => characters.by_ref().take_while(|next| *next != ']').for_each(drop),
            '{' => characters.by_ref().take_while(|next| *next != '}').for_each(drop),
            '^' | '$' | '(' | ')' | '?' | '*' | '+' | '.' | '|' => {}
            _ => literal.push(character),
        }
    }
    literal
}

/// The fewest changes of single characters that turn `wanted` into a part of `text` (Sellers'
/// variant of the edit distance).
fn distance_within(wanted: &[char], text: &[char]) -> usize {
    // A part may begin anywhere, so an empty beginning costs nothing at every place.
    let mut row = vec![0; text.len() + 1];
    for (position, expected) in wanted.iter().enumerate() {
        let mut left = position + 1;
        let mut diagonal = position;
        let mut next = vec![left];
        for (found, above) in text.iter().zip(row.iter().skip(1)) {
            left = (diagonal + usize::from(found != expected)).min(above + 1).min(left + 1);
            diagonal = *above;
            next.push(left);
        }
        row = next;
    }
    row.into_iter().min().unwrap_or(wanted.len())
}

fn folded(text: &str) -> Vec<char> {
    text.chars().flat_map(char::to_lowercase).take(MAX_LENGTH).collect()
}

#[cfg(test)]
mod tests {
    use super::{ExternalText, closest, distance_within, literal};

    fn distance(wanted: &str, text: &str) -> usize {
        let characters = |text: &str| text.chars().collect::<Vec<_>>();
        distance_within(&characters(wanted), &characters(text))
    }

    #[test]
    fn the_distance_is_to_the_best_part() {
        assert_eq!(distance("ubuntu", "my_ubuntu_22"), 0);
        assert_eq!(distance("ubunto", "my_ubuntu_22"), 1);
        assert_eq!(distance("ubutu", "ubuntu"), 1);
        assert_eq!(distance("ubuntuu", "ubuntu"), 1);
        assert_eq!(distance("abc", ""), 3);
        assert_eq!(distance("abc", "xyz"), 3);
        assert_eq!(distance("", "xyz"), 0);
    }

    #[test]
    fn the_closest_name_is_found_whatever_its_case() {
        let names: Vec<ExternalText> =
            ["", "centos_7_9", "Ubuntu_22_04_arm64", "ubuntu_22_04"].map(ExternalText::from).into();
        assert_eq!(closest("ubuntu_22_10", names.iter()), Some(&"ubuntu_22_04".into()));
        assert_eq!(closest("UBUNTU_22_04_ARM", names.iter()), names.get(2));
        assert_eq!(closest("", names.iter()), None);
        assert_eq!(closest("a", std::iter::empty()), None);
    }

    #[test]
    fn the_work_is_bounded() {
        let names = std::iter::repeat_n(ExternalText::from("x"), super::MAX_NAMES);
        let names: Vec<_> = names.chain(["wanted".into()]).collect();
        assert_eq!(closest("wanted", names.iter()), Some(&"x".into()));
    }

    #[test]
    fn operators_are_not_literal_text() {
        assert_eq!(literal(r"^ubuntu_[0-9]+_\d{2}_x64.*\.vhd$"), "ubuntu___x64.vhd");
        assert_eq!(literal("(a|b)?"), "ab");
        assert_eq!(literal("a[b"), "a");
    }
}
