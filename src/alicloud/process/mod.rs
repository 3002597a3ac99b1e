//! What the clients of one process have in common, however many configurations it serves.
//!
//! Terraform starts one process for a provider and all its aliases. A limit that each of them had for
//! itself would be multiplied by their number, and each would have to learn of an outage, or of a
//! wrong clock, by failures of its own.

use std::{
    pin::pin,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, sleep_until},
};

use crate::{ctx::Clock, sync::lock};

/// The state that all clients of a process share. Clones share it.
///
/// The quota of the service belongs to an account, an outage affects all clients, and the machine
/// has one clock, so none of them depends on which configuration a call is made for.
#[derive(Clone, Default)]
pub struct Process {
    /// How many calls may be in flight.
    pub(crate) limiter: ConcurrencyLimiter,
    /// How many retries may follow server errors.
    pub(crate) retries: RetryBudget,
    /// By how much the clock of this machine is wrong.
    pub(crate) clock: ClockCorrection,
}

/// The clock of the service minus that of this machine, as learned from a refused time.
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

    /// The correction in seconds; 0 if the service never refused a time.
    pub(crate) fn seconds(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }

    /// The current time of the service's clock.
    pub(crate) fn now(&self, clock: &dyn Clock) -> Timestamp {
        let now = clock.now();
        now.checked_add(SignedDuration::from_secs(self.seconds())).unwrap_or(now)
    }
}

/// How many tokens there are at first, and at most.
const CAPACITY: usize = 32;

/// The interval at which a token is added.
const REFILL: Duration = Duration::from_secs(1);

/// How many retries a process may make after server errors, so that an outage does not multiply the
/// load on a service that is already in trouble.
///
/// A token bucket: every retry after a server error takes a token, and waits for one if the bucket
/// is empty. A token is added each second and after each call that succeeds. So a single lookup is
/// not affected, a hundred lookups in an outage together send one retry a second, and after the
/// service has recovered, they continue at the pace of its responses.
#[derive(Clone)]
pub(crate) struct RetryBudget {
    tokens: Arc<Semaphore>,
    /// When the bucket was last refilled; `None` before the first retry.
    refilled: Arc<Mutex<Option<Instant>>>,
}

impl Default for RetryBudget {
    fn default() -> Self {
        Self { tokens: Arc::new(Semaphore::new(CAPACITY)), refilled: Arc::default() }
    }
}

impl RetryBudget {
    /// Takes a token; waits, in order of arrival, until there is one.
    pub(crate) async fn take(&self) {
        let mut taken = pin!(self.tokens.acquire());
        loop {
            let next = self.refill();
            tokio::select! {
                biased;
                token = &mut taken => {
                    // The semaphore is never closed, so this always is a token.
                    token.into_iter().for_each(|token| token.forget());
                    return;
                }
                () = sleep_until(next) => {}
            }
        }
    }

    /// Adds a token after a call that succeeded.
    pub(crate) fn succeeded(&self) {
        self.give(1);
    }

    /// Adds the tokens for the seconds that have passed. Returns when the next one is due.
    fn refill(&self) -> Instant {
        let mut refilled = lock(&self.refilled);
        let now = Instant::now();
        let since = refilled.get_or_insert(now);
        let tokens = now.duration_since(*since).as_millis() / REFILL.as_millis();
        *since += REFILL * u32::try_from(tokens).unwrap_or(u32::MAX);
        self.give(usize::try_from(tokens).unwrap_or(usize::MAX));
        *since + REFILL
    }

    fn give(&self, tokens: usize) {
        let room = CAPACITY.saturating_sub(self.tokens.available_permits());
        self.tokens.add_permits(tokens.min(room));
    }
}

/// How many calls may be in flight at first: all pages of 1,000 images.
const INITIAL_CONCURRENCY: usize = 16;

/// How many calls may be in flight at most.
const MAX_CONCURRENCY: usize = 32;

/// Hands out permits for calls: more while all goes well, half as many when the service throttles.
///
/// Waiting calls are served in order of arrival, so no lookup starves.
#[derive(Clone)]
pub(crate) struct ConcurrencyLimiter {
    permits: Arc<Semaphore>,
    state: Arc<Mutex<LimiterState>>,
}

#[derive(Debug)]
struct LimiterState {
    /// How many calls may be in flight.
    allowed: usize,
    /// Permits to withdraw when they are returned.
    surplus: usize,
    /// Successes since the limit last changed.
    successes: usize,
    /// How often the limit was halved.
    halvings: u64,
}

/// A permit for one call.
pub(crate) struct Permit {
    permit: Option<OwnedSemaphorePermit>,
    limiter: ConcurrencyLimiter,
    /// [`LimiterState::halvings`] when the permit was given.
    halvings: u64,
}

impl Default for ConcurrencyLimiter {
    fn default() -> Self {
        let state =
            LimiterState { allowed: INITIAL_CONCURRENCY, surplus: 0, successes: 0, halvings: 0 };
        Self {
            permits: Arc::new(Semaphore::new(INITIAL_CONCURRENCY)),
            state: Arc::new(Mutex::new(state)),
        }
    }
}

impl ConcurrencyLimiter {
    /// Waits for a permit.
    pub(crate) async fn permit(&self) -> Permit {
        // The semaphore is never closed, so there always is a permit.
        let permit = self.permits.clone().acquire_owned().await.ok();
        let halvings = self.state().halvings;
        Permit { permit, limiter: self.clone(), halvings }
    }

    fn state(&self) -> MutexGuard<'_, LimiterState> {
        lock(&self.state)
    }
}

impl Permit {
    /// Records that the call succeeded. After as many successes as the limit, the limit grows by
    /// one.
    pub(crate) fn succeeded(self) {
        let mut state = self.limiter.state();
        state.successes += 1;
        if state.successes < state.allowed || state.allowed >= MAX_CONCURRENCY {
            return;
        }
        state.successes = 0;
        state.allowed += 1;
        self.limiter.permits.add_permits(1);
    }

    /// Records that the service throttled the call, which halves the limit. Calls that were in
    /// flight at the same time are throttled together, so they halve it only once.
    pub(crate) fn throttled(self) {
        let mut state = self.limiter.state();
        if state.halvings != self.halvings {
            return;
        }
        let fewer = state.allowed.div_ceil(2);
        state.surplus += state.allowed - fewer;
        state.surplus -= self.limiter.permits.forget_permits(state.surplus);
        state.allowed = fewer;
        state.successes = 0;
        state.halvings += 1;
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut state = self.limiter.state();
        if state.surplus > 0
            && let Some(permit) = self.permit.take()
        {
            state.surplus -= 1;
            permit.forget();
        }
    }
}

#[cfg(test)]
mod tests;
