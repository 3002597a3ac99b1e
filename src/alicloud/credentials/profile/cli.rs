//! Profiles of the CLI's file `~/.aliyun/config.json`.
//!
//! Source: aliyun-cli and credentials-go, CLI profile provider. Modes are read in any case, as the
//! CLI does; where there is none it follows from the members. Unknown members are left alone.

use std::{collections::BTreeMap, sync::Arc};

use serde::Deserialize;
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::Members;
use crate::{
    alicloud::credentials::{
        Source,
        context::SourceContext,
        error::SourceError,
        sources::{
            self, access_key, assume_role, credentials_uri, ecs_role, oidc, process, sign_in,
        },
    },
    secret::Secret,
    text::sanitize,
};

/// The modes of profiles.
pub const MODES: &[Mode] = &[
    access_key::AK,
    access_key::STS_TOKEN,
    assume_role::RAM_ROLE_ARN,
    assume_role::RAM_ROLE_ARN_WITH_ROLE_NAME,
    assume_role::CHAINABLE_RAM_ROLE_ARN,
    ecs_role::MODE,
    oidc::MODE,
    credentials_uri::MODE,
    process::MODE,
    sign_in::CLOUD_SSO,
    sign_in::OAUTH,
    sources::RSA_KEY_PAIR,
    sources::BEARER_TOKEN,
    sources::ANONYMOUS,
];

/// How to infer the mode of a profile without one, in the order of the CLI: the first row whose
/// members are all present.
const RECOGNIZED: &[(&[&str], &str)] = &[
    (&["access_key_id", "access_key_secret", "ram_role_arn"], "RamRoleArn"),
    (&["access_key_id", "access_key_secret", "sts_token"], "StsToken"),
    (&["access_key_id", "access_key_secret"], "AK"),
    (&["ram_role_name", "ram_role_arn"], "RamRoleArnWithRoleName"),
    (&["ram_role_name"], "EcsRamRole"),
    (&["private_key", "key_pair_name"], "RsaKeyPair"),
    (&["process_command"], "External"),
    (&["source_profile"], "ChainableRamRoleArn"),
    (&["oidc_provider_arn", "oidc_token_file"], "OIDC"),
    (&["cloud_sso_sign_in_url"], "CloudSSO"),
    (&["credentials_uri"], "CredentialsURI"),
    (&["oauth_access_token"], "OAuth"),
];

/// The most profiles in a chain of source profiles.
const MAX_CHAIN: usize = 16;

/// A mode of profiles.
pub struct Mode {
    /// Its name, as the CLI writes it.
    pub name: &'static str,
    /// What it uses, for the documentation.
    pub meaning: &'static str,
    /// Whether the official provider hands such a profile to the credential library as a whole,
    /// rather than taking single members from it.
    pub(crate) by_library: bool,
    /// Creates the source.
    pub(crate) source: fn(Given<'_>) -> Result<Arc<dyn Source>, SourceError>,
}

/// The input for creating a source.
#[derive(Clone, Copy)]
pub(crate) struct Given<'a> {
    pub(crate) profile: &'a Profile,
    pub(crate) context: &'a SourceContext,
    file: &'a ProfileFile,
    /// The profiles that this one is the source of, the first one outermost.
    before: &'a Before<'a>,
}

/// The profiles before one in a chain.
pub(crate) struct Before<'a> {
    name: &'a str,
    outer: Option<&'a Self>,
}

impl Before<'_> {
    fn names(&self) -> Vec<&str> {
        let mut names = self.outer.map(Before::names).unwrap_or_default();
        names.push(self.name);
        names
    }
}

/// One profile, or a section of the SDKs' file.
pub(crate) struct Profile {
    pub(crate) name: String,
    /// The mode in lower case; empty if there is none and it cannot be inferred.
    pub(crate) mode: String,
    pub(crate) members: Members,
}

/// A file with profiles in the CLI's form.
pub(crate) struct ProfileFile {
    current: Option<String>,
    profiles: Vec<Profile>,
}

#[derive(Deserialize)]
struct Content<'a> {
    #[serde(default)]
    current: Option<String>,
    #[serde(borrow)]
    profiles: Vec<BTreeMap<String, &'a RawValue>>,
}

impl ProfileFile {
    /// Reads the text of a file.
    pub(crate) fn parse(text: &str) -> Result<Self, SourceError> {
        let content: Content<'_> = serde_json::from_str(text)
            .map_err(|error| SourceError::json("the file of profiles", &error))?;
        let profiles = content.profiles.iter().map(Profile::read).collect();
        Ok(Self { current: content.current, profiles })
    }

    /// The profile `name`.
    pub(crate) fn profile(&self, name: &str) -> Result<&Profile, SourceError> {
        let mut profiles = self.profiles.iter();
        profiles.find(|profile| profile.name == name).ok_or_else(|| {
            SourceError::Missing(format!("the file has no profile {}", sanitize(name, 80)))
        })
    }

    /// The profile that the CLI uses where none is named.
    pub(crate) fn current(&self) -> Result<&Profile, SourceError> {
        match self.current.as_deref() {
            None | Some("") => {
                Err(SourceError::Missing("the file names no current profile".into()))
            }
            Some(name) => self.profile(name),
        }
    }

    /// The source that `profile` describes.
    pub(crate) fn source(
        &self,
        profile: &Profile,
        context: &SourceContext,
    ) -> Result<Arc<dyn Source>, SourceError> {
        let before = Before { name: &profile.name, outer: None };
        profile.source(Given { profile, context, file: self, before: &before })
    }
}

impl Given<'_> {
    /// The source of the profile that this one's `source_profile` names, and what to call it.
    pub(crate) fn source_profile(self) -> Result<(String, Arc<dyn Source>), SourceError> {
        let profile = self.file.profile(self.profile.members.required("source_profile")?)?;
        let names = self.before.names();
        if names.contains(&profile.name.as_str()) {
            let chain = names.join(" to ");
            return Err(SourceError::Unusable(format!(
                "the source profiles form a cycle: {chain} to {}",
                profile.name
            )));
        }
        if names.len() >= MAX_CHAIN {
            return Err(SourceError::Unusable(format!(
                "more than {MAX_CHAIN} profiles are in the chain of source profiles"
            )));
        }
        let before = Before { name: &profile.name, outer: Some(self.before) };
        let source = profile.source(Given { profile, before: &before, ..self })?;
        Ok((format!("the source profile {}", profile.name), source))
    }
}

impl Profile {
    fn read(raw: &BTreeMap<String, &RawValue>) -> Self {
        let mut members = Members::default();
        for (name, value) in raw {
            let text = value.get();
            let member = match text.as_bytes().first() {
                Some(b'"') => serde_json::from_str::<String>(text)
                    .map(Zeroizing::new)
                    .map(|text| text.trim().into())
                    .ok(),
                Some(b'-' | b'0'..=b'9' | b't' | b'f') => Some(Secret::new(text)),
                _ => None,
            };
            if let Some(member) = member {
                members.insert(name.clone(), member);
            }
        }
        let mode = match members.text("mode") {
            "" => {
                let there =
                    |names: &[&str]| names.iter().all(|name| !members.text(name).is_empty());
                RECOGNIZED.iter().find(|(names, _)| there(names)).map_or("", |(_, mode)| mode)
            }
            mode => mode,
        };
        Self { name: members.text("name").to_owned(), mode: mode.to_ascii_lowercase(), members }
    }

    fn known_mode(&self) -> Option<&'static Mode> {
        MODES.iter().find(|mode| mode.name.eq_ignore_ascii_case(&self.mode))
    }

    /// Whether the official provider hands this profile to the credential library.
    pub(crate) fn is_by_library(&self) -> bool {
        self.known_mode().is_some_and(|mode| mode.by_library)
    }

    fn source(&self, given: Given<'_>) -> Result<Arc<dyn Source>, SourceError> {
        match self.known_mode() {
            Some(mode) => (mode.source)(given),
            None if self.mode.is_empty() => {
                let reason = "the profile has no mode, and it cannot be inferred from its members";
                Err(SourceError::Missing(reason.into()))
            }
            None => {
                let mode = sanitize(self.members.text("mode"), 40);
                Err(SourceError::Unusable(format!("the mode {mode:?} is not known")))
            }
        }
    }
}
