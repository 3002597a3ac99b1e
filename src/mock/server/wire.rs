//! One connection, over TCP with or without TLS, and the ways to break it.
//!
//! HTTP reads and writes a [`Wire`]. When a call requests a [`Break`], the HTTP side is no longer
//! polled and [`break_connection`] acts on the TCP stream itself, below TLS and HTTP.

use std::{
    io,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard},
    task::{Context, Poll, ready},
    time::Duration,
};

use crate::sync::lock;
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf},
    net::TcpStream,
    sync::Notify,
    time::{Sleep, timeout},
};
use tokio_rustls::server::TlsStream;

/// The bytes that are sent for the fault `garbage`.
const GARBAGE: &[u8] = b"\x00\x01\x02 this is not HTTP \xff\xfe\r\n\r\n";
/// How long a connection that hangs is kept open.
pub(super) const HANG: Duration = Duration::from_secs(600);

/// A way to break a connection instead of sending a response.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Break {
    /// The connection is closed.
    Close,
    /// Bytes that are not HTTP are sent, below TLS if it is used, and the connection is closed.
    Garbage,
    /// The HTTP/2 frame GOAWAY with this error code is sent. It states that no call in flight was
    /// processed.
    GoAway(u32),
    /// The sending direction is closed, without a TLS close_notify; the other direction stays open.
    HalfClose,
    /// A TCP reset.
    Reset,
    /// Nothing more is sent; the connection stays open.
    Silence,
}

/// Passes the [`Break`] from a call to its connection.
#[derive(Default)]
pub(super) struct Breaker {
    requested: Mutex<Option<Break>>,
    notify: Notify,
}

impl Breaker {
    /// Requests a break. Only the first request has an effect.
    pub(super) fn request(&self, how: Break) {
        lock(&self.requested).get_or_insert(how);
        self.notify.notify_one();
    }

    /// Waits until a call requests a break.
    pub(super) async fn requested(&self) -> Break {
        loop {
            if let Some(how) = *lock(&self.requested) {
                return how;
            }
            self.notify.notified().await;
        }
    }
}

/// The stream under a connection.
pub(super) enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Stream {
    fn tcp(&mut self) -> &mut TcpStream {
        match self {
            Self::Plain(tcp) => tcp,
            Self::Tls(tls) => tls.get_mut().0,
        }
    }
}

/// A connection. Clones are the same connection.
#[derive(Clone)]
pub(super) struct Wire(Arc<Mutex<Inner>>);

struct Inner {
    stream: Stream,
    /// Where in the HTTP/2 frames the written bytes end; `None` for HTTP/1.1.
    frames: Option<Frames>,
    /// How long the client may read nothing.
    patience: Duration,
    /// The timer that runs while the client reads nothing.
    stuck: Option<Pin<Box<Sleep>>>,
}

impl Wire {
    /// `patience` is how long the client may read nothing of what is sent.
    pub(super) fn new(stream: Stream, http2: bool, patience: Duration) -> Self {
        let frames = http2.then(Frames::default);
        Self(Arc::new(Mutex::new(Inner { stream, frames, patience, stuck: None })))
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        lock(&self.0)
    }

    /// Whether the written bytes end with a whole HTTP/2 frame.
    fn ends_a_frame(&self) -> bool {
        self.lock().frames.as_ref().is_none_or(Frames::ended)
    }
}

impl Inner {
    /// Enforces the limit on how long a client may read nothing.
    fn watch(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        if written.is_ready() {
            self.stuck = None;
            return written;
        }
        let patience = self.patience;
        let stuck = self.stuck.get_or_insert_with(|| Box::pin(tokio::time::sleep(patience)));
        ready!(stuck.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match &mut self.lock().stream {
            Stream::Plain(tcp) => Pin::new(tcp).poll_read(context, buffer),
            Stream::Tls(tls) => Pin::new(tls).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let mut inner = self.lock();
        let written = match &mut inner.stream {
            Stream::Plain(tcp) => Pin::new(tcp).poll_write(context, bytes),
            Stream::Tls(tls) => Pin::new(tls).poll_write(context, bytes),
        };
        if let (Poll::Ready(Ok(count)), Some(frames)) = (&written, &mut inner.frames) {
            frames.follow(bytes.get(..*count).unwrap_or_default());
        }
        inner.watch(context, written)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut inner = self.lock();
        let flushed = match &mut inner.stream {
            Stream::Plain(tcp) => Pin::new(tcp).poll_flush(context),
            Stream::Tls(tls) => Pin::new(tls).poll_flush(context),
        };
        inner.watch(context, flushed.map_ok(|()| 0)).map_ok(|_| ())
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut inner = self.lock();
        let ended = match &mut inner.stream {
            Stream::Plain(tcp) => Pin::new(tcp).poll_shutdown(context),
            Stream::Tls(tls) => Pin::new(tls).poll_shutdown(context),
        };
        inner.watch(context, ended.map_ok(|()| 0)).map_ok(|_| ())
    }
}

/// Follows the bytes of HTTP/2 frames. Source: RFC 9113, section 4.1: a frame is nine bytes, the
/// first three of which are the length of what follows.
#[derive(Default)]
struct Frames {
    /// The bytes of the header so far.
    header: Vec<u8>,
    /// The bytes of the payload that are missing.
    missing: usize,
}

impl Frames {
    fn ended(&self) -> bool {
        self.header.is_empty() && self.missing == 0
    }

    fn follow(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let payload = self.missing.min(bytes.len());
            self.missing -= payload;
            bytes = bytes.get(payload..).unwrap_or_default();
            let head = (9 - self.header.len()).min(bytes.len());
            self.header.extend(bytes.iter().take(head));
            bytes = bytes.get(head..).unwrap_or_default();
            if let [high, middle, low, _, _, _, _, _, _] = *self.header {
                self.missing =
                    usize::from(high) << 16 | usize::from(middle) << 8 | usize::from(low);
                self.header.clear();
            }
        }
    }
}

/// Breaks the connection. `http` is its HTTP side; it is polled only as far as the break needs.
pub(super) async fn break_connection(how: Break, wire: Wire, mut http: Pin<&mut impl Future>) {
    match how {
        Break::Close => {}
        Break::Reset => {
            // On a system without zero linger, the connection is closed instead.
            let _ = wire.lock().stream.tcp().set_zero_linger();
        }
        Break::Garbage => {
            let mut rest = GARBAGE;
            while !rest.is_empty() {
                let written = std::future::poll_fn(|context| {
                    Pin::new(wire.lock().stream.tcp()).poll_write(context, rest)
                });
                let Ok(count) = written.await else { return };
                rest = rest.get(count..).unwrap_or_default();
            }
            end_sending(&wire).await;
        }
        Break::GoAway(code) => {
            // A frame within another one would be a different fault.
            std::future::poll_fn(|context| {
                let ended = wire.ends_a_frame() || http.as_mut().poll(context).is_ready();
                if ended || wire.ends_a_frame() { Poll::Ready(()) } else { Poll::Pending }
            })
            .await;
            let mut wire = wire;
            let frame = go_away(code);
            if wire.write_all(&frame).await.is_ok() {
                // If this fails, the client still sees the end of the connection.
                let _ = wire.shutdown().await;
            }
        }
        Break::HalfClose => {
            end_sending(&wire).await;
            let _ = timeout(HANG, drain(&wire)).await;
        }
        Break::Silence => {
            let _ = timeout(HANG, drain(&wire)).await;
        }
    }
}

/// GOAWAY with the last stream 0: none was processed. Source: RFC 9113, section 6.8.
fn go_away(code: u32) -> Vec<u8> {
    const HEADER: [u8; 9] = [0, 0, 8, 7, 0, 0, 0, 0, 0];
    [&HEADER[..], &0_u32.to_be_bytes(), &code.to_be_bytes()].concat()
}

async fn end_sending(wire: &Wire) {
    // An error means that the connection has already ended.
    let _ =
        std::future::poll_fn(|context| Pin::new(wire.lock().stream.tcp()).poll_shutdown(context))
            .await;
}

/// Reads and discards everything until the client closes the connection.
async fn drain(wire: &Wire) {
    let mut buffer = [0; 4096];
    loop {
        let read = std::future::poll_fn(|context| {
            let mut buffer = ReadBuf::new(&mut buffer);
            let read = Pin::new(wire.lock().stream.tcp()).poll_read(context, &mut buffer);
            read.map_ok(|()| buffer.filled().len())
        });
        if matches!(read.await, Ok(0) | Err(_)) {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_frame_is_known_however_the_bytes_are_cut() {
        let frames = [&[0, 0, 3, 1, 0, 0, 0, 0, 1][..], b"abc", &go_away(0), &[0; 9]].concat();
        for size in 1..=frames.len() {
            let mut follower = Frames::default();
            let mut ends = Vec::new();
            let mut at = 0;
            for chunk in frames.chunks(size) {
                follower.follow(chunk);
                at += chunk.len();
                if follower.ended() {
                    ends.push(at);
                }
            }
            let expected: Vec<_> = [12, 29, 38]
                .into_iter()
                .filter(|end| end % size == 0 || *end == frames.len())
                .collect();
            assert_eq!(ends, expected, "{size}");
        }
    }
}
