//! The binary: its ready line, its flags, and how it ends.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    process::{Child, Command, Stdio},
    thread,
};

use super::client::{Answer, Call, Scheme, tls};

/// A running `mock-ecs` that is killed at the end of the test.
struct Mock {
    child: Child,
    stdout: BufReader<std::process::ChildStdout>,
    url: String,
}

impl Mock {
    fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_mock-ecs"))
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let url = line.strip_prefix("mock-ecs listening on ").unwrap_or_else(|| {
            let mut error = String::new();
            child.stderr.take().unwrap().read_to_string(&mut error).unwrap();
            panic!("{line}{error}")
        });
        Self { url: url.trim_end().to_owned(), child, stdout }
    }
}

impl Mock {
    /// Stops it with a signal; returns its status and its stderr.
    #[cfg(unix)]
    fn stopped(&mut self) -> (Option<i32>, String) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", "TERM", &id]).status().unwrap().success());
        let mut error = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut error).unwrap();
        (self.child.wait().unwrap().code(), error)
    }
}

impl Drop for Mock {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(super) fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_mock-ecs")).args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[tokio::test]
async fn it_prints_one_line_serves_and_ends_on_a_signal_with_status_0() {
    for signal in ["TERM", "INT"] {
        let mut mock = Mock::start(&[]);
        assert!(mock.url.starts_with("http://127.0.0.1:"), "{}", mock.url);
        let answer = Call::images(&[]).send(&mock.url).await.unwrap();
        assert!(answer.text("TotalCount").parse::<u32>().unwrap() > 90, "{answer:?}");
        let id = mock.child.id().to_string();
        assert!(Command::new("kill").args(["-s", signal, &id]).status().unwrap().success());
        assert_eq!(mock.child.wait().unwrap().code(), Some(0), "{signal}");
        let mut rest = String::new();
        mock.stdout.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "", "nothing but the ready line");
    }
}

#[test]
fn health_reports_whether_a_mock_is_running() {
    for arguments in [&[][..], &["--admin-token", "token"]] {
        let mock = Mock::start(arguments);
        assert_eq!(run(&["health", &mock.url]), (Some(0), String::new(), String::new()));
        let url = mock.url.clone();
        drop(mock);
        let (status, stdout, stderr) = run(&["health", &url]);
        assert_eq!((status, stdout.as_str()), (Some(1), ""));
        assert!(stderr.starts_with(&format!("mock-ecs: {url}: ")), "{stderr}");
    }
}

#[test]
fn health_fails_for_another_server_and_for_a_silent_one() {
    let answers = [
        ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "not a healthy mock-ecs: status 200"),
        ("HTTP/1.1 500 No\r\nx-mock-ecs: 1\r\nContent-Length: 0\r\n\r\n", "status 500"),
        ("", "connection closed"),
        ("SSH-2.0-OpenSSH\r\n", "invalid HTTP"),
    ];
    for (answer, reason) in answers {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 4096]).unwrap();
            stream.write_all(answer.as_bytes()).unwrap();
        });
        let (status, _, stderr) = run(&["health", &url]);
        assert_eq!(status, Some(1), "{answer}");
        assert!(stderr.contains(reason), "{answer}: {stderr}");
        server.join().unwrap();
    }
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let (status, _, stderr) = run(&["health", &format!("http://{}", silent.local_addr().unwrap())]);
    assert_eq!(status, Some(1));
    assert!(stderr.contains("no response within 5 s"), "{stderr}");
}

#[test]
fn health_requires_exactly_one_url() {
    for (arguments, reason) in [
        (&["health"][..], "the URL of the mock is missing"),
        (&["health", "http://127.0.0.1:1", "more"], "more"),
        (&["health", "https://127.0.0.1:1"], "TLS is not supported here"),
        (&["health", "127.0.0.1:1"], "must be a URL"),
    ] {
        let (status, _, stderr) = run(arguments);
        assert_ne!(status, Some(0), "{arguments:?}");
        assert!(stderr.contains(reason), "{arguments:?}: {stderr}");
    }
}

#[tokio::test]
async fn flags_set_keys_images_faults_and_quota() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    fs::write(path("images.json"), r#"[{"ImageId": "m-file", "ImageOwnerAlias": "self"}]"#)
        .unwrap();
    fs::write(path("faults.json"), r#"{"nth": 2, "do": "html:503"}"#).unwrap();
    let mock = Mock::start(&[
        "--access-key",
        "ours",
        "--secret-key",
        "secret",
        "--account",
        "name=b,access-key=theirs,secret-key=other,id=77",
        "--images",
        &format!("eu-west-1={}", path("images.json")),
        "--generate",
        "5",
        "--faults",
        &path("faults.json"),
        "--fault",
        "nth=3 do=throttle",
        "--quota",
        "1000",
        "--latency",
        "1ms",
        "--seed",
        "7",
        "--max-skew",
        "lax",
    ]);
    let call = |key: &str, secret: &str| Call {
        access_key: key.into(),
        secret: secret.into(),
        ..Call::new(
            "DescribeImages",
            &[("RegionId", "eu-west-1"), ("Status", "ALL"), ("ImageId", "m-file")],
        )
    };
    assert_eq!(call("ours", "secret").send(&mock.url).await.unwrap().text("TotalCount"), "1");
    assert_eq!(call("ours", "secret").send(&mock.url).await.unwrap().status, 503);
    assert_eq!(
        call("ours", "secret").send(&mock.url).await.unwrap().text("Code"),
        "Throttling.User"
    );
    assert_eq!(call("theirs", "other").send(&mock.url).await.unwrap().status, 200);
    let old = call("mock-access-key", "mock-secret-key").send(&mock.url).await.unwrap();
    assert_eq!(old.text("Code"), "InvalidAccessKeyId.NotFound");
}

#[tokio::test]
async fn flags_decide_about_unknown_parameters_and_unsigned_calls() {
    let mock = Mock::start(&["--auth", "off", "--unknown-parameters", "refuse"]);
    let call = Call { scheme: Scheme::Unsigned, ..Call::images(&[("Colour", "red")]) };
    assert_eq!(call.send(&mock.url).await.unwrap().text("Code"), "UnsupportedParameter");
    let call = Call { scheme: Scheme::Unsigned, ..Call::images(&[]) };
    assert_eq!(call.send(&mock.url).await.unwrap().status, 200);
}

#[tokio::test]
async fn common_parameters_are_known_to_every_action() {
    let mock = Mock::start(&["--unknown-parameters", "refuse"]);
    let role = [("RoleArn", "acs:ram::1234567890123456:role/r"), ("RoleSessionName", "test")];
    let token = ("OIDCToken", "token");
    let provider = ("OIDCProviderArn", "acs:ram::1234567890123456:oidc-provider/p");
    let with_token = [role[0], role[1], token, provider];
    let region = ("RegionId", "cn-hangzhou");
    for (action, own) in [
        ("GetCallerIdentity", &[][..]),
        ("AssumeRole", &role),
        ("AssumeRoleWithOIDC", &with_token),
        ("QueryAvailableInstances", &[("ProductCode", "ecs")]),
        ("DescribeEndpoints", &[("Id", "cn-hangzhou"), ("ServiceCode", "ecs")]),
        ("DescribeImages", &[("OwnerAccount", "a"), ("ResourceOwnerId", "1")]),
    ] {
        for scheme in [Scheme::Rpc1, Scheme::Acs3] {
            let parameters = [own, &[region]].concat();
            let call = Call { scheme, ..Call::new(action, &parameters) };
            let answer = call.send(&mock.url).await.unwrap();
            assert_eq!(answer.status, 200, "{action} {scheme:?} {answer:?}");
        }
    }
    let call = Call::new("GetCallerIdentity", &[region, ("ImageId", "m-1")]);
    let answer = call.send(&mock.url).await.unwrap();
    assert_eq!(answer.text("Code"), "UnsupportedParameter", "{answer:?}");
}

#[tokio::test]
async fn with_tls_a_client_that_trusts_the_printed_certificate_is_served() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mock.pem");
    let mut mock = Mock::start(&["--tls-certificate", path.to_str().unwrap()]);
    assert!(mock.url.starts_with("https://127.0.0.1:"), "{}", mock.url);
    let mut line = String::new();
    BufReader::new(mock.child.stderr.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line.trim_end(), format!("mock-ecs certificate: {}", path.display()));
    let pem = fs::read_to_string(&path).unwrap();
    let base64: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let der = base64::Engine::decode(&base64::prelude::BASE64_STANDARD, base64).unwrap();
    let trusting = |certificates: &[Vec<u8>]| {
        let builder = reqwest::Client::builder().no_proxy();
        builder.tls_backend_preconfigured(tls(certificates)).build().unwrap()
    };
    let call = Call { scheme: Scheme::Acs3, ..Call::images(&[]) };
    let answer: Answer = call.send_with(&trusting(&[der]), &mock.url).await.unwrap();
    assert_eq!(answer.status, 200);
    assert!(call.send_with(&trusting(&[]), &mock.url).await.is_err(), "others do not trust it");
}

#[test]
fn help_and_version_are_printed_and_errors_name_the_mistake() {
    let (code, help, _) = run(&["--help"]);
    assert_eq!(code, Some(0));
    let flags: Vec<_> = help.split_whitespace().filter(|word| word.starts_with("--")).collect();
    assert!(flags.len() >= 24, "{flags:?}");
    let documentation = include_str!("../../../docs/mock-ecs-reference.md");
    for flag in flags {
        let flag = flag.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        assert!(documentation.contains(flag), "{flag} is not documented");
    }
    let version = format!("mock-ecs {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(run(&["--version"]), (Some(0), version, String::new()));
    for (arguments, reason) in [
        (vec!["--colour"], "invalid option '--colour'"),
        (vec!["--port"], "missing argument"),
        (vec!["--port", "x"], "cannot parse"),
        (vec!["--auth", "maybe"], "must be on or off"),
        (vec!["--fault", "do=explode"], "\"explode\" is not an action of a rule"),
        (vec!["--images", "/nowhere/images.json"], "/nowhere/images.json: cannot be read"),
        (vec!["--faults", "/nowhere/faults.json"], "/nowhere/faults.json: cannot be read"),
        (vec!["--account", "access-key=a"], "needs access-key and secret-key"),
        (vec!["--account", "id=abc,access-key=a,secret-key=s"], "\"abc\" must be the ID"),
        (vec!["--account", "id=0,access-key=a,secret-key=s"], "\"0\" must be the ID"),
        (vec!["--account", "name=default,access-key=a,secret-key=s"], "the name default"),
        (
            vec!["--account", "id=1234567890123456,access-key=a,secret-key=s"],
            "two accounts have the ID 1234567890123456",
        ),
        (
            vec!["--account", "access-key=mock-access-key,secret-key=s"],
            "two accounts have the access key mock-access-key",
        ),
        (vec!["--host", "192.0.2.1"], "cannot listen on 192.0.2.1:0"),
    ] {
        let (code, out, error) = run(&arguments);
        assert_eq!((code, out.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(error.starts_with("mock-ecs: ") && error.contains(reason), "{error}");
    }
}

#[tokio::test]
async fn a_file_can_name_its_account_and_must_contain_all_images() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let list = path("list.json", r#"[{"ImageId": "m-b", "ImageOwnerAlias": "self"}]"#);
    let mock = Mock::start(&[
        "--account",
        "name=b,access-key=kb,secret-key=sb,id=2222222222222222",
        "--images",
        &format!("b@eu-west-1={list}"),
    ]);
    let total = async |key: &str, secret: &str| {
        let call = Call {
            access_key: key.into(),
            secret: secret.into(),
            ..Call::new("DescribeImages", &[("RegionId", "eu-west-1")])
        };
        call.send(&mock.url).await.unwrap().text("TotalCount")
    };
    assert_eq!(total("kb", "sb").await, "1");
    assert_eq!(total("mock-access-key", "mock-secret-key").await, "0");

    let page = r#"{"TotalCount": 110, "Images": {"Image": [{"ImageId": "m-1"}]}}"#;
    let (status, _, error) = run(&["--images", &path("page.json", page)]);
    assert_eq!(status, Some(2));
    assert!(error.contains("page.json: has 1 of 110 images of cn-hangzhou"), "{error}");
    assert!(error.contains("alicloud-images --region"), "{error}");
}

#[tokio::test]
async fn accounts_without_a_name_or_an_id_get_unique_ones() {
    let accounts = ["access-key=k2,secret-key=s", "access-key=k3,secret-key=s"];
    let mock = Mock::start(&["--account", accounts[0], "--account", accounts[1]]);
    let mut ids = Vec::new();
    for key in ["mock-access-key", "k2", "k3"] {
        let secret = if key.starts_with('k') { "s" } else { "mock-secret-key" };
        let call = Call::new("GetCallerIdentity", &[]);
        let call = Call { access_key: key.into(), secret: secret.into(), ..call };
        ids.push(call.send(&mock.url).await.unwrap().text("AccountId"));
    }
    assert_eq!(ids, ["1234567890123456", "2234567890123456", "3234567890123456"]);
}

#[cfg(unix)]
#[tokio::test]
async fn a_run_that_differs_from_its_scenario_ends_with_status_1() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.jsonl").display().to_string();
    let mut mock = Mock::start(&["--record", &path]);
    Call::images(&[("ImageId", "m-1")]).send(&mock.url).await.unwrap();
    assert_eq!(mock.stopped(), (Some(0), String::new()));
    // A byte order mark, as Windows programs write one.
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("\u{feff}{text}")).unwrap();

    let (status, _, error) = run(&["run", "--replay", &path, "--", "true"]);
    assert_eq!(status, Some(1));
    assert!(
        error.contains("these calls did not arrive:\n  DescribeImages Format=JSON ImageId=m-1"),
        "{error}"
    );

    for (image, expected) in [("m-1", Some(0)), ("m-2", Some(1))] {
        let mut mock = Mock::start(&["--replay", &path]);
        Call::images(&[("ImageId", "m-1")]).send(&mock.url).await.unwrap();
        if image != "m-1" {
            Call::images(&[("ImageId", image)]).send(&mock.url).await.unwrap();
        }
        let (status, error) = mock.stopped();
        assert_eq!(status, expected, "{error}");
        assert_eq!(error.contains("not in the scenario"), expected == Some(1), "{error}");
    }
}

#[test]
fn a_mistyped_account_does_not_show_its_secret() {
    let (_, _, error) = run(&["--account", "access-key=a,secret-kay=canary-secret"]);
    assert!(!error.contains("canary-secret"), "{error}");
}
