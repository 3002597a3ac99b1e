//! The sources: one file for each kind, and what several of them share.
//!
//! A source that a CLI profile can configure has its [`Mode`] in its file; a source that the provider
//! block or the environment can configure has its step there. The modes that cannot work are here: each
//! says why, and what to use.

pub(super) mod access_key;
pub(super) mod assume_role;
pub(super) mod credentials_uri;
pub(super) mod ecs_role;
pub(super) mod oidc;
pub(super) mod process;
pub(super) mod sign_in;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

use super::{Credential, error::SourceError, profile::Mode};
use crate::secret::Secret;

/// The profile mode Anonymous.
pub(crate) const ANONYMOUS: Mode = Mode {
    name: "Anonymous",
    by_library: false,
    meaning: "Not supported: ECS accepts signed calls only.",
    source: |_| {
        unsupported(
            "the mode Anonymous signs nothing, and ECS accepts signed calls only: use a profile \
             with an access key or a role",
        )
    },
};

/// The profile mode BearerToken.
pub(crate) const BEARER_TOKEN: Mode = Mode {
    name: "BearerToken",
    by_library: false,
    meaning: "Not supported: ECS documents signed calls only, and no bearer tokens.",
    source: |_| {
        unsupported(
            "the mode BearerToken is not supported: ECS does not document bearer tokens for its \
             API. Use a profile with an access key or a role, or exchange the token for a role \
             with mode OIDC",
        )
    },
};

/// The profile mode RsaKeyPair.
pub(crate) const RSA_KEY_PAIR: Mode = Mode {
    name: "RsaKeyPair",
    by_library: false,
    meaning: "Not supported: STS offers key pairs on one site only, and the CLI deprecates them.",
    source: |_| {
        unsupported(
            "the mode RsaKeyPair is not supported: STS offers key pairs on the Japanese site only, \
             and the CLI deprecates them. Use mode AK with an access key of a RAM user, or \
             RamRoleArn",
        )
    },
};

fn unsupported<T>(reason: &str) -> Result<T, SourceError> {
    Err(SourceError::Unusable(reason.into()))
}

/// A temporary credential as services write it: STS, the metadata service, credentials URIs and
/// CloudSSO all use the same four members, and some add a `Code`. Fields that are missing are empty,
/// so that the reason can say which.
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
    pub(crate) fn read(what: &'static str, body: &[u8]) -> Result<Credential, SourceError> {
        Self::parse(what, body)?.credential(what)
    }

    /// The same for a server of the user: a key is sufficient, as with the official provider.
    /// Without a valid expiration time, the credential is used until the service rejects it.
    pub(crate) fn read_open_ended(
        what: &'static str,
        body: &[u8],
    ) -> Result<Credential, SourceError> {
        Self::parse(what, body)?.key(what)
    }

    fn parse(what: &'static str, body: &[u8]) -> Result<Self, SourceError> {
        serde_json::from_slice(body).map_err(|error| SourceError::json(what, &error))
    }

    /// The credential, if all members are present and the time is valid.
    pub(crate) fn credential(self, what: &'static str) -> Result<Credential, SourceError> {
        let end = self.expiration.clone();
        let credential = self.key(what)?;
        if credential.security_token.is_none() {
            return Err(SourceError::Garbled { what, reason: "it has no SecurityToken".into() });
        }
        Ok(Credential { expires: Some(expiration(end.as_deref(), what)?), ..credential })
    }

    /// The key, with its token and expiration if they are present.
    fn key(self, what: &'static str) -> Result<Credential, SourceError> {
        if self.code.is_some_and(|code| code != "Success") {
            return Err(SourceError::Garbled { what, reason: "its Code is not Success".into() });
        }
        let members =
            [("AccessKeyId", &self.access_key_id), ("AccessKeySecret", &self.access_key_secret)];
        if let Some((name, _)) = members.into_iter().find(|(_, member)| member.is_empty()) {
            return Err(SourceError::Garbled { what, reason: format!("it has no {name}") });
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
pub(crate) fn expiration(text: Option<&str>, what: &'static str) -> Result<Timestamp, SourceError> {
    let reason = match text.map(str::parse) {
        Some(Ok(instant)) => return Ok(instant),
        Some(Err(_)) => "its Expiration is not a time".into(),
        None => "it has no Expiration".into(),
    };
    Err(SourceError::Garbled { what, reason })
}

/// Decodes a string member directly into a secret; null is empty.
pub(crate) fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?.map(Zeroizing::new);
    Ok(text.map(|text| text.trim().into()).unwrap_or_default())
}
