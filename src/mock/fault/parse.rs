//! Reads rules from text and from JSON.

use std::{ops::RangeInclusive, str::FromStr};

use serde_json::Value;

use super::{effect::Effect, error::RuleError, rule::Rule};

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

/// Takes the double quotes away, and the backslash before a quote or a backslash within them.
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
