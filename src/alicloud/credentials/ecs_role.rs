//! The RAM role of the ECS instance that the run is on, by the metadata service.
//!
//! Source: ECS, "Instance metadata"; the credential libraries. The service is asked with a session
//! token first; without one only where the token is not to be had and that is allowed.

use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::time::timeout;

use super::{Credential, Source, ask::ask, failure::Failure, issued::Issued};
use crate::{
    alicloud::variables,
    ctx::{
        Ctx,
        http::{Error, ErrorKind, Limits, Method, Request},
    },
    secret::Secret,
};

const HOST: &str = "100.100.100.200";
const TOKEN_PATH: &str = "/latest/api/token";
const ROLES_PATH: &str = "/latest/meta-data/ram/security-credentials/";

/// The host answers at once or is not there.
const LIMITS: Limits = Limits {
    connect: Duration::from_secs(1),
    read: Duration::from_secs(1),
    total: Duration::from_secs(2),
    body: 64 << 10,
};

/// How long one question is repeated.
const PATIENCE: Duration = Duration::from_secs(3);

/// How long all of it may take where nobody asked for this source.
const LAST_RESORT: Duration = Duration::from_secs(1);

/// The role of the instance.
pub(super) struct EcsRole {
    pub(super) ctx: Ctx,
    /// Its name; `None` to ask for it.
    pub(super) name: Option<String>,
    /// Whether asking without a session token is allowed.
    pub(super) v1_allowed: bool,
    /// Whether nobody asked for this source.
    pub(super) last_resort: bool,
}

impl Source for EcsRole {
    fn fetch(&self) -> BoxFuture<'_, Result<Credential, Failure>> {
        Box::pin(async move {
            if !self.last_resort {
                return self.fetch_role().await;
            }
            timeout(LAST_RESORT, self.fetch_role()).await.unwrap_or_else(|_| {
                let (kind, cause) = (ErrorKind::ConnectTimeout, String::new());
                Err(Error { kind, host: HOST.into(), cause }.into())
            })
        })
    }
}

impl EcsRole {
    async fn fetch_role(&self) -> Result<Credential, Failure> {
        let token = self.fetch_token().await?;
        match self.fetch_with(token.as_ref()).await {
            Err(Failure::Refused { error, .. })
                if token.is_some() && self.v1_allowed && matches!(error.status, 401 | 403) =>
            {
                self.fetch_with(None).await
            }
            result => result,
        }
    }

    /// The session token; `None` where the service has none to give and none is needed.
    async fn fetch_token(&self) -> Result<Option<Secret>, Failure> {
        let ttl = ("x-aliyun-ecs-metadata-token-ttl-seconds", "21600".into());
        match self.question(Method::Put, TOKEN_PATH, ttl).await {
            Ok(token) => Ok(Some(token).filter(|token| !token.is_empty())),
            // A host that is not there is not there for the older form either.
            Err(Failure::Refused { .. }) if self.v1_allowed => Ok(None),
            Err(Failure::Refused { error, .. }) => {
                let variable = variables::IMDSV1_DISABLED.join(", ");
                let status = error.status;
                Err(Failure::Unusable(format!(
                    "the metadata service gives no session token (status {status}), and {variable} \
                     forbids asking without one"
                )))
            }
            Err(failure) => Err(failure),
        }
    }

    async fn fetch_with(&self, token: Option<&Secret>) -> Result<Credential, Failure> {
        let token = ("x-aliyun-ecs-metadata-token", token.cloned().unwrap_or_default());
        let name = match &self.name {
            Some(name) => name.clone(),
            None => {
                let name = self.question(Method::Get, ROLES_PATH, token.clone()).await?;
                name.expose().lines().next().unwrap_or_default().to_owned()
            }
        };
        if !is_role_name(&name) {
            let reason = "the instance has no role, or one with an impossible name";
            return Err(Failure::Missing(reason.into()));
        }
        let answer = self.question(Method::Get, &format!("{ROLES_PATH}{name}"), token).await;
        let answer = answer.map_err(|failure| match failure {
            Failure::Refused { error, .. } if error.status == 404 => {
                Failure::Missing(format!("the instance has no RAM role {name}"))
            }
            failure => failure,
        })?;
        Issued::read("the answer of the metadata service", answer.expose().as_bytes())
    }

    /// Asks once and gives the body, trimmed. A header without a value is left out.
    async fn question(
        &self,
        method: Method,
        path: &str,
        header: (&'static str, Secret),
    ) -> Result<Secret, Failure> {
        let patience = if self.last_resort { LAST_RESORT } else { PATIENCE };
        let answer = ask(&self.ctx, patience, None, || Request {
            method,
            url: format!("http://{HOST}{path}"),
            query: Secret::default(),
            headers: Some(header.clone())
                .filter(|(_, value)| !value.is_empty())
                .into_iter()
                .collect(),
            body: Secret::default(),
            limits: LIMITS,
            // The address belongs to this machine; a proxy would have another one there.
            proxy: false,
        })
        .await?;
        match std::str::from_utf8(&answer.body) {
            Ok(text) => Ok(Secret::new(text.trim())),
            Err(_) => {
                let what = "the answer of the metadata service";
                Err(Failure::Garbled { what, reason: "it is no text".into() })
            }
        }
    }
}

/// The name becomes a part of a path. Source: RAM API, CreateRole, RoleName.
fn is_role_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    !name.is_empty() && name.len() <= 64 && name.bytes().all(allowed) && !name.starts_with('.')
}
