//! The wait for the head of a response: the read timeout begins when the connection is established.
//!
//! reqwest counts its own read timeout from the start of a request, so that a slow connection would
//! use up the time of the response. Its connector can be wrapped, though, and runs within the future
//! of the request that it connects for. So a task-local value tells the request how far it is.

use std::task::{Context, Poll};

use futures_util::future::BoxFuture;
use tokio::{
    pin,
    sync::watch,
    time::{Instant, sleep},
};
use tower_layer::Layer;
use tower_service::Service;

use crate::ctx::http::Limits;

tokio::task_local! {
    /// Where the connector reports to.
    static PHASE: watch::Sender<Phase>;
}

/// How far a request is, and since when.
#[derive(Clone, Copy)]
enum Phase {
    /// It needs a new connection, whose time the connector itself limits.
    Connecting(Instant),
    /// It has a connection.
    Connected(Instant),
}

/// What `exchange` results in; `None` where that takes longer than `limits` allow. It must send one
/// request, over a client whose connector has [`ReportConnections`].
///
/// A request may get a connection that becomes free while its own is still being made. Then the read
/// timeout begins when that ends, at most the connect timeout later.
pub(super) async fn within<T>(limits: Limits, exchange: impl Future<Output = T>) -> Option<T> {
    let (sender, mut phase) = watch::channel(Phase::Connected(Instant::now()));
    let exchange = PHASE.scope(sender, exchange);
    pin!(exchange);
    loop {
        let (since, most) = match *phase.borrow_and_update() {
            Phase::Connecting(since) => (since, limits.connect.saturating_add(limits.read)),
            Phase::Connected(since) => (since, limits.read),
        };
        tokio::select! {
            biased;
            result = &mut exchange => return Some(result),
            Ok(()) = phase.changed() => {}
            () = sleep(most.saturating_sub(since.elapsed())) => return None,
        }
    }
}

/// Wraps a connector so that it reports to [`within`] when it begins and ends.
#[derive(Clone)]
pub(super) struct ReportConnections;

impl<S> Layer<S> for ReportConnections {
    type Service = Reporting<S>;

    fn layer(&self, connector: S) -> Reporting<S> {
        Reporting(connector)
    }
}

/// A connector that reports.
#[derive(Clone)]
pub(super) struct Reporting<S>(S);

impl<S, R> Service<R> for Reporting<S>
where
    S: Service<R>,
    S::Response: 'static,
    S::Error: 'static,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<S::Response, S::Error>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, request: R) -> Self::Future {
        let report = PHASE.try_with(|phase| Report::begin(phase.clone())).ok();
        let connect = self.0.call(request);
        Box::pin(async move {
            let result = connect.await;
            drop(report);
            result
        })
    }
}

/// Reports the end of connecting when it is dropped, however that ends.
struct Report(watch::Sender<Phase>);

impl Report {
    fn begin(phase: watch::Sender<Phase>) -> Self {
        phase.send_replace(Phase::Connecting(Instant::now()));
        Self(phase)
    }
}

impl Drop for Report {
    fn drop(&mut self) {
        self.0.send_replace(Phase::Connected(Instant::now()));
    }
}

#[cfg(test)]
mod tests {
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
}
