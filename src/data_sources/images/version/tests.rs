use proptest::prelude::*;
use serde::Deserialize;

use super::*;

/// Verdicts of hashicorp/go-version.
#[derive(Deserialize)]
struct Verdicts {
    constraints: Vec<Verdict>,
    invalid_versions: Vec<String>,
    /// All versions in ascending order; equal ones are grouped.
    order: Vec<Vec<String>>,
}

#[derive(Deserialize)]
struct Verdict {
    constraint: String,
    valid: bool,
    matches: Option<Vec<String>>,
}

fn verdicts() -> Verdicts {
    serde_json::from_str(include_str!("../../../../tests/data/go-version.json")).unwrap()
}

fn version(text: &str) -> Version {
    Version::parse(text).unwrap_or_else(|| panic!("{text}"))
}

#[test]
fn versions_are_accepted_and_refused_as_by_go_version() {
    for text in verdicts().invalid_versions {
        assert!(Version::parse(&text).is_none(), "{text:?}");
    }
    for text in verdicts().order.concat() {
        assert!(Version::parse(&text).is_some(), "{text:?}");
    }
}

#[test]
fn versions_are_ordered_as_by_go_version() {
    let order = verdicts().order;
    for (place, group) in order.iter().enumerate() {
        for left in group.iter().map(|text| version(text)) {
            for (other_place, others) in order.iter().enumerate().skip(place) {
                for right in others {
                    let expected = place.cmp(&other_place);
                    let right = version(right);
                    // go-version ignores pre-releases if the numbers of segments differ.
                    let sees_equal = left.segments.len() != right.segments.len()
                        && left.compare_segments(&right) == Ordering::Equal;
                    let verdict = if sees_equal { Ordering::Equal } else { expected };
                    assert_eq!(left.compare(&right), verdict, "{left:?} {right:?}");
                    assert_eq!(left.cmp(&right), expected, "{left:?} {right:?}");
                    assert_eq!(right.cmp(&left), expected.reverse(), "{right:?} {left:?}");
                }
            }
        }
    }
}

#[test]
fn constraints_give_the_verdicts_of_go_version() {
    let all = verdicts().order.concat();
    for Verdict { constraint, valid, matches } in verdicts().constraints {
        let parsed: Result<Constraints, _> = constraint.parse();
        assert_eq!(parsed.is_ok(), valid, "{constraint:?}");
        let Ok(parsed) = parsed else { continue };
        let allowed: Vec<&String> =
            all.iter().filter(|text| parsed.allow(&version(text))).collect();
        assert_eq!(allowed, matches.iter().flatten().collect::<Vec<_>>(), "{constraint:?}");
    }
}

#[test]
fn a_constraint_is_printed_as_it_was_written_and_refused_by_its_part() {
    assert_eq!("~> 2.1,  != 2.3".parse::<Constraints>().unwrap().to_string(), "~> 2.1,  != 2.3");
    let error = ">= 1, latest".parse::<Constraints>().unwrap_err();
    assert!(error.to_string().starts_with("\" latest\" is not a version"), "{error}");
}

#[test]
fn where_the_order_of_go_version_is_a_circle_the_shortest_version_is_the_first() {
    let [short, number, word] = ["1-rc", "1-rc.0", "1-rc.b"].map(version);
    for (left, right) in [(&short, &number), (&number, &word), (&word, &short)] {
        assert_eq!(left.compare(right), Ordering::Less, "{left:?} {right:?}");
    }
    assert!(short < number && number < word && short < word);
}

proptest! {
    #[test]
    fn sorting_has_a_total_order(
        texts in prop::collection::vec("[0-2](\\.[0-2]){0,3}(-?(rc|0?1|a)(\\.[0-1]{1,2}|\\.b)?)?", 3)
    ) {
        let versions: Vec<Version> = texts.iter().filter_map(|text| Version::parse(text)).collect();
        if let [a, b, c] = &*versions {
            prop_assert_eq!(a.cmp(b), b.cmp(a).reverse());
            if a <= b && b <= c {
                prop_assert!(a <= c);
            }
        }
    }

    #[test]
    fn any_text_is_accepted_or_refused(text: String) {
        let _ = Version::parse(&text);
        let _ = text.parse::<Constraints>();
    }
}
