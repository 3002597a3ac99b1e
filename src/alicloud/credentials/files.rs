//! Finds and reads the files that hold profiles.

use std::{
    io,
    path::{Path, PathBuf},
};

use tokio::time::{Instant, timeout_at};
use zeroize::Zeroizing;

use super::{Arguments, failure::Failure};
use crate::{
    alicloud::variables::{self, first_set},
    ctx::{Ctx, Env},
};

/// The largest file that is read, in bytes.
const LIMIT: u64 = 1 << 20;

/// The CLI's file, in the home folder.
const CLI_FILE: &str = ".aliyun/config.json";

/// The SDKs' files, in the home folder: of Go, of Python.
const INI_FILES: [&str; 2] = [".alibabacloud/credentials", ".alibabacloud/credentials.ini"];

/// A file that was read.
pub(super) struct CredentialsFile {
    pub(super) path: String,
    pub(super) text: Zeroizing<String>,
}

impl CredentialsFile {
    /// Whether it has the CLI's form; else it has the SDKs'.
    pub(super) fn is_json(&self) -> bool {
        self.text.trim_start_matches('\u{feff}').trim_start().starts_with('{')
    }
}

/// Where profiles may be.
pub(super) struct Locations {
    /// The file that the configuration or the environment names, if one does.
    pub(super) named: Option<PathBuf>,
    /// Whether it is the configuration.
    pub(super) named_in_configuration: bool,
    /// The CLI's file.
    pub(super) cli: PathBuf,
    /// The SDKs' files.
    pub(super) ini: Vec<PathBuf>,
}

impl Locations {
    /// Looks at configuration and environment only, not yet for the files.
    pub(super) fn new(arguments: &Arguments, env: &dyn Env) -> Self {
        let argument = arguments.shared_credentials_file.clone();
        let named_in_configuration = argument.as_ref().is_some_and(|path| !path.is_empty());
        let named = argument
            .or_else(|| first_set(env, variables::SHARED_CREDENTIALS_FILE).map(|(_, path)| path))
            .filter(|path| !path.is_empty());
        let home = env.home_dir().unwrap_or_default();
        let cli = first_set(env, variables::CONFIG_FILE);
        Self {
            named: named.map(|path| expand(&path, env)),
            named_in_configuration,
            cli: cli.map_or_else(|| home.join(CLI_FILE), |(_, path)| expand(&path, env)),
            ini: INI_FILES.map(|file| home.join(file)).into(),
        }
    }
}

/// Reads the whole file as text, until `deadline`.
pub(super) async fn read(
    path: &Path,
    ctx: &Ctx,
    deadline: Instant,
) -> Result<CredentialsFile, Failure> {
    let shown = path.display().to_string();
    let content = timeout_at(deadline, ctx.files.read(path, LIMIT)).await;
    let content = content.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
    let content = content.map_err(|error| Failure::unreadable(shown.clone(), &error))?;
    match std::str::from_utf8(&content) {
        Ok(text) => Ok(CredentialsFile { path: shown, text: Zeroizing::new(text.to_owned()) }),
        Err(_) => Err(Failure::Unusable(format!("{shown} is not in UTF-8"))),
    }
}

/// `path` with a leading `~` or `~user` as the home folder.
pub(super) fn expand(path: &str, env: &dyn Env) -> PathBuf {
    let Some(rest) = path.strip_prefix('~') else { return path.into() };
    let (user, below) = rest.split_once(['/', '\\']).unwrap_or((rest, ""));
    let home = if user.is_empty() { env.home_dir() } else { env.home_dir_of(user) };
    match home {
        Some(home) if below.is_empty() => home,
        Some(home) => home.join(below),
        None => path.into(),
    }
}
