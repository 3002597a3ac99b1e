//! A role for an ID token of an identity provider, such as the one that Kubernetes puts into a pod.
//! The provider block describes it, or a profile, or the environment alone.
//!
//! Source: the official provider, `assume_role_with_oidc`; credentials-go and credentials-python,
//! default chain, OIDC.

use std::{path::PathBuf, sync::Arc};

use futures_util::future::BoxFuture;

use super::{ProfileMode, assume_role::Sts};
use crate::{
    alicloud::{
        credentials::{
            Credential, OidcArguments, Source,
            context::SourceContext,
            error::SourceError,
            profile::{Members, Role, SESSION_NAME, SESSION_SECONDS, read_text},
            resolver::{Choice, Resolver, argument},
        },
        variables::{self, Variable, first_set},
    },
    secret::Secret,
};

/// The size limit of the token file, in bytes: twice the limit of the token, for UTF-16. Source:
/// STS API, AssumeRoleWithOIDC, OIDCToken.
const TOKEN_LIMIT: u64 = 40_002;

/// The profile mode OIDC.
pub(crate) const MODE: ProfileMode = ProfileMode {
    name: "OIDC",
    meaning: "A role for an ID token in a file.",
    source: |given| {
        let members = &given.profile.members;
        let token = IdToken::File(members.required("oidc_token_file")?.into());
        let provider = members.required("oidc_provider_arn")?;
        Ok(source(provider, token, members.role("ram_role_arn")?, Some(members), given.context))
    },
};

/// A role for an ID token.
struct Oidc {
    provider_arn: String,
    token: IdToken,
    role: Role,
    sts: Sts,
}

/// Where the ID token is.
pub(crate) enum IdToken {
    /// In a file, which is read at each refresh: the platform renews it.
    File(PathBuf),
    /// The token itself.
    Given(Secret),
}

/// A role for an ID token.
pub(crate) fn source(
    provider_arn: &str,
    token: IdToken,
    role: Role,
    members: Option<&Members>,
    context: &SourceContext,
) -> Arc<dyn Source> {
    let sts = Sts::of(context, members);
    Arc::new(Oidc { provider_arn: provider_arn.to_owned(), token, role, sts })
}

/// The remedy for a token file that cannot be used.
fn token_file() -> String {
    format!(
        "The platform that issues the token writes this file. Check that it is mounted, and its path in \
         oidc_token_file of the profile, in {}.",
        variables::OIDC_TOKEN_FILE.settings()
    )
}

impl Source for Oidc {
    fn fetch(&self) -> BoxFuture<'_, Result<Credential, SourceError>> {
        Box::pin(async move {
            let token = match &self.token {
                IdToken::File(path) => {
                    let shown = format!("the token file {}", path.display());
                    let ctx = &self.sts.context.ctx;
                    let text = read_text(path, &shown, TOKEN_LIMIT, ctx, &token_file).await?;
                    if text.trim().is_empty() {
                        let reason = format!("{shown} is empty");
                        return Err(SourceError::configuration(reason, token_file()));
                    }
                    Secret::new(text.trim())
                }
                IdToken::Given(token) => token.clone(),
            };
            self.sts.assume_role_with_oidc(&self.provider_arn, token.expose(), &self.role).await
        })
    }

    fn role(&self) -> Option<String> {
        Some(self.role.arn.clone())
    }
}

/// The block `assume_role_with_oidc`.
pub(crate) fn choose_block(resolver: &mut Resolver<'_>) -> Option<Choice> {
    let name = "the block assume_role_with_oidc";
    let Some(block) = &resolver.arguments.oidc else {
        return resolver.skip(name, "there is none");
    };
    if !resolver.settings.access_key_id.is_empty() {
        return resolver.skip(name, "not used, since an access key ID is set");
    }
    Choice::new(name, of_block(block, &resolver.context))
}

/// The role that the block describes, filled from the environment.
fn of_block(
    block: &OidcArguments,
    context: &SourceContext,
) -> Result<Arc<dyn Source>, SourceError> {
    let env = context.ctx.env.as_ref();
    let text = |given: Option<&str>, variable| argument(given, env, variable);
    let token = text(block.token.as_ref().map(|token| token.expose()), variables::OIDC_TOKEN);
    let file = text(block.token_file.as_deref(), variables::OIDC_TOKEN_FILE);
    let provider = text(block.provider_arn.as_deref(), variables::OIDC_PROVIDER_ARN);
    let session_name = text(block.role.session_name.as_deref(), variables::OIDC_ROLE_SESSION_NAME);
    let seconds = block.role.session_expiration.filter(|seconds| *seconds > 0);
    let role = Role {
        arn: text(block.role.role_arn.as_deref(), variables::OIDC_ROLE_ARN).to_string(),
        session_name: match session_name.as_str() {
            "" => SESSION_NAME.into(),
            name => name.to_owned(),
        },
        policy: block.role.policy.clone().unwrap_or_default(),
        external_id: String::new(),
        duration: seconds.unwrap_or(SESSION_SECONDS),
    };
    let token = match (token.trim(), file.as_str()) {
        ("", "") => None,
        ("", file) => Some(IdToken::File(env.expand(file))),
        (token, _) => Some(IdToken::Given(token.into())),
    };
    let missing = |argument: &str, variable: Variable| {
        let remedy = format!("Set {argument} in the block, or {}.", variable.first());
        Err(SourceError::configuration(format!("{argument} is not set"), remedy))
    };
    match token {
        None => missing("oidc_token_file", variables::OIDC_TOKEN_FILE),
        _ if role.arn.is_empty() => missing("role_arn", variables::OIDC_ROLE_ARN),
        _ if provider.is_empty() => missing("oidc_provider_arn", variables::OIDC_PROVIDER_ARN),
        Some(token) => Ok(source(&provider, token, role, None, context)),
    }
}

/// A role that only the environment describes, as in a pod with a service account that has a role.
pub(crate) fn choose_environment(resolver: &mut Resolver<'_>) -> Option<Choice> {
    let name = "an ID token of the environment";
    let env = resolver.env();
    let set = |variable| first_set(env, variable).map(|(_, text)| text);
    let needed =
        [variables::OIDC_ROLE_ARN, variables::OIDC_PROVIDER_ARN, variables::OIDC_TOKEN_FILE];
    let [Some(arn), Some(provider), Some(file)] = needed.map(set) else {
        let missing = needed.iter().find(|variable| set(**variable).is_none());
        let missing = missing.map_or("", |variable| variable.first());
        return resolver.skip(name, format!("{missing} is not set"));
    };
    let role = Role {
        arn,
        session_name: set(variables::OIDC_ROLE_SESSION_NAME).unwrap_or_else(|| SESSION_NAME.into()),
        policy: String::new(),
        external_id: String::new(),
        duration: SESSION_SECONDS,
    };
    let token = IdToken::File(env.expand(&file));
    Choice::new(name, Ok(source(&provider, token, role, None, &resolver.context)))
}
