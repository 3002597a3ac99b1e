//! The single values that the official provider merges field by field: each from the configuration,
//! else the environment, else the named profile. So a key of the environment goes with a token of a
//! profile.

use tracing::debug;
use zeroize::Zeroizing;

use super::{
    Arguments, RoleArguments,
    members::{Members, SESSION_NAME, SESSION_SECONDS},
    profile::Profile,
    sts::Role,
};
use crate::{
    alicloud::variables::{self, first_set},
    ctx::Env,
};

/// The merged values; empty where nothing gives one.
pub(super) struct Fields {
    pub(super) access_key_id: Zeroizing<String>,
    pub(super) access_key_secret: Zeroizing<String>,
    pub(super) security_token: Zeroizing<String>,
    /// Where the AccessKey ID is from, for the user.
    pub(super) id_origin: String,
    /// Where the AccessKey secret is from, for the user.
    pub(super) secret_origin: String,
    pub(super) region: String,
    pub(super) ecs_role_name: String,
    /// The role to assume with what the sources give.
    pub(super) role: Option<Role>,
}

impl Fields {
    /// Merges; `profile` is the named profile, if it can be read.
    pub(super) fn merge(arguments: &Arguments, env: &dyn Env, profile: Option<&Profile>) -> Self {
        let merger = Merger { env, profile };
        let id = arguments.access_key_id.as_ref().map(|id| id.expose());
        let secret = arguments.access_key_secret.as_ref().map(|secret| secret.expose());
        let token = arguments.security_token.as_ref().map(|token| token.expose());
        let (access_key_id, id_origin) = merger.find(id, variables::ACCESS_KEY_ID, "access_key_id");
        let (access_key_secret, secret_origin) =
            merger.find(secret, variables::ACCESS_KEY_SECRET, "access_key_secret");
        Self {
            access_key_id: trim("access key ID", access_key_id),
            access_key_secret: trim("access key secret", access_key_secret),
            security_token: trim(
                "security token",
                merger.find(token, variables::SECURITY_TOKEN, "sts_token").0,
            ),
            id_origin,
            secret_origin,
            region: merger
                .find(arguments.region.as_deref(), variables::REGION, "region_id")
                .0
                .trim()
                .to_owned(),
            ecs_role_name: merger
                .find(arguments.ecs_role_name.as_deref(), variables::ECS_ROLE_NAME, "ram_role_name")
                .0
                .to_string(),
            role: merger.role(arguments.assume_role.as_ref()),
        }
    }
}

/// The text of an argument: `given` if it is, be it empty, else that of the environment.
pub(super) fn argument(given: Option<&str>, env: &dyn Env, names: &[&str]) -> String {
    match given {
        Some(given) => given.to_owned(),
        None => first_set(env, names).map(|(_, text)| text).unwrap_or_default(),
    }
}

struct Merger<'a> {
    env: &'a dyn Env,
    profile: Option<&'a Profile>,
}

impl Merger<'_> {
    /// The value and where it is from. An argument that is given but empty silences the
    /// environment, not the profile.
    fn find(
        &self,
        argument: Option<&str>,
        names: &[&str],
        member: &str,
    ) -> (Zeroizing<String>, String) {
        let (text, origin) = match argument {
            Some(text) => (text.to_owned(), "the configuration".into()),
            None => first_set(self.env, names)
                .map(|(name, text)| (text, format!("the environment ({name})")))
                .unwrap_or_default(),
        };
        if !text.is_empty() {
            return (text.into(), origin);
        }
        match self.profile {
            Some(profile) => {
                let origin = format!("the profile {}", profile.name);
                (member_of(profile, member).to_owned().into(), origin)
            }
            None => (String::new().into(), origin),
        }
    }

    /// The role of the configuration, else that of a profile of mode RamRoleArn. The environment is
    /// looked at only where the configuration has the block.
    fn role(&self, block: Option<&RoleArguments>) -> Option<Role> {
        let of_profile = self.profile.filter(|profile| profile.mode == "ramrolearn");
        let members = of_profile.map(|profile| &profile.members);
        let of_member = |name| members.map(|members| members.text(name)).unwrap_or_default();
        let arn = block
            .map(|block| argument(block.role_arn.as_deref(), self.env, variables::ASSUME_ROLE_ARN))
            .unwrap_or_default();
        let of_block = !arn.is_empty();
        let arn = if of_block { arn } else { of_member("ram_role_arn").to_owned() };
        if arn.is_empty() {
            return None;
        }
        let session_name = block
            .map(|block| {
                let names = variables::ASSUME_ROLE_SESSION_NAME;
                argument(block.session_name.as_deref(), self.env, names)
            })
            .unwrap_or_default();
        let session_name = [&session_name, of_member("ram_session_name"), SESSION_NAME]
            .into_iter()
            .find(|name| !name.is_empty())
            .unwrap_or(SESSION_NAME)
            .to_owned();
        let text = |given: Option<&String>, member| match of_block {
            true => given.cloned().unwrap_or_default(),
            false => of_member(member).to_owned(),
        };
        Some(Role {
            arn,
            session_name,
            policy: text(block.and_then(|block| block.policy.as_ref()), "policy"),
            external_id: text(block.and_then(|block| block.external_id.as_ref()), "external_id"),
            duration: self.duration(block, members),
        })
    }

    fn duration(&self, block: Option<&RoleArguments>, members: Option<&Members>) -> i64 {
        let given = block.and_then(|block| block.session_expiration).filter(|given| *given != 0);
        let of_env = || {
            let (_, text) = first_set(self.env, variables::ASSUME_ROLE_SESSION_EXPIRATION)?;
            text.trim().parse().ok().filter(|seconds| *seconds > 0)
        };
        given
            .or_else(of_env)
            .or_else(|| members?.seconds("expired_seconds"))
            .unwrap_or(SESSION_SECONDS)
    }
}

/// What the official provider takes of a profile, by its mode.
fn member_of<'a>(profile: &'a Profile, member: &str) -> &'a str {
    let taken = match (member, profile.mode.as_str()) {
        (_, "") => false,
        ("region_id", _) => true,
        ("access_key_id" | "access_key_secret", "ecsramrole") => false,
        ("access_key_id" | "access_key_secret", _) => !profile.is_fetched(),
        ("sts_token", mode) => mode == "ststoken",
        ("ram_role_name", mode) => mode == "ecsramrole",
        _ => false,
    };
    if taken { profile.members.text(member) } else { "" }
}

fn trim(what: &str, text: Zeroizing<String>) -> Zeroizing<String> {
    let trimmed = text.trim();
    if trimmed.len() == text.len() {
        return text;
    }
    debug!("white space around the {what} is left out");
    trimmed.to_owned().into()
}
