//! The environment variables that the provider reads, once: the code, the arguments of the schema
//! that they stand in for, and the authentication guide are made from [`ALL`].
//!
//! Sources: the official provider (`ALICLOUD_*` first, as in its code), the SDKs' default
//! credential chain, the CLI.

use std::ops::RangeInclusive;

use crate::ctx::Env;

/// How long a session of a role may last, in seconds. Source: STS API, AssumeRole, with the longest
/// session of any role.
pub const SESSION_SECONDS: RangeInclusive<u64> = 900..=43_200;

/// What the name of a session must be. Source: STS API, AssumeRole and AssumeRoleWithOIDC.
pub const SESSION_NAME_RULE: &str = "it must have 2 to 64 letters, digits and characters of `.@-_`";

/// Whether `name` follows [`SESSION_NAME_RULE`].
pub fn is_session_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b".@-_".contains(&byte);
    (2..=64).contains(&name.len()) && name.bytes().all(allowed)
}

/// How long an ID token may be, in characters. Source: STS API, AssumeRoleWithOIDC.
pub const OIDC_TOKEN_LENGTH: RangeInclusive<usize> = 4..=20_000;

/// An environment variable with all its names.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Variable {
    /// The argument of the provider block that it replaces; empty if there is none.
    pub argument: &'static str,
    /// The kind of its values.
    pub kind: VariableKind,
    /// What it means, for the guide, and with which the description of the argument begins.
    pub meaning: &'static str,
    /// The names in order of precedence: the first one with a value that is not empty is used.
    pub names: &'static [&'static str],
}

/// The kind of values of a variable.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum VariableKind {
    /// A switch that disables something when it is on. A value that is neither on nor off is an
    /// error.
    Prohibition,
    /// Any other switch. A value that is neither on nor off is a warning, and counts as off.
    Switch,
    /// Text.
    Value,
}

impl Variable {
    /// The preferred name.
    pub fn first(&self) -> &'static str {
        self.names.first().copied().unwrap_or_default()
    }

    /// The name of the argument within its block.
    pub fn attribute(&self) -> &'static str {
        self.argument.rsplit('.').next().unwrap_or_default()
    }

    /// Where a user sets it: the argument of the provider block, if there is one, or the preferred
    /// name.
    pub fn settings(&self) -> String {
        match self.argument {
            "" => self.first().to_owned(),
            argument => format!("{argument} or {}", self.first()),
        }
    }
}

macro_rules! variables {
    ($($constant:ident = $kind:ident, $argument:literal, $names:expr, $meaning:literal;)*) => {
        $(
            #[doc = $meaning]
            pub const $constant: Variable = Variable {
                argument: $argument,
                kind: VariableKind::$kind,
                meaning: $meaning,
                names: &$names,
            };
        )*

        /// All variables.
        pub const ALL: &[Variable] = &[$($constant),*];
    };
}

variables! {
    ACCESS_KEY_ID = Value, "access_key", ["ALICLOUD_ACCESS_KEY", "ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABACLOUD_ACCESS_KEY_ID"], "The AccessKey ID.";
    ACCESS_KEY_SECRET = Value, "secret_key", ["ALICLOUD_SECRET_KEY", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABACLOUD_ACCESS_KEY_SECRET"], "The AccessKey secret.";
    SECURITY_TOKEN = Value, "security_token", ["ALICLOUD_SECURITY_TOKEN", "ALIBABA_CLOUD_SECURITY_TOKEN", "ALIBABACLOUD_SECURITY_TOKEN"], "The token of a temporary AccessKey.";
    REGION = Value, "region", ["ALICLOUD_REGION", "ALIBABA_CLOUD_REGION"], "The region to look in.";
    REGION_ID = Value, "", ["ALIBABA_CLOUD_REGION_ID", "ALIBABACLOUD_REGION_ID"], "The region, if neither the variables of `region` nor a profile that `profile` names sets one.";
    ECS_ROLE_NAME = Value, "ecs_role_name", ["ALICLOUD_ECS_ROLE_NAME", "ALIBABA_CLOUD_ECS_METADATA"], "The RAM role of the ECS instance on which Terraform runs; the metadata service returns its credentials.";
    PROFILE = Value, "profile", ["ALICLOUD_PROFILE", "ALIBABA_CLOUD_PROFILE"], "The profile of the CLI's configuration file to take credentials from.";
    SDK_PROFILE = Value, "", ["ALIBABACLOUD_PROFILE"], "The profile to use if nothing is configured that the official provider knows.";
    SHARED_CREDENTIALS_FILE = Value, "shared_credentials_file", ["ALICLOUD_SHARED_CREDENTIALS_FILE", "ALIBABA_CLOUD_CREDENTIALS_FILE"], "The file that contains the profiles.";
    CONFIG_FILE = Value, "", ["ALIBABA_CLOUD_CONFIG_FILE"], "The CLI's file, in place of `~/.aliyun/config.json`.";
    CLI_PROFILE_DISABLED = Prohibition, "", ["ALIBABA_CLOUD_CLI_PROFILE_DISABLED"], "Never use the CLI's current profile, nor a named one that fetches its credential (ChainableRamRoleArn, CloudSSO, External, OAuth).";
    PROFILE_IGNORED = Prohibition, "", ["ALIBABA_CLOUD_IGNORE_PROFILE"], "Never use the CLI's current profile. The CLI reads this variable too.";
    EXTERNAL_PROCESS_DISABLED = Prohibition, "", ["ALIBABA_CLOUD_DISABLE_EXTERNAL_PROCESS"], "Never use a profile of mode External or CredentialsURI.";
    CREDENTIALS_URI = Value, "credentials_uri", ["ALICLOUD_CREDENTIALS_URI", "ALIBABA_CLOUD_CREDENTIALS_URI"], "The URL of a service that returns temporary credentials.";
    ECS_METADATA_DISABLED = Prohibition, "", ["ALIBABA_CLOUD_ECS_METADATA_DISABLED"], "Never use the metadata service.";
    IMDSV1_DISABLED = Prohibition, "", ["ALIBABA_CLOUD_IMDSV1_DISABLED"], "Use the metadata service with a session token only.";
    ASSUME_ROLE_ARN = Value, "assume_role.role_arn", ["ALICLOUD_ASSUME_ROLE_ARN", "ALIBABA_CLOUD_ROLE_ARN"], "The ARN of the role to assume; the variable is used only if the block is present.";
    ASSUME_ROLE_SESSION_NAME = Value, "assume_role.session_name", ["ALICLOUD_ASSUME_ROLE_SESSION_NAME", "ALIBABA_CLOUD_ROLE_SESSION_NAME"], "The name of the session; the variable is used only if the block is present.";
    ASSUME_ROLE_SESSION_EXPIRATION = Value, "assume_role.session_expiration", ["ALICLOUD_ASSUME_ROLE_SESSION_EXPIRATION"], "How long a session lasts, in seconds, from 900 to 43200; it is renewed as needed.";
    OIDC_ROLE_ARN = Value, "assume_role_with_oidc.role_arn", ["ALIBABA_CLOUD_ROLE_ARN"], "The ARN of the role to exchange the ID token for.";
    OIDC_ROLE_SESSION_NAME = Value, "assume_role_with_oidc.role_session_name", ["ALIBABA_CLOUD_ROLE_SESSION_NAME"], "The name of the session.";
    OIDC_PROVIDER_ARN = Value, "assume_role_with_oidc.oidc_provider_arn", ["ALIBABA_CLOUD_OIDC_PROVIDER_ARN"], "The ARN of the identity provider that issued the ID token.";
    OIDC_TOKEN_FILE = Value, "assume_role_with_oidc.oidc_token_file", ["ALIBABA_CLOUD_OIDC_TOKEN_FILE"], "The file that contains the ID token.";
    OIDC_TOKEN = Value, "assume_role_with_oidc.oidc_token", ["ALIBABA_CLOUD_OIDC_TOKEN"], "The ID token itself, 4 to 20,000 characters; the variable is used only if the block is present.";
    STS_REGION = Value, "", ["ALIBABA_CLOUD_STS_REGION"], "The region in which STS is called.";
    ECS_ENDPOINT = Value, "endpoints.ecs", ["ALIBABA_CLOUD_ENDPOINT_ECS", "ECS_ENDPOINT"], "The endpoint of ECS: a host, with a port, a path or `http://` before it if needed.";
    LOCATION_ENDPOINT = Value, "endpoints.location", ["LOCATION_ENDPOINT"], "The endpoint of the Location service.";
    STS_ENDPOINT = Value, "endpoints.sts", ["ALIBABA_CLOUD_STS_ENDPOINT"], "The endpoint of STS, which returns the credentials of roles.";
    VPC_ENDPOINT_ENABLED = Switch, "", ["ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED"], "Use the hosts of ECS and STS that are reached from within a VPC.";
    ENDPOINT_TYPE = Value, "endpoint_type", ["ALIBABA_CLOUD_ENDPOINT_TYPE"], "The network of the hosts of ECS and STS that follow from the region: `public`, the default, or `vpc` for those that are reached from within a VPC.";
    CA_CERTIFICATE_FILE = Value, "ca_certificate_file", ["ALIBABA_CLOUD_CA_BUNDLE"], "A file of certificates, as PEM, to trust in addition to the system's and those in `SSL_CERT_FILE`: those of a proxy that inspects TLS, or of a server with a self-signed certificate.";
    ENDPOINT_PATH = Value, "", ["TF_ENDPOINT_PATH"], "The file of endpoints, if there is no `endpoints.xml` in the working directory.";
    SIGN_VERSION_ECS = Value, "sign_version.ecs", ["ALICLOUD_SIGN_VERSION_ECS"], "The signature scheme of ECS: `v1` (RPC signature 1.0, the default) or `v3` (ACS3-HMAC-SHA256).";
    SOURCE_IP = Value, "source_ip", ["ALICLOUD_SOURCE_IP", "ALIBABA_CLOUD_SOURCE_IP"], "The client's IP address, for policies with the condition `acs:SourceIp`.";
    SECURE_TRANSPORT = Value, "secure_transport", ["ALICLOUD_SECURE_TRANSPORT", "ALIBABA_CLOUD_SECURE_TRANSPORT"], "Whether the client uses HTTPS, for policies with the condition `acs:SecureTransport`: `true` or `false`.";
    SECURITY_TRANSPORT = Value, "security_transport", ["ALICLOUD_SECURITY_TRANSPORT", "ALIBABA_CLOUD_SECURITY_TRANSPORT"], "The older spelling of `secure_transport`; used where that one is empty.";
    USER_AGENT = Value, "", ["TF_APPEND_USER_AGENT"], "Words for the user agent.";
    CONNECT_TIMEOUT = Value, "client_connect_timeout", ["CLIENT_CONNECT_TIMEOUT"], "How long a connection may take, in milliseconds: to ECS and to every service that is needed for it.";
    READ_TIMEOUT = Value, "client_read_timeout", ["CLIENT_READ_TIMEOUT"], "How long a response may take once the connection is established, in milliseconds: of ECS and of every service that is needed for it.";
    MAX_RETRY_TIMEOUT = Value, "max_retry_timeout", ["MAX_RETRY_TIMEOUT"], "How long a lookup may take at most, retries included, in seconds.";
}

/// The first name of a variable that has a value: the name and the value.
pub fn first_set(env: &dyn Env, variable: Variable) -> Option<(&'static str, String)> {
    variable.names.iter().find_map(|name| {
        let value = env.var(name).filter(|value| !value.is_empty())?;
        Some((*name, value))
    })
}

/// The value of a switch: `1`, `true`, `yes` and `on`, in uppercase or lowercase, are on; `0`,
/// `false`, `no`, `off` and an empty value are off.
///
/// # Errors
///
/// The name and the value, if it is neither.
pub fn switch(env: &dyn Env, variable: Variable) -> Result<bool, (&'static str, String)> {
    let Some((name, value)) = first_set(env, variable) else { return Ok(false) };
    match value.trim().to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "on" => Ok(true),
        "" | "0" | "false" | "no" | "off" => Ok(false),
        _ => Err((name, value)),
    }
}

/// Whether a switch is on. A value that is neither on nor off forbids what the switch would forbid,
/// and otherwise counts as off; configuring the provider reports it.
pub fn is_on(env: &dyn Env, variable: Variable) -> bool {
    switch(env, variable).unwrap_or(variable.kind == VariableKind::Prohibition)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ctx::fixed::FixedEnv;

    #[test]
    fn a_boolean_is_accepted_in_every_common_form() {
        let read = |value: &str| {
            let env = FixedEnv::from_iter([("ALIBABA_CLOUD_IMDSV1_DISABLED", value)]);
            switch(&env, IMDSV1_DISABLED).map_err(|(name, _)| name)
        };
        for on in ["1", "true", "TRUE", "Yes", "on", " true "] {
            assert_eq!(read(on), Ok(true), "{on}");
        }
        for off in ["", "0", "false", "no", "OFF", " "] {
            assert_eq!(read(off), Ok(false), "{off}");
        }
        for odd in ["2", "y", "enabled", "truee"] {
            assert_eq!(read(odd), Err("ALIBABA_CLOUD_IMDSV1_DISABLED"), "{odd}");
        }
    }

    #[test]
    fn the_name_of_a_session_has_a_length_and_an_alphabet() {
        let (longest, too_long) = ("x".repeat(64), "x".repeat(65));
        for (name, valid) in [
            ("ab", true),
            ("Build.42@host_a-b", true),
            (&*longest, true),
            ("a", false),
            (&*too_long, false),
            ("a b", false),
            ("a/b", false),
            ("été", false),
        ] {
            assert_eq!(is_session_name(name), valid, "{name}");
        }
    }

    #[test]
    fn the_limits_in_the_descriptions_are_those_that_are_checked() {
        let (least, most) = SESSION_SECONDS.into_inner();
        let seconds = ASSUME_ROLE_SESSION_EXPIRATION.meaning;
        assert!(seconds.contains(&format!("from {least} to {most};")), "{seconds}");
        let (least, most) = OIDC_TOKEN_LENGTH.into_inner();
        let length = OIDC_TOKEN.meaning.replace(',', "");
        assert!(length.contains(&format!(" {least} to {most} characters")), "{length}");
    }

    #[test]
    fn each_argument_has_one_row_of_variables() {
        for (position, variable) in ALL.iter().enumerate() {
            assert!(!variable.names.is_empty() && !variable.meaning.is_empty());
            for other in ALL.iter().skip(position + 1) {
                let argument = variable.argument;
                assert!(argument.is_empty() || argument != other.argument, "{argument} twice");
            }
        }
    }
}
