//! The built plugin, configured, and servers for it to call.

use std::{path::Path, time::Duration};

use serde_json::{Value as Json, json};
use tempfile::TempDir;
use tokio::{
    io::AsyncReadExt,
    net::{TcpListener, TcpStream},
    task::JoinHandle,
    time::timeout,
};

use crate::client::{Client, Launch, Plugin, Read};

/// Bounds what the tests wait for; generous, for a busy machine.
pub(crate) const SOON: Duration = Duration::from_secs(20);

/// Bounds work that takes a while.
pub(crate) const AMPLE: Duration = Duration::from_secs(120);

/// Reads a request without a body to its end.
pub(crate) async fn is_called(stream: &mut TcpStream) -> bool {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => request.push(byte),
            Err(_) => return false,
        }
    }
    true
}

/// A plugin, configured.
pub(crate) struct Host {
    pub(crate) folder: TempDir,
    pub(crate) plugin: Plugin,
    pub(crate) client: Client,
}

impl Host {
    /// A plugin with a key of its own that calls `endpoint`.
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

    /// A read under way.
    pub(crate) fn read(&self) -> JoinHandle<Read> {
        let mut client = self.client.clone();
        tokio::spawn(async move {
            client.read("alicloud_images", &json!({"owners": "system"})).await.unwrap()
        })
    }
}

/// A server that hears and says nothing by itself.
pub(crate) struct Silent(TcpListener);

impl Silent {
    pub(crate) async fn start() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").await.unwrap())
    }

    pub(crate) fn url(&self, scheme: &str) -> String {
        format!("{scheme}://{}", self.0.local_addr().unwrap())
    }

    /// The first connection on which something is said.
    pub(crate) async fn heard(&self) -> TcpStream {
        let heard = async {
            let (mut stream, _) = self.0.accept().await.unwrap();
            stream.read_u8().await.unwrap();
            stream
        };
        timeout(SOON, heard).await.expect("nobody called")
    }
}

/// The most memory that the plugin has had resident, in bytes, where the system tells.
pub(crate) fn peak_memory(plugin: &Plugin) -> Option<u64> {
    memory(plugin.child.id()?, "VmHWM")
}

/// A line of the system's account of a process's memory, in bytes.
pub(crate) fn memory(pid: u32, line: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let found = status.lines().find_map(|text| text.strip_prefix(line)?.strip_prefix(':'))?;
    Some(found.trim().strip_suffix(" kB")?.parse::<u64>().ok()? << 10)
}
