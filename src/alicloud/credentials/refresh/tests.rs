use std::sync::atomic::{AtomicU32, Ordering};

use futures_util::future::join_all;
use tokio::time::{advance, sleep};

use super::*;
use crate::ctx::fixed::FixedClock;

/// A source that takes a second, and fails within a range of fetches.
struct Slow {
    clock: Arc<FixedClock>,
    fetches: AtomicU32,
    /// The first fetch that fails, and the first after it that does not.
    failing: std::ops::Range<u32>,
    life: SignedDuration,
}

impl Source for Slow {
    fn fetch(&self) -> BoxFuture<'_, Result<Credential, SourceError>> {
        Box::pin(async {
            let number = self.fetches.fetch_add(1, Ordering::Relaxed) + 1;
            sleep(Duration::from_secs(1)).await;
            if self.failing.contains(&number) {
                return Err(SourceError::configuration("this one fails", ""));
            }
            Ok(Credential {
                access_key_id: number.to_string().into(),
                access_key_secret: "secret".into(),
                security_token: None,
                expires: Some(self.clock.now() + self.life),
            })
        })
    }
}

const HOUR: SignedDuration = SignedDuration::from_hours(1);

fn slow(life: SignedDuration, failing: std::ops::Range<u32>) -> (Arc<Slow>, Refresh) {
    let clock = Arc::new(FixedClock::default());
    // The clock starts at its first reading.
    clock.now();
    let fetches = AtomicU32::new(0);
    let source = Arc::new(Slow { clock: clock.clone(), fetches, failing, life });
    (source.clone(), Refresh::new(source, clock, ClockCorrection::default()))
}

async fn number(refresh: &Refresh) -> u32 {
    let credential = refresh.credential().await.map_err(|failure| failure.to_string()).unwrap();
    credential.access_key_id.expose().parse().unwrap()
}

async fn minutes(count: u64) {
    advance(Duration::from_secs(60 * count)).await;
}

#[tokio::test(start_paused = true)]
async fn concurrent_callers_share_one_fetch() {
    let (source, refresh) = slow(HOUR, 0..0);
    let numbers = join_all((0..50).map(|_| number(&refresh))).await;
    assert_eq!(numbers, [1; 50]);
    assert_eq!(source.fetches.load(Ordering::Relaxed), 1);
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_shared_by_all_callers_and_cached_for_a_while() {
    let (source, refresh) = slow(HOUR, 1..2);
    for _ in 0..5 {
        let results = join_all((0..50).map(|_| refresh.credential())).await;
        assert!(results.iter().all(Result::is_err));
    }
    assert_eq!(source.fetches.load(Ordering::Relaxed), 1);
    advance(FAILURE_TTL).await;
    assert_eq!(number(&refresh).await, 2);
}

/// A source with a defect.
struct Panics;

impl Source for Panics {
    fn fetch(&self) -> BoxFuture<'_, Result<Credential, SourceError>> {
        Box::pin(async {
            sleep(Duration::from_secs(1)).await;
            panic!("a defect")
        })
    }
}

#[tokio::test(start_paused = true)]
async fn a_panic_reaches_every_caller() {
    let refresh =
        Refresh::new(Arc::new(Panics), Arc::new(FixedClock::default()), ClockCorrection::default());
    let begun = Instant::now();
    let results = join_all((0..20).map(|_| refresh.credential())).await;
    assert!(results.iter().all(|result| matches!(result, Err(SourceError::Panicked))));
    assert!(begun.elapsed() <= Duration::from_secs(2));
}

#[tokio::test(start_paused = true)]
async fn renewal_starts_fifteen_minutes_before_expiration_without_delaying_callers() {
    let (source, refresh) = slow(HOUR, 0..0);
    number(&refresh).await;
    minutes(44).await;
    assert_eq!(number(&refresh).await, 1);
    assert_eq!(source.fetches.load(Ordering::Relaxed), 1);
    minutes(1).await;
    let begun = Instant::now();
    assert_eq!(number(&refresh).await, 1);
    assert_eq!(begun.elapsed(), Duration::ZERO);
    sleep(Duration::from_secs(2)).await;
    assert_eq!(number(&refresh).await, 2);
    assert_eq!(source.fetches.load(Ordering::Relaxed), 2);
}

#[tokio::test(start_paused = true)]
async fn after_a_failed_renewal_the_credential_is_used_until_three_minutes_before_expiration() {
    let (source, refresh) = slow(HOUR, 2..1000);
    number(&refresh).await;
    minutes(46).await;
    for _ in 0..10 {
        assert_eq!(number(&refresh).await, 1);
        minutes(1).await;
    }
    // Once a minute, not at each call.
    assert!(source.fetches.load(Ordering::Relaxed) <= 12);
    minutes(1).await;
    assert!(refresh.credential().await.is_err());
}

#[tokio::test(start_paused = true)]
async fn failed_renewals_are_not_repeated_on_every_call() {
    let (source, refresh) = slow(HOUR, 2..1000);
    number(&refresh).await;
    minutes(46).await;
    for _ in 0..100 {
        assert_eq!(number(&refresh).await, 1);
        sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(source.fetches.load(Ordering::Relaxed), 2);
}

#[tokio::test(start_paused = true)]
async fn a_failed_renewal_is_repeated_after_thirty_seconds() {
    let (source, refresh) = slow(HOUR, 2..1000);
    number(&refresh).await;
    minutes(46).await;
    number(&refresh).await;
    // The renewal fails after a second.
    sleep(Duration::from_secs(1)).await;
    for (pause, fetches) in [(Duration::from_millis(29_999), 2), (Duration::from_millis(1), 3)] {
        sleep(pause).await;
        assert_eq!(number(&refresh).await, 1);
        tokio::task::yield_now().await;
        assert_eq!(source.fetches.load(Ordering::Relaxed), fetches);
    }
}

#[tokio::test(start_paused = true)]
async fn a_short_lived_credential_is_used_for_half_of_its_lifetime() {
    let (source, refresh) = slow(SignedDuration::from_mins(10), 0..0);
    number(&refresh).await;
    minutes(4).await;
    assert_eq!(number(&refresh).await, 1);
    assert_eq!(source.fetches.load(Ordering::Relaxed), 1);
}

#[tokio::test(start_paused = true)]
async fn a_rejected_credential_is_replaced_once_for_all_callers() {
    let (source, refresh) = slow(HOUR, 0..0);
    let refused = refresh.credential().await.ok().unwrap();
    let renewed = join_all((0..50).map(|_| refresh.renew(&refused))).await;
    assert_eq!(source.fetches.load(Ordering::Relaxed), 2);
    for credential in renewed {
        assert_eq!(credential.ok().unwrap().access_key_id.expose(), "2");
    }
    // A caller whose call was refused with the old credential, but which asks late, gets the new
    // one.
    assert!(refresh.renew(&refused).await.is_ok());
    assert_eq!(source.fetches.load(Ordering::Relaxed), 2);
}

#[tokio::test(start_paused = true)]
async fn callers_with_a_refused_credential_do_not_repeat_a_failed_fetch() {
    let (source, refresh) = slow(HOUR, 2..1000);
    let refused = refresh.credential().await.ok().unwrap();
    // Their refusals arrive at different times, most of them after the failure.
    let renewals = (0..20u32).map(|number| {
        let (refresh, refused) = (&refresh, &refused);
        async move {
            sleep(Duration::from_millis(400) * number).await;
            refresh.renew(refused).await
        }
    });
    assert!(join_all(renewals).await.iter().all(Result::is_err));
    assert_eq!(source.fetches.load(Ordering::Relaxed), 2);
    // The refused credential is not used again.
    assert!(refresh.credential().await.is_err());
    advance(FAILURE_TTL).await;
    assert!(refresh.renew(&refused).await.is_err());
    assert_eq!(source.fetches.load(Ordering::Relaxed), 3);
}

#[tokio::test(start_paused = true)]
async fn a_fetch_continues_if_the_caller_that_started_it_is_dropped() {
    let (source, refresh) = slow(HOUR, 0..0);
    let impatient = tokio::time::timeout(Duration::from_millis(100), refresh.credential());
    let begun = Instant::now();
    let (impatient, patient) = tokio::join!(impatient, number(&refresh));
    assert!(impatient.is_err());
    assert_eq!((patient, begun.elapsed()), (1, Duration::from_secs(1)));
    assert_eq!(source.fetches.load(Ordering::Relaxed), 1);
}

#[tokio::test(start_paused = true)]
async fn a_fetch_is_canceled_with_its_last_caller_and_started_again_for_the_next() {
    let (source, refresh) = slow(HOUR, 0..0);
    let impatient = tokio::time::timeout(Duration::from_millis(100), refresh.credential()).await;
    assert!(impatient.is_err());
    sleep(Duration::from_secs(2)).await;
    assert_eq!(number(&refresh).await, 2);
    assert_eq!(source.fetches.load(Ordering::Relaxed), 2);
}

#[tokio::test(start_paused = true)]
async fn no_call_is_lost_under_load_across_many_renewals() {
    let (source, refresh) = slow(HOUR, 3..4);
    for _ in 0..600 {
        let numbers = join_all((0..20).map(|_| number(&refresh))).await;
        assert!(numbers.iter().all(|number| *number == numbers[0]));
        sleep(Duration::from_secs(60)).await;
    }
    // Ten hours of one-hour credentials, each renewed after 45 minutes, one renewal failed.
    assert!(source.fetches.load(Ordering::Relaxed) <= 16);
}
