//! Makes sources: what every source needs to know of the run, kept in one place.

use std::sync::Arc;

use super::{
    Credential, Source,
    ecs_role::EcsRole,
    failure::Failure,
    members::Members,
    oidc::{Oidc, Token},
    static_::Static,
    sts::{AssumedRole, Role, Sts},
    uri::CredentialsUri,
};
use crate::{
    alicloud::{
        endpoint::Endpoints,
        variables::{self, first_set, is_on},
    },
    ctx::Ctx,
};

/// Makes sources.
pub(super) struct Maker<'a> {
    pub(super) ctx: &'a Ctx,
    pub(super) endpoints: &'a Endpoints,
    pub(super) user_agent: &'a str,
    /// The region whose STS is asked.
    pub(super) region: String,
}

impl Maker<'_> {
    /// A key that is written down.
    pub(super) fn key(&self, id: &str, secret: &str, token: &str) -> Arc<dyn Source> {
        Arc::new(Static(Credential {
            access_key_id: id.into(),
            access_key_secret: secret.into(),
            security_token: (!token.is_empty()).then(|| token.into()),
            expires: None,
        }))
    }

    /// A role, assumed with what `base` gives.
    pub(super) fn assumed_role(
        &self,
        base_name: String,
        base: Arc<dyn Source>,
        role: Role,
        members: Option<&Members>,
    ) -> Arc<dyn Source> {
        Arc::new(AssumedRole { base_name, base, role, sts: self.sts(members) })
    }

    /// A role for an ID token.
    pub(super) fn oidc(
        &self,
        provider_arn: &str,
        token: Token,
        role: Role,
        members: Option<&Members>,
    ) -> Arc<dyn Source> {
        let sts = self.sts(members);
        Arc::new(Oidc { provider_arn: provider_arn.to_owned(), token, role, sts })
    }

    /// A server that hands out credentials.
    pub(super) fn uri(&self, uri: &str) -> Arc<dyn Source> {
        let user_agent = self.user_agent.to_owned();
        Arc::new(CredentialsUri { ctx: self.ctx.clone(), uri: uri.into(), user_agent })
    }

    /// The role of the instance; an empty name is asked for.
    pub(super) fn ecs_role(
        &self,
        name: &str,
        last_resort: bool,
    ) -> Result<Arc<dyn Source>, Failure> {
        let env = self.ctx.env.as_ref();
        if is_on(env, variables::ECS_METADATA_DISABLED) {
            return Err(Failure::forbidden(variables::ECS_METADATA_DISABLED));
        }
        Ok(Arc::new(EcsRole {
            ctx: self.ctx.clone(),
            name: (!name.is_empty()).then(|| name.to_owned()),
            v1_allowed: !is_on(env, variables::IMDSV1_DISABLED),
            last_resort,
        }))
    }

    /// STS: at the endpoint that is written for it, else in the region that the profile, the
    /// environment or the run names, in this order.
    fn sts(&self, members: Option<&Members>) -> Sts {
        let text = |name| members.map(|members| members.text(name)).unwrap_or_default();
        let region = match text("sts_region") {
            "" => first_set(self.ctx.env.as_ref(), variables::STS_REGION)
                .map_or_else(|| self.region.clone(), |(_, region)| region),
            region => region.to_owned(),
        };
        let mut endpoints = self.endpoints.clone();
        if text("enable_vpc").eq_ignore_ascii_case("true") {
            endpoints.vpc = Some(true);
        }
        Sts {
            ctx: self.ctx.clone(),
            endpoint: endpoints.sts(&region),
            user_agent: self.user_agent.to_owned(),
        }
    }
}
