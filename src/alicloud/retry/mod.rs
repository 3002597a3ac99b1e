//! Decides whether a failed attempt is repeated, and when. This module is pure: randomness and time
//! are inputs.
//!
//! Waits grow exponentially with full jitter: a random part of a ceiling that doubles with every
//! attempt, so that many runs that failed at the same time do not retry at the same time.
//! `Retry-After` takes precedence. If waiting helps, only the deadline limits the number of
//! attempts; failures that a retry rarely fixes get a few attempts.
//!
//! Sources: ECS API, common error codes; "API call throttling" (a call that was throttled in one
//! minute works in the next).

use std::{collections::HashMap, time::Duration};

use super::error::{ApiError, Cause};
use crate::ctx::http::ErrorKind;

/// The highest ceiling of a wait: short compared with the minute after which a quota is free again.
const MAX_BACKOFF: Duration = Duration::from_secs(10);

/// The shortest wait, regardless of the jitter.
const MIN_BACKOFF: Duration = Duration::from_millis(50);

/// The kinds of failures that retries distinguish.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum FailureClass {
    /// The service refused the time of the request: one retry with the clock of the service.
    ClockSkew,
    /// The temporary credential is expired: one retry with a new one.
    CredentialExpired,
    /// A retry rarely helps: the port is closed, or the response is broken.
    Doubtful,
    /// The nonce was already used; a retry has another one.
    NonceReused,
    /// A retry would fail as well.
    Permanent,
    /// The name server failed, which says nothing about the name.
    Resolver,
    /// The service throttles.
    Throttled,
    /// The service, or the network to it, has a temporary failure.
    Transient,
}

/// What to do after a failed attempt.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Decision {
    /// Correct the clock, then retry.
    CorrectClock,
    /// Report the failure.
    GiveUp,
    /// Report a timeout.
    OutOfTime,
    /// Get a new credential, then retry.
    Renew,
    /// Wait, then retry.
    Wait(Duration),
}

/// An attempt that failed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FailedAttempt {
    /// The kind of failure.
    pub(crate) class: FailureClass,
    /// How long the service wants the client to wait.
    pub(crate) retry_after: Option<Duration>,
    /// How many attempts failed with this class, including this one. They are counted per class, so
    /// a long throttling phase does not use up the attempts for broken responses.
    pub(crate) count: u32,
    /// Whether the remedy of this class, a new credential or a corrected clock, was applied before.
    pub(crate) remedied: bool,
    /// The time that is left.
    pub(crate) remaining: Duration,
    /// A random number from 0 to 1.
    pub(crate) fraction: f64,
}

/// How many attempts failed, by class.
#[derive(Default)]
pub(crate) struct AttemptCounts(HashMap<FailureClass, u32>);

impl AttemptCounts {
    /// Counts a failed attempt. Returns how many there are of this class, including this one.
    pub(crate) fn failed(&mut self, class: FailureClass) -> u32 {
        let count = self.0.entry(class).or_default();
        *count += 1;
        *count
    }
}

impl FailureClass {
    /// The class of a failure.
    pub(crate) fn of(cause: &Cause) -> Self {
        match cause {
            Cause::Api(error) => Self::of_refusal(error),
            Cause::Garbled { transient: true, .. } => Self::Doubtful,
            Cause::Transport(error) => Self::of_transport(error.kind),
            Cause::Cancelled
            | Cause::Credentials(_)
            | Cause::Deadline(_)
            | Cause::Endpoint { .. }
            | Cause::Garbled { .. }
            | Cause::Inconsistent { .. }
            | Cause::Location { .. }
            | Cause::TooManyImages { .. } => Self::Permanent,
        }
    }

    fn of_refusal(error: &ApiError) -> Self {
        if error.code.contains("Throttling") || error.status == 429 {
            return Self::Throttled;
        }
        let family = error.code.split('.').next().unwrap_or_default();
        match (error.code.as_str(), family, error.status) {
            ("InvalidSecurityToken.Expired", ..) => Self::CredentialExpired,
            (_, "InvalidTimeStamp" | "IllegalTimestamp", _) if error.clock_skew.is_some() => {
                Self::ClockSkew
            }
            (_, "SignatureNonceUsed", _) => Self::NonceReused,
            (_, "InternalError" | "ServiceUnavailable" | "UnknownError", _) => Self::Transient,
            (.., 408 | 500..=599) => Self::Transient,
            _ => Self::Permanent,
        }
    }

    fn of_transport(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::Closed
            | ErrorKind::ConnectTimeout
            | ErrorKind::Cut
            | ErrorKind::ReadTimeout
            | ErrorKind::Stalled => Self::Transient,
            ErrorKind::Connect | ErrorKind::Garbled | ErrorKind::Proxy => Self::Doubtful,
            ErrorKind::Resolver => Self::Resolver,
            // A name without an address, an untrusted certificate, an endless response and what the
            // user configured are permanent.
            ErrorKind::BodyTooLarge
            | ErrorKind::Dns
            | ErrorKind::InvalidProxy
            | ErrorKind::InvalidUrl
            | ErrorKind::NotTls
            | ErrorKind::RequestTooLong
            | ErrorKind::Tls => Self::Permanent,
        }
    }

    /// Whether the service or the network failed, rather than the call. A retry then needs a token
    /// of the process's retry budget.
    pub(crate) fn is_server_error(self) -> bool {
        matches!(self, Self::Doubtful | Self::Transient)
    }

    /// How many attempts are made at most, and the ceiling of the first wait.
    fn limits(self) -> (u32, Duration) {
        match self {
            Self::ClockSkew | Self::CredentialExpired | Self::Permanent => (1, Duration::ZERO),
            Self::Doubtful => (4, Duration::from_millis(200)),
            Self::NonceReused => (3, MIN_BACKOFF),
            // Waits at least half of each ceiling, so it survives an outage of 27 s and fails
            // within a minute.
            Self::Resolver => (10, Duration::from_millis(500)),
            Self::Throttled => (u32::MAX, Duration::from_millis(500)),
            Self::Transient => (u32::MAX, Duration::from_millis(200)),
        }
    }
}

/// Decides what follows a failed attempt.
pub(crate) fn decide(failed: FailedAttempt) -> Decision {
    let (most, first) = failed.class.limits();
    match failed.class {
        FailureClass::CredentialExpired if !failed.remedied => return Decision::Renew,
        FailureClass::ClockSkew if !failed.remedied => return Decision::CorrectClock,
        _ => {}
    }
    if failed.count >= most {
        return Decision::GiveUp;
    }
    if failed.remaining.is_zero() {
        return Decision::OutOfTime;
    }
    let ceiling = first.saturating_mul(1 << (failed.count - 1).min(10)).min(MAX_BACKOFF);
    let fraction = failed.fraction.clamp(0.0, 1.0);
    let fraction = match failed.class {
        // A small number of attempts must cover several seconds, regardless of the jitter.
        FailureClass::Resolver => 0.5 + fraction / 2.0,
        _ => fraction,
    };
    let wait = ceiling.mul_f64(fraction).max(MIN_BACKOFF);
    // The last waits share the remaining time, so that there is still an attempt near the end.
    let half = failed.remaining / 2;
    match failed.retry_after.map(|asked| asked.max(MIN_BACKOFF)) {
        // A retry before the requested time is useless, and so is waiting beyond the deadline.
        Some(asked) if asked >= failed.remaining => Decision::OutOfTime,
        // The backoff still applies: a service that requests a millisecond does not get a flood of
        // retries.
        Some(asked) => Decision::Wait(wait.min(half).max(asked)),
        None if half < MIN_BACKOFF => Decision::OutOfTime,
        None => Decision::Wait(wait.min(half)),
    }
}

/// The wait before all pages are read again because they were inconsistent, after `rounds`
/// attempts: the catalog may still be changing.
pub(crate) fn settle(rounds: u32, fraction: f64) -> Duration {
    let ceiling = Duration::from_millis(500).saturating_mul(1 << rounds.min(4));
    ceiling.mul_f64(fraction.clamp(0.0, 1.0)).max(MIN_BACKOFF)
}

#[cfg(test)]
mod tests;
