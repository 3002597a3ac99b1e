use super::*;
use crate::ctx::http;

fn failed(kind: Kind, tries: u32) -> Try {
    let remaining = Duration::from_secs(300);
    Try { kind, retry_after: None, tries, renewed: false, remaining, fraction: 1.0 }
}

fn refusal(status: u16, code: &str) -> Kind {
    Kind::of(&Cause::Api(ApiError { status, code: code.into(), ..ApiError::default() }))
}

#[test]
fn throttling_is_known_by_code_in_every_spelling_and_by_status() {
    for code in ["Throttling", "Throttling.User", "Throttling.Api", "Rejected.Throttling"] {
        assert_eq!(refusal(400, code), Kind::Throttled, "{code}");
    }
    assert_eq!(refusal(429, ""), Kind::Throttled);
    assert_eq!(refusal(503, "Throttling"), Kind::Throttled);
}

#[test]
fn trouble_of_the_service_passes() {
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
        assert_eq!(refusal(status, code), Kind::Transient, "{status} {code}");
    }
}

#[test]
fn refusals_that_stay_are_final() {
    for (status, code) in [
        (400, "SignatureDoesNotMatch"),
        (404, "InvalidAccessKeyId.NotFound"),
        (403, "Forbidden.RAM"),
        (400, "InvalidTimeStamp.Expired"),
        (400, "DryRunOperation"),
        (404, ""),
        (301, ""),
        (304, ""),
        (200, "X"),
        (400, "InvalidSecurityToken.Malformed"),
    ] {
        assert_eq!(refusal(status, code), Kind::Final, "{status} {code}");
    }
    assert_eq!(refusal(400, "InvalidSecurityToken.Expired"), Kind::Expired);
    assert_eq!(refusal(400, "SignatureNonceUsed"), Kind::Nonce);
}

#[test]
fn failures_of_the_way_are_told_apart() {
    use ErrorKind::*;
    let kind = |kind| {
        Kind::of(&Cause::Transport(http::Error { kind, host: "h".into(), cause: String::new() }))
    };
    for passing in [Closed, ConnectTimeout, ReadTimeout] {
        assert_eq!(kind(passing), Kind::Transient, "{passing:?}");
    }
    for stubborn in [Connect, Garbled, Proxy] {
        assert_eq!(kind(stubborn), Kind::Few, "{stubborn:?}");
    }
    for lasting in [BodyTooLarge, Dns, InvalidUrl, Tls] {
        assert_eq!(kind(lasting), Kind::Final, "{lasting:?}");
    }
}

#[test]
fn a_body_is_read_again_only_if_it_was_cut() {
    let garbled =
        |whole| Cause::Garbled { status: 200, reason: String::new(), request_id: None, whole };
    assert_eq!(Kind::of(&garbled(false)), Kind::Few);
    assert_eq!(Kind::of(&garbled(true)), Kind::Final);
}

#[test]
fn waits_double_up_to_ten_seconds() {
    let waits: Vec<_> = (1..=8)
        .map(|tries| match decide(failed(Kind::Throttled, tries)) {
            Decision::Wait(wait) => wait.as_millis(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(waits, [500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000, 10_000]);
    assert_eq!(decide(failed(Kind::Throttled, u32::MAX - 1)), Decision::Wait(LONGEST));
}

#[test]
fn jitter_takes_any_part_of_the_wait_but_the_last_50_milliseconds() {
    let wait = |fraction| decide(Try { fraction, ..failed(Kind::Throttled, 4) });
    assert_eq!(wait(0.25), Decision::Wait(Duration::from_secs(1)));
    assert_eq!(wait(0.0), Decision::Wait(SHORTEST));
}

#[test]
fn final_failures_are_tried_once_and_stubborn_ones_four_times() {
    assert_eq!(decide(failed(Kind::Final, 1)), Decision::GiveUp);
    assert!(matches!(decide(failed(Kind::Few, 3)), Decision::Wait(_)));
    assert_eq!(decide(failed(Kind::Few, 4)), Decision::GiveUp);
    assert!(matches!(decide(failed(Kind::Nonce, 2)), Decision::Wait(_)));
    assert_eq!(decide(failed(Kind::Nonce, 3)), Decision::GiveUp);
}

#[test]
fn an_expired_credential_is_renewed_once() {
    assert_eq!(decide(failed(Kind::Expired, 1)), Decision::Renew);
    assert_eq!(decide(failed(Kind::Expired, 5)), Decision::Renew);
    assert_eq!(decide(Try { renewed: true, ..failed(Kind::Expired, 2) }), Decision::GiveUp);
}

#[test]
fn what_the_service_asks_for_counts_more_unless_it_is_too_late() {
    let asked = Try { retry_after: Some(Duration::from_secs(45)), ..failed(Kind::Throttled, 1) };
    assert_eq!(decide(asked), Decision::Wait(Duration::from_secs(45)));
    assert_eq!(decide(Try { remaining: Duration::from_secs(45), ..asked }), Decision::OutOfTime);
    assert_eq!(decide(Try { kind: Kind::Final, ..asked }), Decision::GiveUp);
}

#[test]
fn no_wait_outlasts_half_of_what_is_left() {
    let late = |milliseconds| {
        let remaining = Duration::from_millis(milliseconds);
        decide(Try { remaining, ..failed(Kind::Transient, 9) })
    };
    assert_eq!(late(4_000), Decision::Wait(Duration::from_secs(2)));
    assert_eq!(late(100), Decision::Wait(Duration::from_millis(50)));
    assert_eq!(late(99), Decision::OutOfTime);
    assert_eq!(late(0), Decision::OutOfTime);
}

#[test]
fn catalogue_is_given_ever_more_time_to_settle() {
    assert_eq!(settle(1, 1.0), Duration::from_secs(1));
    assert_eq!(settle(2, 1.0), Duration::from_secs(2));
    assert_eq!(settle(2, 0.0), SHORTEST);
}

#[test]
fn a_service_that_asks_for_a_millisecond_is_not_asked_a_thousand_times_a_second() {
    let failed = Try {
        kind: Kind::Throttled,
        retry_after: Some(Duration::from_millis(1)),
        tries: 5,
        renewed: false,
        remaining: Duration::from_secs(300),
        fraction: 0.5,
    };
    assert_eq!(decide(failed), Decision::Wait(Duration::from_secs(4)));
}
