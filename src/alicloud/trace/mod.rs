//! What is known of work that takes several attempts, for the error that may end it.
//!
//! A lookup makes many calls, some of them concurrently, and any of them may be the last. The error has
//! to report all of them: the number of attempts, the time, and why the last complete attempt failed,
//! also where it is the deadline that ends the work.

use std::{
    pin::pin,
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use tokio::time::{Instant, timeout_at};

use super::{
    Product,
    credential::Credentials,
    endpoint::Endpoint,
    error::{Bound, Cause, Error, Timeout},
    origin::{KeyOrigin, Origin},
};
use crate::{ctx::http::Arrival, sync::lock};

/// The attempts, the time and the last failure of one piece of work. Shared by the calls that it
/// makes in parallel.
pub struct CallTrace {
    action: &'static str,
    region: String,
    begun: Instant,
    deadline: Mutex<Instant>,
    bound: Bound,
    host: OnceLock<String>,
    destination: OnceLock<(Product, Origin)>,
    key: Option<Arc<KeyOrigin>>,
    attempts: AtomicU32,
    answered: AtomicU32,
    /// The response to the newest attempt.
    arrival: Mutex<Arrival>,
    /// The last failure of each page that was not read since, the newest last.
    failures: Mutex<Vec<(u64, Cause)>>,
    asked: Mutex<Option<Duration>>,
    request_id: Mutex<Option<String>>,
    turn: OnceLock<Turn>,
}

/// When this work began to run, after the equal work ahead of it.
struct Turn {
    at: Instant,
    /// Whether there was any.
    waited: bool,
    /// The reason that the last attempt of the equal work before it failed.
    failure_before: Option<Cause>,
}

impl CallTrace {
    /// Work that starts now and must end by `deadline`.
    pub fn new(action: &'static str, region: impl Into<String>, deadline: Instant) -> Self {
        Self {
            action,
            region: region.into(),
            begun: Instant::now(),
            deadline: Mutex::new(deadline),
            bound: Bound::Deadline,
            host: OnceLock::new(),
            destination: OnceLock::new(),
            key: None,
            attempts: AtomicU32::new(0),
            answered: AtomicU32::new(0),
            arrival: Mutex::default(),
            failures: Mutex::default(),
            asked: Mutex::default(),
            request_id: Mutex::default(),
            turn: OnceLock::new(),
        }
    }

    /// The same work, whose deadline `bound` sets.
    #[must_use]
    pub fn bounded_by(self, bound: Bound) -> Self {
        Self { bound, ..self }
    }

    /// The same work, signed with `credentials`.
    #[must_use]
    pub fn signed_with(mut self, credentials: &dyn Credentials) -> Self {
        self.key = credentials.key_origin();
        self
    }

    /// The action that is called.
    pub fn action(&self) -> &'static str {
        self.action
    }

    /// The host that is called; empty before the first call.
    pub(super) fn host(&self) -> &str {
        self.host.get().map_or("", String::as_str)
    }

    /// How many attempts were made.
    pub fn attempts(&self) -> u32 {
        self.attempts.load(Ordering::Relaxed)
    }

    /// The time between the start and the deadline.
    pub fn limit(&self) -> Duration {
        self.deadline().duration_since(self.begun)
    }

    /// The time since the start.
    pub fn elapsed(&self) -> Duration {
        self.begun.elapsed()
    }

    /// When the work must end.
    pub fn deadline(&self) -> Instant {
        *lock(&self.deadline)
    }

    /// Extends the deadline to `deadline` if that is later: a caller with more time joined.
    pub fn extend(&self, deadline: Instant) {
        let mut known = lock(&self.deadline);
        *known = deadline.max(*known);
    }

    /// The error that ends the work with `cause`.
    pub fn fail(&self, cause: Cause) -> Error {
        let (product, origin) = self.destination.get().cloned().unzip();
        Error {
            product,
            action: self.action,
            region: self.region.clone(),
            host: self.host().to_owned(),
            origin,
            key: self.key.clone(),
            attempts: self.attempts(),
            elapsed: self.elapsed(),
            cause,
        }
    }

    /// The cause "timed out".
    pub fn timed_out(&self) -> Cause {
        self.timed_out_for(self.begun, self.limit(), self.bound)
    }

    /// The cause "timed out after `limit`", which `bound` sets, for a caller that has waited since
    /// `begun`.
    pub(super) fn timed_out_for(&self, begun: Instant, limit: Duration, bound: Bound) -> Cause {
        let turn = self.turn.get().filter(|turn| turn.waited && turn.at > begun);
        let waited = turn.map_or(Duration::ZERO, |turn| turn.at.duration_since(begun));
        let last = self.last().or_else(|| turn?.failure_before.clone());
        self.timeout(Timeout { limit, bound, waited, ..Timeout::default() }, last)
    }

    /// The cause "timed out after `limit`", which `bound` sets, for a caller whose own, equal work
    /// never started because this work was running.
    pub(super) fn delayed(&self, limit: Duration, bound: Bound) -> Cause {
        self.timeout(Timeout { limit, bound, waited: limit, ..Timeout::default() }, self.last())
    }

    fn timeout(&self, timeout: Timeout, last: Option<Cause>) -> Cause {
        Cause::Deadline(Timeout {
            asked: *lock(&self.asked),
            answered: self.answered.load(Ordering::Relaxed),
            begun: lock(&self.arrival).has_begun(),
            last: last.map(Box::new),
            ..timeout
        })
    }

    /// Waits for `work` until the deadline, which may be extended meanwhile.
    ///
    /// # Errors
    ///
    /// [`Cause::Deadline`] if the work timed out.
    pub(super) async fn in_time<F: Future>(&self, work: F) -> Result<F::Output, Cause> {
        let mut work = pin!(work);
        loop {
            let deadline = self.deadline();
            match timeout_at(deadline, &mut work).await {
                Ok(done) => return Ok(done),
                Err(_) if self.deadline() > deadline => {}
                Err(_) => return Err(self.timed_out()),
            }
        }
    }

    /// Records that this work starts now; `before` is the equal work that ran before it.
    pub(super) fn turn_begins(&self, before: Option<&Self>) {
        let failure_before = before.and_then(Self::last);
        let (at, waited) = (Instant::now(), before.is_some());
        self.turn.get_or_init(|| Turn { at, waited, failure_before });
    }

    /// Whether this work, if it is in a flight, still waits for equal work to end.
    pub(super) fn waits_for_its_turn(&self) -> bool {
        self.turn.get().is_none()
    }

    fn last(&self) -> Option<Cause> {
        lock(&self.failures).last().map(|(_, cause)| cause.clone())
    }

    /// Records that an attempt is made, whose response reports its arrival to `arrival`.
    pub(super) fn attempt_begins(&self, arrival: &Arrival) {
        self.attempts.fetch_add(1, Ordering::Relaxed);
        *lock(&self.arrival) = arrival.clone();
    }

    /// Records why an attempt to read `page` failed.
    pub(super) fn attempt_failed(&self, page: u64, cause: &Cause) {
        let mut failures = lock(&self.failures);
        failures.retain(|(failed, _)| *failed != page);
        failures.push((page, cause.clone()));
    }

    /// Records that an attempt to read `page` succeeded: an earlier failure of this page is not the
    /// reason of a timeout.
    pub(super) fn attempt_succeeded(&self, page: u64) {
        self.answered.fetch_add(1, Ordering::Relaxed);
        *lock(&self.arrival) = Arrival::default();
        lock(&self.failures).retain(|(failed, _)| *failed != page);
    }

    /// Records that the service asks to wait longer than the time that is left.
    pub(super) fn asked_to_wait(&self, asked: Duration) {
        *lock(&self.asked) = Some(asked);
    }

    /// Records the request ID in the headers of a response, redacted.
    pub(super) fn responded(&self, request_id: Option<String>) {
        *lock(&self.request_id) = request_id;
    }

    /// The request ID in the headers of the latest response.
    pub(super) fn request_id(&self) -> Option<String> {
        lock(&self.request_id).clone()
    }

    /// Records that an action of `product` is called at `endpoint`; neither changes within one
    /// piece of work.
    pub(super) fn calls_action_of(&self, product: Product, endpoint: &Endpoint) {
        self.destination.get_or_init(|| (product, endpoint.origin.clone()));
        self.calls(&endpoint.host);
    }

    /// Records the host that is called; it never changes within one piece of work. An empty text is
    /// ignored.
    pub(super) fn calls(&self, host: &str) {
        if !host.is_empty() {
            self.host.get_or_init(|| host.to_owned());
        }
    }
}

#[cfg(test)]
mod tests;
