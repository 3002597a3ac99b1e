//! Finds the known names that resemble a given one: for suggestions in messages.
//!
//! A suggestion that is not close misleads, so there is one only if few characters differ.

use std::borrow::Borrow;

/// The most characters that are compared. Source: ECS API, `ImageName`: at most 128.
const MAX_LENGTH: usize = 128;

/// The most names that are compared; one comparison takes up to 16,000 steps.
const MAX_NAMES: usize = 5_000;

/// How many names the message shows as examples.
const EXAMPLES: usize = 3;

/// The name among `known` that `word` was probably meant to be.
pub fn similar<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // One typing error in a short word, two in a longer one.
    let slips = if word.len() < 8 { 1 } else { 2 };
    let name = closest(word, known)?;
    let length = name.chars().count().abs_diff(word.chars().count());
    (length <= slips && distance_within(&folded(word), &folded(name)) <= slips).then_some(name)
}

/// Stands for any characters in what is looked for: the parts of a pattern that are not literal text.
const ANY: char = '\0';

/// The name that [`nearest`] puts first, if at most a third of the characters of `wanted` differ.
pub(super) fn closest<'a, T: Borrow<str> + PartialEq + ?Sized>(
    wanted: &str,
    names: impl Iterator<Item = &'a T>,
) -> Option<&'a T> {
    let found = nearest(wanted, names).first().copied()?;
    let wanted = folded(wanted);
    let known = wanted.iter().filter(|character| **character != ANY).count();
    (known > 0 && distance_within(&wanted, &folded(found.borrow())) <= known / 3).then_some(found)
}

/// Up to [`EXAMPLES`] different names, those with the substring closest to `wanted` first, ignoring
/// case. Ties go to the name whose length is closest to that of `wanted`, then to the first. Empty
/// names are skipped.
pub(super) fn nearest<'a, T: Borrow<str> + PartialEq + ?Sized>(
    wanted: &str,
    names: impl Iterator<Item = &'a T>,
) -> Vec<&'a T> {
    let wanted = folded(wanted);
    let is_named = |name: &&T| !Borrow::<str>::borrow(*name).is_empty();
    let mut names: Vec<_> = names.filter(is_named).take(MAX_NAMES).collect();
    if !wanted.is_empty() {
        names.sort_by_cached_key(|name| {
            let name = folded((*name).borrow());
            (distance_within(&wanted, &name), name.len().abs_diff(wanted.len()))
        });
    }
    let mut found: Vec<&T> = Vec::new();
    for name in names {
        if found.len() < EXAMPLES && !found.contains(&name) {
            found.push(name);
        }
    }
    found
}

/// The approximate literal text of a regular expression: the pattern without its operators, with
/// [`ANY`] for classes and repetitions.
pub(super) fn literal(pattern: &str) -> String {
    let mut literal = String::new();
    let mut characters = pattern.chars();
    let mut push = |character| {
        if character != ANY || !literal.ends_with(ANY) {
            literal.push(character);
        }
    };
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                // Assertions.
                None | Some('A' | 'B' | 'b' | 'z') => {}
                // The other escaped letters and digits are classes.
                Some(class) if class.is_ascii_alphanumeric() => push(ANY),
                Some(escaped) => push(escaped),
            },
            '[' => {
                characters.by_ref().take_while(|next| *next != ']').for_each(drop);
                push(ANY);
            }
            '{' => {
                characters.by_ref().take_while(|next| *next != '}').for_each(drop);
                push(ANY);
            }
            '.' | '*' | '+' => push(ANY),
            '^' | '$' | '(' | ')' | '?' | '|' => {}
            _ => push(character),
        }
    }
    literal
}

/// The smallest edit distance between `wanted`, in which [`ANY`] matches any characters, and any substring of `text`
/// (Sellers' algorithm).
fn distance_within(wanted: &[char], text: &[char]) -> usize {
    // A substring may begin anywhere, so the first row is 0 at every position.
    let mut row = vec![0; text.len() + 1];
    for expected in wanted {
        if *expected == ANY {
            // It matches any characters for free, also none.
            let mut least = usize::MAX;
            for cell in &mut row {
                least = least.min(*cell);
                *cell = least;
            }
            continue;
        }
        // Nothing of the text is matched yet: what was expected so far is missing.
        let mut diagonal = row.first().copied().unwrap_or_default();
        let mut left = diagonal + 1;
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
    use super::{closest, distance_within, literal, similar};
    use crate::text::ExternalText;

    fn distance(wanted: &str, text: &str) -> usize {
        let characters = |text: &str| text.chars().collect::<Vec<_>>();
        distance_within(&characters(wanted), &characters(text))
    }

    #[test]
    fn the_distance_is_to_the_closest_substring() {
        assert_eq!(distance("ubuntu", "my_ubuntu_22"), 0);
        assert_eq!(distance("ubunto", "my_ubuntu_22"), 1);
        assert_eq!(distance("ubutu", "ubuntu"), 1);
        assert_eq!(distance("ubuntuu", "ubuntu"), 1);
        assert_eq!(distance("abc", ""), 3);
        assert_eq!(distance("abc", "xyz"), 3);
        assert_eq!(distance("", "xyz"), 0);
    }

    #[test]
    fn the_closest_name_is_found_ignoring_case() {
        let names: Vec<ExternalText> =
            ["", "centos_7_9", "Ubuntu_22_04_arm64", "ubuntu_22_04"].map(ExternalText::from).into();
        assert_eq!(closest("ubuntu_22_10", names.iter()), Some(&"ubuntu_22_04".into()));
        assert_eq!(closest("UBUNTU_22_04_ARM", names.iter()), names.get(2));
        assert_eq!(closest("", names.iter()), None);
        for unlike in ["opensuse_15_6", "m-bp1g7004ksh0oeuc0001"] {
            assert_eq!(closest(unlike, names.iter()), None, "{unlike}");
        }
        assert_eq!(closest("nosuch", ["opensuse_15_6"].into_iter()), None);
        assert_eq!(closest("a", std::iter::empty::<&str>()), None);
    }

    #[test]
    fn a_slip_of_the_fingers_is_recognized() {
        let similar = |word| similar(word, ["owners", "region", "name_regex"].into_iter());
        assert_eq!(similar("nmae_regex"), Some("name_regex"));
        assert_eq!(similar("owner"), Some("owners"));
        assert_eq!(similar("name"), None);
        assert_eq!(similar("limit"), None);
    }

    #[test]
    fn the_work_is_bounded() {
        let names = std::iter::repeat_n(ExternalText::from("want"), super::MAX_NAMES);
        let names: Vec<_> = names.chain(["wanted".into()]).collect();
        assert_eq!(closest("wanted", names.iter()), Some(&"want".into()));
    }

    #[test]
    fn operators_are_not_literal_text() {
        assert_eq!(literal(r"^ubuntu_[0-9]+_\d{2}_x64.*\.vhd$"), "ubuntu_\0_\0_x64\0.vhd");
        assert_eq!(literal("(a|b)?"), "ab");
        assert_eq!(literal("a[b"), "a\0");
        assert_eq!(literal(r"\bweb\b"), "web");
    }

    #[test]
    fn classes_and_repetitions_match_any_characters() {
        let wanted = literal(r"^ubunto_[0-9]+_[0-9]+_x64_.*\.vhd$");
        let names = ["centos_7_9_x64.vhd", "ubuntu_22_04_x64_20G_alibase_20240926.vhd"];
        assert_eq!(distance(&wanted, names[1]), 1);
        assert_eq!(closest(&wanted, names.into_iter()), Some(names[1]));
        assert_eq!(closest(&literal(".*"), names.into_iter()), None);
        assert_eq!(distance("\0a\0b\0", "xxaxxbxx"), 0);
        assert_eq!(distance("b\0a", "ab"), 1);
    }
}
