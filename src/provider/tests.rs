//! What the `provider` block and the environment mean.

use std::time::Duration;

use super::{Alicloud, config::Config};
use crate::{
    access::failure::message,
    alicloud::{endpoint::Protocol, sign::Scheme},
    contract::{ConfigureRequest, Provider, ReadRequest},
    ctx::fixed::{Fixed, FixedEnv},
    diag::Diagnostics,
    value::{Number, Value},
};

fn read(block: &[(&'static str, Value)], env: &[(&str, &str)]) -> (Config, Diagnostics) {
    let mut diagnostics = Diagnostics::default();
    let env: FixedEnv = env.iter().copied().collect();
    let block = complete(Value::object(block.iter().cloned()));
    let config = Config::read(&block, &env, &mut diagnostics);
    (config, diagnostics)
}

/// A block as clients send it.
fn complete(block: Value) -> Value {
    super::schema::schema().kind().complete(block)
}

fn nested(attributes: &[(&'static str, Value)]) -> Value {
    Value::Set(vec![Value::object(attributes.iter().cloned())])
}

/// The one error about a block, with the path it stands at.
fn error(block: &[(&'static str, Value)]) -> (String, String) {
    let (_, diagnostics) = read(block, &[]);
    assert_eq!(diagnostics.iter().count(), 1, "{diagnostics:?}");
    let diagnostic = diagnostics.iter().next().unwrap();
    (diagnostic.attribute.as_ref().unwrap().to_string(), diagnostic.detail.clone())
}

#[test]
fn an_empty_block_has_the_documented_defaults() {
    let (config, diagnostics) = read(&[], &[]);
    assert!(diagnostics.is_empty());
    assert_eq!(config.endpoints.protocol, Protocol::Https);
    assert_eq!(config.scheme, Scheme::V1);
    assert_eq!(config.connect_timeout, Duration::from_secs(60));
    assert_eq!(config.read_timeout, Duration::from_secs(60));
    assert_eq!(config.max_retry_timeout, None);
    assert!(config.extra_parameters.is_empty());
    assert!(config.unknown.is_empty());
}

#[test]
fn what_is_wrong_is_told_at_its_argument() {
    let seconds = |seconds: i64| nested(&[("session_expiration", seconds.into())]);
    for (block, path, said) in [
        (vec![("region", "cn hangzhou".into())], "region", "not a valid region ID"),
        (vec![("protocol", "ftp".into())], "protocol", "HTTP or HTTPS"),
        (vec![("protocol", "http".into())], "protocol", "HTTP or HTTPS"),
        (vec![("account_type", "Local".into())], "account_type", "Domestic or International"),
        (vec![("client_read_timeout", (-1).into())], "client_read_timeout", "whole number"),
        (
            vec![("max_retry_timeout", Value::Number("0.5".parse::<Number>().unwrap()))],
            "max_retry_timeout",
            "whole number",
        ),
        (
            vec![("configuration_source", "x".repeat(1025).into())],
            "configuration_source",
            "1,024 characters",
        ),
        (vec![("assume_role", seconds(899))], "assume_role.session_expiration", "900 to 43200"),
        (vec![("assume_role", seconds(43_201))], "assume_role.session_expiration", "900 to 43200"),
        (
            vec![("endpoints", nested(&[("ecs", "ftp://host".into())]))],
            "endpoints.ecs",
            "cannot be used",
        ),
        (vec![("sign_version", nested(&[("ecs", "v4".into())]))], "sign_version.ecs", "v1 or v3"),
    ] {
        let (at, detail) = error(&block);
        assert_eq!(at, path);
        assert!(detail.contains(said), "{detail}");
    }
}

#[test]
fn an_id_token_is_never_quoted() {
    let token = Value::List(vec![Value::object([("oidc_token", Value::from("abc"))])]);
    let (at, detail) = error(&[("assume_role_with_oidc", token)]);
    assert_eq!(at, "assume_role_with_oidc[0].oidc_token");
    assert!(!detail.contains("abc"), "{detail}");
}

#[test]
fn a_wrong_variable_is_told_by_name() {
    let (_, diagnostics) = read(&[], &[("CLIENT_READ_TIMEOUT", "soon")]);
    let detail = &diagnostics.iter().next().unwrap().detail;
    assert!(detail.contains("CLIENT_READ_TIMEOUT"), "{detail}");
}

#[test]
fn an_argument_counts_before_its_variable() {
    let env = [("CLIENT_READ_TIMEOUT", "1000"), ("CLIENT_CONNECT_TIMEOUT", "2000")];
    let (config, _) = read(&[("client_read_timeout", 3000.into())], &env);
    assert_eq!(config.read_timeout, Duration::from_secs(3));
    assert_eq!(config.connect_timeout, Duration::from_secs(2));
}

#[test]
fn endpoints_are_taken_from_the_block_then_the_environment() {
    let env = [("ALIBABA_CLOUD_ENDPOINT_ECS", "first.example"), ("ECS_ENDPOINT", "second.example")];
    let ecs = |block: &[(&'static str, Value)]| read(block, &env).0.endpoints.ecs.unwrap();
    assert_eq!(ecs(&[]).text, "first.example");
    assert_eq!(
        ecs(&[("endpoints", nested(&[("ecs", "block.example".into())]))]).text,
        "block.example"
    );
    assert_eq!(ecs(&[("endpoints", nested(&[("ecs", "".into())]))]).text, "first.example");

    let location = |env: &[(&str, &str)]| read(&[], env).0.endpoints.location;
    assert_eq!(location(&[("LOCATION_ENDPOINT", "l.example")]).unwrap().text, "l.example");
    assert!(location(&[]).is_none());

    let twice = Value::Set(vec![
        Value::object([("sts", Value::from("sts.example"))]),
        Value::object([("ecs", Value::from("ecs.example"))]),
    ]);
    let (config, _) = read(&[("endpoints", twice)], &[]);
    assert_eq!(config.endpoints.ecs.unwrap().text, "ecs.example");
    assert_eq!(config.endpoints.sts.unwrap().text, "sts.example");
}

#[test]
fn the_signature_is_chosen_by_block_or_environment() {
    let v3 = |block: &[(&'static str, Value)], env: &[(&str, &str)]| read(block, env).0.scheme;
    assert_eq!(v3(&[("sign_version", nested(&[("ecs", "v3".into())]))], &[]), Scheme::Acs3);
    assert_eq!(v3(&[], &[("ALICLOUD_SIGN_VERSION_ECS", "v3")]), Scheme::Acs3);
    assert_eq!(v3(&[("sign_version", nested(&[("oss", "v4".into())]))], &[]), Scheme::V1);
}

#[test]
fn source_ip_and_secure_transport_go_together_or_not_at_all() {
    let sent = |block: &[(&'static str, Value)]| read(block, &[]).0.extra_parameters;
    assert!(sent(&[("source_ip", "10.0.0.1".into())]).is_empty());
    assert!(
        sent(&[("source_ip", "10.0.0.1".into()), ("secure_transport", "yes".into())]).is_empty()
    );
    let both = sent(&[("source_ip", "10.0.0.1".into()), ("security_transport", "true".into())]);
    assert_eq!(
        both,
        [("SourceIp".into(), "10.0.0.1".into()), ("SecureTransport".into(), "true".into())]
    );
}

#[test]
fn what_is_not_known_yet_is_named() {
    let block = [
        ("region", Value::UNKNOWN),
        ("account_id", Value::UNKNOWN),
        ("endpoints", nested(&[("ecs", Value::UNKNOWN), ("oss", Value::UNKNOWN)])),
        ("assume_role", Value::UNKNOWN),
    ];
    let (config, diagnostics) = read(&block, &[]);
    assert!(diagnostics.is_empty());
    assert_eq!(config.unknown, ["region", "assume_role", "endpoints.ecs"]);
}

#[tokio::test(start_paused = true)]
async fn a_stop_before_the_configuration_is_remembered() {
    let provider = Alicloud::new(Fixed::default().ctx(), "0.0.0");
    provider.stop();
    let block = [("access_key", Value::from("id")), ("secret_key", Value::from("secret"))];
    let config = complete(Value::object(block)).into();
    let request = ConfigureRequest { config, terraform_version: "1.11.4".into() };
    assert!(Provider::configure(&provider, request).await.is_empty());
    let source = provider.data_sources().remove(0);
    let config = Value::object([("owners", Value::from("system"))]);
    let config = source.schema().kind().complete(config);
    let read = ReadRequest { config, deferral_allowed: false };
    let response = source.read(read).await;
    assert_eq!(response.diagnostics.iter().next().unwrap().summary, message::CANCELLED.summary);
}
