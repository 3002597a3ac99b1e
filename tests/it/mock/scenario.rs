//! Recording a run, and playing it back.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

use terraform_provider_alicloud::mock::{Config, Recording, Scenario, Server};

use super::{
    client::{Call, Scheme},
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

    // Different calls may arrive in another order; equal ones are answered in theirs.
    let server = replay(&text);
    assert_eq!(server.unplayed().len(), 5);
    let mut again = vec![page(&server, "3").await];
    for number in ["1", "2", "2"] {
        again.push(page(&server, number).await);
    }
    again.rotate_left(1);
    assert_eq!(again, first);
    assert_eq!(first[1].1, "Throttling.User");
    let issued = Call::new("AssumeRole", &role).send(server.url()).await.unwrap();
    assert_eq!(issued.status, 200, "new credentials are made");
    assert_eq!(server.unplayed(), Vec::<String>::new());

    let (status, code, _) = page(&server, "1").await;
    assert_eq!((status, code.as_str()), (409, "ScenarioMismatch"), "it was played already");
    let other = Call::images(&[("ImageId", "m-1")]).send(server.url()).await.unwrap();
    assert_eq!(other.text("Code"), "ScenarioMismatch");
    let wrong = Call { secret: "wrong".into(), ..Call::images(&[("PageNumber", "9")]) };
    assert_eq!(wrong.send(server.url()).await.unwrap().text("Code"), "ScenarioMismatch");
    let note = &server.journal().entries().pop().unwrap().notes[0];
    assert!(note.contains("scenario"), "{note}");
    server.reset();
    assert_eq!(server.unplayed().len(), 5);
}

#[tokio::test]
async fn a_scenario_holds_no_secret_and_errors_are_played_back_as_errors() {
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
    // A nonce of its own for each call.
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
