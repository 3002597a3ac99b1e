//! This provider next to another one with the name `alicloud`.
//!
//! The other provider is this one with the address and protocol of the official provider, so that
//! Terraform sees two providers with the same data source.

use crate::{
    Test,
    cli::Cli,
    workspace::{Mock, SOURCE, Workspace},
};

/// The tests of this module.
pub const TESTS: &[Test] = tests![
    a_state_read_by_the_other_provider_shows_no_change,
    both_work_in_one_configuration,
    moving_from_the_official_provider_and_back_changes_nothing,
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

/// A lookup by one of the two providers.
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

/// The commands of the guide `official-provider`, in both directions.
fn moving_from_the_official_provider_and_back_changes_nothing(cli: &Cli) {
    const OFFICIAL: &str = "aliyun/alicloud";
    let mock = Mock::start(&[]);
    let workspace = workspace(cli, &mock);
    let configuration = |source: &str| {
        format!(
            "terraform {{\n  required_providers {{\n    alicloud = {{\n      source = {source:?}\n    }}\n  }}\n}}\n\
             resource \"terraform_data\" \"web\" {{\n  input = data.alicloud_images.moved.ids\n}}\n{}",
            look_up("moved", ""),
        )
    };
    let guide = include_str!("../../templates/guides/official-provider.md.tmpl");
    workspace.write("main.tf", &configuration(OFFICIAL));
    workspace.apply().succeeded();
    for (from, to) in [(OFFICIAL, SOURCE), (SOURCE, OFFICIAL)] {
        assert!(guide.contains(&format!("terraform state replace-provider {from} {to}\n")));
        workspace.write("main.tf", &configuration(to));
        let arguments = ["state", "replace-provider", "-auto-approve", from, to];
        workspace.run(&arguments).succeeded().says("Successfully replaced provider for 1 resource");
        workspace.plan().succeeded().says("No changes.");
        workspace.apply().succeeded();
    }
}
