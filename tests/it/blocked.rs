//! Files that block, such as FIFOs without a peer, passed to the real binary.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use serde_json::{Value as Json, json};
use tempfile::TempDir;
use tokio::time::{Instant, timeout};

use crate::{
    host::{Host, SOON},
    mock,
    support::client::{Launch, Read},
};

/// How long reads may take.
const LIMIT: Duration = Duration::from_secs(2);

/// How much later than [`LIMIT`] they may end.
const GRACE: Duration = Duration::from_secs(1);

/// A FIFO in `folder`.
pub(crate) fn fifo(folder: &Path) -> PathBuf {
    let path = folder.join("fifo");
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    path
}

/// The provider block of a role whose ID token is in `file`.
pub(crate) fn token_in(file: &Path) -> Json {
    let role =
        json!({"role_arn": "acs:ram::1:role/r", "oidc_provider_arn": "p", "oidc_token_file": file});
    json!({"assume_role_with_oidc": [role]})
}

/// A read that must end within [`LIMIT`] and [`GRACE`].
async fn read(host: &mut Host, mut query: Json) -> Read {
    query["owners"] = "system".into();
    query["timeouts"] = json!({"read": format!("{}s", LIMIT.as_secs())});
    let begun = Instant::now();
    let read = timeout(SOON, host.client.read("alicloud_images", &query)).await;
    let read = read.expect("the read goes on").unwrap();
    assert!(begun.elapsed() <= LIMIT + GRACE, "{:?}", begun.elapsed());
    read
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

#[tokio::test]
async fn an_endless_token_file_takes_no_longer_than_the_deadline() {
    let folder = folder();
    let provider = token_in(&fifo(folder.path()));
    let mut host = Host::start(folder, "http://127.0.0.1:1", provider).await;
    let read = read(&mut host, json!({})).await;
    assert_eq!(read.diagnostics[0].summary, "Read timed out", "{}", read.diagnostics[0]);
}

#[tokio::test]
async fn an_endless_profile_file_takes_ten_seconds_and_is_one_error() {
    let folder = folder();
    let provider = json!({"profile": "p", "shared_credentials_file": fifo(folder.path())});
    let begun = Instant::now();
    let started = timeout(SOON, Host::start(folder, "http://127.0.0.1:1", provider)).await;
    let mut host = started.expect("configuring goes on");
    assert!(begun.elapsed() <= Duration::from_secs(10) + GRACE, "{:?}", begun.elapsed());
    let read = read(&mut host, json!({})).await;
    let shown = read.diagnostics[0].to_string();
    assert!(shown.contains("the file system did not respond in time"), "{shown}");
}

#[tokio::test]
async fn an_endless_file_of_endpoints_takes_ten_seconds_and_is_an_error() {
    let folder = folder();
    let program = Path::new(env!("CARGO_BIN_EXE_terraform-provider-alicloud"));
    let launch = Launch::new(program).unwrap().env("TMPDIR", folder.path().to_str().unwrap());
    let launch = launch.env("TF_ENDPOINT_PATH", fifo(folder.path()).to_str().unwrap());
    let plugin = launch.start().await.unwrap();
    let mut client = plugin.connect().await.unwrap();
    let begun = Instant::now();
    let provider = json!({"access_key": "id", "secret_key": "secret", "region": "cn-hangzhou"});
    let configured = timeout(SOON, client.configure(&provider)).await.expect("configuring goes on");
    assert!(begun.elapsed() <= Duration::from_secs(10) + GRACE, "{:?}", begun.elapsed());
    let shown = configured.unwrap()[0].to_string();
    assert!(shown.contains("fifo") && shown.contains("timed out"), "{shown}");
}

#[tokio::test]
async fn a_fifo_without_a_reader_is_a_warning_at_the_deadline() {
    let server = mock::start();
    let mut host = Host::with_key(server.url()).await;
    let output = fifo(host.folder.path());
    let read = read(&mut host, json!({"output_file": output})).await;
    assert!(!read.failed(), "{:?}", read.diagnostics);
    assert!(read.diagnostics[0].to_string().contains("fifo"), "{}", read.diagnostics[0]);
}
