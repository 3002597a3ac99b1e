//! The response to a request: the wait for it, its body within limits on size, speed and memory, and the
//! classification of errors of the libraries below (reqwest, hyper, rustls, the operating system).
//!
//! The read timeout begins when the connection is established. reqwest counts its own read timeout
//! from the start of a request, so that a slow connection would use up the time of the response. Its connector can be
//! wrapped, though, and runs within the future of the request for which it connects. So a task-local value reports
//! the phase to the request.

use std::{
    error::Error as StdError,
    io,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use rustls::{CertificateError, InvalidMessage};
use tokio::{
    pin,
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    time::{Instant, sleep, timeout_at},
};
use tower_layer::Layer;
use tower_service::Service;

use super::{Failure, trust::RefusedCertificate};
use crate::{
    ctx::http::{Body, ErrorKind, Limits},
    secret::SecretBytes,
};

tokio::task_local! {
    /// The channel to which the connector reports.
    static PHASE: watch::Sender<Phase>;
}

/// The phase of a request, and its start.
#[derive(Clone, Copy)]
enum Phase {
    /// It needs a new connection; the connector itself limits the time for this.
    Connecting(Instant),
    /// It has a connection.
    Connected(Instant),
}

/// The result of `exchange`; `None` if that takes longer than `limits` allow. It must send one
/// request, with a client that has [`ReportConnections`] in its connector.
///
/// A request may get a connection that becomes free while its own is still being established. Then the read timeout
/// begins when that ends, at most the connect timeout later.
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
        let report = PHASE.try_with(|phase| PhaseReport::begin(phase.clone())).ok();
        let connect = self.0.call(request);
        Box::pin(async move {
            let result = connect.await;
            drop(report);
            result
        })
    }
}

/// Reports the end of connecting when it is dropped, however that ends.
struct PhaseReport(watch::Sender<Phase>);

impl PhaseReport {
    fn begin(phase: watch::Sender<Phase>) -> Self {
        phase.send_replace(Phase::Connecting(Instant::now()));
        Self(phase)
    }
}

impl Drop for PhaseReport {
    fn drop(&mut self) {
        self.0.send_replace(Phase::Connected(Instant::now()));
    }
}

/// Up to this size, in bytes, a body is small. A page of 100 images has about 200,000.
const SMALL: usize = 512 << 10;

/// How many bodies may be larger than that at the same time; each counts until it is dropped. With
/// at most 32 calls in flight and 4 MiB for each body, 30 MiB of bodies are held at most.
pub(super) const LARGE_BODIES: usize = 4;

/// The minimum speed of a body, in bytes per second, over the read timeout.
const MIN_SPEED: f64 = 1024.0;

/// The bytes of a body, with the permit if they are large. They are zeroized when dropped, because
/// some contain credentials.
struct LargeBody {
    content: SecretBytes,
    _large: Option<OwnedSemaphorePermit>,
}

impl AsRef<[u8]> for LargeBody {
    fn as_ref(&self) -> &[u8] {
        self.content.as_ref()
    }
}

/// Reads the whole body. Its size is counted after decompression and while it arrives, so that
/// neither a wrong length nor a decompression bomb uses more memory than allowed.
pub(super) async fn read(
    mut response: reqwest::Response,
    limits: Limits,
    large_bodies: &Arc<Semaphore>,
) -> Result<Body, Failure> {
    let too_large = || {
        let limit = limits.body;
        Failure::new(ErrorKind::BodyTooLarge, format!("more than {limit} bytes"))
    };
    let announced = usize::try_from(response.content_length().unwrap_or(0)).unwrap_or(usize::MAX);
    if announced > limits.body {
        return Err(too_large());
    }
    let content = SecretBytes::with_capacity(announced.min(SMALL));
    let mut body = LargeBody { content, _large: None };
    let mut speed = Speed::begin(limits);
    loop {
        let chunk = match timeout_at(speed.next_deadline(), response.chunk()).await {
            Ok(chunk) => chunk.map_err(|error| classify(error, false))?,
            Err(_) => return Err(Failure::new(ErrorKind::ReadTimeout, "")),
        };
        let Some(chunk) = chunk else { break };
        speed.came(chunk.len())?;
        let length = body.content.len() + chunk.len();
        if length > limits.body {
            return Err(too_large());
        }
        if length > SMALL && body._large.is_none() {
            // The semaphore is never closed, so there always is a permit.
            body._large = large_bodies.clone().acquire_owned().await.ok();
            speed = Speed::begin(limits);
        }
        body.content.extend_from_slice(&chunk);
    }
    Ok(Body::new(Bytes::from_owner(body)))
}

/// Checks that bytes keep arriving, and fast enough.
struct Speed {
    limits: Limits,
    window: Instant,
    in_window: usize,
    last: Instant,
}

impl Speed {
    fn begin(limits: Limits) -> Self {
        let now = Instant::now();
        Self { limits, window: now, in_window: 0, last: now }
    }

    /// The deadline for more bytes.
    fn next_deadline(&self) -> Instant {
        self.last + self.limits.read
    }

    /// Counts the bytes that arrived; fails if too few arrived within a window of the read timeout.
    fn came(&mut self, bytes: usize) -> Result<(), Failure> {
        self.last = Instant::now();
        self.in_window += bytes;
        let elapsed = self.last.duration_since(self.window);
        if elapsed < self.limits.read {
            return Ok(());
        }
        if (self.in_window as f64) < MIN_SPEED * elapsed.as_secs_f64() {
            let cause = "the response arrived at less than 1 KiB per second";
            return Err(Failure::new(ErrorKind::ReadTimeout, cause));
        }
        (self.window, self.in_window) = (self.last, 0);
        Ok(())
    }
}

/// The kind of `error`, with the message of its innermost cause, which contains no URL.
pub(super) fn classify(error: reqwest::Error, proxied: bool) -> Failure {
    let error = error.without_url();
    let chain = chain(&error);
    if let Some(refused) = chain.iter().find_map(|cause| refused_certificate(*cause)) {
        return Failure::new(ErrorKind::Tls, refused.to_string());
    }
    let cause = chain.last().map_or_else(|| error.to_string(), ToString::to_string);
    let kind = kind(&error, &chain, &cause, proxied);
    // Without a better cause, the libraries' "error sending request" adds nothing.
    let cause = if cause.starts_with("error sending request") { String::new() } else { cause };
    let cause = match kind {
        // The name of an internal type adds nothing to that.
        ErrorKind::NotTls => String::new(),
        _ => cause,
    };
    Failure::new(kind, cause)
}

/// What is wrong with the server's certificate, where that is what `cause` says.
fn refused_certificate<'a>(cause: &'a (dyn StdError + 'static)) -> Option<&'a RefusedCertificate> {
    match cause.downcast_ref()? {
        rustls::Error::InvalidCertificate(CertificateError::Other(reason)) => {
            reason.0.downcast_ref()
        }
        _ => None,
    }
}

fn kind(
    error: &reqwest::Error,
    chain: &[&(dyn StdError + 'static)],
    cause: &str,
    proxied: bool,
) -> ErrorKind {
    if error.is_builder() {
        return ErrorKind::InvalidUrl;
    }
    if let Some(cause) = chain.iter().find_map(|cause| cause.downcast_ref::<rustls::Error>()) {
        // After the handshake, only an alert is a decision of the server, such as about a missing
        // client certificate; anything else was damaged in transit.
        let plain = rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType);
        if error.is_connect() && *cause == plain {
            return ErrorKind::NotTls;
        }
        let verdict = error.is_connect() || matches!(cause, rustls::Error::AlertReceived(_));
        return if verdict { ErrorKind::Tls } else { ErrorKind::Garbled };
    }
    if error.is_connect() {
        // This also happens within the tunnel of a proxy: a busy or restarting server ends
        // handshakes in this way.
        if io_kinds(chain).any(ends_a_connection) {
            return ErrorKind::Closed;
        }
        if proxied {
            return ErrorKind::Proxy;
        }
        if error.is_timeout() {
            return ErrorKind::ConnectTimeout;
        }
        if error.is_dns() {
            let code = chain.iter().find_map(|cause| {
                cause.downcast_ref::<io::Error>().and_then(io::Error::raw_os_error)
            });
            return if has_no_address(cause, code) { ErrorKind::Dns } else { ErrorKind::Resolver };
        }
        return ErrorKind::Connect;
    }
    if error.is_timeout() {
        return ErrorKind::ReadTimeout;
    }
    // An invalid chunk or gzip block surfaces as `InvalidData` or `InvalidInput`, not as HTTP.
    let invalid = |kind| matches!(kind, io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput);
    let not_http = |cause: &&(dyn StdError + 'static)| {
        cause.downcast_ref().is_some_and(hyper::Error::is_parse)
    };
    if io_kinds(chain).any(invalid) || chain.iter().any(not_http) {
        return ErrorKind::Garbled;
    }
    ErrorKind::Closed
}

/// Whether the peer ended an established connection.
fn ends_a_connection(kind: io::ErrorKind) -> bool {
    matches!(
        kind,
        io::ErrorKind::BrokenPipe
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::UnexpectedEof
    )
}

/// Whether the resolver says that the name has no address, as opposed to having failed itself:
/// `EAI_NONAME` and `EAI_NODATA` in the words of glibc, musl and macOS; on Windows, whose words are
/// translated, `WSAHOST_NOT_FOUND` and `WSANO_DATA`.
fn has_no_address(cause: &str, code: Option<i32>) -> bool {
    let cause = cause.to_ascii_lowercase();
    let texts = [
        "name or service not known",
        "no address associated",
        "name does not resolve",
        "name has no usable address",
        "nodename nor servname",
    ];
    texts.iter().any(|text| cause.contains(text)) || matches!(code, Some(11_001 | 11_004))
}

/// All causes, outermost first, including those inside an [`io::Error`], which reports the source
/// of its inner error as its own.
fn chain<'a>(error: &'a reqwest::Error) -> Vec<&'a (dyn StdError + 'static)> {
    let mut chain = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        chain.push(cause);
        let hidden = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = match hidden {
            Some(hidden) => Some(hidden as &(dyn StdError + 'static)),
            None => cause.source(),
        };
    }
    chain
}

fn io_kinds(chain: &[&(dyn StdError + 'static)]) -> impl Iterator<Item = io::ErrorKind> {
    chain.iter().filter_map(|cause| Some(cause.downcast_ref::<io::Error>()?.kind()))
}

#[cfg(test)]
mod tests {
    use std::{convert::Infallible, time::Duration};

    use super::*;

    /// A connector that takes as long as its argument.
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
        // Without a new connection, it begins immediately.
        assert_eq!(exchange(None, SECOND * 9 / 10).await, (true, SECOND * 9 / 10));
        assert_eq!(exchange(None, 2 * SECOND).await, (false, SECOND));
        // The time of the connection does not change that of the response.
        assert!(exchange(Some(9 * SECOND), SECOND / 2).await.0);
        assert_eq!(exchange(Some(9 * SECOND), 2 * SECOND).await, (false, 10 * SECOND));
        assert!(!exchange(Some(Duration::ZERO), 2 * SECOND).await.0);
        // A connector without its own limit does not block the request indefinitely.
        assert_eq!(exchange(Some(99 * SECOND), SECOND).await, (false, 61 * SECOND));
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_without_a_request_is_established_without_a_report() {
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
}
