use super::*;
use crate::ctx::fixed::FixedClock;

#[test]
fn a_correction_applies_to_every_later_instant_of_the_process() {
    let (correction, clock) = (ClockCorrection::default(), FixedClock::default());
    assert_eq!((correction.seconds(), correction.now(&clock)), (0, clock.now()));
    let of_another_client = correction.clone();
    of_another_client.correct(-90);
    assert_eq!(correction.seconds(), -90);
    assert_eq!(correction.now(&clock), clock.now() - SignedDuration::from_secs(90));
}

/// How long it takes to take `count` tokens.
async fn taking(budget: &RetryBudget, count: usize) -> Duration {
    let begin = Instant::now();
    for _ in 0..count {
        budget.take().await;
    }
    begin.elapsed()
}

#[tokio::test(start_paused = true)]
async fn available_tokens_need_no_wait_and_later_ones_a_second_each() {
    let budget = RetryBudget::default();
    assert_eq!(taking(&budget, CAPACITY).await, Duration::ZERO);
    assert_eq!(taking(&budget, 10).await.as_secs(), 10);
}

#[tokio::test(start_paused = true)]
async fn time_and_successes_fill_the_bucket_to_its_capacity_and_no_further() {
    let budget = RetryBudget::default();
    taking(&budget, CAPACITY).await;
    (0..1_000).for_each(|_| budget.succeeded());
    tokio::time::advance(REFILL * 1_000).await;
    assert_eq!(taking(&budget, CAPACITY).await, Duration::ZERO);
    assert!(taking(&budget, 1).await > Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_success_releases_a_waiting_retry() {
    let budget = RetryBudget::default();
    taking(&budget, CAPACITY).await;
    let waiting = budget.clone();
    let waiting = tokio::spawn(async move { taking(&waiting, 1).await });
    tokio::task::yield_now().await;
    budget.succeeded();
    assert_eq!(waiting.await.unwrap(), Duration::ZERO);
}

fn allowed(limiter: &ConcurrencyLimiter) -> usize {
    limiter.state().allowed
}

async fn take(limiter: &ConcurrencyLimiter, count: usize) -> Vec<Permit> {
    let mut permits = Vec::new();
    for _ in 0..count {
        permits.push(limiter.permit().await);
    }
    permits
}

#[tokio::test]
async fn throttled_calls_that_were_in_flight_together_halve_the_limit_once() {
    let limiter = ConcurrencyLimiter::default();
    take(&limiter, INITIAL_CONCURRENCY).await.into_iter().for_each(Permit::throttled);
    assert_eq!(allowed(&limiter), INITIAL_CONCURRENCY / 2);
    assert_eq!(limiter.permits.available_permits(), INITIAL_CONCURRENCY / 2);
}

#[tokio::test]
async fn at_least_one_call_is_always_allowed() {
    let limiter = ConcurrencyLimiter::default();
    for _ in 0..20 {
        limiter.permit().await.throttled();
    }
    assert_eq!(allowed(&limiter), 1);
    drop(limiter.permit().await);
}

#[tokio::test]
async fn the_limit_grows_by_one_after_a_round_of_successes_up_to_its_maximum() {
    let limiter = ConcurrencyLimiter::default();
    take(&limiter, INITIAL_CONCURRENCY).await.into_iter().for_each(Permit::succeeded);
    assert_eq!(allowed(&limiter), INITIAL_CONCURRENCY + 1);
    for _ in 0..10_000 {
        limiter.permit().await.succeeded();
    }
    assert_eq!(allowed(&limiter), MAX_CONCURRENCY);
    assert_eq!(limiter.permits.available_permits(), MAX_CONCURRENCY);
}

#[tokio::test]
async fn state_and_permits_agree_after_any_sequence_of_results() {
    let limiter = ConcurrencyLimiter::default();
    for round in 0..100 {
        let count = 1 + round % allowed(&limiter);
        for (index, permit) in take(&limiter, count).await.into_iter().enumerate() {
            match (round + index) % 5 {
                0 => permit.throttled(),
                1 => drop(permit),
                _ => permit.succeeded(),
            }
        }
        let state = limiter.state();
        assert_eq!(limiter.permits.available_permits(), state.allowed + state.surplus);
    }
}
