//! Cancellation of a read: the host sends a stop or drops the call. The work of the read ends
//! immediately, whether it is connecting, receiving a response, backing off or waiting for a
//! credential source.

use std::{fs, time::Duration};

use serde_json::json;
use terraform_provider_alicloud::mock::Server;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinHandle,
    time::{sleep, timeout},
};

#[cfg(unix)]
use crate::blocked;
use crate::{
    host::{Host, SOON, Silent},
    mock,
    support::client::Read,
};

/// How soon a read ends after it was cancelled.
const AT_ONCE: Duration = Duration::from_secs(1);

/// Sends a stop, and checks the outcome of the read.
async fn stop(host: &Host, read: JoinHandle<Read>) {
    assert!(!read.is_finished(), "the read ended by itself");
    let ended = async {
        host.client.stop().await.unwrap();
        read.await.unwrap()
    };
    let read = timeout(AT_ONCE, ended).await.expect("the read goes on");
    assert!(read.failed());
    assert_eq!(read.diagnostics[0].summary, "Read cancelled", "{}", read.diagnostics[0]);
}

/// Waits until the peer has closed the connection.
async fn is_closed(mut stream: TcpStream) {
    let mut rest = Vec::new();
    // A reset ends the connection too.
    let closed = timeout(AT_ONCE, stream.read_to_end(&mut rest)).await;
    let _ = closed.expect("the connection is still open");
}

async fn until(mut is_so: impl FnMut() -> bool) {
    let waiting = async {
        while !is_so() {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(SOON, waiting).await.expect("it never came to this");
}

#[tokio::test]
async fn stop_cancels_a_read_during_a_hanging_tls_handshake() {
    let server = Silent::start().await;
    let host = Host::with_key(&server.url("https")).await;
    let read = host.read();
    let stream = server.heard().await;
    stop(&host, read).await;
    is_closed(stream).await;
}

#[tokio::test]
async fn stop_cancels_a_read_without_a_response() {
    let server = mock::start();
    server.add_fault("action=DescribeImages do=hang").unwrap();
    let host = Host::with_key(server.url()).await;
    let read = host.read();
    until(|| server.journal().count("DescribeImages") == 1).await;
    stop(&host, read).await;
}

#[tokio::test]
async fn stop_cancels_a_read_with_a_slow_response() {
    let server = Silent::start().await;
    let host = Host::with_key(&server.url("http")).await;
    let read = host.read();
    let mut stream = server.heard().await;
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n{").await.unwrap();
    stop(&host, read).await;
    is_closed(stream).await;
}

#[tokio::test]
async fn stop_cancels_a_read_during_backoff() {
    let server = mock::start();
    server.add_fault("action=DescribeImages do=throttle&retry-after:100").unwrap();
    let host = Host::with_key(server.url()).await;
    let read = host.read();
    until(|| server.journal().count("DescribeImages") == 1).await;
    stop(&host, read).await;
    assert_eq!(server.journal().count("DescribeImages"), 1);
}

#[tokio::test]
async fn stop_cancels_a_read_that_waits_for_its_credential() {
    let server = Silent::start().await;
    let folder = tempfile::tempdir().unwrap();
    let provider = json!({"credentials_uri": server.url("http")});
    let host = Host::start(folder, "http://127.0.0.1:1", provider).await;
    let read = host.read();
    let stream = server.heard().await;
    stop(&host, read).await;
    is_closed(stream).await;
}

#[cfg(unix)]
#[tokio::test]
async fn stop_cancels_a_read_that_waits_for_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let fifo = blocked::fifo(folder.path());
    let host = Host::start(folder, "http://127.0.0.1:1", blocked::token_in(&fifo)).await;
    let read = host.read();
    // Opening a FIFO for writing waits for a reader, so after this the provider has opened it.
    let opening = tokio::task::spawn_blocking(|| fs::OpenOptions::new().write(true).open(fifo));
    let _writer = timeout(SOON, opening).await.expect("nobody reads").unwrap().unwrap();
    stop(&host, read).await;
}

#[tokio::test]
async fn stop_kills_the_program_that_a_profile_runs() {
    let folder = tempfile::tempdir().unwrap();
    let (file, pid) = (folder.path().join("config.json"), folder.path().join("pid"));
    let command = format!("sh -c 'echo $$ > {}; exec sleep 1000'", pid.display());
    let profile = json!({"name": "slow", "mode": "External", "process_command": command});
    fs::write(&file, json!({"current": "slow", "profiles": [profile]}).to_string()).unwrap();
    let provider = json!({"profile": "slow", "shared_credentials_file": file});
    let host = Host::start(folder, "http://127.0.0.1:1", provider).await;

    let read = host.read();
    until(|| fs::read_to_string(&pid).is_ok_and(|text| text.ends_with('\n'))).await;
    let pid = fs::read_to_string(host.folder.path().join("pid")).unwrap();
    stop(&host, read).await;
    until(|| !is_alive(pid.trim())).await;
}

fn is_alive(pid: &str) -> bool {
    let mut kill = std::process::Command::new("kill");
    kill.args(["-0", pid]).stderr(std::process::Stdio::null()).status().unwrap().success()
}

#[tokio::test]
async fn after_a_stop_the_next_connection_reads_again() {
    let server: Server = mock::start();
    server.add_fault("action=DescribeImages times=1 do=hang").unwrap();
    let mut host = Host::with_key(server.url()).await;
    let read = host.read();
    until(|| server.journal().count("DescribeImages") == 1).await;
    stop(&host, read).await;

    let provider = json!({"access_key": "mock-access-key", "secret_key": "mock-secret-key",
        "region": "cn-hangzhou"});
    host.client = host.plugin.connect().await.unwrap();
    assert_eq!(host.client.configure(&provider).await.unwrap(), []);
    let read = timeout(SOON, host.read()).await.unwrap().unwrap();
    assert!(!read.failed(), "{:?}", read.diagnostics);
}

#[tokio::test]
async fn a_dropped_call_cancels_only_its_own_work() {
    let server = Silent::start().await;
    let host = Host::with_key(&server.url("http")).await;
    let dropped = host.read();
    let stream = server.heard().await;
    let mut client = host.client.clone();
    let other = tokio::spawn(async move {
        client.read("alicloud_images", &json!({"owners": "self"})).await.unwrap()
    });
    let mut waiting = server.heard().await;

    dropped.abort();
    is_closed(stream).await;
    let body = r#"{"Images": {"Image": []}, "TotalCount": 0}"#;
    let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    waiting.write_all(answer.as_bytes()).await.unwrap();
    let read = timeout(SOON, other).await.unwrap().unwrap();
    assert!(!read.failed(), "{:?}", read.diagnostics);
}
