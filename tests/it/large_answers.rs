//! Endless responses: each is rejected at its limit and uses little memory.

use std::{
    io::Write,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{io::AsyncWriteExt, net::TcpListener, time::timeout};

use crate::{
    host::{Host, SOON},
    support::{client::Read, hostile::is_called},
};

/// How much memory a read may add at most, in bytes: the limit of a body, 16 MiB, a copy of it
/// while it grows, and a margin for the system.
const MEMORY: u64 = 40 << 20;

/// How many bytes a server may have sent before it notices that the client stopped reading: the
/// limit of a body and the buffers of the system.
const SENT: usize = 48 << 20;

/// A server that responds to every call with a head and then repeats a part indefinitely.
struct Endless {
    url: String,
    calls: Arc<AtomicUsize>,
    sent: Arc<AtomicUsize>,
}

impl Endless {
    async fn start(head: &'static str, part: Vec<u8>, times: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (calls, sent) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (counted, written) = (calls.clone(), sent.clone());
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                if !is_called(&mut stream).await {
                    continue;
                }
                counted.fetch_add(1, Ordering::Relaxed);
                let mut going_on = stream.write_all(head.as_bytes()).await.is_ok();
                for _ in 0..times {
                    going_on = going_on && stream.write_all(&part).await.is_ok();
                    written.fetch_add(if going_on { part.len() } else { 0 }, Ordering::Relaxed);
                }
            }
        });
        Self { url, calls, sent }
    }

    /// Checks that a read fails for `reason` after this many calls, within the limits.
    async fn is_refused(&self, reason: &str, calls: usize) {
        let mut host = Host::with_key(&self.url).await;
        let before = host.plugin.peak_memory();
        let read: Read = timeout(SOON, host.read()).await.expect("it reads on").unwrap();
        assert!(read.failed());
        let told = read.diagnostics[0].to_string();
        assert!(told.contains(reason), "{told}");
        assert_eq!(self.calls.load(Ordering::Relaxed), calls);
        assert!(self.sent.load(Ordering::Relaxed) < SENT);
        if let (Some(before), Some(after)) = (before, host.plugin.peak_memory()) {
            assert!(after - before < MEMORY, "{} MiB more", (after - before) >> 20);
        }
        assert!(host.client.schemas().await.is_ok(), "the plugin lives on");
    }
}

/// One chunk of a megabyte.
fn chunk() -> Vec<u8> {
    let content = b"[".repeat(1 << 20);
    [b"100000\r\n", content.as_slice(), b"\r\n"].concat()
}

const CHUNKED: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

#[tokio::test]
async fn a_slow_gigabyte_is_rejected_at_the_limit() {
    let server = Endless::start(CHUNKED, chunk(), 1024).await;
    server.is_refused("too large", 1).await;
}

#[tokio::test]
async fn an_announced_gigabyte_is_rejected_before_it_is_read() {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n";
    let server = Endless::start(head, b"[".repeat(1 << 20), 1024).await;
    server.is_refused("too large", 1).await;
}

#[tokio::test]
async fn a_gigabyte_in_an_error_response_is_rejected_too() {
    let head = "HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\n\r\n";
    let server = Endless::start(head, chunk(), 1024).await;
    server.is_refused("too large", 1).await;
}

#[tokio::test]
async fn a_gzip_bomb_is_rejected_at_the_limit() {
    let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let zeros = vec![b'['; 1 << 20];
    for _ in 0..1024 {
        bomb.write_all(&zeros).unwrap();
    }
    let bomb = bomb.finish().unwrap();
    assert!(bomb.len() < 10 << 20, "it would be refused for its own size");
    let head = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n";
    let server = Endless::start(head, bomb, 1).await;
    server.is_refused("too large", 1).await;
}

#[tokio::test]
async fn endless_headers_are_rejected() {
    let line = [b"X: ".as_slice(), &b"a".repeat(1 << 16), b"\r\n"].concat();
    let server = Endless::start("HTTP/1.1 200 OK\r\n", line, 16_384).await;
    // A response that is not HTTP is retried, because it may be from a device between the client
    // and the service.
    server.is_refused("not valid HTTP", 4).await;
}

#[tokio::test]
async fn a_response_with_a_million_levels_does_not_crash_the_plugin() {
    let head = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"Images\":{\"Image\":[{\"New\":";
    let server = Endless::start(head, b"[".repeat(1_000_000), 1).await;
    let mut host = Host::with_key(&server.url).await;
    let read = host.read();
    // A truncated body is retried more often; the first attempts are sufficient here.
    while server.calls.load(Ordering::Relaxed) < 2 && !read.is_finished() {
        tokio::task::yield_now().await;
    }
    host.client.stop().await.unwrap();
    assert!(timeout(SOON, read).await.unwrap().unwrap().failed());
    assert!(host.client.schemas().await.is_ok());
}
