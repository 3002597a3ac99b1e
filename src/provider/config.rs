//! From the `provider` block and the environment to what the API client needs. Pure.
//!
//! `terraform validate` and configuring read the block by the same function, so what one of them
//! accepts, the other accepts as well. A part that is not known yet is accepted: its name is kept, and
//! only a read that needs the client fails for it.

use std::{cell::RefCell, time::Duration};

use super::{
    UNCLEAR_VARIABLE,
    arguments::{Arguments, Text, invalid_variable},
};
use crate::{
    alicloud::{
        credentials::{CredentialArguments, DEFAULT_TIMEOUT, OidcArguments, RoleArguments},
        endpoint::{
            Endpoints, Protocol,
            configured::{ConfiguredEndpoint, Origin, PlainHttp},
            is_region, is_vpc_type,
        },
        sign::Scheme,
        variables::{self, OIDC_TOKEN_LENGTH, SESSION_SECONDS, Variable, VariableKind},
    },
    ctx::{Env, http::TlsSettings},
    diag::Diagnostics,
    secret::Secret,
    text::string_literal,
    value::Value,
};

/// The configuration of the API client.
pub(super) struct Config {
    pub(super) credentials: CredentialArguments,
    pub(super) endpoints: Endpoints,
    pub(super) scheme: Scheme,
    pub(super) user_agent_words: Vec<String>,
    pub(super) connect_timeout: Duration,
    pub(super) read_timeout: Duration,
    pub(super) max_retry_timeout: Option<Duration>,
    /// How the certificates of ECS and of the Location service are verified.
    pub(super) tls: TlsSettings,
    /// The file of certificates to trust as well.
    pub(super) certificate_file: Option<CertificateFile>,
    /// Parameters that go with every call.
    pub(super) extra_parameters: Vec<(String, String)>,
    /// The arguments that matter for images and are not known yet, by name.
    pub(super) unknown: Vec<String>,
}

/// How long `configuration_source` may be, in characters.
pub(super) const CONFIGURATION_SOURCE_LENGTH: usize = 1_024;

/// A file of certificates.
pub(super) struct CertificateFile {
    /// What names it, for messages.
    pub(super) origin: Origin,
    /// Its path, where `~` is the home directory.
    pub(super) path: String,
}

impl Config {
    /// Reads the block. Every invalid value is added to `diagnostics` and treated as not set.
    pub(super) fn read(config: &Value, env: &dyn Env, diagnostics: &mut Diagnostics) -> Self {
        let unknown = RefCell::default();
        let arguments = Arguments::new(config, env, &unknown);
        check_region(&arguments, diagnostics);
        check_account_type(&arguments, diagnostics);
        check_switches(env, diagnostics);
        let milliseconds = |timeout: Option<u64>| {
            timeout.filter(|timeout| *timeout > 0).map_or(DEFAULT_TIMEOUT, Duration::from_millis)
        };
        let mut number = |name, variable| arguments.number(name, Some(variable), diagnostics);
        let connect_timeout =
            milliseconds(number("client_connect_timeout", variables::CONNECT_TIMEOUT));
        let read_timeout = milliseconds(number("client_read_timeout", variables::READ_TIMEOUT));
        let retry = number("max_retry_timeout", variables::MAX_RETRY_TIMEOUT);
        let credentials = CredentialArguments {
            connect_timeout: Some(connect_timeout),
            read_timeout: Some(read_timeout),
            ..credentials(&arguments, diagnostics)
        };
        let mut config = Self {
            credentials,
            endpoints: endpoints(&arguments, env, diagnostics),
            scheme: scheme(&arguments, diagnostics),
            user_agent_words: user_agent_words(&arguments, env, diagnostics),
            connect_timeout,
            read_timeout,
            tls: TlsSettings { insecure: arguments.flag("insecure"), ..TlsSettings::default() },
            certificate_file: certificate_file(&arguments, env),
            max_retry_timeout: retry.filter(|retry| *retry > 0).map(Duration::from_secs),
            extra_parameters: transport_parameters(&arguments),
            unknown: Vec::new(),
        };
        config.unknown = unknown.into_inner();
        config
    }
}

/// A switch that is neither on nor off: an error if it would disable something.
fn check_switches(env: &dyn Env, diagnostics: &mut Diagnostics) {
    let switches = variables::ALL.iter().filter(|variable| variable.kind != VariableKind::Value);
    for variable in switches {
        let Err((name, value)) = variables::switch(env, *variable) else { continue };
        let what = format!(
            "is {}; it must be `1`, `true`, `yes` or `on`, or `0`, `false`, `no` or `off`.",
            string_literal(&value)
        );
        diagnostics.push(match variable.kind {
            VariableKind::Prohibition => invalid_variable(name, &what),
            VariableKind::Switch | VariableKind::Value => UNCLEAR_VARIABLE
                .diagnostic(format!("The environment variable `{name}` {what} It counts as off.")),
        });
    }
}

fn check_region(arguments: &Arguments<'_>, diagnostics: &mut Diagnostics) {
    let Some(region) = arguments.text_or_variable("region", variables::REGION) else { return };
    if !is_region(&region.text) {
        diagnostics.push(arguments.error_of(&region, not_a_region(&region.text)));
    }
}

/// The error for an invalid region.
pub(super) fn not_a_region(region: &str) -> String {
    format!(
        "is {}, which is not a valid region ID, such as `cn-hangzhou`: at most 63 letters, digits, \
         hyphens and underscores.",
        string_literal(region)
    )
}

fn check_account_type(arguments: &Arguments<'_>, diagnostics: &mut Diagnostics) {
    let Some(given) = arguments.minor_text("account_type").filter(|given| !given.is_empty()) else {
        return;
    };
    if !["domestic", "international"].contains(&given.to_ascii_lowercase().as_str()) {
        diagnostics.push(arguments.error(
            "account_type",
            format!("is {}; it must be `Domestic` or `International`.", string_literal(&given)),
        ));
    }
}

fn credentials(arguments: &Arguments<'_>, diagnostics: &mut Diagnostics) -> CredentialArguments {
    let secret = |name| arguments.text(name).map(Secret::from);
    CredentialArguments {
        access_key_id: secret("access_key"),
        access_key_secret: secret("secret_key"),
        security_token: secret("security_token"),
        region: arguments.text("region"),
        ecs_role_name: arguments.text("ecs_role_name"),
        profile: arguments.text("profile"),
        shared_credentials_file: arguments.text("shared_credentials_file"),
        credentials_uri: arguments.text("credentials_uri"),
        assume_role: arguments.blocks("assume_role", true).first().map(|block| {
            check_session_name(block, diagnostics);
            RoleArguments {
                external_id: block.text("external_id"),
                ..role(block, "session_name", Some(SESSION_SECONDS), diagnostics)
            }
        }),
        oidc: arguments
            .blocks("assume_role_with_oidc", false)
            .first()
            .map(|block| oidc(block, diagnostics)),
        connect_timeout: None,
        read_timeout: None,
    }
}

/// The name of the session, which STS would refuse. Without a role it is not used.
fn check_session_name(block: &Arguments<'_>, diagnostics: &mut Diagnostics) {
    let name = block.text("session_name").filter(|name| !name.is_empty());
    let has_role = match block.text("role_arn") {
        Some(arn) => !arn.is_empty(),
        None => block.variable(variables::ASSUME_ROLE_ARN).is_some(),
    };
    if let (Some(name), true) = (name, has_role)
        && !variables::is_session_name(&name)
    {
        let rule = variables::SESSION_NAME_RULE;
        diagnostics
            .push(block.error("session_name", format!("is {}; {rule}.", string_literal(&name))));
    }
}

fn role(
    block: &Arguments<'_>,
    session_name: &'static str,
    allowed: Option<std::ops::RangeInclusive<u64>>,
    diagnostics: &mut Diagnostics,
) -> RoleArguments {
    let expiration =
        block.number("session_expiration", None, diagnostics).filter(|given| *given > 0);
    if let (Some(given), Some(allowed)) = (expiration, allowed)
        && !allowed.contains(&given)
    {
        let (least, most) = (allowed.start(), allowed.end());
        diagnostics.push(block.error(
            "session_expiration",
            format!("is {given}; it must be a number of seconds from {least} to {most}."),
        ));
    }
    RoleArguments {
        role_arn: block.text("role_arn"),
        session_name: block.text(session_name),
        policy: block.text("policy"),
        session_expiration: expiration.and_then(|given| i64::try_from(given).ok()),
        // Only `assume_role` has one.
        external_id: None,
    }
}

fn oidc(block: &Arguments<'_>, diagnostics: &mut Diagnostics) -> OidcArguments {
    let token = block.text("oidc_token").filter(|token| !token.is_empty());
    if let Some(token) = &token
        && !OIDC_TOKEN_LENGTH.contains(&token.chars().count())
    {
        let (least, most) = (OIDC_TOKEN_LENGTH.start(), OIDC_TOKEN_LENGTH.end());
        diagnostics
            .push(block.error("oidc_token", format!("must be {least} to {most} characters long.")));
    }
    OidcArguments {
        provider_arn: block.text("oidc_provider_arn"),
        token_file: block.text("oidc_token_file"),
        token: token.map(Secret::from),
        role: role(block, "role_session_name", None, diagnostics),
    }
}

fn endpoints(arguments: &Arguments<'_>, env: &dyn Env, diagnostics: &mut Diagnostics) -> Endpoints {
    let protocol = protocol(arguments, diagnostics);
    let blocks = arguments.blocks("endpoints", true);
    let mut configured = |product: &'static str, argument, variable: Variable| {
        for block in &blocks {
            let Some(text) = block.text(product).filter(|text| !text.trim().is_empty()) else {
                continue;
            };
            let endpoint = ConfiguredEndpoint { text, origin: Origin::Argument(argument) };
            match endpoint.read(|_| protocol, PlainHttp::Anywhere) {
                Ok(_) => return Some(endpoint),
                Err(unusable) => diagnostics
                    .push(block.error(product, format!("cannot be used: {}.", unusable.reason))),
            }
        }
        let (name, text) = variables::first_set(env, variable)?;
        Some(ConfiguredEndpoint { text, origin: Origin::Variable(name) })
    };
    Endpoints {
        protocol,
        file: None,
        ecs: configured("ecs", "endpoints.ecs", variables::ECS_ENDPOINT),
        location: configured("location", "endpoints.location", variables::LOCATION_ENDPOINT),
        sts: configured("sts", "endpoints.sts", variables::STS_ENDPOINT),
        vpc: vpc(arguments, env, diagnostics),
    }
}

/// Whether to use the hosts within a VPC, from the argument, or else its variable, or else the switch; `None` if none
/// of them is set, so that the profile is used.
fn vpc(arguments: &Arguments<'_>, env: &dyn Env, diagnostics: &mut Diagnostics) -> Option<bool> {
    if let Some(given) = arguments.text("endpoint_type").filter(|given| !given.trim().is_empty()) {
        let vpc = is_vpc_type(&given);
        if vpc.is_none() {
            let what = format!("is {}; it must be `public` or `vpc`.", string_literal(&given));
            diagnostics.push(arguments.error("endpoint_type", what));
        }
        return vpc;
    }
    if let Some((name, given)) = variables::first_set(env, variables::ENDPOINT_TYPE) {
        let vpc = is_vpc_type(&given);
        if vpc.is_some() {
            return vpc;
        }
        diagnostics.push(UNCLEAR_VARIABLE.diagnostic(format!(
            "The environment variable `{name}` is {}; it must be `public` or `vpc`. It has no effect.",
            string_literal(&given)
        )));
    }
    let is_set = variables::first_set(env, variables::VPC_ENDPOINT_ENABLED).is_some();
    is_set.then(|| variables::is_on(env, variables::VPC_ENDPOINT_ENABLED))
}

/// If an argument is set but empty, the variable is ignored.
fn certificate_file(arguments: &Arguments<'_>, env: &dyn Env) -> Option<CertificateFile> {
    const ARGUMENT: &str = "ca_certificate_file";
    let (origin, path) = match arguments.text(ARGUMENT) {
        Some(path) => (Origin::Argument(ARGUMENT), path),
        None => {
            let (name, path) = variables::first_set(env, variables::CA_CERTIFICATE_FILE)?;
            (Origin::Variable(name), path)
        }
    };
    (!path.is_empty()).then_some(CertificateFile { origin, path })
}

fn protocol(arguments: &Arguments<'_>, diagnostics: &mut Diagnostics) -> Protocol {
    match arguments.text("protocol").as_deref() {
        None | Some("" | "HTTPS") => Protocol::Https,
        Some("HTTP") => Protocol::Http,
        Some(other) => {
            let what = format!("is {}; it must be `HTTP` or `HTTPS`.", string_literal(other));
            diagnostics.push(arguments.error("protocol", what));
            Protocol::Https
        }
    }
}

fn scheme(arguments: &Arguments<'_>, diagnostics: &mut Diagnostics) -> Scheme {
    let blocks = arguments.blocks("sign_version", true);
    let block = blocks.first();
    let given = match block {
        Some(block) => block.text_or_variable("ecs", variables::SIGN_VERSION_ECS),
        None => arguments.variable(variables::SIGN_VERSION_ECS),
    };
    let Some(given) = given else { return Scheme::V1 };
    match given.text.as_str() {
        "v1" => Scheme::V1,
        "v3" => Scheme::Acs3,
        other => {
            let what = format!("is {}; it must be `v1` or `v3`.", string_literal(other));
            diagnostics.push(block.unwrap_or(arguments).error_of(&given, what));
            Scheme::V1
        }
    }
}

fn user_agent_words(
    arguments: &Arguments<'_>,
    env: &dyn Env,
    diagnostics: &mut Diagnostics,
) -> Vec<String> {
    let source = arguments.minor_text("configuration_source").unwrap_or_default();
    if source.chars().count() > CONFIGURATION_SOURCE_LENGTH {
        diagnostics.push(
            arguments
                .error("configuration_source", "must be at most 1,024 characters long.".into()),
        );
    }
    let appended = variables::first_set(env, variables::USER_AGENT);
    words(&[&source, appended.as_ref().map_or("", |(_, words)| words)])
}

/// `SourceIp` and `SecureTransport`, which are sent together or not at all, as the official SDK
/// does.
fn transport_parameters(arguments: &Arguments<'_>) -> Vec<(String, String)> {
    let text = |name, variable| arguments.text_or_variable(name, variable).map(Text::into_text);
    let source_ip = text("source_ip", variables::SOURCE_IP);
    let secure = text("secure_transport", variables::SECURE_TRANSPORT)
        .or_else(|| text("security_transport", variables::SECURITY_TRANSPORT))
        .filter(|secure| secure == "true" || secure == "false");
    match (source_ip, secure) {
        (Some(source_ip), Some(secure)) => {
            vec![("SourceIp".into(), source_ip), ("SecureTransport".into(), secure)]
        }
        _ => Vec::new(),
    }
}

/// The words of `texts` without duplicates and without characters that are not valid in a header.
pub(super) fn words(texts: &[&str]) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in texts.iter().flat_map(|text| text.split_whitespace()) {
        let word: String = word.chars().filter(char::is_ascii_graphic).collect();
        if !word.is_empty() && !words.contains(&word) {
            words.push(word);
        }
    }
    words
}

/// The part of the user agent for this provider and a client of this version.
pub(super) fn product(terraform_version: &str, version: &str) -> String {
    let client: String =
        terraform_version.chars().filter(|character| character.is_ascii_graphic()).collect();
    format!("Terraform/{client} terraform-provider-alicloud/{version}")
}

/// The user agent: the program, and the words of the user.
pub(super) fn user_agent(product: &str, words: &[String]) -> String {
    let mut agent = product.to_owned();
    for word in words {
        agent.push(' ');
        agent.push_str(word);
    }
    agent
}

#[cfg(test)]
mod tests {
    use super::{product, user_agent, words};

    #[test]
    fn each_part_of_the_user_agent_is_sanitized_and_unique() {
        let words = words(&["module/a  module/b", "module/a wrapper/1\r\nX-Evil: 1 ünï"]);
        assert_eq!(words, ["module/a", "module/b", "wrapper/1", "X-Evil:", "1", "n"]);
        assert_eq!(
            user_agent(&product("1.11.4", "0.1.0"), &words[..1]),
            "Terraform/1.11.4 terraform-provider-alicloud/0.1.0 module/a"
        );
    }
}
