//! Beside another provider that owns the name `alicloud`.
//!
//! The other provider is played by this one under the official provider's address and protocol, so
//! that Terraform sees two providers with the same data source.

use std::{fs, os::unix::fs::PermissionsExt};

use crate::{
    Test,
    cli::{Cli, provider},
    workspace::{Mock, Workspace, link},
};

/// The tests of this module.
pub const TESTS: &[Test] = &[
    (
        "a_state_read_by_the_other_provider_shows_no_change",
        a_state_read_by_the_other_provider_shows_no_change,
    ),
    ("both_work_in_one_configuration", both_work_in_one_configuration),
];

const BOTH: &str = r#"
terraform {
  required_providers {
    alicloud = {
      source = "aliyun/alicloud"
    }
    images = {
      source = "alicloud-rs/alicloud"
    }
  }
}
"#;

fn workspace(cli: &Cli, mock: &Mock) -> Workspace {
    let workspace = Workspace::bare(cli).against(mock);
    let (ours, theirs) = (workspace.path("ours"), workspace.path("theirs"));
    fs::create_dir(&ours).unwrap();
    fs::create_dir(&theirs).unwrap();
    link(provider(), &ours.join("terraform-provider-alicloud"));
    let wrapper = theirs.join("terraform-provider-alicloud");
    fs::write(
        &wrapper,
        format!("#!/bin/sh\nPLUGIN_PROTOCOL_VERSIONS=5 exec {:?} \"$@\"\n", provider()),
    )
    .unwrap();
    fs::set_permissions(&wrapper, fs::Permissions::from_mode(0o755)).unwrap();
    workspace.configure_cli(&format!(
        "provider_installation {{\n  dev_overrides {{\n    \"alicloud-rs/alicloud\" = {ours:?}\n    \"aliyun/alicloud\" = {theirs:?}\n  }}\n  direct {{}}\n}}\n"
    ));
    workspace
}

/// A look-up by one of the two providers.
fn look_up(name: &str, provider: &str) -> String {
    format!(
        "data \"alicloud_images\" {name:?} {{\n  {provider}\n  owners = \"system\"\n  name_regex = \"^ubuntu_2\"\n}}\n"
    )
}

fn a_state_read_by_the_other_provider_shows_no_change(cli: &Cli) {
    let mock = Mock::start(&[]);
    let workspace = workspace(cli, &mock);
    let output = "output \"ids\" {\n  value = data.alicloud_images.moved.ids\n}\n";
    workspace.write("main.tf", &format!("{BOTH}{}{output}", look_up("moved", "")));
    workspace.apply().succeeded();
    let before = workspace.outputs();

    workspace.write("main.tf", &format!("{BOTH}{}{output}", look_up("moved", "provider = images")));
    workspace.plan().succeeded().says("No changes.");
    workspace.apply().succeeded();
    assert_eq!(workspace.outputs(), before);
}

fn both_work_in_one_configuration(cli: &Cli) {
    let mock = Mock::start(&[]);
    let workspace = workspace(cli, &mock);
    let body = format!(
        "{BOTH}provider \"images\" {{\n  region = \"cn-beijing\"\n}}\n{}{}\
         output \"regions\" {{\n  value = [data.alicloud_images.theirs.region, data.alicloud_images.ours.region]\n}}\n",
        look_up("theirs", ""),
        look_up("ours", "provider = images"),
    );
    workspace.write("main.tf", &body);
    workspace.apply().succeeded();
    assert_eq!(workspace.outputs()["regions"], serde_json::json!(["cn-hangzhou", "cn-beijing"]));
}
