use std::{io, sync::Arc, time::Duration};

use serde_json::json;
use tokio::time::Instant;

use super::{
    chain::{Chain, ORDER},
    error::{Input, SourceError},
    resolver::Notice,
    *,
};
use crate::{
    alicloud::{Process, endpoint::Endpoints},
    ctx::{
        Exit, Output,
        fixed::{Fixed, FixedEnv, json as respond},
        http::{self, ErrorKind, Request, Response},
    },
};

const ISSUED: &str = r#"{"Code":"Success","AccessKeyId":"issued","AccessKeySecret":"s",
    "SecurityToken":"t","Expiration":"2026-01-02T09:04:05Z"}"#;

/// A world with these variables, and a profile `p` if there is one.
fn world(variables: &[(&'static str, &'static str)], profile: Option<serde_json::Value>) -> Fixed {
    let variables = variables.iter().copied().chain([("HOME", "/home/user")]);
    let world = Fixed { env: Arc::new(variables.collect::<FixedEnv>()), ..Fixed::default() };
    if let Some(mut profile) = profile {
        profile["name"] = "p".into();
        let file = json!({"profiles": [profile]}).to_string();
        world.files.insert("/home/user/.aliyun/config.json", file);
    }
    world
}

async fn chain(world: &Fixed, arguments: CredentialArguments) -> Chain {
    let (ctx, process) = (world.ctx(), Process::default());
    let deadline = Instant::now() + Duration::from_secs(9);
    Chain::new(&arguments, &Endpoints::default(), "test", &ctx, &process, deadline).await
}

fn with_profile() -> CredentialArguments {
    CredentialArguments { profile: Some("p".into()), ..CredentialArguments::default() }
}

fn with_key() -> CredentialArguments {
    CredentialArguments {
        access_key_id: Some("id".into()),
        access_key_secret: Some("secret".into()),
        ..CredentialArguments::default()
    }
}

fn with_role(name: &str) -> CredentialArguments {
    CredentialArguments { ecs_role_name: Some(name.into()), ..CredentialArguments::default() }
}

async fn failure(world: &Fixed, arguments: CredentialArguments) -> String {
    chain(world, arguments).await.credential().await.err().unwrap().to_string()
}

const KEY: [(&str, &str); 2] = [("ALICLOUD_ACCESS_KEY", "id"), ("ALICLOUD_SECRET_KEY", "secret")];

#[tokio::test(start_paused = true)]
async fn a_profile_of_the_block_that_loses_to_a_whole_key_of_the_environment_is_noted() {
    let profile = || Some(json!({"mode": "EcsRamRole", "ram_role_name": "r"}));
    let loses = |notices: &[Notice]| {
        notices.iter().any(|notice| matches!(notice, Notice::ProfileLoses { .. }))
    };
    assert!(loses(chain(&world(&KEY, profile()), with_profile()).await.notices()));
    // A user who names the profile in the environment too has chosen between the two there.
    let variables = [KEY[0], KEY[1], ("ALICLOUD_PROFILE", "p")];
    let by_variable = chain(&world(&variables, profile()), CredentialArguments::default()).await;
    assert!(!loses(by_variable.notices()));
    // Half a key is an error, and nothing is used instead of the profile.
    for half in KEY {
        assert!(!loses(chain(&world(&[half], profile()), with_profile()).await.notices()));
    }
}

#[tokio::test(start_paused = true)]
async fn a_key_that_the_mode_of_its_profile_does_not_use_is_noted_if_it_is_used() {
    // A secret of white space makes it half a key, which is an error.
    for (variables, noted) in [(&[][..], true), (&[("ALICLOUD_SECRET_KEY", " ")], false)] {
        let profile = json!({"mode": "Odd", "access_key_id": "id", "access_key_secret": "s"});
        let chain = chain(&world(variables, Some(profile)), with_profile()).await;
        let stray = chain.notices().iter().any(|notice| matches!(notice, Notice::StrayKey { .. }));
        assert_eq!(stray, noted, "{:?}", chain.notices());
    }
}

#[tokio::test(start_paused = true)]
async fn a_file_without_profiles_is_reported_with_the_way_to_create_one() {
    let world = world(&[], None);
    world.files.insert("/home/user/.aliyun/config.json", r#"{"profiles":[]}"#);
    let error = chain(&world, with_profile()).await.credential().await.err().unwrap();
    assert!(format!("{error:?}").contains("The file has none"), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn only_the_sources_before_the_chosen_one_are_skipped() {
    let of_block = chain(&world(&[], None), with_key()).await;
    assert_eq!((of_block.source(), of_block.skipped()), (Some("the provider block"), &[][..]));
    let of_env = chain(&world(&KEY, None), CredentialArguments::default()).await;
    assert_eq!(of_env.source(), Some("the environment (ALICLOUD_ACCESS_KEY)"));
    let names: Vec<_> = of_env.skipped().iter().map(|(name, _)| &**name).collect();
    assert_eq!(names, ["the provider block"]);
    assert_eq!(of_env.base(), None);
}

#[tokio::test(start_paused = true)]
async fn the_role_of_a_profile_precedes_that_of_an_id_token() {
    let profile = json!({"mode": "EcsRamRole", "ram_role_name": "r"});
    let oidc = Some(OidcArguments::default());
    let arguments = CredentialArguments { oidc, ..with_profile() };
    let step = chain(&world(&[], Some(profile)), arguments).await.step().unwrap();
    assert!(ORDER[step].configured_by.contains("named profile of mode EcsRamRole"), "{step}");
}

#[tokio::test(start_paused = true)]
async fn a_session_without_a_duration_lasts_an_hour() {
    let world = world(&[("ALICLOUD_ASSUME_ROLE_SESSION_EXPIRATION", "0")], None);
    world.http.always(|_| {
        let credentials = ISSUED.replacen('{', r#"{"Credentials":{"#, 1) + "}";
        Ok(respond(200, credentials))
    });
    let role = RoleArguments { role_arn: Some("acs:ram::1:role/r".into()), ..Default::default() };
    let arguments = CredentialArguments { assume_role: Some(role), ..with_key() };
    let chain = chain(&world, arguments).await;
    assert_eq!(chain.base(), Some("the provider block"));
    assert_eq!(chain.credential().await.unwrap().access_key_id.expose(), "issued");
    let profile = json!({"name": "p", "mode": "RamRoleArn", "access_key_id": "i",
        "access_key_secret": "s", "ram_role_arn": "acs:ram::1:role/r", "expired_seconds": 0});
    let file = json!({"profiles": [profile]}).to_string();
    world.files.insert("/home/user/.aliyun/config.json", file);
    assert!(self::chain(&world, with_profile()).await.credential().await.is_ok());
    for request in world.http.seen() {
        assert!(request.query.expose().contains("DurationSeconds=3600"));
    }
    assert_eq!(world.http.seen().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_profile_for_a_sign_in_precedes_a_credentials_uri() {
    let uri = Some("http://127.0.0.1/".to_owned());
    let arguments = CredentialArguments { credentials_uri: uri, ..with_profile() };
    let world = world(&[], Some(json!({"mode": "CloudSSO"})));
    let step = chain(&world, arguments).await.step().unwrap();
    assert!(ORDER[step].source.contains("CloudSSO"), "{step}");
}

#[tokio::test(start_paused = true)]
async fn the_block_for_an_id_token_is_complete_and_a_session_of_zero_seconds_lasts_an_hour() {
    let whole = || OidcArguments {
        provider_arn: Some("acs:ram::1:oidc-provider/p".into()),
        token_file: None,
        token: Some("the-token".into()),
        role: RoleArguments {
            role_arn: Some("acs:ram::1:role/r".into()),
            session_expiration: Some(0),
            ..RoleArguments::default()
        },
    };
    let with = |oidc| CredentialArguments { oidc: Some(oidc), ..CredentialArguments::default() };
    let world = world(&[], None);
    world.http.always(|_| {
        let credentials = ISSUED.replacen('{', r#"{"Credentials":{"#, 1) + "}";
        Ok(respond(200, credentials))
    });
    for (broken, missing) in [
        (OidcArguments { role: RoleArguments::default(), ..whole() }, "role_arn is not set"),
        (OidcArguments { provider_arn: None, ..whole() }, "oidc_provider_arn is not set"),
    ] {
        let error = failure(&world, with(broken)).await;
        assert!(error.ends_with(missing), "{error}");
    }
    assert!(world.http.seen().is_empty());
    assert!(chain(&world, with(whole())).await.credential().await.is_ok());
    let request = world.http.seen().remove(0);
    let sent = format!("{}&{}", request.query.expose(), request.body.expose());
    assert!(sent.contains("DurationSeconds=3600"));
}

#[tokio::test(start_paused = true)]
async fn a_program_must_print_a_whole_credential() {
    for (printed, expected) in [
        (
            json!({"mode": "StsToken", "access_key_id": "i", "access_key_secret": "s"}),
            "no sts_token",
        ),
        (json!({"mode": "AK", "access_key_id": "i"}), "no access_key_secret"),
        (json!({"mode": "AK", "access_key_secret": "s"}), "no access_key_secret"),
    ] {
        let world = world(&[], Some(json!({"mode": "External", "process_command": "program"})));
        let output = Output {
            exit: Exit::Success,
            stdout: printed.to_string().into_bytes().into(),
            stderr: Vec::new().into(),
        };
        world.commands.answers.lock().unwrap().push_back(Ok(output));
        let error = failure(&world, with_profile()).await;
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn the_remedy_of_a_server_that_does_not_respond_is_about_the_kind_of_failure() {
    for (input, kind, expected) in [
        (Input::Sts, ErrorKind::Tls, "the certificate of its issuer"),
        (Input::Sts, ErrorKind::Proxy, "Check HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY."),
        (Input::Sts, ErrorKind::Dns, "Check the name of the host and the name server."),
        (Input::Sts, ErrorKind::Resolver, "Check the name of the host and the name server."),
        (Input::Sts, ErrorKind::Connect, "Check the host, firewalls, and HTTPS_PROXY or NO_PROXY."),
        (Input::Metadata, ErrorKind::Connect, "Only an ECS instance has the metadata service."),
    ] {
        let (host, cause) = ("a.example".into(), String::new());
        let error = http::Error { kind, host, cause, request_id: None };
        let remedy = SourceError::Transport { input, error }.remedy();
        assert!(remedy.contains(expected), "{remedy}");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_an_error_in_plain_words() {
    for (kind, expected) in [
        (io::ErrorKind::NotFound, "there is no such file"),
        (io::ErrorKind::PermissionDenied, "permission denied"),
        (io::ErrorKind::FileTooLarge, "it is too large"),
        (io::ErrorKind::IsADirectory, "it is a directory"),
        (io::ErrorKind::TimedOut, "the file system did not respond in time"),
        (io::ErrorKind::Other, "the operating system reported an error"),
    ] {
        let error = SourceError::unreadable("/f", &io::Error::new(kind, "os error"), "");
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_key_that_cannot_change_is_not_fetched_again_after_a_refusal() {
    let chain = chain(&world(&[], None), with_key()).await;
    let refused = chain.credential().await.unwrap();
    assert!(Arc::ptr_eq(&chain.renew(&refused).await.unwrap(), &refused));
}

#[tokio::test(start_paused = true)]
async fn a_mode_that_is_not_known_is_named() {
    let profile = Some(json!({"mode": "Odd"}));
    let error = failure(&world(&[], profile), with_profile()).await;
    assert!(error.contains(r#"the mode "Odd" is not known"#), "{error}");
}

/// A metadata service that refuses `refused` requests with this status.
fn metadata(world: &Fixed, status: u16, refused: fn(&Request) -> bool) {
    world.http.always(move |request| -> Result<Response, _> {
        Ok(match &*request.url {
            _ if refused(request) => respond(status, ""),
            url if url.ends_with("/token") => respond(200, "the-token"),
            url if url.ends_with("/") => respond(200, "found"),
            _ => respond(200, ISSUED),
        })
    });
}

fn has_token(request: &Request) -> bool {
    request.headers.iter().any(|(name, _)| *name == "x-aliyun-ecs-metadata-token")
}

#[tokio::test(start_paused = true)]
async fn a_refused_session_token_is_omitted_where_that_is_allowed() {
    let (only_with_token, nothing) = ([("ALIBABA_CLOUD_IMDSV1_DISABLED", "1")], []);
    for (variables, status, refused, works, without) in [
        (&nothing[..], 403, has_token as fn(&Request) -> bool, true, 1),
        (&nothing, 401, has_token, true, 1),
        (&only_with_token, 403, has_token, false, 0),
        // These are not about the token.
        (&nothing, 404, has_token, false, 0),
        (&nothing, 403, |request| !request.url.ends_with("/token"), false, 1),
        (&nothing, 403, |_| true, false, 1),
    ] {
        let world = world(variables, None);
        metadata(&world, status, refused);
        let result = chain(&world, with_role("r")).await.credential().await;
        assert_eq!(result.is_ok(), works, "{variables:?} {status} {:?}", result.err());
        let gets = world.http.seen().into_iter().filter(|request| !request.url.ends_with("/token"));
        assert_eq!(gets.filter(|request| !has_token(request)).count(), without, "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn only_status_404_means_that_the_instance_does_not_have_the_role() {
    for (status, missing) in [(404, true), (400, false)] {
        let world = world(&[], None);
        metadata(&world, status, |request| request.url.ends_with("/r"));
        let error = failure(&world, with_role("r")).await;
        assert_eq!(error.contains("the instance has no RAM role r"), missing, "{error}");
    }
}

/// It becomes a part of the path of a request.
#[tokio::test(start_paused = true)]
async fn a_name_that_no_role_can_have_is_not_requested() {
    let longest = "r".repeat(64);
    for (name, requested) in [
        ("Reader-1_a.b", 1),
        (&*longest, 1),
        (&*format!("{longest}r"), 0),
        ("../../user-data", 0),
        (".hidden", 0),
        ("a/b", 0),
        ("a b", 0),
    ] {
        let world = world(&[], None);
        metadata(&world, 404, |_| false);
        let result = chain(&world, with_role(name)).await.credential().await;
        assert_eq!(result.is_ok(), requested == 1, "{name}");
        assert_eq!(world.http.seen().len(), 1 + requested, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_timeouts_of_the_provider_also_limit_requests_to_the_metadata_service() {
    let world = world(&[], None);
    metadata(&world, 404, |_| false);
    let most = Duration::from_millis(500);
    let timeouts = CredentialArguments {
        connect_timeout: Some(most),
        read_timeout: Some(most),
        ..with_role("r")
    };
    chain(&world, timeouts).await.credential().await.unwrap();
    for request in world.http.seen() {
        assert_eq!((request.limits.connect, request.limits.read), (most, most));
    }
}

#[tokio::test(start_paused = true)]
async fn a_program_that_cannot_be_started_is_an_error_without_the_number_of_the_system() {
    for (kind, expected) in [
        (io::ErrorKind::NotFound, "the program failed: it was not found"),
        (io::ErrorKind::PermissionDenied, "the program failed: permission denied"),
    ] {
        let world = world(&[], Some(json!({"mode": "External", "process_command": "program"})));
        let error = io::Error::new(kind, "os error 13");
        world.commands.answers.lock().unwrap().push_back(Err(error));
        let error = failure(&world, with_profile()).await;
        assert!(error.ends_with(expected), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_each_part_of_the_key_is_from_is_known() {
    let origin = async |world: &Fixed, arguments| {
        let chain = chain(world, arguments).await;
        chain.key_origin().map(|origin| KeyOrigin::clone(&origin))
    };
    let profile = json!({"mode": "StsToken", "access_key_id": "i", "access_key_secret": "s",
        "sts_token": "t"});
    let env = world(&[("ALIBABACLOUD_ACCESS_KEY_SECRET", "s")], Some(profile));
    let arguments =
        CredentialArguments { access_key_id: Some(Secret::from("id")), ..with_profile() };
    let expected = KeyOrigin::Configured {
        id: "access_key in the provider block".into(),
        secret: "the environment variable ALIBABACLOUD_ACCESS_KEY_SECRET".into(),
        token: Some("sts_token of the profile p".into()),
    };
    assert_eq!(origin(&env, arguments).await, Some(expected));

    // A source of the SDKs' chain.
    let world = world(&[], None);
    world.files.insert(
        "/home/user/.aliyun/config.json",
        r#"{"current":"c","profiles":[{"name":"c","mode":"AK","access_key_id":"i",
            "access_key_secret":"s"}]}"#,
    );
    let current = origin(&world, CredentialArguments::default()).await;
    let Some(KeyOrigin::Configured { secret, .. }) = current else { panic!("{current:?}") };
    assert!(secret.starts_with("access_key_secret of the profile c of "), "{secret}");

    let role = RoleArguments { role_arn: Some("acs:ram::1:role/r".into()), ..Default::default() };
    let arguments = CredentialArguments { assume_role: Some(role), ..with_key() };
    let issued = KeyOrigin::Issued("the role acs:ram::1:role/r".into());
    assert_eq!(origin(&world, arguments).await, Some(issued));
}
