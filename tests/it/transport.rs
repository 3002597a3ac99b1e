//! Connections between the real client and the mock that break in every way, with both versions of
//! HTTP: a break may need another attempt and some time, but no image is missing from the result.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::{StreamExt, stream};
use terraform_provider_alicloud::{
    alicloud::Api,
    mock::{Config, Http, Seed, Server},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    time::sleep_until,
};

use crate::{
    client_and_mock::{Settings, all, client_behind, client_to},
    support::hostile::is_called,
};

const VERSIONS: [Http; 2] = [Http::Http1, Http::Http2];

/// A mock with 250 images, which are three pages, that offers one version of HTTP over TLS.
fn server(http: Http, rule: &str) -> Server {
    let config = Config { tls: true, http, ..Config::default() }.with_images(Seed::Generated(250));
    Server::start(config.with_fault(rule).unwrap()).unwrap()
}

/// Lists all images; returns how many there are, and how long it took.
async fn list(server: &Server, settings: Settings) -> (usize, Duration) {
    let begun = Instant::now();
    let listing = client_to(server, server.url(), settings).describe_images(all()).await;
    (listing.unwrap().images.len(), begun.elapsed())
}

#[tokio::test]
async fn a_lookup_recovers_from_a_broken_connection_within_15_seconds_with_the_right_result() {
    let (whole, _) = list(&server(Http::Http1, "do=ok"), Settings::default()).await;
    let faults = ["goaway", "rst-stream", "rst-stream:REFUSED_STREAM", "silence", "half-close"];
    let mut cases = Vec::new();
    for http in VERSIONS {
        for fault in faults.iter().chain(&["close", "reset", "garbage", "truncate"]) {
            for page in [1, 2] {
                cases.push((http, format!("action=DescribeImages page={page} times=1 do={fault}")));
            }
        }
    }
    // A few at a time: all at once, the processor would determine the times.
    let cases = stream::iter(cases).map(|(http, rule)| async move {
        let server = server(http, &rule);
        // Over HTTP/2, unanswered pings detect a dead connection. Over HTTP/1.1, a slow and a dead
        // connection look the same, so the timeouts detect it: until a response begins, the sum of
        // the connect and the read timeout.
        let settings = Settings {
            connect_timeout: Duration::from_secs(5),
            read_timeout: Duration::from_secs(if http == Http::Http2 { 60 } else { 3 }),
            ..Settings::default()
        };
        let (found, elapsed) = list(&server, settings).await;
        assert_eq!(found, whole, "{http:?} {rule}");
        assert!(elapsed < Duration::from_secs(15), "{http:?} {rule}: {elapsed:?}");
    });
    cases.buffer_unordered(6).collect::<()>().await;
}

#[tokio::test]
async fn a_connection_on_which_a_request_timed_out_is_not_used_again() {
    for http in VERSIONS {
        let server = server(http, "action=DescribeImages page=2 times=1 do=hang");
        let settings = Settings { read_timeout: Duration::from_millis(500), ..Settings::default() };
        list(&server, settings).await;
        let entries = server.journal().entries();
        let of_page = |page: &str| {
            let page = page.to_owned();
            entries.iter().filter(move |entry| entry.parameter("PageNumber") == Some(&page))
        };
        let connections: Vec<_> = of_page("2").map(|entry| entry.connection).collect();
        assert!(connections.len() >= 2 && connections[0] != connections[1], "{connections:?}");
    }
}

/// How a front server ends a connection.
#[derive(Clone, Copy, Debug)]
enum Ends {
    Fin,
    Reset,
}

/// A server in front of `address` that drops the first three TLS handshakes and relays all later
/// connections. `proxy` makes it an HTTP proxy.
async fn busy_front(address: SocketAddr, ends: Ends, proxy: bool) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let own = listener.local_addr().unwrap();
    tokio::spawn(async move {
        for number in 0.. {
            let (mut near, _) = listener.accept().await.unwrap();
            if proxy {
                assert!(is_called(&mut near).await);
                near.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
            }
            if number < 3 {
                // The start of the handshake has arrived.
                near.readable().await.unwrap();
                match ends {
                    Ends::Fin => {
                        let mut hello = [0; 4 << 10];
                        let _ = near.read(&mut hello).await;
                    }
                    Ends::Reset => near.set_zero_linger().unwrap(),
                }
                continue;
            }
            tokio::spawn(async move {
                let mut far = TcpStream::connect(address).await.unwrap();
                let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
            });
        }
    });
    own
}

#[tokio::test]
async fn handshakes_that_a_busy_server_drops_are_retried() {
    let server = server(Http::Both, "do=ok");
    let (whole, _) = list(&server, Settings::default()).await;
    for ends in [Ends::Fin, Ends::Reset] {
        for proxy in [false, true] {
            let front = busy_front(server.address(), ends, proxy).await;
            let client = match proxy {
                false => client_to(&server, &format!("https://{front}"), Settings::default()),
                // A host name that only the proxy can resolve.
                true => {
                    let proxy = format!("http://{front}");
                    client_behind(&proxy, "https://ecs.test", Settings::default())
                }
            };
            let listing = client.describe_images(all()).await;
            let listing = listing.unwrap_or_else(|error| panic!("{ends:?} {proxy}: {error:?}"));
            assert_eq!((listing.images.len(), listing.calls), (whole, 6), "{ends:?} {proxy}");
        }
    }
}

/// How long bytes take in each direction. It is long, so that processing time on a busy machine is
/// negligible.
const DELAY: Duration = Duration::from_millis(400);

/// A proxy in front of `address` that delays traffic, like a slow network.
async fn far_away(address: SocketAddr) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let own = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (near, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                // The TCP handshake takes one round trip.
                tokio::time::sleep(2 * DELAY).await;
                let far = TcpStream::connect(address).await.unwrap();
                let ((from_near, to_near), (from_far, to_far)) =
                    (near.into_split(), far.into_split());
                tokio::spawn(delay(from_near, to_far));
                tokio::spawn(delay(from_far, to_near));
            });
        }
    });
    own
}

async fn delay(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin + Send + 'static) {
    let (sender, mut arriving) = mpsc::unbounded_channel::<(tokio::time::Instant, Vec<u8>)>();
    tokio::spawn(async move {
        while let Some((at, bytes)) = arriving.recv().await {
            sleep_until(at).await;
            if to.write_all(&bytes).await.is_err() {
                return;
            }
        }
        let _ = to.shutdown().await;
    });
    let mut buffer = vec![0; 64 << 10];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        let at = tokio::time::Instant::now() + DELAY;
        if sender.send((at, buffer[..read].to_vec())).is_err() {
            return;
        }
    }
}

#[tokio::test]
async fn a_thousand_images_take_five_round_trips_over_http_2_and_seven_over_http_1() {
    for (http, round_trips) in [(Http::Http2, 5), (Http::Http1, 7)] {
        let config = Config { tls: true, http, ..Config::default() };
        let server = Arc::new(Server::start(config.with_images(Seed::Generated(1_000))).unwrap());
        let url = format!("https://{}", far_away(server.address()).await);
        // A busy machine only increases the time, so the best of six runs is used.
        let mut best = Duration::MAX;
        for _ in 0..6 {
            let client = client_to(&server, &url, Settings::default());
            let begun = Instant::now();
            let listing = client.describe_images(all()).await.unwrap();
            best = best.min(begun.elapsed());
            assert!(listing.calls >= 8, "{}", listing.calls);
            if best < 2 * DELAY * round_trips {
                break;
            }
        }
        assert!(best < 2 * DELAY * round_trips, "{http:?}: {best:?}");
    }
}
