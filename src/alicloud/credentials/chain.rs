//! The credential chain of a run: chooses the source, and keeps its credential fresh.
//!
//! [`ORDER`] is the resolution order, and the one place that implements it. If a source of the
//! official provider is configured, the order is that of the official provider, so that every
//! configuration keeps its identity. For configurations with which the official provider would
//! fail, the SDKs' default chain follows. The first configured source is used, and a configured
//! source that cannot be used is an error: a run never changes its identity by accident. Then the
//! role of `assume_role` is assumed with the credential of that source.
//!
//! Sources: the official provider's `providerConfigure`; credentials-go and credentials-python,
//! default chain.

use std::sync::Arc;

use futures_util::future::{BoxFuture, ready};
use tokio::time::Instant;
use tracing::info;

use super::{
    Credential, CredentialArguments, Credentials, DEFAULT_TIMEOUT, KeyOrigin, Source,
    context::SourceContext,
    error::SourceError,
    profile::{Locations, NamedProfile},
    refresh::Refresh,
    resolver::{Choice, Notice, Resolver, SettingOrigin, Settings},
    sources::{access_key, assume_role, credentials_uri, ecs_role, oidc, profile},
};
use crate::{
    alicloud::{Process, endpoint::Endpoints, error::CredentialsError},
    ctx::Ctx,
    secret::Secret,
    text::sanitize,
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
        configured_by: "`access_key` without `secret_key`, or the reverse",
        choose: |resolver| Box::pin(ready(access_key::choose_half(resolver))),
    },
    ResolutionStep {
        source: "A named profile of any other mode, or a section of that name in the SDKs' file",
        configured_by: "`profile`, or `ALIBABACLOUD_PROFILE` in the environment",
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

impl Resolver<'_> {
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
                Choice { name, configured: choice.configured, key: None, source: Ok(source) }
            }
            (_, source) => Choice { source, ..choice },
        }
    }

    /// The notice about the named profile, if any.
    fn note_of(&self, named: &NamedProfile, by_order: &Choice) -> Option<Notice> {
        let (profile, settings) = (named.label(), &self.settings);
        let has_key = !settings.access_key_id.is_empty() && !settings.access_key_secret.is_empty();
        if let Some((reason, remedy)) = named.failure()
            && by_order.name != profile
        {
            return Some(Notice::UnusedProfile {
                profile,
                reason,
                remedy,
                named_by: named.named_by(),
            });
        }
        let of_block = self.arguments.profile.as_ref().is_some_and(|name| !name.is_empty());
        match &settings.id_origin {
            SettingOrigin::Variable(_) if of_block && has_key => {
                Some(Notice::ProfileLoses { profile, used: by_order.name.clone() })
            }
            SettingOrigin::Profile(_) if has_key => {
                let stray =
                    named.counting_officially().filter(|profile| profile.has_stray_key())?;
                let mode = sanitize(stray.members.text("mode"), 40);
                Some(Notice::StrayKey { profile, mode })
            }
            _ => None,
        }
    }

    /// What the user should know of the choice.
    fn note(&mut self, by_order: &Choice) {
        let arguments = self.arguments;
        let used = || by_order.name.clone();
        self.notices.extend(self.profile.as_ref().and_then(|named| self.note_of(named, by_order)));
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

/// The credentials of a run.
pub struct Chain {
    region: Option<(String, SettingOrigin)>,
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
    key: Arc<KeyOrigin>,
    source: Result<Refresh, SourceError>,
}

impl Chain {
    /// Chooses the source. Reads files, until `deadline`, but sends no request. The first read
    /// sends requests and reports configuration errors.
    pub async fn new(
        arguments: &CredentialArguments,
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
        let profile = arguments.profile.as_deref();
        let profile = NamedProfile::official(profile, &locations, &context).await;
        let counting = profile.as_ref().and_then(NamedProfile::counting_officially);
        let settings = Settings::merge(arguments, env, counting);
        if !settings.region.is_empty() {
            settings.region.clone_into(&mut context.region);
        }
        let mut resolver = Resolver {
            arguments,
            context,
            locations,
            profile: None,
            settings,
            skipped: Vec::new(),
            notices: Vec::new(),
        };
        if let (Some(named), Some(counting)) = (&profile, counting) {
            resolver.complete(counting, &named.label());
        }
        resolver.profile = profile;
        let choice = resolver.choose().await;
        let chosen = choice.map(|(step, choice)| {
            resolver.note(&choice);
            let is_assumed = resolver.settings.role.is_some() && choice.source.is_ok();
            let base = is_assumed.then(|| choice.name.clone());
            let key = (!is_assumed).then(|| choice.key_origin()).flatten();
            let Choice { name, configured, source, .. } = resolver.assume_role(choice);
            let key = Arc::new(key.unwrap_or_else(|| KeyOrigin::Issued(name.clone())));
            log(&name, source.as_deref().ok());
            let refresh = |source| Refresh::new(source, ctx.clock.clone(), process.clock.clone());
            let source = source.map(refresh);
            Chosen { step, name, base, configured, key, source }
        });
        let Settings { region, region_origin, .. } = resolver.settings;
        let region = (!region.is_empty()).then_some((region, region_origin));
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
        self.region.as_ref().map(|(region, _)| region.as_str())
    }

    /// Where [`Chain::region`] is from.
    pub(crate) fn region_origin(&self) -> Option<&SettingOrigin> {
        self.region.as_ref().map(|(_, origin)| origin)
    }

    /// The endpoints, with missing values from the profile that is used.
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
                remedy: error.remedy(),
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

    fn key_origin(&self) -> Option<Arc<KeyOrigin>> {
        self.chosen.as_ref().map(|chosen| chosen.key.clone())
    }
}
