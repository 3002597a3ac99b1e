//! Recording a run, and playing it back.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

use terraform_provider_alicloud::mock::{Config, Recording, Scenario, Server};

use super::{
    client::{Answer, Call, Scheme, client},
    config,
};

/// A file in memory.
#[derive(Clone, Default)]
struct Memory(Arc<Mutex<Vec<u8>>>);

impl Memory {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn replay(text: &str) -> Server {
    let scenario: Scenario = text.parse().unwrap();
    Server::start(Config { replay: Some(scenario), ..Config::default() }).unwrap()
}

async fn page(server: &Server, number: &str) -> (u16, String, Vec<String>) {
    let call = Call::images(&[("PageNumber", number), ("PageSize", "3")]);
    let answer = call.send(server.url()).await.unwrap();
    (answer.status, answer.text("Code"), answer.texts("ImageId"))
}

#[tokio::test]
async fn a_recorded_run_is_played_back_call_by_call_without_its_images() {
    let memory = Memory::default();
    let recorded = Config { record: Some(Recording::new(memory.clone())), ..config() };
    let rule = "action=DescribeImages page=2 times=1 do=throttle&retry-after:2";
    let server = Server::start(recorded.with_fault(rule).unwrap()).unwrap();
    let mut first = Vec::new();
    for number in ["1", "2", "2", "3"] {
        first.push(page(&server, number).await);
    }
    let role = [("RoleArn", "acs:ram::1234567890123456:role/r"), ("RoleSessionName", "test")];
    let issued = Call::new("AssumeRole", &role).send(server.url()).await.unwrap();
    drop(server);
    let text = memory.text();
    assert_eq!(text.lines().count(), 6, "{text}");
    assert!(text.lines().next().unwrap().contains("retry-after:2"), "the rules: {text}");
    for secret in [issued.text("AccessKeySecret"), issued.text("SecurityToken")] {
        assert!(!text.contains(&secret), "{text}");
    }

    // Different calls may arrive in another order; equal calls get their responses in the recorded
    // order.
    let server = replay(&text);
    assert_eq!(server.mismatches().unplayed.len(), 5);
    let mut again = vec![page(&server, "3").await];
    for number in ["1", "2", "2"] {
        again.push(page(&server, number).await);
    }
    again.rotate_left(1);
    assert_eq!(again, first);
    assert_eq!(first[1].1, "Throttling.User");
    let issued = Call::new("AssumeRole", &role).send(server.url()).await.unwrap();
    assert_eq!(issued.status, 200, "new credentials are made");
    assert!(server.mismatches().is_empty(), "{}", server.mismatches());

    let (status, code, _) = page(&server, "1").await;
    assert_eq!((status, code.as_str()), (409, "ScenarioMismatch"), "it was played already");
    let other = Call::images(&[("ImageId", "m-1")]).send(server.url()).await.unwrap();
    assert_eq!(other.text("Code"), "ScenarioMismatch");
    let wrong = Call { secret: "wrong".into(), ..Call::images(&[("PageNumber", "9")]) };
    assert_eq!(wrong.send(server.url()).await.unwrap().text("Code"), "ScenarioMismatch");
    let surplus = server.mismatches().surplus;
    assert_eq!(
        surplus[0],
        "DescribeImages Format=JSON PageNumber=1 PageSize=3 RegionId=cn-hangzhou"
    );
    assert_eq!(surplus.len(), 3, "{surplus:?}");
    let shown = Answer::read(client().get(admin(&server)).send().await.unwrap()).await.unwrap();
    assert_eq!(shown.json()["mismatches"]["surplus"].as_array().unwrap().len(), 3);
    let note = &server.journal().entries().pop().unwrap().notes[0];
    assert!(note.contains("scenario"), "{note}");
    server.reset();
    assert_eq!(server.mismatches().unplayed.len(), 5);
    assert_eq!(server.mismatches().surplus, Vec::<String>::new());
}

fn admin(server: &Server) -> String {
    format!("{}/_mock/scenario", server.url())
}

#[tokio::test]
async fn a_refused_call_does_not_use_up_a_recorded_response() {
    let memory = Memory::default();
    let recording = Config { record: Some(Recording::new(memory.clone())), ..config() };
    let server = Server::start(recording).unwrap();
    let role = [("RoleArn", "acs:ram::1234567890123456:role/r"), ("RoleSessionName", "test")];
    let calls = || [Call::images(&[]), Call::new("AssumeRole", &role)];
    for call in calls() {
        assert_eq!(call.send(server.url()).await.unwrap().status, 200);
    }
    drop(server);
    let server = replay(&memory.text());
    for call in calls() {
        let wrong = Call { secret: "wrong".into(), ..call.clone() };
        let code = wrong.send(server.url()).await.unwrap().text("Code");
        assert_eq!(code, "SignatureDoesNotMatch");
        assert_eq!(call.send(server.url()).await.unwrap().status, 200);
    }
    assert!(server.mismatches().is_empty(), "{}", server.mismatches());
}

#[tokio::test]
async fn calls_to_the_metadata_service_are_distinguished_by_their_path() {
    let memory = Memory::default();
    let recording = Config { record: Some(Recording::new(memory.clone())), ..config() };
    let server = Server::start(recording).unwrap();
    let get = async |server: &Server, path: &str| {
        let url = format!("{}/latest/meta-data/{path}", server.url());
        client().get(url).send().await.unwrap().status().as_u16()
    };
    for (path, status) in [("nothing", 404), ("region-id", 200)] {
        assert_eq!(get(&server, path).await, status);
    }
    drop(server);
    let server = replay(&memory.text());
    for (path, status) in [("region-id", 200), ("instance-id", 409), ("nothing", 404)] {
        assert_eq!(get(&server, path).await, status, "{path}");
    }
    assert_eq!(server.mismatches().unplayed, Vec::<String>::new());
    assert_eq!(server.mismatches().surplus, ["Metadata /latest/meta-data/instance-id"]);
}

#[tokio::test]
async fn changes_between_calls_are_recorded_for_readers() {
    let memory = Memory::default();
    let recording = Config { record: Some(Recording::new(memory.clone())), ..config() };
    let server = Server::start(recording).unwrap();
    let url = |path: &str| format!("{}/_mock/{path}", server.url());
    let rule = "action=DescribeImages do=error:Throttling.User";
    client().post(url("faults")).body(format!("{rule:?}")).send().await.unwrap();
    Call::images(&[]).send(server.url()).await.unwrap();
    client().delete(url("faults?id=1")).send().await.unwrap();
    server.add_fault("do=close").unwrap();
    server.clear_faults();
    server.advance(std::time::Duration::from_secs(7));
    server.add_images(r#"[{"ImageId": "m-new"}]"#).unwrap();
    client().put(url("images")).body("[]").send().await.unwrap();
    client().delete(url("images")).send().await.unwrap();
    server.reset();
    let text = memory.text();
    let lines = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let word = |line: &serde_json::Value, name: &str| line[name].as_str().unwrap_or("").to_owned();
    let events: Vec<_> = lines
        .filter(|line| line.get("scenario").is_none())
        .map(|line| word(&line, "event") + &word(&line, "action") + ":" + &word(&line, "what"))
        .collect();
    let expected = [
        "rule added:action=DescribeImages do=error:Throttling.User",
        "DescribeImages:",
        "rule removed:action=DescribeImages do=error:Throttling.User",
        "rule added:do=close",
        "rules removed:",
        "clock moved:7 s",
        "images added:",
        "images replaced:",
        "images removed:",
        "reset:",
    ];
    assert_eq!(events, expected);
    drop(server);
    assert_eq!(replay(&text).mismatches().unplayed.len(), 1);
}

/// A disk that is full after the first line.
struct Full(bool);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if std::mem::replace(&mut self.0, true) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_recording_reports_why_it_is_not_complete() {
    let recording = Recording::new(Full(false));
    let recorded = Config { record: Some(recording.clone()), ..config() };
    let server = Server::start(recorded).unwrap();
    assert!(recording.take_error().is_none());
    assert_eq!(Call::images(&[]).send(server.url()).await.unwrap().status, 200);
    assert_eq!(recording.take_error().unwrap().kind(), io::ErrorKind::StorageFull);
}

#[tokio::test]
async fn a_scenario_contains_no_secrets_and_errors_are_played_back_as_errors() {
    let memory = Memory::default();
    let recorded = Config { record: Some(Recording::new(memory.clone())), ..config() };
    let server =
        Server::start(recorded.with_fault("action=AssumeRole do=throttle").unwrap()).unwrap();
    let role = [("RoleArn", "acs:ram::1234567890123456:role/r"), ("RoleSessionName", "test")];
    let provider = ("OIDCProviderArn", "acs:ram::1234567890123456:oidc-provider/p");
    let by_token = [role[0], role[1], provider, ("OIDCToken", "s3cret-id-token")];
    let by_token = Call { scheme: Scheme::Unsigned, ..Call::new("AssumeRoleWithOIDC", &by_token) };
    let pair = Call::new("CreateKeyPair", &[("RegionId", "cn-hangzhou"), ("KeyPairName", "k1")]);
    let signed = [("RegionId", "cn-hangzhou"), ("Password", "s3cret-password")];
    let wrong = Call { secret: "wrong".into(), ..Call::new("CreateInstance", &signed) };
    // Each call has its own nonce.
    let again = |call: &Call| Call { nonce: format!("{}-2", call.nonce), ..call.clone() };
    let calls = [Call::new("AssumeRole", &role), by_token, pair.clone(), again(&pair), wrong];
    let mut codes = Vec::new();
    for call in &calls {
        codes.push(call.send(server.url()).await.unwrap().text("Code"));
    }
    assert_eq!(codes, ["Throttling.User", "", "", "KeyPair.AlreadyExist", "SignatureDoesNotMatch"]);
    drop(server);
    let text = memory.text();
    assert!(!text.contains("s3cret") && text.contains("***"), "{text}");
    let server = replay(&text);
    for (call, code) in calls.iter().zip(codes) {
        assert_eq!(again(call).send(server.url()).await.unwrap().text("Code"), code);
    }
}

#[test]
fn a_scenario_that_cannot_be_read_is_refused_with_its_line() {
    for (text, line) in [
        ("", "line 1"),
        ("{\"scenario\": 2, \"rules\": []}", "line 1: the format 2"),
        ("{\"scenario\": 1, \"rules\": []}\n{\"action\": 1}", "line 2"),
    ] {
        let error = text.parse::<Scenario>().unwrap_err().to_string();
        assert!(error.starts_with(line), "{error}");
    }
}
