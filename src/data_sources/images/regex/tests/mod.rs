use std::thread;

use proptest::prelude::*;
use serde::Deserialize;

use super::{Error, Extractor, GoRegex};

mod matcher;

/// What Go 1.26 says about patterns.
#[derive(Deserialize)]
struct Verdicts {
    names: Vec<String>,
    rows: Vec<Verdict>,
}

#[derive(Deserialize)]
struct Verdict {
    pattern: String,
    error: Option<String>,
    matches: Option<Vec<bool>>,
}

fn verdicts() -> Vec<Verdicts> {
    [
        include_str!("../../../../../tests/data/go-regexp.json"),
        include_str!("../../../../../tests/data/go-regexp-more.json"),
    ]
    .map(|text| serde_json::from_str(text).unwrap())
    .into()
}

/// An error in the words of Go.
fn in_go_words(error: &Error) -> String {
    let (reason, part) = match error {
        Error::InvalidClass(part) => ("invalid character class range", part.as_str()),
        Error::InvalidEscape(part) => ("invalid escape sequence", part.as_str()),
        Error::InvalidGroup(part) => ("invalid or unsupported Perl syntax", part.as_str()),
        Error::InvalidGroupName(part) => ("invalid named capture", part.as_str()),
        Error::InvalidRepetition(part) => ("invalid nested repetition operator", part.as_str()),
        Error::InvalidRepeatCount(part) => ("invalid repeat count", part.as_str()),
        Error::MissingBracket(part) => ("missing closing ]", part.as_str()),
        Error::MissingParenthesis(part) => ("missing closing )", part.as_str()),
        Error::MissingRepeatArgument(part) => {
            ("missing argument to repetition operator", part.as_str())
        }
        Error::TooDeep => ("expression nests too deeply", ""),
        Error::TooLarge => ("expression too large", ""),
        Error::TrailingBackslash => ("trailing backslash at end of expression", ""),
        Error::UnexpectedParenthesis(part) => ("unexpected )", part.as_str()),
    };
    format!("error parsing regexp: {reason}: `{part}`")
}

#[test]
fn verdicts_are_those_of_go() {
    for Verdicts { names, rows } in verdicts() {
        for Verdict { pattern, matches, .. } in rows {
            let Some(matches) = matches else { continue };
            let regex = GoRegex::new(&pattern).unwrap_or_else(|error| panic!("{pattern}: {error}"));
            for (name, expected) in names.iter().zip(matches) {
                assert_eq!(regex.is_match(name), expected, "{pattern:?} on {name:?}");
            }
        }
    }
}

#[test]
fn refusals_give_the_reason_and_the_part_that_go_gives() {
    for Verdicts { rows, .. } in verdicts() {
        for Verdict { pattern, error, .. } in rows {
            let Some(expected) = error else { continue };
            let error = GoRegex::new(&pattern).map(|_| pattern.clone()).unwrap_err();
            assert_eq!(in_go_words(&error), expected, "{pattern:?}");
        }
    }
}

#[test]
fn script_names_of_two_words_are_accepted() {
    for pattern in [r"^\p{Old_Italic}$", r"^\p{OldItalic}$", r"^\p{old italic}$"] {
        let regex = GoRegex::new(pattern).unwrap();
        assert!(regex.is_match("\u{10300}"), "{pattern}");
        assert!(!regex.is_match("a"), "{pattern}");
    }
}

#[test]
fn characters_newer_than_go_s_unicode_are_unassigned() {
    for newer in ["\u{2EBF0}", "\u{10D50}", "\u{1C89}"] {
        assert!(GoRegex::new(r"^\p{Cn}$").unwrap().is_match(newer), "{newer:?}");
        assert!(!GoRegex::new(r"^\p{L}$").unwrap().is_match(newer), "{newer:?}");
    }
}

#[test]
fn nesting_is_refused_above_a_thousand_levels() {
    for (open, close) in [("(", ")"), ("(?:", ")*"), ("(?:", ")+"), ("(?:", "){1,}")] {
        let nested = |levels| format!("{}a{}", open.repeat(levels), close.repeat(levels));
        assert!(GoRegex::new(&nested(999)).unwrap().is_match("a"), "{open}{close}");
        assert_eq!(GoRegex::new(&nested(1000)).unwrap_err(), Error::TooDeep, "{open}{close}");
    }
    let alternatives = |levels| format!("{}a{}", "(?:c|x".repeat(levels), "b*|dd)".repeat(levels));
    assert!(GoRegex::new(&alternatives(499)).unwrap().is_match("xc"));
    assert_eq!(GoRegex::new(&alternatives(500)).unwrap_err(), Error::TooDeep);
}

#[test]
fn nesting_does_not_use_up_a_small_stack() {
    for levels in [95, 499] {
        let nested = format!("{}a{}", "(?:c|x".repeat(levels), "b*|dd)".repeat(levels));
        let reader = thread::Builder::new().stack_size(512 << 10);
        let reader = reader.spawn(move || GoRegex::new(&nested).unwrap().is_match("xc")).unwrap();
        assert!(reader.join().unwrap(), "{levels}");
    }
}

#[test]
fn groups_that_are_not_remembered_cost_no_level() {
    let nested = format!("{}a{}", "(?:".repeat(5000), ")".repeat(5000));
    assert!(GoRegex::new(&nested).unwrap().is_match("a"));
}

#[test]
fn large_counts_of_large_classes_fit() {
    for pattern in
        [r"\w{1000}", r"\W{1000}", r"\p{L}{1000}", r"(?i)[^k]{1000}", "((.{10}){10}){10}"]
    {
        assert!(GoRegex::new(pattern).is_ok(), "{pattern}");
    }
}

#[test]
fn patterns_beyond_the_memory_limit_are_too_large() {
    for pattern in [
        "[^a]".repeat(200_000),
        format!("(?:{}){{1000}}", r"\pL".repeat(20)),
        r"\pL|x*".repeat(2000),
    ] {
        assert_eq!(GoRegex::new(&pattern).unwrap_err(), Error::TooLarge);
    }
}

#[test]
fn errors_are_sentences_with_the_part_at_fault() {
    let told = |pattern| GoRegex::new(pattern).unwrap_err().to_string();
    assert_eq!(told("(ubuntu"), "`(ubuntu` opens a group that no ) closes");
    assert_eq!(told("[ubuntu"), "`[ubuntu` opens a class that no ] closes");
    assert_eq!(
        told("ubuntu(?=_22)"),
        "`(?=` opens a group that is not supported, such as look-around or the flag x"
    );
    assert_eq!(told("a**"), "`**` repeats a repetition; put the inner one into a group");
}

/// Texts of elements of the grammar, in any order.
fn soups() -> impl Strategy<Value = String> {
    let token = prop_oneof![
        prop::sample::select(vec![
            "(",
            "(?:",
            "(?i)",
            "(?i:",
            "(?s-U",
            "(?P<",
            "(?<n>",
            ")",
            "[",
            "[^",
            "]",
            "[:alpha:]",
            "[:",
            ":]",
            "-",
            "&&",
            "\\",
            "\\Q",
            "\\E",
            "\\p",
            "\\P{",
            "{",
            "}",
            "{2",
            ",",
            "{0,3}",
            "{1000}",
            "*",
            "+",
            "?",
            "|",
            "^",
            "$",
            ".",
            "\\b",
            "\\B",
            "\\x{",
            "D800",
            "10FFFF",
            "\\0",
            "\\1",
            "Greek",
            "k",
            "é",
            "\u{1FD3}",
        ])
        .prop_map(str::to_owned),
        any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(token, 0..24).prop_map(|tokens| tokens.concat())
}

proptest! {
    #[test]
    fn any_pattern_is_answered(pattern in soups(), name in ".*") {
        if let Ok(regex) = GoRegex::new(&pattern) {
            regex.is_match(&name);
        }
    }

    #[test]
    fn quoted_text_means_itself(text in ".*", around in ".*") {
        let quoted = format!(r"\Q{}", text.replace(r"\E", ""));
        let regex = GoRegex::new(&quoted).unwrap();
        prop_assert_eq!(regex.is_match(&around), around.contains(&text.replace(r"\E", "")));
    }

    #[test]
    fn verdicts_are_those_of_a_plain_matcher(tree in matcher::trees(), text in matcher::texts()) {
        let pattern = tree.to_string();
        let regex = GoRegex::new(&pattern);
        prop_assert!(regex.is_ok(), "{pattern}: {regex:?}");
        prop_assert_eq!(regex.unwrap().is_match(&text), tree.is_found_in(&text), "{}", pattern);
    }
}

#[test]
fn a_pattern_may_have_64_kib() {
    assert!(GoRegex::new(&"a".repeat(64 << 10)).is_ok());
    assert!(matches!(GoRegex::new(&"a".repeat((64 << 10) + 1)), Err(Error::TooLarge)));
}

#[test]
fn the_first_group_or_the_whole_match_is_found() {
    for (pattern, name, expected) in [
        ("[0-9.]+", "web-2.10-x", Some("2.10")),
        ("web-(.*)", "web-2.10", Some("2.10")),
        ("(?:web|db)-(.*)", "db-1", Some("1")),
        ("(?P<v>[0-9]+)-(.*)", "1-2", Some("1")),
        ("((a)b)", "ab", Some("ab")),
        ("(a)|(b)", "b", None),
        ("x(a)?", "x", None),
        ("(x)", "y", None),
        ("()y", "y", Some("")),
        ("([\\p{Han}]+)", "a中文", Some("中文")),
    ] {
        let found = Extractor::new(pattern).unwrap();
        assert_eq!(found.extract(name), expected, "{pattern} {name}");
    }
}

#[test]
fn repetitions_prefer_as_in_go() {
    for (pattern, expected) in [
        ("(a+)", "aaa"),
        ("(a+?)", "a"),
        ("(?U)(a+)", "a"),
        ("(?U)(a+?)", "aaa"),
        ("(?U:(a+))", "a"),
        ("((?:a+)?)", "aaa"),
        ("((?:a+)??)", ""),
        ("(a{2,3})", "aaa"),
        ("(a|aa)", "a"),
        ("(aa|a)", "aa"),
        ("(?:a(a))*", "a"),
    ] {
        let found = Extractor::new(pattern).unwrap();
        assert_eq!(found.extract("aaa"), Some(expected), "{pattern}");
    }
}

#[test]
fn a_refused_pattern_has_the_reason_of_go() {
    assert!(Extractor::new("a(").is_err());
    assert!(Extractor::new("(?=a)").is_err());
    let deep = format!("{}a{}", "(".repeat(900), ")".repeat(900));
    assert_eq!(Extractor::new(&deep).unwrap().extract("a"), Some("a"));
}
