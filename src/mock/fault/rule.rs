//! One rule: which calls it is for, and what they get.

use std::{fmt, ops::RangeInclusive};

use super::effect::Effect;
use crate::mock::random;

/// A fault rule: which calls it matches, and what happens to them.
///
/// It is read from text with [`str::parse`], and its `Display` is that text in a canonical form:
///
/// ```
/// use terraform_provider_alicloud::mock::Rule;
///
/// let rule: Rule = "do=throttle times=2 page=2.. action=DescribeImages".parse()?;
/// assert_eq!(rule.to_string(), "action=DescribeImages page=2.. times=2 do=error:Throttling.User");
///
/// let error = "page=2 do=explode".parse::<Rule>().unwrap_err();
/// assert_eq!(error.to_string(), "fault rule: \"explode\" is not something a rule can do");
/// # Ok::<(), terraform_provider_alicloud::mock::RuleError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    pub(super) action: Option<String>,
    pub(super) region: Option<String>,
    pub(super) access_key: Option<String>,
    pub(super) page: Option<RangeInclusive<u64>>,
    pub(super) nth: Option<RangeInclusive<u64>>,
    pub(super) times: Option<u64>,
    pub(super) probability: Option<f64>,
    pub(super) repeat: bool,
    pub(super) steps: Vec<Vec<Effect>>,
}

/// What rules look at in a call.
pub(crate) struct Subject<'a> {
    pub(crate) action: &'a str,
    pub(crate) region: &'a str,
    pub(crate) access_key: &'a str,
    pub(crate) page: u64,
}

impl Rule {
    pub(super) fn fits(&self, subject: &Subject<'_>) -> bool {
        let same =
            |wanted: &Option<String>, value: &str| wanted.as_ref().is_none_or(|w| w == value);
        same(&self.action, subject.action)
            && same(&self.region, subject.region)
            && same(&self.access_key, subject.access_key)
            && self.page.as_ref().is_none_or(|pages| pages.contains(&subject.page))
    }

    /// What the `matched`th call that fits gets, when `fired` calls got something before.
    pub(super) fn step(&self, matched: u64, fired: u64, dice: u64) -> Option<&[Effect]> {
        if self.nth.as_ref().is_some_and(|nth| !nth.contains(&matched)) {
            return None;
        }
        if self.times.is_some_and(|times| fired >= times) {
            return None;
        }
        let lucky = |probability| random::fraction(dice, matched) >= probability;
        if self.probability.is_some_and(lucky) {
            return None;
        }
        let steps = self.steps.len() as u64;
        let at = match steps {
            0 => return None,
            // One step stays in force, several play once.
            1 => 0,
            _ if self.repeat => fired % steps,
            _ => fired,
        };
        self.steps.get(usize::try_from(at).ok()?).map(Vec::as_slice)
    }
}

impl fmt::Display for Rule {
    /// The text form, from which the same rule can be read.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts =
            [("action", &self.action), ("region", &self.region), ("access-key", &self.access_key)];
        for (name, value) in texts {
            if let Some(value) = value {
                write!(f, "{name}={} ", quoted(value))?;
            }
        }
        for (name, range) in [("page", &self.page), ("nth", &self.nth)] {
            if let Some(range) = range {
                write!(f, "{name}={}..", range.start())?;
                if *range.end() != u64::MAX {
                    write!(f, "{}", range.end())?;
                }
                f.write_str(" ")?;
            }
        }
        if let Some(times) = self.times {
            write!(f, "times={times} ")?;
        }
        if let Some(probability) = self.probability {
            write!(f, "probability={probability} ")?;
        }
        if self.repeat {
            f.write_str("repeat=true ")?;
        }
        let step = |step: &Vec<Effect>| {
            step.iter().map(|effect| quoted(&effect.to_string())).collect::<Vec<_>>().join("&")
        };
        let steps: Vec<_> = self.steps.iter().map(step).collect();
        write!(f, "do={}", steps.join(","))
    }
}

fn quoted(text: &str) -> String {
    if text.contains(|c: char| c.is_whitespace() || [',', '&', '"'].contains(&c)) {
        format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
    } else {
        text.to_owned()
    }
}
