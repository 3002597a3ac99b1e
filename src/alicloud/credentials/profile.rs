//! A profile of the CLI's file `~/.aliyun/config.json`.
//!
//! Source: aliyun-cli and credentials-go, CLI profile provider. Modes are read in any case, as the
//! CLI does; members that are not known are left alone.

use std::{collections::BTreeMap, sync::Arc};

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    Source, cloud_sso::CloudSso, command::Command, failure::Failure, maker::Maker,
    members::Members, oidc::Token,
};
use crate::{
    alicloud::variables::{self, is_on},
    secret::Secret,
    text::sanitize,
};

/// A file with profiles in the CLI's form.
pub(super) struct ProfileFile<'a>(&'a str);

/// One profile.
pub(super) struct Profile {
    pub(super) name: String,
    /// The mode in lower case; empty where there is none.
    pub(super) mode: String,
    pub(super) members: Members,
}

#[derive(Deserialize)]
struct Content<'a> {
    #[serde(default)]
    current: Option<String>,
    #[serde(borrow)]
    profiles: Vec<BTreeMap<String, &'a RawValue>>,
}

impl<'a> ProfileFile<'a> {
    /// A file of this text.
    pub(super) fn new(text: &'a str) -> Self {
        Self(text.trim_start_matches('\u{feff}'))
    }

    /// The profile `name`.
    pub(super) fn profile(&self, name: &str) -> Result<Profile, Failure> {
        let profiles = self.content()?.profiles;
        let profile = profiles.iter().map(read).find(|profile| profile.name == name);
        profile.ok_or_else(|| Failure::Missing(format!("the file has no profile {name}")))
    }

    /// The name of the profile that the CLI uses where none is named.
    pub(super) fn current(&self) -> Result<String, Failure> {
        let name = self.content()?.current.filter(|name| !name.is_empty());
        name.ok_or_else(|| Failure::Missing("the file names no current profile".into()))
    }

    fn content(&self) -> Result<Content<'a>, Failure> {
        serde_json::from_str(self.0).map_err(|error| Failure::json("the file", &error))
    }

    /// The source that `profile` is.
    pub(super) fn source(
        &self,
        profile: &Profile,
        maker: &Maker<'_>,
    ) -> Result<Arc<dyn Source>, Failure> {
        self.source_after(profile, maker, &mut Vec::new())
    }

    /// The same, for a profile that is the source of those `before`.
    fn source_after(
        &self,
        profile: &Profile,
        maker: &Maker<'_>,
        before: &mut Vec<String>,
    ) -> Result<Arc<dyn Source>, Failure> {
        if before.contains(&profile.name) {
            let chain = before.join(" to ");
            let reason =
                format!("the source profiles go round in a circle: {chain} to {}", profile.name);
            return Err(Failure::Unusable(reason));
        }
        before.push(profile.name.clone());
        let members = &profile.members;
        let key = |token| {
            let id = members.required("access_key_id")?;
            Ok(maker.key(id, members.required("access_key_secret")?, token))
        };
        match profile.mode.as_str() {
            "ak" => key(""),
            "ststoken" => key(members.required("sts_token")?),
            "ramrolearn" => {
                let (base, role) = (key(members.text("sts_token"))?, members.role("ram_role_arn")?);
                Ok(maker.assumed_role("its own key".into(), base, role, Some(members)))
            }
            "chainableramrolearn" => {
                let base = self.profile(members.required("source_profile")?)?;
                let name = format!("the source profile {}", base.name);
                let base = self.source_after(&base, maker, before)?;
                Ok(maker.assumed_role(name, base, members.role("ram_role_arn")?, Some(members)))
            }
            "ecsramrole" => maker.ecs_role(members.text("ram_role_name"), false),
            "oidc" => {
                let token = Token::File(members.required("oidc_token_file")?.into());
                let provider = members.required("oidc_provider_arn")?;
                Ok(maker.oidc(provider, token, members.role("ram_role_arn")?, Some(members)))
            }
            "credentialsuri" => Ok(maker.uri(members.required("credentials_uri")?)),
            "external" if is_on(maker.ctx.env.as_ref(), variables::EXTERNAL_PROCESS_DISABLED) => {
                Err(Failure::forbidden(variables::EXTERNAL_PROCESS_DISABLED))
            }
            "external" => {
                let line = members.required("process_command")?;
                Ok(Arc::new(Command::parse(line, maker.ctx.clone())?))
            }
            "cloudsso" => Ok(Arc::new(CloudSso {
                ctx: maker.ctx.clone(),
                sign_in_url: members.required("cloud_sso_sign_in_url")?.into(),
                account_id: members.required("cloud_sso_account_id")?.into(),
                access_config: members.required("cloud_sso_access_config")?.into(),
                access_token: members.text("access_token").into(),
                token_expires: members.seconds("cloud_sso_access_token_expire").unwrap_or(0),
                user_agent: maker.user_agent.to_owned(),
            })),
            "" => Err(Failure::Missing("the profile has no mode".into())),
            "oauth" => Err(Failure::Unusable(
                "the mode OAuth is not supported: only the CLI may renew its tokens, since it \
                 must write them back. Let the CLI print a credential instead, by a profile of \
                 mode External"
                    .into(),
            )),
            _ => {
                let mode = sanitize(members.text("mode"), 40);
                Err(Failure::Unusable(format!("the mode {mode:?} is not supported")))
            }
        }
    }
}

impl Profile {
    /// Whether the official provider asks the credential library for this profile, rather than
    /// taking single members from it.
    pub(super) fn is_fetched(&self) -> bool {
        matches!(self.mode.as_str(), "chainableramrolearn" | "cloudsso" | "external" | "oauth")
    }
}

fn read(raw: &BTreeMap<String, &RawValue>) -> Profile {
    let mut members = Members::default();
    for (name, value) in raw {
        let text = value.get();
        let member = match text.as_bytes().first() {
            Some(b'"') => serde_json::from_str::<String>(text).ok().map(|text| text.trim().into()),
            Some(b'-' | b'0'..=b'9' | b't' | b'f') => Some(Secret::new(text)),
            _ => None,
        };
        if let Some(member) = member {
            members.insert(name.clone(), member);
        }
    }
    Profile {
        name: members.text("name").to_owned(),
        mode: members.text("mode").to_ascii_lowercase(),
        members,
    }
}
