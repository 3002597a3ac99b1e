//! Characters as Go 1.26 knows them: the named classes and case folding of Unicode 15.0.
//!
//! The tables are those of `regex_syntax`, which are of a newer Unicode, cut down to the characters
//! that 15.0 had assigned. What changed for those is listed here; there is little of it.

use std::sync::LazyLock;

use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, HirKind};

mod names;

/// The characters that Unicode 15.0 assigns, private use included.
static ASSIGNED: LazyLock<ClassUnicode> =
    LazyLock::new(|| property("age=15.0").unwrap_or_else(any));

/// Characters that got a partner in case folding only after Unicode 15.0.
const PARTNERED_LATER: [char; 6] =
    ['\u{390}', '\u{3B0}', '\u{1FD3}', '\u{1FE3}', '\u{FB05}', '\u{FB06}'];

/// Every character.
pub(super) fn any() -> ClassUnicode {
    range(0, u32::from(char::MAX))
}

/// The characters from one code point to another. Surrogates are no characters and fall out: no text
/// contains one, although Go's patterns may name them.
pub(super) fn range(first: u32, last: u32) -> ClassUnicode {
    let below = (first, last.min(0xD7FF));
    let above = (first.max(0xE000), last);
    ClassUnicode::new([below, above].into_iter().filter(|(start, end)| start <= end).filter_map(
        |(start, end)| Some(ClassUnicodeRange::new(char::from_u32(start)?, char::from_u32(end)?)),
    ))
}

/// Several ranges of ASCII characters.
pub(super) fn ascii(ranges: &[(char, char)]) -> ClassUnicode {
    ClassUnicode::new(ranges.iter().map(|&(start, end)| ClassUnicodeRange::new(start, end)))
}

/// The class that `\p{name}` means: a general category, a script, `Any`, `Assigned` or `ASCII`.
/// Case, spaces, hyphens and underscores in the name do not matter.
pub(super) fn named(name: &str) -> Option<ClassUnicode> {
    let name: String = name
        .chars()
        .filter(|character| !matches!(character, ' ' | '-' | '_'))
        .map(|character| character.to_ascii_lowercase())
        .collect();
    match name.as_str() {
        "any" => return Some(any()),
        "assigned" => return Some(categories_of("assigned", property("gc=assigned")?)),
        "ascii" => return Some(ascii(&[('\0', '\x7F')])),
        "cs" | "surrogate" => return Some(ClassUnicode::empty()),
        _ => {}
    }
    if names::CATEGORIES.contains(&name.as_str()) {
        return Some(categories_of(&name, property(&format!("gc={name}"))?));
    }
    if names::SCRIPTS.contains(&name.as_str()) {
        let mut class = property(&format!("sc={name}"))?;
        class.intersect(&ASSIGNED);
        return Some(class);
    }
    None
}

/// Adds the characters that differ in case only ("simple folding": one character for one).
pub(super) fn fold(class: &mut ClassUnicode) {
    let mut partners = class.clone();
    partners.intersect(&ASSIGNED);
    partners.difference(&ClassUnicode::new(
        PARTNERED_LATER.map(|character| ClassUnicodeRange::new(character, character)),
    ));
    partners.case_fold_simple();
    partners.intersect(&ASSIGNED);
    class.union(&partners);
}

/// Takes a general category back to Unicode 15.0.
fn categories_of(name: &str, mut class: ClassUnicode) -> ClassUnicode {
    /// A vowel sign of Ahom, a nonspacing mark until Unicode 16.0 made it a spacing one.
    const RECLASSIFIED: char = '\u{1171E}';

    if matches!(name, "c" | "other" | "cn" | "unassigned") {
        let mut unassigned = ASSIGNED.clone();
        unassigned.negate();
        class.union(&unassigned);
        return class;
    }
    class.intersect(&ASSIGNED);
    let reclassified = ClassUnicode::new([ClassUnicodeRange::new(RECLASSIFIED, RECLASSIFIED)]);
    match name {
        "mc" | "spacingmark" => class.difference(&reclassified),
        "mn" | "nonspacingmark" => class.union(&reclassified),
        _ => {}
    }
    class
}

/// The characters with a property, written as in `\p{...}`, in the newest Unicode.
fn property(query: &str) -> Option<ClassUnicode> {
    match regex_syntax::parse(&format!(r"\p{{{query}}}")).ok()?.into_kind() {
        HirKind::Class(Class::Unicode(class)) => Some(class),
        HirKind::Literal(literal) => {
            let text = str::from_utf8(&literal.0).ok()?;
            Some(ClassUnicode::new(text.chars().map(|only| ClassUnicodeRange::new(only, only))))
        }
        _ => None,
    }
}
