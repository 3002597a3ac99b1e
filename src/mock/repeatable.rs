//! What makes runs repeatable: a clock that tests can move, and pseudorandom numbers that are the same in every run.
//! Source of the numbers: the SplitMix64 generator.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use jiff::{
    SignedDuration, Timestamp,
    fmt::{rfc2822, temporal},
};

use super::hex::hex;
use crate::ctx::Clock;

/// A clock with an adjustable offset.
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
        // The closure never returns `None`.
        let _ = self.offset.fetch_update(Ordering::Relaxed, Ordering::Relaxed, ahead);
    }

    pub(super) fn reset(&self) {
        self.offset.store(self.seed, Ordering::Relaxed);
    }
}

/// `yyyy-MM-ddTHH:mm:ssZ`, the form of all times of the API.
pub(super) fn iso(time: Timestamp) -> String {
    const WHOLE_SECONDS: temporal::DateTimePrinter =
        temporal::DateTimePrinter::new().precision(Some(0));
    WHOLE_SECONDS.timestamp_to_string(&time)
}

/// Reads `yyyy-MM-ddTHH:mm:ssZ` and nothing else.
pub(super) fn parse_iso(text: &str) -> Option<Timestamp> {
    let exact = text.len() == 20 && text.ends_with('Z') && text.as_bytes().get(10) == Some(&b'T');
    if exact { text.parse().ok() } else { None }
}

/// The form of the `Date` header, which has no years before 0. Source: RFC 9110, IMF-fixdate.
pub(super) fn http_date(time: Timestamp) -> String {
    rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&time).unwrap_or_default()
}

/// Number `n` of the sequence of `seed`.
pub(super) fn number(seed: u64, n: u64) -> u64 {
    let mut mixed = seed.wrapping_add(n.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// A UUID in capitals.
pub(super) fn uuid([high, low]: [u64; 2]) -> String {
    let mut uuid = hex(&[high.to_be_bytes(), low.to_be_bytes()].concat());
    uuid.make_ascii_uppercase();
    for place in [8, 13, 18, 23] {
        uuid.insert(place, '-');
    }
    uuid
}

/// The same as a fraction from 0 to 1, 1 excluded.
pub(super) fn fraction(seed: u64, n: u64) -> f64 {
    (number(seed, n) >> 11) as f64 / (1_u64 << 53) as f64
}

/// Twenty letters and digits, as the service's IDs have after `m-`.
pub(super) fn tail(seed: u64, n: u64) -> String {
    const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let mut tail = String::from("bp1");
    let mut random = number(seed ^ 0x5eed, n);
    for place in 0..17 {
        if place == 9 {
            random = number(random, n);
        }
        let digit = DIGITS.get((random % 36) as usize).copied().unwrap_or(b'0');
        tail.push(char::from(digit));
        random /= 36;
    }
    tail
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_ids_have_the_forms_of_the_service() {
        let time = Timestamp::new(951_782_399, 999_999_999).unwrap();
        assert_eq!(iso(time), "2000-02-28T23:59:59Z");
        assert_eq!(http_date(time), "Mon, 28 Feb 2000 23:59:59 GMT");
        assert_eq!(parse_iso(&iso(time)).unwrap().as_second(), 951_782_399);
        let id = uuid([0x0123_4567_89ab_cdef, 0x0edc_ba98_7654_3210]);
        assert_eq!(id, "01234567-89AB-CDEF-0EDC-BA9876543210");
    }
}
