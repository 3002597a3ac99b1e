//! Beside another provider that owns the name `alicloud`.
//!
//! The other provider is played by this one under the official provider's address and protocol, so
//! that Terraform sees two providers with the same data source.

use crate::{
    Test,
    cli::Cli,
    workspace::{Mock, SOURCE, Workspace},
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
    Workspace::bare(cli).overriding(&[(SOURCE, None), ("aliyun/alicloud", Some(5))]).against(mock)
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
