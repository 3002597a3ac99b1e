//! Measures how fast `mock-ecs` responds over real connections, with signature checks, the size of its binary, and
//! its memory while it is idle.
//!
//! The server has one thread; its CPU time is read from the system, so that of the client is excluded, and
//! `calls/s/core` is the capacity of one dedicated core. Small responses are measured in several rounds, all rows in
//! turn, and the median of the rounds counts. Their first row is the floor: what the machine and hyper need for a
//! response of this size. The binary is the release build. `cargo bench --bench mock`.

#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    dead_code,
    reason = "a benchmark measures, prints, and stops at the first thing that is wrong"
)]

#[path = "../tests/it/mock/client.rs"]
mod client;

use std::{
    convert::Infallible,
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    process::{Command, ExitCode, Stdio},
    thread,
    time::{Duration, Instant},
};

use bytes::Bytes;
use client::{Call, Scheme};
use http_body_util::Full;
use hyper::{Response, header::CONTENT_TYPE, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use terraform_provider_alicloud::mock::{Config, Seed, Server};

/// How many requests are under way at the same time, each on its own connection.
const CONNECTIONS: usize = 32;

/// How often a small response is measured, and how many calls each time.
const ROUNDS: usize = 9;
const CALLS: usize = 4_000;

/// The names of the threads that respond.
const MOCK: &str = "mock-ecs";
const FLOOR: &str = "floor";

/// The upper bounds of sizes, and the lower bound of the rate.
const BINARY_MIB: f64 = 4.0;
const IDLE_MIB: f64 = 6.0;
const SMALL_ANSWERS: f64 = 20_000.0;

fn main() -> ExitCode {
    let mut met = [
        goal("size of the binary, MiB", size_of_binary(), BINARY_MIB),
        goal("memory while idle (resident), MiB", idle_memory(), IDLE_MIB),
        true,
    ];
    print_head();
    let slowest = small_responses();
    met[2] = slowest >= SMALL_ANSWERS;
    println!(
        "small responses per second on one core: {slowest:.0}, goal at least {SMALL_ANSWERS}: {}",
        verdict(met[2])
    );
    print_head();
    for count in [1_000, 100_000, 1_000_000] {
        let begin = Instant::now();
        let config = Config::default().with_images(Seed::Generated(count));
        let server = Server::start(config).unwrap();
        println!("start with {count} images: {} ms", begin.elapsed().as_millis());
        let first = [("PageSize", "100"), ("ImageOwnerAlias", "self")];
        let report = |what: &str, calls: &[Call]| {
            print_row(&format!("{count} images, {what}"), measure(calls, server.address(), MOCK));
        };
        report("a new search", &[Call::images(&first)]);
        let last = (count / 100).to_string();
        let pages: Vec<_> = (0..1_000)
            .map(|n| {
                let page = (n % 9 + 1).to_string();
                Call::images(&[("PageSize", "100"), ("PageNumber", &page)])
            })
            .collect();
        report("a page of 100", &pages);
        let deep = Call::images(&[("PageSize", "100"), ("PageNumber", &last), ("Status", "ALL")]);
        report("another search, the last page", &[deep]);
        let named = Call::images(&[("ImageName", "*0000042"), ("Status", "ALL")]);
        report("a search by name", &[named]);
    }
    if met.contains(&false) { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Prints a measurement with its goal and returns whether it is met. A missing measurement counts as met.
fn goal(what: &str, measured: f64, most: f64) -> bool {
    let met = measured.is_nan() || measured <= most;
    println!("{what}: {measured:.2}, goal at most {most}: {}", verdict(met));
    met
}

fn verdict(met: bool) -> &'static str {
    if met { "met" } else { "MISSED" }
}

const MIB: f64 = (1_u64 << 20) as f64;

fn size_of_binary() -> f64 {
    fs::metadata(env!("CARGO_BIN_EXE_mock-ecs")).unwrap().len() as f64 / MIB
}

/// The resident memory of a mock that has just become ready; NaN without `/proc`.
fn idle_memory() -> f64 {
    let mut mock =
        Command::new(env!("CARGO_BIN_EXE_mock-ecs")).stdout(Stdio::piped()).spawn().unwrap();
    let mut ready = String::new();
    BufReader::new(mock.stdout.take().unwrap()).read_line(&mut ready).unwrap();
    let status = fs::read_to_string(format!("/proc/{}/status", mock.id())).unwrap_or_default();
    mock.kill().unwrap();
    mock.wait().unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|rest| rest.trim().strip_suffix(" kB")?.parse::<f64>().ok());
    kib.map_or(f64::NAN, |kib| kib * 1024.0 / MIB)
}

/// What a number of calls took.
#[derive(Clone, Copy)]
struct Measured {
    calls: usize,
    wall: Duration,
    cpu: Duration,
}

fn print_head() {
    println!(
        "\n{:<52} {:>9} {:>12} {:>9} {:>13}",
        "", "calls", "calls/s", "CPU us", "calls/s/core"
    );
}

/// Prints a measurement and returns how many such calls one core handles in a second.
fn print_row(what: &str, Measured { calls, wall, cpu }: Measured) -> f64 {
    let each = |time: Duration| time.as_secs_f64() / calls as f64;
    println!(
        "{what:<52} {calls:>9} {:>12.0} {:>9.1} {:>13.0}",
        1.0 / each(wall),
        each(cpu) * 1e6,
        1.0 / each(cpu)
    );
    1.0 / each(cpu)
}

/// Measures small responses and the floor below them, prints how they compare, and returns how many of the slowest kind
/// one core handles in a second.
fn small_responses() -> f64 {
    let server = Server::start(Config::default()).unwrap();
    let none = [("ImageId", "m-none"), ("PageSize", "1")];
    let one = [("ImageOwnerAlias", "self"), ("PageSize", "1")];
    let mut rows = vec![(
        "hyper alone: a fixed body, no check".to_owned(),
        Call::images(&none),
        start_floor(),
        FLOOR,
        Vec::new(),
    )];
    for scheme in [Scheme::Rpc1, Scheme::Acs3] {
        for (what, parameters) in [("no image", none), ("one image", one)] {
            let call = Call { scheme, ..Call::images(&parameters) };
            rows.push((format!("{what}, {scheme:?}"), call, server.address(), MOCK, Vec::new()));
        }
    }
    for _ in 0..ROUNDS {
        for (_, call, address, thread, rounds) in &mut rows {
            // A call may use a nonce once.
            let nonce = || Call::images(&[]).nonce;
            let calls: Vec<_> =
                (0..CALLS).map(|_| Call { nonce: nonce(), ..call.clone() }).collect();
            rounds.push(measure(&calls, *address, thread));
        }
    }
    let (mut floor, mut slowest) = (f64::NAN, f64::INFINITY);
    for (what, _, _, thread, rounds) in &mut rows {
        rounds.sort_by_key(|round| round.cpu);
        let rate = print_row(what, rounds[ROUNDS / 2]);
        if *thread == MOCK {
            slowest = slowest.min(rate);
        } else {
            floor = rate;
        }
    }
    println!("the slowest takes {:.2} times the floor", floor / slowest);
    slowest
}

/// Starts a server on the same HTTP stack that returns a fixed body of the size of a response without images.
fn start_floor() -> SocketAddr {
    const BODY: &[u8] = br#"{"Images":{"Image":[]},"PageNumber":1,"PageSize":1,"RegionId":"cn-hangzhou","RequestId":"01234567-89AB-CDEF-0123-456789ABCDEF","TotalCount":0}"#;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = listener.local_addr().unwrap();
    let serve = async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            stream.set_nodelay(true).unwrap();
            let service = service_fn(|_| async {
                let response = Response::builder()
                    .header(CONTENT_TYPE, "application/json;charset=utf-8")
                    .header("x-acs-request-id", "01234567-89AB-CDEF-0123-456789ABCDEF")
                    .header("x-mock-ecs", "0.0.0");
                Ok::<_, Infallible>(response.body(Full::new(Bytes::from_static(BODY))).unwrap())
            });
            let http = http1::Builder::new()
                .timer(TokioTimer::new())
                .half_close(true)
                .serve_connection(TokioIo::new(stream), service);
            tokio::spawn(http);
        }
    };
    let run = move || runtime.block_on(serve);
    thread::Builder::new().name(FLOOR.into()).spawn(run).unwrap();
    address
}

/// Sends calls over a few connections to a server with this thread.
///
/// The last response of a round is read first. Otherwise this thread would wait for each response, and the server's
/// thread would spend a part of its time on waking it, which on a virtual machine is as much as that of a response.
fn measure(calls: &[Call], address: SocketAddr, thread: &str) -> Measured {
    let requests: Vec<_> = calls.iter().map(|call| bytes(call, address)).collect();
    let mut streams: Vec<_> =
        (0..CONNECTIONS.min(calls.len())).map(|_| TcpStream::connect(address).unwrap()).collect();
    for stream in &streams {
        stream.set_nodelay(true).unwrap();
    }
    let mut buffer = vec![0; 1 << 18];
    let (begin, cpu) = (Instant::now(), cpu_of(thread));
    for round in requests.chunks(streams.len()) {
        for (request, stream) in round.iter().zip(&mut streams) {
            stream.write_all(request).unwrap();
        }
        for (_, stream) in round.iter().zip(&mut streams).rev() {
            read_answer(stream, &mut buffer);
        }
    }
    Measured { calls: calls.len(), wall: begin.elapsed(), cpu: cpu_of(thread) - cpu }
}

fn bytes(call: &Call, address: SocketAddr) -> Vec<u8> {
    let request = call.request(&format!("http://{address}"));
    let query = request.url().query().unwrap();
    let mut text = format!("POST /?{query} HTTP/1.1\r\nHost: {address}\r\n");
    for (name, value) in request.headers() {
        text.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap()));
    }
    text.push_str("Content-Length: 0\r\n\r\n");
    text.into_bytes()
}

fn read_answer(stream: &mut TcpStream, buffer: &mut [u8]) {
    let mut filled = 0;
    loop {
        filled += stream.read(&mut buffer[filled..]).unwrap();
        let text = &buffer[..filled];
        assert!(text.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(text));
        let Some(end) = text.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let head = std::str::from_utf8(&text[..end]).unwrap();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
        if filled == end + 4 + length.parse::<usize>().unwrap() {
            return;
        }
    }
}

/// The CPU time of the thread of this name, from Linux's scheduler; 0 on other systems.
fn cpu_of(name: &str) -> Duration {
    let Ok(threads) = fs::read_dir("/proc/self/task") else { return Duration::ZERO };
    for thread in threads.map(|thread| thread.unwrap().path()) {
        if fs::read_to_string(thread.join("comm")).unwrap().trim() == name {
            let times = fs::read_to_string(thread.join("schedstat")).unwrap();
            return Duration::from_nanos(times.split(' ').next().unwrap().parse().unwrap());
        }
    }
    Duration::ZERO
}
