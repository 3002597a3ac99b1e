//! Where credentials come from.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use jiff::Timestamp;

use super::error::CredentialsError;
use crate::secret::Secret;

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
