//! HTTP/1.1: reads requests within limits, waits as long as a call is to take, and delivers answers
//! whole, slowly, in part or not at all.

use std::{convert::Infallible, sync::Arc, time::Duration};

use bytes::Bytes;
use http_body_util::{BodyExt, Either, Full, Limited};
use hyper::{
    Response,
    body::Incoming,
    header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, DATE, HeaderValue},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::timeout,
};

use super::{
    VERSION,
    answer::Reply,
    body::Trickle,
    clock::http_date,
    fault::Delivery,
    request::Request,
    route::{self, Outcome},
    socket::Line,
    state::State,
};

/// The largest body of a call, in bytes.
const CALL_LIMIT: usize = 1 << 20;
/// The largest body of a call of the admin API: images.
const ADMIN_LIMIT: usize = 256 << 20;
/// How long headers, and then a body, may take to arrive.
const READ_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a call hangs that is to hang.
const HANG: Duration = Duration::from_secs(600);

/// A call that gets no answer; its connection ends.
#[derive(Debug, thiserror::Error)]
#[error("the connection is ended in place of an answer")]
struct NoAnswer;

type Body = Either<Full<Bytes>, Trickle>;

/// Serves one connection until it ends.
pub(super) async fn serve_connection(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    line: Arc<Line>,
    tls: bool,
    state: Arc<State>,
) {
    let service = service_fn(|request| {
        let (state, line) = (state.clone(), line.clone());
        async move { serve(request, tls, &line, &state).await }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(READ_TIMEOUT)
        .half_close(true)
        .serve_connection(TokioIo::new(stream), service);
    // A connection that ends in an error is the client's affair, or was asked for.
    let _ = connection.await;
}

async fn serve(
    request: hyper::Request<Incoming>,
    tls: bool,
    line: &Line,
    state: &State,
) -> Result<Response<Body>, NoAnswer> {
    let (head, body) = request.into_parts();
    let path = head.uri.path();
    let limit = if path.starts_with("/_mock/") { ADMIN_LIMIT } else { CALL_LIMIT };
    let read = timeout(READ_TIMEOUT, Limited::new(body, limit).collect());
    let body = match read.await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(_)) => return Ok(last(Reply::text(413, "Payload Too Large"), state)),
        Err(_) => return Ok(last(Reply::text(408, "Request Timeout"), state)),
    };
    let query = head.uri.query().unwrap_or_default();
    let request = Request::new(head.method, path, query, head.headers, body, tls);
    let outcome = route::answer(&request, state);
    if !outcome.delay.is_zero() {
        tokio::time::sleep(outcome.delay).await;
    }
    deliver(outcome, line).await
}

/// An answer after which the connection is closed.
fn last(reply: Reply, state: &State) -> Response<Body> {
    let date = http_date(state.clock.now());
    let mut response = head(&reply, &date).map(|()| Either::Left(Full::new(reply.body)));
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

async fn deliver(outcome: Outcome, line: &Line) -> Result<Response<Body>, NoAnswer> {
    let reply = outcome.reply;
    let response = head(&reply, &http_date(outcome.date));
    let body = reply.body;
    let length = body.len();
    let trickle = match outcome.delivery {
        Delivery::Whole => return Ok(response.map(|()| Either::Left(Full::new(body)))),
        Delivery::Close => return Err(NoAnswer),
        Delivery::Reset => {
            line.reset_on_drop();
            return Err(NoAnswer);
        }
        Delivery::Hang => {
            tokio::time::sleep(HANG).await;
            return Err(NoAnswer);
        }
        Delivery::Garbage => {
            line.send_garbage();
            let mut response = response.map(|()| Either::Left(Full::new(body)));
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            return Ok(response);
        }
        Delivery::Slow { bytes, pause } => Trickle::slow(body, bytes, pause.duration()),
        Delivery::Truncated(bytes) => {
            Trickle::truncated(body, bytes.unwrap_or(length / 2).min(length.saturating_sub(1)))
        }
    };
    let mut response = response.map(|()| Either::Right(trickle));
    response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
    Ok(response)
}

/// Status and headers.
fn head(reply: &Reply, date: &str) -> Response<()> {
    let mut response = Response::new(());
    if let Ok(status) = hyper::StatusCode::from_u16(reply.status) {
        *response.status_mut() = status;
    }
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(reply.content_type));
    headers.insert("x-mock-ecs", HeaderValue::from_static(VERSION));
    if let Ok(date) = HeaderValue::from_str(date) {
        headers.insert(DATE, date);
    }
    for (name, value) in &reply.headers {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(*name, value);
        }
    }
    response
}

/// The error of a body that is whole in memory.
impl From<Infallible> for NoAnswer {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}
