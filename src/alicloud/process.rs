//! What the clients of one process have in common, however many configurations it serves.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use jiff::{SignedDuration, Timestamp};

use super::{limiter::ConcurrencyLimiter, retry::budget::RetryBudget};
use crate::ctx::Clock;

/// The state that all clients of a process share. Clones are handles to the same state.
///
/// The quota of the service belongs to an account, an outage affects all clients, and the machine
/// has one clock, so none of them depends on which configuration a call is made for.
#[derive(Clone, Default)]
pub struct Process {
    /// How many calls may be in flight.
    pub(crate) limiter: ConcurrencyLimiter,
    /// How many retries may follow server errors.
    pub(crate) retries: RetryBudget,
    /// By how much the clock of this machine is off.
    pub(crate) clock: ClockCorrection,
}

/// What a refused time showed: the clock of the service less the one of this machine.
#[derive(Clone, Default)]
pub(crate) struct ClockCorrection(Arc<AtomicI64>);

impl ClockCorrection {
    /// Corrects instants by `skew` seconds from now on.
    pub(crate) fn correct(&self, skew: i64) {
        self.0.store(skew, Ordering::Relaxed);
        tracing::warn!(
            skew_s = skew,
            "the clock of this machine is off; signing with the service's"
        );
    }

    /// The correction in seconds; 0 where the service never refused a time.
    pub(crate) fn seconds(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }

    /// The instant that it is now by the clock of the service.
    pub(crate) fn now(&self, clock: &dyn Clock) -> Timestamp {
        let now = clock.now();
        now.checked_add(SignedDuration::from_secs(self.seconds())).unwrap_or(now)
    }
}
