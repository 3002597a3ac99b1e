//! A folder of packages in the layout of `terraform providers mirror`. It is a packed filesystem
//! mirror, and a network mirror if a web server serves it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
};

use serde_json::{Value as Json, json};

use crate::{cli::Cli, install::package::Package, workspace::Workspace};

/// The folder.
pub struct Mirror {
    /// The root, above the folders of the registries' hosts.
    pub root: PathBuf,
    provider: PathBuf,
}

impl Mirror {
    /// A mirror next to the workspace, of these packages.
    pub fn of(workspace: &Workspace, cli: &Cli, packages: &[Package]) -> Self {
        let root = workspace.path("mirror");
        let provider = root.join(cli.registry()).join("alicloud-rs/alicloud");
        fs::create_dir_all(&provider).unwrap();
        let mirror = Self { root, provider };
        mirror.fill(packages);
        mirror
    }

    /// Replaces an archive and keeps its metadata.
    pub fn replace_archive(&self, package: &Package) {
        fs::write(self.provider.join(package.file_name()), &package.archive).unwrap();
    }

    /// The CLI configuration that installs from the folder.
    pub fn configuration(&self) -> String {
        format!(
            "provider_installation {{\n  filesystem_mirror {{\n    path = {:?}\n  }}\n}}\n",
            self.root
        )
    }

    fn fill(&self, packages: &[Package]) {
        let versions: BTreeSet<_> = packages.iter().map(|package| &package.version).collect();
        let index: BTreeMap<_, _> = versions.iter().map(|version| (version, json!({}))).collect();
        self.describe("index", &json!({ "versions": index }));
        for version in versions {
            let archives: BTreeMap<_, _> = packages
                .iter()
                .filter(|package| package.version == *version)
                .map(|package| {
                    let hashes = [&package.h1, &package.zh];
                    (&package.platform, json!({ "url": package.file_name(), "hashes": hashes }))
                })
                .collect();
            self.describe(version, &json!({ "archives": archives }));
        }
        for package in packages {
            self.replace_archive(package);
        }
    }

    fn describe(&self, name: &str, content: &Json) {
        fs::write(self.provider.join(format!("{name}.json")), content.to_string()).unwrap();
    }
}
