//! What the steps of the resolution order work on, and the choice that they make.
//!
//! A step either chooses a source or leaves the choice to the next one with a reason. The reasons are
//! kept: if no step chooses, they are what the user reads, and `whoami` lists them.

use std::sync::Arc;

use super::{
    CredentialArguments, Source,
    context::SourceContext,
    error::SourceError,
    profile::{Locations, NamedProfile, Profile},
    settings::{SettingOrigin, Settings},
};
use crate::{
    alicloud::endpoint::{
        configured::{ConfiguredEndpoint, Origin as EndpointOrigin},
        is_vpc_type,
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

    /// Completes the region and the endpoints from the profile that is used, where nothing else sets them.
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
    /// Nothing comes from the configured profile, and another source is used.
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
