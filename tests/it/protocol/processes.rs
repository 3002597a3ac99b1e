//! Tests of the process, with the built binary.

use std::{
    fs,
    path::Path,
    process::{Output, Stdio},
    time::Duration,
};

use serde_json::Value as Json;
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    process::{Child, Command},
    time::timeout,
};

use crate::support::client::{Client, Launch, Line, Plugin};

const PROGRAM: &str = env!("CARGO_BIN_EXE_terraform-provider-alicloud");

/// The time limit for what should happen immediately; generous, for a busy machine.
const SOON: Duration = Duration::from_secs(5);

/// The built plugin, with its own environment and its socket in `folder`.
fn launch(folder: &TempDir) -> Launch {
    let mut launch = Launch::new(Path::new(PROGRAM)).unwrap();
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("TF_LOG")) {
        launch.command.env_remove(name);
    }
    launch.env("TMPDIR", folder.path().to_str().unwrap())
}

async fn start(folder: &TempDir) -> Plugin {
    launch(folder).start().await.unwrap()
}

fn is_empty(folder: &TempDir) -> bool {
    fs::read_dir(folder.path()).unwrap().next().is_none()
}

async fn signal(child: &Child, name: &str) {
    let pid = child.id().unwrap().to_string();
    let sent = Command::new("kill").args([&format!("-{name}"), &pid]).status().await.unwrap();
    assert!(sent.success());
}

async fn run(arguments: &[&str]) -> Output {
    let mut command = Command::new(PROGRAM);
    command.env_remove("TF_PLUGIN_MAGIC_COOKIE").args(arguments).output().await.unwrap()
}

#[tokio::test]
async fn started_manually_it_explains_what_it_is() {
    let output = run(&[]).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    let text = String::from_utf8(output.stderr).unwrap();
    for part in ["plugin", "Terraform", "alicloud-rs/alicloud", "required_providers"] {
        assert!(text.contains(part), "{text}");
    }
}

#[tokio::test]
async fn version_and_help_are_printed() {
    for flag in ["--version", "-version"] {
        let output = run(&[flag]).await;
        assert!(output.status.success());
        assert_eq!(output.stdout, concat!(env!("CARGO_PKG_VERSION"), "\n").as_bytes());
    }
    let output = run(&["--help"]).await;
    assert!(output.status.success());
    assert!(String::from_utf8(output.stdout).unwrap().contains("--debug"));
    let output = run(&["--nonsense"]).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("--nonsense"));
}

#[tokio::test]
async fn shutdown_exits_with_status_0_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let mut plugin = start(&folder).await;
    let mut client = plugin.connect().await.unwrap();
    client.schemas().await.unwrap();
    client.shutdown().await.unwrap();
    let status = timeout(SOON, plugin.child.wait()).await.unwrap().unwrap();
    assert!(status.success());
    assert!(is_empty(&folder));
    let mut rest = String::new();
    plugin.stdout.read_to_string(&mut rest).await.unwrap();
    assert_eq!(rest, "", "nothing may follow the handshake line");
}

#[tokio::test]
async fn sigint_and_sighup_are_left_to_the_host() {
    let folder = tempfile::tempdir().unwrap();
    let mut plugin = start(&folder).await;
    let mut client = plugin.connect().await.unwrap();
    for name in ["INT", "INT", "HUP", "INT"] {
        signal(&plugin.child, name).await;
    }
    client.schemas().await.unwrap();
    client.shutdown().await.unwrap();
    assert!(timeout(SOON, plugin.child.wait()).await.unwrap().unwrap().success());
}

#[tokio::test]
async fn sigterm_ends_the_process_and_removes_the_socket() {
    let folder = tempfile::tempdir().unwrap();
    let mut plugin = start(&folder).await;
    assert!(!is_empty(&folder));
    signal(&plugin.child, "TERM").await;
    let status = timeout(SOON, plugin.child.wait()).await.unwrap().unwrap();
    assert_eq!(status.code(), Some(143));
    assert!(is_empty(&folder));
}

#[tokio::test]
async fn a_killed_host_leaves_no_process_and_no_socket_behind() {
    let folder = tempfile::tempdir().unwrap();
    let identity = crate::support::client::Identity::generate().unwrap();
    // The shell is the host that started the plugin; this test has the connection.
    let mut host = Command::new("sh")
        .args(["-c", "\"$0\" & wait", PROGRAM])
        .env(
            "TF_PLUGIN_MAGIC_COOKIE",
            "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
        )
        .env("PLUGIN_PROTOCOL_VERSIONS", "6")
        .env("PLUGIN_CLIENT_CERT", identity.pem())
        .env("TMPDIR", folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = BufReader::new(host.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).await.unwrap();
    let client = Client::connect(&line.parse().unwrap(), Some(&identity)).await.unwrap();

    host.kill().await.unwrap();
    assert!(!is_empty(&folder), "while a connection is open the plugin serves");
    drop(client);
    // The plugin has the other end of the pipe until it exits.
    let mut rest = String::new();
    timeout(SOON, stdout.read_to_string(&mut rest)).await.unwrap().unwrap();
    assert!(is_empty(&folder));
}

#[tokio::test]
async fn log_lines_have_the_format_that_terraform_reads() {
    let folder = tempfile::tempdir().unwrap();
    let mut launch = launch(&folder).env("TF_LOG", "TRACE");
    launch.command.stderr(Stdio::piped());
    let mut plugin = launch.start().await.unwrap();
    let client = plugin.connect().await.unwrap();
    let stranger = Client::connect(&plugin.line, None).await;
    // A host that is killed while it connects.
    drop(tokio::net::UnixStream::connect(&plugin.line.address).await.unwrap());
    client.clone().schemas().await.unwrap();
    client.shutdown().await.unwrap();
    drop(stranger);
    let mut stderr = String::new();
    plugin.child.stderr.take().unwrap().read_to_string(&mut stderr).await.unwrap();

    let lines: Vec<Json> = stderr.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for line in &lines {
        for key in ["@level", "@message", "@module", "@timestamp"] {
            assert!(line[key].is_string(), "{line}");
        }
        let (_, fraction) = line["@timestamp"].as_str().unwrap().split_once('.').unwrap();
        assert_eq!(fraction.len(), "000000Z".len(), "{line}");
    }
    let served = lines.iter().find(|line| line["@message"] == "Served request").unwrap();
    assert_eq!(served["@level"], "debug");
    assert_eq!(served["tf_rpc"], "GetProviderSchema");
    assert_eq!(served["tf_provider_addr"], "registry.terraform.io/alicloud-rs/alicloud");
    assert!(served["tf_req_id"].is_string() && served["tf_req_duration_ms"].is_number());
    let closed = lines.iter().find(|line| {
        line["@message"].as_str().unwrap().contains("closed during the TLS handshake")
    });
    assert_eq!(closed.unwrap()["@level"], "debug");
    // The host itself cannot report this to its user.
    assert!(lines.iter().any(|line| line["@level"] == "error"
        && line["@message"].as_str().unwrap().contains("TLS handshake")));
}

#[tokio::test]
async fn nothing_is_logged_by_default() {
    let folder = tempfile::tempdir().unwrap();
    let mut launch = launch(&folder);
    launch.command.stderr(Stdio::piped());
    let mut plugin = launch.start().await.unwrap();
    let client = plugin.connect().await.unwrap();
    client.shutdown().await.unwrap();
    let mut stderr = String::new();
    plugin.child.stderr.take().unwrap().read_to_string(&mut stderr).await.unwrap();
    assert_eq!(stderr, "");
}

/// Starts the plugin with `--debug` and returns the content of its reattach line.
async fn debug(folder: &TempDir, arguments: &[&str]) -> (Child, Json) {
    let mut child = Command::new(PROGRAM)
        .args(arguments)
        .env("TMPDIR", folder.path())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).await.unwrap();
    // A shell checks that the line can be pasted.
    let script = format!("{line}printf %s \"$TF_REATTACH_PROVIDERS\"");
    let pasted = Command::new("sh").args(["-c", &script]).output().await.unwrap();
    let providers: Json = serde_json::from_slice(&pasted.stdout).unwrap();
    let reattach = providers["registry.terraform.io/alicloud-rs/alicloud"].clone();
    (child, reattach)
}

#[tokio::test]
async fn with_debug_hosts_find_the_plugin_by_the_line_that_it_prints() {
    for (arguments, protocol) in [
        (&["--debug"][..], 6),
        (&["-debug"], 6),
        (&["--debug", "--protocol=5"], 5),
        (&["--protocol=5", "--debug"], 5),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let (mut child, reattach) = debug(&folder, arguments).await;
        assert_eq!(reattach["Protocol"], "grpc");
        assert_eq!(reattach["ProtocolVersion"], protocol);
        assert_eq!(reattach["Pid"], child.id().unwrap());
        assert_eq!(reattach["Test"], true);
        let line = Line {
            protocol,
            network: reattach["Addr"]["Network"].as_str().unwrap().to_owned(),
            address: reattach["Addr"]["String"].as_str().unwrap().to_owned(),
            certificate: None,
            multiplexing: None,
        };
        // Several runs use one process.
        for _ in 0..2 {
            let mut client = Client::connect(&line, None).await.unwrap();
            assert!(!client.schemas().await.unwrap().data_sources.is_empty());
        }
        signal(&child, "INT").await;
        assert!(timeout(SOON, child.wait()).await.unwrap().unwrap().success());
        assert!(is_empty(&folder));
    }
}

/// Such a directory is also `/` in a user namespace that does not map its owner.
#[cfg(unix)]
#[tokio::test]
async fn the_log_states_why_the_plugin_listens_on_tcp() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let place = folder.path().canonicalize().unwrap();
    let unfit = folder.path().to_str().unwrap();
    let mut launch = launch(&folder).env("TF_LOG", "DEBUG").env("PLUGIN_UNIX_SOCKET_DIR", unfit);
    launch.command.stderr(Stdio::piped());
    let mut plugin = launch.start().await.unwrap();
    assert_eq!(plugin.line.network, "tcp");
    plugin.connect().await.unwrap().shutdown().await.unwrap();
    let mut stderr = String::new();
    plugin.child.stderr.take().unwrap().read_to_string(&mut stderr).await.unwrap();
    let lines = stderr.lines().map(|line| serde_json::from_str::<Json>(line).unwrap());
    let line = lines.into_iter().find(|line| line["@message"] == "listening on TCP instead");
    let line = line.expect("the log has the decision");
    assert_eq!(line["@level"], "debug");
    let reason = format!("other users may replace what is in {}", place.display());
    assert!(line["error"].as_str().unwrap().contains(&reason), "{line}");
}
