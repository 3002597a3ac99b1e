//! Decides which source is used, from what is configured. Files are read, nothing else is touched.
//!
//! The order is that of the official provider's code wherever one of its sources is set, so that
//! every configuration keeps its identity; where the official provider would have given up, the
//! SDKs' default chain follows. A source that is configured but unusable ends the search. Sources:
//! the official provider's `providerConfigure`; credentials-go and credentials-python, default
//! chain.

mod stored;

use std::sync::Arc;

use tokio::time::Instant;

use super::{
    Arguments, Source,
    failure::Failure,
    fields::{Fields, argument},
    files::{self, Locations},
    id_token,
    maker::Maker,
    profile::Profile,
};
use crate::{
    alicloud::{
        endpoint::Endpoints,
        variables::{self, first_set},
    },
    ctx::Ctx,
};

use stored::NamedProfile;

/// The region where none is given, as with the official provider.
pub const DEFAULT_REGION: &str = "cn-beijing";

/// What was decided.
pub(super) struct Plan {
    /// The region of the run.
    pub(super) region: String,
    /// The sources before the chosen one, each with the reason why it gives nothing.
    pub(super) declined: Vec<(String, String)>,
    /// The source to ask; `None` where nothing is configured.
    pub(super) choice: Option<Choice>,
    /// The named profile and why it cannot be read, where another source is asked all the same.
    pub(super) unread_profile: Option<String>,
}

/// The source that is used.
pub(super) struct Choice {
    /// Its name, for the user.
    pub(super) name: String,
    /// Whether something is configured for it; else it is only tried since nothing is.
    pub(super) configured: bool,
    /// The source, or why it cannot even be asked.
    pub(super) source: Result<Arc<dyn Source>, Failure>,
}

impl Choice {
    /// A source that something is configured for.
    pub(super) fn new(
        name: impl Into<String>,
        source: Result<Arc<dyn Source>, Failure>,
    ) -> Option<Self> {
        Some(Self { name: name.into(), configured: true, source })
    }
}

/// Decides.
pub(super) async fn plan(
    arguments: &Arguments,
    endpoints: &Endpoints,
    user_agent: &str,
    ctx: &Ctx,
    deadline: Instant,
) -> Plan {
    let env = ctx.env.as_ref();
    let locations = Locations::new(arguments, env);
    let named = argument(arguments.profile.as_deref(), env, variables::PROFILE);
    let mut profile = None;
    if !named.is_empty() {
        let path = locations.named.as_ref().unwrap_or(&locations.cli);
        profile = Some(NamedProfile::read(&named, files::read(path, ctx, deadline).await));
    }
    let fields = Fields::merge(arguments, env, profile.as_ref().and_then(NamedProfile::readable));
    let region = if fields.region.is_empty() { DEFAULT_REGION } else { &fields.region }.to_owned();
    let maker = Maker { ctx, endpoints, user_agent, region };
    let mut planner =
        Planner { arguments, locations, profile, fields, maker, deadline, declined: Vec::new() };
    let choice = planner.official();
    // Otherwise the failure of the profile is told as that of the source.
    let unread = planner.profile.as_ref().filter(|_| choice.is_some());
    let unread_profile = unread.and_then(NamedProfile::failure);
    let choice = match choice {
        Some(choice) => Some(choice),
        None => planner.beyond().await,
    };
    let choice = choice.map(|choice| planner.assume_role(choice));
    Plan { region: planner.maker.region, declined: planner.declined, choice, unread_profile }
}

struct Planner<'a> {
    arguments: &'a Arguments,
    locations: Locations,
    profile: Option<NamedProfile>,
    fields: Fields,
    maker: Maker<'a>,
    /// When to stop waiting for files.
    deadline: Instant,
    declined: Vec<(String, String)>,
}

impl Planner<'_> {
    /// The steps of the official provider in their order: each chooses, or declines and leaves it to
    /// the next.
    fn official(&mut self) -> Option<Choice> {
        self.key()
            .or_else(|| self.fetched_profile())
            .or_else(|| self.credentials_uri())
            .or_else(|| self.ecs_role())
            .or_else(|| self.id_token())
    }

    /// The steps after which the official provider would have given up.
    async fn beyond(&mut self) -> Option<Choice> {
        if let Some(choice) = self.half_a_key() {
            return Some(choice);
        }
        if let Some(choice) = self.named_profile().await {
            return Some(choice);
        }
        if let Some(choice) = self.sdk_chain().await {
            return Some(choice);
        }
        self.last_resort()
    }

    fn decline(&mut self, name: impl Into<String>, reason: impl ToString) -> Option<Choice> {
        self.declined.push((name.into(), reason.to_string()));
        None
    }

    /// A key, merged from configuration, environment and profile.
    fn key(&mut self) -> Option<Choice> {
        let fields = &self.fields;
        if !fields.access_key_id.is_empty() && !fields.access_key_secret.is_empty() {
            let (id, secret) = (&fields.access_key_id, &fields.access_key_secret);
            let source = self.maker.key(id, secret, &fields.security_token);
            return Choice::new(fields.id_origin.clone(), Ok(source));
        }
        let given = [&self.arguments.access_key_id, &self.arguments.access_key_secret];
        let reason = match given {
            [None, None] => "no access key is given",
            _ => "it gives not both a key ID and a secret",
        };
        self.decline("the configuration", reason);
        let env = self.maker.ctx.env.as_ref();
        let names = [variables::ACCESS_KEY_ID, variables::ACCESS_KEY_SECRET];
        let reason = if names.iter().all(|names| first_set(env, names).is_some()) {
            "not used, since the configuration gives an empty access key".to_owned()
        } else {
            format!("not both a key ID and a secret are set ({})", names.concat().join(", "))
        };
        self.decline("the environment", reason)
    }

    /// A profile of one of the modes for which the official provider asks the credential library.
    fn fetched_profile(&mut self) -> Option<Choice> {
        let named = self.profile.as_ref()?;
        if named.readable().is_some_and(Profile::is_fetched) {
            return named.choose(&self.maker);
        }
        None
    }

    fn credentials_uri(&mut self) -> Option<Choice> {
        let name = "the credentials URI";
        let given = self.arguments.credentials_uri.as_deref();
        let uri = argument(given, self.maker.ctx.env.as_ref(), variables::CREDENTIALS_URI);
        if uri.is_empty() {
            return self.decline(name, "none is given");
        }
        Choice::new(name, Ok(self.maker.uri(uri.trim())))
    }

    fn ecs_role(&mut self) -> Option<Choice> {
        let name = "the RAM role of the ECS instance";
        let role = self.fields.ecs_role_name.trim();
        if role.is_empty() {
            return self.decline(name, "no role name is given");
        }
        if !self.fields.access_key_id.is_empty() {
            return self.decline(name, "not asked, since an access key ID is given");
        }
        Choice::new(name, self.maker.ecs_role(role, false))
    }

    fn id_token(&mut self) -> Option<Choice> {
        let name = "the role for an ID token";
        let Some(block) = &self.arguments.oidc else {
            return self.decline(name, "it is not configured");
        };
        if !self.fields.access_key_id.is_empty() {
            return self.decline(name, "not asked, since an access key ID is given");
        }
        Choice::new(name, id_token::of_configuration(block, &self.maker))
    }

    /// A key ID without its secret, or the other way round: a mistake, not a reason to look on.
    fn half_a_key(&mut self) -> Option<Choice> {
        let fields = &self.fields;
        let (name, reason) =
            match (fields.access_key_id.is_empty(), fields.access_key_secret.is_empty()) {
                (false, true) => {
                    (&fields.id_origin, "it gives an access key ID, but nothing gives the secret")
                }
                (true, false) => (
                    &fields.secret_origin,
                    "it gives an access key secret, but nothing gives the ID",
                ),
                _ => return None,
            };
        Choice::new(name.clone(), Err(Failure::Missing(reason.into())))
    }

    /// The metadata service, which answers at once where there is one.
    fn last_resort(&mut self) -> Option<Choice> {
        let name = "the RAM role of the ECS instance, by its metadata service";
        match self.maker.ecs_role("", true) {
            Ok(source) => Some(Choice { name: name.into(), configured: false, source: Ok(source) }),
            Err(failure) => self.decline(name, failure),
        }
    }

    /// The role that is to be assumed with whatever was chosen.
    fn assume_role(&mut self, choice: Choice) -> Choice {
        match (self.fields.role.take(), choice.source) {
            (Some(role), Ok(base)) => {
                let profile = self.profile.as_ref().and_then(NamedProfile::readable);
                let members = profile.map(|profile| &profile.members);
                let name = format!("the role {}", role.arn);
                let source = self.maker.assumed_role(choice.name, base, role, members);
                Choice { name, configured: choice.configured, source: Ok(source) }
            }
            (_, source) => Choice { source, ..choice },
        }
    }
}
