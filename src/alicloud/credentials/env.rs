//! An ID token that the environment alone describes, as in a pod whose service account has a role.
//!
//! Source: credentials-go and credentials-python, default chain, OIDC.

use super::{
    files,
    maker::Maker,
    members::{SESSION_NAME, SESSION_SECONDS},
    oidc::Token,
    plan::Choice,
    sts::Role,
};
use crate::alicloud::variables::{self, first_set};

/// The role for the ID token, or which variables are missing.
pub(super) fn id_token(maker: &Maker<'_>) -> Result<Option<Choice>, (String, String)> {
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
