//! Roles: the Security Token Service gives a temporary credential for a key, or for an ID token.
//!
//! Source: STS API 2015-04-01, AssumeRole and AssumeRoleWithOIDC.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use serde::Deserialize;

use super::{
    Credential, Source,
    ask::{self, ask},
    failure::Failure,
    issued::Issued,
};
use crate::{
    alicloud::{
        endpoint::{Endpoint, Unusable},
        sign::{Call, Scheme, encode::hex, leave_unsigned, sign},
    },
    ctx::Ctx,
};

/// Where STS is, and what it takes to talk to it.
#[derive(Clone)]
pub(super) struct Sts {
    pub(super) ctx: Ctx,
    pub(super) endpoint: Result<Endpoint, Unusable>,
    pub(super) user_agent: String,
}

/// The role that is asked for.
#[derive(Clone, Debug)]
pub(super) struct Role {
    pub(super) arn: String,
    pub(super) session_name: String,
    /// What the session may do at most; empty for all that the role may.
    pub(super) policy: String,
    /// What the role's owner asks to be told; empty for nothing.
    pub(super) external_id: String,
    /// How long the session lasts, in seconds.
    pub(super) duration: i64,
}

/// A role, assumed with the credential of another source.
pub(super) struct AssumedRole {
    pub(super) base_name: String,
    pub(super) base: Arc<dyn Source>,
    pub(super) role: Role,
    pub(super) sts: Sts,
}

impl Source for AssumedRole {
    fn fetch(&self) -> BoxFuture<'_, Result<Credential, Failure>> {
        Box::pin(async move {
            let base = self.base.fetch().await.map_err(|failure| Failure::Base {
                name: self.base_name.clone(),
                failure: Box::new(failure),
            })?;
            self.sts.assume_role(&base, &self.role).await
        })
    }
}

impl Sts {
    async fn assume_role(&self, base: &Credential, role: &Role) -> Result<Credential, Failure> {
        let mut parameters = role.parameters();
        if !role.external_id.is_empty() {
            parameters.push(("ExternalId".into(), role.external_id.clone()));
        }
        self.call("AssumeRole", &parameters, Some(base)).await
    }

    /// Gives an ID token for a credential of the role.
    pub(super) async fn assume_role_with_oidc(
        &self,
        provider_arn: &str,
        token: &str,
        role: &Role,
    ) -> Result<Credential, Failure> {
        let mut parameters = role.parameters();
        parameters.push(("OIDCProviderArn".into(), provider_arn.into()));
        parameters.push(("OIDCToken".into(), token.into()));
        let credential = self.call("AssumeRoleWithOIDC", &parameters, None).await;
        parameters.iter_mut().for_each(|(_, value)| zeroize::Zeroize::zeroize(value));
        credential
    }

    async fn call(
        &self,
        action: &'static str,
        parameters: &[(String, String)],
        key: Option<&Credential>,
    ) -> Result<Credential, Failure> {
        let endpoint = self
            .endpoint
            .as_ref()
            .map_err(|unusable| Failure::Unusable(format!("the endpoint of STS: {unusable}")))?;
        let call = Call {
            action,
            version: "2015-04-01",
            parameters,
            endpoint,
            user_agent: &self.user_agent,
            limits: ask::LIMITS,
        };
        let answer = ask(&self.ctx, ask::PATIENCE, key, || {
            let nonce = hex(&self.ctx.entropy.bytes());
            let now = self.ctx.clock.now();
            match key {
                Some(key) => sign(Scheme::V1, call, key, now, &nonce),
                None => leave_unsigned(call, now, &nonce),
            }
        })
        .await?;
        let what = "the answer of STS";
        let answer: Answer =
            serde_json::from_slice(&answer.body).map_err(|error| Failure::json(what, &error))?;
        answer.credentials.credential(what)
    }
}

impl Role {
    fn parameters(&self) -> Vec<(String, String)> {
        let mut parameters = vec![
            ("DurationSeconds".into(), self.duration.to_string()),
            ("RoleArn".into(), self.arn.clone()),
            ("RoleSessionName".into(), self.session_name.clone()),
        ];
        if !self.policy.is_empty() {
            parameters.push(("Policy".into(), self.policy.clone()));
        }
        parameters
    }
}

#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "Credentials")]
    credentials: Issued,
}
