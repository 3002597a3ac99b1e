//! Each kind of failure, on the first or a later page, once or every time: the result, the number
//! of calls, and the deadline.

use super::*;

/// The consequences of one kind of failure.
struct Fate {
    kind: &'static str,
    act: fn() -> Act,
    /// How many calls a page needs if it fails once; 0 if a single failure is permanent.
    once: usize,
    /// How many calls are made if page 1 fails every time: the exact number, or 0 for "as many as
    /// the deadline allows".
    forever: usize,
}

const FATES: &[Fate] = &[
    Fate {
        kind: "throttle",
        act: || Act::Answer(refusal(400, "Throttling.User")),
        once: 2,
        forever: 0,
    },
    Fate { kind: "throttle by status", act: || raw(429, ""), once: 2, forever: 0 },
    Fate { kind: "500", act: || Act::Answer(refusal(500, "InternalError")), once: 2, forever: 0 },
    Fate { kind: "502 HTML", act: || raw(502, "<html>Bad Gateway"), once: 2, forever: 0 },
    Fate {
        kind: "503",
        act: || Act::Answer(refusal(503, "ServiceUnavailable")),
        once: 2,
        forever: 0,
    },
    Fate { kind: "reset", act: || Act::Fail(ErrorKind::Closed), once: 2, forever: 0 },
    Fate { kind: "cut", act: || Act::Fail(ErrorKind::Cut), once: 2, forever: 0 },
    Fate { kind: "stalled", act: || Act::Fail(ErrorKind::Stalled), once: 2, forever: 0 },
    Fate { kind: "hang", act: || Act::Hang, once: 2, forever: 0 },
    Fate {
        kind: "connection timeout",
        act: || Act::Fail(ErrorKind::ConnectTimeout),
        once: 2,
        forever: 0,
    },
    Fate { kind: "refused connection", act: || Act::Fail(ErrorKind::Connect), once: 2, forever: 4 },
    Fate { kind: "proxy", act: || Act::Fail(ErrorKind::Proxy), once: 2, forever: 4 },
    Fate { kind: "not HTTP", act: || Act::Fail(ErrorKind::Garbled), once: 2, forever: 4 },
    Fate { kind: "truncated", act: || raw(200, r#"{"Images": {"Image": [{"#), once: 2, forever: 4 },
    Fate { kind: "garbage", act: || raw(200, "\u{1}\u{2}garbage"), once: 2, forever: 4 },
    Fate { kind: "200 empty", act: || raw(200, ""), once: 2, forever: 4 },
    Fate { kind: "200 HTML", act: || raw(200, "<html>Log in"), once: 2, forever: 4 },
    Fate {
        kind: "nonce used",
        act: || Act::Answer(refusal(400, "SignatureNonceUsed")),
        once: 2,
        forever: 3,
    },
    Fate {
        kind: "expired token",
        act: || Act::Answer(refusal(400, "InvalidSecurityToken.Expired")),
        once: 2,
        forever: 2,
    },
    Fate {
        kind: "200 with error",
        act: || Act::Answer(refusal(200, "Throttling")),
        once: 2,
        forever: 0,
    },
    Fate {
        kind: "200 with final error",
        act: || Act::Answer(refusal(200, "Forbidden.RAM")),
        once: 0,
        forever: 1,
    },
    Fate {
        kind: "another region",
        act: || raw(200, r#"{"Images": {}, "TotalCount": 0, "RegionId": "cn-other"}"#),
        once: 2,
        forever: 4,
    },
    Fate {
        kind: "another page",
        act: || raw(200, r#"{"Images": {}, "TotalCount": 0, "PageNumber": 77}"#),
        once: 2,
        forever: 4,
    },
    Fate { kind: "{}", act: || raw(200, "{}"), once: 0, forever: 1 },
    Fate { kind: "null", act: || raw(200, "null"), once: 0, forever: 1 },
    Fate { kind: "redirect", act: || raw(302, ""), once: 0, forever: 1 },
    Fate { kind: "clock skew", act: || Act::Answer(late()), once: 2, forever: 2 },
    Fate { kind: "DNS", act: || Act::Fail(ErrorKind::Dns), once: 0, forever: 1 },
    Fate { kind: "TLS", act: || Act::Fail(ErrorKind::Tls), once: 0, forever: 1 },
    Fate { kind: "no TLS", act: || Act::Fail(ErrorKind::NotTls), once: 0, forever: 1 },
    Fate { kind: "invalid proxy", act: || Act::Fail(ErrorKind::InvalidProxy), once: 0, forever: 1 },
    Fate { kind: "too large", act: || Act::Fail(ErrorKind::BodyTooLarge), once: 0, forever: 1 },
    Fate {
        kind: "clock skew without a date",
        act: || Act::Answer(refusal(400, "InvalidTimeStamp.Expired")),
        once: 0,
        forever: 1,
    },
    Fate {
        kind: "wrong secret",
        act: || Act::Answer(refusal(400, "SignatureDoesNotMatch")),
        once: 0,
        forever: 1,
    },
];

#[tokio::test(start_paused = true)]
async fn a_transient_failure_costs_one_additional_call_and_no_image() {
    for fate in FATES.iter().filter(|fate| fate.once > 0) {
        for broken in [1, 3] {
            let act = fate.act;
            let service =
                Service::new(
                    450,
                    move |page, before| {
                        if page == broken && before == 0 { act() } else { Act::Page }
                    },
                );
            let begun = Instant::now();
            let listing = list(&client(&service)).await.unwrap_or_else(|error| {
                panic!("{} at page {broken}: {error:?}", fate.kind);
            });
            assert_eq!(listing.images.len(), 450, "{}", fate.kind);
            assert_eq!(&**listing.images[449].image_id.raw(), "m-449", "{}", fate.kind);
            assert_eq!(service.calls(), 4 + fate.once, "{} at page {broken}", fate.kind);
            assert_eq!(listing.calls as usize, service.calls());
            let bound = if fate.kind == "hang" { 61 } else { 1 };
            assert!(begun.elapsed() < Duration::from_secs(bound), "{}", fate.kind);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_permanent_failure_of_page_1_is_one_error_before_the_deadline() {
    for fate in FATES {
        let act = fate.act;
        let service = Service::new(450, move |_, _| act());
        let begun = Instant::now();
        let error = list(&client(&service)).await.unwrap_err();
        let elapsed = begun.elapsed();
        assert!(elapsed <= LIMIT + Duration::from_millis(50), "{}: {elapsed:?}", fate.kind);
        assert_eq!(error.attempts as usize, service.calls(), "{}", fate.kind);
        assert_eq!(
            (error.action, &*error.region, &*error.host),
            ("DescribeImages", "cn-test", "ecs.test")
        );
        assert_eq!(error.elapsed, elapsed, "{}", fate.kind);
        if fate.forever > 0 {
            assert_eq!(service.calls(), fate.forever, "{}: {error:?}", fate.kind);
            assert!(elapsed < Duration::from_secs(3), "{}: {elapsed:?}", fate.kind);
            assert!(!matches!(error.cause, Cause::Deadline(_)), "{}", fate.kind);
            continue;
        }
        assert!(elapsed > Duration::from_secs(290), "{}: {elapsed:?}", fate.kind);
        assert!(service.calls() > 4 && service.calls() < 200, "{}: {}", fate.kind, service.calls());
        match error.cause {
            Cause::Deadline(Timeout { limit, last: Some(_), .. }) => {
                assert_eq!(limit, LIMIT, "{}", fate.kind)
            }
            cause => panic!("{}: {cause:?}", fate.kind),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_permanent_failure_of_a_later_page_is_an_error_too() {
    for fate in FATES {
        let act = fate.act;
        let service = Service::new(450, move |page, _| if page == 4 { act() } else { Act::Page });
        let begun = Instant::now();
        let error = list(&client(&service)).await.unwrap_err();
        let elapsed = begun.elapsed();
        assert!(elapsed <= LIMIT + Duration::from_millis(50), "{}", fate.kind);
        assert_eq!(error.attempts as usize, service.calls(), "{}", fate.kind);
        if fate.forever > 0 {
            // The lookup has four pages, and an error cancels the calls that are still in flight.
            assert!(service.calls() <= 4 + fate.forever, "{}", fate.kind);
            assert!(elapsed < Duration::from_secs(3), "{}: {elapsed:?}", fate.kind);
            let is_other = matches!(error.cause, Cause::Deadline(_) | Cause::Inconsistent { .. });
            assert!(!is_other, "{}: {error:?}", fate.kind);
            continue;
        }
        assert!(elapsed > Duration::from_secs(290), "{}: {elapsed:?}", fate.kind);
        assert!(service.calls() > 8 && service.calls() < 204, "{}", fate.kind);
        match error.cause {
            Cause::Deadline(Timeout { limit, last: Some(_), .. }) => {
                assert_eq!(limit, LIMIT, "{}", fate.kind)
            }
            cause => panic!("{}: {cause:?}", fate.kind),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_deadline_is_met_within_50_milliseconds_if_something_hangs() {
    for kind in ["http", "credentials", "endpoint"] {
        struct Never;
        impl Http for Never {
            fn send(&self, _: Request) -> BoxFuture<'_, Result<Response, http::Error>> {
                std::future::pending().boxed()
            }
        }
        impl Credentials for Never {
            fn credential(&self) -> BoxFuture<'_, Result<Arc<Credential>, CredentialsError>> {
                std::future::pending().boxed()
            }
            fn renew<'a>(
                &'a self,
                _: &'a Arc<Credential>,
            ) -> BoxFuture<'a, Result<Arc<Credential>, CredentialsError>> {
                std::future::pending().boxed()
            }
        }
        impl terraform_provider_alicloud::alicloud::endpoint::FindEndpoint for Never {
            fn find<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Endpoint, Cause>> {
                std::future::pending().boxed()
            }
        }
        let mut config = config(Keys::new(true));
        let mut ctx = Fixed::default().ctx();
        match kind {
            "http" => ctx.http = Arc::new(Never),
            "credentials" => config.credentials = Arc::new(Never),
            _ => config.endpoint = Arc::new(Never),
        }
        let begun = Instant::now();
        let error = list(&Client::new(ctx, config, &Process::default())).await.unwrap_err();
        let late = begun.elapsed().checked_sub(LIMIT).unwrap();
        assert!(late < Duration::from_millis(50), "{kind}: {late:?}");
        assert!(matches!(error.cause, Cause::Deadline(Timeout { last: None, .. })), "{kind}");
    }
}

#[tokio::test(start_paused = true)]
async fn max_retry_timeout_caps_the_deadline() {
    let service = Service::new(1, |_, _| Act::Answer(refusal(400, "Throttling")));
    let mut config = config(Keys::new(true));
    config.max_retry_timeout = Some(Duration::from_secs(20));
    let client = client_from(&service, config);
    let begun = Instant::now();
    let error = list(&client).await.unwrap_err();
    assert!(begun.elapsed() <= Duration::from_secs(20));
    let Cause::Deadline(Timeout { limit, bound, .. }) = error.cause else { panic!("{error:?}") };
    assert_eq!((limit.as_secs(), bound), (20, Bound::MaxRetryTimeout));
    let mut hasty = look_up(Pages::All);
    hasty.deadline = Instant::now() + Duration::from_secs(5);
    let error = client.describe_images(hasty).await.unwrap_err();
    let Cause::Deadline(Timeout { limit, bound, .. }) = error.cause else { panic!("{error:?}") };
    assert_eq!((limit.as_secs(), bound), (5, Bound::Deadline));
}
