//! Installing without a registry.

use std::{env::consts, fs};

use crate::{
    Test,
    cli::{Cli, provider},
    workspace::{Mock, VERSION, Workspace, link},
};

/// The tests of this module.
pub const TESTS: &[Test] =
    &[("an_unpacked_mirror_is_installed_and_locked", an_unpacked_mirror_is_installed_and_locked)];

/// The platform as Terraform spells it, such as `linux_amd64`.
pub fn platform() -> String {
    let os = match consts::OS {
        "macos" => "darwin",
        os => os,
    };
    let arch = match consts::ARCH {
        "aarch64" => "arm64",
        "x86_64" => "amd64",
        arch => arch,
    };
    format!("{os}_{arch}")
}

fn an_unpacked_mirror_is_installed_and_locked(cli: &Cli) {
    let mock = Mock::start(&[]);
    let workspace = Workspace::bare(cli).against(&mock);
    let mirror = workspace.path("mirror");
    let package =
        mirror.join(cli.registry()).join("alicloud-rs/alicloud").join(VERSION).join(platform());
    fs::create_dir_all(&package).unwrap();
    link(provider(), &package.join(format!("terraform-provider-alicloud_v{VERSION}")));
    workspace.configure_cli(&format!(
        "provider_installation {{\n  filesystem_mirror {{\n    path = {mirror:?}\n  }}\n}}\n"
    ));
    workspace.main(
        r#"
data "alicloud_images" "all" {
  owners = "system"
}

output "count" {
  value = length(data.alicloud_images.all.ids)
}
"#,
    );

    workspace.run(&["init", "-no-color"]).succeeded().says(&format!("v{VERSION}"));
    let lock = workspace.read(".terraform.lock.hcl");
    assert!(lock.contains("alicloud-rs/alicloud"), "{lock}");
    assert!(lock.contains("\"h1:"), "{lock}");
    workspace.apply().succeeded();
    assert!(workspace.outputs()["count"].as_u64().unwrap() > 0);
    workspace.run(&["init", "-no-color", "-lockfile=readonly"]).succeeded();
}
