//! Profiles as sources: the named one, the CLI's current one, and sections of the SDKs' file.

use std::sync::Arc;

use super::{access_key, assume_role, ecs_role, oidc};
use crate::{
    alicloud::{
        credentials::{
            Source,
            context::SourceContext,
            error::SourceError,
            profile::{CredentialsFile, NamedProfile, Profile, ProfileFile, find_section},
            resolver::{Choice, Resolver},
        },
        variables::{self, is_on},
    },
    text::sanitize,
};

/// The remedy for a type that is missing or unknown.
const TYPES: &str =
    "Set type to access_key, sts, ecs_ram_role, ram_role_arn or oidc_role_arn in this section.";

/// A named profile of one of the modes that the official provider passes to the credential library.
pub(crate) fn choose_by_library(resolver: &mut Resolver<'_>) -> Option<Choice> {
    let named = resolver.profile.as_ref()?;
    if named.counting_officially().is_some_and(Profile::is_by_library) {
        return choose(named, &resolver.context);
    }
    None
}

/// A named profile of any mode, or else a section with that name. No source of the official
/// provider is configured at this step, so the SDKs' variable is used too, and a profile without a
/// mode.
pub(crate) async fn choose_named(resolver: &mut Resolver<'_>) -> Option<Choice> {
    if resolver.profile.is_none() && resolver.arguments.profile.is_none() {
        resolver.profile = NamedProfile::of_sdks(&resolver.locations, &resolver.context).await;
    }
    let named = resolver.profile.take()?;
    let choice = choose_profile_or_section(resolver, &named).await;
    resolver.profile = Some(named);
    choice
}

async fn choose_profile_or_section(
    resolver: &mut Resolver<'_>,
    named: &NamedProfile,
) -> Option<Choice> {
    if let Some(profile) = named.readable() {
        resolver.complete(profile, &named.label());
        return choose(named, &resolver.context);
    }
    match choose_section_named(resolver, &named.name).await {
        Ok(section) => section,
        Err(skipped) => {
            let choice = choose(named, &resolver.context);
            resolver.skipped.extend(skipped);
            choice
        }
    }
}

/// The SDKs' default: the CLI's current profile, then the default section of the ini file. A file
/// that the provider block names has precedence over others.
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

/// The format of a file of profiles.
enum FileForm {
    Ini,
    Json,
}

/// The format of the named file, if there is one.
async fn named_form(resolver: &Resolver<'_>) -> Option<Result<FileForm, SourceError>> {
    let path = resolver.locations.named.as_ref()?;
    let file = CredentialsFile::read(path, &resolver.context).await;
    Some(file.map(|file| if file.is_json() { FileForm::Json } else { FileForm::Ini }))
}

async fn choose_current(resolver: &mut Resolver<'_>) -> Option<Choice> {
    let name = "the current profile of the CLI";
    let switches = [variables::CLI_PROFILE_DISABLED, variables::PROFILE_IGNORED];
    if let Some(switch) = switches.into_iter().find(|switch| is_on(resolver.env(), *switch)) {
        return resolver.skip(name, SourceError::Forbidden(switch.first()));
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
    let label = format!("the profile {} of {}", profile.name, file.path);
    resolver.complete(profile, &label);
    Choice::new(label, super::of_profile(profile, profiles, &resolver.context))
}

async fn choose_section(resolver: &mut Resolver<'_>) -> Option<Choice> {
    match choose_section_named(resolver, "default").await {
        Ok(choice) => choice,
        Err(skipped) => {
            resolver.skipped.extend(skipped);
            None
        }
    }
}

/// The section `name` of the first ini file that has it; otherwise adds the skipped sources.
async fn choose_section_named(
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
        match find_section(&file.text, name) {
            Ok(section) => {
                return Ok(Choice::new(label, of_section(&section, &resolver.context)));
            }
            Err(error) => skipped.push((label, error.to_string())),
        }
    }
    Err(skipped)
}

fn choose(named: &NamedProfile, context: &SourceContext) -> Option<Choice> {
    // The official provider's credential library checks this switch for these modes; its own code
    // does not.
    let forbidden = named.readable().is_some_and(Profile::is_by_library)
        && is_on(context.ctx.env.as_ref(), variables::CLI_PROFILE_DISABLED);
    let source = match (&named.file, named.profile()) {
        _ if forbidden => Err(SourceError::Forbidden(variables::CLI_PROFILE_DISABLED.first())),
        (Ok(file), Ok(profile)) => super::of_profile(profile, file, context),
        (_, Err(error)) => Err(error),
        (Err(error), _) => Err(error.clone()),
    };
    Choice::new(named.label(), source)
}

/// The source that a section describes.
fn of_section(section: &Profile, context: &SourceContext) -> Result<Arc<dyn Source>, SourceError> {
    let members = &section.members;
    match members.text("type") {
        "access_key" => access_key::of_profile(section, ""),
        "sts" => access_key::of_profile(section, members.required("security_token")?),
        "ecs_ram_role" => ecs_role::source(members.text("role_name"), false, context),
        "ram_role_arn" => {
            let base = access_key::of_profile(section, "")?;
            let role = members.role("role_arn")?;
            Ok(assume_role::source("the section itself".into(), base, role, None, context))
        }
        "oidc_role_arn" => {
            let token = oidc::IdToken::File(members.required("oidc_token_file_path")?.into());
            let provider = members.required("oidc_provider_arn")?;
            Ok(oidc::source(provider, token, members.role("role_arn")?, None, context))
        }
        "rsa_key_pair" => super::no_key_pairs(),
        "bearer" => super::no_bearer_tokens(),
        "" => Err(SourceError::configuration("the section has no type", TYPES)),
        other => {
            let other = sanitize(other, 40);
            Err(SourceError::configuration(format!("the type {other:?} is not supported"), TYPES))
        }
    }
}
