//! What is known of a piece of work that takes several tries, for the error that may end it.

use std::{
    sync::{
        Mutex, OnceLock, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use tokio::time::Instant;

use super::error::{Cause, Error};

/// The tries, the time and the last failure of one piece of work. Shared by the calls that it makes
/// side by side.
pub struct Story {
    action: &'static str,
    region: String,
    begun: Instant,
    deadline: Instant,
    host: OnceLock<String>,
    tries: AtomicU32,
    last: Mutex<Option<Cause>>,
}

impl Story {
    /// Begins now; the work must be over at `deadline`.
    pub fn begin(action: &'static str, region: impl Into<String>, deadline: Instant) -> Self {
        Self {
            action,
            region: region.into(),
            begun: Instant::now(),
            deadline,
            host: OnceLock::new(),
            tries: AtomicU32::new(0),
            last: Mutex::new(None),
        }
    }

    /// The action that is called.
    pub fn action(&self) -> &'static str {
        self.action
    }

    /// How many tries were made.
    pub fn tries(&self) -> u32 {
        self.tries.load(Ordering::Relaxed)
    }

    /// How long it may take.
    pub fn limit(&self) -> Duration {
        self.deadline.duration_since(self.begun)
    }

    /// How long it has taken.
    pub fn elapsed(&self) -> Duration {
        self.begun.elapsed()
    }

    /// When it must be over.
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Ends it with `cause`.
    pub fn fail(&self, cause: Cause) -> Error {
        Error {
            action: self.action,
            region: self.region.clone(),
            host: self.host.get().cloned().unwrap_or_default(),
            tries: self.tries(),
            elapsed: self.elapsed(),
            cause,
        }
    }

    /// The cause "the time `limit` is over".
    pub fn out_of_time(&self, limit: Duration) -> Cause {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Cause::Deadline { limit, last: last.map(Box::new) }
    }

    /// Notes a try that is made.
    pub(super) fn tried(&self) {
        self.tries.fetch_add(1, Ordering::Relaxed);
    }

    /// Notes the host that is asked; it never changes within one story.
    pub(super) fn asks(&self, host: &str) {
        self.host.get_or_init(|| host.to_owned());
    }

    /// Notes why a try failed.
    pub(super) fn failed(&self, cause: &Cause) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(cause.clone());
    }
}
