//! Faults on demand: rules that select calls and say what happens to them.
//!
//! The text form of a rule is the same on the command line, in a file and over the admin API; the
//! grammar is in `docs/mock-ecs-reference.md`.

mod effect;
mod latency;
mod rule;

#[cfg(test)]
mod tests;

use std::time::Duration;

pub(super) use effect::{Canned, Delivery, Effect, Total};
pub use latency::Latency;
pub use rule::Rule;
pub(super) use rule::{Subject as FaultSubject, read_rules};

use super::{message::Refusal, random, scenario::Step};

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
    /// Names the rule as long as it is in force.
    pub(super) id: u64,
    pub(super) rule: Rule,
    /// How many calls matched its conditions.
    pub(super) matched: u64,
    /// How many of those it changed.
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
    /// How many images are created (deleted, if negative) just before the answer.
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

    /// Removes one rule and gives it; `None` if there is none with this ID.
    pub(super) fn remove(&mut self, id: u64) -> Option<Rule> {
        let at = self.rules.iter().position(|counted| counted.id == id)?;
        Some(self.rules.remove(at).rule)
    }

    /// The rules in force, in order.
    pub(super) fn rules(&self) -> &[Counted] {
        &self.rules
    }

    /// Decides what happens to a call. Every rule that matches counts it; where two rules have
    /// effects of the same kind, the first one wins.
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
                effects.add(effect, random::number(dice, counted.matched));
            }
        }
        effects
    }
}

impl Effects {
    /// What a recorded call got, in place of what the rules say.
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
