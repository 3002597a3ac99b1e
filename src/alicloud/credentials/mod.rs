//! Where credentials come from.
//!
//! There is one file for each source. `plan` decides which source is used from what is configured,
//! `chain` asks it at the first read, and `refresh` keeps what it gave fresh. No source falls
//! back to another once it is chosen: a run never changes its identity by accident.

mod ask;
mod chain;
mod cloud_sso;
mod command;
mod ecs_role;
mod failure;
mod fields;
mod files;
mod id_token;
mod ini;
mod issued;
mod maker;
mod members;
mod oidc;
mod plan;
mod profile;
mod refresh;
mod static_;
mod sts;
mod uri;

use std::sync::Arc;

use futures_util::future::BoxFuture;
use jiff::Timestamp;

use super::error::CredentialsError;
use crate::secret::Secret;

pub use chain::Chain;
pub use plan::DEFAULT_REGION;

/// A key to sign with.
#[derive(Clone)]
pub struct Credential {
    /// The AccessKey ID. Not secret by itself, but never shown either.
    pub access_key_id: Secret,
    /// The AccessKey secret.
    pub access_key_secret: Secret,
    /// The STS token of a temporary credential.
    pub security_token: Option<Secret>,
    /// When a temporary credential ends; `None` where that is not known or never.
    pub expires: Option<Timestamp>,
}

/// A source of credentials that keeps them fresh.
pub trait Credentials: Send + Sync {
    /// A credential that is valid now. Callers that ask side by side cause one fetch.
    fn credential(&self) -> BoxFuture<'_, Result<Arc<Credential>, CredentialsError>>;

    /// A credential newer than `refused`, which the service called expired. Fetches anew only if
    /// nobody did since; an unchangeable source gives the same credential again.
    fn renew<'a>(
        &'a self,
        refused: &'a Arc<Credential>,
    ) -> BoxFuture<'a, Result<Arc<Credential>, CredentialsError>>;
}

/// What the configuration says of credentials.
///
/// `None` lets the environment speak. A text that is given but empty does not, yet a profile may
/// still fill it: so the official provider has it.
#[derive(Clone, Default)]
pub struct Arguments {
    /// The AccessKey ID.
    pub access_key_id: Option<Secret>,
    /// The AccessKey secret.
    pub access_key_secret: Option<Secret>,
    /// The STS token.
    pub security_token: Option<Secret>,
    /// The region, which STS has too.
    pub region: Option<String>,
    /// The RAM role of the instance.
    pub ecs_role_name: Option<String>,
    /// The profile.
    pub profile: Option<String>,
    /// The file that holds profiles.
    pub shared_credentials_file: Option<String>,
    /// A local server that hands out credentials.
    pub credentials_uri: Option<String>,
    /// A role to assume with what the other sources give.
    pub assume_role: Option<RoleArguments>,
    /// An ID token to have a role for.
    pub oidc: Option<OidcArguments>,
}

/// What the configuration says of a role.
#[derive(Clone, Debug, Default)]
pub struct RoleArguments {
    /// The ARN of the role.
    pub role_arn: Option<String>,
    /// The name of the session.
    pub session_name: Option<String>,
    /// What the session may do at most, as a policy document.
    pub policy: Option<String>,
    /// How long the session lasts, in seconds.
    pub session_expiration: Option<i64>,
    /// What the role's owner asks to be told.
    pub external_id: Option<String>,
}

/// What the configuration says of an ID token.
#[derive(Clone, Default)]
pub struct OidcArguments {
    /// The ARN of the identity provider.
    pub provider_arn: Option<String>,
    /// The file that holds the token.
    pub token_file: Option<String>,
    /// The token itself.
    pub token: Option<Secret>,
    /// The role to have for it.
    pub role: RoleArguments,
}

/// A source that can be asked.
trait Source: Send + Sync {
    /// Fetches a credential anew.
    fn fetch(&self) -> BoxFuture<'_, Result<Credential, failure::Failure>>;

    /// Whether asking again can give another credential.
    fn can_change(&self) -> bool {
        true
    }
}
