//! The members of a profile, independent of the kind of file.

use std::collections::BTreeMap;

use crate::{
    alicloud::credentials::{error::SourceError, sources::assume_role::Role},
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
