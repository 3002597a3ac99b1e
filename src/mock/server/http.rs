//! HTTP/1.1 and HTTP/2: reads requests within limits, waits for the latency of a call, and delivers
//! responses completely, slowly, partially or not at all.

use std::{
    io,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http_body_util::{BodyExt, Either, Full, Limited};
use hyper::{
    Response,
    body::{Body as HttpBody, Frame, Incoming},
    header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, DATE, HOST, HeaderValue},
    server::conn::{http1, http2},
    service::service_fn,
};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use jiff::Timestamp;
use tokio::time::{Sleep, timeout};

use super::{
    Site,
    guard::Guard,
    wire::{Break, Breaker, HANG, Wire, break_connection},
};
use crate::mock::{
    VERSION, VERSION_HEADER, admin,
    backend::Backend,
    fault::Delivery,
    message::{Connection, Reply, Request},
    repeatable::http_date,
    service::{self, Outcome},
};

/// The largest body of a call, in bytes.
const CALL_LIMIT: usize = 1 << 20;
/// The largest body of a call of the admin API, which may contain images. Only one body larger than [`CALL_LIMIT`] is
/// read at a time.
const ADMIN_LIMIT: usize = 256 << 20;
/// How many parameters a call may have.
const MOST_PARAMETERS: usize = 5_000;
/// How long the headers, and then the body, may take to arrive.
const READ_TIMEOUT: Duration = Duration::from_secs(30);
/// How often an HTTP/2 client must respond to a ping.
const PING_INTERVAL: Duration = Duration::from_secs(60);
/// How many calls an HTTP/2 connection carries at a time.
const STREAMS: u32 = 64;

/// A call that gets no response. With HTTP/2, its stream is reset with the error code of the source; with HTTP/1.1,
/// the connection ends.
#[derive(Debug, thiserror::Error)]
#[error("the call ends without a response")]
struct NoAnswer(#[source] h2::Error);

type Body = Either<Full<Bytes>, Trickle>;

fn whole(reply: Reply, date: Timestamp) -> Response<Body> {
    let (head, body) = split(reply, date);
    head.map(|()| Either::Left(Full::new(body)))
}

/// Serves one connection until it ends.
pub(super) async fn serve_connection(wire: Wire, connection: Connection, site: Arc<Site>) {
    let breaker = Arc::new(Breaker::default());
    let service = service_fn(|request| {
        let (site, breaker) = (site.clone(), breaker.clone());
        async move { serve(request, connection, &breaker, &site).await }
    });
    let io = TokioIo::new(wire.clone());
    // The client or a fault rule caused the error.
    if connection.http2 {
        let http = http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .max_concurrent_streams(STREAMS)
            .keep_alive_interval(Some(PING_INTERVAL))
            .serve_connection(io, service);
        drive(pin!(http), wire, &breaker).await;
    } else {
        let http = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(READ_TIMEOUT)
            .half_close(true)
            .serve_connection(io, service);
        drive(pin!(http), wire, &breaker).await;
    }
}

/// Polls the HTTP side of a connection until it ends or a call breaks it.
async fn drive(mut http: Pin<&mut impl Future>, wire: Wire, breaker: &Breaker) {
    let how = tokio::select! {
        biased;
        _ = &mut http => return,
        how = breaker.requested() => how,
    };
    break_connection(how, wire, http).await;
}

async fn serve(
    request: hyper::Request<Incoming>,
    connection: Connection,
    breaker: &Breaker,
    site: &Site,
) -> Result<Response<Body>, NoAnswer> {
    let backend = &*site.backend;
    let (mut head, body) = request.into_parts();
    // HTTP/2 has the host in a pseudo-header; ACS3 signs it as `host` with both versions.
    if let Some(host) = head.uri.authority().and_then(|host| host.as_str().parse().ok()) {
        head.headers.entry(HOST).or_insert(host);
    }
    let path = head.uri.path();
    let admin = Guard::covers(path);
    if admin && let Some(refused) = site.guard.refuse(path, &head.headers, connection) {
        return Ok(last(refused, connection, backend));
    }
    let body = match read_body(body, admin, site).await {
        Ok(body) => body,
        Err(refused) => return Ok(last(refused, connection, backend)),
    };
    let query = head.uri.query().unwrap_or_default();
    let separators = |text: &[u8]| text.iter().filter(|byte| **byte == b'&').count();
    if !admin && separators(query.as_bytes()) + separators(&body) > MOST_PARAMETERS {
        return Ok(last(Reply::text(413, "Too Many Parameters"), connection, backend));
    }
    let request = Request::new(head.method, path, query, head.headers, body, connection);
    let page = admin::console(&request);
    if let Some(reply) = page.or_else(|| admin.then(|| admin::answer(&request, backend))) {
        return Ok(whole(reply, backend.clock.now()));
    }
    let outcome = service::answer(&request, backend);
    if !outcome.delay.is_zero() {
        tokio::time::sleep(outcome.delay).await;
    }
    deliver(outcome, connection, breaker).await
}

/// Reads the whole body, or returns the response that refuses it.
async fn read_body(body: Incoming, admin: bool, site: &Site) -> Result<Bytes, Reply> {
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    let limit = if admin { ADMIN_LIMIT } else { CALL_LIMIT };
    let large = body.size_hint().upper().is_none_or(|size| size > CALL_LIMIT as u64);
    // The semaphore is never closed.
    let _turn = if admin && large { site.large_bodies.acquire().await.ok() } else { None };
    match timeout(READ_TIMEOUT, Limited::new(body, limit).collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(_)) => Err(Reply::text(413, "Payload Too Large")),
        Err(_) => Err(Reply::text(408, "Request Timeout")),
    }
}

/// A response after which an HTTP/1.1 connection is closed; HTTP/2 has no such header.
fn last(reply: Reply, connection: Connection, backend: &Backend) -> Response<Body> {
    let mut response = whole(reply, backend.clock.now());
    if !connection.http2 {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

async fn deliver(
    outcome: Outcome,
    connection: Connection,
    breaker: &Breaker,
) -> Result<Response<Body>, NoAnswer> {
    let (response, body) = split(outcome.reply, outcome.date);
    let length = body.len();
    let trickle = match outcome.delivery {
        Delivery::Whole => return Ok(response.map(|()| Either::Left(Full::new(body)))),
        Delivery::Slow { bytes, pause } => Trickle::slow(body, bytes, pause.duration()),
        Delivery::Truncated(bytes) => {
            Trickle::truncated(body, bytes.unwrap_or(length / 2).min(length.saturating_sub(1)))
        }
        Delivery::ResetStream(code) if connection.http2 => {
            return Err(NoAnswer(h2::Reason::from(code.0).into()));
        }
        Delivery::Hang => {
            tokio::time::sleep(HANG).await;
            return break_with(Break::Close, breaker).await;
        }
        Delivery::GoAway(code) if connection.http2 => {
            return break_with(Break::GoAway(code.0), breaker).await;
        }
        // HTTP/1.1 has neither frame: the connection ends.
        Delivery::Close | Delivery::GoAway(_) | Delivery::ResetStream(_) => {
            return break_with(Break::Close, breaker).await;
        }
        Delivery::Garbage => return break_with(Break::Garbage, breaker).await,
        Delivery::HalfClose => return break_with(Break::HalfClose, breaker).await,
        Delivery::Reset => return break_with(Break::Reset, breaker).await,
        Delivery::Silence => return break_with(Break::Silence, breaker).await,
    };
    let mut response = response.map(|()| Either::Right(trickle));
    response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
    Ok(response)
}

/// Breaks the connection. This function never returns.
async fn break_with<T>(how: Break, breaker: &Breaker) -> T {
    breaker.request(how);
    std::future::pending().await
}

/// Status and headers, and the body.
fn split(reply: Reply, date: Timestamp) -> (Response<()>, Bytes) {
    let mut response = Response::new(());
    if let Ok(status) = hyper::StatusCode::from_u16(reply.status) {
        *response.status_mut() = status;
    }
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(reply.content_type));
    headers.insert(VERSION_HEADER, HeaderValue::from_static(VERSION));
    if let Ok(date) = HeaderValue::try_from(http_date(date)) {
        headers.insert(DATE, date);
    }
    for (name, value) in reply.headers {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(name, value);
        }
    }
    (response, reply.body)
}

/// A body that is sent slowly, or not completely.
pub(super) struct Trickle {
    rest: Bytes,
    /// How many bytes are sent at a time.
    chunk: usize,
    pause: Duration,
    /// Whether the connection breaks when `rest` is used up.
    breaks: bool,
    /// The wait before the next chunk.
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Trickle {
    /// A body of which `chunk` bytes are sent at a time.
    pub(super) fn slow(body: Bytes, chunk: usize, pause: Duration) -> Self {
        Self { rest: body, chunk, pause, breaks: false, sleep: None }
    }

    /// The first `at` bytes of a body, after which the connection breaks.
    pub(super) fn truncated(body: Bytes, at: usize) -> Self {
        let rest = body.slice(..at.min(body.len()));
        // The pause gives the written bytes time to be sent before the connection breaks.
        let pause = Duration::from_millis(5);
        Self { chunk: rest.len().max(1), rest, pause, breaks: true, sleep: None }
    }
}

impl HttpBody for Trickle {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(sleep) = &mut self.sleep {
            ready!(sleep.as_mut().poll(context));
            self.sleep = None;
        }
        if self.rest.is_empty() {
            let broken = io::Error::from(io::ErrorKind::BrokenPipe);
            return Poll::Ready(self.breaks.then_some(Err(broken)));
        }
        let chunk = self.chunk.min(self.rest.len());
        let bytes = self.rest.split_to(chunk);
        self.sleep = Some(Box::pin(tokio::time::sleep(self.pause)));
        Poll::Ready(Some(Ok(Frame::data(bytes))))
    }
}
