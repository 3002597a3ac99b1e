//! The two formats of files with profiles.
//!
//! The CLI's `~/.aliyun/config.json`. Source: aliyun-cli and credentials-go, CLI profile provider. Modes are not
//! case-sensitive, as in the CLI; a missing mode is inferred from the members. Unknown members are ignored.
//!
//! The SDKs' `~/.alibabacloud/credentials`, in ini format. Source: credentials-go and credentials-python, profile
//! provider. Values are cut at `#`, as the Python library does.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::Members;
use crate::{
    alicloud::{
        credentials::error::{Input, SourceError},
        variables,
    },
    secret::Secret,
    text::sanitize,
};

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

/// The modes for which the official provider passes the whole profile to its credential library, in lowercase.
const BY_LIBRARY: [&str; 4] = ["chainableramrolearn", "cloudsso", "external", "oauth"];

/// The modes from which the official provider uses single members.
const BY_MEMBERS: [&str; 4] = ["ak", "ecsramrole", "ramrolearn", "ststoken"];

/// How many profiles a message names.
const MAX_NAMED: usize = 5;

/// How many characters of a name a message shows.
const SHOWN: usize = 80;

/// One profile, or a section of the SDKs' file.
pub(crate) struct Profile {
    pub(crate) name: String,
    /// The mode in lowercase; empty if there is none and it cannot be inferred.
    pub(crate) mode: String,
    /// Whether the file has a mode, which may be empty.
    pub(crate) has_mode: bool,
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
            .map_err(|error| SourceError::json(Input::Profiles, &error))?;
        let profiles = content.profiles.iter().map(Profile::read).collect();
        Ok(Self { current: content.current, profiles })
    }

    /// The profile `name`, which `named_by` names: an argument, a variable or a member.
    pub(crate) fn profile(&self, name: &str, named_by: &str) -> Result<&Profile, SourceError> {
        let mut profiles = self.profiles.iter();
        profiles.find(|profile| profile.name == name).ok_or_else(|| {
            let reason = format!("the file has no profile {}", sanitize(name, SHOWN));
            SourceError::configuration(reason, self.advice(named_by))
        })
    }

    /// The remedy for a name that no profile has: lists the first existing names.
    fn advice(&self, named_by: &str) -> String {
        let names = self.profiles.iter().take(MAX_NAMED);
        let names: Vec<String> = names.map(|profile| sanitize(&profile.name, SHOWN)).collect();
        let more = match self.profiles.len().saturating_sub(MAX_NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        match &names[..] {
            [] => "The file has none; `aliyun configure` creates one.".into(),
            [one] => format!("Correct {named_by}: the file has the profile {one}."),
            _ => format!("Correct {named_by}: the file has {}{more}.", names.join(", ")),
        }
    }

    /// The profile that the CLI uses by default.
    pub(crate) fn current(&self) -> Result<&Profile, SourceError> {
        match self.current.as_deref() {
            None | Some("") => Err(SourceError::configuration(
                "the file names no current profile",
                format!("Name one in {}.", variables::PROFILE.settings()),
            )),
            Some(name) => self.profile(name, "its current profile"),
        }
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
        let has_mode = raw.contains_key("mode");
        let (name, mode) = (members.text("name").to_owned(), mode.to_ascii_lowercase());
        Self { name, mode, has_mode, members }
    }

    /// Whether the official provider passes a profile of this mode to its credential library.
    pub(crate) fn is_by_library(&self) -> bool {
        BY_LIBRARY.contains(&&*self.mode)
    }

    /// Whether it has an access key but a mode that the official provider does not know; the
    /// official provider uses the key in this case.
    pub(crate) fn has_stray_key(&self) -> bool {
        let is_known = self.is_by_library() || BY_MEMBERS.contains(&&*self.mode);
        let has = |member| !self.members.text(member).is_empty();
        !self.mode.is_empty() && !is_known && has("access_key_id") && has("access_key_secret")
    }
}

/// Finds the section `name` in the text of a file.
pub(crate) fn find_section(text: &str, name: &str) -> Result<Profile, SourceError> {
    let mut found = None;
    let mut inside = false;
    for line in text.lines().map(str::trim) {
        if let Some(header) = line.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
            inside = header.trim() == name;
            if inside {
                found.get_or_insert_with(Members::default);
            }
        } else if let (true, Some((key, value))) = (inside, line.split_once('='))
            && let Some(members) = &mut found
            && !line.starts_with(['#', ';'])
        {
            let value = value.split('#').next().unwrap_or_default().trim();
            members.insert(key.trim().to_ascii_lowercase(), value.into());
        }
    }
    match found {
        Some(members) => {
            let (name, mode) = (name.to_owned(), String::new());
            Ok(Profile { name, mode, has_mode: false, members })
        }
        None => Err(SourceError::configuration(
            format!("the file has no section {name}"),
            format!("Add it, or correct {}.", variables::PROFILE.settings()),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_is_found_with_comments_and_white_space() {
        let text = "type = ignored\n; c\n[one]\nkey=1\n [ default ] # x\n Type = access_key # note\n\
                    #k=v\n;l=v\nk\nempty =\n[two]\ntype=other\n";
        let section = find_section(text, "default").ok().unwrap().members;
        assert_eq!(section.text("type"), "access_key");
        for absent in ["k", "#k", "l", ";l", "key"] {
            assert_eq!(section.text(absent), "");
        }
        assert!(section.required("empty").is_err());
        assert!(find_section(text, "three").is_err());
    }
}
