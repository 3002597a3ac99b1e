//! What happens between two attempts of a call: the decision, the wait, the share of the retry
//! budget.

use tokio::time::{Instant, sleep, timeout_at};

use super::{AttemptCounts, Decision, FailedAttempt, FailureClass, decide, policy::Policy};
use crate::{
    alicloud::{error::Cause, process::Process},
    ctx::Ctx,
};

/// The failed attempts of one call.
pub(crate) struct Attempts<'a> {
    ctx: &'a Ctx,
    process: &'a Process,
    policy: Policy,
    deadline: Instant,
    failed: AttemptCounts,
    /// Whether the clock was corrected, or must not be.
    clock_corrected: bool,
    /// Whether a new credential was requested.
    renewed: bool,
}

/// What to do before the next attempt.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Next {
    /// Fetch a new credential.
    Renew,
    /// Nothing: all waits are over.
    Retry,
}

/// Why there is no next attempt.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum End {
    /// It would fail as well.
    GiveUp,
    /// It would come too late.
    OutOfTime,
}

impl<'a> Attempts<'a> {
    /// Attempts under `policy` that begin now and end by `deadline`.
    pub(crate) fn until(
        deadline: Instant,
        policy: Policy,
        ctx: &'a Ctx,
        process: &'a Process,
    ) -> Self {
        // `None` if the clock cannot express the time.
        let patience = Instant::now().checked_add(policy.patience);
        Self {
            ctx,
            process,
            policy,
            deadline: patience.map_or(deadline, |patience| patience.min(deadline)),
            failed: AttemptCounts::default(),
            clock_corrected: !policy.corrects_clock,
            renewed: false,
        }
    }

    /// An attempt succeeded.
    pub(crate) fn succeeded(&self) {
        if self.policy.draws_on_budget {
            self.process.retries.succeeded();
        }
    }

    /// Decides what follows an attempt that failed for `cause`, and waits until it is time for it.
    pub(crate) async fn failed(&mut self, cause: &Cause) -> Result<Next, End> {
        let class = FailureClass::of(cause);
        let decision = decide(FailedAttempt {
            class,
            retry_after: cause.retry_after(),
            count: self.failed.failed(class),
            remedied: match class {
                FailureClass::ClockSkew => self.clock_corrected,
                _ => self.renewed,
            },
            remaining: self.deadline.saturating_duration_since(Instant::now()),
            fraction: self.ctx.entropy.fraction(),
        });
        match decision {
            Decision::GiveUp => return Err(End::GiveUp),
            Decision::OutOfTime => return Err(End::OutOfTime),
            Decision::Renew => {
                self.renewed = true;
                return Ok(Next::Renew);
            }
            Decision::CorrectClock => {
                self.clock_corrected = true;
                if let Cause::Api(refusal) = cause {
                    self.process.clock.correct(refusal.clock_skew.unwrap_or_default());
                }
            }
            Decision::Wait(wait) => {
                sleep(wait).await;
                if class.is_server_error() && self.policy.draws_on_budget {
                    let token = timeout_at(self.deadline, self.process.retries.take()).await;
                    token.map_err(|_| End::OutOfTime)?;
                }
            }
        }
        Ok(Next::Retry)
    }
}
