//! The credentials of a run: the chosen source, asked at the first read and kept fresh.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use tokio::time::Instant;
use tracing::debug;

use super::{
    Arguments, Credential, Credentials,
    failure::Failure,
    plan::{Choice, plan},
    refresh::Refresh,
};
use crate::{
    alicloud::{endpoint::Endpoints, error::CredentialsError},
    ctx::Ctx,
};

/// The credentials of a run.
pub struct Chain {
    region: String,
    declined: Vec<(String, String)>,
    chosen: Option<Chosen>,
    unread_profile: Option<String>,
}

struct Chosen {
    name: String,
    /// Whether something is configured for it; else it is only tried since nothing is.
    configured: bool,
    source: Result<Refresh, Failure>,
}

impl Chain {
    /// Chooses the source. Reads files, until `deadline`, but sends nothing: that happens at the
    /// first read, as do the errors of what is configured.
    pub async fn new(
        arguments: &Arguments,
        endpoints: &Endpoints,
        user_agent: &str,
        ctx: &Ctx,
        deadline: Instant,
    ) -> Self {
        let plan = plan(arguments, endpoints, user_agent, ctx, deadline).await;
        let chosen = plan.choice.map(|Choice { name, configured, source }| {
            debug!(source = name, "chose the source of credentials");
            let source = source.map(|source| Refresh::new(source, ctx.clock.clone()));
            Chosen { name, configured, source }
        });
        let unread_profile = plan.unread_profile;
        Self { region: plan.region, declined: plan.declined, chosen, unread_profile }
    }

    /// The named profile and why it cannot be read, where another source is asked all the same: what
    /// else it says, such as the region, is missing then.
    pub fn unread_profile(&self) -> Option<&str> {
        self.unread_profile.as_deref()
    }

    /// The region of the run: of the configuration, the environment or the profile, else the
    /// default.
    pub fn region(&self) -> &str {
        &self.region
    }

    async fn get(
        &self,
        refused: Option<&Arc<Credential>>,
    ) -> Result<Arc<Credential>, CredentialsError> {
        let Some(chosen) = &self.chosen else {
            return Err(CredentialsError { sources: self.declined.clone(), failed: None });
        };
        let result = match (&chosen.source, refused) {
            (Ok(source), None) => source.credential().await,
            (Ok(source), Some(refused)) => source.renew(refused).await,
            (Err(failure), _) => Err(failure.clone()),
        };
        result.map_err(|failure| {
            let mut sources = self.declined.clone();
            sources.push((chosen.name.clone(), failure.to_string()));
            CredentialsError { sources, failed: chosen.configured.then(|| chosen.name.clone()) }
        })
    }
}

impl Credentials for Chain {
    fn credential(&self) -> BoxFuture<'_, Result<Arc<Credential>, CredentialsError>> {
        Box::pin(self.get(None))
    }

    fn renew<'a>(
        &'a self,
        refused: &'a Arc<Credential>,
    ) -> BoxFuture<'a, Result<Arc<Credential>, CredentialsError>> {
        Box::pin(self.get(Some(refused)))
    }
}
