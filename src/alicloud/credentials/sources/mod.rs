//! The sources: one file for each kind.
//!
//! A source that a CLI profile can configure has its [`Mode`] there; a source that the provider block
//! or the environment can configure has its step there.
//!
//! [`Mode`]: super::profile::Mode

pub(super) mod access_key;
pub(super) mod assume_role;
pub(super) mod cloud_sso;
pub(super) mod credentials_uri;
pub(super) mod ecs_role;
pub(super) mod oauth;
pub(super) mod oidc;
pub(super) mod process;
pub(super) mod unsupported;
