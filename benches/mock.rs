//! Measures how fast `mock-ecs` responds over real connections, with signature checks, the size of its binary, and
//! its memory while it is idle.
//!
//! The server has one thread; its CPU time is read from the system, so that of the client is excluded, and
//! `calls/s/core` is the capacity of one dedicated core. The binary is the release build. `cargo bench --bench mock`.

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
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Command, ExitCode, Stdio},
    time::{Duration, Instant},
};

use client::{Call, Scheme};
use terraform_provider_alicloud::mock::{Config, Seed, Server};

const CONNECTIONS: usize = 8;

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
    println!(
        "\n{:<58} {:>9} {:>12} {:>9} {:>13}",
        "", "calls", "calls/s", "CPU us", "calls/s/core"
    );
    let mut slowest = f64::INFINITY;
    let small = [("ImageId", "m-none"), ("PageSize", "1")];
    for scheme in [Scheme::Rpc1, Scheme::Acs3] {
        let server = Server::start(Config::default()).unwrap();
        let calls: Vec<_> = (0..40_000).map(|_| Call { scheme, ..Call::images(&small) }).collect();
        slowest = slowest.min(report(&format!("no image, {scheme:?}"), &calls, &server));
        let one = [("ImageOwnerAlias", "self"), ("PageSize", "1")];
        let calls: Vec<_> = (0..40_000).map(|_| Call { scheme, ..Call::images(&one) }).collect();
        slowest = slowest.min(report(&format!("one image, {scheme:?}"), &calls, &server));
    }
    met[2] = slowest >= SMALL_ANSWERS;
    println!(
        "small responses per second on one core: {slowest:.0}, goal at least {SMALL_ANSWERS}: {}\n",
        verdict(met[2])
    );
    for count in [1_000, 100_000, 1_000_000] {
        let begin = Instant::now();
        let config = Config::default().with_images(Seed::Generated(count));
        let server = Server::start(config).unwrap();
        println!("start with {count} images: {} ms", begin.elapsed().as_millis());
        let first = [("PageSize", "100"), ("ImageOwnerAlias", "self")];
        report(&format!("{count} images, a new search"), &[Call::images(&first)], &server);
        let last = (count / 100).to_string();
        let pages: Vec<_> = (0..1_000)
            .map(|n| {
                let page = (n % 9 + 1).to_string();
                Call::images(&[("PageSize", "100"), ("PageNumber", &page)])
            })
            .collect();
        report(&format!("{count} images, a page of 100"), &pages, &server);
        let deep = Call::images(&[("PageSize", "100"), ("PageNumber", &last), ("Status", "ALL")]);
        report(&format!("{count} images, another search, the last page"), &[deep], &server);
        let named = Call::images(&[("ImageName", "*0000042"), ("Status", "ALL")]);
        report(&format!("{count} images, a search by name"), &[named], &server);
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

/// Sends calls over a few connections and prints their latency and CPU time; returns how many calls one core handles
/// in a second.
fn report(what: &str, calls: &[Call], server: &Server) -> f64 {
    let requests: Vec<_> = calls.iter().map(|call| bytes(call, server)).collect();
    let mut streams: Vec<_> = (0..CONNECTIONS.min(calls.len()))
        .map(|_| TcpStream::connect(server.address()).unwrap())
        .collect();
    for stream in &streams {
        stream.set_nodelay(true).unwrap();
    }
    let mut buffer = vec![0; 1 << 18];
    let (begin, cpu) = (Instant::now(), server_cpu());
    for round in requests.chunks(streams.len()) {
        for (request, stream) in round.iter().zip(&mut streams) {
            stream.write_all(request).unwrap();
        }
        for (_, stream) in round.iter().zip(&mut streams) {
            read_answer(stream, &mut buffer);
        }
    }
    let (wall, cpu) = (begin.elapsed(), server_cpu() - cpu);
    let each = |time: Duration| time.as_secs_f64() / calls.len() as f64;
    let per_core = 1.0 / each(cpu);
    println!(
        "{what:<58} {:>9} {:>12.0} {:>9.1} {per_core:>13.0}",
        calls.len(),
        1.0 / each(wall),
        each(cpu) * 1e6
    );
    per_core
}

fn bytes(call: &Call, server: &Server) -> Vec<u8> {
    let request = call.request(server.url());
    let query = request.url().query().unwrap();
    let mut text = format!("POST /?{query} HTTP/1.1\r\nHost: {}\r\n", server.address());
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

/// The CPU time of the server's thread, from Linux's scheduler; 0 on other systems.
fn server_cpu() -> Duration {
    let Ok(threads) = fs::read_dir("/proc/self/task") else { return Duration::ZERO };
    for thread in threads.map(|thread| thread.unwrap().path()) {
        if fs::read_to_string(thread.join("comm")).unwrap().trim() == "mock-ecs" {
            let times = fs::read_to_string(thread.join("schedstat")).unwrap();
            return Duration::from_nanos(times.split(' ').next().unwrap().parse().unwrap());
        }
    }
    Duration::ZERO
}
