//! Versions and version constraints, as Terraform reads them in `required_version`.
//!
//! Terraform uses hashicorp/go-version, whose rules differ from those of Semantic Versioning: a
//! version has any number of segments (missing ones are 0), a leading `v` is accepted, a pre-release
//! may follow without a hyphen, and `~>` and pre-releases have their own rules. The results here are those of that
//! library, and are tested with a recorded table of them (`tests/data/go-version.json`).
//!
//! ```
//! use terraform_provider_alicloud::data_sources::images::version::{Constraints, Version};
//!
//! let constraints: Constraints = "~> 2.1, != 2.3.0".parse().unwrap();
//! assert!(constraints.allow(&Version::parse("2.10").unwrap()));
//! assert!(!constraints.allow(&Version::parse("2.3").unwrap()));
//! assert!(!constraints.allow(&Version::parse("2.4.0-rc1").unwrap()));
//! assert!(Version::parse("2.9").unwrap() < Version::parse("2.10").unwrap());
//! ```

use std::{
    cmp::Ordering,
    fmt::{self, Display},
    str::FromStr,
};

use crate::text::string_literal;

/// Missing segments count as 0 up to this number.
const LEAST_SEGMENTS: usize = 3;

/// A version. Build metadata has no effect and is not kept.
///
/// [`Ord`] is a total order for sorting. It agrees with `Version::compare` unless that is inconsistent
/// itself: there, `1-rc` is before `1-rc.0`, that before `1-rc.b`, and that before `1-rc`. Here the
/// shortest is the first.
#[derive(Clone, Debug)]
pub struct Version {
    /// At least three.
    segments: Vec<i64>,
    /// How many were written.
    written: usize,
    /// Without the hyphen; empty for a release.
    pre_release: String,
}

impl Version {
    /// Reads a version. `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let mut rest = text.strip_prefix('v').unwrap_or(text);
        let mut segments = Vec::new();
        loop {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let (segment, tail) = rest.split_at_checked(digits)?;
            segments.push(segment.parse().ok()?);
            match tail.strip_prefix('.') {
                Some(next) => rest = next,
                None => {
                    rest = tail;
                    break;
                }
            }
        }
        let (pre_release, metadata) = match rest.split_once('+') {
            Some((pre_release, metadata)) => (pre_release, Some(metadata)),
            None => (rest, None),
        };
        if metadata.is_some_and(|metadata| !is_dotted(metadata)) {
            return None;
        }
        let written = segments.len();
        segments.resize(written.max(LEAST_SEGMENTS), 0);
        Some(Self { segments, written, pre_release: pre_release_of(pre_release)?.to_owned() })
    }

    /// Compares two versions.
    ///
    /// Two versions with different numbers of segments are equal if the additional ones are 0,
    /// regardless of their pre-releases. If two pre-releases begin with the same number in
    /// different forms, such as `1` and `01`, each is less than the other.
    fn compare(&self, other: &Self) -> Ordering {
        if self.segments.len() != other.segments.len() {
            return self.compare_segments(other);
        }
        self.compare_segments(other).then_with(|| match (self.is_release(), other.is_release()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            (false, false) => {
                self.compare_pre_releases(other, |_, _| Ordering::Less, Ordering::Greater)
            }
        })
    }

    /// Compares segment by segment; missing ones are 0.
    fn compare_segments(&self, other: &Self) -> Ordering {
        let length = self.segments.len().max(other.segments.len());
        let padded = |segments: &[i64]| {
            let mut segments = segments.to_vec();
            segments.resize(length, 0);
            segments
        };
        padded(&self.segments).cmp(&padded(&other.segments))
    }

    /// Compares two pre-releases part by part. `same_number` decides between two forms of the same
    /// number; `absent` is how an absent part compares with a word.
    fn compare_pre_releases(
        &self,
        other: &Self,
        same_number: fn(&str, &str) -> Ordering,
        absent: Ordering,
    ) -> Ordering {
        let (mut ours, mut theirs) = (self.pre_release.split('.'), other.pre_release.split('.'));
        loop {
            let (left, right) = match (ours.next(), theirs.next()) {
                (None, None) => return Ordering::Equal,
                (left, right) => (left.unwrap_or_default(), right.unwrap_or_default()),
            };
            if left != right {
                return compare_parts(left, right, same_number, absent);
            }
        }
    }

    fn is_release(&self) -> bool {
        self.pre_release.is_empty()
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        // Fewer zeros first.
        let by_spelling = |left: &str, right: &str| left.len().cmp(&right.len());
        self.compare_segments(other).then_with(|| match (self.is_release(), other.is_release()) {
            (false, false) => self.compare_pre_releases(other, by_spelling, Ordering::Less),
            (left, right) => left.cmp(&right),
        })
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Version {}

/// Compares two different parts of pre-releases. Numbers come before words. An absent part, which is
/// empty, comes before a number; `absent` is how it compares with a word.
fn compare_parts(
    left: &str,
    right: &str,
    same_number: fn(&str, &str) -> Ordering,
    absent: Ordering,
) -> Ordering {
    let (left_number, right_number) = (left.parse::<i64>().ok(), right.parse::<i64>().ok());
    match (left_number, right_number) {
        (_, Some(_)) if left.is_empty() => Ordering::Less,
        (Some(_), _) if right.is_empty() => Ordering::Greater,
        _ if left.is_empty() => absent,
        _ if right.is_empty() => absent.reverse(),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => left.cmp(right),
        (Some(left_number), Some(right_number)) => {
            left_number.cmp(&right_number).then_with(|| same_number(left, right))
        }
    }
}

/// The pre-release in what follows the segments: after a hyphen, or directly if it does not begin
/// with a digit. `None` if it is not one.
fn pre_release_of(text: &str) -> Option<&str> {
    if text.is_empty() {
        return Some(text);
    }
    let after_hyphen = text.strip_prefix('-').filter(|rest| rest.starts_with(is_part_character));
    let pre_release = match after_hyphen {
        Some(pre_release) => pre_release,
        None if text.starts_with(|c| is_part_character(c) && !c.is_ascii_digit()) => text,
        None => return None,
    };
    is_dotted(pre_release).then_some(pre_release)
}

/// Whether a text consists of parts with dots between them.
fn is_dotted(text: &str) -> bool {
    text.split('.').all(|part| !part.is_empty() && part.chars().all(is_part_character))
}

fn is_part_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '~')
}

/// A condition on a version.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Operator {
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    /// `~>`: only the last written segment may be greater.
    Pessimistic,
}

/// The operators, longer ones before their prefixes.
const OPERATORS: &[(&str, Operator)] = &[
    (">=", Operator::GreaterOrEqual),
    ("<=", Operator::LessOrEqual),
    ("!=", Operator::NotEqual),
    ("~>", Operator::Pessimistic),
    (">", Operator::Greater),
    ("<", Operator::Less),
    ("=", Operator::Equal),
    ("", Operator::Equal),
];

/// Conditions on a version, all of which must be fulfilled, as a user writes them: `>= 1.4, !=
/// 1.5.2`.
#[derive(Clone, Debug)]
pub struct Constraints {
    source: String,
    all: Vec<(Operator, Version)>,
}

/// A text is not a version constraint.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "{} is not a version with one of the operators =, !=, >, >=, <, <=, ~> before it",
    string_literal(.0)
)]
pub struct InvalidConstraint(String);

impl FromStr for Constraints {
    type Err = InvalidConstraint;

    fn from_str(text: &str) -> Result<Self, InvalidConstraint> {
        let all = text.split(',').map(constraint).collect::<Result<_, _>>()?;
        Ok(Self { source: text.to_owned(), all })
    }
}

fn constraint(text: &str) -> Result<(Operator, Version), InvalidConstraint> {
    let is_space = |c: char| matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{c}');
    let trimmed = text.trim_matches(is_space);
    OPERATORS
        .iter()
        .find_map(|(sign, operator)| Some((trimmed.strip_prefix(sign)?, *operator)))
        .and_then(|(version, operator)| {
            Some((operator, Version::parse(version.trim_start_matches(is_space))?))
        })
        .ok_or_else(|| InvalidConstraint(text.to_owned()))
}

impl Constraints {
    /// Whether a version fulfills all conditions.
    ///
    /// A pre-release fulfills a comparison only if that names a pre-release of the same version.
    pub fn allow(&self, version: &Version) -> bool {
        self.all.iter().all(|(operator, bound)| allows(*operator, bound, version))
    }
}

impl Display for Constraints {
    /// Prints the constraints as the user wrote them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)
    }
}

fn allows(operator: Operator, bound: &Version, version: &Version) -> bool {
    let order = version.compare(bound);
    match operator {
        Operator::Equal => return order == Ordering::Equal,
        Operator::NotEqual => return order != Ordering::Equal,
        _ => {}
    }
    let is_comparable =
        version.is_release() || (!bound.is_release() && version.segments == bound.segments);
    is_comparable
        && match operator {
            Operator::Greater => order == Ordering::Greater,
            Operator::GreaterOrEqual => order != Ordering::Less,
            Operator::Less => order == Ordering::Less,
            Operator::LessOrEqual => order != Ordering::Greater,
            Operator::Pessimistic => is_next_to(bound, version, order),
            Operator::Equal | Operator::NotEqual => true,
        }
}

/// Whether a version differs from `bound` at most in its last written segment, and is not less.
fn is_next_to(bound: &Version, version: &Version, order: Ordering) -> bool {
    let fixed = bound.written.saturating_sub(1);
    order != Ordering::Less
        && (bound.is_release() || !version.is_release())
        && version.segments.len() >= bound.segments.len()
        && version
            .segments
            .iter()
            .zip(&bound.segments)
            .take(fixed)
            .all(|(ours, theirs)| ours == theirs)
        && version.segments.get(bound.segments.len() - 1) >= bound.segments.last()
}

#[cfg(test)]
mod tests;
