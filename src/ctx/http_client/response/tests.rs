use std::{convert::Infallible, time::Duration};

use super::*;

/// A connector that takes the time that it is called with.
#[derive(Clone)]
struct Slow;

impl Service<Duration> for Slow {
    type Response = ();
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<(), Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, time: Duration) -> Self::Future {
        Box::pin(async move {
            sleep(time).await;
            Ok(())
        })
    }
}

const SECOND: Duration = Duration::from_secs(1);

const LIMITS: Limits =
    Limits { connect: Duration::from_secs(60), read: SECOND, total: Duration::MAX, body: 1 };

/// Whether a response counts that comes `response` after a connection that takes `connect`, and when
/// that is known.
async fn exchange(connect: Option<Duration>, response: Duration) -> (bool, Duration) {
    let begun = Instant::now();
    let result = within(LIMITS, async {
        if let Some(connect) = connect {
            let _ = ReportConnections.layer(Slow).call(connect).await;
        }
        sleep(response).await;
    });
    (result.await.is_some(), begun.elapsed())
}

#[tokio::test(start_paused = true)]
async fn the_read_timeout_begins_when_the_connection_is_established() {
    // Without a new connection, at once.
    assert_eq!(exchange(None, SECOND * 9 / 10).await, (true, SECOND * 9 / 10));
    assert_eq!(exchange(None, 2 * SECOND).await, (false, SECOND));
    // A slow connection takes nothing from the response, a fast one adds nothing.
    assert!(exchange(Some(9 * SECOND), SECOND / 2).await.0);
    assert_eq!(exchange(Some(9 * SECOND), 2 * SECOND).await, (false, 10 * SECOND));
    assert!(!exchange(Some(Duration::ZERO), 2 * SECOND).await.0);
    // A connector without a limit of its own does not hold up the request indefinitely.
    assert_eq!(exchange(Some(99 * SECOND), SECOND).await, (false, 61 * SECOND));
}

#[tokio::test(start_paused = true)]
async fn a_connection_for_nobody_is_made_without_a_report() {
    ReportConnections.layer(Slow).call(SECOND).await.unwrap();
}

#[test]
fn a_nonexistent_name_is_distinguished_from_a_failing_name_server() {
    for cause in [
        "failed to lookup address information: Name or service not known",
        "failed to lookup address information: No address associated with hostname",
        "failed to lookup address information: Name does not resolve",
        "failed to lookup address information: Name has no usable address",
        "failed to lookup address information: nodename nor servname provided, or not known",
    ] {
        assert!(has_no_address(cause, None), "{cause}");
    }
    for cause in [
        "failed to lookup address information: Temporary failure in name resolution",
        "failed to lookup address information: Try again",
        "failed to lookup address information: Non-recoverable failure in name resolution",
        "failed to lookup address information: Non-recoverable error",
        "failed to lookup address information: System error",
    ] {
        assert!(!has_no_address(cause, None), "{cause}");
    }
    let windows = [(11_001, true), (11_002, false), (11_003, false), (11_004, true)];
    for (code, expected) in windows {
        assert_eq!(has_no_address("in any language", Some(code)), expected, "{code}");
    }
}
