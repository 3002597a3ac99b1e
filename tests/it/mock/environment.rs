//! The variables that `run` sets for its command and that `env` prints for a shell.

use std::{
    collections::HashSet,
    fs,
    io::{BufRead, BufReader},
    process::{Command, Output, Stdio},
};

use terraform_provider_alicloud::{
    alicloud::variables,
    ctx::fixed::FixedEnv,
    mock::cli::{CLEARED, Target},
};

use super::binary::run;

/// Variables that the provider reads but that cannot direct it to another service: they disable
/// something, have an effect only together with one that is cleared, or do not determine the
/// destination of a call.
const HARMLESS: &[&str] = &[
    "ALIBABA_CLOUD_CLI_PROFILE_DISABLED",
    "ALIBABA_CLOUD_DISABLE_EXTERNAL_PROCESS",
    "ALIBABA_CLOUD_ECS_METADATA_DISABLED",
    "ALIBABA_CLOUD_IMDSV1_DISABLED",
    "ALIBABA_CLOUD_SECURE_TRANSPORT",
    "ALIBABA_CLOUD_SECURITY_TRANSPORT",
    "ALIBABA_CLOUD_SOURCE_IP",
    "ALICLOUD_SECURE_TRANSPORT",
    "ALICLOUD_SECURITY_TRANSPORT",
    "ALICLOUD_SIGN_VERSION_ECS",
    "ALICLOUD_SOURCE_IP",
    "CLIENT_CONNECT_TIMEOUT",
    "CLIENT_READ_TIMEOUT",
    "MAX_RETRY_TIMEOUT",
    "TF_APPEND_USER_AGENT",
];

#[test]
fn every_variable_of_the_provider_is_set_cleared_or_harmless() {
    let target = Target {
        url: "https://127.0.0.1:1".into(),
        access_key: "key".into(),
        secret_key: "secret".into(),
        region: "cn-hangzhou".into(),
        certificate: Some("mock.pem".into()),
    };
    let set = target.variables(&FixedEnv::default());
    let set = set.iter().map(|(name, _)| *name);
    let known: HashSet<_> = set.clone().chain(CLEARED.iter().chain(HARMLESS).copied()).collect();
    let read: HashSet<_> = variables::ALL.iter().flat_map(|v| v.names).copied().collect();
    let missed: Vec<_> = read.iter().filter(|name| !known.contains(*name)).collect();
    assert!(missed.is_empty(), "{missed:?} would reach the command");
    let stale: Vec<_> = HARMLESS.iter().filter(|name| !read.contains(*name)).collect();
    assert!(stale.is_empty(), "{stale:?} are not read");
    let both: Vec<_> = set.filter(|name| CLEARED.contains(name)).collect();
    assert!(both.is_empty(), "{both:?} are set and cleared");
}

#[cfg(unix)]
fn run_in(environment: &[(&str, &str)], arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_mock-ecs"))
        .args(arguments)
        .envs(environment.iter().copied())
        .output()
        .unwrap()
}

#[cfg(unix)]
#[test]
fn run_directs_a_command_to_the_mock_and_exits_with_its_status() {
    let print = "echo $ALICLOUD_ACCESS_KEY $ALIBABA_CLOUD_ACCESS_KEY_SECRET $ALICLOUD_REGION \
                 $ALIBABA_CLOUD_ENDPOINT_ECS $ALIBABA_CLOUD_ENDPOINT ${ALICLOUD_PROFILE-unset} \
                 ${TF_ENDPOINT_PATH-unset} $NO_PROXY $no_proxy $1; exit 7";
    let set = [("ALICLOUD_PROFILE", "p"), ("TF_ENDPOINT_PATH", "/e"), ("NO_PROXY", "corp")];
    let options = ["run", "--access-key", "ours", "--region", "eu-west-1", "--"];
    let command = ["sh", "-c", print, "sh", "--an-option"];
    let output = run_in(&set, &[options.as_slice(), &command].concat());
    let printed = String::from_utf8(output.stdout).unwrap();
    let words: Vec<_> = printed.split_whitespace().collect();
    let [key, secret, region, url, of_cli, profile, path, upper, lower, argument] = words[..]
    else {
        panic!("{printed}")
    };
    assert_eq!((key, secret, region), ("ours", "mock-secret-key", "eu-west-1"));
    assert_eq!((profile, path, argument), ("unset", "unset", "--an-option"));
    assert_eq!([upper, lower], ["corp,127.0.0.1"; 2]);
    assert!(url.starts_with("http://127.0.0.1:"), "{url}");
    assert_eq!(url.strip_prefix("http://"), Some(of_cli));
    assert_eq!(output.status.code(), Some(7));
    assert!(std::net::TcpStream::connect(of_cli).is_err(), "the mock ended with the command");

    for (arguments, status) in [
        (vec!["run", "--", "true"], 0),
        (vec!["run", "true"], 0),
        (vec!["run", "--", "/nowhere/program"], 127),
        (vec!["run", "--", "/"], 126),
        (vec!["run", "--", "sh", "-c", "kill -s TERM $$"], 143),
        (vec!["run"], 2),
        (vec!["run", "--colour", "--", "true"], 2),
    ] {
        assert_eq!(run(&arguments).0, Some(status), "{arguments:?}");
    }
}

#[cfg(unix)]
#[test]
fn run_forwards_a_signal_and_ends_with_the_command() {
    let wait = "trap 'kill $!; exit 3' TERM; sleep 60 >/dev/null & echo ready; wait";
    let mut mock = Command::new(env!("CARGO_BIN_EXE_mock-ecs"))
        .args(["run", "--", "sh", "-c", wait])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(mock.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "ready\n");
    let id = mock.id().to_string();
    assert!(Command::new("kill").args(["-s", "TERM", &id]).status().unwrap().success());
    assert_eq!(mock.wait().unwrap().code(), Some(3));
}

#[cfg(unix)]
#[test]
fn run_on_all_addresses_sets_an_address_that_clients_can_use() {
    for (host, url) in [("0.0.0.0", "http://127.0.0.1:"), ("127.0.0.2", "http://127.0.0.2:")] {
        let command = ["run", "--host", host, "--", "sh", "-c", "echo $MOCK_ECS_URL"];
        let (status, printed, error) = run(&command);
        assert_eq!(status, Some(0), "{error}");
        assert!(printed.starts_with(url), "{printed}");
    }
}

#[cfg(unix)]
#[test]
fn run_with_tls_names_the_certificate_and_removes_it() {
    let print = "cat \"$SSL_CERT_FILE\"; echo $SSL_CERT_FILE $REQUESTS_CA_BUNDLE \
                 $NODE_EXTRA_CA_CERTS $ALIBABA_CLOUD_CA_BUNDLE";
    let (status, printed, error) = run(&["run", "--tls", "--", "sh", "-c", print]);
    assert_eq!(status, Some(0), "{error}");
    assert!(printed.starts_with("-----BEGIN CERTIFICATE-----"), "{printed}");
    let paths: Vec<_> = printed.lines().last().unwrap().split(' ').collect();
    assert_eq!(paths, [paths[0]; 4]);
    assert!(!fs::exists(paths[0]).unwrap(), "{paths:?}");
}

#[cfg(unix)]
#[test]
fn run_warns_about_an_endpoints_file_that_overrides_the_mock() {
    let folder = tempfile::tempdir().unwrap();
    let command = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mock-ecs"));
        let output = command.args(["run", "--", "true"]).current_dir(folder.path()).output();
        String::from_utf8(output.unwrap().stderr).unwrap()
    };
    assert_eq!(command(), "");
    fs::write(folder.path().join("endpoints.xml"), "<Endpoints/>").unwrap();
    assert!(command().contains("endpoints.xml"));
}

#[cfg(unix)]
#[test]
fn a_shell_that_evaluates_env_is_directed_to_the_mock() {
    let mock = env!("CARGO_BIN_EXE_mock-ecs");
    let print = format!(
        "eval \"$({mock} env --region eu-west-1 http://127.0.0.1:1)\" && \
         sh -c 'echo $ALICLOUD_REGION $MOCK_ECS_URL ${{ALICLOUD_SECURITY_TOKEN-unset}} $NO_PROXY'"
    );
    let mut shell = Command::new("sh");
    shell.args(["-e", "-c", &print]).env("ALICLOUD_SECURITY_TOKEN", "real").env("NO_PROXY", "corp");
    let output = shell.env_remove("no_proxy").output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert_eq!(printed, "eu-west-1 http://127.0.0.1:1 unset corp,127.0.0.1\n");
}

#[test]
fn env_prints_the_variables_of_a_mock_that_is_running() {
    let (status, printed, _) = run(&["env", "--shell", "fish", "http://127.0.0.1:1"]);
    assert_eq!(status, Some(0));
    assert!(printed.contains("set -gx ALIBABA_CLOUD_ENDPOINT_ECS 'http://127.0.0.1:1'\n"));
    let (_, printed, _) = run(&["env", "--shell", "github", "http://127.0.0.1:1"]);
    assert!(printed.contains("\nALICLOUD_SECURITY_TOKEN=\n"), "{printed}");
    assert!(printed.contains("\nMOCK_ECS_URL=http://127.0.0.1:1\n"), "{printed}");
    assert_eq!(run(&["env"]).0, Some(2));
    assert_eq!(run(&["env", "--shell", "cmd", "http://a"]).0, Some(2));
}
