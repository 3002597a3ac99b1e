//! Fault injection: rules that select calls and specify what happens to them.
//!
//! The text form of a rule is the same on the command line, in a file and over the admin API; the
//! grammar is in `docs/mock-ecs-reference.md`.

mod effect;

#[cfg(test)]
mod tests;

use std::{fmt, ops::RangeInclusive, str::FromStr, time::Duration};

use serde_json::Value;

pub use effect::Latency;
pub(super) use effect::{Canned, Delivery, Effect, Total};

use super::{message::Refusal, repeatable, scenario::Step};

/// A rule, or a part of one, that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("fault rule: {part:?} {reason}")]
pub struct RuleError {
    part: String,
    reason: &'static str,
}

impl RuleError {
    fn new(part: &str, reason: &'static str) -> Self {
        Self { part: part.to_owned(), reason }
    }
}

/// The rules in force, each with the number of calls that it matched and changed.
pub(super) struct Faults {
    rules: Vec<Counted>,
    /// The ID of the next rule.
    next: u64,
    seed: u64,
}

/// A rule in force.
pub(super) struct Counted {
    /// Identifies the rule while it is in force.
    pub(super) id: u64,
    pub(super) rule: Rule,
    /// How many calls matched its conditions.
    pub(super) matched: u64,
    /// How many of those calls it changed.
    pub(super) fired: u64,
}

/// What happens to one call.
#[derive(Default)]
pub(super) struct Effects {
    pub(super) latency: Duration,
    pub(super) refusal: Option<Refusal>,
    pub(super) canned: Option<Canned>,
    pub(super) delivery: Delivery,
    pub(super) total: Option<Total>,
    /// How many images are created (deleted, if negative) just before the response.
    pub(super) catalog: i64,
    pub(super) same_page: bool,
    /// Seconds by which the clock is ahead.
    pub(super) skew: i64,
    pub(super) retry_after: Option<u64>,
    /// The steps that were applied, in their text form.
    pub(super) applied: Vec<String>,
}

impl Faults {
    pub(super) fn new(rules: Vec<Rule>, seed: u64) -> Self {
        let mut faults = Self { rules: Vec::new(), next: 1, seed };
        faults.extend(rules);
        faults
    }

    pub(super) fn extend(&mut self, rules: Vec<Rule>) {
        for (id, rule) in (self.next..).zip(rules) {
            self.rules.push(Counted { id, rule, matched: 0, fired: 0 });
            self.next = id + 1;
        }
    }

    pub(super) fn clear(&mut self) {
        self.rules.clear();
    }

    /// Removes one rule and returns it; `None` if there is no rule with this ID.
    pub(super) fn remove(&mut self, id: u64) -> Option<Rule> {
        let at = self.rules.iter().position(|counted| counted.id == id)?;
        Some(self.rules.remove(at).rule)
    }

    /// The rules in force, in order.
    pub(super) fn rules(&self) -> &[Counted] {
        &self.rules
    }

    /// Decides what happens to a call. Every rule that matches counts it; if two rules have effects
    /// of the same kind, the first one has precedence.
    pub(super) fn apply(&mut self, subject: &FaultSubject<'_>) -> Effects {
        let mut effects = Effects::default();
        for (at, counted) in self.rules.iter_mut().enumerate() {
            if !counted.rule.fits(subject) {
                continue;
            }
            counted.matched += 1;
            let dice = self.seed ^ ((at as u64 + 1) << 48);
            let Some(step) = counted.rule.step(counted.matched, counted.fired, dice) else {
                continue;
            };
            counted.fired += 1;
            for effect in step {
                effects.add(effect, repeatable::number(dice, counted.matched));
            }
        }
        effects
    }
}

impl Effects {
    /// The effects of a recorded call, instead of those of the rules.
    pub(super) fn replay(&mut self, step: &Step) {
        let delivery = match Effect::parse(&step.delivery) {
            Ok(Effect::Delivery(delivery)) => delivery,
            _ => Delivery::Whole,
        };
        *self = Self {
            latency: Duration::from_millis(step.delay_ms),
            retry_after: step.retry_after,
            delivery,
            applied: std::mem::take(&mut self.applied),
            ..Self::default()
        };
    }

    fn add(&mut self, effect: &Effect, dice: u64) {
        if !matches!(effect, Effect::Plain) {
            self.applied.push(effect.to_string());
        }
        match effect {
            Effect::Canned(canned) if self.canned.is_none() => self.canned = Some(canned.clone()),
            Effect::Catalog(images) if self.catalog == 0 => self.catalog = *images,
            Effect::Delivery(delivery) if self.delivery == Delivery::Whole => {
                self.delivery = delivery.clone();
            }
            Effect::Latency(latency) => self.latency += latency.draw(dice),
            Effect::Refusal(refusal) if self.refusal.is_none() => {
                self.refusal = Some(refusal.clone());
            }
            Effect::RetryAfter(seconds) if self.retry_after.is_none() => {
                self.retry_after = Some(*seconds);
            }
            Effect::SamePage => self.same_page = true,
            Effect::Skew(seconds) if self.skew == 0 => self.skew = *seconds,
            Effect::Total(total) if self.total.is_none() => self.total = Some(*total),
            _ => {}
        }
    }
}

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
/// assert_eq!(error.to_string(), "fault rule: \"explode\" is not an action of a rule");
/// # Ok::<(), terraform_provider_alicloud::mock::RuleError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    action: Option<String>,
    region: Option<String>,
    access_key: Option<String>,
    page: Option<RangeInclusive<u64>>,
    nth: Option<RangeInclusive<u64>>,
    times: Option<u64>,
    probability: Option<f64>,
    repeat: bool,
    steps: Vec<Vec<Effect>>,
}

/// The properties of a call that rules check.
pub(crate) struct FaultSubject<'a> {
    pub(crate) action: &'a str,
    pub(crate) region: &'a str,
    pub(crate) access_key: &'a str,
    pub(crate) page: u64,
}

impl Rule {
    fn fits(&self, subject: &FaultSubject<'_>) -> bool {
        let same =
            |wanted: &Option<String>, value: &str| wanted.as_ref().is_none_or(|w| w == value);
        same(&self.action, subject.action)
            && same(&self.region, subject.region)
            && same(&self.access_key, subject.access_key)
            && self.page.as_ref().is_none_or(|pages| pages.contains(&subject.page))
    }

    /// The effects on the `matched`th call that matches, if the rule changed `fired` calls before.
    fn step(&self, matched: u64, fired: u64, dice: u64) -> Option<&[Effect]> {
        if self.nth.as_ref().is_some_and(|nth| !nth.contains(&matched)) {
            return None;
        }
        if self.times.is_some_and(|times| fired >= times) {
            return None;
        }
        let lucky = |probability| repeatable::fraction(dice, matched) >= probability;
        if self.probability.is_some_and(lucky) {
            return None;
        }
        let steps = self.steps.len() as u64;
        let at = match steps {
            0 => return None,
            // A single step stays in force; several steps are used once.
            1 => 0,
            _ if self.repeat => fired % steps,
            _ => fired,
        };
        self.steps.get(usize::try_from(at).ok()?).map(Vec::as_slice)
    }
}

impl fmt::Display for Rule {
    /// The text form; parsing it gives the same rule.
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

impl FromStr for Rule {
    type Err = RuleError;

    /// Reads `name=value` words, in any order, `do=` among them.
    fn from_str(text: &str) -> Result<Self, RuleError> {
        let mut rule = Self::empty();
        for word in split(text, char::is_whitespace).filter(|word| !word.is_empty()) {
            let (name, value) = word
                .split_once('=')
                .ok_or_else(|| RuleError::new(word, "is not of the form name=value"))?;
            rule.set(name, value)?;
        }
        rule.checked(text)
    }
}

/// Reads the rules of a JSON text: one or a list, each an object or a text.
pub(crate) fn read_rules(json: &str) -> Result<Vec<Rule>, RuleError> {
    let value: Value =
        serde_json::from_str(json).map_err(|_| RuleError::new(json, "is not JSON"))?;
    match value {
        Value::Array(rules) => rules.iter().map(read_rule).collect(),
        one => Ok(vec![read_rule(&one)?]),
    }
}

fn read_rule(value: &Value) -> Result<Rule, RuleError> {
    let shown = value.to_string();
    if let Some(text) = value.as_str() {
        return text.parse();
    }
    let Some(members) = value.as_object() else {
        return Err(RuleError::new(&shown, "is neither a text nor an object"));
    };
    let mut rule = Rule::empty();
    for (name, value) in members {
        match value {
            Value::String(text) => rule.set(name, text)?,
            Value::Number(number) => rule.set(name, &number.to_string())?,
            Value::Bool(value) => rule.set(name, &value.to_string())?,
            Value::Array(steps) if name == "do" => {
                for step in steps {
                    let step = step.as_str();
                    let step = step
                        .ok_or_else(|| RuleError::new(&shown, "has a step that is not a text"))?;
                    rule.steps.push(read_step(step)?);
                }
            }
            _ => return Err(RuleError::new(name, "must be a text or a number")),
        }
    }
    rule.checked(&shown)
}

impl Rule {
    fn empty() -> Self {
        Self {
            action: None,
            region: None,
            access_key: None,
            page: None,
            nth: None,
            times: None,
            probability: None,
            repeat: false,
            steps: Vec::new(),
        }
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), RuleError> {
        let wrong = |reason| RuleError::new(value, reason);
        let text = || Some(unquoted(value));
        match name {
            "action" => self.action = text(),
            "region" => self.region = text(),
            "access-key" => self.access_key = text(),
            "page" => self.page = Some(range(value)?),
            "nth" => self.nth = Some(range(value)?),
            "times" => {
                self.times = Some(value.parse().map_err(|_| wrong("is not a number of times"))?);
            }
            "probability" => {
                let probability = value.parse().ok().filter(|p| (0.0..=1.0).contains(p));
                self.probability =
                    Some(probability.ok_or_else(|| wrong("is not between 0 and 1"))?);
            }
            "repeat" => {
                self.repeat = value.parse().map_err(|_| wrong("is neither true nor false"))?;
            }
            "do" => {
                for step in split(value, |c| c == ',') {
                    self.steps.push(read_step(step)?);
                }
            }
            _ => return Err(RuleError::new(name, "is not a part of a rule")),
        }
        Ok(())
    }

    fn checked(self, text: &str) -> Result<Self, RuleError> {
        if self.steps.is_empty() {
            return Err(RuleError::new(text, "does not say what to do"));
        }
        Ok(self)
    }
}

/// Effects joined with `&`.
fn read_step(text: &str) -> Result<Vec<Effect>, RuleError> {
    split(text, |c| c == '&').map(|effect| Effect::parse(&unquoted(effect))).collect()
}

/// `2`, `2..4`, `2..` or `..4`, both ends included.
fn range(text: &str) -> Result<RangeInclusive<u64>, RuleError> {
    let wrong = || RuleError::new(text, "is not of the form N, N..M, N.. or ..M");
    let end = |text: &str, open: u64| {
        if text.is_empty() { Ok(open) } else { text.parse().map_err(|_| wrong()) }
    };
    let (from, to) = match text.split_once("..") {
        Some((from, to)) => (end(from, 1)?, end(to, u64::MAX)?),
        None => {
            let only = text.parse().map_err(|_| wrong())?;
            (only, only)
        }
    };
    if from > to { Err(wrong()) } else { Ok(from..=to) }
}

/// Splits outside of double quotes.
fn split(text: &str, is_separator: impl Fn(char) -> bool) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    let mut escaped = false;
    text.split(move |c| {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ => return !quoted && is_separator(c),
        }
        false
    })
}

/// Removes the double quotes, and the backslash before a quote or a backslash within them.
fn unquoted(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut quoted = false;
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match c {
            '"' => quoted = !quoted,
            '\\' if quoted => plain.extend(characters.next()),
            _ => plain.push(c),
        }
    }
    plain
}
