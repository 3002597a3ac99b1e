//! Temporary credentials from STS, the metadata service and the credentials URI.

use std::time::Duration;

use serde_json::Value;
use terraform_provider_alicloud::mock::{Imds, Server};

use super::{
    client::{Answer, Call, Scheme, client},
    config, start,
};

const ROLE: (&str, &str) = ("RoleArn", "acs:ram::1234567890123456:role/reader");
const SESSION: (&str, &str) = ("RoleSessionName", "test");

/// DescribeImages with these credentials.
fn call_with(credentials: &Value) -> Call {
    let text = |name: &str| credentials[name].as_str().unwrap().to_owned();
    Call {
        access_key: text("AccessKeyId"),
        secret: text("AccessKeySecret"),
        token: Some(text("SecurityToken")),
        ..Call::images(&[])
    }
}

async fn code(call: Call, server: &Server) -> String {
    call.send(server.url()).await.unwrap().text("Code")
}

#[tokio::test]
async fn credentials_of_an_assumed_role_work_until_they_expire() {
    let server = start();
    let call = Call::new("AssumeRole", &[ROLE, SESSION, ("DurationSeconds", "900")]);
    let answer = call.send(server.url()).await.unwrap().json();
    assert_eq!(
        answer["AssumedRoleUser"]["Arn"],
        "acs:ram::1234567890123456:assumed-role/reader/test"
    );
    let credentials = &answer["Credentials"];
    for scheme in [Scheme::Rpc1, Scheme::Acs3] {
        let good = || Call { scheme, ..call_with(credentials) };
        assert_eq!(code(good(), &server).await, "");
        assert_eq!(code(Call { token: None, ..good() }, &server).await, "MissingSecurityToken");
        let malformed = Call { token: Some("x".into()), ..good() };
        assert_eq!(code(malformed, &server).await, "InvalidSecurityToken.Malformed");
    }
    let identity = Call { ..call_with(credentials) };
    let identity = Call {
        parameters: Vec::new(),
        action: "GetCallerIdentity".into(),
        version: "2015-04-01",
        ..identity
    };
    let answer = identity.send(server.url()).await.unwrap();
    assert_eq!(answer.text("IdentityType"), "AssumedRoleUser");
    server.advance(Duration::from_secs(850));
    assert_eq!(code(call_with(credentials), &server).await, "");
    // The credentials have expired by the mock's clock; the timestamp of the call still differs
    // from it by less than 15 minutes.
    server.advance(Duration::from_secs(51));
    let call = Call { time: stamp(900), ..call_with(credentials) };
    assert_eq!(code(call, &server).await, "InvalidSecurityToken.Expired");
}

fn stamp(offset: i64) -> String {
    let time = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(offset);
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[tokio::test]
async fn an_id_token_gets_credentials_without_a_signature() {
    let server = start();
    let provider = ("OIDCProviderArn", "acs:ram::1234567890123456:oidc-provider/ack");
    let call = Call {
        scheme: Scheme::Unsigned,
        ..Call::new("AssumeRoleWithOIDC", &[ROLE, SESSION, provider, ("OIDCToken", "canary-token")])
    };
    let answer = call.send(server.url()).await.unwrap().json();
    assert_eq!(code(call_with(&answer["Credentials"]), &server).await, "");
    assert_eq!(answer["OIDCTokenInfo"]["VerificationInfo"], "Success");
    let journal = format!("{:?}", server.journal().entries());
    assert!(!journal.contains("canary-token"), "{journal}");
}

#[tokio::test]
async fn invalid_parameters_of_sts_calls_are_refused() {
    let server = start();
    for (parameters, expected) in [
        (vec![SESSION], "MissingRoleArn"),
        (vec![ROLE], "MissingRoleSessionName"),
        (vec![("RoleArn", "reader"), SESSION], "InvalidParameter.RoleArn"),
        (vec![ROLE, ("RoleSessionName", "a b")], "InvalidParameter.RoleSessionName"),
        (vec![ROLE, SESSION, ("DurationSeconds", "899")], "InvalidParameter.DurationSeconds"),
        (vec![ROLE, SESSION, ("ExternalId", "x")], "InvalidParameter.ExternalId"),
    ] {
        assert_eq!(code(Call::new("AssumeRole", &parameters), &server).await, expected);
    }
    let answer = Call::new("GetCallerIdentity", &[]).send(server.url()).await.unwrap();
    assert_eq!(answer.text("AccountId"), "1234567890123456");
    assert_eq!(answer.text("IdentityType"), "Account");
}

async fn fetch(request: reqwest::RequestBuilder) -> Answer {
    Answer::read(request.send().await.unwrap()).await.unwrap()
}

#[tokio::test]
async fn the_metadata_service_responds_at_its_real_paths_with_and_without_a_token() {
    let server = start();
    let (client, url) = (client(), server.url());
    let base = format!("{url}/latest/meta-data/ram/security-credentials/");
    let token = client
        .put(format!("{url}/latest/api/token"))
        .header("X-aliyun-ecs-metadata-token-ttl-seconds", "60");
    let token = fetch(token).await.body;
    let get = |path: String, token: Option<&str>| {
        let request = client.get(path);
        match token {
            Some(token) => request.header("X-aliyun-ecs-metadata-token", token),
            None => request,
        }
    };
    let role = fetch(get(base.clone(), Some(&token))).await.body;
    assert_eq!(role, "mock-ecs-role");
    let answer = fetch(get(format!("{base}{role}"), Some(&token))).await;
    assert_eq!(answer.json()["Code"], "Success");
    assert_eq!(code(call_with(&answer.json()), &server).await, "");
    assert_eq!(fetch(get(base.clone(), None)).await.status, 200);
    assert_eq!(fetch(get(base.clone(), Some("made-up"))).await.status, 401);
    assert_eq!(fetch(get(format!("{base}other"), None)).await.status, 404);
    let region = fetch(get(format!("{url}/latest/meta-data/region-id"), None)).await;
    assert_eq!(region.body, "cn-hangzhou");
    server.advance(Duration::from_secs(61));
    assert_eq!(fetch(get(base, Some(&token))).await.status, 401);
    let uri = fetch(client.get(format!("{url}/credentials"))).await;
    assert_eq!(uri.json()["Code"], "Success");
}

#[tokio::test]
async fn the_metadata_service_can_require_tokens_or_be_absent() {
    for (imds, get, put) in [(Imds::V2, 403, 200), (Imds::Off, 404, 404)] {
        let mut config = config();
        config.imds = imds;
        let server = Server::start(config).unwrap();
        let url = server.url();
        let path = format!("{url}/latest/meta-data/ram/security-credentials/");
        assert_eq!(fetch(client().get(path)).await.status, get);
        let token = client()
            .put(format!("{url}/latest/api/token"))
            .header("X-aliyun-ecs-metadata-token-ttl-seconds", "21600");
        assert_eq!(fetch(token).await.status, put);
    }
}
