//! The built plugin with its configuration, and servers that it can call.

use std::{path::Path, process::Stdio, time::Duration};

use serde_json::{Value as Json, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    process::{Child, Command},
    task::JoinHandle,
    time::timeout,
};

use crate::support::client::{Client, Launch, Line, Plugin, Read};

/// The time limit of most waits in tests; generous, for a busy machine.
pub(crate) const SOON: Duration = Duration::from_secs(20);

/// A plugin, configured.
pub(crate) struct Host {
    pub(crate) folder: TempDir,
    pub(crate) plugin: Plugin,
    pub(crate) client: Client,
}

impl Host {
    /// A plugin with an access key that calls `endpoint`.
    pub(crate) async fn with_key(endpoint: &str) -> Self {
        let key = json!({"access_key": "mock-access-key", "secret_key": "mock-secret-key"});
        Self::start(tempfile::tempdir().unwrap(), endpoint, key).await
    }

    /// A plugin with its socket in `folder`.
    pub(crate) async fn start(folder: TempDir, endpoint: &str, provider: Json) -> Self {
        Self::launch(folder, Some(endpoint), provider).await
    }

    /// A plugin that calls the endpoints of its provider block.
    pub(crate) async fn without_endpoint(provider: Json) -> Self {
        Self::launch(tempfile::tempdir().unwrap(), None, provider).await
    }

    async fn launch(folder: TempDir, endpoint: Option<&str>, mut provider: Json) -> Self {
        let program = Path::new(env!("CARGO_BIN_EXE_terraform-provider-alicloud"));
        let mut launch =
            Launch::new(program).unwrap().env("TMPDIR", folder.path().to_str().unwrap());
        if let Some(endpoint) = endpoint {
            launch = launch.env("ALIBABA_CLOUD_ENDPOINT_ECS", endpoint);
        }
        let plugin = launch.start().await.unwrap();
        let mut client = plugin.connect().await.unwrap();
        provider["region"] = "cn-hangzhou".into();
        assert_eq!(client.configure(&provider).await.unwrap(), []);
        Self { folder, plugin, client }
    }

    /// Starts a read.
    pub(crate) fn read(&self) -> JoinHandle<Read> {
        let mut client = self.client.clone();
        tokio::spawn(async move {
            client.read("alicloud_images", &json!({"owners": "system"})).await.unwrap()
        })
    }
}

/// The built plugin with `--debug`.
pub(crate) struct Debugged {
    pub(crate) child: Child,
    /// Its address, for any number of clients.
    pub(crate) line: Line,
}

impl Debugged {
    /// A plugin with its socket in `folder` that calls `endpoint`.
    pub(crate) async fn start(folder: &TempDir, endpoint: &str) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_terraform-provider-alicloud"));
        command.arg("--debug").env("TMPDIR", folder.path());
        let (child, printed) = start(command.env("ALIBABA_CLOUD_ENDPOINT_ECS", endpoint)).await;
        Self { child, line: Line::reattach(&printed).unwrap() }
    }
}

/// The built `mock-ecs`.
pub(crate) struct MockProcess {
    pub(crate) child: Child,
    pub(crate) url: String,
}

impl MockProcess {
    pub(crate) async fn start(arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mock-ecs"));
        let (child, ready) = start(command.args(arguments)).await;
        let url = ready.trim().strip_prefix("mock-ecs listening on ").unwrap();
        Self { child, url: url.to_owned() }
    }
}

impl MockProcess {
    /// The response of its admin API.
    pub(crate) async fn get(&self, path: &str) -> Json {
        let host = self.url.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(host).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        serde_json::from_str(body).unwrap()
    }
}

/// Starts a program, which is killed when its handle is dropped, and waits for its first line.
async fn start(command: &mut Command) -> (Child, String) {
    let mut child = command
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).await.unwrap();
    (child, line)
}

/// A server that accepts connections and sends nothing by itself.
pub(crate) struct Silent(TcpListener);

impl Silent {
    pub(crate) async fn start() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").await.unwrap())
    }

    pub(crate) fn url(&self, scheme: &str) -> String {
        format!("{scheme}://{}", self.0.local_addr().unwrap())
    }

    /// The first connection on which bytes arrive.
    pub(crate) async fn heard(&self) -> TcpStream {
        let heard = async {
            let (mut stream, _) = self.0.accept().await.unwrap();
            stream.read_u8().await.unwrap();
            stream
        };
        timeout(SOON, heard).await.expect("nobody called")
    }
}
