mod certificates;

use std::io::Write;

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
};

use super::*;
use crate::ctx::{
    fixed::{FixedEnv, FixedFiles},
    http::{Arrival, header},
};

const LIMITS: Limits = Limits {
    connect: Duration::from_secs(10),
    read: Duration::from_secs(10),
    total: Duration::from_secs(20),
    body: 100_000,
};

/// A server on a free port that passes each connection to `serve`.
async fn server<F>(serve: impl Fn(TcpStream) -> F + Send + 'static) -> String
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream));
        }
    });
    address.to_string()
}

/// Reads the head of a request.
async fn head(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => break,
        }
    }
    String::from_utf8(head).unwrap()
}

/// Responds to one request with these bytes, then closes.
async fn answer(mut stream: impl AsyncRead + AsyncWrite + Unpin, bytes: Vec<u8>) {
    head(&mut stream).await;
    // The client may close the connection before it has read everything.
    let _ = stream.write_all(&bytes).await;
    let _ = stream.shutdown().await;
}

/// A server that sends this response on every connection.
async fn answering(bytes: impl Into<Vec<u8>>) -> String {
    let bytes = bytes.into();
    server(move |stream| answer(stream, bytes.clone())).await
}

/// A server that reports the heads of requests and returns `ok`.
async fn reporting() -> (String, mpsc::UnboundedReceiver<String>) {
    let (sender, heads) = mpsc::unbounded_channel();
    let address = server(move |mut stream| {
        let sender = sender.clone();
        async move {
            loop {
                let head = head(&mut stream).await;
                if head.is_empty() || sender.send(head).is_err() {
                    break;
                }
                let ok = b"HTTP/1.1 200 OK\r\nX-Seen: yes\r\ncontent-length: 2\r\n\r\nok";
                let _ = stream.write_all(ok).await;
            }
        }
    });
    (address.await, heads)
}

fn client_in(env: &[(&str, &str)]) -> HttpClient {
    HttpClient::new(
        Arc::new(env.iter().copied().collect::<FixedEnv>()),
        Arc::new(FixedFiles::default()),
    )
}

fn post(url: &str) -> Request {
    Request {
        method: Method::POST,
        url: url.into(),
        query: "Action=A&Signature=hush".into(),
        headers: vec![("x-acs-action", "A".into()), ("user-agent", "agent".into())],
        body: "".into(),
        limits: LIMITS,
        proxy: true,
        tls: TlsSettings::default(),
        always_verified: false,
        arrival: Arrival::default(),
    }
}

async fn failure(address: &str) -> Error {
    let error = client_in(&[]).send(post(&format!("http://{address}/"))).await.err().unwrap();
    assert_eq!(error.host, address);
    assert!(!error.to_string().contains("hush"), "{error}");
    error
}

#[tokio::test]
async fn a_request_is_sent_unchanged_and_its_response_is_returned() {
    let (address, mut heads) = reporting().await;
    let response = client_in(&[]).send(post(&format!("http://{address}/p"))).await.ok().unwrap();
    assert_eq!(
        (response.status().as_u16(), header(&response, "x-seen"), &response.body()[..]),
        (200, Some("yes"), &b"ok"[..])
    );
    let head = heads.recv().await.unwrap().to_lowercase();
    assert!(head.starts_with("post /p?action=a&signature=hush http/1.1\r\n"), "{head}");
    for line in
        [&format!("host: {address}"), "content-length: 0", "x-acs-action: a", "user-agent: agent"]
    {
        assert_eq!(head.matches(line).count(), 1, "{line} in {head}");
    }
}

#[tokio::test]
async fn connections_are_reused() {
    let connections = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counted = connections.clone();
    let address = server(move |mut stream| {
        counted.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        async move {
            while !head(&mut stream).await.is_empty() {
                let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await;
            }
        }
    })
    .await;
    let client = client_in(&[]);
    for _ in 0..5 {
        assert_eq!(
            client.send(post(&format!("http://{address}/"))).await.ok().unwrap().status(),
            204
        );
    }
    assert_eq!(connections.load(std::sync::atomic::Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_redirect_is_an_ordinary_response() {
    let address = answering(
        "HTTP/1.1 307 Temporary\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n",
    )
    .await;
    let response = client_in(&[]).send(post(&format!("http://{address}/"))).await.ok().unwrap();
    assert_eq!(
        (response.status().as_u16(), header(&response, "location")),
        (307, Some("http://127.0.0.1:1/"))
    );
}

#[tokio::test]
async fn broken_responses_are_classified() {
    for (bytes, kind) in [
        ("", ErrorKind::Closed),
        ("HTTP/1.1 200", ErrorKind::Closed),
        ("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf", ErrorKind::Cut),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhel", ErrorKind::Cut),
        ("SSH-2.0-OpenSSH_9.6\r\n\r\n", ErrorKind::Garbled),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", ErrorKind::Garbled),
        (
            "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 5\r\n\r\nplain",
            ErrorKind::Garbled,
        ),
    ] {
        let error = failure(&answering(bytes).await).await;
        assert_eq!(error.kind, kind, "{bytes:?}: {error}");
    }
}

#[tokio::test]
async fn a_closed_port_is_a_connect_failure() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);
    let error = failure(&address).await;
    assert_eq!(error.kind, ErrorKind::Connect);
    assert!(error.cause.contains("refused"), "{error}");
}

#[tokio::test]
async fn a_name_without_address_is_distinguished_from_an_unreachable_server() {
    let error = failure("host.invalid").await;
    // If no name server can be reached, that is the only possible report.
    let expected =
        if error.cause.contains("emporary") { ErrorKind::Resolver } else { ErrorKind::Dns };
    assert_eq!(error.kind, expected, "{error}");
}

#[tokio::test]
async fn an_invalid_url_is_rejected() {
    let error = client_in(&[]).send(post("http://")).await.err().unwrap();
    assert_eq!(error.kind, ErrorKind::InvalidUrl);
}

#[tokio::test]
async fn the_longest_url_is_sent_and_a_longer_one_is_named_as_such() {
    let address = server(|mut stream| async move {
        head(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await;
    })
    .await;
    let url = format!("http://{address}/");
    for (excess, expected) in [(0, None), (1, Some(ErrorKind::RequestTooLong))] {
        let mut request = post(&url);
        request.query = "q".repeat(MAX_URL - url.len() - 1 + excess).into();
        let kind = client_in(&[]).send(request).await.err().map(|error| error.kind);
        assert_eq!(kind, expected);
    }
}

#[tokio::test]
async fn an_idle_body_ends_at_the_read_timeout_and_a_slow_one_at_the_total() {
    let silent = server(|mut stream| async move {
        head(&mut stream).await;
        std::future::pending::<()>().await;
    })
    .await;
    let mut request = post(&format!("http://{silent}/"));
    request.limits.read = Duration::from_millis(50);
    let connect = request.limits.connect;
    let (begun, arrival) = (tokio::time::Instant::now(), request.arrival.clone());
    let error = client_in(&[]).send(request).await.err().unwrap();
    assert_eq!(error.kind, ErrorKind::ReadTimeout);
    assert!(!arrival.has_begun());
    assert!(begun.elapsed() < connect, "the time to connect is not added");

    let trickling = server(|mut stream| async move {
        head(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
        while stream.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
    let mut request = post(&format!("http://{trickling}/"));
    request.limits.total = Duration::from_millis(100);
    let arrival = request.arrival.clone();
    let error = client_in(&[]).send(request).await.err().unwrap();
    assert_eq!(error.kind, ErrorKind::Stalled);
    assert!(arrival.has_begun());
}

#[tokio::test]
async fn a_response_cannot_exceed_its_limit() {
    let endless = server(|mut stream| async move {
        head(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
        while stream.write_all(&[b'x'; 10_000]).await.is_ok() {}
    });
    let mut zipper = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    for _ in 0..100 {
        zipper.write_all(&[0; 1_000_000]).unwrap();
    }
    let bomb = zipper.finish().unwrap();
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n",
        bomb.len()
    );
    for address in [
        answering("HTTP/1.1 200 OK\r\ncontent-length: 100001\r\n\r\n").await,
        answering("HTTP/1.1 200 OK\r\ncontent-length: 9223372036854775807\r\n\r\n").await,
        endless.await,
        answering([head.into_bytes(), bomb].concat()).await,
    ] {
        let error = failure(&address).await;
        assert_eq!(error.kind, ErrorKind::BodyTooLarge, "{error}");
    }
}

#[tokio::test]
async fn a_failure_after_the_headers_has_the_request_id_of_the_response() {
    let started = "HTTP/1.1 200 OK\r\nx-acs-request-id: R-1\r\ncontent-length:";
    let silent = server(move |mut stream| async move {
        head(&mut stream).await;
        let _ = stream.write_all(format!("{started} 9\r\n\r\n1").as_bytes()).await;
        std::future::pending::<()>().await;
    });
    for (address, kind, total) in [
        (answering(format!("{started} 9\r\n\r\n1")).await, ErrorKind::Cut, 60_000),
        (answering(format!("{started} 100001\r\n\r\n")).await, ErrorKind::BodyTooLarge, 60_000),
        (silent.await, ErrorKind::Stalled, 100),
    ] {
        let mut request = post(&format!("http://{address}/"));
        request.limits.total = Duration::from_millis(total);
        let error = client_in(&[]).send(request).await.err().unwrap();
        assert_eq!((error.kind, error.request_id.as_deref()), (kind, Some("R-1")));
        assert!(!error.to_string().contains("R-1"), "{error}");
    }
    let without = failure(&answering("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n1").await).await;
    assert_eq!((without.kind, without.request_id), (ErrorKind::Cut, None));
}

#[tokio::test]
async fn gzip_is_accepted_and_decoded() {
    let mut zipper = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    zipper.write_all(&[b'x'; 100_000]).unwrap();
    let body = zipper.finish().unwrap();
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let address = answering([head.into_bytes(), body].concat()).await;
    let response = client_in(&[]).send(post(&format!("http://{address}/"))).await.ok().unwrap();
    assert_eq!(response.body().len(), 100_000);
}

#[tokio::test]
async fn a_proxy_gets_the_request_unless_the_host_bypasses_it() {
    let (address, mut heads) = reporting().await;
    let proxy = format!("http://user:hush@{address}");
    let client = client_in(&[("http_proxy", &proxy), ("no_proxy", "direct.invalid")]);
    client.send(post("http://ecs.invalid/p")).await.ok().unwrap();
    let head = heads.recv().await.unwrap();
    assert!(head.starts_with("POST http://ecs.invalid/p?Action="), "{head}");
    assert!(head.to_lowercase().contains("proxy-authorization: basic "), "{head}");
    // The proxy is on loopback, which is reached without a proxy.
    client.send(post(&format!("http://{address}/direct"))).await.ok().unwrap();
    assert!(heads.recv().await.unwrap().starts_with("POST /direct?"));
    let error = client.send(post("http://direct.invalid/")).await.err().unwrap();
    assert_ne!(error.kind, ErrorKind::Proxy);
    let direct = Request { proxy: false, ..post("http://ecs.invalid/") };
    assert_ne!(client.send(direct).await.err().unwrap().kind, ErrorKind::Proxy);
}

/// A SOCKS 5 proxy without a password that connects every client to `target`, after `delay`. It
/// reports the requested host and port. Source: RFC 1928.
async fn socks(target: String, delay: Duration) -> (String, mpsc::UnboundedReceiver<Vec<u8>>) {
    let (sender, asked) = mpsc::unbounded_channel();
    let address = server(move |mut stream| {
        let (sender, target) = (sender.clone(), target.clone());
        async move {
            let mut methods = [0; 2];
            stream.read_exact(&mut methods).await.unwrap();
            stream.read_exact(&mut vec![0; usize::from(methods[1])]).await.unwrap();
            stream.write_all(&[5, 0]).await.unwrap();
            let mut request = [0; 5];
            stream.read_exact(&mut request).await.unwrap();
            // Version, command "connect", reserved, address type "name", length.
            assert_eq!(request[..4], [5, 1, 0, 3]);
            let mut host = vec![0; usize::from(request[4]) + 2];
            stream.read_exact(&mut host).await.unwrap();
            sender.send(host).unwrap();
            tokio::time::sleep(delay).await;
            stream.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await.unwrap();
            let mut onward = TcpStream::connect(target).await.unwrap();
            let _ = tokio::io::copy_bidirectional(&mut stream, &mut onward).await;
        }
    });
    (address.await, asked)
}

#[tokio::test]
async fn a_socks_proxy_resolves_and_connects_to_the_host() {
    let (target, mut heads) = reporting().await;
    let (address, mut asked) = socks(target, Duration::ZERO).await;
    let client = client_in(&[("ALL_PROXY", &format!("socks5h://{address}"))]);
    client.send(post("http://ecs.invalid/p")).await.ok().unwrap();
    assert_eq!(asked.recv().await.unwrap(), b"ecs.invalid\x00\x50");
    assert!(heads.recv().await.unwrap().starts_with("POST /p?"));
}

#[tokio::test]
async fn the_connect_time_does_not_count_toward_the_read_timeout() {
    let (target, _heads) = reporting().await;
    let read = Duration::from_millis(700);
    let (address, _asked) = socks(target, 2 * read).await;
    let client = client_in(&[("ALL_PROXY", &format!("socks5h://{address}"))]);
    let request = || {
        let mut request = post("http://ecs.invalid/p");
        request.limits.read = read;
        request
    };
    client.send(request()).await.ok().unwrap();
    let mut request = request();
    // A separate pool, without an open connection.
    request.limits.connect = read;
    let error = client.send(request).await.err().unwrap();
    assert_eq!(error.kind, ErrorKind::Proxy, "{error}");
}

#[tokio::test]
async fn a_failing_proxy_is_reported_without_its_password() {
    let refusing = answering("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n").await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let down = listener.local_addr().unwrap().to_string();
    drop(listener);
    for address in [refusing, down] {
        let client = client_in(&[("HTTPS_PROXY", &format!("http://user:hush@{address}"))]);
        let error = client.send(post("https://ecs.invalid/")).await.err().unwrap();
        assert_eq!((error.kind, &*error.host), (ErrorKind::Proxy, "ecs.invalid"), "{error}");
        assert!(!error.to_string().contains("hush"), "{error}");
        let named = format!("the proxy {address} from HTTPS_PROXY: ");
        assert!(error.cause.starts_with(&named), "{error}");
    }
}

#[tokio::test]
async fn an_address_of_a_proxy_that_is_not_valid_is_named_by_its_variable() {
    let client = client_in(&[("ALL_PROXY", "http://user:hush@p:port")]);
    let error = client.send(post("https://ecs.invalid/")).await.err().unwrap();
    assert_eq!(error.kind, ErrorKind::InvalidProxy, "{error}");
    assert!(error.cause.contains("ALL_PROXY") && !error.cause.contains("hush"), "{error}");
}

#[tokio::test]
async fn plain_http_where_tls_was_expected_is_reported_as_such() {
    let plain = server(|mut stream| async move {
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        let _ = stream.read_to_end(&mut Vec::new()).await;
    })
    .await;
    let error = client_in(&[]).send(post(&format!("https://{plain}/"))).await.err().unwrap();
    assert_eq!((error.kind, &*error.cause), (ErrorKind::NotTls, ""), "{error}");
    // Which of the two does not use TLS is not known.
    let client = client_in(&[("HTTPS_PROXY", &format!("https://{plain}"))]);
    let error = client.send(post("https://ecs.invalid/")).await.err().unwrap();
    assert_eq!(error.kind, ErrorKind::Tls, "{error}");
    assert!(error.cause.contains("from HTTPS_PROXY"), "{error}");
}

/// A server that sends the head of a response and then `part` every `pause`.
async fn trickling(part: &'static [u8], pause: Duration) -> String {
    server(move |mut stream| async move {
        head(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 90000\r\n\r\n").await;
        while stream.write_all(part).await.is_ok() {
            tokio::time::sleep(pause).await;
        }
    })
    .await
}

#[tokio::test]
async fn a_body_slower_than_a_kibibyte_per_second_fails_the_attempt() {
    let limits = Limits { read: Duration::from_secs(1), ..LIMITS };
    let send = |address: String| async move {
        let request = Request { limits, ..post(&format!("http://{address}/")) };
        client_in(&[]).send(request).await
    };
    let begun = tokio::time::Instant::now();
    let slow = send(trickling(b"x", Duration::from_millis(20)).await).await.err().unwrap();
    assert_eq!(slow.kind, ErrorKind::Stalled);
    assert!(slow.cause.contains("1 KiB per second"), "{slow}");
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    // A slow body above the minimum speed arrives, over several windows.
    let part = &[b'x'; 3_000];
    let whole = send(trickling(part, Duration::from_millis(100)).await).await.ok().unwrap();
    assert_eq!(whole.body().len(), 90_000);
}

#[tokio::test]
async fn a_few_large_bodies_are_read_at_a_time_and_keep_their_permit_until_dropped() {
    let length = 600 << 10;
    let mut answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n").into_bytes();
    answer.resize(answer.len() + length, b'x');
    let address = answering(answer).await;
    let client = client_in(&[]);
    let send = || {
        let limits = Limits { body: length, ..LIMITS };
        client.send(Request { limits, ..post(&format!("http://{address}/")) })
    };
    let mut held = Vec::new();
    for _ in 0..response::LARGE_BODIES {
        held.push(send().await.ok().unwrap());
    }
    let mut next = std::pin::pin!(send());
    assert!(timeout(Duration::from_millis(300), &mut next).await.is_err());
    held.pop();
    assert_eq!(next.await.ok().unwrap().body().len(), length);
}

#[tokio::test]
async fn nothing_is_read_before_the_first_request() {
    let env: FixedEnv = [("SSL_CERT_FILE", "/none.pem")].into_iter().collect();
    let client = HttpClient::new(Arc::new(env), Arc::new(FixedFiles::default()));
    let (address, _heads) = reporting().await;
    // Plain HTTP needs no certificates, so not even now.
    assert_eq!(client.send(post(&format!("http://{address}/"))).await.ok().unwrap().status(), 200);
    assert!(client.tls.lock().unwrap().is_empty());
}
