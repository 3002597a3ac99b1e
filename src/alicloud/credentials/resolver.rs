//! What the steps of the resolution order work on, and the choice that they make.
//!
//! A step either chooses a source or leaves the choice to the next one with a reason. The reasons are
//! kept: if no step chooses, they are what the user reads, and `whoami` lists them.
//!
//! Before, the official provider merges single values ([`Settings`]): each from the provider block,
//! else the environment, else the named profile. So a key of the environment can go with a token of
//! a profile.

use std::{fmt, sync::Arc};

use tracing::debug;
use zeroize::Zeroizing;

use super::{
    CredentialArguments, KeyOrigin, RoleArguments, Source,
    context::SourceContext,
    error::SourceError,
    profile::{Locations, Members, NamedProfile, Profile, Role, SESSION_NAME, SESSION_SECONDS},
};
use crate::{
    alicloud::{
        endpoint::{
            configured::{ConfiguredEndpoint, Origin as EndpointOrigin},
            is_vpc_type,
        },
        variables::{self, Variable, first_set},
    },
    ctx::Env,
    text::sanitize,
};

/// The chosen source.
pub(crate) struct Choice {
    /// Its name in messages.
    pub(crate) name: String,
    /// Whether the user configured it; `false` if it is only a default.
    pub(crate) configured: bool,
    /// What sets the parts of the access key, if the values come from several places.
    pub(crate) key: Option<KeyOrigin>,
    /// The source, or the reason that it cannot be used.
    pub(crate) source: Result<Arc<dyn Source>, SourceError>,
}

impl Choice {
    /// A source that the user configured.
    pub(crate) fn new(
        name: impl Into<String>,
        source: Result<Arc<dyn Source>, SourceError>,
    ) -> Option<Self> {
        Some(Self { name: name.into(), configured: true, key: None, source })
    }

    /// What sets the parts of the access key; `None` if the source fetches it.
    pub(crate) fn key_origin(&self) -> Option<KeyOrigin> {
        let is_static = self.source.as_ref().is_ok_and(|source| !source.can_change());
        self.key.clone().or_else(|| is_static.then(|| KeyOrigin::of_profile(&self.name)))
    }
}

/// The input of the steps.
pub(crate) struct Resolver<'a> {
    pub(crate) arguments: &'a CredentialArguments,
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

    /// Sets the region and the endpoints from the profile that is used, if nothing else sets them.
    pub(crate) fn complete(&mut self, profile: &Profile, label: &str) {
        let (settings, context) = (&mut self.settings, &mut self.context);
        let region = profile.members.text("region_id");
        if settings.region.is_empty() && !region.is_empty() {
            region.clone_into(&mut settings.region);
            region.clone_into(&mut context.region);
            settings.region_origin = SettingOrigin::Profile(label.to_owned());
        }
        let endpoints = &mut context.endpoints;
        let sts = profile.members.text("sts_endpoint");
        if endpoints.sts.is_none() && !sts.is_empty() {
            let origin = EndpointOrigin::Profile(label.to_owned());
            endpoints.sts = Some(ConfiguredEndpoint { text: sts.to_owned(), origin });
        }
        if endpoints.vpc.is_none() {
            let given = profile.members.text("endpoint_type");
            endpoints.vpc = is_vpc_type(given);
            if endpoints.vpc.is_none() && !given.is_empty() {
                let (profile, given) = (label.to_owned(), sanitize(given, 40));
                self.notices.push(Notice::UnclearEndpointType { profile, given });
            }
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
    /// The profile has a mode that the official provider does not know, and an access key, which is
    /// used.
    StrayKey {
        /// What messages call the profile.
        profile: String,
        /// Its mode.
        mode: String,
    },
    /// The `endpoint_type` of the profile is neither `vpc` nor `public`.
    UnclearEndpointType {
        /// What messages call the profile.
        profile: String,
        /// The value.
        given: String,
    },
    /// The configured profile is not used, and another source is.
    UnusedProfile {
        /// What messages call it.
        profile: String,
        /// Why not.
        reason: String,
        /// What to do.
        remedy: String,
        /// The argument or the variable that names it.
        named_by: &'static str,
    },
}

impl Notice {
    /// The argument or block of the provider block that the notice is about, if there is one.
    pub fn argument(&self) -> Option<&'static str> {
        match self {
            Self::EmptyKey { argument, .. } => Some(argument),
            Self::EmptyRole { .. } => Some("assume_role"),
            Self::PlainCredentialsUri(_) => Some(variables::CREDENTIALS_URI.argument),
            Self::ProfileLoses { .. } => Some(variables::PROFILE.argument),
            Self::UnusedProfile { named_by, .. } => {
                Some(variables::PROFILE.argument).filter(|argument| argument == named_by)
            }
            Self::StrayKey { .. } | Self::UnclearEndpointType { .. } => None,
        }
    }
}

/// The merged values; a value that is not set is empty.
pub(crate) struct Settings {
    pub(crate) access_key_id: Zeroizing<String>,
    pub(crate) access_key_secret: Zeroizing<String>,
    pub(crate) security_token: Zeroizing<String>,
    /// Where the AccessKey ID is from.
    pub(crate) id_origin: SettingOrigin,
    /// Where the AccessKey secret is from.
    pub(crate) secret_origin: SettingOrigin,
    /// Where the STS token is from.
    pub(crate) token_origin: SettingOrigin,
    pub(crate) region: String,
    /// Where the region is from.
    pub(crate) region_origin: SettingOrigin,
    pub(crate) ecs_role_name: String,
    /// The role to assume with the credential of the sources.
    pub(crate) role: Option<Role>,
}

/// The origin of a value.
#[derive(Clone)]
pub(crate) enum SettingOrigin {
    /// The provider block.
    Argument,
    /// A profile, by its name in messages.
    Profile(String),
    /// An environment variable.
    Variable(&'static str),
}

impl fmt::Display for SettingOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Argument => f.write_str("the provider block"),
            Self::Profile(profile) => f.write_str(profile),
            Self::Variable(name) => write!(f, "the environment ({name})"),
        }
    }
}

impl SettingOrigin {
    /// What sets a value: the argument of `variable`, one of its names, or `member` of a profile.
    fn of(&self, variable: Variable, member: &str) -> String {
        match self {
            Self::Argument => format!("{} in the provider block", variable.argument),
            Self::Profile(profile) => format!("{member} of {profile}"),
            Self::Variable(name) => format!("the environment variable {name}"),
        }
    }
}

impl KeyOrigin {
    /// The access key of the profile or section `label`.
    pub(crate) fn of_profile(label: &str) -> Self {
        Self::Configured {
            id: format!("access_key_id of {label}"),
            secret: format!("access_key_secret of {label}"),
            token: Some(format!("the token of {label}")),
        }
    }
}

impl Settings {
    /// What sets the parts of the access key.
    pub(crate) fn key_origin(&self) -> KeyOrigin {
        let token = self.token_origin.of(variables::SECURITY_TOKEN, "sts_token");
        KeyOrigin::Configured {
            id: self.id_origin.of(variables::ACCESS_KEY_ID, "access_key_id"),
            secret: self.secret_origin.of(variables::ACCESS_KEY_SECRET, "access_key_secret"),
            token: (!self.security_token.is_empty()).then_some(token),
        }
    }

    /// Merges; `profile` is the named profile, if the official provider takes anything from it.
    pub(crate) fn merge(
        arguments: &CredentialArguments,
        env: &dyn Env,
        profile: Option<&Profile>,
    ) -> Self {
        let merger = Merger { env, profile };
        let id = arguments.access_key_id.as_ref().map(|id| id.expose());
        let secret = arguments.access_key_secret.as_ref().map(|secret| secret.expose());
        let token = arguments.security_token.as_ref().map(|token| token.expose());
        let (id, id_origin) = merger.find(id, variables::ACCESS_KEY_ID, "access_key_id");
        let (secret, secret_origin) =
            merger.find(secret, variables::ACCESS_KEY_SECRET, "access_key_secret");
        let (token, token_origin) = merger.find(token, variables::SECURITY_TOKEN, "sts_token");
        let (region, region_origin) = merger.region(arguments.region.as_deref());
        let (ecs_role_name, _) = merger.find(
            arguments.ecs_role_name.as_deref(),
            variables::ECS_ROLE_NAME,
            "ram_role_name",
        );
        Self {
            access_key_id: trim("access key ID", id),
            access_key_secret: trim("access key secret", secret),
            security_token: trim("security token", token),
            id_origin,
            secret_origin,
            token_origin,
            region: region.trim().to_owned(),
            region_origin,
            ecs_role_name: ecs_role_name.to_string(),
            role: merger.role(arguments.assume_role.as_ref()),
        }
    }
}

/// The value of an argument: `given` if it is set, even if it is empty, or else that of the
/// environment.
pub(crate) fn argument(
    given: Option<&str>,
    env: &dyn Env,
    variable: Variable,
) -> Zeroizing<String> {
    let text = match given {
        Some(given) => given.to_owned(),
        None => first_set(env, variable).map(|(_, text)| text).unwrap_or_default(),
    };
    Zeroizing::new(text)
}

struct Merger<'a> {
    env: &'a dyn Env,
    profile: Option<&'a Profile>,
}

impl Merger<'_> {
    /// The value and its origin. An argument that is set but empty overrides the environment, but
    /// not the profile.
    fn find(
        &self,
        argument: Option<&str>,
        variable: Variable,
        member: &str,
    ) -> (Zeroizing<String>, SettingOrigin) {
        let (text, origin) = match argument {
            Some(text) => (text.to_owned(), SettingOrigin::Argument),
            None => first_set(self.env, variable)
                .map(|(name, text)| (text, SettingOrigin::Variable(name)))
                .unwrap_or_else(|| (String::new(), SettingOrigin::Argument)),
        };
        match self.profile {
            Some(profile) if text.is_empty() => {
                let origin = SettingOrigin::Profile(format!("the profile {}", profile.name));
                (member_of(profile, member).to_owned().into(), origin)
            }
            _ => (text.into(), origin),
        }
    }

    /// The region. The names that the official provider does not know count last, so that they do not
    /// move a configuration that works with it to another region.
    fn region(&self, argument: Option<&str>) -> (Zeroizing<String>, SettingOrigin) {
        let (region, origin) = self.find(argument, variables::REGION, "region_id");
        if !region.trim().is_empty() || argument.is_some() {
            return (region, origin);
        }
        match first_set(self.env, variables::REGION_ID) {
            Some((name, region)) => (region.into(), SettingOrigin::Variable(name)),
            None => (region, origin),
        }
    }

    /// The role of the provider block, or else that of a profile of mode RamRoleArn. The
    /// environment is used only if the block is present.
    fn role(&self, block: Option<&RoleArguments>) -> Option<Role> {
        let of_profile = self.profile.filter(|profile| profile.mode == "ramrolearn");
        let members = of_profile.map(|profile| &profile.members);
        let of_member = |name| members.map(|members| members.text(name)).unwrap_or_default();
        let arn = block.map(|block| {
            argument(block.role_arn.as_deref(), self.env, variables::ASSUME_ROLE_ARN).to_string()
        });
        let arn = arn.unwrap_or_default();
        let of_block = !arn.is_empty();
        let arn = if of_block { arn } else { of_member("ram_role_arn").to_owned() };
        if arn.is_empty() {
            return None;
        }
        let session_name = block.map(|block| {
            let variable = variables::ASSUME_ROLE_SESSION_NAME;
            argument(block.session_name.as_deref(), self.env, variable).to_string()
        });
        let session_name = session_name.unwrap_or_default();
        let session_name = [&session_name, of_member("ram_session_name"), SESSION_NAME]
            .into_iter()
            .find(|name| !name.is_empty())
            .unwrap_or(SESSION_NAME)
            .to_owned();
        let text = |given: Option<&String>, member| match of_block {
            true => given.cloned().unwrap_or_default(),
            false => of_member(member).to_owned(),
        };
        Some(Role {
            arn,
            session_name,
            policy: text(block.and_then(|block| block.policy.as_ref()), "policy"),
            external_id: text(block.and_then(|block| block.external_id.as_ref()), "external_id"),
            duration: self.duration(block, members),
        })
    }

    fn duration(&self, block: Option<&RoleArguments>, members: Option<&Members>) -> i64 {
        let given = block.and_then(|block| block.session_expiration).filter(|given| *given != 0);
        let of_env = || {
            let (_, text) = first_set(self.env, variables::ASSUME_ROLE_SESSION_EXPIRATION)?;
            text.trim().parse().ok().filter(|seconds| *seconds > 0)
        };
        given
            .or_else(of_env)
            .or_else(|| members?.seconds("expired_seconds"))
            .unwrap_or(SESSION_SECONDS)
    }
}

/// The values that the official provider uses from a profile, by its mode.
fn member_of<'a>(profile: &'a Profile, member: &str) -> &'a str {
    let taken = match (member, profile.mode.as_str()) {
        ("region_id", _) => true,
        ("access_key_id" | "access_key_secret", "ak" | "ststoken" | "ramrolearn") => true,
        ("sts_token", mode) => mode == "ststoken",
        ("ram_role_name", mode) => mode == "ecsramrole",
        ("access_key_id" | "access_key_secret", _) => profile.has_stray_key(),
        _ => false,
    };
    if taken { profile.members.text(member) } else { "" }
}

fn trim(what: &str, text: Zeroizing<String>) -> Zeroizing<String> {
    let trimmed = text.trim();
    if trimmed.len() == text.len() {
        return text;
    }
    debug!("white space around the {what} is ignored");
    trimmed.to_owned().into()
}
