//! The CLI that the tests run.

use std::{
    env,
    path::{Path, PathBuf},
};

/// A Terraform or OpenTofu binary.
#[derive(Clone, Debug)]
pub struct Cli {
    /// The binary.
    pub path: PathBuf,
}

/// Whether a missing CLI is a failure.
pub fn is_required() -> bool {
    env::var("REQUIRE_TERRAFORM").is_ok_and(|value| value == "1")
}

impl Cli {
    /// The CLI, or the reason that there is none.
    pub fn find() -> Result<Self, String> {
        if let Some(path) = env::var_os("TF_CLI_PATH").filter(|path| !path.is_empty()) {
            let path = PathBuf::from(path);
            return if path.is_file() {
                Ok(Self { path })
            } else {
                Err(format!("TF_CLI_PATH names {}, which is not a file", path.display()))
            };
        }
        let folders = env::var_os("PATH").unwrap_or_default();
        ["terraform", "tofu"]
            .iter()
            .flat_map(|name| env::split_paths(&folders).map(move |folder| folder.join(name)))
            .find(|path| path.is_file())
            .map(|path| Self { path })
            .ok_or_else(|| "no terraform and no tofu on PATH; TF_CLI_PATH can name one".to_owned())
    }

    /// Whether this is OpenTofu.
    pub fn is_opentofu(&self) -> bool {
        self.path.file_stem().is_some_and(|name| name == "tofu")
    }

    /// The default registry host of a source address.
    pub fn registry(&self) -> &'static str {
        if self.is_opentofu() { "registry.opentofu.org" } else { "registry.terraform.io" }
    }
}

/// The built provider.
pub fn provider() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_terraform-provider-alicloud"))
}
