//! Reads the body of a response with limits on size, speed and memory.

use std::sync::Arc;

use bytes::Bytes;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout_at},
};

use super::{Failure, failure};
use crate::{
    ctx::http::{Body, ErrorKind, Limits},
    secret::SecretBytes,
};

/// Up to this size, in bytes, a body is small. A page of 100 images has about 200,000.
const SMALL: usize = 512 << 10;

/// How many bodies may be larger than that at a time, each until it is dropped. With at most 32
/// calls in flight and 4 MiB for each body, 30 MiB of bodies are held at most.
pub(super) const LARGE_BODIES: usize = 4;

/// The least speed of a body, in bytes per second, over the read timeout.
const MIN_SPEED: f64 = 1024.0;

/// The bytes of a body, with the right to be large. They are wiped when they are dropped, since
/// some contain credentials.
struct Content {
    content: SecretBytes,
    _large: Option<OwnedSemaphorePermit>,
}

impl AsRef<[u8]> for Content {
    fn as_ref(&self) -> &[u8] {
        self.content.as_ref()
    }
}

/// Reads the whole body. Its size is counted after decompression and while it arrives, so that
/// neither a false length nor a decompression bomb takes more memory than allowed.
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
    let mut body = Content { content, _large: None };
    let mut speed = Speed::begin(limits);
    loop {
        let chunk = match timeout_at(speed.next_deadline(), response.chunk()).await {
            Ok(chunk) => chunk.map_err(|error| failure::classify(error, false))?,
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

    /// When it is too late for more bytes.
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
