//! How many calls are in flight at once: more while all goes well, half as many when the service
//! throttles.
//!
//! One [`ConcurrencyLimiter`] is shared by all lookups of a process, since they share the account's
//! quota. Waiting calls are served in order of arrival, so no lookup starves.

use std::sync::{Arc, Mutex, MutexGuard};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::sync::lock;

/// How many calls may be in flight at first: all pages of 1,000 images.
const INITIAL_CONCURRENCY: usize = 16;

/// How many calls may be in flight at most.
const MAX_CONCURRENCY: usize = 32;

/// Hands out permits for calls.
#[derive(Clone)]
pub(crate) struct ConcurrencyLimiter {
    permits: Arc<Semaphore>,
    state: Arc<Mutex<LimiterState>>,
}

#[derive(Debug)]
struct LimiterState {
    /// How many calls may be in flight.
    allowed: usize,
    /// Permits to withdraw when they come back.
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
    /// The call succeeded. After as many successes as calls are allowed, one more is allowed.
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

    /// The service throttled the call: half as many calls are allowed. Calls that were in flight
    /// together are throttled together, and count once.
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
mod tests {
    use super::*;

    fn allowed(limiter: &ConcurrencyLimiter) -> usize {
        limiter.state().allowed
    }

    async fn take(limiter: &ConcurrencyLimiter, count: usize) -> Vec<Permit> {
        let mut permits = Vec::new();
        for _ in 0..count {
            permits.push(limiter.permit().await);
        }
        permits
    }

    #[tokio::test]
    async fn throttled_calls_that_were_in_flight_together_halve_the_limit_once() {
        let limiter = ConcurrencyLimiter::default();
        take(&limiter, INITIAL_CONCURRENCY).await.into_iter().for_each(Permit::throttled);
        assert_eq!(allowed(&limiter), INITIAL_CONCURRENCY / 2);
        assert_eq!(limiter.permits.available_permits(), INITIAL_CONCURRENCY / 2);
    }

    #[tokio::test]
    async fn at_least_one_call_is_always_allowed() {
        let limiter = ConcurrencyLimiter::default();
        for _ in 0..20 {
            limiter.permit().await.throttled();
        }
        assert_eq!(allowed(&limiter), 1);
        drop(limiter.permit().await);
    }

    #[tokio::test]
    async fn the_limit_grows_by_one_after_a_round_of_successes_up_to_its_maximum() {
        let limiter = ConcurrencyLimiter::default();
        take(&limiter, INITIAL_CONCURRENCY).await.into_iter().for_each(Permit::succeeded);
        assert_eq!(allowed(&limiter), INITIAL_CONCURRENCY + 1);
        for _ in 0..10_000 {
            limiter.permit().await.succeeded();
        }
        assert_eq!(allowed(&limiter), MAX_CONCURRENCY);
        assert_eq!(limiter.permits.available_permits(), MAX_CONCURRENCY);
    }

    #[tokio::test]
    async fn state_and_permits_agree_after_any_sequence_of_results() {
        let limiter = ConcurrencyLimiter::default();
        for round in 0..100 {
            let count = 1 + round % allowed(&limiter);
            for (index, permit) in take(&limiter, count).await.into_iter().enumerate() {
                match (round + index) % 5 {
                    0 => permit.throttled(),
                    1 => drop(permit),
                    _ => permit.succeeded(),
                }
            }
            let state = limiter.state();
            assert_eq!(limiter.permits.available_permits(), state.allowed + state.surplus);
        }
    }
}
