//! Whether a failed try is made again, and when. Pure: randomness and time are given.
//!
//! Waits grow exponentially with full jitter: a random part of a ceiling that doubles with every
//! try, so that many runs that failed together do not come back together. What the service asks for
//! (`Retry-After`) counts more. There is no limit on the number of tries where waiting helps, only
//! the deadline; where it seldom helps, a few tries must do.
//!
//! Sources: ECS API, common error codes; "API call throttling" (a call that was refused in one
//! minute works in the next).

pub(crate) mod budget;

use std::{collections::HashMap, time::Duration};

use super::error::{ApiError, Cause};
use crate::ctx::http::ErrorKind;

/// The longest ceiling of a wait: short beside the minute after which a quota is free again.
const LONGEST: Duration = Duration::from_secs(10);

/// The shortest wait, whatever the jitter says.
const SHORTEST: Duration = Duration::from_millis(50);

/// How a failure is met.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Kind {
    /// Another try would fail as well.
    Final,
    /// The temporary credential is expired: one try with a new one.
    Expired,
    /// A few tries are worth it: nobody listens, or what came is broken.
    Few,
    /// The nonce came twice: another try has another one.
    Nonce,
    /// The service has too much to do.
    Throttled,
    /// The service or the way to it is out of order for the moment.
    Transient,
}

/// What to do after a failed try.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Decision {
    /// Tell the user.
    GiveUp,
    /// Tell the user that the time is over.
    OutOfTime,
    /// Get a new credential, then try again.
    Renew,
    /// Wait, then try again.
    Wait(Duration),
}

/// A try that failed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Try {
    /// How it is met.
    pub(crate) kind: Kind,
    /// How long the service asks to wait.
    pub(crate) retry_after: Option<Duration>,
    /// How many tries failed in this way, this one included: a service that was throttled for long
    /// has not used up what a broken answer is given.
    pub(crate) tries: u32,
    /// Whether a new credential was fetched before.
    pub(crate) renewed: bool,
    /// The time that is left.
    pub(crate) remaining: Duration,
    /// A random number from 0 to 1.
    pub(crate) fraction: f64,
}

/// How many tries failed in each way.
#[derive(Default)]
pub(crate) struct Tries(HashMap<Kind, u32>);

impl Tries {
    /// Counts a try that failed in this way: how many did, this one included.
    pub(crate) fn failed(&mut self, kind: Kind) -> u32 {
        let tries = self.0.entry(kind).or_default();
        *tries += 1;
        *tries
    }
}

impl Kind {
    /// How the failure `cause` is met.
    ///
    /// A body that is not whole JSON may be whole the next time; one that is, and yet no answer, is
    /// what the service has to say.
    pub(crate) fn of(cause: &Cause) -> Self {
        match cause {
            Cause::Api(error) => Self::of_refusal(error),
            Cause::Garbled { whole: false, .. } => Self::Few,
            Cause::Transport(error) => Self::of_transport(error.kind),
            Cause::Cancelled
            | Cause::Credentials(_)
            | Cause::Deadline { .. }
            | Cause::Endpoint { .. }
            | Cause::Garbled { .. }
            | Cause::Inconsistent { .. } => Self::Final,
        }
    }

    fn of_refusal(error: &ApiError) -> Self {
        if error.code.contains("Throttling") || error.status == 429 {
            return Self::Throttled;
        }
        let family = error.code.split('.').next().unwrap_or_default();
        match (error.code.as_str(), family, error.status) {
            ("InvalidSecurityToken.Expired", ..) => Self::Expired,
            (_, "SignatureNonceUsed", _) => Self::Nonce,
            (_, "InternalError" | "ServiceUnavailable" | "UnknownError", _) => Self::Transient,
            (.., 408 | 500..=599) => Self::Transient,
            _ => Self::Final,
        }
    }

    /// A name without an address, a certificate without trust and an answer without end stay so;
    /// they cost no waiting.
    fn of_transport(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::Closed | ErrorKind::ConnectTimeout | ErrorKind::ReadTimeout => {
                Self::Transient
            }
            ErrorKind::Connect | ErrorKind::Garbled | ErrorKind::Proxy => Self::Few,
            ErrorKind::BodyTooLarge | ErrorKind::Dns | ErrorKind::InvalidUrl | ErrorKind::Tls => {
                Self::Final
            }
        }
    }

    /// Whether the service or the way to it failed, rather than the call: then a retry draws on the
    /// budget of the process.
    pub(crate) fn is_server_error(self) -> bool {
        matches!(self, Self::Few | Self::Transient)
    }

    /// How many tries are made at most, and the ceiling of the first wait.
    fn budget(self) -> (u32, Duration) {
        match self {
            Self::Expired | Self::Final => (1, Duration::ZERO),
            Self::Few => (4, Duration::from_millis(200)),
            Self::Nonce => (3, SHORTEST),
            Self::Throttled => (u32::MAX, Duration::from_millis(500)),
            Self::Transient => (u32::MAX, Duration::from_millis(200)),
        }
    }
}

/// Decides what follows a failed try.
pub(crate) fn decide(failed: Try) -> Decision {
    let (most, first) = failed.kind.budget();
    if failed.kind == Kind::Expired && !failed.renewed {
        return Decision::Renew;
    }
    if failed.tries >= most {
        return Decision::GiveUp;
    }
    if failed.remaining.is_zero() {
        return Decision::OutOfTime;
    }
    let ceiling = first.saturating_mul(1 << (failed.tries - 1).min(10)).min(LONGEST);
    let wait = ceiling.mul_f64(failed.fraction.clamp(0.0, 1.0)).max(SHORTEST);
    // The last waits share what is left, so that the service is still asked near the end.
    let half = failed.remaining / 2;
    match failed.retry_after.map(|asked| asked.max(SHORTEST)) {
        // Coming earlier than asked is futile, so is waiting for nothing.
        Some(asked) if asked >= failed.remaining => Decision::OutOfTime,
        // What is asked is the least: a service that says a millisecond is not asked a thousand times.
        Some(asked) => Decision::Wait(wait.min(half).max(asked)),
        None if half < SHORTEST => Decision::OutOfTime,
        None => Decision::Wait(wait.min(half)),
    }
}

/// The wait before all pages are read again because they did not agree, after `rounds` readings: the
/// catalogue needs a moment to settle.
pub(crate) fn settle(rounds: u32, fraction: f64) -> Duration {
    let ceiling = Duration::from_millis(500).saturating_mul(1 << rounds.min(4));
    ceiling.mul_f64(fraction.clamp(0.0, 1.0)).max(SHORTEST)
}

#[cfg(test)]
mod tests;
