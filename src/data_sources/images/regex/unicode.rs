//! Characters as Go 1.26 knows them: the named classes and case folding of Unicode 15.0.
//!
//! The tables are those of `regex_syntax`, which has a newer version of Unicode, reduced to the
//! characters that are assigned in 15.0. The few changes to these characters are listed here.

use std::sync::LazyLock;

use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, HirKind};

/// The characters that Unicode 15.0 assigns, including private use. If `regex_syntax` no longer has ages, its newer
/// tables are used unchanged.
static ASSIGNED: LazyLock<ClassUnicode> =
    LazyLock::new(|| property("age=15.0").unwrap_or_else(any));

/// Characters that have had a partner in case folding only since a version after Unicode 15.0.
const PARTNERED_LATER: [char; 6] =
    ['\u{390}', '\u{3B0}', '\u{1FD3}', '\u{1FE3}', '\u{FB05}', '\u{FB06}'];

/// Every character.
pub(super) fn any() -> ClassUnicode {
    range(0, u32::from(char::MAX))
}

/// The characters from one code point to another. Surrogates are not characters and are left out: no text
/// contains one, although Go's patterns may name them.
pub(super) fn range(first: u32, last: u32) -> ClassUnicode {
    let first = if (0xD800..0xE000).contains(&first) { 0xE000 } else { first };
    let last = if (0xD800..0xE000).contains(&last) { 0xD7FF } else { last };
    if first > last {
        return ClassUnicode::empty();
    }
    let ends = char::from_u32(first).zip(char::from_u32(last));
    ClassUnicode::new(ends.map(|(start, end)| ClassUnicodeRange::new(start, end)))
}

/// Replaces a class with its complement.
pub(super) fn negate(class: &mut ClassUnicode) {
    /// The characters adjacent to the surrogates. `regex_syntax` would see a gap between them.
    const NEIGHBOURS: (char, char) = ('\u{D7FF}', '\u{E000}');

    let contains = |character| {
        class.ranges().iter().any(|range| range.start() <= character && character <= range.end())
    };
    if contains(NEIGHBOURS.0) && contains(NEIGHBOURS.1) {
        class.push(ClassUnicodeRange::new(NEIGHBOURS.0, NEIGHBOURS.1));
    }
    class.negate();
}

/// Several ranges of ASCII characters.
pub(super) fn ascii(ranges: &[(char, char)]) -> ClassUnicode {
    ClassUnicode::new(ranges.iter().map(|&(start, end)| ClassUnicodeRange::new(start, end)))
}

/// The class that `\p{name}` means: a general category, a script, `Any`, `Assigned` or `ASCII`.
/// Case, spaces, hyphens and underscores in the name do not matter.
pub(super) fn named(name: &str, folded: bool) -> Option<ClassUnicode> {
    let name: String = name
        .chars()
        .filter(|character| !matches!(character, ' ' | '-' | '_'))
        .map(|character| character.to_ascii_lowercase())
        .collect();
    let mut class = match name.as_str() {
        "any" => any(),
        "assigned" => category("assigned")?,
        "ascii" => ascii(&[('\0', '\x7F')]),
        "cs" | "surrogate" => ClassUnicode::empty(),
        name if CATEGORIES.contains(&name) => category(name)?,
        name if SCRIPTS.contains(&name) => {
            let mut class = property(&format!("sc={name}"))?;
            class.intersect(&ASSIGNED);
            class
        }
        _ => return None,
    };
    // Go has no table for folding the cased letters; folding would add U+0345 to them.
    if folded && !matches!(name.as_str(), "lc" | "casedletter") {
        fold(&mut class);
    }
    Some(class)
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

/// The characters of a general category in Unicode 15.0.
fn category(name: &str) -> Option<ClassUnicode> {
    /// A vowel sign of Ahom, a nonspacing mark until Unicode 16.0 made it a spacing one.
    const RECLASSIFIED: char = '\u{1171E}';

    let mut class = property(&format!("gc={name}"))?;
    if matches!(name, "c" | "other" | "cn" | "unassigned") {
        let mut unassigned = ASSIGNED.clone();
        negate(&mut unassigned);
        class.union(&unassigned);
        return Some(class);
    }
    class.intersect(&ASSIGNED);
    let reclassified = ClassUnicode::new([ClassUnicodeRange::new(RECLASSIFIED, RECLASSIFIED)]);
    match name {
        "mc" | "spacingmark" => class.difference(&reclassified),
        "mn" | "nonspacingmark" => class.union(&reclassified),
        _ => {}
    }
    Some(class)
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

/// The general categories that Go 1.26 knows (Unicode 15.0), in lowercase and without underscores: by their short
/// names, long names and aliases. Surrogates are omitted.
const CATEGORIES: &[&str] = &[
    "c",
    "casedletter",
    "cc",
    "cf",
    "closepunctuation",
    "cn",
    "cntrl",
    "co",
    "combiningmark",
    "connectorpunctuation",
    "control",
    "currencysymbol",
    "dashpunctuation",
    "decimalnumber",
    "digit",
    "enclosingmark",
    "finalpunctuation",
    "format",
    "initialpunctuation",
    "l",
    "lc",
    "letter",
    "letternumber",
    "lineseparator",
    "ll",
    "lm",
    "lo",
    "lowercaseletter",
    "lt",
    "lu",
    "m",
    "mark",
    "mathsymbol",
    "mc",
    "me",
    "mn",
    "modifierletter",
    "modifiersymbol",
    "n",
    "nd",
    "nl",
    "no",
    "nonspacingmark",
    "number",
    "openpunctuation",
    "other",
    "otherletter",
    "othernumber",
    "otherpunctuation",
    "othersymbol",
    "p",
    "paragraphseparator",
    "pc",
    "pd",
    "pe",
    "pf",
    "pi",
    "po",
    "privateuse",
    "ps",
    "punct",
    "punctuation",
    "s",
    "sc",
    "separator",
    "sk",
    "sm",
    "so",
    "spaceseparator",
    "spacingmark",
    "symbol",
    "titlecaseletter",
    "unassigned",
    "uppercaseletter",
    "z",
    "zl",
    "zp",
    "zs",
];

/// Scripts, by their long names.
const SCRIPTS: &[&str] = &[
    "adlam",
    "ahom",
    "anatolianhieroglyphs",
    "arabic",
    "armenian",
    "avestan",
    "balinese",
    "bamum",
    "bassavah",
    "batak",
    "bengali",
    "bhaiksuki",
    "bopomofo",
    "brahmi",
    "braille",
    "buginese",
    "buhid",
    "canadianaboriginal",
    "carian",
    "caucasianalbanian",
    "chakma",
    "cham",
    "cherokee",
    "chorasmian",
    "common",
    "coptic",
    "cuneiform",
    "cypriot",
    "cyprominoan",
    "cyrillic",
    "deseret",
    "devanagari",
    "divesakuru",
    "dogra",
    "duployan",
    "egyptianhieroglyphs",
    "elbasan",
    "elymaic",
    "ethiopic",
    "georgian",
    "glagolitic",
    "gothic",
    "grantha",
    "greek",
    "gujarati",
    "gunjalagondi",
    "gurmukhi",
    "han",
    "hangul",
    "hanifirohingya",
    "hanunoo",
    "hatran",
    "hebrew",
    "hiragana",
    "imperialaramaic",
    "inherited",
    "inscriptionalpahlavi",
    "inscriptionalparthian",
    "javanese",
    "kaithi",
    "kannada",
    "katakana",
    "kawi",
    "kayahli",
    "kharoshthi",
    "khitansmallscript",
    "khmer",
    "khojki",
    "khudawadi",
    "lao",
    "latin",
    "lepcha",
    "limbu",
    "lineara",
    "linearb",
    "lisu",
    "lycian",
    "lydian",
    "mahajani",
    "makasar",
    "malayalam",
    "mandaic",
    "manichaean",
    "marchen",
    "masaramgondi",
    "medefaidrin",
    "meeteimayek",
    "mendekikakui",
    "meroiticcursive",
    "meroitichieroglyphs",
    "miao",
    "modi",
    "mongolian",
    "mro",
    "multani",
    "myanmar",
    "nabataean",
    "nagmundari",
    "nandinagari",
    "newa",
    "newtailue",
    "nko",
    "nushu",
    "nyiakengpuachuehmong",
    "ogham",
    "olchiki",
    "oldhungarian",
    "olditalic",
    "oldnortharabian",
    "oldpermic",
    "oldpersian",
    "oldsogdian",
    "oldsoutharabian",
    "oldturkic",
    "olduyghur",
    "oriya",
    "osage",
    "osmanya",
    "pahawhhmong",
    "palmyrene",
    "paucinhau",
    "phagspa",
    "phoenician",
    "psalterpahlavi",
    "rejang",
    "runic",
    "samaritan",
    "saurashtra",
    "sharada",
    "shavian",
    "siddham",
    "signwriting",
    "sinhala",
    "sogdian",
    "sorasompeng",
    "soyombo",
    "sundanese",
    "sylotinagri",
    "syriac",
    "tagalog",
    "tagbanwa",
    "taile",
    "taitham",
    "taiviet",
    "takri",
    "tamil",
    "tangsa",
    "tangut",
    "telugu",
    "thaana",
    "thai",
    "tibetan",
    "tifinagh",
    "tirhuta",
    "toto",
    "ugaritic",
    "vai",
    "vithkuqi",
    "wancho",
    "warangciti",
    "yezidi",
    "yi",
    "zanabazarsquare",
];
