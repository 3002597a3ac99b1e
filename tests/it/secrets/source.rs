//! Credential sources in which every secret is marked.

use std::{collections::BTreeMap, fs, os::unix::fs::PermissionsExt, path::Path};

use serde_json::{Value as Json, json};

use super::tap::{Service, Tap};
use crate::support::canary::Canary;

/// The key that the mock knows.
pub(super) const ID: &str = "LTAIcanary5tFkeyidKq";
/// Its secret, with every character that URLs encode.
pub(super) const SECRET: &str = "cAnary+keysecret/7wZp=xQ";
const TOKEN: &str = "CAIScanary+statictoken/8uJ==";
const ID_TOKEN: &str = "eyJcanary.idtoken-9dRq.sig_nature";
const PASSWORD: &str = "canary+uri/passwordT3=";
const USER: &str = "canaryuserPq4pass";
const ACCESS_TOKEN: &str = "canarySsoAccessToken-2Lm";
const PROXY: &str = "canaryProxyPassw0rd";
const ROLE: &str = "acs:ram::1234567890123456:role/reader";
const IDENTITY_PROVIDER: &str = "acs:ram::1234567890123456:oidc-provider/cluster";

/// A source that is configured.
#[derive(Clone, Default)]
pub(super) struct Source {
    pub(super) name: &'static str,
    /// The `provider` block, without endpoints.
    pub(super) provider: Json,
    pub(super) env: BTreeMap<&'static str, String>,
    /// Files below the home folder.
    pub(super) files: Vec<(&'static str, String)>,
    /// The service that gets its first request, and the responses of which can be manipulated; `None` if there is no
    /// such service, or if another source has the same one.
    pub(super) first_request: Option<Service>,
    /// Whether the mock accepts its credential.
    pub(super) is_good: bool,
}

/// Every secret of the sources.
pub(super) fn written() -> Vec<Canary> {
    [
        ("access key ID", ID),
        ("access key secret", SECRET),
        ("security token", TOKEN),
        ("ID token", ID_TOKEN),
        ("password of the credentials URI", PASSWORD),
        ("user of the credentials URI", USER),
        ("access token", ACCESS_TOKEN),
        ("password of the proxy", PROXY),
    ]
    .map(|(name, text)| Canary::new(name, text))
    .into()
}

/// All sources. Their files will be in `home`.
pub(super) fn all(tap: &Tap, home: &Path) -> Vec<Source> {
    [
        keys(),
        roles(home),
        servers(tap),
        profiles_with_keys(home),
        programs(home),
        files(),
        proxies(),
    ]
    .concat()
}

fn key() -> Json {
    json!({ "access_key": ID, "secret_key": SECRET })
}

/// An access key with the member names of files.
fn pair() -> Json {
    json!({ "access_key_id": ID, "access_key_secret": SECRET })
}

/// The provider block that names the profile of [`of_profile`].
fn profile() -> Json {
    json!({ "profile": "p" })
}

fn with(base: &Json, more: Json) -> Json {
    let mut joined = base.clone();
    joined.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    joined
}

fn profiles(profiles: &Json) -> Vec<(&'static str, String)> {
    vec![(".aliyun/config.json", json!({ "current": "p", "profiles": profiles }).to_string())]
}

/// The file with one profile of a mode.
fn of_profile(mode: &str, members: Json) -> Vec<(&'static str, String)> {
    profiles(&json!([with(&members, json!({ "name": "p", "mode": mode }))]))
}

fn uri(tap: &Tap) -> String {
    let password =
        percent_encoding::utf8_percent_encode(PASSWORD, percent_encoding::NON_ALPHANUMERIC);
    format!("http://{USER}:{password}@{}/credentials?password={password}&x", tap.host())
}

/// The file with the ID token.
fn token() -> (&'static str, String) {
    ("token", format!("{ID_TOKEN}\n"))
}

fn token_file(home: &Path) -> String {
    home.join("token").to_str().unwrap().to_owned()
}

fn program(home: &Path) -> String {
    home.join("program").to_str().unwrap().to_owned()
}

/// Access keys of the provider block and the environment.
fn keys() -> Vec<Source> {
    vec![
        Source {
            name: "arguments",
            provider: key(),
            is_good: true,
            first_request: Some(Service::Ecs),
            ..Source::default()
        },
        Source {
            name: "arguments with a token",
            provider: with(&key(), json!({ "security_token": TOKEN })),
            first_request: Some(Service::Ecs),
            ..Source::default()
        },
        Source {
            name: "environment",
            env: [("ALICLOUD_ACCESS_KEY", ID.into()), ("ALICLOUD_SECRET_KEY", SECRET.into())]
                .into(),
            is_good: true,
            first_request: Some(Service::Ecs),
            ..Source::default()
        },
        Source {
            name: "environment with a token",
            env: [
                ("ALIBABA_CLOUD_ACCESS_KEY_ID", ID.into()),
                ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", SECRET.into()),
                ("ALIBABA_CLOUD_SECURITY_TOKEN", TOKEN.into()),
            ]
            .into(),
            ..Source::default()
        },
        Source {
            name: "wrong secret",
            provider: json!({ "access_key": ID, "secret_key": TOKEN }),
            ..Source::default()
        },
    ]
}

/// Roles that are assumed.
fn roles(home: &Path) -> Vec<Source> {
    vec![
        Source {
            name: "role of a wrong secret",
            provider: json!({ "access_key": ID, "secret_key": TOKEN, "assume_role": [{ "role_arn": ROLE }] }),
            first_request: Some(Service::Issuer),
            ..Source::default()
        },
        Source {
            name: "assume_role",
            provider: with(&key(), json!({ "assume_role": [{ "role_arn": ROLE }] })),
            first_request: Some(Service::Issuer),
            is_good: true,
            ..Source::default()
        },
        Source {
            name: "assume_role with a token",
            provider: with(
                &key(),
                json!({ "security_token": TOKEN, "assume_role": [{ "role_arn": ROLE }] }),
            ),
            first_request: Some(Service::Issuer),
            ..Source::default()
        },
        Source {
            name: "assume_role_with_oidc",
            provider: json!({ "assume_role_with_oidc": [{
                "oidc_provider_arn": IDENTITY_PROVIDER, "role_arn": ROLE, "oidc_token": ID_TOKEN,
            }] }),
            first_request: Some(Service::Issuer),
            is_good: true,
            ..Source::default()
        },
        Source {
            name: "environment OIDC",
            env: [
                ("ALIBABA_CLOUD_ROLE_ARN", ROLE.into()),
                ("ALIBABA_CLOUD_OIDC_PROVIDER_ARN", IDENTITY_PROVIDER.into()),
                ("ALIBABA_CLOUD_OIDC_TOKEN_FILE", token_file(home)),
            ]
            .into(),
            files: vec![token()],
            first_request: Some(Service::Issuer),
            is_good: true,
            ..Source::default()
        },
    ]
}

/// Servers that return a credential.
fn servers(tap: &Tap) -> Vec<Source> {
    vec![
        Source {
            name: "credentials_uri",
            provider: json!({ "credentials_uri": uri(tap) }),
            first_request: Some(Service::Issuer),
            is_good: true,
            ..Source::default()
        },
        Source {
            name: "credentials_uri that is not a URL",
            provider: json!({ "credentials_uri": format!("http://{USER}:{PASSWORD}@h:x/?{PASSWORD}") }),
            ..Source::default()
        },
        Source {
            name: "profile CredentialsURI",
            provider: profile(),
            files: of_profile("CredentialsURI", json!({ "credentials_uri": uri(tap) })),
            first_request: Some(Service::Issuer),
            is_good: true,
            ..Source::default()
        },
        Source {
            name: "profile CloudSSO, at a host without TLS",
            provider: profile(),
            files: of_profile(
                "CloudSSO",
                json!({
                    "cloud_sso_sign_in_url": format!("https://{}/", tap.host()),
                    "cloud_sso_account_id": "1",
                    "cloud_sso_access_config": "ac-1",
                    "access_token": ACCESS_TOKEN,
                }),
            ),
            ..Source::default()
        },
    ]
}

/// Profiles of the other modes.
fn profiles_with_keys(home: &Path) -> Vec<Source> {
    vec![
        Source {
            name: "profile AK",
            provider: profile(),
            files: of_profile("AK", pair()),
            is_good: true,
            ..Source::default()
        },
        Source {
            name: "profile StsToken",
            provider: profile(),
            files: of_profile("StsToken", with(&pair(), json!({ "sts_token": TOKEN }))),
            first_request: Some(Service::Ecs),
            ..Source::default()
        },
        Source {
            name: "profile RamRoleArn",
            provider: profile(),
            files: of_profile("RamRoleArn", with(&pair(), json!({ "ram_role_arn": ROLE }))),
            first_request: Some(Service::Issuer),
            is_good: true,
            ..Source::default()
        },
        Source {
            name: "profile ChainableRamRoleArn",
            provider: profile(),
            files: profiles(&json!([
                { "name": "p", "mode": "ChainableRamRoleArn", "source_profile": "q", "ram_role_arn": ROLE },
                { "name": "q", "mode": "AK", "access_key_id": ID, "access_key_secret": SECRET },
            ])),
            first_request: Some(Service::Issuer),
            is_good: true,
            ..Source::default()
        },
        Source {
            name: "profile OIDC",
            provider: profile(),
            files: [
                of_profile(
                    "OIDC",
                    json!({
                        "oidc_provider_arn": IDENTITY_PROVIDER,
                        "oidc_token_file": token_file(home),
                        "ram_role_arn": ROLE,
                    }),
                ),
                vec![token()],
            ]
            .concat(),
            first_request: Some(Service::Issuer),
            is_good: true,
            ..Source::default()
        },
    ]
}

/// Programs that print a credential.
fn programs(home: &Path) -> Vec<Source> {
    let printed = with(&pair(), json!({ "mode": "AK" }));
    vec![
        Source {
            name: "profile External",
            provider: profile(),
            files: [
                of_profile("External", json!({ "process_command": program(home) })),
                vec![("program", format!("#!/bin/sh\necho '{SECRET}' >&2\necho '{printed}'\n"))],
            ]
            .concat(),
            is_good: true,
            first_request: Some(Service::Ecs),
            ..Source::default()
        },
        Source {
            name: "profile External that prints rubbish and fails",
            provider: profile(),
            files: [
                of_profile("External", json!({ "process_command": program(home) })),
                vec![(
                    "program",
                    format!(
                        "#!/bin/sh\necho '{SECRET}' >&2\necho '{{\"mode\":\"{SECRET}\"}}'\nexit 3\n"
                    ),
                )],
            ]
            .concat(),
            ..Source::default()
        },
        Source {
            name: "profile External that prints rubbish",
            provider: profile(),
            files: [
                of_profile("External", json!({ "process_command": program(home) })),
                vec![("program", format!("#!/bin/sh\necho '{{\"mode\":\"{SECRET}\"}}'\n"))],
            ]
            .concat(),
            ..Source::default()
        },
    ]
}

/// Files without a profile.
fn files() -> Vec<Source> {
    vec![
        Source {
            name: "broken profile",
            provider: profile(),
            files: vec![(
                ".aliyun/config.json",
                format!(
                    "{{\"profiles\": [{{\"name\": \"p\", \"access_key_secret\": \"{SECRET}\" {ID}"
                ),
            )],
            ..Source::default()
        },
        Source {
            name: "ini file",
            files: vec![(
                ".alibabacloud/credentials",
                format!(
                    "[default]\ntype = access_key\naccess_key_id = {ID}\naccess_key_secret = {SECRET}\n"
                ),
            )],
            is_good: true,
            first_request: Some(Service::Ecs),
            ..Source::default()
        },
    ]
}

/// Proxies whose address has a password.
fn proxies() -> Vec<Source> {
    vec![
        Source {
            name: "a proxy that is down",
            provider: with(&key(), json!({ "endpoints": [{ "ecs": "http://ecs.invalid" }] })),
            env: [("HTTP_PROXY", format!("http://user:{PROXY}@127.0.0.1:1"))].into(),
            ..Source::default()
        },
        Source {
            name: "a proxy that is not a URL",
            provider: with(&key(), json!({ "endpoints": [{ "ecs": "http://ecs.invalid" }] })),
            env: [("HTTP_PROXY", format!("http://user:{PROXY}@:x"))].into(),
            ..Source::default()
        },
    ]
}

impl Source {
    /// Writes its files.
    pub(super) fn write(&self, home: &Path) {
        for (name, text) in &self.files {
            let path = home.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
        }
    }
}
