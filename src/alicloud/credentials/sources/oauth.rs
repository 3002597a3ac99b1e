//! OAuth: the CLI's sign-in leaves a temporary credential in the profile. It is used until it ends.
//! Only the CLI may renew it, since the tokens that this takes must be written back to the file.

use std::sync::Arc;

use futures_util::future::{BoxFuture, ready};
use jiff::Timestamp;

use crate::{
    alicloud::credentials::{
        Credential, Source,
        error::SourceError,
        profile::{Members, Mode},
    },
    ctx::Clock,
    secret::Secret,
};

/// The profile mode OAuth.
pub(crate) const MODE: Mode = Mode {
    name: "OAuth",
    by_library: true,
    meaning: "The credential that the CLI's sign-in stored, until it ends. Any command of the CLI \
              with this profile renews it; the file is never written.",
    source: |given| {
        let stored = Stored::of(&given.profile.members).ok_or_else(|| {
            let reason = "it holds no stored credential: run `aliyun configure --mode OAuth`, then \
                          any command of the CLI with this profile";
            SourceError::Missing(reason.into())
        })?;
        let name = given.profile.name.clone();
        Ok(Arc::new(OAuth { stored, name, clock: given.context.ctx.clock.clone() }))
    },
};

/// A credential that the CLI stored.
struct OAuth {
    stored: Stored,
    name: String,
    clock: Arc<dyn Clock>,
}

impl Source for OAuth {
    fn fetch(&self) -> BoxFuture<'_, Result<Credential, SourceError>> {
        let valid = self.stored.valid_at(self.clock.now());
        Box::pin(ready(valid.ok_or_else(|| {
            SourceError::Missing(format!(
                "its stored credential has expired: run any command of the CLI, such as `aliyun \
                 sts GetCallerIdentity --profile {}`, to renew it",
                self.name
            ))
        })))
    }

    fn can_change(&self) -> bool {
        false
    }
}

/// A temporary credential that the CLI stores in a profile.
pub(crate) struct Stored {
    access_key_id: Secret,
    access_key_secret: Secret,
    security_token: Secret,
    /// `None` if the file does not contain it.
    expires: Option<Timestamp>,
}

impl Stored {
    /// The credential in a profile, if it is complete.
    pub(crate) fn of(members: &Members) -> Option<Self> {
        let text = |name| Some(members.text(name)).filter(|text| !text.is_empty());
        let seconds = members.seconds("sts_expiration");
        Some(Self {
            access_key_id: text("access_key_id")?.into(),
            access_key_secret: text("access_key_secret")?.into(),
            security_token: text("sts_token")?.into(),
            expires: seconds.and_then(|seconds| Timestamp::from_second(seconds).ok()),
        })
    }

    /// The credential, unless it has expired or its expiration is not known.
    pub(crate) fn valid_at(&self, now: Timestamp) -> Option<Credential> {
        let expires = self.expires.filter(|expires| *expires > now)?;
        Some(Credential {
            access_key_id: self.access_key_id.clone(),
            access_key_secret: self.access_key_secret.clone(),
            security_token: Some(self.security_token.clone()),
            expires: Some(expires),
        })
    }
}
