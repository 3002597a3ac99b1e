//! How each kind of request deals with failures, as values.

use std::time::Duration;

use tokio::time::Instant;

use crate::{alicloud::trace::CallTrace, ctx::http::Limits};

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
