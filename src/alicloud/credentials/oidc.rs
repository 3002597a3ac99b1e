//! An ID token of an identity provider, such as the one that Kubernetes puts into a pod.

use std::path::{Path, PathBuf};

use futures_util::future::BoxFuture;

use super::{
    Credential, Source,
    failure::Failure,
    sts::{Role, Sts},
};
use crate::secret::Secret;

/// The largest token, in bytes. Source: STS API, AssumeRoleWithOIDC, OIDCToken.
const TOKEN_LIMIT: u64 = 20_000;

/// A role for an ID token.
pub(super) struct Oidc {
    pub(super) provider_arn: String,
    pub(super) token: Token,
    pub(super) role: Role,
    pub(super) sts: Sts,
}

/// Where the ID token is.
pub(super) enum Token {
    /// In a file, which is read at each refresh: the platform renews it.
    File(PathBuf),
    /// Here.
    Given(Secret),
}

impl Source for Oidc {
    fn fetch(&self) -> BoxFuture<'_, Result<Credential, Failure>> {
        Box::pin(async move {
            let token = match &self.token {
                Token::File(path) => self.read(path).await?,
                Token::Given(token) => token.clone(),
            };
            self.sts.assume_role_with_oidc(&self.provider_arn, token.expose(), &self.role).await
        })
    }
}

impl Oidc {
    async fn read(&self, path: &Path) -> Result<Secret, Failure> {
        let shown = format!("the token file {}", path.display());
        let content = self.sts.ctx.files.read(path, TOKEN_LIMIT).await;
        let content = content.map_err(|error| Failure::unreadable(shown.clone(), &error))?;
        match std::str::from_utf8(&content).map(str::trim) {
            Ok("") => Err(Failure::Missing(format!("{shown} is empty"))),
            Ok(token) => Ok(Secret::new(token)),
            Err(_) => Err(Failure::Unusable(format!("{shown} holds no text"))),
        }
    }
}
