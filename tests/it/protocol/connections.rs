//! Which hosts can connect, the socket for them, and how connections end.

use std::time::Duration;

use rustls::{
    SupportedProtocolVersion,
    version::{TLS12, TLS13},
};
use serde_json::json;
use terraform_provider_alicloud::plugin::Ending;
use tokio::time::timeout;

use super::{fake::TYPE, server::Served};
use crate::support::client::{
    Channel, Error, Identity, connect,
    proto::{
        health::{HealthCheckRequest, health_client::HealthClient},
        plugin::{
            ConnInfo, grpc_broker_client::GrpcBrokerClient, grpc_stdio_client::GrpcStdioClient,
        },
    },
};

const VERSIONS: [&SupportedProtocolVersion; 2] = [&TLS12, &TLS13];

/// Calls the health service, which any host may do, and returns the status.
async fn ask(channel: Channel, service: &str) -> Result<i32, Error> {
    let request = HealthCheckRequest { service: service.to_owned() };
    Ok(HealthClient::new(channel).check(request).await?.into_inner().status)
}

/// Whether the server accepts a host with this identity.
async fn is_accepted(
    served: &Served,
    identity: Option<&Identity>,
    version: &'static SupportedProtocolVersion,
) -> bool {
    let asked = async {
        // With TLS 1.3, a host sees only after the handshake that its certificate was refused.
        ask(connect(&served.line, identity, &[version]).await?, "plugin").await
    };
    asked.await.is_ok()
}

#[tokio::test]
async fn the_announced_host_is_accepted() {
    for version in VERSIONS {
        let served = Served::start("5,6").await;
        assert!(is_accepted(&served, served.identity.as_ref(), version).await, "{version:?}");
    }
}

#[tokio::test]
async fn a_host_with_another_key_under_the_same_name_is_rejected() {
    let other = Identity::generate().unwrap();
    for version in VERSIONS {
        let served = Served::start("5,6").await;
        assert!(!is_accepted(&served, Some(&other), version).await, "{version:?}");
    }
}

#[tokio::test]
async fn a_host_that_shows_the_right_certificate_without_its_key_is_refused() {
    let other = Identity::generate().unwrap();
    for version in VERSIONS {
        let served = Served::start("5,6").await;
        let thief = served.identity.as_ref().unwrap().with_key_of(&other);
        assert!(!is_accepted(&served, Some(&thief), version).await, "{version:?}");
    }
}

#[tokio::test]
async fn a_host_without_a_certificate_is_refused() {
    for version in VERSIONS {
        let served = Served::start("5,6").await;
        assert!(!is_accepted(&served, None, version).await, "{version:?}");
    }
}

#[tokio::test]
async fn a_rejected_client_does_not_block_the_host() {
    let served = Served::start("5,6").await;
    assert!(!is_accepted(&served, None, &TLS13).await);
    assert!(is_accepted(&served, served.identity.as_ref(), &TLS13).await);
}

#[tokio::test]
async fn an_idle_connection_does_not_block_the_host() {
    let served = Served::start("5,6").await;
    let _silent = tokio::net::UnixStream::connect(&served.line.address).await.unwrap();
    assert!(is_accepted(&served, served.identity.as_ref(), &TLS13).await);
}

#[tokio::test]
async fn without_a_certificate_from_the_host_there_is_no_tls() {
    let served = Served::start_with(&[("PLUGIN_PROTOCOL_VERSIONS", "6")], None).await;
    assert_eq!(served.line.certificate, None);
    let channel = served.connect().await.channel();
    assert_eq!(ask(channel, "plugin").await.unwrap(), 1);
}

#[tokio::test]
async fn health_is_reported_for_the_plugin_only() {
    let served = Served::start("6").await;
    let channel = served.connect().await.channel();
    assert_eq!(ask(channel.clone(), "").await.unwrap(), 1);
    assert!(ask(channel.clone(), "other").await.is_err());
    let request = HealthCheckRequest { service: "plugin".to_owned() };
    let mut watched = HealthClient::new(channel).watch(request).await.unwrap().into_inner();
    assert_eq!(watched.message().await.unwrap().unwrap().status, 1);
}

#[tokio::test]
async fn the_socket_is_in_the_folder_that_the_host_names_and_accessible_only_to_its_user() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let variables = [("PLUGIN_UNIX_SOCKET_DIR", folder.path().to_str().unwrap())];
    let served = Served::start_with(&variables, None).await;
    let socket = std::path::Path::new(&served.line.address);
    let private = socket.parent().unwrap();
    assert_eq!(private.parent(), Some(folder.path()));
    assert!(private.file_name().unwrap().to_str().unwrap().starts_with("plugin"));
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(private), mode(socket)), (0o700, 0o600));
}

#[tokio::test]
async fn a_group_that_the_host_names_may_use_the_socket() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    // The group must be one of the user who runs the tests, because a user cannot assign a socket
    // to another group.
    let folder = tempfile::tempdir().unwrap();
    let group = folder.path().metadata().unwrap().gid();
    let served =
        Served::start_with(&[("PLUGIN_UNIX_SOCKET_GROUP", &group.to_string())], None).await;
    let socket = std::path::Path::new(&served.line.address);
    for (path, mode) in [(socket, 0o660), (socket.parent().unwrap(), 0o710)] {
        let found = path.metadata().unwrap();
        assert_eq!((found.gid(), found.permissions().mode() & 0o777), (group, mode));
    }
}

/// A folder with a path that is too long for a socket.
fn long(folder: &tempfile::TempDir) -> String {
    let long = folder.path().join("long".repeat(30));
    std::fs::create_dir(&long).unwrap();
    long.to_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_unusable_socket_folder_is_replaced_by_the_default() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let open = folder.path().join("open");
    std::fs::create_dir(&open).unwrap();
    std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o777)).unwrap();
    let missing = folder.path().join("missing").to_str().unwrap().to_owned();
    for unfit in [long(&folder), missing, open.to_str().unwrap().to_owned()] {
        let served = Served::start_with(&[("TMPDIR", &unfit)], None).await;
        assert_eq!(served.line.network, "unix", "{unfit}");
        assert!(served.line.address.starts_with("/tmp/plugin"), "{}", served.line.address);
        assert!(ask(served.connect().await.channel(), "plugin").await.is_ok());
    }
}

#[tokio::test]
async fn without_tls_there_is_no_tcp_and_the_error_names_the_variable() {
    let folder = tempfile::tempdir().unwrap();
    let long = long(&folder);
    let started = Served::try_start(&[("PLUGIN_UNIX_SOCKET_DIR", &long)], None).await;
    let error = started.err().expect("the server serves");
    for part in ["no private place", "too long", "Set PLUGIN_UNIX_SOCKET_DIR", "73 bytes"] {
        assert!(error.contains(part), "{error}");
    }
}

#[tokio::test]
async fn with_tls_the_plugin_falls_back_to_tcp_on_loopback() {
    let folder = tempfile::tempdir().unwrap();
    let long = long(&folder);
    let identity = Identity::generate().unwrap();
    let variables = [("PLUGIN_UNIX_SOCKET_DIR", long.as_str())];
    let served = Served::start_with(&variables, Some(identity)).await;
    assert_eq!(served.line.network, "tcp");
    assert!(served.line.address.starts_with("127.0.0.1:"), "{}", served.line.address);
    assert!(is_accepted(&served, served.identity.as_ref(), &TLS13).await);
    assert!(!is_accepted(&served, None, &TLS13).await);
}

#[tokio::test]
async fn shutdown_ends_the_open_streams_and_the_server_at_once() {
    let served = Served::start("6").await;
    let client = served.connect().await;
    let mut stdio = GrpcStdioClient::new(client.channel()).stream_stdio(()).await.unwrap();
    let requests = futures_util::stream::pending::<ConnInfo>();
    let mut broker = GrpcBrokerClient::new(client.channel()).start_stream(requests).await.unwrap();

    client.shutdown().await.unwrap();
    let ended = async {
        assert!(stdio.get_mut().message().await.unwrap().is_none());
        assert!(broker.get_mut().message().await.unwrap().is_none());
        assert_eq!(served.ended.await.unwrap().unwrap(), Ending::Shutdown);
    };
    timeout(Duration::from_secs(1), ended).await.expect("the host waits two seconds, then kills");
    assert_eq!(std::fs::read_dir(served.folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn shutdown_does_not_wait_for_a_running_read() {
    let served = Served::start("6").await;
    let mut client = served.connect().await;
    let reading = served.provider.reading.clone();
    let other = client.clone();
    let read = tokio::spawn(async move { client.read(TYPE, &json!({ "mode": "wait" })).await });
    reading.notified().await;
    other.shutdown().await.unwrap();
    let ended = timeout(Duration::from_secs(2), served.ended).await.unwrap();
    assert_eq!(ended.unwrap().unwrap(), Ending::Shutdown);
    read.abort();
}

#[tokio::test]
async fn termination_by_a_signal_removes_the_socket() {
    let served = Served::start("6").await;
    assert_eq!(std::fs::read_dir(served.folder.path()).unwrap().count(), 1);
    served.end.send(Ending::Terminated).unwrap();
    assert_eq!(served.ended.await.unwrap().unwrap(), Ending::Terminated);
    assert_eq!(std::fs::read_dir(served.folder.path()).unwrap().count(), 0);
}
