use tokio::time::{advance, sleep};

use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn failure(reason: &str) -> Cause {
    Cause::Endpoint { origin: Origin::Region, reason: reason.into() }
}

fn timeout(trace: &CallTrace) -> Timeout {
    let Cause::Deadline(timeout) = trace.timed_out() else { panic!("not a timeout") };
    timeout
}

#[tokio::test(start_paused = true)]
async fn a_timeout_reports_the_responses_and_only_failures_without_a_later_success() {
    let trace = CallTrace::new("DescribeImages", "cn-test", Instant::now() + SECOND)
        .bounded_by(Bound::MaxRetryTimeout);
    let facts = |known: Timeout| (known.answered, known.begun, known.last.is_some());
    assert_eq!(facts(timeout(&trace)), (0, false, false));
    let arrival = Arrival::default();
    trace.attempt_begins(&arrival);
    assert_eq!(facts(timeout(&trace)), (0, false, false));
    arrival.begins();
    assert_eq!(facts(timeout(&trace)), (0, true, false));
    trace.attempt_failed(1, &failure("page 1"));
    trace.attempt_failed(3, &failure("page 3"));
    trace.attempt_succeeded(3);
    assert_eq!(facts(timeout(&trace)), (1, false, true));
    trace.attempt_succeeded(2);
    assert_eq!(facts(timeout(&trace)), (2, false, true));
    trace.attempt_succeeded(1);
    assert_eq!(facts(timeout(&trace)), (3, false, false));
    trace.asked_to_wait(9 * SECOND);
    let timeout = timeout(&trace);
    assert_eq!((timeout.asked, timeout.bound), (Some(9 * SECOND), Bound::MaxRetryTimeout));
}

#[tokio::test(start_paused = true)]
async fn a_lookup_that_starts_a_moment_late_has_waited_for_no_other() {
    let trace = CallTrace::new("DescribeImages", "cn-test", Instant::now() + SECOND);
    advance(Duration::from_millis(3)).await;
    trace.turn_begins(None);
    assert_eq!(timeout(&trace).waited, Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn the_error_reports_the_call_the_attempts_and_the_last_failure() {
    let trace = CallTrace::new("DescribeImages", "cn-test", Instant::now() + 10 * SECOND);
    assert_eq!(trace.action(), "DescribeImages");
    trace.calls("");
    assert_eq!(trace.host(), "");
    for (host, reason) in [("ecs.test", "first"), ("other.test", "last")] {
        trace.attempt_begins(&Arrival::default());
        trace.calls(host);
        trace.attempt_failed(1, &failure(reason));
        advance(SECOND).await;
    }
    let Cause::Deadline(Timeout { limit, waited: Duration::ZERO, last: Some(last), .. }) =
        trace.timed_out()
    else {
        panic!("the last failure is not kept");
    };
    assert_eq!(limit, 10 * SECOND);
    assert!(matches!(&*last, Cause::Endpoint { reason, .. } if reason == "last"), "{last:?}");

    let error = trace.fail(*last);
    assert_eq!(
        (error.action, &*error.region, &*error.host),
        ("DescribeImages", "cn-test", "ecs.test")
    );
    assert_eq!((error.attempts, error.elapsed), (2, 2 * SECOND));
}

#[tokio::test(start_paused = true)]
async fn the_latest_deadline_of_all_callers_applies() {
    let begun = Instant::now();
    let trace = CallTrace::new("DescribeImages", "cn-test", begun + 5 * SECOND);
    advance(SECOND).await;
    trace.extend(begun + 7 * SECOND);
    trace.extend(begun + 6 * SECOND);
    assert_eq!((trace.deadline(), trace.limit()), (begun + 7 * SECOND, 7 * SECOND));
    assert_eq!(trace.elapsed(), SECOND);
}

#[tokio::test(start_paused = true)]
async fn a_deadline_that_moves_during_a_wait_applies_to_it() {
    let trace = CallTrace::new("DescribeImages", "cn-test", Instant::now() + 5 * SECOND);
    let wait = |seconds| trace.in_time(sleep(seconds * SECOND));
    let extend = async {
        sleep(SECOND).await;
        trace.extend(Instant::now() + 9 * SECOND);
    };
    let (waited, ()) = tokio::join!(wait(8), extend);
    assert!(waited.is_ok());
    assert!(
        matches!(wait(8).await, Err(Cause::Deadline(Timeout { limit, .. })) if limit == 10 * SECOND)
    );
    assert_eq!(trace.elapsed(), 10 * SECOND);
}
/// Only the callers that waited for the earlier work get it reported.
#[tokio::test(start_paused = true)]
async fn a_timeout_names_the_wait_for_equal_work_and_the_failure_of_that_work() {
    let begun = Instant::now();
    let before = CallTrace::new("DescribeImages", "cn-test", begun + 10 * SECOND);
    before.attempt_failed(1, &failure("before"));
    let trace = CallTrace::new("DescribeImages", "cn-test", begun + 10 * SECOND);
    assert!(trace.waits_for_its_turn());
    advance(3 * SECOND).await;
    trace.turn_begins(Some(&before));
    assert!(!trace.waits_for_its_turn());
    let reported = |since| match trace.timed_out_for(since, 9 * SECOND, Bound::Deadline) {
        Cause::Deadline(Timeout { limit, waited, last, .. }) => {
            assert_eq!(limit, 9 * SECOND);
            (waited.as_secs(), last.is_some())
        }
        cause => panic!("{cause:?}"),
    };
    assert_eq!(reported(begun), (3, true));
    assert_eq!(reported(begun + 2 * SECOND), (1, true));
    // A caller that arrived when the work began, or later, waited for nothing.
    assert_eq!(reported(begun + 3 * SECOND), (0, false));
    assert_eq!(reported(begun + 4 * SECOND), (0, false));
}
