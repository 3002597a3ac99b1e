//! What is known of work that takes several attempts, for the error that may end it.
//!
//! A lookup makes many calls, some of them concurrently, and any of them may be the last. The error has
//! to report all of them: the number of attempts, the time, and why the last complete attempt failed,
//! also where it is the deadline that ends the work.

use std::{
    pin::pin,
    sync::{
        Mutex, OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use tokio::time::{Instant, timeout_at};

use super::{
    Product,
    endpoint::Endpoint,
    error::{Cause, Error},
    origin::Origin,
};
use crate::sync::lock;

/// The attempts, the time and the last failure of one piece of work. Shared by the calls that it
/// makes in parallel.
pub struct CallTrace {
    action: &'static str,
    region: String,
    begun: Instant,
    deadline: Mutex<Instant>,
    host: OnceLock<String>,
    destination: OnceLock<(Product, Origin)>,
    attempts: AtomicU32,
    last: Mutex<Option<Cause>>,
    request_id: Mutex<Option<String>>,
    turn: OnceLock<Turn>,
}

/// When this work began to run, after the equal work ahead of it.
struct Turn {
    at: Instant,
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
            host: OnceLock::new(),
            destination: OnceLock::new(),
            attempts: AtomicU32::new(0),
            last: Mutex::new(None),
            request_id: Mutex::default(),
            turn: OnceLock::new(),
        }
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
            attempts: self.attempts(),
            elapsed: self.elapsed(),
            cause,
        }
    }

    /// The cause "timed out".
    pub fn timed_out(&self) -> Cause {
        self.timed_out_for(self.begun, self.limit())
    }

    /// The cause "timed out after `limit`" for a caller that has waited since `begun`.
    pub(super) fn timed_out_for(&self, begun: Instant, limit: Duration) -> Cause {
        let turn = self.turn.get().filter(|turn| turn.at > begun);
        let waited = turn.map_or(Duration::ZERO, |turn| turn.at.duration_since(begun));
        let last = self.last().or_else(|| turn?.failure_before.clone());
        Cause::Deadline { limit, waited, last: last.map(Box::new) }
    }

    /// The cause "timed out after `limit`" for a caller whose own, equal work never started because
    /// this work was running.
    pub(super) fn delayed(&self, limit: Duration) -> Cause {
        Cause::Deadline { limit, waited: limit, last: self.last().map(Box::new) }
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
        self.turn.get_or_init(|| Turn { at: Instant::now(), failure_before });
    }

    /// Whether this work, if it is in a flight, still waits for equal work to end.
    pub(super) fn waits_for_its_turn(&self) -> bool {
        self.turn.get().is_none()
    }

    fn last(&self) -> Option<Cause> {
        lock(&self.last).clone()
    }

    /// Records that an attempt is made.
    pub(super) fn attempt_begins(&self) {
        self.attempts.fetch_add(1, Ordering::Relaxed);
    }

    /// Records why an attempt failed.
    pub(super) fn attempt_failed(&self, cause: &Cause) {
        *lock(&self.last) = Some(cause.clone());
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
mod tests {
    use tokio::time::{advance, sleep};

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn the_error_reports_the_call_the_attempts_and_the_last_failure() {
        let trace = CallTrace::new("DescribeImages", "cn-test", Instant::now() + 10 * SECOND);
        assert_eq!(trace.action(), "DescribeImages");
        trace.calls("");
        assert_eq!(trace.host(), "");
        for (host, reason) in [("ecs.test", "first"), ("other.test", "last")] {
            trace.attempt_begins();
            trace.calls(host);
            trace
                .attempt_failed(&Cause::Endpoint { origin: Origin::Region, reason: reason.into() });
            advance(SECOND).await;
        }
        let Cause::Deadline { limit, waited: Duration::ZERO, last: Some(last) } = trace.timed_out()
        else {
            panic!("the last failure is not kept");
        };
        assert_eq!(limit, 10 * SECOND);
        assert!(matches!(&*last, Cause::Endpoint { reason, .. } if reason == "last"), "{last:?}");

        let error = trace.fail(*last);
        assert_eq!(
            (error.action, &*error.region, &*error.host),
            ("DescribeImages", "cn-test", "ecs.test")
        );
        assert_eq!((error.attempts, error.elapsed), (2, 2 * SECOND));
    }

    #[tokio::test(start_paused = true)]
    async fn the_latest_deadline_of_all_callers_applies() {
        let begun = Instant::now();
        let trace = CallTrace::new("DescribeImages", "cn-test", begun + 5 * SECOND);
        advance(SECOND).await;
        trace.extend(begun + 7 * SECOND);
        trace.extend(begun + 6 * SECOND);
        assert_eq!((trace.deadline(), trace.limit()), (begun + 7 * SECOND, 7 * SECOND));
        assert_eq!(trace.elapsed(), SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn a_deadline_that_moves_during_a_wait_applies_to_it() {
        let trace = CallTrace::new("DescribeImages", "cn-test", Instant::now() + 5 * SECOND);
        let wait = |seconds| trace.in_time(sleep(seconds * SECOND));
        let extend = async {
            sleep(SECOND).await;
            trace.extend(Instant::now() + 9 * SECOND);
        };
        let (waited, ()) = tokio::join!(wait(8), extend);
        assert!(waited.is_ok());
        assert!(
            matches!(wait(8).await, Err(Cause::Deadline { limit, .. }) if limit == 10 * SECOND)
        );
        assert_eq!(trace.elapsed(), 10 * SECOND);
    }
    /// Only those who waited for the earlier work are told of it.
    #[tokio::test(start_paused = true)]
    async fn a_timeout_names_the_wait_for_equal_work_and_the_failure_of_that_work() {
        let begun = Instant::now();
        let before = CallTrace::new("DescribeImages", "cn-test", begun + 10 * SECOND);
        before.attempt_failed(&Cause::Endpoint { origin: Origin::Region, reason: "before".into() });
        let trace = CallTrace::new("DescribeImages", "cn-test", begun + 10 * SECOND);
        assert!(trace.waits_for_its_turn());
        advance(3 * SECOND).await;
        trace.turn_begins(Some(&before));
        assert!(!trace.waits_for_its_turn());
        let told = |since| match trace.timed_out_for(since, 9 * SECOND) {
            Cause::Deadline { limit, waited, last } => {
                assert_eq!(limit, 9 * SECOND);
                (waited.as_secs(), last.is_some())
            }
            cause => panic!("{cause:?}"),
        };
        assert_eq!(told(begun), (3, true));
        assert_eq!(told(begun + 2 * SECOND), (1, true));
        // Who came when the work began, or later, waited for nothing.
        assert_eq!(told(begun + 3 * SECOND), (0, false));
        assert_eq!(told(begun + 4 * SECOND), (0, false));
    }
}
