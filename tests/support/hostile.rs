//! Responses that would cost much memory if nothing bounded it, and a server that gives them.

#![allow(dead_code, reason = "each of its users uses a part")]
#![allow(unreachable_pub, reason = "it is a module of each test crate that uses it")]

use std::{
    io::Write,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
    time::timeout,
};

use super::client::{Client, Plugin, Read};

/// The time limit of a read that fails; generous, for a busy machine.
const AMPLE: Duration = Duration::from_secs(120);

/// How much memory above idle a hostile response may cost, in bytes.
pub const MOST_COST: u64 = 64 << 20;

/// The length of a hostile response, in bytes.
pub const LENGTH: usize = 16 << 20;

/// A response that is short on the wire or in text, and large after decoding.
pub struct Hostile {
    /// What it has too much of.
    pub name: &'static str,
    /// The status.
    pub status: u16,
    /// Whether the body is compressed.
    pub is_gzip: bool,
    /// The body as sent.
    pub body: Vec<u8>,
}

impl Hostile {
    /// The response as HTTP/1.1.
    pub fn to_http1(&self) -> Vec<u8> {
        let status = self.status;
        let framing = match self.is_gzip {
            true => "Content-Encoding: gzip".to_owned(),
            false => format!("Content-Length: {}", self.body.len()),
        };
        let head = format!("HTTP/1.1 {status} X\r\nConnection: close\r\n{framing}\r\n\r\n");
        [head.as_bytes(), &self.body].concat()
    }
}

/// Reads a request without a body to its end.
pub async fn is_called(stream: &mut TcpStream) -> bool {
    read_request(stream).await.is_some()
}

/// A request without a body; `None` if the connection ends before it does.
async fn read_request(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        request.push(stream.read_u8().await.ok()?);
    }
    Some(request)
}

/// Checks that a read of a configured plugin fails, costs little memory, and leaves the plugin working.
/// Returns the read.
pub async fn assert_costs_little(plugin: &Plugin, client: &mut Client, about: &str) -> Read {
    let idle = plugin.peak_memory().unwrap();
    let query = json!({"owners": "system"});
    let read = timeout(AMPLE, client.read("alicloud_images", &query))
        .await
        .expect("the read goes on")
        .unwrap();
    assert!(read.failed(), "{about}: {:?}", read.diagnostics);
    let cost = plugin.peak_memory().unwrap() - idle;
    assert!(cost <= MOST_COST, "{about}: {} MiB", cost >> 20);
    assert!(client.schemas().await.is_ok(), "{about}");
    read
}

/// Responds to every request with these bytes, until dropped.
pub struct Server {
    requests: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Server {
    /// Accepts connections from now on.
    pub fn start(listener: Arc<TcpListener>, response: Vec<u8>) -> Self {
        Self::serve(listener, response, None)
    }

    /// The same, but responds to a `PUT`, which requests a session token of the metadata service, with a
    /// token. Such requests are not counted.
    pub fn after_token(listener: Arc<TcpListener>, response: Vec<u8>) -> Self {
        let token = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\ntoken";
        Self::serve(listener, response, Some(token))
    }

    fn serve(listener: Arc<TcpListener>, response: Vec<u8>, to_put: Option<&'static str>) -> Self {
        let (response, requests) = (Arc::new(response), Arc::new(AtomicUsize::new(0)));
        let counted = requests.clone();
        let task = tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let (response, counted) = (response.clone(), counted.clone());
                tokio::spawn(async move {
                    let Some(request) = read_request(&mut stream).await else { return };
                    let response = match to_put.filter(|_| request.starts_with(b"PUT ")) {
                        Some(token) => token.as_bytes(),
                        None => {
                            counted.fetch_add(1, Ordering::Relaxed);
                            &response
                        }
                    };
                    let _ = stream.write_all(response).await;
                    let _ = stream.shutdown().await;
                });
            }
        });
        Self { requests, task }
    }

    /// How many requests have come.
    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// `begin`, then `part` again and again, then `end`, `length` bytes in all.
pub fn repeated(begin: &str, part: &str, end: &str, length: usize) -> String {
    let times = (length - begin.len() - end.len()) / part.len();
    format!("{begin}{}{end}", part.repeat(times))
}

/// Hostile responses of each kind.
pub fn responses() -> Vec<Hostile> {
    let images = |part, length| {
        let begin = r#"{"TotalCount": 1000000, "Images": {"Image": ["#;
        repeated(begin, part, "{}]}}", length)
    };
    let within = 4 << 20;
    let bodies = [
        ("empty images", 200, images("{},", within)),
        ("more empty images", 200, images("{},", LENGTH)),
        (
            "tags",
            200,
            images(r#"{"Tags": {"Tag": [{},{},{},{},{},{},{},{},{},{},{},{},{},{}]}},"#, within),
        ),
        (
            "different words",
            200,
            (0..)
                .map(|number: u32| format!("\"OSType\":\"{number}\","))
                .scan(0, |length, part| {
                    *length += part.len();
                    (*length < within).then_some(part)
                })
                .fold(r#"{"Images": [{"#.to_owned(), |body, part| body + &part),
        ),
        ("nested lists", 400, repeated(r#"{"Code": ["#, "[[]],", "0]}", within)),
        ("numbers", 400, repeated("[", "1,", "0]", LENGTH)),
        ("a long text", 400, repeated(r#"{"Message": ""#, "a", r#""}"#, within)),
        ("elements", 400, repeated("<Error>", "<a/>", "</Error>", within)),
        ("attributes", 400, repeated("<Error ", "a=\"\" ", "/>", within)),
    ];
    let plain = bodies.map(|(name, status, body)| Hostile {
        name,
        status,
        is_gzip: false,
        body: body.into_bytes(),
    });
    let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    bomb.write_all(images("{},", LENGTH).as_bytes()).unwrap();
    let bomb = Hostile { name: "gzip", status: 200, is_gzip: true, body: bomb.finish().unwrap() };
    plain.into_iter().chain([bomb]).collect()
}
