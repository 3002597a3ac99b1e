//! The mock continues to serve other clients, no matter what one client sends.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpStream},
    time::Duration,
};

use terraform_provider_alicloud::mock::{Config, Seed, Server};

use super::{
    client::{Call, Transport},
    config, start,
};

/// A pseudorandom number generator with the same sequence in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % limit
    }
}

fn raw(call: &Call, server: &Server) -> Vec<u8> {
    let request = call.request(server.url());
    let mut text = format!(
        "{} /?{} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n",
        request.method(),
        request.url().query().unwrap(),
        server.address()
    );
    for (name, value) in request.headers() {
        text.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap()));
    }
    let body = request.body().and_then(|body| body.as_bytes()).unwrap_or_default();
    text.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
    [text.as_bytes(), body].concat()
}

/// Sends bytes and reads the response, if any; errors are ignored.
fn send(bytes: &[u8], server: &Server) -> Vec<u8> {
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let _ = stream.write_all(bytes);
    let _ = stream.shutdown(Shutdown::Write);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    answer
}

fn still_serves(server: &Server) {
    let answer = send(&raw(&Call::images(&[]), server), server);
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

fn mutate(bytes: &mut Vec<u8>, dice: &mut Dice) {
    for _ in 0..1 + dice.below(8) {
        let at = dice.below(bytes.len());
        match dice.below(6) {
            0 => bytes[at] = dice.below(256) as u8,
            1 => {
                bytes.remove(at);
            }
            2 => bytes.insert(at, dice.below(256) as u8),
            3 => {
                let end = (at + dice.below(40)).min(bytes.len());
                let copy = bytes[at..end].to_vec();
                bytes.splice(at..at, copy);
            }
            4 => bytes[at] = b"%&=+;,\r\n\0\xff"[dice.below(10)],
            _ => bytes.truncate(at.max(1)),
        }
        if bytes.is_empty() {
            bytes.push(b'G');
        }
    }
}

#[test]
fn ten_thousand_mutated_requests_do_not_crash_the_mock() {
    let server = start();
    let tags = [("Tag.1.Key", "env"), ("Filter.1.Key", "NetworkType"), ("Status", "ALL")];
    let mut seeds: Vec<_> = [Transport::Get, Transport::PostQuery, Transport::PostForm]
        .into_iter()
        .map(|transport| raw(&Call { transport, ..Call::images(&tags) }, &server))
        .collect();
    let fault = br#"[{"do":["throttle"],"page":"2..","times":1}]"#;
    let head = format!(
        "POST /_mock/faults HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n",
        fault.len()
    );
    seeds.push([head.as_bytes(), fault].concat());
    let image = br#"{"Images":{"Image":[{"ImageId":"m-new"}]}}"#;
    let head = format!(
        "POST /_mock/images HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n",
        image.len()
    );
    seeds.push([head.as_bytes(), image].concat());
    seeds.push(
        b"GET /latest/meta-data/ram/security-credentials/ HTTP/1.1\r\nHost: a\r\n\r\n".to_vec(),
    );
    let mut dice = Dice(42);
    for n in 0..10_000 {
        let mut bytes = seeds[n % seeds.len()].clone();
        mutate(&mut bytes, &mut dice);
        send(&bytes, &server);
    }
    server.clear_faults();
    still_serves(&server);
}

#[test]
fn requests_that_are_too_large_are_refused() {
    let server = start();
    let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n";
    let answer = send(head.as_bytes(), &server);
    assert!(answer.starts_with(b"HTTP/1.1 413"), "{}", String::from_utf8_lossy(&answer));
    let mut chunked = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    for _ in 0..20 {
        chunked.extend(b"10000\r\n");
        chunked.extend(vec![b'a'; 0x10000]);
        chunked.extend(b"\r\n");
    }
    send(&chunked, &server);
    let mut header = b"GET / HTTP/1.1\r\nHost: a\r\nX: ".to_vec();
    header.extend(vec![b'a'; 2 << 20]);
    send(&header, &server);
    still_serves(&server);
}

#[test]
fn clients_that_stall_or_disconnect_do_not_keep_others_waiting() {
    let server = start();
    let whole = raw(&Call::images(&[]), &server);
    let mut stalled = Vec::new();
    for n in 0..200 {
        let mut stream = TcpStream::connect(server.address()).unwrap();
        stream.write_all(&whole[..n % whole.len()]).unwrap();
        if n % 3 == 0 {
            stream.shutdown(Shutdown::Write).unwrap();
        }
        stalled.push(stream);
    }
    still_serves(&server);
    let bytewise = TcpStream::connect(server.address()).unwrap();
    bytewise.set_nodelay(true).unwrap();
    for byte in &whole[..50] {
        (&bytewise).write_all(&[*byte]).unwrap();
        still_serves(&server);
    }
}

#[test]
fn a_half_closed_client_still_gets_its_response() {
    let server = start();
    still_serves(&server);
}

/// A POST of a form with this body, without a signature.
fn form(body: &[u8], server: &Server) -> Vec<u8> {
    let head = format!(
        "POST /?Action=DescribeImages HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n",
        server.address(),
        body.len()
    );
    send(&[head.as_bytes(), body].concat(), server)
}

#[test]
fn the_journal_is_limited_to_64_mib() {
    const MOST: u64 = 64 << 20;
    let server = start();
    let parameters = b"a&".repeat(500_000);
    assert!(form(&parameters, &server).starts_with(b"HTTP/1.1 413"));
    let mut long = b"a=".to_vec();
    long.resize(1_000_000, b'a');
    for _ in 0..80 {
        form(&long, &server);
    }
    let stats = send(&admin("GET", "stats", "localhost", ""), &server);
    let stats = String::from_utf8(stats).unwrap();
    let (_, body) = stats.split_once("\r\n\r\n").unwrap();
    let stats: serde_json::Value = serde_json::from_str(body).unwrap();
    let bytes = stats["journal_bytes"].as_u64().unwrap();
    assert!((MOST - 2_000_000..=MOST).contains(&bytes), "{stats}");
    let entries = server.journal().entries();
    assert!((60..70).contains(&entries.len()), "{}", entries.len());
    assert_eq!(entries.last().unwrap().number, 80, "the newest is kept");
    server.journal().clear();
    form(b"a=1", &server);
    assert_eq!(server.journal().entries().len(), 1);
}

/// A request to the admin API, with additional header lines.
fn admin(method: &str, path: &str, host: &str, lines: &str) -> Vec<u8> {
    let rule = if method == "POST" { r#""do=reset""# } else { "" };
    format!(
        "{method} /_mock/{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{lines}\
         Content-Length: {}\r\n\r\n{rule}",
        rule.len()
    )
    .into_bytes()
}

#[test]
fn web_pages_of_other_origins_cannot_use_the_admin_api() {
    let server = start();
    let port = server.address().port();
    for (host, origin) in [
        (format!("127.0.0.1:{port}"), "http://evil.example"),
        (format!("127.0.0.1:{port}"), "null"),
        (format!("127.0.0.1:{port}"), "http://127.0.0.1:1"),
        (format!("evil.example:{port}"), ""),
        (format!("evil.example:{port}"), &*format!("http://evil.example:{port}")),
    ] {
        let origin =
            if origin.is_empty() { String::new() } else { format!("Origin: {origin}\r\n") };
        for (method, path) in [("POST", "faults"), ("GET", "journal"), ("DELETE", "images")] {
            let answer = send(&admin(method, path, &host, &origin), &server);
            assert!(answer.starts_with(b"HTTP/1.1 403"), "{host} {origin} {method} {path}");
        }
    }
    still_serves(&server);
    let own = format!("Origin: http://localhost:{port}\r\n");
    let answer = send(&admin("GET", "journal", &format!("localhost:{port}"), &own), &server);
    assert!(answer.starts_with(b"HTTP/1.1 200"));
}

#[test]
fn hosts_can_be_allowed_and_a_token_required() {
    let config = Config {
        allowed_hosts: vec!["mock.test".into()],
        admin_token: Some("letmein".into()),
        ..config()
    };
    let server = Server::start(config).unwrap();
    let status = |host: &str, path: &str, lines: &str| {
        let answer = send(&admin("GET", path, host, lines), &server);
        String::from_utf8_lossy(&answer[9..12]).into_owned()
    };
    let token = "Authorization: Bearer letmein\r\n";
    assert_eq!(status("mock.test:80", "journal", token), "200");
    assert_eq!(status("mock.test:80", "journal", ""), "401");
    assert_eq!(status("mock.test:80", "journal", "Authorization: Bearer guess\r\n"), "401");
    assert_eq!(status("other.test:80", "journal", token), "403");
    assert_eq!(status("localhost", "health", ""), "200");
    still_serves(&server);
}

#[test]
fn connections_beyond_the_limit_wait_for_one_to_end() {
    let server = Server::start(Config { max_connections: 2, ..config() }).unwrap();
    let open = || {
        let mut stream = TcpStream::connect(server.address()).unwrap();
        stream.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
        stream.write_all(&admin("GET", "health", "localhost", "")[..20]).unwrap();
        stream
    };
    let (first, _second, mut third) = (open(), open(), open());
    let rest = &admin("GET", "health", "localhost", "")[20..];
    third.write_all(rest).unwrap();
    let mut answer = [0; 12];
    third.read_exact(&mut answer).expect_err("it is not served yet");
    third.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    drop(first);
    third.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200");
}

#[test]
fn a_client_that_does_not_read_is_disconnected() {
    let config = Config {
        max_connections: 1,
        write_timeout: Duration::from_millis(200),
        ..Config::default().with_images(Seed::Generated(30_000))
    };
    let server = Server::start(config).unwrap();
    let mut greedy = TcpStream::connect(server.address()).unwrap();
    let images = admin("GET", "images?region=cn-hangzhou&limit=30000", "localhost", "");
    greedy.write_all(&images).unwrap();
    // The limit is one connection, so this one is served only after the other one is dropped.
    still_serves(&server);
}

#[test]
fn dropping_the_server_ends_open_connections_and_frees_the_port() {
    let server = start();
    let address = server.address();
    let mut open = TcpStream::connect(address).unwrap();
    open.write_all(b"GET / HT").unwrap();
    drop(server);
    let mut rest = Vec::new();
    let _ = open.read_to_end(&mut rest);
    assert!(TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_err());
}
