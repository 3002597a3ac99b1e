//! Roles: the Security Token Service exchanges an access key, or an ID token, for a temporary
//! credential of a role.
//!
//! Source: STS API 2015-04-01, AssumeRole and AssumeRoleWithOIDC.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::{Issued, ModeInput, ProfileMode, access_key, ecs_role};
use crate::alicloud::{
    Product,
    call::{ApiCall, Caller, Policy},
    credentials::{
        Credential, Credentials, Source, StaticCredentials,
        context::SourceContext,
        error::{Input, SourceError},
        profile::{Members, Role},
    },
    decode,
    endpoint::{Endpoint, Unusable},
    sign::Scheme,
    variables::{self, first_set},
};

/// The profile mode RamRoleArn.
pub(crate) const RAM_ROLE_ARN: ProfileMode = ProfileMode {
    name: "RamRoleArn",
    meaning: "A role, assumed with the access key of the profile.",
    source: |given| {
        let token = given.profile.members.text("sts_token");
        let base = access_key::of_profile(given.profile, token)?;
        assume_for(given, "the profile itself".into(), base)
    },
};

/// The profile mode RamRoleArnWithRoleName.
pub(crate) const RAM_ROLE_ARN_WITH_ROLE_NAME: ProfileMode = ProfileMode {
    name: "RamRoleArnWithRoleName",
    meaning: "A role, assumed with the RAM role of the ECS instance.",
    source: |given| {
        let name = given.profile.members.required("ram_role_name")?;
        let base = ecs_role::source(name, false, given.context)?;
        assume_for(given, format!("the RAM role {name} of the ECS instance"), base)
    },
};

/// The profile mode ChainableRamRoleArn.
pub(crate) const CHAINABLE_RAM_ROLE_ARN: ProfileMode = ProfileMode {
    name: "ChainableRamRoleArn",
    meaning: "A role, assumed with the credential of another profile, `source_profile`.",
    source: |given| {
        let (name, base) = given.source_profile()?;
        assume_for(given, name, base)
    },
};

fn assume_for(
    given: ModeInput<'_>,
    base_name: String,
    base: Arc<dyn Source>,
) -> Result<Arc<dyn Source>, SourceError> {
    let members = &given.profile.members;
    let role = members.role("ram_role_arn")?;
    Ok(source(base_name, base, role, Some(members), given.context))
}

/// A role, assumed with the credential of `base`.
pub(crate) fn source(
    base_name: String,
    base: Arc<dyn Source>,
    role: Role,
    members: Option<&Members>,
    context: &SourceContext,
) -> Arc<dyn Source> {
    Arc::new(AssumedRole { base_name, base, role, sts: Sts::of(context, members) })
}

/// The endpoint of STS, and the context for calling it.
#[derive(Clone)]
pub(crate) struct Sts {
    pub(crate) context: SourceContext,
    pub(crate) endpoint: Result<Endpoint, Unusable>,
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
            let credential = self.sts.assume_role(base, &self.role).await;
            credential.map_err(|error| error.signed_with(&self.base_name))
        })
    }

    fn role(&self) -> Option<String> {
        Some(self.role.arn.clone())
    }
}

impl Sts {
    /// STS at its configured endpoint, or else in the region that the profile, the environment or
    /// the run names, in this order.
    pub(crate) fn of(context: &SourceContext, members: Option<&Members>) -> Self {
        let text = |name| members.map(|members| members.text(name)).unwrap_or_default();
        let region = match text("sts_region") {
            "" => first_set(context.ctx.env.as_ref(), variables::STS_REGION)
                .map_or_else(|| context.region.clone(), |(_, region)| region),
            region => region.to_owned(),
        };
        let mut endpoints = context.endpoints.clone();
        if text("enable_vpc").eq_ignore_ascii_case("true") {
            endpoints.vpc = Some(true);
        }
        Self { context: context.clone(), endpoint: endpoints.sts(&region) }
    }

    async fn assume_role(&self, base: Credential, role: &Role) -> Result<Credential, SourceError> {
        let mut parameters = role.parameters();
        if !role.external_id.is_empty() {
            parameters.push(("ExternalId".into(), role.external_id.clone()));
        }
        let key: Arc<dyn Credentials> = Arc::new(StaticCredentials::from(base));
        self.call("AssumeRole", Input::Sts, &parameters, Some(key)).await
    }

    /// Exchanges an ID token for a credential of the role.
    pub(crate) async fn assume_role_with_oidc(
        &self,
        provider_arn: &str,
        token: &str,
        role: &Role,
    ) -> Result<Credential, SourceError> {
        // Zeroized even if the call is canceled.
        let mut parameters = Zeroizing::new(role.parameters());
        parameters.push(("OIDCProviderArn".into(), provider_arn.into()));
        parameters.push(("OIDCToken".into(), token.into()));
        self.call("AssumeRoleWithOIDC", Input::Oidc, &parameters, None).await
    }

    async fn call(
        &self,
        action: &'static str,
        input: Input,
        parameters: &[(String, String)],
        key: Option<Arc<dyn Credentials>>,
    ) -> Result<Credential, SourceError> {
        let endpoint = self.endpoint.as_ref().map_err(|unusable| {
            SourceError::configuration(
                format!("the endpoint of STS cannot be used: {unusable}"),
                format!("Correct or remove it; {} sets it.", variables::STS_ENDPOINT.settings()),
            )
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
        let call = ApiCall { product: Product::STS, endpoint, parameters, page: 0 };
        let trace = caller.policy.trace(action, &context.region, caller.limits);
        let answer = caller.call(call, &trace, decode::read_json::<AssumeRoleResponse>).await;
        let answer = answer.map_err(|cause| SourceError::of_call(input, &endpoint.host, cause))?;
        let credential = answer.credentials.credential(input);
        credential.map_err(|error| error.of_request(trace.request_id().as_deref()))
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
