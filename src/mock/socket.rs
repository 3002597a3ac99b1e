//! A TCP connection that can be made to misbehave below HTTP and TLS.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    task::{Context, Poll, ready},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

/// What is sent in place of an answer that is to be garbage.
const GARBAGE: &[u8] = b"\x00\x01\x02 this is not HTTP \xff\xfe\r\n\r\n";

/// How a connection ends or what it sends; shared by the connection and the call that decides.
#[derive(Default)]
pub(super) struct Line(AtomicU8);

impl Line {
    const GARBAGE: u8 = 1;
    const RESET: u8 = 2;

    /// From now on garbage is sent in place of what is written.
    pub(super) fn send_garbage(&self) {
        self.0.store(Self::GARBAGE, Ordering::Relaxed);
    }

    /// When the connection is dropped, it is reset instead of closed.
    pub(super) fn reset_on_drop(&self) {
        self.0.store(Self::RESET, Ordering::Relaxed);
    }

    fn is(&self, mode: u8) -> bool {
        self.0.load(Ordering::Relaxed) == mode
    }
}

/// A TCP connection with its [`Line`].
pub(super) struct Socket {
    stream: TcpStream,
    line: Arc<Line>,
    /// How much of the garbage was sent.
    sent: usize,
}

impl Socket {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self { stream, line: Arc::default(), sent: 0 }
    }

    pub(super) fn line(&self) -> Arc<Line> {
        self.line.clone()
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if self.line.is(Line::RESET) {
            // Where the system does not know zero linger, the connection is closed instead.
            let _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if !self.line.is(Line::GARBAGE) {
            return Pin::new(&mut self.stream).poll_write(context, bytes);
        }
        while let Some(rest) = GARBAGE.get(self.sent..).filter(|rest| !rest.is_empty()) {
            self.sent += ready!(Pin::new(&mut self.stream).poll_write(context, rest))?;
        }
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
