//! A body that comes bit by bit, or not to its end.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use hyper::body::{Body, Frame};
use tokio::time::Sleep;

/// A body that comes bit by bit, or not to its end.
pub(super) struct Trickle {
    rest: Bytes,
    /// How many bytes come at once.
    chunk: usize,
    pause: Duration,
    /// Whether the connection breaks when `rest` is used up.
    breaks: bool,
    /// The wait before the next chunk.
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Trickle {
    /// So many bytes at a time.
    pub(super) fn slow(body: Bytes, chunk: usize, pause: Duration) -> Self {
        Self { rest: body, chunk, pause, breaks: false, sleep: None }
    }

    /// The first bytes, then nothing.
    pub(super) fn truncated(body: Bytes, at: usize) -> Self {
        let rest = body.slice(..at.min(body.len()));
        // The pause lets what was written reach the wire before the connection breaks.
        let pause = Duration::from_millis(5);
        Self { chunk: rest.len().max(1), rest, pause, breaks: true, sleep: None }
    }
}

impl Body for Trickle {
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
