//! Credential sources and the credential chain.
//!
//! [`ORDER`] is the resolution order. There is one file for each kind of source in `sources`; `profile`
//! reads the files that hold profiles; `resolver` is what the steps of the order work on, with the single
//! values that may come from several places; `chain` chooses the source, and `refresh` keeps its
//! credential fresh.
//!
//! A new source is one file in `sources`, with a line in [`ORDER`] or, for a mode of CLI profiles, in
//! [`MODES`]. The authentication guide is generated from both.

mod chain;
mod context;
mod error;
mod profile;
mod refresh;
mod resolver;
mod sources;

use std::time::Duration;

use futures_util::future::BoxFuture;

use crate::secret::Secret;

pub use super::{
    credential::{Credential, Credentials, StaticCredentials},
    origin::KeyOrigin,
};
pub use chain::{Chain, DEFAULT_REGION, ORDER, ResolutionStep};
pub(crate) use profile::{CLI_FILE, SESSION_NAME, SESSION_SECONDS};
pub use resolver::Notice;
pub(crate) use resolver::SettingOrigin;
pub use sources::{MODES, ProfileMode};

/// The default connect timeout and read timeout.
pub(crate) const DEFAULT_TIMEOUT: Duration = Duration::from_secs(60);

/// The credential arguments of the provider block.
///
/// `None` falls back to the environment. An empty string does not, but a profile can still set the
/// value, as with the official provider.
#[derive(Clone, Default)]
pub struct CredentialArguments {
    /// The AccessKey ID.
    pub access_key_id: Option<Secret>,
    /// The AccessKey secret.
    pub access_key_secret: Option<Secret>,
    /// The STS token.
    pub security_token: Option<Secret>,
    /// The region, which is also used for STS.
    pub region: Option<String>,
    /// The RAM role of the instance.
    pub ecs_role_name: Option<String>,
    /// The profile.
    pub profile: Option<String>,
    /// The file that contains profiles.
    pub shared_credentials_file: Option<String>,
    /// A server that returns credentials.
    pub credentials_uri: Option<String>,
    /// A role to assume with the credential of the other sources.
    pub assume_role: Option<RoleArguments>,
    /// A role to assume with an ID token.
    pub oidc: Option<OidcArguments>,
    /// The connect timeout.
    pub connect_timeout: Option<Duration>,
    /// The read timeout.
    pub read_timeout: Option<Duration>,
}

/// The `assume_role` block.
#[derive(Clone, Default)]
pub struct RoleArguments {
    /// The ARN of the role.
    pub role_arn: Option<String>,
    /// The name of the session.
    pub session_name: Option<String>,
    /// The session policy, a policy document that limits the permissions.
    pub policy: Option<String>,
    /// The duration of the session, in seconds.
    pub session_expiration: Option<i64>,
    /// The external ID that the role's trust policy requires.
    pub external_id: Option<String>,
}

/// The `assume_role_with_oidc` block.
#[derive(Clone, Default)]
pub struct OidcArguments {
    /// The ARN of the identity provider.
    pub provider_arn: Option<String>,
    /// The file that contains the token.
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

    /// The role of the credential, if it is known.
    fn role(&self) -> Option<String> {
        None
    }
}

#[cfg(test)]
mod tests;
