//! The explanation of a read that was not complete in time: what limited it, how far it got, and what
//! to change.

use std::time::Duration;

use super::{Explanation, host, messages, push, spoken};
use crate::alicloud::{
    Error,
    error::{Bound, Timeout},
    variables,
};

/// The shortest wait for an equal lookup that is reported.
const MIN_REPORTED_WAIT: Duration = Duration::from_millis(100);

/// The longest wait that the service asks for and that a read may reasonably include.
const LONGEST_WAIT: Duration = Duration::from_secs(3_600);

/// The smallest limit that is suggested.
const MIN_SUGGESTED: Duration = Duration::from_secs(600);

/// The explanation of `timeout`, with which `error` ended. If an attempt failed, its failure is the
/// subject.
pub(super) fn explain(timeout: &Timeout, error: &Error) -> Explanation {
    let what = what(timeout);
    let more = more_time(timeout, error.elapsed);
    if let Some(last) = &timeout.last {
        let last = super::explain(error, last);
        let what = format!("{what} The last attempt failed: {}", last.what);
        return Explanation { what, next: format!("{}\n\n{more}", last.next), ..last };
    }
    let (how, next) = without_failure(timeout, error);
    Explanation::new(messages::TIMED_OUT, format!("{what} {how}"), format!("{next} {more}"))
}

/// The limit as it was set: it is measured from a moment later, so it lacks a few milliseconds.
fn as_set(limit: Duration) -> Duration {
    const STEP: Duration = Duration::from_millis(10);
    let missing = STEP.as_nanos() - limit.as_nanos() % STEP.as_nanos();
    match u64::try_from(missing % STEP.as_nanos()) {
        Ok(missing) if limit > 10 * STEP => limit.saturating_add(Duration::from_nanos(missing)),
        _ => limit,
    }
}

/// The sentence about the limit, and how much of it passed in waiting for an equal lookup.
fn what(timeout: &Timeout) -> String {
    let limit = spoken(as_set(timeout.limit));
    let mut what = match timeout.asked {
        Some(asked) if asked > timeout.limit => format!(
            "The service asked to wait {} before the next call, but the read may take no longer than \
             {limit}.",
            spoken(asked)
        ),
        Some(asked) => format!(
            "The read would have timed out after {limit}: the service asked to wait {} before the \
             next call, which is longer than the time that was left.",
            spoken(asked)
        ),
        None => format!("The read timed out after {limit}."),
    };
    let waited = timeout.waited;
    if waited >= MIN_REPORTED_WAIT {
        let waited = if waited < timeout.limit { spoken(waited) } else { "all this time".into() };
        push(
            &mut what,
            format_args!(
                " It waited {waited} for an equal lookup to complete: equal lookups share their \
                 calls, and one that starts later waits for the next ones."
            ),
        );
    }
    what
}

/// How far a read got of which no attempt failed, and what to check.
fn without_failure(timeout: &Timeout, error: &Error) -> (String, String) {
    if error.attempts == 0 {
        return (
            "No call was sent, because no credential or endpoint was obtained in time.".into(),
            "Check the connection to the service that returns credentials, such as STS, and to the \
             Location service if one is configured."
                .into(),
        );
    }
    let slow =
        "Narrow the lookup, for example by owner, family or name, so that fewer pages are read.";
    match (timeout.answered, timeout.begun) {
        (0, false) => ("The host did not respond.".into(), host::unreachable(&error.host, error)),
        (0, true) => (
            "The host was responding slowly: its response had begun, but was not complete.".into(),
            slow.into(),
        ),
        (1, _) => ("The host was responding slowly: 1 page had been read.".into(), slow.into()),
        (pages, _) => {
            (format!("The host was responding slowly: {pages} pages had been read."), slow.into())
        }
    }
}

/// How to allow more time than the limit that applied, after `elapsed`.
fn more_time(timeout: &Timeout, elapsed: Duration) -> String {
    let asked = timeout.asked.unwrap_or_default();
    let again = match timeout.asked {
        Some(asked) => format!("Run again in {}. ", spoken(asked)),
        None => String::new(),
    };
    if asked > LONGEST_WAIT {
        return again.trim_end().to_owned();
    }
    let needed = elapsed.saturating_add(asked).max(timeout.limit).saturating_mul(2);
    let minutes = needed.max(MIN_SUGGESTED).as_secs().div_ceil(60);
    match timeout.bound {
        Bound::Deadline => format!(
            "{again}To allow more time, set timeouts {{ read = \"{minutes}m\" }} in the data block."
        ),
        Bound::MaxRetryTimeout => format!(
            "{again}The limit is that of {}: to allow more time, raise it, for example to {} (seconds), \
             or remove it.",
            variables::MAX_RETRY_TIMEOUT.settings(),
            minutes.saturating_mul(60)
        ),
    }
}

#[cfg(test)]
mod tests;
