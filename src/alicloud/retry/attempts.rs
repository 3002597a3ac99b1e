//! What happens between two attempts of a call: the decision, the wait, the share of the retry
//! budget; and the policies under which it happens.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout_at};

use super::{AttemptCounts, Decision, FailedAttempt, FailureClass, decide};
use crate::{
    alicloud::{error::Cause, process::Process, trace::CallTrace},
    ctx::{Ctx, http::Limits},
};

/// How long a source of credentials is retried.
const CREDENTIALS: Duration = Duration::from_secs(30);

/// How one kind of request deals with failures. What a failure means and how long the waits are is
/// the same for all of them.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// How long after the first attempt another one may begin, where the deadline is not sooner.
    pub(crate) patience: Duration,
    /// Whether a time that is refused is that of our clock. Then the clock of the process is
    /// corrected, and the request is sent again once.
    pub(crate) corrects_clock: bool,
    /// Whether retries after server errors draw on the budget of the process.
    pub(crate) draws_on_budget: bool,
    /// Whether an attempt needs a permit of the concurrency limiter, which follows the quota of ECS.
    pub(crate) limited: bool,
}

impl Policy {
    /// Calls of ECS: until the deadline of the lookup.
    pub const ECS: Self = Self {
        patience: Duration::MAX,
        corrects_clock: true,
        draws_on_budget: true,
        limited: true,
    };

    /// Calls of STS and Location: what a lookup needs besides the images.
    pub const AUXILIARY: Self = Self { patience: CREDENTIALS, limited: false, ..Self::ECS };

    /// Requests without a signature to servers that return credentials.
    pub(crate) const UNSIGNED: Self = Self { corrects_clock: false, ..Self::AUXILIARY };

    /// The trace of a call that begins now: the last attempt that the patience allows has its own
    /// limits.
    pub(crate) fn trace(self, action: &'static str, region: &str, limits: Limits) -> CallTrace {
        let deadline = Instant::now() + self.patience.saturating_add(limits.total);
        CallTrace::new(action, region, deadline)
    }

    /// Requests to the metadata service, for so long. It belongs to this machine, so an outage of
    /// the cloud must not use up its retries.
    pub(crate) const fn metadata(patience: Duration) -> Self {
        Self { patience, draws_on_budget: false, ..Self::UNSIGNED }
    }
}

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

/// The reason that no further attempt is made.
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
