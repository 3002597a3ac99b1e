//! The mock's clock: the given one plus an offset that tests change.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};

use crate::ctx::Clock;

/// A clock that can be wrong on purpose.
pub(super) struct MockClock {
    clock: Arc<dyn Clock>,
    /// Seconds to add.
    offset: AtomicI64,
    /// The offset to return to on reset.
    seed: i64,
}

impl MockClock {
    pub(super) fn new(clock: Arc<dyn Clock>, offset: i64) -> Self {
        Self { clock, offset: AtomicI64::new(offset), seed: offset }
    }

    pub(super) fn now(&self) -> Timestamp {
        let offset = SignedDuration::from_secs(self.offset.load(Ordering::Relaxed));
        self.clock.now().saturating_add(offset).unwrap_or(Timestamp::MAX)
    }

    pub(super) fn advance(&self, by: Duration) {
        let seconds = i64::try_from(by.as_secs()).unwrap_or(i64::MAX);
        let ahead = |offset: i64| Some(offset.saturating_add(seconds));
        // The closure never refuses.
        let _ = self.offset.fetch_update(Ordering::Relaxed, Ordering::Relaxed, ahead);
    }

    pub(super) fn reset(&self) {
        self.offset.store(self.seed, Ordering::Relaxed);
    }
}

/// `yyyy-MM-ddTHH:mm:ssZ`, the form of all times of the API.
pub(super) fn iso(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Reads `yyyy-MM-ddTHH:mm:ssZ` and nothing else.
pub(super) fn parse_iso(text: &str) -> Option<Timestamp> {
    let exact = text.len() == 20 && text.ends_with('Z') && text.as_bytes().get(10) == Some(&b'T');
    if exact { text.parse().ok() } else { None }
}

/// The form of the `Date` header. Source: RFC 9110, IMF-fixdate.
pub(super) fn http_date(time: Timestamp) -> String {
    time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}
