//! The credential that a sign-in with the CLI stored in a profile: the modes CloudSSO and OAuth. Signing in again
//! needs a browser, so only the CLI does it. The CLI's file is never written.

use std::sync::Arc;

use futures_util::future::{BoxFuture, ready};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::{Issued, ProfileMode};
use crate::{
    alicloud::{
        call::Policy,
        credentials::{
            Credential, Source,
            context::SourceContext,
            error::{Input, SourceError},
            profile::Members,
        },
    },
    ctx::{
        Clock,
        http::{Arrival, Method, Request},
    },
    secret::Secret,
    text::sanitize,
};

/// The profile mode CloudSSO.
pub(crate) const CLOUD_SSO: ProfileMode = ProfileMode {
    name: "CloudSSO",
    meaning: "The CLI's sign-in to CloudSSO: the stored credential while it is valid, else one for \
              the stored access token. `aliyun configure` signs in again.",
    source: |given| {
        let members = &given.profile.members;
        Ok(Arc::new(CloudSso {
            stored: Stored::of(members),
            sign_in_url: members.required("cloud_sso_sign_in_url")?.into(),
            account_id: members.required("cloud_sso_account_id")?.into(),
            access_config: members.required("cloud_sso_access_config")?.into(),
            access_token: members.text("access_token").into(),
            token_expires: members.seconds("cloud_sso_access_token_expire").unwrap_or(0),
            profile: given.profile.name.clone(),
            context: given.context.clone(),
        }))
    },
};

/// A stored credential that expires sooner than this is not used: the access token provides a new
/// one.
const SPARE: SignedDuration = SignedDuration::from_mins(5);

/// A signed-in user of CloudSSO.
struct CloudSso {
    /// The credential that the CLI stored.
    stored: Option<Stored>,
    /// The address at which the user signs in; its origin serves the API.
    sign_in_url: String,
    account_id: String,
    access_config: String,
    access_token: Secret,
    /// When the token expires, in seconds since 1970; 0 if that is not known.
    token_expires: i64,
    /// The name of the profile.
    profile: String,
    context: SourceContext,
}

impl Source for CloudSso {
    fn fetch(&self) -> BoxFuture<'_, Result<Credential, SourceError>> {
        Box::pin(async move {
            let now = self.context.ctx.clock.now();
            if let Some(stored) =
                self.stored.as_ref().and_then(|stored| stored.valid_at(now + SPARE))
            {
                return Ok(stored);
            }
            if let Some(reason) = self.signed_out(now) {
                // The stored credential is still better than none.
                let stored = self.stored.as_ref().and_then(|stored| stored.valid_at(now));
                return stored.ok_or_else(|| {
                    let command = configure_command(&self.profile);
                    SourceError::configuration(reason, format!("Run {command} to sign in."))
                });
            }
            let origin = self.origin().ok_or_else(|| {
                SourceError::configuration(
                    "the sign-in URL does not begin with https:// and a host",
                    "Correct cloud_sso_sign_in_url of the profile.",
                )
            })?;
            let body = serde_json::json!({
                "AccountId": self.account_id,
                "AccessConfigurationId": self.access_config,
            });
            let token = Zeroizing::new(format!("Bearer {}", self.access_token.expose()));
            let request = |limits| Request {
                method: Method::POST,
                url: format!("{origin}/cloud-credentials"),
                query: Secret::default(),
                headers: vec![
                    ("accept", "application/json".into()),
                    ("authorization", token.as_str().into()),
                    ("content-type", "application/json".into()),
                    ("user-agent", self.context.user_agent.as_str().into()),
                ],
                body: body.to_string().into(),
                limits,
                proxy: true,
                tls: Default::default(),
                always_verified: false,
                arrival: Arrival::default(),
            };
            let limits = self.context.limits();
            let answer =
                self.context.fetch(Input::CloudSso, Policy::UNSIGNED, limits, request).await?;
            let answer: RoleCredentialResponse = serde_json::from_slice(&answer)
                .map_err(|error| SourceError::json(Input::CloudSso, &error))?;
            answer.credential.credential(Input::CloudSso)
        })
    }

    fn role(&self) -> Option<String> {
        Some(format!("account {}, {}", self.account_id, self.access_config))
    }
}

impl CloudSso {
    /// The reason that the access token cannot be used.
    fn signed_out(&self, now: Timestamp) -> Option<&'static str> {
        if self.access_token.is_empty() {
            return Some("not signed in");
        }
        let is_over = self.token_expires > 0 && self.token_expires <= now.as_second();
        is_over.then_some("the sign-in has expired")
    }

    /// Scheme and host of the sign-in URL. The response is a secret, so there is no plain HTTP.
    fn origin(&self) -> Option<String> {
        let rest = self.sign_in_url.strip_prefix("https://")?;
        let host = rest.split(['/', '?', '#']).next().filter(|host| !host.is_empty())?;
        (!host.contains('@')).then(|| format!("https://{host}"))
    }
}

#[derive(Deserialize)]
struct RoleCredentialResponse {
    #[serde(rename = "CloudCredential")]
    credential: Issued,
}

/// The profile mode OAuth.
pub(crate) const OAUTH: ProfileMode = ProfileMode {
    name: "OAuth",
    meaning: "The credential that the CLI's sign-in stored, until it ends. Any command of the CLI \
              with this profile renews it; the file is never written.",
    source: |given| {
        let stored = Stored::of(&given.profile.members).ok_or_else(|| {
            let name = quoted(&given.profile.name);
            SourceError::configuration(
                "it holds no stored credential",
                format!(
                    "Run `aliyun configure --mode OAuth --profile {name}`, then any command of the CLI \
                     with this profile."
                ),
            )
        })?;
        let name = given.profile.name.clone();
        Ok(Arc::new(OAuth { stored, name, clock: given.context.ctx.clock.clone() }))
    },
};

/// A credential that the CLI stored. Only the CLI may renew it, because the new tokens must be written back to the
/// file.
struct OAuth {
    stored: Stored,
    name: String,
    clock: Arc<dyn Clock>,
}

impl Source for OAuth {
    fn fetch(&self) -> BoxFuture<'_, Result<Credential, SourceError>> {
        let valid = self.stored.valid_at(self.clock.now());
        Box::pin(ready(valid.ok_or_else(|| {
            SourceError::configuration(
                "its stored credential has expired",
                format!(
                    "Run any command of the CLI, such as `aliyun sts GetCallerIdentity --profile {}`, \
                     to renew it.",
                    quoted(&self.name)
                ),
            )
        })))
    }

    fn can_change(&self) -> bool {
        false
    }
}

/// The command that signs in again for the profile `name`.
fn configure_command(name: &str) -> String {
    format!("`aliyun configure --mode CloudSSO --profile {}`", quoted(name))
}

/// A name as a word of a command line.
fn quoted(name: &str) -> String {
    let name = sanitize(name, 80);
    match shlex::try_quote(&name) {
        Ok(quoted) => quoted.into_owned(),
        // It has a character that a command line cannot contain.
        Err(_) => name,
    }
}

/// A temporary credential that the CLI stores in a profile.
struct Stored {
    access_key_id: Secret,
    access_key_secret: Secret,
    security_token: Secret,
    /// `None` if the file does not contain it.
    expires: Option<Timestamp>,
}

impl Stored {
    /// The credential in a profile, if it is complete.
    fn of(members: &Members) -> Option<Self> {
        let text = |name| Some(members.text(name)).filter(|text| !text.is_empty());
        let seconds = members.seconds("sts_expiration");
        Some(Self {
            access_key_id: text("access_key_id")?.into(),
            access_key_secret: text("access_key_secret")?.into(),
            security_token: text("sts_token")?.into(),
            expires: seconds.and_then(|seconds| Timestamp::from_second(seconds).ok()),
        })
    }

    /// The credential, unless it has expired or its expiration is not known.
    fn valid_at(&self, now: Timestamp) -> Option<Credential> {
        let expires = self.expires.filter(|expires| *expires > now)?;
        Some(Credential {
            access_key_id: self.access_key_id.clone(),
            access_key_secret: self.access_key_secret.clone(),
            security_token: Some(self.security_token.clone()),
            expires: Some(expires),
        })
    }
}
