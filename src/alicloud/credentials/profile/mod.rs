//! Profiles: where the files that hold them are, the members that they have, and the one that is named.
//!
//! The CLI and the SDKs have a form each (`formats`). Both become [`Members`], texts by name, since
//! only the mode of a profile decides which of them it needs. All are secrets: which one holds a key
//! is not known here.

mod formats;

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
};

use tokio::time::timeout_at;
use zeroize::Zeroizing;

pub(crate) use formats::{Profile, ProfileFile, find_section};

use super::{CredentialArguments, context::SourceContext, error::SourceError};
use crate::{
    alicloud::variables::{self, first_set},
    ctx::{Ctx, Env},
    secret::Secret,
    text,
};

/// The default session name, as with the official provider.
pub(crate) const SESSION_NAME: &str = "terraform";

/// The default duration of a session, in seconds. Source: STS API, AssumeRole.
pub(crate) const SESSION_SECONDS: i64 = 3600;

/// Named strings. Numbers and booleans are kept as written.
#[derive(Default)]
pub(crate) struct Members(BTreeMap<String, Secret>);

impl Members {
    pub(crate) fn insert(&mut self, name: String, value: Secret) {
        self.0.insert(name, value);
    }

    /// A member; empty if there is none.
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
            "" => Err(SourceError::configuration(
                format!("{name} is not set"),
                format!("Set {name} in the profile."),
            )),
            text => Ok(text),
        }
    }

    /// A number of seconds that is more than zero.
    pub(crate) fn seconds(&self, name: &str) -> Option<i64> {
        self.text(name).parse().ok().filter(|seconds| *seconds > 0)
    }

    /// The role with the ARN in the member `arn`; the other members have the names that files use.
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

/// The role to assume.
#[derive(Clone)]
pub(crate) struct Role {
    pub(crate) arn: String,
    pub(crate) session_name: String,
    /// The session policy; empty for all permissions of the role.
    pub(crate) policy: String,
    /// The external ID that the role's trust policy requires; empty for none.
    pub(crate) external_id: String,
    /// The duration of the session, in seconds.
    pub(crate) duration: i64,
}

/// The profile that is configured by name.
pub(crate) struct NamedProfile {
    pub(crate) name: String,
    /// The argument or the variable that names it.
    named_by: &'static str,
    path: Option<String>,
    pub(crate) file: Result<ProfileFile, SourceError>,
}

impl NamedProfile {
    /// The profile that is named by the provider block, or by an environment variable that the
    /// official provider knows.
    pub(crate) async fn official(
        argument: Option<&str>,
        locations: &Locations,
        context: &SourceContext,
    ) -> Option<Self> {
        let of_env = || first_set(context.ctx.env.as_ref(), variables::PROFILE);
        let (named_by, name) = match argument {
            Some(name) => (variables::PROFILE.argument, name.to_owned()),
            None => of_env()?,
        };
        match name.as_str() {
            "" => None,
            name => Some(Self::read(name, named_by, locations, context).await),
        }
    }

    /// The profile that the environment names for the SDKs.
    pub(crate) async fn of_sdks(locations: &Locations, context: &SourceContext) -> Option<Self> {
        let env = context.ctx.env.as_ref();
        let (named_by, name) = first_set(env, variables::SDK_PROFILE)?;
        Some(Self::read(&name, named_by, locations, context).await)
    }

    /// Looks for the profile `name` in its file.
    async fn read(
        name: &str,
        named_by: &'static str,
        locations: &Locations,
        context: &SourceContext,
    ) -> Self {
        let (path, file) = match CredentialsFile::read(locations.profiles(), context).await {
            Ok(file) if file.is_json() => (Some(file.path), ProfileFile::parse(&file.text)),
            Ok(file) => {
                let error = SourceError::configuration(
                    "the file is not in the form of the CLI",
                    format!(
                        "Add a section of that name, or name a file in the form of the CLI in {}.",
                        variables::SHARED_CREDENTIALS_FILE.settings()
                    ),
                );
                (Some(file.path), Err(error))
            }
            Err(error) => (None, Err(error)),
        };
        Self { name: name.to_owned(), named_by, path, file }
    }

    /// The profile, if it can be read.
    pub(crate) fn readable(&self) -> Option<&Profile> {
        self.profile().ok()
    }

    /// The profile, if the official provider uses anything from it; it ignores a profile without a
    /// mode.
    pub(crate) fn counting_officially(&self) -> Option<&Profile> {
        self.readable().filter(|profile| profile.has_mode)
    }

    /// The profile, or the reason that there is none.
    pub(crate) fn profile(&self) -> Result<&Profile, SourceError> {
        self.file.as_ref().map_err(SourceError::clone)?.profile(&self.name, self.named_by)
    }

    /// If another source is used, the reason that this profile is not, and the remedy.
    pub(crate) fn failure(&self) -> Option<(String, String)> {
        match self.profile() {
            Err(error) => Some((error.to_string(), error.remedy())),
            Ok(profile) if !profile.has_mode => {
                Some(("it has no mode".into(), "Set its mode.".into()))
            }
            Ok(_) => None,
        }
    }

    /// The argument or the variable that names it.
    pub(crate) fn named_by(&self) -> &'static str {
        self.named_by
    }

    /// Its name in messages.
    pub(crate) fn label(&self) -> String {
        match &self.path {
            Some(path) => format!("the profile {} of {path}", self.name),
            None => format!("the profile {}", self.name),
        }
    }
}

/// The largest file that is read, in bytes.
const LIMIT: u64 = 1 << 20;

/// The CLI's file, in the home directory.
pub(crate) const CLI_FILE: &str = ".aliyun/config.json";

/// The SDKs' files, in the home directory: of Go, of Python.
const INI_FILES: [&str; 2] = [".alibabacloud/credentials", ".alibabacloud/credentials.ini"];

/// A file that was read.
pub(crate) struct CredentialsFile {
    pub(crate) path: String,
    pub(crate) text: Zeroizing<String>,
}

impl CredentialsFile {
    /// Reads the whole file as text, until the deadline of `context`.
    pub(crate) async fn read(path: &Path, context: &SourceContext) -> Result<Self, SourceError> {
        let shown = path.display().to_string();
        let remedy = || {
            let settings = variables::SHARED_CREDENTIALS_FILE.settings();
            format!(
                "Name the file that has the profile in {settings}; `aliyun configure` creates \
                 ~/{CLI_FILE}."
            )
        };
        let read = read_text(path, &shown, LIMIT, &context.ctx, &remedy);
        let text = timeout_at(context.deadline, read).await;
        let timed_out =
            || Err(SourceError::unreadable(&*shown, &io::ErrorKind::TimedOut.into(), remedy()));
        let text = text.unwrap_or_else(|_| timed_out())?;
        Ok(Self { path: shown, text })
    }

    /// Whether it has the CLI's format; otherwise it has that of the SDKs.
    pub(crate) fn is_json(&self) -> bool {
        self.text.trim_start().starts_with('{')
    }
}

/// Where profiles may be.
pub(crate) struct Locations {
    /// The file that the provider block or the environment names, if one does.
    pub(crate) named: Option<PathBuf>,
    /// Whether it is the provider block.
    pub(crate) named_in_block: bool,
    /// The CLI's file.
    pub(crate) cli: PathBuf,
    /// The SDKs' files.
    pub(crate) ini: Vec<PathBuf>,
}

impl Locations {
    /// Looks at the provider block and the environment only, not yet for the files.
    pub(crate) fn new(arguments: &CredentialArguments, env: &dyn Env) -> Self {
        let argument = arguments.shared_credentials_file.clone();
        let named_in_block = argument.as_ref().is_some_and(|path| !path.is_empty());
        let named = argument
            .or_else(|| first_set(env, variables::SHARED_CREDENTIALS_FILE).map(|(_, path)| path))
            .filter(|path| !path.is_empty());
        let home = env.home_dir().unwrap_or_default();
        let cli = first_set(env, variables::CONFIG_FILE);
        Self {
            named: named.map(|path| env.expand(&path)),
            named_in_block,
            cli: cli.map_or_else(|| home.join(CLI_FILE), |(_, path)| env.expand(&path)),
            ini: INI_FILES.map(|file| home.join(file)).into(),
        }
    }

    /// The file in which a named profile is looked for.
    pub(crate) fn profiles(&self) -> &Path {
        self.named.as_ref().unwrap_or(&self.cli)
    }
}

/// The text of a file, in UTF-8 or UTF-16, without the byte order mark that Windows programs write.
/// `shown` is its name in messages, and `remedy` the remedy if it cannot be read.
pub(crate) async fn read_text(
    path: &Path,
    shown: &str,
    limit: u64,
    ctx: &Ctx,
    remedy: &(dyn Fn() -> String + Sync),
) -> Result<Zeroizing<String>, SourceError> {
    let content = ctx.files.read(path, limit).await;
    let content = content.map_err(|error| SourceError::unreadable(shown, &error, remedy()))?;
    text::decode(&content).ok_or_else(|| {
        let reason = format!("{shown} is not text in UTF-8 or UTF-16");
        SourceError::configuration(reason, "Save it as UTF-8.")
    })
}
