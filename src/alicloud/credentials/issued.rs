//! Temporary credentials as services write them: STS, the metadata service, a credentials URI,
//! CloudSSO all use the same four members.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};

use super::{Credential, failure::Failure};
use crate::secret::Secret;

/// The four members, and the `Code` that some services add. Fields that are missing are empty, so that the reason can say which.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct Issued {
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
    /// Reads a body that is nothing but this.
    pub(super) fn read(what: &'static str, body: &[u8]) -> Result<Credential, Failure> {
        let issued: Self =
            serde_json::from_slice(body).map_err(|error| Failure::json(what, &error))?;
        issued.credential(what)
    }

    /// The credential, if every member is there and the time can be read.
    pub(super) fn credential(self, what: &'static str) -> Result<Credential, Failure> {
        if self.code.is_some_and(|code| code != "Success") {
            return Err(Failure::Garbled { what, reason: "its Code is not Success".into() });
        }
        let members = [
            ("AccessKeyId", &self.access_key_id),
            ("AccessKeySecret", &self.access_key_secret),
            ("SecurityToken", &self.security_token),
        ];
        if let Some((name, _)) = members.into_iter().find(|(_, member)| member.is_empty()) {
            return Err(Failure::Garbled { what, reason: format!("it has no {name}") });
        }
        Ok(Credential {
            access_key_id: self.access_key_id,
            access_key_secret: self.access_key_secret,
            security_token: Some(self.security_token),
            expires: Some(expiration(self.expiration.as_deref(), what)?),
        })
    }
}

/// A time such as `2026-01-01T00:00:00Z`.
pub(super) fn expiration(text: Option<&str>, what: &'static str) -> Result<Timestamp, Failure> {
    let reason = match text.map(str::parse) {
        Some(Ok(instant)) => return Ok(instant),
        Some(Err(_)) => "its Expiration is no time".into(),
        None => "it has no Expiration".into(),
    };
    Err(Failure::Garbled { what, reason })
}

/// Reads a text member straight into a secret; null is empty.
pub(super) fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    Ok(text.map(|text| text.trim().into()).unwrap_or_default())
}
