use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use tokio::time::{Instant, sleep, timeout};

use super::*;
use crate::ctx::http::Arrival;

const SECOND: Duration = Duration::from_secs(1);

type Flights = Arc<SingleFlight<&'static str, usize>>;

/// Joins a flight that sends its request after one second, takes ten in total, and returns its number.
fn join(flights: &Flights, begun: &Arc<AtomicUsize>) -> Flight<usize> {
    flights.join(&"key", || {
        let trace = Arc::new(CallTrace::new("Test", "", Instant::now() + 1_000 * SECOND));
        let (begun, sent) = (begun.clone(), trace.clone());
        let work = async move {
            // Like a lookup that waits for its credential.
            sleep(SECOND).await;
            sent.attempt_begins(&Arrival::default());
            let number = begun.fetch_add(1, Ordering::Relaxed);
            sleep(9 * SECOND).await;
            number
        };
        (trace, work)
    })
}

fn is_empty(flights: &Flights) -> bool {
    lock(&flights.0).values().all(|line| Arc::strong_count(&line.turn) == 1)
}

#[tokio::test(start_paused = true)]
async fn a_flight_is_shared_until_it_sends_its_first_request() {
    let (flights, begun) = (Flights::default(), Arc::default());
    let start = Instant::now();
    let at = |seconds: f64| {
        let (flights, begun) = (&flights, &begun);
        async move {
            sleep(SECOND.mul_f64(seconds)).await;
            let number = join(flights, begun).wait().await;
            (number, start.elapsed().as_secs())
        }
    };
    let all = tokio::join!(at(0.0), at(0.9), at(1.1), at(9.9), at(10.9), at(11.1));
    // The second flight starts when the first one ends, and sends a second later.
    assert_eq!(all, ((0, 10), (0, 10), (1, 20), (1, 20), (1, 20), (2, 30)));
}

#[tokio::test(start_paused = true)]
async fn completed_listings_are_not_kept() {
    let (flights, begun) = (Flights::default(), Arc::default());
    let flight = join(&flights, &begun);
    let weak = flight.work.downgrade().unwrap();
    assert_eq!(flight.wait().await, 0);
    assert!(weak.upgrade().is_none());
    assert!(is_empty(&flights));
    // The lines themselves are removed when the next flight of any key is joined.
    let other = flights.join(&"other", || {
        (Arc::new(CallTrace::new("Test", "", Instant::now() + SECOND)), std::future::ready(9))
    });
    assert_eq!(lock(&flights.0).len(), 1);
    assert_eq!(other.wait().await, 9);
    assert_eq!(join(&flights, &begun).wait().await, 1);
}

#[tokio::test(start_paused = true)]
async fn work_that_finished_without_a_request_is_not_shared() {
    let flights = Flights::default();
    let fail = |number| {
        flights.join(&"key", || {
            let trace = Arc::new(CallTrace::new("Test", "", Instant::now() + SECOND));
            (trace, async move { number })
        })
    };
    let first = fail(1);
    // The result of the first flight still exists.
    let held = first.work.clone();
    assert_eq!((first.wait().await, fail(2).wait().await), (1, 2));
    drop(held);
}

#[tokio::test(start_paused = true)]
async fn an_abandoned_flight_lets_the_next_one_start() {
    let (flights, begun) = (Flights::default(), Arc::default());
    let start = Instant::now();
    let leaving = timeout(5 * SECOND, join(&flights, &begun).wait());
    let staying = async {
        sleep(2 * SECOND).await;
        join(&flights, &begun).wait().await
    };
    let (left, stayed) = tokio::join!(leaving, staying);
    assert!(left.is_err());
    assert_eq!((stayed, start.elapsed().as_secs()), (1, 15));
}

#[tokio::test(start_paused = true)]
async fn a_queued_flight_can_be_abandoned() {
    let (flights, begun) = (Flights::default(), Arc::default());
    let first = join(&flights, &begun).wait();
    let impatient = async {
        sleep(2 * SECOND).await;
        timeout(SECOND, join(&flights, &begun).wait()).await
    };
    let last = async {
        sleep(4 * SECOND).await;
        join(&flights, &begun).wait().await
    };
    let (first, impatient, last) = tokio::join!(first, impatient, last);
    assert_eq!((first, impatient.is_err(), last), (0, true, 1));
}

#[tokio::test(start_paused = true)]
async fn different_keys_do_not_wait_for_each_other() {
    let flights = SingleFlight::default();
    let start = Instant::now();
    let one = |key: &'static str| {
        flights.join(&key, || {
            let trace = Arc::new(CallTrace::new("Test", "", start + 100 * SECOND));
            (trace, async move {
                sleep(SECOND).await;
                key
            })
        })
    };
    let (a, b) = tokio::join!(one("a").wait(), one("b").wait());
    assert_eq!((a, b, start.elapsed()), ("a", "b", SECOND));
}

#[tokio::test(start_paused = true)]
async fn a_panic_reaches_every_waiter_but_no_later_caller() {
    let flights = Arc::new(SingleFlight::<&str, u32>::default());
    let waiting: Vec<_> = (0..3)
        .map(|_| {
            let flight = flights.join(&"key", || {
                let trace = Arc::new(CallTrace::new("Test", "", Instant::now() + 100 * SECOND));
                (trace, async {
                    sleep(SECOND).await;
                    resume_unwind(Box::new("a bug"))
                })
            });
            tokio::spawn(flight.wait())
        })
        .collect();
    let start = Instant::now();
    for waiter in waiting {
        assert!(waiter.await.unwrap_err().is_panic());
    }
    assert_eq!(start.elapsed(), SECOND);
    let later = flights.join(&"key", || {
        (Arc::new(CallTrace::new("Test", "", Instant::now() + SECOND)), async { 7 })
    });
    assert_eq!(later.wait().await, 7);
}

#[tokio::test(start_paused = true)]
async fn a_flight_is_found_only_while_it_may_be_joined() {
    let (flights, begun) = (Flights::default(), Arc::default());
    assert!(flights.open(&"key").is_none());
    let flight = join(&flights, &begun);
    assert!(Arc::ptr_eq(&flights.open(&"key").unwrap().trace, &flight.trace));
    assert!(flights.open(&"other").is_none());
    let running = tokio::spawn(flight.wait());
    sleep(2 * SECOND).await;
    assert!(flights.open(&"key").is_none());
    running.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_queued_flight_knows_the_one_ahead_of_it_until_its_own_turn() {
    let (flights, begun) = (Flights::default(), Arc::default());
    let first = join(&flights, &begun);
    let (running, ahead) = (first.trace.clone(), first.ahead.clone());
    let first = tokio::spawn(first.wait());
    sleep(2 * SECOND).await;
    assert!(ahead.of(&running).is_none());
    let second = join(&flights, &begun);
    let (queued, ahead) = (second.trace.clone(), second.ahead.clone());
    let second = tokio::spawn(second.wait());
    assert!(Arc::ptr_eq(&ahead.of(&queued).unwrap(), &running));
    first.await.unwrap();
    sleep(SECOND).await;
    assert!(ahead.of(&queued).is_none());
    second.await.unwrap();
}
