//! What the `provider` block and the environment mean.

use std::{sync::Arc, time::Duration};

use super::{
    Alicloud,
    config::{CONFIGURATION_SOURCE_LENGTH, Config},
};
use crate::{
    access::messages,
    alicloud::{endpoint::Protocol, sign::Scheme},
    contract::{ConfigureRequest, Provider, ReadRequest},
    ctx::{
        fixed::{Fixed, FixedEnv, json},
        http::{ErrorKind, TlsSettings},
    },
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

/// The only error about a block, with its path.
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
fn errors_are_reported_at_their_argument() {
    let seconds = |seconds: i64| nested(&[("session_expiration", seconds.into())]);
    for (block, path, said) in [
        (vec![("region", "cn hangzhou".into())], "region", "not a valid region ID"),
        (vec![("region", "1".repeat(100_000).into())], "region", "at most 63"),
        (vec![("protocol", "ftp".into())], "protocol", "is \"ftp\"; it must be `HTTP` or `HTTPS`"),
        (vec![("protocol", "http".into())], "protocol", "`HTTP` or `HTTPS`"),
        (vec![("account_type", "Local".into())], "account_type", "`Domestic` or `International`"),
        (vec![("client_read_timeout", (-1).into())], "client_read_timeout", "is -1; it must be a"),
        (
            vec![("max_retry_timeout", Value::Number("1e20".parse::<Number>().unwrap()))],
            "max_retry_timeout",
            "is 100000000000000000000; it must be a whole number from 0 to 9223372036854775807",
        ),
        (
            vec![("max_retry_timeout", Value::Number("0.5".parse::<Number>().unwrap()))],
            "max_retry_timeout",
            "whole number",
        ),
        (
            vec![("configuration_source", "x".repeat(CONFIGURATION_SOURCE_LENGTH + 1).into())],
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
        (
            vec![("sign_version", nested(&[("ecs", "v4".into())]))],
            "sign_version.ecs",
            "`v1` or `v3`",
        ),
    ] {
        let (at, detail) = error(&block);
        assert_eq!(at, path);
        assert!(detail.starts_with(&format!("The provider argument `{path}` ")), "{detail}");
        assert!(detail.contains(said) && detail.len() < 500, "{detail}");
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
fn an_invalid_variable_is_reported_by_name() {
    for (name, value) in [
        ("CLIENT_READ_TIMEOUT", "soon"),
        ("CLIENT_READ_TIMEOUT", "9223372036854775808"),
        ("ALICLOUD_REGION", "cn hangzhou"),
        ("ALICLOUD_SIGN_VERSION_ECS", "v4"),
        ("ALIBABA_CLOUD_IMDSV1_DISABLED", "maybe"),
    ] {
        for block in [vec![], vec![("sign_version", nested(&[]))]] {
            let (_, diagnostics) = read(&block, &[(name, value)]);
            let diagnostic = diagnostics.iter().next().unwrap();
            assert_eq!(diagnostic.summary, super::INVALID_VARIABLE.summary);
            let detail = &diagnostic.detail;
            assert!(detail.starts_with(&format!("The environment variable `{name}` ")), "{detail}");
            assert_eq!(diagnostic.attribute, None);
        }
    }
}

#[test]
fn an_argument_takes_precedence_over_its_variable() {
    let env = [("CLIENT_READ_TIMEOUT", "1000"), ("CLIENT_CONNECT_TIMEOUT", "2000")];
    let (config, _) = read(&[("client_read_timeout", 3000.into())], &env);
    assert_eq!(config.read_timeout, Duration::from_secs(3));
    assert_eq!(config.connect_timeout, Duration::from_secs(2));
}

#[test]
fn the_environment_limits_a_lookup_and_names_its_user() {
    let env = [("MAX_RETRY_TIMEOUT", "30"), ("TF_APPEND_USER_AGENT", "wrapper/1 wrapper/2")];
    let (config, _) = read(&[], &env);
    assert_eq!(config.max_retry_timeout, Some(Duration::from_secs(30)));
    assert_eq!(config.user_agent_words, ["wrapper/1", "wrapper/2"]);
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
fn source_ip_and_secure_transport_must_be_set_together() {
    let sent = |block: &[(&'static str, Value)]| read(block, &[]).0.extra_parameters;
    let by_env = |env: &[(&str, &str)]| read(&[], env).0.extra_parameters;
    let ip = ("ALICLOUD_SOURCE_IP", "10.0.0.1");
    assert!(by_env(&[ip]).is_empty());
    for secure in ["ALICLOUD_SECURE_TRANSPORT", "ALICLOUD_SECURITY_TRANSPORT"] {
        assert_eq!(by_env(&[ip, (secure, "true")]).len(), 2, "{secure}");
    }
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
fn unknown_arguments_are_listed() {
    let block = [
        ("region", Value::UNKNOWN),
        // These do not change what a lookup finds, so no read waits for them.
        ("account_id", Value::UNKNOWN),
        ("account_type", Value::UNKNOWN),
        ("configuration_source", Value::UNKNOWN),
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
    assert_eq!(response.diagnostics.iter().next().unwrap().summary, messages::CANCELLED.summary);
}

/// A certificate as PEM and as it is trusted.
fn certificate() -> (String, TlsSettings) {
    let made = rcgen::generate_simple_self_signed(["a.example".to_owned()]).unwrap();
    let der = made.cert.der().clone();
    let base64 = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, &der);
    let pem = format!("-----BEGIN CERTIFICATE-----\n{base64}\n-----END CERTIFICATE-----\n");
    (pem, TlsSettings { certificates: Arc::new([der]), insecure: false })
}

/// Configures a provider with this block and reads once; returns the diagnostics of configuring.
async fn configure_and_read(world: &Fixed, block: &[(&'static str, Value)]) -> Diagnostics {
    let provider = Alicloud::new(world.ctx(), "0.0.0");
    let config = complete(Value::object(block.iter().cloned())).into();
    let request = ConfigureRequest { config, terraform_version: "1.11.4".into() };
    let diagnostics = Provider::configure(&provider, request).await;
    let source = provider.data_sources().remove(0);
    let config = source.schema().kind().complete(Value::object([("owners", Value::from("self"))]));
    source.read(ReadRequest { config, deferral_allowed: false }).await;
    diagnostics
}

#[tokio::test(start_paused = true)]
async fn insecure_is_for_ecs_and_location_and_never_for_a_service_that_returns_credentials() {
    let (pem, verified) = certificate();
    let world = Fixed::default();
    world.files.insert("/ca.pem", pem);
    world.http.push_json(
        200,
        r#"{"Credentials":{"AccessKeyId":"STS.i","AccessKeySecret":"s","SecurityToken":"t",
            "Expiration":"2099-01-01T00:00:00Z"}}"#,
    );
    world.http.push_json(
        200,
        r#"{"Endpoints":{"Endpoint":[{"Endpoint":"ecs.private.example","Type":"openAPI"}]}}"#,
    );
    world.http.always(|_| Ok(json(404, "{}")));
    let endpoints = [("location", "l.example".into()), ("sts", "sts.private.example".into())];
    let block = [
        ("access_key", "id".into()),
        ("secret_key", "secret".into()),
        ("assume_role", nested(&[("role_arn", "acs:ram::1:role/r".into())])),
        ("endpoints", nested(&endpoints)),
        ("ca_certificate_file", "/ca.pem".into()),
        ("insecure", true.into()),
    ];
    let diagnostics = configure_and_read(&world, &block).await;
    let summaries: Vec<&str> = diagnostics.iter().map(|found| &*found.summary).collect();
    assert_eq!(summaries, [super::NOT_VERIFIED.summary]);
    let insecure = TlsSettings { insecure: true, ..verified.clone() };
    let seen: Vec<_> = world.http.seen().into_iter().map(|seen| (seen.url, seen.tls)).collect();
    assert_eq!(
        seen,
        [
            ("https://sts.private.example/".to_owned(), verified),
            ("https://l.example/".to_owned(), insecure.clone()),
            ("https://ecs.private.example/".to_owned(), insecure),
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn insecure_applies_to_no_service_that_returns_credentials() {
    let oidc = [
        ("oidc_provider_arn", "acs:ram::1:oidc-provider/o".into()),
        ("oidc_token", "id-token".into()),
        ("role_arn", "acs:ram::1:role/r".into()),
    ];
    for (source, host) in [
        (("assume_role_with_oidc", nested(&oidc)), "https://sts.cn-beijing.aliyuncs.com/"),
        (("credentials_uri", "https://c.example/".into()), "https://c.example/"),
        (("profile", "p".into()), "https://sso.example/cloud-credentials"),
    ] {
        let env = Arc::new([("HOME", "/home/user")].into_iter().collect::<FixedEnv>());
        let world = Fixed { env, ..Fixed::default() };
        world.files.insert(
            "/home/user/.aliyun/config.json",
            r#"{"profiles":[{"name":"p","mode":"CloudSSO","access_token":"t",
                "cloud_sso_sign_in_url":"https://sso.example/login",
                "cloud_sso_account_id":"1","cloud_sso_access_config":"a"}]}"#,
        );
        world.http.always(|_| Ok(json(404, "{}")));
        configure_and_read(&world, &[source, ("insecure", true.into())]).await;
        let seen = world.http.seen();
        assert_eq!((&*seen[0].url, seen[0].tls.insecure), (host, false));
    }
}

/// What the user configures about signatures and verification is for ECS, and so is the patience of a
/// lookup.
#[tokio::test(start_paused = true)]
async fn the_caller_identity_call_is_verified_and_has_its_own_signature_and_patience() {
    let world = Fixed::default();
    let sign_version = Value::object([("ecs", Value::from("v3"))]);
    let block = [
        ("access_key", Value::from("id")),
        ("secret_key", "secret".into()),
        ("insecure", true.into()),
        ("sign_version", Value::Set(vec![sign_version])),
    ];
    let block = complete(Value::object(block)).into();
    let (session, diagnostics) = super::configure(&world.ctx(), "tests", &block).await;
    let session = session.unwrap_or_else(|| panic!("{diagnostics:?}"));
    let sts = session.endpoints.sts("cn-x").unwrap();
    let begun = tokio::time::Instant::now();
    let deadline = begun + Duration::from_secs(300);
    world.http.push_json(200, r#"{"AccountId":"1","Arn":"acs:ram::1:root"}"#);
    session.client.identity(&sts, deadline).await.unwrap();
    let seen = world.http.seen();
    assert_eq!(seen[0].tls, TlsSettings::default());
    assert!(seen[0].query.expose().contains("SignatureMethod=HMAC-SHA1"));

    world.http.always(|_| Ok(json(503, "")));
    session.client.identity(&sts, deadline).await.unwrap_err();
    assert!(begun.elapsed() <= Duration::from_secs(30), "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn the_certificate_file_is_named_by_the_argument_or_the_variable_and_read_from_the_home() {
    let (pem, verified) = certificate();
    let system = TlsSettings::default();
    let argument = |path: &'static str| vec![("ca_certificate_file", Value::from(path))];
    for (block, variable, expected) in [
        (argument("/ca.pem"), "/none.pem", &verified),
        (argument("~/ca.pem"), "", &verified),
        (argument(""), "/ca.pem", &system),
        (vec![], "/ca.pem", &verified),
        (vec![], "", &system),
    ] {
        let env = [
            ("HOME", "/home/user"),
            ("ALIBABA_CLOUD_CA_BUNDLE", variable),
            ("ALICLOUD_ACCESS_KEY", "id"),
            ("ALICLOUD_SECRET_KEY", "secret"),
        ];
        let env = Arc::new(env.into_iter().collect::<FixedEnv>());
        let world = Fixed { env, ..Fixed::default() };
        world.files.insert("/ca.pem", pem.clone());
        world.files.insert("/home/user/ca.pem", pem.clone());
        world.http.push_error(ErrorKind::Tls);
        assert!(configure_and_read(&world, &block).await.is_empty());
        assert_eq!(world.http.seen()[0].tls, *expected, "{block:?} {variable}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_certificate_file_that_cannot_be_used_is_an_error_of_its_argument() {
    let block = [("ca_certificate_file", "/ca.pem".into())];
    let world = Fixed::default();
    let diagnostics = configure_and_read(&world, &block).await;
    let error = diagnostics.iter().next().unwrap();
    assert_eq!(error.attribute.as_ref().unwrap().to_string(), "ca_certificate_file");
    assert!(error.detail.contains("/ca.pem cannot be read"), "{}", error.detail);

    world.files.insert("/ca.pem", "no certificate");
    let diagnostics = configure_and_read(&world, &block).await;
    let detail = &diagnostics.iter().next().unwrap().detail;
    assert!(detail.contains("cannot be used: /ca.pem contains no certificate"), "{detail}");
    assert!(world.http.seen().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_warning_is_at_the_argument_that_causes_it() {
    let key = |id: &str| vec![("access_key", Value::from(id)), ("secret_key", "secret".into())];
    let with_key = |argument| [key("id"), vec![argument]].concat();
    let plain = |product| with_key(("endpoints", nested(&[(product, "http://p.example".into())])));
    for (block, expected, place) in [
        (
            with_key(("assume_role", nested(&[("role_arn", "".into())]))),
            &super::NO_ROLE,
            "assume_role",
        ),
        (
            vec![("credentials_uri", "http://c.example/".into())],
            &super::PLAIN_HTTP,
            "credentials_uri",
        ),
        (with_key(("insecure", true.into())), &super::NOT_VERIFIED, "insecure"),
        (with_key(("profile", "p".into())), &super::PROFILE_NOT_USED, "profile"),
        (key(""), &super::EMPTY_KEY, "access_key"),
        (plain("location"), &super::PLAIN_HTTP, "endpoints.location"),
        (plain("sts"), &super::PLAIN_HTTP, "endpoints.sts"),
    ] {
        let role = if block.len() == 2 { "reader" } else { "" };
        let env = [("ALICLOUD_ECS_ROLE_NAME", role), ("HOME", "/home/user")];
        let env = Arc::new(env.into_iter().collect::<FixedEnv>());
        let world = Fixed { env, ..Fixed::default() };
        world.http.always(|_| Ok(json(404, "{}")));
        let diagnostics = configure_and_read(&world, &block).await;
        let [warning] = &diagnostics.iter().collect::<Vec<_>>()[..] else {
            panic!("{place}: {diagnostics:?}")
        };
        let at = warning.attribute.as_ref().map(ToString::to_string);
        assert_eq!((&*warning.summary, at.as_deref()), (expected.summary, Some(place)));
    }
}

#[tokio::test(start_paused = true)]
async fn a_file_of_endpoints_that_does_not_exist_is_a_warning_if_a_variable_names_it() {
    let keys = [("ALICLOUD_ACCESS_KEY", "id"), ("ALICLOUD_SECRET_KEY", "secret")];
    let named = ("TF_ENDPOINT_PATH", "/company/endpoints.xml");
    for (env, warns) in [(&[keys[0], keys[1]][..], false), (&[keys[0], keys[1], named], true)] {
        let env = Arc::new(env.iter().copied().collect::<FixedEnv>());
        let world = Fixed { env, ..Fixed::default() };
        world.http.always(|_| Ok(json(404, "{}")));
        let diagnostics = configure_and_read(&world, &[]).await;
        let summaries: Vec<&str> = diagnostics.iter().map(|found| &*found.summary).collect();
        let expected = if warns { vec![super::MISSING_FILE.summary] } else { vec![] };
        assert_eq!(summaries, expected);
        let text = format!("{diagnostics:?}");
        assert!(
            !warns || text.contains("`TF_ENDPOINT_PATH` names the file /company/endpoints.xml")
        );
        // The read goes on, as with the official provider.
        assert_eq!(world.http.seen()[0].url, "https://ecs.cn-beijing.aliyuncs.com/");
    }
}
