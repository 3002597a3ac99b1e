//! The RAM role of the ECS instance on which the provider runs, from the metadata service.
//!
//! Source: ECS, "Instance metadata"; the credential libraries. Requests carry a session token.
//! Requests without a token are sent only if the service provides none and this is allowed. In a
//! container the response with the token may be dropped (its hop limit is 1), so a timeout counts
//! as "no token".

use std::{sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use tokio::time::timeout;

use super::{Issued, ProfileMode};
use crate::{
    alicloud::{
        call::Policy,
        credentials::{
            Credential, Source,
            context::SourceContext,
            error::{Input, SourceError, attach_role},
            resolver::{Choice, Resolver},
        },
        variables::{self, is_on},
    },
    ctx::http::{Arrival, Error, ErrorKind, Limits, METADATA_SERVICE, Method, Request},
    secret::Secret,
};

const TOKEN_PATH: &str = "/latest/api/token";
const ROLES_PATH: &str = "/latest/meta-data/ram/security-credentials/";

/// The host either responds immediately or does not exist, so the timeouts are at most these.
const LIMITS: Limits = Limits {
    connect: Duration::from_secs(1),
    read: Duration::from_secs(1),
    total: Duration::from_secs(2),
    body: 64 << 10,
};

/// How long one request is retried.
const PATIENCE: Duration = Duration::from_secs(3);

/// The time limit of the whole fetch if this source is not configured.
const LAST_RESORT: Duration = Duration::from_secs(1);

/// The time limit of the session token in that case.
const LAST_RESORT_TOKEN: Duration = Duration::from_millis(500);

/// The profile mode EcsRamRole.
pub(crate) const MODE: ProfileMode = ProfileMode {
    name: "EcsRamRole",
    meaning: "The RAM role of the ECS instance.",
    source: |given| source(given.profile.members.text("ram_role_name"), false, given.context),
};

/// The role of the instance.
struct EcsRole {
    context: SourceContext,
    /// Its name; `None` to discover it.
    name: Option<String>,
    /// Whether requests without a session token are allowed.
    v1_allowed: bool,
    /// Whether this source is only the default, not configured.
    last_resort: bool,
}

/// The role of the instance; an empty name is discovered.
pub(crate) fn source(
    name: &str,
    last_resort: bool,
    context: &SourceContext,
) -> Result<Arc<dyn Source>, SourceError> {
    let env = context.ctx.env.as_ref();
    if is_on(env, variables::ECS_METADATA_DISABLED) {
        return Err(SourceError::Forbidden(variables::ECS_METADATA_DISABLED.first()));
    }
    Ok(Arc::new(EcsRole {
        context: context.clone(),
        name: (!name.is_empty()).then(|| name.to_owned()),
        v1_allowed: !is_on(env, variables::IMDSV1_DISABLED),
        last_resort,
    }))
}

/// The role that is named in the provider block, the environment or the profile.
pub(crate) fn choose(resolver: &mut Resolver<'_>) -> Option<Choice> {
    let name = "the RAM role of the ECS instance";
    let role = resolver.settings.ecs_role_name.trim();
    if role.is_empty() {
        return resolver.skip(name, "ecs_role_name is not set");
    }
    if !resolver.settings.access_key_id.is_empty() {
        return resolver.skip(name, "not used, since an access key ID is set");
    }
    Choice::new(name, source(role, false, &resolver.context))
}

/// The metadata service, if nothing else is configured: on an instance it responds immediately.
pub(crate) fn choose_last(resolver: &mut Resolver<'_>) -> Option<Choice> {
    let name = "the RAM role of the ECS instance, by its metadata service";
    match source("", true, &resolver.context) {
        Ok(source) => {
            Some(Choice { name: name.into(), configured: false, key: None, source: Ok(source) })
        }
        Err(error) => resolver.skip(name, error),
    }
}

impl Source for EcsRole {
    fn fetch(&self) -> BoxFuture<'_, Result<Credential, SourceError>> {
        Box::pin(async move {
            if !self.last_resort {
                return self.fetch_role().await;
            }
            timeout(LAST_RESORT, self.fetch_role()).await.unwrap_or_else(|_| {
                let (kind, cause) = (ErrorKind::ConnectTimeout, String::new());
                let host = METADATA_SERVICE.to_string();
                let error = Error { kind, host, cause, request_id: None };
                Err(SourceError::Transport { input: Input::Metadata, error })
            })
        })
    }

    fn role(&self) -> Option<String> {
        self.name.clone()
    }
}

impl EcsRole {
    async fn fetch_role(&self) -> Result<Credential, SourceError> {
        let token = self.fetch_token().await?;
        match self.fetch_with(token.as_ref()).await {
            Err(SourceError::Refused { error, .. })
                if token.is_some() && self.v1_allowed && matches!(error.status, 401 | 403) =>
            {
                self.fetch_with(None).await
            }
            result => result,
        }
    }

    /// The session token; `None` if the service provides none and none is required.
    async fn fetch_token(&self) -> Result<Option<Secret>, SourceError> {
        let ttl = ("x-aliyun-ecs-metadata-token-ttl-seconds", "21600".into());
        let (total, patience) = match self.last_resort {
            true => (LAST_RESORT_TOKEN, LAST_RESORT_TOKEN),
            false => (LIMITS.total, PATIENCE),
        };
        let limits = Limits { total, ..LIMITS };
        let error = match self.send(Method::PUT, TOKEN_PATH, ttl, limits, patience).await {
            Ok(token) => return Ok(Some(token).filter(|token| !token.is_empty())),
            Err(error) => error,
        };
        let reason = match &error {
            SourceError::Refused { error, .. } => format!("status {}", error.status),
            SourceError::Transport {
                error:
                    Error {
                        kind:
                            ErrorKind::Closed
                            | ErrorKind::Cut
                            | ErrorKind::ReadTimeout
                            | ErrorKind::Stalled,
                        ..
                    },
                ..
            } => "no response; in a container, the hop limit of 1 may block it".into(),
            // If the host does not exist, the older form of requests fails too.
            _ => return Err(error),
        };
        if self.v1_allowed {
            return Ok(None);
        }
        let variable = variables::IMDSV1_DISABLED.first();
        Err(SourceError::configuration(
            format!(
                "the metadata service returns no session token ({reason}), and {variable} forbids \
                 requests without one"
            ),
            format!(
                "Unset {variable} or set it to 0. In a container, use the host's network or raise the \
                 hop limit of the instance's metadata."
            ),
        ))
    }

    async fn fetch_with(&self, token: Option<&Secret>) -> Result<Credential, SourceError> {
        let token = ("x-aliyun-ecs-metadata-token", token.cloned().unwrap_or_default());
        let name = match &self.name {
            Some(name) => name.clone(),
            None => {
                let name = self.get(ROLES_PATH, token.clone()).await?;
                name.expose().lines().next().unwrap_or_default().to_owned()
            }
        };
        if !is_role_name(&name) {
            let reason = "the instance has no RAM role, or one whose name is not valid";
            return Err(SourceError::configuration(reason, attach_role()));
        }
        let answer = self.get(&format!("{ROLES_PATH}{name}"), token).await;
        let answer = answer.map_err(|error| match error {
            SourceError::Refused { error, .. } if error.status == 404 => {
                // A name from a response is not printed: it may be any text.
                let reason = match &self.name {
                    Some(name) => format!("the instance has no RAM role {name}"),
                    None => "the instance's RAM role has no credential".into(),
                };
                SourceError::configuration(reason, attach_role())
            }
            error => error,
        })?;
        Issued::read(Input::Metadata, answer.expose().as_bytes())
    }

    async fn get(&self, path: &str, header: (&'static str, Secret)) -> Result<Secret, SourceError> {
        let patience = if self.last_resort { LAST_RESORT } else { PATIENCE };
        self.send(Method::GET, path, header, LIMITS, patience).await
    }

    /// Sends a request and returns the body, trimmed. A header without a value is omitted.
    async fn send(
        &self,
        method: Method,
        path: &str,
        header: (&'static str, Secret),
        limits: Limits,
        patience: Duration,
    ) -> Result<Secret, SourceError> {
        let limits = Limits {
            connect: limits.connect.min(self.context.connect_timeout),
            read: limits.read.min(self.context.read_timeout),
            ..limits
        };
        let request = |limits| Request {
            method: method.clone(),
            url: format!("http://{METADATA_SERVICE}{path}"),
            query: Secret::default(),
            headers: Some(header.clone())
                .filter(|(_, value)| !value.is_empty())
                .into_iter()
                .collect(),
            body: Secret::default(),
            limits,
            // The address is link-local; through a proxy, the request would reach another machine.
            proxy: false,
            tls: Default::default(),
            always_verified: false,
            arrival: Arrival::default(),
        };
        let answer = self
            .context
            .fetch(Input::Metadata, Policy::metadata(patience), limits, request)
            .await?;
        match std::str::from_utf8(&answer) {
            Ok(text) => Ok(Secret::new(text.trim())),
            Err(_) => Err(SourceError::Garbled {
                input: Input::Metadata,
                reason: "it is not text".into(),
            }),
        }
    }
}

/// The name becomes a part of a path. Source: RAM API, CreateRole, RoleName.
fn is_role_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    !name.is_empty() && name.len() <= 64 && name.bytes().all(allowed) && !name.starts_with('.')
}
