//! What is retried, when, how often, and with which key, nonce and time.

use super::*;

#[tokio::test(start_paused = true)]
async fn each_kind_of_failure_has_its_own_attempts() {
    let service = Service::new(1, |_, before| match before {
        0..5 => Act::Answer(refusal(400, "Throttling")),
        5 => raw(200, ""),
        _ => Act::Page,
    });
    assert_eq!(list(&client(&service)).await.unwrap().images.len(), 1);
    assert_eq!(service.calls(), 7);
}

#[tokio::test(start_paused = true)]
async fn an_empty_body_is_reported_with_the_request_id_of_its_header() {
    let service =
        Service::new(1, |_, _| Act::Answer(response(200, &[("x-acs-request-id", "R-7")], "")));
    let error = list(&client(&service)).await.unwrap_err();
    let Cause::Garbled { request_id, .. } = error.cause else { panic!("{error:?}") };
    assert_eq!((request_id.as_deref(), error.attempts), (Some("R-7"), 4));
}

#[tokio::test(start_paused = true)]
async fn a_truncated_request_id_contains_no_part_of_the_key() {
    for end in 190..200 {
        let service = Service::new(1, move |_, _| {
            let id = format!("{}the-secret", "x".repeat(end));
            Act::Answer(response(200, &[("x-acs-request-id", &id)], "{}"))
        });
        let error = list(&client(&service)).await.unwrap_err();
        let Cause::Garbled { request_id, .. } = error.cause else { panic!("{error:?}") };
        assert!(!request_id.unwrap().contains("the"), "{end}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_max_retry_timeout_that_overflows_is_ignored() {
    let service = Service::new(1, |_, _| Act::Page);
    let mut config = config(Keys::new(true));
    config.max_retry_timeout = Some(Duration::from_secs(u64::MAX));
    let client = client_from(&service, config);
    assert_eq!(list(&client).await.unwrap().images.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn backing_off_past_the_end_of_a_quota_minute_succeeds() {
    let origin = Instant::now();
    let service = Service::new(100, move |_, _| {
        if origin.elapsed() < Duration::from_secs(60) {
            Act::Answer(refusal(400, "Throttling.User"))
        } else {
            Act::Page
        }
    });
    assert_eq!(list(&client(&service)).await.unwrap().images.len(), 100);
    assert!(origin.elapsed() < Duration::from_secs(75), "{:?}", origin.elapsed());
    assert!(service.calls() < 25, "{}", service.calls());
}

#[tokio::test(start_paused = true)]
async fn fifty_lookups_under_a_quota_of_1000_calls_a_minute_all_succeed() {
    let origin = Instant::now();
    let minute = Mutex::new((0, 0));
    let service = Service::new(2_500, move |_, _| {
        let mut minute = minute.lock().unwrap();
        let now = origin.elapsed().as_secs() / 60;
        if minute.0 != now {
            *minute = (now, 0);
        }
        minute.1 += 1;
        if minute.1 > 1_000 {
            Act::Answer(refusal(400, "Throttling.User"))
        } else {
            Act::Slow(Duration::from_millis(50))
        }
    });
    let client = client(&service);
    let all = (0..50).map(|number| {
        let mut look_up = look_up(Pages::All);
        look_up.parameters.push(("ImageName".into(), number.to_string()));
        client.describe_images(look_up)
    });
    for listing in futures_util::future::join_all(all).await {
        assert_eq!(listing.unwrap().images.len(), 2_500);
    }
    assert!(origin.elapsed() < Duration::from_secs(200), "{:?}", origin.elapsed());
}

#[tokio::test(start_paused = true)]
async fn an_outage_does_not_multiply_the_load() {
    let service = Service::new(1, |_, _| Act::Answer(refusal(503, "ServiceUnavailable")));
    // Two configurations in one process.
    let process = Process::default();
    let ctx = || Ctx { http: service.clone(), ..Fixed::default().ctx() };
    let clients = [(); 2].map(|()| Client::new(ctx(), config(Keys::new(true)), &process));
    let all = (0..100).map(|number| {
        let mut look_up = look_up(Pages::All);
        look_up.parameters.push(("ImageName".into(), number.to_string()));
        clients[number % 2].describe_images(look_up)
    });
    for result in futures_util::future::join_all(all).await {
        assert!(matches!(
            result.unwrap_err().cause,
            Cause::Deadline(Timeout { last: Some(_), .. })
        ));
    }
    // One attempt for each lookup, the initial retry budget, and one retry a second.
    assert!(service.calls() <= 100 + 32 + 300, "{}", service.calls());
    assert!(service.calls() > 400, "{}", service.calls());
}

#[tokio::test(start_paused = true)]
async fn after_an_outage_all_lookups_continue_immediately() {
    let origin = Instant::now();
    let service = Service::new(1, move |_, _| {
        if origin.elapsed() < Duration::from_secs(120) {
            Act::SlowAnswer(Duration::from_millis(50), refusal(503, "ServiceUnavailable"))
        } else {
            Act::Slow(Duration::from_millis(50))
        }
    });
    let client = client(&service);
    let all = (0..100).map(|number| {
        let mut look_up = look_up(Pages::All);
        look_up.parameters.push(("ImageName".into(), number.to_string()));
        client.describe_images(look_up)
    });
    for listing in futures_util::future::join_all(all).await {
        listing.unwrap();
    }
    assert!(origin.elapsed() < Duration::from_secs(140), "{:?}", origin.elapsed());
}

#[tokio::test(start_paused = true)]
async fn retry_after_is_observed_to_the_millisecond() {
    let service = Service::new(1, |_, before| {
        let mut response = refusal(503, "ServiceUnavailable");
        response.headers_mut().insert("x-acs-retry-after", HeaderValue::from_static("12345"));
        if before == 0 { Act::Answer(response) } else { Act::Page }
    });
    let begun = Instant::now();
    list(&client(&service)).await.unwrap();
    assert_eq!(begun.elapsed().as_millis().abs_diff(12_345), 0);
}

#[tokio::test(start_paused = true)]
async fn a_wait_beyond_the_deadline_ends_the_lookup_at_once_and_is_reported() {
    let service = Service::new(1, |_, _| {
        let mut response = refusal(400, "Throttling");
        response.headers_mut().insert("retry-after", HeaderValue::from_static("400"));
        Act::Answer(response)
    });
    let begun = Instant::now();
    let error = list(&client(&service)).await.unwrap_err();
    assert_eq!((begun.elapsed(), service.calls()), (Duration::ZERO, 1));
    let Cause::Deadline(Timeout { asked, limit, last: Some(_), .. }) = error.cause else {
        panic!("{error:?}")
    };
    assert_eq!((asked, limit), (Some(Duration::from_secs(400)), LIMIT));
}

#[tokio::test(start_paused = true)]
async fn a_timeout_reports_the_pages_and_no_failure_that_was_overcome() {
    // Page 1 succeeds after a failure, and the other pages are slow.
    let service = Service::new(450, |page, before| match (page, before) {
        (1, 0) => Act::Answer(refusal(503, "ServiceUnavailable")),
        (1 | 2, _) => Act::Page,
        _ => Act::Slow(Duration::from_secs(900)),
    });
    let mut config = config(Keys::new(true));
    config.read_timeout = Duration::from_secs(900);
    let error = list(&client_from(&service, config)).await.unwrap_err();
    let Cause::Deadline(Timeout { answered: 2, asked: None, last: None, .. }) = error.cause else {
        panic!("{error:?}")
    };
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_the_deadline_ends_has_not_failed() {
    // The attempt ends with its own limit, at the same instant.
    let service = Service::new(1, |_, _| Act::Hang);
    let mut look_up = look_up(Pages::All);
    look_up.deadline = Instant::now() + Duration::from_secs(5);
    let error = client(&service).describe_images(look_up).await.unwrap_err();
    assert!(matches!(error.cause, Cause::Deadline(Timeout { last: None, .. })), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn every_attempt_has_its_own_nonce_and_timestamp() {
    let service = Service::new(450, |_, before| {
        if before < 2 { Act::Answer(refusal(503, "ServiceUnavailable")) } else { Act::Page }
    });
    list(&client(&service)).await.unwrap();
    let queries = service.queries.lock().unwrap();
    let values = |name| {
        let mut values: Vec<_> =
            queries.iter().map(|query| parameter(query, name).unwrap()).collect();
        values.sort();
        values.dedup();
        values.len()
    };
    assert_eq!((queries.len(), values("SignatureNonce"), values("Signature")), (15, 15, 15));
}

#[tokio::test(start_paused = true)]
async fn an_expired_token_is_renewed_once_for_all_pages() {
    let keys = Keys::new(true);
    let service = Service::new(1_000, |page, before| {
        if page > 1 && before == 0 {
            Act::SlowAnswer(Duration::from_millis(50), refusal(400, "InvalidSecurityToken.Expired"))
        } else {
            Act::Page
        }
    });
    let listing = list(&client_with(&service, keys.clone())).await.unwrap();
    assert_eq!((listing.images.len(), keys.renewals.load(Ordering::Relaxed)), (1_000, 1));
    let queries = service.queries.lock().unwrap();
    let renewed = queries.iter().filter(|query| query.contains("AccessKeyId=key-2")).count();
    assert_eq!((queries.len(), renewed), (19, 9));
}

#[tokio::test(start_paused = true)]
async fn an_expired_token_that_cannot_be_renewed_is_refused_once() {
    let service = Service::new(1, |_, _| Act::Answer(refusal(400, "InvalidSecurityToken.Expired")));
    let error = list(&client_with(&service, Keys::new(false))).await.unwrap_err();
    assert_eq!(service.calls(), 1);
    assert!(matches!(error.cause, Cause::Api(api) if api.code == "InvalidSecurityToken.Expired"));
}

#[tokio::test(start_paused = true)]
async fn a_message_never_repeats_the_key() {
    let service = Service::new(1, |_, _| {
        raw(403, r#"{"Code": "X", "Message": "key-1 the-token the-secret are bad"}"#)
    });
    let error = list(&client(&service)).await.unwrap_err();
    let Cause::Api(api) = error.cause else { panic!("{error:?}") };
    assert_eq!(api.message, "(redacted) (redacted) (redacted) are bad");
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_off_is_corrected_once_and_for_all_calls() {
    let service =
        Service::new(
            150,
            |page, before| {
                if page == 1 && before == 0 { Act::Answer(late()) } else { Act::Page }
            },
        );
    let client = client(&service);
    assert_eq!(list(&client).await.unwrap().clock_skew, 1_800);
    assert_eq!(list(&client).await.unwrap().clock_skew, 1_800);
    let queries = service.queries.lock().unwrap();
    let times: Vec<_> =
        queries.iter().map(|query| parameter(query, "Timestamp").unwrap()).collect();
    assert_eq!(times[0], "2026-01-02T03%3A04%3A05Z");
    assert_eq!(times.len(), 5);
    assert!(times[1..].iter().all(|time| time == "2026-01-02T03%3A34%3A05Z"), "{times:?}");
}

#[tokio::test(start_paused = true)]
async fn a_name_server_failure_of_some_seconds_is_retried() {
    let origin = Instant::now();
    let service = Service::new(1, move |_, _| {
        if origin.elapsed() < Duration::from_secs(15) {
            Act::Fail(ErrorKind::Resolver)
        } else {
            Act::Page
        }
    });
    list(&client(&service)).await.unwrap();
    // A permanent failure becomes an error within a minute.
    let service = Service::new(1, |_, _| Act::Fail(ErrorKind::Resolver));
    let begun = Instant::now();
    let error = list(&client(&service)).await.unwrap_err();
    assert!(matches!(error.cause, Cause::Transport(_)), "{error:?}");
    assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", begun.elapsed());
    assert_eq!(error.attempts, 10);
}

#[tokio::test]
async fn a_dropped_call_does_not_wait_for_decoding() {
    let http = Fixed::default();
    http.http.push_json(200, " ".repeat(1 << 20));
    let (config, deadline) = (config(Keys::new(true)), Instant::now() + LIMIT);
    let caller = Caller {
        ctx: http.ctx(),
        process: Process::default(),
        scheme: config.scheme,
        credentials: Some(config.credentials),
        user_agent: config.user_agent,
        limits: http::Limits { connect: LIMIT, read: LIMIT, total: LIMIT, body: 4 << 20 },
        policy: Policy::ECS,
    };
    let endpoint = crate::support::api::endpoint();
    let call = ApiCall { product: Product::ECS, endpoint: &endpoint, parameters: &[], page: 0 };
    let trace = CallTrace::new("Test", "cn-test", deadline);
    let decoding = Arc::new(AtomicUsize::new(0));
    let (release, released) = std::sync::mpsc::channel::<()>();
    let (begun, released) = (decoding.clone(), Arc::new(Mutex::new(released)));
    let read = move |_: &[u8]| {
        begun.fetch_add(1, Ordering::Relaxed);
        // Decoding takes until the end of the test.
        let _ = released.lock().unwrap().recv();
        Ok(())
    };
    let mut answer = Box::pin(caller.call(call, &trace, read));
    while decoding.load(Ordering::Relaxed) == 0 {
        assert!(tokio::time::timeout(Duration::from_millis(5), &mut answer).await.is_err());
    }
    let dropped = Instant::now();
    drop(answer);
    assert!(dropped.elapsed() < Duration::from_secs(1), "{:?}", dropped.elapsed());
    drop(release);
}

#[tokio::test(start_paused = true)]
async fn stop_cancels_every_wait_immediately() {
    let hanging: [fn() -> Act; 2] = [|| Act::Hang, || Act::Answer(refusal(400, "Throttling"))];
    for act in hanging {
        let service = Service::new(1, move |_, _| act());
        let client = Arc::new(client(&service));
        let reading = client.clone();
        let read = tokio::spawn(async move { list(&reading).await });
        sleep(Duration::from_secs(30)).await;
        let before = Instant::now();
        client.stop();
        let error = read.await.unwrap().unwrap_err();
        assert!(matches!(error.cause, Cause::Cancelled));
        assert!(error.attempts > 0 && error.elapsed >= Duration::from_secs(30));
        assert!(before.elapsed() < Duration::from_millis(5));
        assert_eq!(service.under_way.load(Ordering::Relaxed), 0);
        assert!(matches!(list(&client).await.unwrap_err().cause, Cause::Cancelled));
    }
}
