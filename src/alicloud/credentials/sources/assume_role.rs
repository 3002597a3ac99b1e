//! Roles: the Security Token Service exchanges an access key, or an ID token, for a temporary
//! credential of a role.
//!
//! Source: STS API 2015-04-01, AssumeRole and AssumeRoleWithOIDC.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use serde::Deserialize;

use super::{Issued, access_key, ecs_role};
use crate::alicloud::{
    call::{ApiCall, Caller, Policy},
    credentials::{
        Credential, Credentials, Source, StaticCredentials,
        context::SourceContext,
        error::SourceError,
        profile::{Given, Members, Mode},
    },
    decode,
    endpoint::{Endpoint, Unusable},
    sign::Scheme,
};

/// The profile mode RamRoleArn.
pub(crate) const RAM_ROLE_ARN: Mode = Mode {
    name: "RamRoleArn",
    by_library: false,
    meaning: "A role, assumed with the access key of the profile.",
    source: |given| {
        let token = given.profile.members.text("sts_token");
        let base = access_key::of_profile(given.profile, token)?;
        assume_for(given, "its own key".into(), base)
    },
};

/// The profile mode RamRoleArnWithRoleName.
pub(crate) const RAM_ROLE_ARN_WITH_ROLE_NAME: Mode = Mode {
    name: "RamRoleArnWithRoleName",
    by_library: false,
    meaning: "A role, assumed with the RAM role of the ECS instance.",
    source: |given| {
        let name = given.profile.members.required("ram_role_name")?;
        let base = ecs_role::source(name, false, given.context)?;
        assume_for(given, format!("the RAM role {name} of the ECS instance"), base)
    },
};

/// The profile mode ChainableRamRoleArn.
pub(crate) const CHAINABLE_RAM_ROLE_ARN: Mode = Mode {
    name: "ChainableRamRoleArn",
    by_library: true,
    meaning: "A role, assumed with the credential of another profile, `source_profile`.",
    source: |given| {
        let (name, base) = given.source_profile()?;
        assume_for(given, name, base)
    },
};

fn assume_for(
    given: Given<'_>,
    base_name: String,
    base: Arc<dyn Source>,
) -> Result<Arc<dyn Source>, SourceError> {
    let members = &given.profile.members;
    let role = members.role("ram_role_arn")?;
    Ok(source(base_name, base, role, Some(members), given.context))
}

/// A role, assumed with what `base` returns.
pub(crate) fn source(
    base_name: String,
    base: Arc<dyn Source>,
    role: Role,
    members: Option<&Members>,
    context: &SourceContext,
) -> Arc<dyn Source> {
    Arc::new(AssumedRole { base_name, base, role, sts: context.sts(members) })
}

/// The endpoint of STS, and the context for calling it.
#[derive(Clone)]
pub(crate) struct Sts {
    pub(crate) context: SourceContext,
    pub(crate) endpoint: Result<Endpoint, Unusable>,
}

/// The role to assume.
#[derive(Clone)]
pub(crate) struct Role {
    pub(crate) arn: String,
    pub(crate) session_name: String,
    /// The session policy; empty for all permissions of the role.
    pub(crate) policy: String,
    /// The external ID that the role's trust policy requires; empty for none.
    pub(crate) external_id: String,
    /// The duration of the session, in seconds.
    pub(crate) duration: i64,
}

/// A role, assumed with the credential of another source.
struct AssumedRole {
    base_name: String,
    base: Arc<dyn Source>,
    role: Role,
    sts: Sts,
}

impl Source for AssumedRole {
    fn fetch(&self) -> BoxFuture<'_, Result<Credential, SourceError>> {
        Box::pin(async move {
            let base = self.base.fetch().await.map_err(|error| SourceError::Base {
                name: self.base_name.clone(),
                error: Box::new(error),
            })?;
            self.sts.assume_role(base, &self.role).await
        })
    }

    fn role(&self) -> Option<String> {
        Some(self.role.arn.clone())
    }
}

impl Sts {
    async fn assume_role(&self, base: Credential, role: &Role) -> Result<Credential, SourceError> {
        let mut parameters = role.parameters();
        if !role.external_id.is_empty() {
            parameters.push(("ExternalId".into(), role.external_id.clone()));
        }
        let key: Arc<dyn Credentials> = Arc::new(StaticCredentials::from(base));
        self.call("AssumeRole", &parameters, Some(key)).await
    }

    /// Exchanges an ID token for a credential of the role.
    pub(crate) async fn assume_role_with_oidc(
        &self,
        provider_arn: &str,
        token: &str,
        role: &Role,
    ) -> Result<Credential, SourceError> {
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
        key: Option<Arc<dyn Credentials>>,
    ) -> Result<Credential, SourceError> {
        let endpoint = self.endpoint.as_ref().map_err(|unusable| {
            SourceError::Unusable(format!("the endpoint of STS cannot be used: {unusable}"))
        })?;
        let context = &self.context;
        let caller = Caller {
            ctx: context.ctx.clone(),
            process: context.process.clone(),
            scheme: Scheme::V1,
            credentials: key,
            user_agent: context.user_agent.clone(),
            limits: context.limits(),
            policy: Policy::AUXILIARY,
        };
        let call = ApiCall { version: "2015-04-01", endpoint, parameters, page: 0 };
        let trace = caller.policy.trace(action, &context.region, caller.limits);
        let what = "the response of STS";
        let answer = caller.call(call, &trace, decode::read_json::<AssumeRoleResponse>).await;
        let answer = answer.map_err(|cause| SourceError::of_call(what, &endpoint.host, cause))?;
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
struct AssumeRoleResponse {
    #[serde(rename = "Credentials")]
    credentials: Issued,
}
