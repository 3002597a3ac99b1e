//! The sources: one file for each kind, and the code that several of them share.
//!
//! A source that a CLI profile can configure has its [`ProfileMode`] in its file; a source that the provider
//! block or the environment can configure has its step there. The modes that cannot work are here: each
//! says why, and what to use.

pub(super) mod access_key;
pub(super) mod assume_role;
pub(super) mod credentials_uri;
pub(super) mod ecs_role;
pub(super) mod external;
pub(super) mod oidc;
pub(super) mod profile;
pub(super) mod sign_in;

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

use super::{
    Credential, Source,
    context::SourceContext,
    error::{Input, SourceError},
    profile::{Profile, ProfileFile},
};
use crate::{
    secret::Secret,
    text::{self, sanitize},
};

/// The modes of profiles.
pub const MODES: &[ProfileMode] = &[
    access_key::AK,
    access_key::STS_TOKEN,
    assume_role::RAM_ROLE_ARN,
    assume_role::RAM_ROLE_ARN_WITH_ROLE_NAME,
    assume_role::CHAINABLE_RAM_ROLE_ARN,
    ecs_role::MODE,
    oidc::MODE,
    credentials_uri::MODE,
    external::MODE,
    sign_in::CLOUD_SSO,
    sign_in::OAUTH,
    RSA_KEY_PAIR,
    BEARER_TOKEN,
    ANONYMOUS,
];

/// The most profiles in a chain of source profiles.
const MAX_CHAIN: usize = 16;

/// A mode of profiles.
pub struct ProfileMode {
    /// Its name, as the CLI writes it.
    pub name: &'static str,
    /// What it uses, for the documentation.
    pub meaning: &'static str,
    /// Creates the source.
    pub(crate) source: fn(ModeInput<'_>) -> Result<Arc<dyn Source>, SourceError>,
}

/// The input for creating a source.
#[derive(Clone, Copy)]
pub(crate) struct ModeInput<'a> {
    pub(crate) profile: &'a Profile,
    pub(crate) context: &'a SourceContext,
    file: &'a ProfileFile,
    /// The profiles that use this one as their source, the outermost first.
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

impl ModeInput<'_> {
    /// The source of the profile that this one's `source_profile` names, and what to call it.
    pub(crate) fn source_profile(self) -> Result<(String, Arc<dyn Source>), SourceError> {
        let member = "source_profile";
        let profile = self.file.profile(self.profile.members.required(member)?, member)?;
        let names = self.before.names();
        if names.contains(&profile.name.as_str()) {
            let chain = names.join(" to ");
            return Err(SourceError::configuration(
                format!("the source profiles form a cycle: {chain} to {}", profile.name),
                "Let source_profile of one of them name a profile that is not in the cycle.",
            ));
        }
        if names.len() >= MAX_CHAIN {
            return Err(SourceError::configuration(
                format!("more than {MAX_CHAIN} profiles are in the chain of source profiles"),
                "Let source_profile name a profile nearer to the end of the chain.",
            ));
        }
        let before = Before { name: &profile.name, outer: Some(self.before) };
        let source = source_of(ModeInput { profile, before: &before, ..self })?;
        Ok((format!("the source profile {}", profile.name), source))
    }
}

/// The source that `profile` of `file` describes.
pub(crate) fn of_profile(
    profile: &Profile,
    file: &ProfileFile,
    context: &SourceContext,
) -> Result<Arc<dyn Source>, SourceError> {
    let before = Before { name: &profile.name, outer: None };
    source_of(ModeInput { profile, context, file, before: &before })
}

fn source_of(given: ModeInput<'_>) -> Result<Arc<dyn Source>, SourceError> {
    let profile = given.profile;
    match MODES.iter().find(|mode| mode.name.eq_ignore_ascii_case(&profile.mode)) {
        Some(mode) => (mode.source)(given),
        None if profile.mode.is_empty() => Err(SourceError::configuration(
            "the profile has no mode, and it cannot be inferred from its members",
            "Set its mode and what that needs, or run `aliyun configure` for it.",
        )),
        None => {
            let mode = sanitize(profile.members.text("mode"), 40);
            let known: Vec<&str> = MODES.iter().map(|mode| mode.name).collect();
            let remedy = format!("Correct it: the modes are {}.", known.join(", "));
            Err(SourceError::configuration(format!("the mode {mode:?} is not known"), remedy))
        }
    }
}

/// The profile mode Anonymous.
pub(crate) const ANONYMOUS: ProfileMode = ProfileMode {
    name: "Anonymous",
    meaning: "Not supported: ECS accepts signed calls only.",
    source: |_| {
        Err(SourceError::configuration(
            "the mode Anonymous signs nothing, and ECS accepts signed calls only",
            "Use a profile with an access key or a role.",
        ))
    },
};

/// The profile mode BearerToken.
pub(crate) const BEARER_TOKEN: ProfileMode = ProfileMode {
    name: "BearerToken",
    meaning: "Not supported: ECS documents signed calls only, and no bearer tokens.",
    source: |_| no_bearer_tokens(),
};

/// The profile mode RsaKeyPair.
pub(crate) const RSA_KEY_PAIR: ProfileMode = ProfileMode {
    name: "RsaKeyPair",
    meaning: "Not supported: they are documented for the Japanese site only, and the CLI deprecates them.",
    source: |_| no_key_pairs(),
};

/// The error for a profile with a bearer token, which cannot work.
pub(crate) fn no_bearer_tokens<T>() -> Result<T, SourceError> {
    Err(SourceError::configuration(
        "bearer tokens are not supported: ECS does not document them for its API",
        "Use a profile with an access key or a role, or exchange the token for a role with mode OIDC.",
    ))
}

/// The error for a profile with a key pair, which cannot work.
pub(crate) fn no_key_pairs<T>() -> Result<T, SourceError> {
    Err(SourceError::configuration(
        "key pairs are not supported: they are documented for the Japanese site only, and the CLI \
         deprecates them",
        "Use an access key of a RAM user, or a role (modes AK and RamRoleArn).",
    ))
}

/// A temporary credential as services return it: STS, the metadata service, credentials URIs and CloudSSO all use the
/// same four members, and some add a `Code`. Missing members are empty, so that the error can name them.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(crate) struct Issued {
    code: Option<String>,
    #[serde(deserialize_with = "secret")]
    access_key_id: Secret,
    #[serde(deserialize_with = "secret")]
    access_key_secret: Secret,
    #[serde(deserialize_with = "secret")]
    security_token: Secret,
    expiration: Option<String>,
}

impl Issued {
    /// Decodes a body that consists of these members.
    pub(crate) fn read(input: Input, body: &[u8]) -> Result<Credential, SourceError> {
        Self::parse(input, body)?.credential(input)
    }

    /// The same for a server of the user: a key is sufficient, as with the official provider.
    /// Without a valid expiration time, the credential is used until the service rejects it.
    pub(crate) fn read_open_ended(input: Input, body: &[u8]) -> Result<Credential, SourceError> {
        Self::parse(input, body)?.key(input)
    }

    fn parse(input: Input, body: &[u8]) -> Result<Self, SourceError> {
        let text = text::decode(body).ok_or_else(|| SourceError::Garbled {
            input,
            reason: "it is neither UTF-8 nor UTF-16".into(),
        })?;
        serde_json::from_str(&text).map_err(|error| SourceError::json(input, &error))
    }

    /// The credential, if all members are present and the time is valid.
    pub(crate) fn credential(self, input: Input) -> Result<Credential, SourceError> {
        let end = self.expiration.clone();
        let credential = self.key(input)?;
        if credential.security_token.is_none() {
            return Err(SourceError::Garbled { input, reason: "it has no SecurityToken".into() });
        }
        Ok(Credential { expires: Some(expiration(end.as_deref(), input)?), ..credential })
    }

    /// The key, with its token and expiration if they are present.
    fn key(self, input: Input) -> Result<Credential, SourceError> {
        if self.code.is_some_and(|code| code != "Success") {
            return Err(SourceError::Garbled { input, reason: "its Code is not Success".into() });
        }
        let members =
            [("AccessKeyId", &self.access_key_id), ("AccessKeySecret", &self.access_key_secret)];
        if let Some((name, _)) = members.into_iter().find(|(_, member)| member.is_empty()) {
            return Err(SourceError::Garbled { input, reason: format!("it has no {name}") });
        }
        Ok(Credential {
            access_key_id: self.access_key_id,
            access_key_secret: self.access_key_secret,
            security_token: (!self.security_token.is_empty()).then_some(self.security_token),
            expires: self.expiration.and_then(|end| end.parse().ok()),
        })
    }
}

/// A time such as `2026-01-01T00:00:00Z`.
pub(crate) fn expiration(text: Option<&str>, input: Input) -> Result<Timestamp, SourceError> {
    let reason = match text.map(str::parse) {
        Some(Ok(instant)) => return Ok(instant),
        Some(Err(_)) => "its Expiration is not a time".into(),
        None => "it has no Expiration".into(),
    };
    Err(SourceError::Garbled { input, reason })
}

/// Decodes a string member directly into a secret; null is empty.
pub(crate) fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?.map(Zeroizing::new);
    Ok(text.map(|text| text.trim().into()).unwrap_or_default())
}
