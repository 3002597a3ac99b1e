//! Profiles: the CLI's configuration file, the SDKs' ini file, and the members that both have.

mod cli;
mod files;
mod ini;

pub(crate) use cli::{Given, Profile, ProfileFile};
pub use cli::{MODES, Mode};
pub(crate) use files::{CredentialsFile, Locations, read_text};

use std::collections::BTreeMap;

use super::{
    chain::{Choice, Resolver},
    context::SourceContext,
    error::SourceError,
    sources::assume_role::Role,
};
use crate::{
    alicloud::{
        endpoint::configured::{ConfiguredEndpoint, Origin},
        variables::{self, is_on},
    },
    secret::Secret,
};

/// The default session name, as with the official provider.
pub(crate) const SESSION_NAME: &str = "terraform";

/// The default duration of a session, in seconds. Source: STS API, AssumeRole.
pub(crate) const SESSION_SECONDS: i64 = 3600;

/// Named strings. Numbers and booleans keep their spelling.
#[derive(Default)]
pub(crate) struct Members(BTreeMap<String, Secret>);

impl Members {
    pub(crate) fn insert(&mut self, name: String, value: Secret) {
        self.0.insert(name, value);
    }

    /// A member; empty where there is none.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.0.get(name).map(Secret::expose).unwrap_or_default()
    }

    /// The first of several members that is not empty.
    pub(crate) fn first(&self, names: &[&str]) -> &str {
        names.iter().map(|name| self.text(name)).find(|text| !text.is_empty()).unwrap_or_default()
    }

    /// A required member.
    pub(crate) fn required(&self, name: &str) -> Result<&str, SourceError> {
        match self.text(name) {
            "" => Err(SourceError::Missing(format!("{name} is not set"))),
            text => Ok(text),
        }
    }

    /// A number of seconds that is more than zero.
    pub(crate) fn seconds(&self, name: &str) -> Option<i64> {
        self.text(name).parse().ok().filter(|seconds| *seconds > 0)
    }

    /// The role whose ARN is the member `arn`; the rest under the names that files use.
    pub(crate) fn role(&self, arn: &str) -> Result<Role, SourceError> {
        let session_name = match self.first(&["ram_session_name", "role_session_name"]) {
            "" => SESSION_NAME,
            name => name,
        };
        Ok(Role {
            arn: self.required(arn)?.to_owned(),
            session_name: session_name.to_owned(),
            policy: self.text("policy").to_owned(),
            external_id: self.text("external_id").to_owned(),
            duration: self.seconds("expired_seconds").unwrap_or(SESSION_SECONDS),
        })
    }
}

/// The profile that is configured by name.
pub(crate) struct NamedProfile {
    name: String,
    path: Option<String>,
    file: Result<ProfileFile, SourceError>,
}

impl NamedProfile {
    /// Looks for the profile `name` in its file.
    pub(crate) async fn read(name: &str, locations: &Locations, context: &SourceContext) -> Self {
        let (path, file) = match CredentialsFile::read(locations.profiles(), context).await {
            Ok(file) if file.is_json() => (Some(file.path), ProfileFile::parse(&file.text)),
            Ok(file) => {
                let reason = "the file is not in the form of the CLI";
                (Some(file.path), Err(SourceError::Unusable(reason.into())))
            }
            Err(error) => (None, Err(error)),
        };
        Self { name: name.to_owned(), path, file }
    }

    /// The profile, if it can be read.
    pub(crate) fn readable(&self) -> Option<&Profile> {
        self.profile().ok()
    }

    fn profile(&self) -> Result<&Profile, SourceError> {
        self.file.as_ref().map_err(SourceError::clone)?.profile(&self.name)
    }

    /// Its name in messages and the reason, if it cannot be read.
    pub(crate) fn failure(&self) -> Option<(String, String)> {
        Some((self.label(), self.profile().err()?.to_string()))
    }

    /// Its name in messages.
    pub(crate) fn label(&self) -> String {
        match &self.path {
            Some(path) => format!("the profile {} of {path}", self.name),
            None => format!("the profile {}", self.name),
        }
    }

    fn choose(&self, context: &SourceContext) -> Option<Choice> {
        // The official provider's credential library has this switch for these modes, its own code
        // does not.
        let forbidden = self.readable().is_some_and(Profile::is_by_library)
            && is_on(context.ctx.env.as_ref(), variables::CLI_PROFILE_DISABLED);
        let source = match (&self.file, self.profile()) {
            _ if forbidden => Err(SourceError::forbidden(variables::CLI_PROFILE_DISABLED.names)),
            (Ok(file), Ok(profile)) => file.source(profile, context),
            (_, Err(error)) => Err(error),
            (Err(error), _) => Err(error.clone()),
        };
        Choice::new(self.label(), source)
    }
}

/// Completes the endpoints from a profile, where nothing else sets them.
pub(crate) fn fill_endpoints(context: &mut SourceContext, profile: &Profile, label: &str) {
    let endpoints = &mut context.endpoints;
    let sts = profile.members.text("sts_endpoint");
    if endpoints.sts.is_none() && !sts.is_empty() {
        let origin = Origin::Profile(label.to_owned());
        endpoints.sts = Some(ConfiguredEndpoint { text: sts.to_owned(), origin });
    }
    if endpoints.vpc.is_none() && profile.members.text("endpoint_type").eq_ignore_ascii_case("vpc")
    {
        endpoints.vpc = Some(true);
    }
}

/// A named profile of one of the modes that the official provider hands to the credential library.
pub(crate) fn choose_by_library(resolver: &mut Resolver<'_>) -> Option<Choice> {
    let named = resolver.profile.as_ref()?;
    if named.readable().is_some_and(Profile::is_by_library) {
        return named.choose(&resolver.context);
    }
    None
}

/// A named profile of any mode; else a section of that name.
pub(crate) async fn choose_named(resolver: &mut Resolver<'_>) -> Option<Choice> {
    let named = resolver.profile.as_ref()?;
    if named.readable().is_some() {
        return named.choose(&resolver.context);
    }
    match find_section(resolver, &named.name).await {
        Ok(section) => section,
        Err(skipped) => {
            let choice = named.choose(&resolver.context);
            resolver.skipped.extend(skipped);
            choice
        }
    }
}

/// What the SDKs use where nothing is named: the CLI's current profile, then the default section of
/// the ini file. A file that the provider block names comes before one that it does not.
pub(crate) async fn choose_default(resolver: &mut Resolver<'_>) -> Option<Choice> {
    let form = named_form(resolver).await;
    if let (true, Some(Err(error))) = (resolver.locations.named_in_block, &form) {
        return Choice::new("shared_credentials_file", Err(error.clone()));
    }
    let ini_first = resolver.locations.named_in_block && matches!(form, Some(Ok(FileForm::Ini)));
    if ini_first && let Some(choice) = choose_section(resolver).await {
        return Some(choice);
    }
    if let Some(choice) = choose_current(resolver).await {
        return Some(choice);
    }
    if ini_first { None } else { choose_section(resolver).await }
}

/// The form of a file of profiles.
enum FileForm {
    Ini,
    Json,
}

/// The form of the file that is named, where one is.
async fn named_form(resolver: &Resolver<'_>) -> Option<Result<FileForm, SourceError>> {
    let path = resolver.locations.named.as_ref()?;
    let file = CredentialsFile::read(path, &resolver.context).await;
    Some(file.map(|file| if file.is_json() { FileForm::Json } else { FileForm::Ini }))
}

async fn choose_current(resolver: &mut Resolver<'_>) -> Option<Choice> {
    let name = "the current profile of the CLI";
    if is_on(resolver.env(), variables::CLI_PROFILE_DISABLED) {
        let error = SourceError::forbidden(variables::CLI_PROFILE_DISABLED.names);
        return resolver.skip(name, error);
    }
    let path = match &resolver.locations.named {
        Some(named) if matches!(named_form(resolver).await, Some(Ok(FileForm::Json))) => named,
        _ => &resolver.locations.cli,
    };
    let file = match CredentialsFile::read(path, &resolver.context).await {
        Ok(file) => file,
        Err(error) => return resolver.skip(name, error),
    };
    let profiles = ProfileFile::parse(&file.text);
    let current = profiles.as_ref().map_err(SourceError::clone).and_then(ProfileFile::current);
    let (profiles, profile) = match (&profiles, current) {
        (Ok(profiles), Ok(profile)) => (profiles, profile),
        (_, Err(error)) => return resolver.skip(format!("{name} in {}", file.path), error),
        (Err(error), _) => return resolver.skip(format!("{name} in {}", file.path), error),
    };
    if let (true, region) = (resolver.settings.region.is_empty(), profile.members.text("region_id"))
        && !region.is_empty()
    {
        region.clone_into(&mut resolver.settings.region);
        region.clone_into(&mut resolver.context.region);
    }
    let label = format!("the profile {} of {}", profile.name, file.path);
    fill_endpoints(&mut resolver.context, profile, &label);
    Choice::new(label, profiles.source(profile, &resolver.context))
}

async fn choose_section(resolver: &mut Resolver<'_>) -> Option<Choice> {
    match find_section(resolver, "default").await {
        Ok(choice) => choice,
        Err(skipped) => {
            resolver.skipped.extend(skipped);
            None
        }
    }
}

/// The section `name` of the first ini file that has one; else what was skipped.
async fn find_section(
    resolver: &Resolver<'_>,
    name: &str,
) -> Result<Option<Choice>, Vec<(String, String)>> {
    let is_json = matches!(named_form(resolver).await, Some(Ok(FileForm::Json)));
    let named = resolver.locations.named.iter().filter(|_| !is_json);
    let mut skipped = Vec::new();
    for path in named.chain(&resolver.locations.ini) {
        let file = match CredentialsFile::read(path, &resolver.context).await {
            Ok(file) => file,
            Err(error) => {
                skipped.push(("the credentials file of the SDKs".into(), error.to_string()));
                continue;
            }
        };
        let label = format!("the section {name} of {}", file.path);
        match ini::find_section(&file.text, name) {
            Ok(section) => {
                return Ok(Choice::new(label, ini::source(&section, &resolver.context)));
            }
            Err(error) => skipped.push((label, error.to_string())),
        }
    }
    Err(skipped)
}
