//! The environment variables that this project reads for the API, by name, in the order in which
//! they are tried: the first that is not empty counts.
//!
//! Sources: the official provider (`ALICLOUD_*` first, as its code has it), the SDKs' default
//! credential chain, the CLI.

use crate::ctx::Env;

/// The ID of an access key.
pub const ACCESS_KEY_ID: &[&str] =
    &["ALICLOUD_ACCESS_KEY", "ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABACLOUD_ACCESS_KEY_ID"];
/// The secret of an access key.
pub const ACCESS_KEY_SECRET: &[&str] =
    &["ALICLOUD_SECRET_KEY", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABACLOUD_ACCESS_KEY_SECRET"];
/// The token of a temporary credential.
pub const SECURITY_TOKEN: &[&str] =
    &["ALICLOUD_SECURITY_TOKEN", "ALIBABA_CLOUD_SECURITY_TOKEN", "ALIBABACLOUD_SECURITY_TOKEN"];
/// The region.
pub const REGION: &[&str] = &["ALICLOUD_REGION", "ALIBABA_CLOUD_REGION"];
/// The RAM role of the instance.
pub const ECS_ROLE_NAME: &[&str] = &["ALICLOUD_ECS_ROLE_NAME", "ALIBABA_CLOUD_ECS_METADATA"];
/// The name of a profile.
pub const PROFILE: &[&str] = &["ALICLOUD_PROFILE", "ALIBABA_CLOUD_PROFILE"];
/// The file that holds profiles.
pub const SHARED_CREDENTIALS_FILE: &[&str] =
    &["ALICLOUD_SHARED_CREDENTIALS_FILE", "ALIBABA_CLOUD_CREDENTIALS_FILE"];
/// The CLI's own file, where no other is named.
pub const CONFIG_FILE: &[&str] = &["ALIBABA_CLOUD_CONFIG_FILE"];
/// Whether the CLI's current profile is left alone.
pub const CLI_PROFILE_DISABLED: &[&str] = &["ALIBABA_CLOUD_CLI_PROFILE_DISABLED"];
/// Whether profiles may not run programs.
pub const EXTERNAL_PROCESS_DISABLED: &[&str] = &["ALIBABA_CLOUD_DISABLE_EXTERNAL_PROCESS"];
/// A local server that hands out credentials.
pub const CREDENTIALS_URI: &[&str] = &["ALICLOUD_CREDENTIALS_URI", "ALIBABA_CLOUD_CREDENTIALS_URI"];
/// Whether the metadata service is never asked.
pub const ECS_METADATA_DISABLED: &[&str] = &["ALIBABA_CLOUD_ECS_METADATA_DISABLED"];
/// Whether the metadata service is asked with a session token only.
pub const IMDSV1_DISABLED: &[&str] = &["ALIBABA_CLOUD_IMDSV1_DISABLED"];
/// The role that the configuration asks to assume.
pub const ASSUME_ROLE_ARN: &[&str] = &["ALICLOUD_ASSUME_ROLE_ARN", "ALIBABA_CLOUD_ROLE_ARN"];
/// The name of its session.
pub const ASSUME_ROLE_SESSION_NAME: &[&str] =
    &["ALICLOUD_ASSUME_ROLE_SESSION_NAME", "ALIBABA_CLOUD_ROLE_SESSION_NAME"];
/// How long its session lasts, in seconds.
pub const ASSUME_ROLE_SESSION_EXPIRATION: &[&str] = &["ALICLOUD_ASSUME_ROLE_SESSION_EXPIRATION"];
/// The role that an ID token stands for.
pub const OIDC_ROLE_ARN: &[&str] = &["ALIBABA_CLOUD_ROLE_ARN"];
/// The name of its session.
pub const OIDC_ROLE_SESSION_NAME: &[&str] = &["ALIBABA_CLOUD_ROLE_SESSION_NAME"];
/// The identity provider that issued the ID token.
pub const OIDC_PROVIDER_ARN: &[&str] = &["ALIBABA_CLOUD_OIDC_PROVIDER_ARN"];
/// The file that holds the ID token.
pub const OIDC_TOKEN_FILE: &[&str] = &["ALIBABA_CLOUD_OIDC_TOKEN_FILE"];
/// The ID token itself.
pub const OIDC_TOKEN: &[&str] = &["ALIBABA_CLOUD_OIDC_TOKEN"];
/// The region of STS.
pub const STS_REGION: &[&str] = &["ALIBABA_CLOUD_STS_REGION"];
/// The endpoint of ECS.
pub const ECS_ENDPOINT: &[&str] = &["ALIBABA_CLOUD_ENDPOINT_ECS", "ECS_ENDPOINT"];
/// The endpoint of the Location service.
pub const LOCATION_ENDPOINT: &[&str] = &["LOCATION_ENDPOINT"];
/// The endpoint of STS.
pub const STS_ENDPOINT: &[&str] = &["ALIBABA_CLOUD_STS_ENDPOINT"];
/// Whether the host of STS is the one that is reached from within a VPC.
pub const VPC_ENDPOINT_ENABLED: &[&str] = &["ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED"];
/// The file of endpoints, where none is in the current folder.
pub const ENDPOINT_PATH: &[&str] = &["TF_ENDPOINT_PATH"];
/// The signature scheme of ECS.
pub const SIGN_VERSION_ECS: &[&str] = &["ALICLOUD_SIGN_VERSION_ECS"];
/// The address that a call says it comes from.
pub const SOURCE_IP: &[&str] = &["ALICLOUD_SOURCE_IP", "ALIBABA_CLOUD_SOURCE_IP"];
/// Whether a call says it came over TLS.
pub const SECURE_TRANSPORT: &[&str] =
    &["ALICLOUD_SECURE_TRANSPORT", "ALIBABA_CLOUD_SECURE_TRANSPORT"];
/// The same, in an older spelling.
pub const SECURITY_TRANSPORT: &[&str] =
    &["ALICLOUD_SECURITY_TRANSPORT", "ALIBABA_CLOUD_SECURITY_TRANSPORT"];
/// Words for the user agent.
pub const USER_AGENT: &[&str] = &["TF_APPEND_USER_AGENT"];
/// How long a connection may take, in milliseconds.
pub const CONNECT_TIMEOUT: &[&str] = &["CLIENT_CONNECT_TIMEOUT"];
/// How long an answer may take, in milliseconds.
pub const READ_TIMEOUT: &[&str] = &["CLIENT_READ_TIMEOUT"];
/// How long a failing call is repeated, in seconds.
pub const MAX_RETRY_TIMEOUT: &[&str] = &["MAX_RETRY_TIMEOUT"];

/// The first of the variables that is not empty: its name and its value.
pub fn first_set<'a>(env: &dyn Env, names: &[&'a str]) -> Option<(&'a str, String)> {
    names.iter().find_map(|name| {
        let value = env.var(name).filter(|value| !value.is_empty())?;
        Some((*name, value))
    })
}

/// Whether a switch says `true`, in any case.
pub fn is_on(env: &dyn Env, names: &[&str]) -> bool {
    first_set(env, names).is_some_and(|(_, value)| value.trim().eq_ignore_ascii_case("true"))
}
