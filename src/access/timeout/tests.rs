use super::*;
use crate::alicloud::{
    Product,
    error::{ApiError, Cause},
    origin::Origin,
};

fn after(seconds: u64) -> Timeout {
    Timeout { limit: Duration::from_secs(seconds), ..Timeout::default() }
}

fn explained(timeout: Timeout) -> Explanation {
    let error = Error {
        product: Some(Product::ECS),
        action: "DescribeImages",
        region: "cn-x".into(),
        host: "a.example".into(),
        origin: Some(Origin::Variable("ECS_ENDPOINT")),
        key: None,
        attempts: 6,
        elapsed: timeout.limit,
        cause: Cause::Cancelled,
    };
    explain(&timeout, &error)
}

fn refused(status: u16, code: &str) -> Option<Box<Cause>> {
    let (code, message) = (code.into(), "No.".into());
    Some(Box::new(Cause::Api(ApiError { status, code, message, ..ApiError::default() })))
}

#[test]
fn the_summary_is_that_of_the_failure_that_lasted() {
    for (last, expected) in [
        (refused(400, "Throttling.User"), messages::THROTTLED),
        (refused(503, "ServiceUnavailable"), messages::SERVICE),
        (None, messages::TIMED_OUT),
    ] {
        assert_eq!(explained(Timeout { last, ..after(6) }).message, expected);
    }
}

#[test]
fn a_wait_beyond_the_deadline_is_not_called_a_timeout() {
    let asked = |seconds| {
        let (asked, last) = (Some(Duration::from_secs(seconds)), refused(400, "Throttling"));
        explained(Timeout { asked, last, ..after(1_800) })
    };
    let long = asked(100_000);
    assert!(long.what.starts_with(
        "The service asked to wait 1666 min 40 s before the next call, but the read may take no \
         longer than 30 min. The last attempt failed: Throttling"
    ));
    assert!(long.next.ends_with("Run again in 1666 min 40 s."), "{}", long.next);
    let short = asked(30).what;
    let expected =
        "The read would have timed out after 30 min: the service asked to wait 30 s before";
    assert!(short.starts_with(expected), "{short}");
    assert!(asked(3_000).next.ends_with(
        "Run again in 50 min. To allow more time, set timeouts { read = \"160m\" } in the data block."
    ));
}

#[test]
fn the_suggested_limit_is_larger_than_the_one_that_applied() {
    for (seconds, read, retry) in
        [(3, "read = \"10m\"", "to 600"), (300, "\"10m\"", "to 600"), (1_800, "\"60m\"", "to 3600")]
    {
        let next = explained(after(seconds)).next;
        assert!(next.contains(read) && !next.contains("max_retry"), "{next}");
        let bound = Bound::MaxRetryTimeout;
        let next = explained(Timeout { bound, ..after(seconds) }).next;
        let expected = "The limit is that of max_retry_timeout or MAX_RETRY_TIMEOUT: to allow";
        assert!(next.contains(expected) && next.contains(retry), "{next}");
        assert!(!next.contains("timeouts {"), "{next}");
    }
    assert!(!explained(after(u64::MAX)).next.is_empty());
}

#[test]
fn how_far_the_read_got_is_reported() {
    let silent = explained(after(6));
    assert!(silent.what.ends_with("after 6 s. The host did not respond."), "{}", silent.what);
    assert!(silent.next.contains("ECS_ENDPOINT names the host a.example"), "{}", silent.next);
    for (answered, begun, expected) in [
        (0, true, "its response had begun, but was not complete."),
        (5, true, "5 pages had been read."),
        (1, false, "1 page had been read."),
    ] {
        let slow = explained(Timeout { answered, begun, ..after(6) });
        assert!(slow.what.contains("responding slowly") && slow.what.ends_with(expected));
        assert!(slow.next.starts_with("Narrow the lookup"), "{}", slow.next);
    }
}

#[test]
fn only_a_noticeable_wait_for_an_equal_lookup_is_reported() {
    for (milliseconds, expected) in [
        (0, None),
        (99, None),
        (290_000, Some("It waited 4 min 50 s for an equal lookup")),
        (300_000, Some("It waited all this time for an equal lookup")),
    ] {
        let waited = Duration::from_millis(milliseconds);
        let what = explained(Timeout { waited, ..after(300) }).what;
        assert_eq!(what.contains("equal lookup"), expected.is_some(), "{what}");
        assert!(what.contains(expected.unwrap_or_default()), "{what}");
    }
}

#[test]
fn the_limit_is_shown_as_it_was_set() {
    for (microseconds, shown) in [
        (999_100, "1 s"),
        (499_999, "500 ms"),
        (500_000, "500 ms"),
        (5_990_001, "6 s"),
        (5_000, "5 ms"),
        (299_999_999, "5 min"),
    ] {
        let limit = Duration::from_micros(microseconds);
        let what = explained(Timeout { limit, ..Timeout::default() }).what;
        assert!(what.starts_with(&format!("The read timed out after {shown}.")), "{what}");
    }
}
