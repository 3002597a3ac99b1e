//! The credential with which calls are signed, and the trait that provides it. The credential
//! sources are in [`credentials`](super::credentials).

use std::sync::Arc;

use futures_util::future::{BoxFuture, ready};
use jiff::Timestamp;

use super::{error::CredentialsError, origin::KeyOrigin};
use crate::secret::Secret;

/// A key to sign with.
#[derive(Clone)]
pub struct Credential {
    /// The AccessKey ID. Not a secret by itself, but never printed.
    pub access_key_id: Secret,
    /// The AccessKey secret.
    pub access_key_secret: Secret,
    /// The STS token of a temporary credential.
    pub security_token: Option<Secret>,
    /// When a temporary credential expires; `None` if it does not expire, or if that is not known.
    pub expires: Option<Timestamp>,
}

/// A source of credentials that keeps them fresh.
pub trait Credentials: Send + Sync {
    /// A credential that is valid now. Concurrent callers cause one fetch.
    fn credential(&self) -> BoxFuture<'_, Result<Arc<Credential>, CredentialsError>>;

    /// A credential newer than `refused`, which the service rejected as expired. Fetches a new one
    /// only if no other caller has done so since. A static source returns the same credential.
    fn renew<'a>(
        &'a self,
        refused: &'a Arc<Credential>,
    ) -> BoxFuture<'a, Result<Arc<Credential>, CredentialsError>>;

    /// What the credential is from, if that is known.
    fn key_origin(&self) -> Option<Arc<KeyOrigin>> {
        None
    }
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
