//! Lookups that share their calls.

use super::*;

/// How many calls `blocks` equal data blocks of 100 images make if a call takes 50 ms. They are
/// read as Terraform does: ten at a time, and the next one as soon as one is done.
async fn calls_of_equal_blocks(blocks: usize) -> usize {
    let service = Service::new(100, |_, _| Act::Slow(Duration::from_millis(50)));
    let client = client(&service);
    let reads = (0..blocks).map(|_| list(&client));
    let listings = stream::iter(reads).buffer_unordered(10).collect::<Vec<_>>().await;
    assert!(listings.iter().all(|listing| listing.as_ref().unwrap().images.len() == 100));
    assert_eq!(listings.len(), blocks);
    service.calls()
}

#[tokio::test(start_paused = true)]
async fn equal_data_blocks_share_their_calls() {
    assert_eq!(calls_of_equal_blocks(1).await, 1);
    let (twenty, hundred) = (calls_of_equal_blocks(20).await, calls_of_equal_blocks(100).await);
    assert!(twenty <= 8 && hundred <= 30, "{twenty}, {hundred}");
}

#[tokio::test(start_paused = true)]
async fn a_lookup_uses_only_calls_that_were_sent_after_it_started() {
    let service = Service::new(1, |_, _| Act::Slow(Duration::from_millis(50)));
    let client = client(&service);
    let after = |milliseconds| {
        let (service, client) = (&service, &client);
        async move {
            sleep(Duration::from_millis(milliseconds)).await;
            let (total, sent) = (milliseconds + 1, service.calls());
            service.total.store(total, Ordering::Relaxed);
            let listing = list(client).await.unwrap();
            // The result is the state of the catalog at the start of the lookup or later.
            assert!(listing.images.len() as u64 >= total.min(100), "{milliseconds}");
            assert!(service.calls() > sent, "{milliseconds}");
        }
    };
    futures_util::future::join_all((0..100).map(|number| after(number * 7 % 400))).await;
}

#[tokio::test(start_paused = true)]
async fn lookups_with_the_same_parameters_in_another_order_are_equal() {
    let service = Service::new(1, |_, _| Act::Slow(Duration::from_millis(50)));
    let client = client(&service);
    let mut reordered = look_up(Pages::All);
    reordered.parameters.reverse();
    // The first one is read; the other two wait and share the next listing.
    let (first, second, third) =
        tokio::join!(list(&client), list(&client), client.describe_images(reordered));
    let (first, second, third) = (first.unwrap(), second.unwrap(), third.unwrap());
    assert!(!Arc::ptr_eq(&first, &second) && Arc::ptr_eq(&second, &third));
    assert_eq!(service.calls(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_outline_lookup_shares_the_listing_of_a_waiting_full_lookup() {
    let service = Service::new(1, |_, _| Act::Slow(Duration::from_millis(50)));
    let client = client(&service);
    let outline = LookUp { detail: Detail::Outline, ..look_up(Pages::All) };
    let outlined = client.describe_images(outline);
    // The first one is read; the other two wait and share the next listing.
    let (first, second, third) = tokio::join!(list(&client), list(&client), outlined);
    assert!(!Arc::ptr_eq(&first.unwrap(), second.as_ref().unwrap()));
    assert!(Arc::ptr_eq(&second.unwrap(), &third.unwrap()));
    assert_eq!(service.calls(), 2);
}

#[tokio::test(start_paused = true)]
async fn completed_listings_are_not_kept() {
    let service = Service::new(1, |_, _| Act::Page);
    let client = client(&service);
    let listing = Arc::downgrade(&list(&client).await.unwrap());
    assert!(listing.upgrade().is_none());
    list(&client).await.unwrap();
    assert_eq!(service.calls(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_shared_lookup_with_a_later_deadline_has_all_of_its_time() {
    let service = Service::new(1, |_, before| {
        Act::Slow(Duration::from_secs(if before == 0 { 1 } else { 5 }))
    });
    let client = client(&service);
    let within = |seconds| {
        let deadline = Instant::now() + Duration::from_secs(seconds);
        client.describe_images(LookUp { deadline, ..look_up(Pages::All) })
    };
    // The last two share a listing that the one with the short time limit started.
    let (first, hasty, patient) = tokio::join!(within(60), within(3), within(60));
    first.unwrap();
    assert!(
        matches!(hasty.unwrap_err().cause, Cause::Deadline(Timeout { limit, .. }) if limit.as_secs() == 3)
    );
    assert_eq!(patient.unwrap().images.len(), 1);
    assert_eq!(service.calls(), 2);
}

/// A source whose first credential takes twelve seconds.
struct SlowKey(AtomicUsize);

impl Credentials for SlowKey {
    fn credential(&self) -> BoxFuture<'_, Result<Arc<Credential>, CredentialsError>> {
        let wait = if self.0.fetch_add(1, Ordering::Relaxed) == 0 { 12 } else { 0 };
        async move {
            sleep(Duration::from_secs(wait)).await;
            Ok(key("key-1"))
        }
        .boxed()
    }

    fn renew<'a>(
        &'a self,
        refused: &'a Arc<Credential>,
    ) -> BoxFuture<'a, Result<Arc<Credential>, CredentialsError>> {
        async { Ok(refused.clone()) }.boxed()
    }
}

#[tokio::test(start_paused = true)]
async fn a_lookup_that_starts_during_the_wait_for_a_credential_has_all_of_its_time() {
    let service = Service::new(1, |_, _| Act::Slow(Duration::from_secs(1)));
    let client = client_from(&service, config(Arc::new(SlowKey(AtomicUsize::new(0)))));
    let within = |after, seconds| {
        let client = &client;
        async move {
            sleep(Duration::from_secs(after)).await;
            let deadline = Instant::now() + Duration::from_secs(seconds);
            let begun = Instant::now();
            let result = client.describe_images(LookUp { deadline, ..look_up(Pages::All) }).await;
            (result, begun.elapsed().as_secs())
        }
    };
    let (hasty, patient, late) = tokio::join!(within(0, 10), within(1, 300), within(2, 8));
    for ((result, elapsed), limit) in [(hasty, 10), (late, 8)] {
        let error = result.unwrap_err();
        assert_eq!((elapsed, error.attempts), (limit, 0));
        let Cause::Deadline(Timeout { limit: said, waited, last: None, .. }) = error.cause else {
            panic!("{error:?}");
        };
        assert_eq!((said.as_secs(), waited), (limit, Duration::ZERO));
    }
    assert_eq!((patient.0.unwrap().images.len(), patient.1), (1, 12));
    assert_eq!(service.calls(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_lookup_that_waits_for_an_equal_one_reports_why_that_one_is_not_finished() {
    // The first call is refused after a second, and all later ones get no response.
    let service = Service::new(1, |_, before| match before {
        0 => Act::SlowAnswer(Duration::from_secs(1), refusal(503, "ServiceUnavailable")),
        _ => Act::Hang,
    });
    let client = client(&service);
    let within = |seconds| {
        let deadline = Instant::now() + Duration::from_secs(seconds);
        client.describe_images(LookUp { deadline, ..look_up(Pages::All) })
    };
    let (first, second, third) = tokio::join!(within(50), within(20), within(55));
    let (first, second, third) = (first.unwrap_err(), second.unwrap_err(), third.unwrap_err());
    let times = |error: &Error| match &error.cause {
        Cause::Deadline(Timeout { limit, waited, last: Some(_), .. }) => {
            (limit.as_secs(), waited.as_secs())
        }
        cause => panic!("{cause:?}"),
    };
    assert_eq!((times(&first), first.attempts), ((50, 0), 2));
    // It never made a call itself: attempts and failure are those of the lookup for which it
    // waited.
    assert_eq!((times(&second), second.attempts, second.elapsed.as_secs()), ((20, 20), 2, 20));
    assert!(matches!(
        second.cause,
        Cause::Deadline(Timeout { last: Some(last), .. }) if matches!(&*last, Cause::Api(refusal) if refusal.status == 503)
    ));
    // It made its own call near the end.
    assert_eq!((times(&third), third.attempts), ((55, 50), 1));
    assert_eq!(&*second.host, "ecs.test");
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_shared_work_reaches_every_waiter() {
    struct Bug(AtomicUsize);
    impl Http for Bug {
        fn send(&self, _: Request) -> BoxFuture<'_, Result<Response, http::Error>> {
            self.0.fetch_add(1, Ordering::Relaxed);
            async {
                sleep(Duration::from_millis(50)).await;
                std::panic::resume_unwind(Box::new("a bug"))
            }
            .boxed()
        }
    }
    let http = Arc::new(Bug(AtomicUsize::new(0)));
    let client = Arc::new(client_of(Ctx { http: http.clone(), ..Fixed::default().ctx() }));
    let waiting: Vec<_> = (0..10)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { list(&client).await })
        })
        .collect();
    let begun = Instant::now();
    for waiter in waiting {
        assert!(waiter.await.unwrap_err().is_panic());
    }
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    assert_eq!(http.0.load(Ordering::Relaxed), 2);
}

#[tokio::test(start_paused = true)]
async fn different_lookups_and_other_clients_share_nothing() {
    let service = Service::new(150, |_, _| Act::Page);
    let first = client(&service);
    list(&first).await.unwrap();
    let mut other = look_up(Pages::All);
    other.region = Some("cn-other".into());
    assert_eq!(first.describe_images(other).await.unwrap().region, "cn-other");
    first.describe_images(look_up(Pages::First(1))).await.unwrap();
    list(&client(&service)).await.unwrap();
    assert_eq!(service.calls(), 2 + 2 + 1 + 2);
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_not_shared_with_later_lookups() {
    let service = Service::new(1, |_, before| {
        if before == 0 {
            Act::SlowAnswer(Duration::from_millis(50), refusal(403, "Forbidden.RAM"))
        } else {
            Act::Page
        }
    });
    let client = client(&service);
    // The first is read and fails; the other two share the next listing.
    let all = futures_util::future::join_all((0..3).map(|_| list(&client))).await;
    assert!(all[0].is_err() && all[1].is_ok() && all[2].is_ok());
    assert_eq!(service.calls(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_dropped_caller_does_not_affect_the_others() {
    let service = Service::new(1, |_, _| Act::Slow(Duration::from_secs(1)));
    let client = Arc::new(client(&service));
    let spawn = || {
        let client = client.clone();
        tokio::spawn(async move { list(&client).await })
    };
    let (first, second, third) = (spawn(), spawn(), spawn());
    // The second and the third share a listing, which the second polls.
    sleep(Duration::from_millis(1_500)).await;
    second.abort();
    assert_eq!(third.await.unwrap().unwrap().images.len(), 1);
    assert_eq!(first.await.unwrap().unwrap().images.len(), 1);
    assert_eq!(service.calls(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_shared_request_without_callers_is_canceled() {
    let service = Service::new(1, |_, _| Act::Hang);
    let client = client(&service);
    let left = tokio::time::timeout(Duration::from_secs(1), list(&client)).await;
    assert!(left.is_err());
    assert_eq!(service.under_way.load(Ordering::Relaxed), 0);
}

#[tokio::test(start_paused = true)]
async fn each_caller_waits_until_its_own_deadline() {
    let service = Service::new(1, |_, _| Act::Slow(Duration::from_secs(5)));
    let client = client(&service);
    let within = |seconds| {
        let mut look_up = look_up(Pages::All);
        look_up.deadline = Instant::now() + Duration::from_secs(seconds);
        client.describe_images(look_up)
    };
    let begun = Instant::now();
    let (hasty, patient) = tokio::join!(async { (within(2).await, begun.elapsed()) }, async {
        (within(60).await, begun.elapsed())
    });
    assert!(matches!(hasty.0.unwrap_err().cause, Cause::Deadline(_)));
    assert_eq!(hasty.1.as_secs(), 2);
    assert_eq!(patient.0.unwrap().images.len(), 1);
    assert_eq!((patient.1.as_secs(), service.calls()), (7, 2));
}

#[tokio::test(start_paused = true)]
async fn a_late_caller_gets_its_own_time_limit() {
    let service = Service::new(1, |_, _| Act::Hang);
    let client = client(&service);
    let late = async {
        sleep(Duration::from_secs(3)).await;
        let mut look_up = look_up(Pages::All);
        look_up.deadline = Instant::now() + Duration::from_secs(2);
        client.describe_images(look_up).await.unwrap_err().cause
    };
    let (_, late) = tokio::join!(list(&client), late);
    assert!(
        matches!(late, Cause::Deadline(Timeout { limit, .. }) if limit == Duration::from_secs(2)),
        "{late:?}"
    );
}
