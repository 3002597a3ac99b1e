//! Finds and reads the files that hold profiles.

use std::{
    io,
    path::{Path, PathBuf},
};

use tokio::time::timeout_at;
use zeroize::Zeroizing;

use crate::{
    alicloud::{
        credentials::{Arguments, context::SourceContext, error::SourceError},
        variables::{self, first_set},
    },
    ctx::{Ctx, Env},
    text,
};

/// The largest file that is read, in bytes.
const LIMIT: u64 = 1 << 20;

/// The CLI's file, in the home directory.
const CLI_FILE: &str = ".aliyun/config.json";

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
        let text = timeout_at(context.deadline, read_text(path, &shown, LIMIT, &context.ctx)).await;
        let timed_out = || Err(SourceError::unreadable(&*shown, &io::ErrorKind::TimedOut.into()));
        let text = text.unwrap_or_else(|_| timed_out())?;
        Ok(Self { path: shown, text })
    }

    /// Whether it has the CLI's form; else it has the SDKs'.
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
    pub(crate) fn new(arguments: &Arguments, env: &dyn Env) -> Self {
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
/// `shown` is what messages call it.
pub(crate) async fn read_text(
    path: &Path,
    shown: &str,
    limit: u64,
    ctx: &Ctx,
) -> Result<Zeroizing<String>, SourceError> {
    let content = ctx.files.read(path, limit).await;
    let content = content.map_err(|error| SourceError::unreadable(shown, &error))?;
    text::decode(&content)
        .ok_or_else(|| SourceError::Unusable(format!("{shown} is not text in UTF-8 or UTF-16")))
}
