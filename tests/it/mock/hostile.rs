//! Whatever arrives, the mock goes on serving others.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpStream},
    time::Duration,
};

use terraform_provider_alicloud::mock::Server;

use super::{
    client::{Call, Transport},
    start,
};

/// A generator of numbers that is the same on every run.
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

/// Sends bytes and reads whatever comes; how it ends does not matter.
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
fn ten_thousand_mutated_requests_do_no_harm() {
    let server = start();
    let tags = [("Tag.1.Key", "env"), ("Filter.1.Key", "NetworkType"), ("Status", "ALL")];
    let mut seeds: Vec<_> = [Transport::Get, Transport::PostQuery, Transport::PostForm]
        .into_iter()
        .map(|transport| raw(&Call { transport, ..Call::images(&tags) }, &server))
        .collect();
    let fault = br#"[{"do":["throttle"],"page":"2..","times":1}]"#;
    let head = format!(
        "POST /_mock/faults HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n",
        fault.len()
    );
    seeds.push([head.as_bytes(), fault].concat());
    let image = br#"{"Images":{"Image":[{"ImageId":"m-new"}]}}"#;
    let head = format!(
        "POST /_mock/images HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n",
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
fn what_is_too_large_is_refused() {
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
fn those_that_stall_or_leave_half_way_do_not_keep_others_from_being_served() {
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
fn one_that_only_stops_sending_still_gets_its_answer() {
    let server = start();
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
