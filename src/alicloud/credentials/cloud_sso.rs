//! CloudSSO: the sign-in of the CLI left an access token in the profile, which is exchanged for a
//! credential of one account. Signing in again takes a browser, so it is left to the CLI.

use futures_util::future::BoxFuture;
use serde::Deserialize;

use super::{
    Credential, Source,
    ask::{self, ask},
    failure::Failure,
    issued::Issued,
};
use crate::{
    ctx::{
        Ctx,
        http::{Method, Request},
    },
    secret::Secret,
};

/// A signed-in user of CloudSSO.
pub(super) struct CloudSso {
    pub(super) ctx: Ctx,
    /// The address where the user signs in; its origin has the API.
    pub(super) sign_in_url: String,
    pub(super) account_id: String,
    pub(super) access_config: String,
    pub(super) access_token: Secret,
    /// When the token ends, in seconds since 1970; 0 where that is not known.
    pub(super) token_expires: i64,
    pub(super) user_agent: String,
}

impl Source for CloudSso {
    fn fetch(&self) -> BoxFuture<'_, Result<Credential, Failure>> {
        Box::pin(async move {
            if self.access_token.is_empty() {
                let reason = "nobody is signed in: run `aliyun configure` for this profile";
                return Err(Failure::Missing(reason.into()));
            }
            if self.token_expires > 0 && self.token_expires <= self.ctx.clock.now().as_second() {
                let reason = "the sign-in is over: run `aliyun configure` for this profile";
                return Err(Failure::Missing(reason.into()));
            }
            let origin = self.origin().ok_or_else(|| {
                Failure::Unusable("the sign-in URL does not begin with https:// and a host".into())
            })?;
            let body = serde_json::json!({
                "AccountId": self.account_id,
                "AccessConfigurationId": self.access_config,
            });
            let answer = ask(&self.ctx, ask::PATIENCE, None, || Request {
                method: Method::Post,
                url: format!("{origin}/cloud-credentials"),
                query: Secret::default(),
                headers: vec![
                    ("accept", "application/json".into()),
                    ("authorization", format!("Bearer {}", self.access_token.expose()).into()),
                    ("content-type", "application/json".into()),
                    ("user-agent", self.user_agent.as_str().into()),
                ],
                body: body.to_string().into(),
                limits: ask::LIMITS,
                proxy: true,
            })
            .await?;
            let what = "the answer of CloudSSO";
            let answer: Answer = serde_json::from_slice(&answer.body)
                .map_err(|error| Failure::json(what, &error))?;
            answer.credential.credential(what)
        })
    }
}

impl CloudSso {
    /// Scheme and host of the sign-in URL. The answer is a secret, so there is no plain HTTP.
    fn origin(&self) -> Option<String> {
        let rest = self.sign_in_url.strip_prefix("https://")?;
        let host = rest.split(['/', '?', '#']).next().filter(|host| !host.is_empty())?;
        (!host.contains('@')).then(|| format!("https://{host}"))
    }
}

#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "CloudCredential")]
    credential: Issued,
}
