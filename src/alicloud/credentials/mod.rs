//! Where credentials come from.
//!
//! [`ORDER`] is the resolution order. There is one file for each kind of source in `sources`, one for
//! each kind of file in `profile`; `settings` merges the single values that may come from several
//! places, `chain` chooses the source, and `refresh` keeps its credential fresh.
//!
//! A new source is one file in `sources`, with a line in [`ORDER`] or, for a mode of CLI profiles, in
//! [`MODES`]. The authentication guide is generated from both.

mod chain;
mod context;
mod error;
mod issued;
mod profile;
mod refresh;
mod settings;
mod sources;

use std::{sync::Arc, time::Duration};

use futures_util::future::{BoxFuture, ready};
use jiff::Timestamp;

use super::error::CredentialsError;
use crate::secret::Secret;

pub use chain::{Chain, DEFAULT_REGION, Notice, ORDER, ResolutionStep};
pub use profile::{MODES, Mode};

/// How long a connection, and then each wait for an answer, may take where nothing is configured.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(60);

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
    /// A credential that is valid now. Concurrent callers cause one fetch.
    fn credential(&self) -> BoxFuture<'_, Result<Arc<Credential>, CredentialsError>>;

    /// A credential newer than `refused`, which the service called expired. Fetches again only if
    /// nobody did since; an unchangeable source returns the same credential.
    fn renew<'a>(
        &'a self,
        refused: &'a Arc<Credential>,
    ) -> BoxFuture<'a, Result<Arc<Credential>, CredentialsError>>;
}

/// A credential that cannot be renewed.
#[derive(Clone)]
pub struct StaticCredentials(Arc<Credential>);

impl From<Credential> for StaticCredentials {
    fn from(credential: Credential) -> Self {
        Self(Arc::new(credential))
    }
}

impl Credentials for StaticCredentials {
    fn credential(&self) -> BoxFuture<'_, Result<Arc<Credential>, CredentialsError>> {
        Box::pin(ready(Ok(self.0.clone())))
    }

    fn renew<'a>(
        &'a self,
        _refused: &'a Arc<Credential>,
    ) -> BoxFuture<'a, Result<Arc<Credential>, CredentialsError>> {
        self.credential()
    }
}

/// What the provider block says of credentials.
///
/// `None` leaves it to the environment. A text that is set but empty does not, yet a profile may
/// still fill it, as with the official provider.
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
    /// A server that returns credentials.
    pub credentials_uri: Option<String>,
    /// A role to assume with what the other sources return.
    pub assume_role: Option<RoleArguments>,
    /// A role for an ID token.
    pub oidc: Option<OidcArguments>,
    /// How long a connection may take.
    pub connect_timeout: Option<Duration>,
    /// How long to wait for more bytes of an answer.
    pub read_timeout: Option<Duration>,
}

/// What the provider block says of a role.
#[derive(Clone, Default)]
pub struct RoleArguments {
    /// The ARN of the role.
    pub role_arn: Option<String>,
    /// The name of the session.
    pub session_name: Option<String>,
    /// What the session may do at most, as a policy document.
    pub policy: Option<String>,
    /// How long the session lasts, in seconds.
    pub session_expiration: Option<i64>,
    /// The external ID that the role's trust policy asks for.
    pub external_id: Option<String>,
}

/// What the provider block says of an ID token.
#[derive(Clone, Default)]
pub struct OidcArguments {
    /// The ARN of the identity provider.
    pub provider_arn: Option<String>,
    /// The file that holds the token.
    pub token_file: Option<String>,
    /// The token itself.
    pub token: Option<Secret>,
    /// The role to exchange it for.
    pub role: RoleArguments,
}

/// A source of credentials.
pub(crate) trait Source: Send + Sync {
    /// Fetches a credential.
    fn fetch(&self) -> BoxFuture<'_, Result<Credential, error::SourceError>>;

    /// Whether fetching again can return another credential.
    fn can_change(&self) -> bool {
        true
    }

    /// The role that the credential is of, where that is known.
    fn role(&self) -> Option<String> {
        None
    }
}
