//! Caches the credential of a source until shortly before it expires.
//!
//! A credential is renewed early and in the background, so callers do not wait while it is still
//! valid. If the renewal fails, the credential is used until shortly before it expires. Concurrent
//! callers share one fetch. It is canceled when the last of them is dropped, so a canceled read
//! leaves no program and no call behind. A failure is cached for a while, so that waiting lookups
//! do not repeat it one after the other.

use std::{
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared, WeakShared},
};
use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;
use tracing::{debug, warn};

use super::{Credential, Source, error::SourceError};
use crate::{alicloud::process::ClockCorrection, ctx::Clock, sync::lock};

/// How long before its expiration a credential is renewed.
const RENEW_BEFORE: SignedDuration = SignedDuration::from_mins(15);

/// How long before its expiration it is no longer used: a call takes time, and clocks differ.
const UNUSABLE_BEFORE: SignedDuration = SignedDuration::from_mins(3);

/// The pause after a failed renewal while the old credential is still valid.
const PAUSE: Duration = Duration::from_secs(30);

/// How long a failure is returned to later callers.
const FAILURE_TTL: Duration = Duration::from_secs(10);

type Fetching = BoxFuture<'static, Result<Arc<Credential>, SourceError>>;
type Fetch = Shared<Fetching>;

/// A source with the last credential that it returned.
#[derive(Clone)]
pub(crate) struct Refresh(Arc<Inner>);

struct Inner {
    source: Arc<dyn Source>,
    clock: Arc<dyn Clock>,
    /// The expiration of a credential is a time on the service's clock.
    correction: ClockCorrection,
    state: Mutex<RefreshState>,
}

#[derive(Default)]
struct RefreshState {
    held: Option<Held>,
    /// Polled by its callers, and canceled when all of them are dropped.
    in_flight: Option<WeakShared<Fetching>>,
    /// No renewal before this time, unless the credential can no longer be used.
    pause_until: Option<Instant>,
    /// The last failure, and until when it is returned.
    failed: Option<(SourceError, Instant)>,
}

struct Held {
    credential: Arc<Credential>,
    /// When to renew it; `None` for never.
    renew_at: Option<Timestamp>,
    /// The time from which it is no longer used.
    unusable_at: Option<Timestamp>,
}

impl Refresh {
    pub(crate) fn new(
        source: Arc<dyn Source>,
        clock: Arc<dyn Clock>,
        correction: ClockCorrection,
    ) -> Self {
        Self(Arc::new(Inner { source, clock, correction, state: Mutex::default() }))
    }

    /// A credential that is valid now.
    pub(crate) async fn credential(&self) -> Result<Arc<Credential>, SourceError> {
        let fetch = {
            let mut state = lock(&self.0.state);
            let now = self.0.now();
            let reached = |at: Option<Timestamp>| at.is_some_and(|at| at <= now);
            match &state.held {
                Some(held) if !reached(held.unusable_at) => {
                    let credential = held.credential.clone();
                    let pausing = state.pause_until.is_some_and(|until| Instant::now() < until);
                    if reached(held.renew_at) && !pausing {
                        // No caller polls it, so it runs as a task.
                        tokio::spawn(self.fetch(&mut state));
                    }
                    return Ok(credential);
                }
                _ => self.fetch_unless_it_failed(&mut state)?,
            }
        };
        fetch.await
    }

    /// A credential other than `refused`.
    pub(crate) async fn renew(
        &self,
        refused: &Arc<Credential>,
    ) -> Result<Arc<Credential>, SourceError> {
        let fetch = {
            let mut state = lock(&self.0.state);
            let is_refused = |held: &Held| Arc::ptr_eq(&held.credential, refused);
            match &state.held {
                Some(held) if !is_refused(held) || !self.0.source.can_change() => {
                    return Ok(held.credential.clone());
                }
                _ => {
                    state.held = None;
                    self.fetch_unless_it_failed(&mut state)?
                }
            }
        };
        fetch.await
    }

    /// The fetch that is in flight, or a new one.
    ///
    /// # Errors
    ///
    /// The last failure, if it is recent.
    fn fetch_unless_it_failed(&self, state: &mut RefreshState) -> Result<Fetch, SourceError> {
        match &state.failed {
            Some((error, until)) if Instant::now() < *until => Err(error.clone()),
            _ => Ok(self.fetch(state)),
        }
    }

    /// The fetch that is in flight, or a new one.
    fn fetch(&self, state: &mut RefreshState) -> Fetch {
        if let Some(in_flight) = state.in_flight.as_ref().and_then(WeakShared::upgrade) {
            return in_flight;
        }
        let inner = self.0.clone();
        let fetch = async move { inner.fetch().await }.boxed().shared();
        state.in_flight = fetch.downgrade();
        fetch
    }
}

impl Inner {
    fn now(&self) -> Timestamp {
        self.correction.now(&*self.clock)
    }

    async fn fetch(&self) -> Result<Arc<Credential>, SourceError> {
        // A panic must reach every caller.
        let result = AssertUnwindSafe(self.source.fetch()).catch_unwind().await;
        let result = result.unwrap_or(Err(SourceError::Panicked)).map(Arc::new);
        let mut state = lock(&self.state);
        state.in_flight = None;
        match &result {
            Ok(credential) => {
                debug!(expires = credential.expires.map(display), "fetched a credential");
                state.pause_until = None;
                state.failed = None;
                state.held = Some(Held::new(credential.clone(), self.now()));
            }
            Err(error) => {
                if state.held.is_some() {
                    warn!("the credential could not be renewed yet: {error}");
                }
                state.pause_until = Some(Instant::now() + PAUSE);
                state.failed = Some((error.clone(), Instant::now() + FAILURE_TTL));
            }
        }
        result
    }
}

impl Held {
    /// A credential that was fetched at `now`. A short-lived one is renewed after half its
    /// lifetime, so that not every call fetches a new one.
    fn new(credential: Arc<Credential>, now: Timestamp) -> Self {
        let before = |most: SignedDuration, share: i32| {
            let expires = credential.expires?;
            let life = expires.duration_since(now);
            expires.checked_sub(most.min(life / share)).ok()
        };
        Self {
            renew_at: before(RENEW_BEFORE, 2),
            unusable_at: before(UNUSABLE_BEFORE, 5),
            credential,
        }
    }
}

#[cfg(test)]
mod tests;
