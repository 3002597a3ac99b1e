//! A static access key: from the `provider` block, the environment or a profile.

use std::sync::Arc;

use futures_util::future::{BoxFuture, ready};

use super::ProfileMode;
use crate::alicloud::{
    credentials::{
        Credential, Source,
        error::SourceError,
        profile::Profile,
        resolver::{Choice, Resolver, SettingOrigin},
    },
    variables::{self, Variable, first_set},
};

/// A key that never changes.
struct AccessKey(Credential);

impl Source for AccessKey {
    fn fetch(&self) -> BoxFuture<'_, Result<Credential, SourceError>> {
        Box::pin(ready(Ok(self.0.clone())))
    }

    fn can_change(&self) -> bool {
        false
    }
}

/// The profile mode AK.
pub(crate) const AK: ProfileMode = ProfileMode {
    name: "AK",
    meaning: "An access key.",
    source: |given| of_profile(given.profile, ""),
};

/// The profile mode StsToken.
pub(crate) const STS_TOKEN: ProfileMode = ProfileMode {
    name: "StsToken",
    meaning: "A temporary access key with its token.",
    source: |given| of_profile(given.profile, given.profile.members.required("sts_token")?),
};

/// A key with its token; an empty token means that there is none.
pub(crate) fn source(id: &str, secret: &str, token: &str) -> Arc<dyn Source> {
    Arc::new(AccessKey(Credential {
        access_key_id: id.into(),
        access_key_secret: secret.into(),
        security_token: (!token.is_empty()).then(|| token.into()),
        expires: None,
    }))
}

/// The key of a profile or of a section of the ini file.
pub(crate) fn of_profile(profile: &Profile, token: &str) -> Result<Arc<dyn Source>, SourceError> {
    let members = &profile.members;
    let id = members.required("access_key_id")?;
    Ok(source(id, members.required("access_key_secret")?, token))
}

/// A key, with each value from the provider block, the environment or the named profile.
pub(crate) fn choose(resolver: &mut Resolver<'_>) -> Option<Choice> {
    let settings = &resolver.settings;
    let (id, secret) = (&settings.access_key_id, &settings.access_key_secret);
    let origin = settings.id_origin.clone();
    let choice = (!id.is_empty() && !secret.is_empty()).then(|| {
        let source = source(id, secret, &settings.security_token);
        Choice {
            name: origin.to_string(),
            configured: true,
            key: Some(settings.key_origin()),
            source: Ok(source),
        }
    });
    if choice.is_none() || !matches!(origin, SettingOrigin::Argument) {
        skip_block(resolver);
    }
    if choice.is_none() || matches!(origin, SettingOrigin::Profile(_)) {
        skip_environment(resolver);
    }
    choice
}

fn skip_block(resolver: &mut Resolver<'_>) {
    let given = [&resolver.arguments.access_key_id, &resolver.arguments.access_key_secret];
    let reason = match given {
        [None, None] => "access_key and secret_key are not set",
        _ => "access_key and secret_key are not both set",
    };
    resolver.skip("the provider block", reason);
}

fn skip_environment(resolver: &mut Resolver<'_>) {
    let env = resolver.env();
    let [ids, secrets] = [variables::ACCESS_KEY_ID, variables::ACCESS_KEY_SECRET];
    let reason = if [ids, secrets].iter().all(|names| first_set(env, *names).is_some()) {
        "not used, since the provider block has an empty access_key or secret_key".to_owned()
    } else {
        format!("{} and {} are not both set", ids.first(), secrets.first())
    };
    resolver.skip("the environment", reason);
}

/// An incomplete key: an error, not a reason to try the next source.
pub(crate) fn choose_half(resolver: &mut Resolver<'_>) -> Option<Choice> {
    let settings = &resolver.settings;
    let (id, secret) = (variables::ACCESS_KEY_ID, variables::ACCESS_KEY_SECRET);
    let (origin, set, missing) =
        match (settings.access_key_id.is_empty(), settings.access_key_secret.is_empty()) {
            (false, true) => (&settings.id_origin, (id, "access_key_id"), secret),
            (true, false) => (&settings.secret_origin, (secret, "access_key_secret"), id),
            _ => return None,
        };
    let (variable, member) = set;
    let set = match origin {
        SettingOrigin::Argument => variable.argument.to_owned(),
        SettingOrigin::Variable(name) => (*name).to_owned(),
        SettingOrigin::Profile(profile) => format!("{member} of {profile}"),
    };
    let argument = missing.argument;
    let counterpart = counterpart(origin, variable, missing);
    let text = format!("{set} is set but {argument} is not: set {argument} or {counterpart}");
    Choice::new(origin.to_string(), Err(SourceError::Half(text)))
}

/// The variable of `missing` that goes with the one of `set` that is used.
fn counterpart(origin: &SettingOrigin, set: Variable, missing: Variable) -> &'static str {
    let position = match origin {
        SettingOrigin::Variable(name) => set.names.iter().position(|known| known == name),
        SettingOrigin::Argument | SettingOrigin::Profile(_) => None,
    };
    position.and_then(|at| missing.names.get(at).copied()).unwrap_or_else(|| missing.first())
}
