//! The credential chain of a run: chooses the source, and keeps its credential fresh.
//!
//! [`ORDER`] is the resolution order, and the one place that implements it. It is that of the
//! official provider wherever one of its sources is configured, so that every configuration keeps
//! its identity; where the official provider would fail, the SDKs' default chain follows. The
//! first source that is configured is used, and a source that is configured but unusable is an
//! error: a run never changes its identity by accident. Then the role of `assume_role` is assumed
//! with what that source returns.
//!
//! Sources: the official provider's `providerConfigure`; credentials-go and credentials-python,
//! default chain.

use std::sync::Arc;

use futures_util::future::{BoxFuture, ready};
use tokio::time::Instant;
use tracing::info;

use super::{
    Arguments, Credential, Credentials, DEFAULT_TIMEOUT, Source,
    context::SourceContext,
    error::SourceError,
    profile::{self, Locations, NamedProfile},
    refresh::Refresh,
    settings::{Origin, Settings, argument},
    sources::{access_key, assume_role, credentials_uri, ecs_role, oidc},
};
use crate::{
    alicloud::{Process, endpoint::Endpoints, error::CredentialsError, variables},
    ctx::{Ctx, Env},
    secret::Secret,
};

/// The region if none is configured, as with the official provider.
pub const DEFAULT_REGION: &str = "cn-beijing";

/// The resolution order.
pub const ORDER: &[ResolutionStep] = &[
    ResolutionStep {
        source: "An access key",
        configured_by: "`access_key`, `secret_key` and `security_token`; each from the provider \
                        block, else the environment, else the profile that `profile` names",
        choose: |resolver| Box::pin(ready(access_key::choose(resolver))),
    },
    ResolutionStep {
        source: "A named profile of mode ChainableRamRoleArn, CloudSSO, External or OAuth",
        configured_by: "`profile`",
        choose: |resolver| Box::pin(ready(profile::choose_by_library(resolver))),
    },
    ResolutionStep {
        source: "A credentials URI",
        configured_by: "`credentials_uri`",
        choose: |resolver| Box::pin(ready(credentials_uri::choose(resolver))),
    },
    ResolutionStep {
        source: "The RAM role of the ECS instance",
        configured_by: "`ecs_role_name`, from the provider block, else the environment, else the \
                        named profile of mode EcsRamRole",
        choose: |resolver| Box::pin(ready(ecs_role::choose(resolver))),
    },
    ResolutionStep {
        source: "A role for an ID token",
        configured_by: "the block `assume_role_with_oidc`",
        choose: |resolver| Box::pin(ready(oidc::choose_block(resolver))),
    },
    ResolutionStep {
        source: "None: half an access key is an error",
        configured_by: "`access_key` without `secret_key`, or the other way round",
        choose: |resolver| Box::pin(ready(access_key::choose_half(resolver))),
    },
    ResolutionStep {
        source: "A named profile of any other mode, or a section of that name in the SDKs' file",
        configured_by: "`profile`",
        choose: |resolver| Box::pin(profile::choose_named(resolver)),
    },
    ResolutionStep {
        source: "A role for an ID token",
        configured_by: "the environment alone, as in a pod",
        choose: |resolver| Box::pin(ready(oidc::choose_environment(resolver))),
    },
    ResolutionStep {
        source: "The CLI's current profile, then the section `default` of the SDKs' file",
        configured_by: "these files",
        choose: |resolver| Box::pin(profile::choose_default(resolver)),
    },
    ResolutionStep {
        source: "The RAM role of the ECS instance",
        configured_by: "nothing: its metadata service is tried for one second",
        choose: |resolver| Box::pin(ready(ecs_role::choose_last(resolver))),
    },
];

/// A step of the resolution order.
pub struct ResolutionStep {
    /// The name of the source, for the documentation.
    pub source: &'static str,
    /// What configures it, for the documentation.
    pub configured_by: &'static str,
    /// Chooses the source, or leaves the choice to the next step.
    choose: for<'a, 'b> fn(&'a mut Resolver<'b>) -> BoxFuture<'a, Option<Choice>>,
}

/// The chosen source.
pub(crate) struct Choice {
    /// Its name in messages.
    pub(crate) name: String,
    /// Whether the user configured it; `false` if it is only a default.
    pub(crate) configured: bool,
    /// The source, or why it cannot be used.
    pub(crate) source: Result<Arc<dyn Source>, SourceError>,
}

impl Choice {
    /// A source that the user configured.
    pub(crate) fn new(
        name: impl Into<String>,
        source: Result<Arc<dyn Source>, SourceError>,
    ) -> Option<Self> {
        Some(Self { name: name.into(), configured: true, source })
    }
}

/// The input of the steps.
pub(crate) struct Resolver<'a> {
    pub(crate) arguments: &'a Arguments,
    pub(crate) context: SourceContext,
    pub(crate) locations: Locations,
    /// The configured profile, if any.
    pub(crate) profile: Option<NamedProfile>,
    pub(crate) settings: Settings,
    /// The sources that were skipped, each with the reason.
    pub(crate) skipped: Vec<(String, String)>,
    pub(crate) notices: Vec<Notice>,
}

impl Resolver<'_> {
    pub(crate) fn env(&self) -> &dyn Env {
        self.context.ctx.env.as_ref()
    }

    /// Leaves the choice to the next step.
    pub(crate) fn skip(
        &mut self,
        source: impl Into<String>,
        reason: impl ToString,
    ) -> Option<Choice> {
        self.skipped.push((source.into(), reason.to_string()));
        None
    }

    /// The choice, and the position of its step in [`ORDER`].
    async fn choose(&mut self) -> Option<(usize, Choice)> {
        for (position, step) in ORDER.iter().enumerate() {
            if let Some(choice) = (step.choose)(self).await {
                return Some((position, choice));
            }
        }
        None
    }

    /// The role to assume with the chosen source.
    fn assume_role(&mut self, choice: Choice) -> Choice {
        match (self.settings.role.take(), choice.source) {
            (Some(role), Ok(base)) => {
                let profile = self.profile.as_ref().and_then(NamedProfile::readable);
                let members = profile.map(|profile| &profile.members);
                let name = format!("the role {}", role.arn);
                let source = assume_role::source(choice.name, base, role, members, &self.context);
                Choice { name, configured: choice.configured, source: Ok(source) }
            }
            (_, source) => Choice { source, ..choice },
        }
    }

    /// What the user should know of the choice.
    fn note(&mut self, by_order: &Choice) {
        let arguments = self.arguments;
        let used = || by_order.name.clone();
        if let Some(named) = &self.profile {
            let of_block = arguments.profile.as_ref().is_some_and(|name| !name.is_empty());
            let by_environment = matches!(self.settings.id_origin, Origin::Variable(_))
                && !self.settings.access_key_id.is_empty()
                && !self.settings.access_key_secret.is_empty();
            if let Some((profile, reason)) = named.failure()
                && by_order.name != profile
            {
                self.notices.push(Notice::UnreadableProfile { profile, reason });
            } else if of_block && by_environment {
                self.notices.push(Notice::ProfileLoses { profile: named.label(), used: used() });
            }
        }
        let empty = |secret: &Option<Secret>| secret.as_ref().is_some_and(Secret::is_empty);
        let empty_argument = if empty(&arguments.access_key_id) {
            Some("access_key")
        } else {
            empty(&arguments.access_key_secret).then_some("secret_key")
        };
        if let (Some(argument), Ok(_)) = (empty_argument, &by_order.source) {
            self.notices.push(Notice::EmptyKey { argument, used: used() });
        }
        if arguments.assume_role.is_some() && self.settings.role.is_none() {
            self.notices.push(Notice::EmptyRole { used: used() });
        }
    }
}

/// A note for the user about the choice of a source.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Notice {
    /// An argument of the provider block is empty, so another source is used.
    EmptyKey {
        /// The argument.
        argument: &'static str,
        /// The chosen source.
        used: String,
    },
    /// The `assume_role` block has no role, so none is assumed.
    EmptyRole {
        /// The chosen source.
        used: String,
    },
    /// The credentials URI of the provider block uses plain HTTP to this host.
    PlainCredentialsUri(String),
    /// The profile of the provider block is not used for signing.
    ProfileLoses {
        /// What messages call it.
        profile: String,
        /// The chosen source.
        used: String,
    },
    /// The configured profile cannot be read, so another source is used.
    UnreadableProfile {
        /// What messages call it.
        profile: String,
        /// Why it cannot be read.
        reason: String,
    },
}

/// The credentials of a run.
pub struct Chain {
    region: Option<String>,
    endpoints: Endpoints,
    notices: Vec<Notice>,
    skipped: Vec<(String, String)>,
    chosen: Option<Chosen>,
}

struct Chosen {
    /// The position in [`ORDER`].
    step: usize,
    name: String,
    /// The source whose credential assumes the role.
    base: Option<String>,
    configured: bool,
    source: Result<Refresh, SourceError>,
}

impl Chain {
    /// Chooses the source. Reads files, until `deadline`, but sends no request. The first read
    /// sends requests and reports configuration errors.
    pub async fn new(
        arguments: &Arguments,
        endpoints: &Endpoints,
        user_agent: &str,
        ctx: &Ctx,
        process: &Process,
        deadline: Instant,
    ) -> Self {
        let env = ctx.env.as_ref();
        let mut context = SourceContext {
            ctx: ctx.clone(),
            process: process.clone(),
            endpoints: endpoints.clone(),
            user_agent: user_agent.to_owned(),
            region: DEFAULT_REGION.to_owned(),
            connect_timeout: arguments.connect_timeout.unwrap_or(DEFAULT_TIMEOUT),
            read_timeout: arguments.read_timeout.unwrap_or(DEFAULT_TIMEOUT),
            deadline,
        };
        let locations = Locations::new(arguments, env);
        let named = argument(arguments.profile.as_deref(), env, variables::PROFILE);
        let mut profile = None;
        if !named.is_empty() {
            profile = Some(NamedProfile::read(&named, &locations, &context).await);
        }
        let readable = profile.as_ref().and_then(NamedProfile::readable);
        let settings = Settings::merge(arguments, env, readable);
        if !settings.region.is_empty() {
            settings.region.clone_into(&mut context.region);
        }
        if let (Some(named), Some(readable)) = (&profile, readable) {
            profile::fill_endpoints(&mut context, readable, &named.label());
        }
        let mut resolver = Resolver {
            arguments,
            context,
            locations,
            profile,
            settings,
            skipped: Vec::new(),
            notices: Vec::new(),
        };
        let choice = resolver.choose().await;
        let chosen = choice.map(|(step, choice)| {
            resolver.note(&choice);
            let is_assumed = resolver.settings.role.is_some() && choice.source.is_ok();
            let base = is_assumed.then(|| choice.name.clone());
            let Choice { name, configured, source } = resolver.assume_role(choice);
            log(&name, source.as_deref().ok());
            let refresh = |source| Refresh::new(source, ctx.clock.clone(), process.clock.clone());
            let source = source.map(refresh);
            Chosen { step, name, base, configured, source }
        });
        let region = Some(resolver.settings.region).filter(|region| !region.is_empty());
        Self {
            region,
            endpoints: resolver.context.endpoints,
            notices: resolver.notices,
            skipped: resolver.skipped,
            chosen,
        }
    }

    /// The region from the provider block, the environment or the profile. `None` if none of them
    /// sets it, in which case [`DEFAULT_REGION`] is used.
    pub fn region(&self) -> Option<&str> {
        self.region.as_deref()
    }

    /// The endpoints, completed from the profile that is used.
    pub fn endpoints(&self) -> &Endpoints {
        &self.endpoints
    }

    /// The position in [`ORDER`] of the step that chose the source. `None` if nothing is configured.
    pub fn step(&self) -> Option<usize> {
        self.chosen.as_ref().map(|chosen| chosen.step)
    }

    /// The name of the chosen source in messages. `None` if nothing is configured.
    pub fn source(&self) -> Option<&str> {
        self.chosen.as_ref().map(|chosen| chosen.name.as_str())
    }

    /// The name in messages of the source whose credential assumes the chosen role, if there is
    /// one.
    pub fn base(&self) -> Option<&str> {
        self.chosen.as_ref()?.base.as_deref()
    }

    /// The sources before it that were skipped, each with the reason.
    pub fn skipped(&self) -> &[(String, String)] {
        &self.skipped
    }

    /// What the user should know of the choice.
    pub fn notices(&self) -> &[Notice] {
        &self.notices
    }

    async fn get(
        &self,
        refused: Option<&Arc<Credential>>,
    ) -> Result<Arc<Credential>, CredentialsError> {
        let skipped = || self.skipped.clone();
        let Some(chosen) = &self.chosen else {
            return Err(CredentialsError::Missing { skipped: skipped() });
        };
        let result = match (&chosen.source, refused) {
            (Ok(source), None) => source.credential().await,
            (Ok(source), Some(refused)) => source.renew(refused).await,
            (Err(error), _) => Err(error.clone()),
        };
        result.map_err(|error| match error {
            SourceError::Half(text) => CredentialsError::Incomplete(text),
            error if chosen.configured => CredentialsError::Failed {
                source_name: chosen.name.clone(),
                reason: error.to_string(),
            },
            error => {
                let mut skipped = skipped();
                skipped.push((chosen.name.clone(), error.to_string()));
                CredentialsError::Missing { skipped }
            }
        })
    }
}

/// The log line with the identity of a configured client. It contains no secret.
fn log(source: &str, chosen: Option<&dyn Source>) {
    let role = chosen.and_then(Source::role).unwrap_or_default();
    // An ARN has the account: acs:ram::ACCOUNT:role/NAME.
    let account = role.strip_prefix("acs:ram::").and_then(|rest| rest.split(':').next());
    info!(source, role, account = account.unwrap_or_default(), "credential source chosen");
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
