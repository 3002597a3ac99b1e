//! What happens between two attempts of a call: the decision, the wait, the share of the retry
//! budget.

use tokio::time::{Instant, sleep};

use super::{AttemptCounts, Decision, FailedAttempt, FailureClass, decide};
use crate::{
    alicloud::{error::Cause, process::Process},
    ctx::Ctx,
};

/// The failed attempts of one call.
pub(crate) struct Attempts<'a> {
    ctx: &'a Ctx,
    process: &'a Process,
    deadline: Instant,
    failed: AttemptCounts,
    clock_corrected: bool,
    /// Whether a new credential was fetched, or cannot be.
    pub(crate) renewed: bool,
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
    /// Attempts that end at `deadline`.
    pub(crate) fn until(deadline: Instant, ctx: &'a Ctx, process: &'a Process) -> Self {
        let failed = AttemptCounts::default();
        Self { ctx, process, deadline, failed, clock_corrected: false, renewed: false }
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
                if class.is_server_error() {
                    self.process.retries.take().await;
                }
            }
        }
        Ok(Next::Retry)
    }
}
