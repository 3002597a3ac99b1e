use super::*;
use crate::ctx::http;

fn failed(class: FailureClass, count: u32) -> FailedAttempt {
    let remaining = Duration::from_secs(300);
    FailedAttempt { class, retry_after: None, count, remedied: false, remaining, fraction: 1.0 }
}

fn refusal(status: u16, code: &str) -> FailureClass {
    FailureClass::of(&Cause::Api(ApiError { status, code: code.into(), ..ApiError::default() }))
}

#[test]
fn throttling_is_recognized_by_code_and_by_status() {
    for code in ["Throttling", "Throttling.User", "Throttling.Api", "Rejected.Throttling"] {
        assert_eq!(refusal(400, code), FailureClass::Throttled, "{code}");
    }
    assert_eq!(refusal(429, ""), FailureClass::Throttled);
    assert_eq!(refusal(503, "Throttling"), FailureClass::Throttled);
}

#[test]
fn service_errors_are_transient() {
    for (status, code) in [
        (500, "InternalError"),
        (400, "InternalError"),
        (400, "UnknownError"),
        (503, "ServiceUnavailable"),
        (503, "ServiceUnavailable.RegionMaintaining"),
        (500, ""),
        (502, ""),
        (504, ""),
        (599, "New"),
        (408, ""),
    ] {
        assert_eq!(refusal(status, code), FailureClass::Transient, "{status} {code}");
    }
}

#[test]
fn permanent_errors_are_final() {
    for (status, code) in [
        (400, "SignatureDoesNotMatch"),
        (404, "InvalidAccessKeyId.NotFound"),
        (403, "Forbidden.RAM"),
        // Without a Date there is nothing to correct the clock by.
        (400, "InvalidTimeStamp.Expired"),
        (400, "DryRunOperation"),
        (404, ""),
        (301, ""),
        (304, ""),
        (200, "X"),
        (400, "InvalidSecurityToken.Malformed"),
    ] {
        assert_eq!(refusal(status, code), FailureClass::Permanent, "{status} {code}");
    }
    assert_eq!(refusal(400, "InvalidSecurityToken.Expired"), FailureClass::CredentialExpired);
    assert_eq!(refusal(400, "SignatureNonceUsed"), FailureClass::NonceReused);
}

#[test]
fn network_failures_are_classified() {
    use ErrorKind::*;
    let kind = |kind| {
        FailureClass::of(&Cause::Transport(http::Error {
            kind,
            host: "h".into(),
            cause: String::new(),
            request_id: None,
        }))
    };
    for passing in [Closed, ConnectTimeout, Cut, ReadTimeout, Stalled] {
        assert_eq!(kind(passing), FailureClass::Transient, "{passing:?}");
    }
    for stubborn in [Connect, Garbled, Proxy] {
        assert_eq!(kind(stubborn), FailureClass::Doubtful, "{stubborn:?}");
    }
    assert_eq!(kind(Resolver), FailureClass::Resolver);
    for lasting in [BodyTooLarge, Dns, InvalidProxy, InvalidUrl, NotTls, RequestTooLong, Tls] {
        assert_eq!(kind(lasting), FailureClass::Permanent, "{lasting:?}");
    }
}

#[test]
fn a_body_is_requested_again_only_if_it_was_truncated() {
    let garbled = |transient| Cause::Garbled {
        status: 200,
        reason: String::new(),
        request_id: None,
        transient,
    };
    assert_eq!(FailureClass::of(&garbled(true)), FailureClass::Doubtful);
    assert_eq!(FailureClass::of(&garbled(false)), FailureClass::Permanent);
}

#[test]
fn backoff_doubles_up_to_ten_seconds() {
    let waits: Vec<_> = (1..=8)
        .map(|tries| match decide(failed(FailureClass::Throttled, tries)) {
            Decision::Wait(wait) => wait.as_millis(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(waits, [500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000, 10_000]);
    assert_eq!(decide(failed(FailureClass::Throttled, u32::MAX - 1)), Decision::Wait(MAX_BACKOFF));
}

#[test]
fn jitter_does_not_reduce_the_wait_below_the_minimum() {
    let wait = |fraction| decide(FailedAttempt { fraction, ..failed(FailureClass::Throttled, 4) });
    assert_eq!(wait(0.25), Decision::Wait(Duration::from_secs(1)));
    assert_eq!(wait(0.0), Decision::Wait(MIN_BACKOFF));
}

#[test]
fn final_failures_get_one_attempt_and_stubborn_ones_four() {
    assert_eq!(decide(failed(FailureClass::Permanent, 1)), Decision::GiveUp);
    assert!(matches!(decide(failed(FailureClass::Doubtful, 3)), Decision::Wait(_)));
    assert_eq!(decide(failed(FailureClass::Doubtful, 4)), Decision::GiveUp);
    assert!(matches!(decide(failed(FailureClass::NonceReused, 2)), Decision::Wait(_)));
    assert_eq!(decide(failed(FailureClass::NonceReused, 3)), Decision::GiveUp);
}

#[test]
fn an_expired_credential_is_renewed_once() {
    assert_eq!(decide(failed(FailureClass::CredentialExpired, 1)), Decision::Renew);
    assert_eq!(decide(failed(FailureClass::CredentialExpired, 5)), Decision::Renew);
    assert_eq!(
        decide(FailedAttempt { remedied: true, ..failed(FailureClass::CredentialExpired, 2) }),
        Decision::GiveUp
    );
}

#[test]
fn a_rejected_timestamp_is_corrected_once() {
    let skewed = ApiError {
        status: 400,
        code: "InvalidTimeStamp.Expired".into(),
        clock_skew: Some(1_800),
        ..ApiError::default()
    };
    assert_eq!(FailureClass::of(&Cause::Api(skewed)), FailureClass::ClockSkew);
    let failed = failed(FailureClass::ClockSkew, 1);
    assert_eq!(decide(failed), Decision::CorrectClock);
    assert_eq!(decide(FailedAttempt { remedied: true, ..failed }), Decision::GiveUp);
}

#[test]
fn a_name_server_failure_is_retried_for_seconds_not_minutes() {
    let total = |fraction| {
        let waits = (1..10).map(|count| {
            match decide(FailedAttempt { fraction, ..failed(FailureClass::Resolver, count) }) {
                Decision::Wait(wait) => wait,
                other => panic!("{other:?}"),
            }
        });
        waits.sum::<Duration>().as_secs()
    };
    assert_eq!((total(0.0), total(1.0)), (27, 55));
    assert_eq!(decide(failed(FailureClass::Resolver, 10)), Decision::GiveUp);
}

#[test]
fn retry_after_takes_precedence_unless_it_exceeds_the_deadline() {
    let asked = FailedAttempt {
        retry_after: Some(Duration::from_secs(45)),
        ..failed(FailureClass::Throttled, 1)
    };
    assert_eq!(decide(asked), Decision::Wait(Duration::from_secs(45)));
    assert_eq!(
        decide(FailedAttempt { remaining: Duration::from_secs(45), ..asked }),
        Decision::OutOfTime
    );
    assert_eq!(decide(FailedAttempt { class: FailureClass::Permanent, ..asked }), Decision::GiveUp);
}

#[test]
fn a_wait_takes_at_most_half_of_the_remaining_time() {
    let late = |milliseconds| {
        let remaining = Duration::from_millis(milliseconds);
        decide(FailedAttempt { remaining, ..failed(FailureClass::Transient, 9) })
    };
    assert_eq!(late(4_000), Decision::Wait(Duration::from_secs(2)));
    assert_eq!(late(100), Decision::Wait(Duration::from_millis(50)));
    assert_eq!(late(99), Decision::OutOfTime);
    assert_eq!(late(0), Decision::OutOfTime);
}

#[test]
fn the_wait_for_a_consistent_catalog_increases() {
    assert_eq!(settle(1, 1.0), Duration::from_secs(1));
    assert_eq!(settle(2, 1.0), Duration::from_secs(2));
    assert_eq!(settle(2, 0.0), MIN_BACKOFF);
}

#[test]
fn the_backoff_applies_if_retry_after_is_shorter() {
    let failed = FailedAttempt {
        class: FailureClass::Throttled,
        retry_after: Some(Duration::from_millis(1)),
        count: 5,
        remedied: false,
        remaining: Duration::from_secs(300),
        fraction: 0.5,
    };
    assert_eq!(decide(failed), Decision::Wait(Duration::from_secs(4)));
}
