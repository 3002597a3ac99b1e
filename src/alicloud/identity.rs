//! Whose credentials sign the calls. Source: STS API 2015-04-01, GetCallerIdentity.

use serde::Deserialize;

use super::decode;
use crate::text::ExternalText;

/// The API version of STS.
pub(super) const VERSION: &str = "2015-04-01";

/// The identity that a credential belongs to, as STS reports it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "PascalCase")]
pub struct Identity {
    /// `AccountId`: digits.
    #[serde(deserialize_with = "text")]
    pub account_id: ExternalText,
    /// `Arn`: of the account, a RAM user, or a session of a role.
    #[serde(deserialize_with = "text")]
    pub arn: ExternalText,
}

impl Identity {
    /// The role whose session it is: `ROLE` of `acs:ram::ACCOUNT:assumed-role/ROLE/SESSION`.
    pub fn role(&self) -> Option<ExternalText> {
        let (_, session) = self.arn.raw().split_once(":assumed-role/")?;
        session.split('/').next().filter(|role| !role.is_empty()).map(ExternalText::from)
    }
}

/// Reads the response to GetCallerIdentity.
///
/// # Errors
///
/// [`decode::Error::Unexpected`] where account or ARN is missing.
pub(super) fn read(body: &[u8]) -> Result<Identity, decode::Error> {
    // The words of the JSON library would quote the body, which may hold the request sent back.
    serde_json::from_slice(body).map_err(|_| decode::Error::Unexpected {
        reason: "the members AccountId and Arn are missing".into(),
        request_id: None,
    })
}

fn text<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<ExternalText, D::Error> {
    String::deserialize(deserializer).map(ExternalText::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_of_a_role_names_the_role() {
        let role = |arn: &str| {
            let body = format!(r#"{{"AccountId":"1","Arn":"{arn}","RequestId":"R"}}"#);
            read(body.as_bytes()).unwrap().role()
        };
        assert_eq!(role("acs:ram::1:assumed-role/reader/session").unwrap(), "reader");
        assert_eq!(role("acs:ram::1:user/jane"), None);
        assert_eq!(role("acs:ram::1:root"), None);
    }

    #[test]
    fn a_response_without_account_is_not_an_identity() {
        for body in [r#"{"Arn":"acs:ram::1:root"}"#, "[]", "<html>", ""] {
            assert!(
                matches!(read(body.as_bytes()), Err(decode::Error::Unexpected { .. })),
                "{body}"
            );
        }
    }
}
