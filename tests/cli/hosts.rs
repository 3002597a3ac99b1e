//! What works under every host from Terraform 0.12 on: this is the test to run with an old or a new one.

use std::{env, fs};

use crate::{
    Test,
    cli::{Cli, provider},
    install::package::platform,
    workspace::{Mock, SOURCE, VERSION, Workspace, link},
};

/// The tests of this module.
pub const TESTS: &[Test] = tests![every_data_source_is_planned_applied_and_destroyed];

/// Without anything that Terraform learned after 0.12.
const LOOK_UPS: &str = r#"
data "alicloud_images" "all" {
  owners     = "system"
  name_regex = "^ubuntu_22_04"
}

data "alicloud_image" "one" {
  owners      = "system"
  name_regex  = "^ubuntu_22_04"
  most_recent = true

  timeouts {
    read = "1m"
  }
}

data "alicloud_image_ids" "ids" {
  owners     = "system"
  name_regex = "^ubuntu_22_04"
}

output "whole" {
  value = data.alicloud_images.all
}

output "ids" {
  value = data.alicloud_image_ids.ids.ids
}

output "one" {
  value = data.alicloud_image.one.id
}
"#;

/// A folder for `init -plugin-dir`, with the provider where Terraform 0.12 looks for it, and where its
/// successors do.
fn plugins(workspace: &Workspace, cli: &Cli) -> String {
    let root = workspace.path("plugins");
    let name = format!("terraform-provider-alicloud_v{VERSION}");
    let package = root.join(cli.registry()).join(SOURCE).join(VERSION).join(platform());
    fs::create_dir_all(&package).unwrap();
    link(provider(), &package.join(&name));
    link(provider(), &root.join(&name));
    root.to_str().unwrap().to_owned()
}

fn every_data_source_is_planned_applied_and_destroyed(cli: &Cli) {
    let mock = Mock::start(&[]);
    let workspace = Workspace::bare(cli).against(&mock);
    let log = workspace.path("log");
    let workspace =
        workspace.with_env("TF_LOG", "TRACE").with_env("TF_LOG_PATH", log.to_str().unwrap());
    workspace.configure_cli("");
    workspace.main(LOOK_UPS);
    let plugin_dir = format!("-plugin-dir={}", plugins(&workspace, cli));
    workspace.run(&["init", "-no-color", &plugin_dir]).succeeded();
    workspace.run(&["validate", "-no-color"]).succeeded();
    workspace.run(&["plan", "-no-color", "-out=saved"]).succeeded();
    workspace.run(&["apply", "-no-color", "saved"]).succeeded();
    let outputs = workspace.outputs();
    let ids = outputs["ids"].as_array().unwrap();
    assert!(ids.len() > 1 && ids.contains(&outputs["one"]), "{outputs}");
    assert_eq!(&outputs["whole"]["ids"], &outputs["ids"]);
    assert_eq!(outputs["whole"]["status"], "Available", "the default, as officially");
    assert_eq!(workspace.data("data.alicloud_image_ids.ids")["ids"], outputs["ids"]);
    workspace.plan().succeeded().says("No changes.");
    workspace.run(&["destroy", "-auto-approve", "-no-color"]).succeeded();
    assert_eq!(workspace.outputs(), serde_json::json!({}));

    let log = fs::read_to_string(log).unwrap();
    if let Some(kept) = env::var_os("HOST_LOG") {
        fs::write(kept, &log).unwrap();
    }
    let lines: Vec<&str> = log.lines().filter(|line| is_complaint(line)).collect();
    assert!(lines.is_empty(), "{lines:#?}");
}

/// Whether a line of the log is an error of the provider, or about one of its values. Terraform 1.0
/// lists values that were null in the configuration; the official provider has the same two defaults.
fn is_complaint(line: &str) -> bool {
    let value = line.trim_start().strip_prefix("- .");
    (line.contains("[ERROR]") && line.contains("terraform-provider-alicloud"))
        || line.contains("handshake failed")
        || value.is_some_and(|value| {
            !value.starts_with("status:") && !value.starts_with("most_recent:")
        })
}
