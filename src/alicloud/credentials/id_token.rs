//! What describes a role for an ID token: a block of the configuration, or the environment alone, as
//! in a pod whose service account has a role.
//!
//! Source: the official provider, `assume_role_with_oidc`; credentials-go and credentials-python,
//! default chain, OIDC.

use std::sync::Arc;

use super::{
    OidcArguments, Source,
    failure::Failure,
    fields::argument,
    files,
    maker::Maker,
    members::{SESSION_NAME, SESSION_SECONDS},
    oidc::Token,
    plan::Choice,
    sts::Role,
};
use crate::alicloud::variables::{self, first_set};

/// The role for the ID token that a block of the configuration describes, filled by the environment.
pub(super) fn of_configuration(
    block: &OidcArguments,
    maker: &Maker<'_>,
) -> Result<Arc<dyn Source>, Failure> {
    let env = maker.ctx.env.as_ref();
    let text = |given: Option<&str>, names| argument(given, env, names);
    let token = text(block.token.as_ref().map(|token| token.expose()), variables::OIDC_TOKEN);
    let file = text(block.token_file.as_deref(), variables::OIDC_TOKEN_FILE);
    let provider = text(block.provider_arn.as_deref(), variables::OIDC_PROVIDER_ARN);
    let session_name = text(block.role.session_name.as_deref(), variables::OIDC_ROLE_SESSION_NAME);
    let role = Role {
        arn: text(block.role.role_arn.as_deref(), variables::OIDC_ROLE_ARN),
        session_name: if session_name.is_empty() { SESSION_NAME.into() } else { session_name },
        policy: block.role.policy.clone().unwrap_or_default(),
        external_id: String::new(),
        duration: block
            .role
            .session_expiration
            .filter(|seconds| *seconds > 0)
            .unwrap_or(SESSION_SECONDS),
    };
    let token = match (token.trim(), file.as_str()) {
        ("", "") => None,
        ("", file) => Some(Token::File(files::expand(file, env))),
        (token, _) => Some(Token::Given(token.into())),
    };
    let missing = |what: &str| Err(Failure::Missing(format!("{what} is given")));
    match token {
        None => missing("neither an ID token nor a file that holds one"),
        _ if role.arn.is_empty() => missing("no role ARN"),
        _ if provider.is_empty() => missing("no ARN of an identity provider"),
        Some(token) => Ok(maker.oidc(&provider, token, role, None)),
    }
}

/// The role for the ID token, or which variables are missing.
pub(super) fn of_environment(maker: &Maker<'_>) -> Result<Option<Choice>, (String, String)> {
    let name = "an ID token of the environment";
    let env = maker.ctx.env.as_ref();
    let needed = |names: &[&'static str]| {
        let found = first_set(env, names).map(|(_, text)| text);
        found.ok_or_else(|| (name.to_owned(), format!("{} is not set", names.join(", "))))
    };
    let arn = needed(variables::OIDC_ROLE_ARN)?;
    let provider = needed(variables::OIDC_PROVIDER_ARN)?;
    let file = needed(variables::OIDC_TOKEN_FILE)?;
    let session_name = first_set(env, variables::OIDC_ROLE_SESSION_NAME)
        .map_or_else(|| SESSION_NAME.into(), |(_, name)| name);
    let role = Role {
        arn,
        session_name,
        policy: String::new(),
        external_id: String::new(),
        duration: SESSION_SECONDS,
    };
    let token = Token::File(files::expand(&file, env));
    Ok(Choice::new(name, Ok(maker.oidc(&provider, token, role, None))))
}
