//! Tests of modules with `terraform test` and without lookups: existing tests of modules that use the official data
//! source pass unchanged.

use crate::{
    Test,
    cli::Cli,
    workspace::{SOURCE, Workspace},
};

/// The tests of this module.
pub const TESTS: &[Test] = tests![
    a_whole_data_source_is_used_without_a_warning,
    mock_provider_takes_complete_objects_under_every_cli,
];

/// The tests with objects that are not complete. OpenTofu converts strictly, so they are for Terraform.
/// `examples` tests `override_data` with complete objects under both.
pub const TESTS_WITH_PARTIAL_OBJECTS: &[Test] =
    tests![override_data_fills_every_data_source, mock_provider_fills_every_data_source];

/// The reason for ignoring these tests with a CLI, if any.
pub fn ignored(cli: &Cli) -> Option<&'static str> {
    cli.is_opentofu().then_some("OpenTofu does not fill objects that are not complete")
}

const MODULE: &str = r#"
data "alicloud_images" "all" {
  owners     = "system"
  name_regex = "^ubuntu"
}

data "alicloud_image" "one" {
  owners      = "system"
  name_regex  = "^ubuntu"
  most_recent = true
}

data "alicloud_image_ids" "ids" {
  owners     = "system"
  name_regex = "^ubuntu"
}

output "first_id" {
  value = data.alicloud_image_ids.ids.ids[0]
}

output "first" {
  value = data.alicloud_images.all.images[0].id
}

output "disks" {
  value = length(data.alicloud_images.all.images[0].disk_device_mappings)
}

output "one" {
  value = data.alicloud_image.one.name
}

output "checked" {
  value = data.alicloud_images.all.images[0].detection_options.items[0].name
}

output "nvme" {
  value = data.alicloud_image.one.features.nvme_support
}
"#;

/// The test of the module, preceded by the block that fills its data sources.
fn test(filling: &str) -> String {
    format!(
        r#"
{filling}
run "filled" {{
  command = apply

  assert {{
    condition     = output.first == "m-9" && output.one == "nine"
    error_message = "first = ${{output.first}}, one = ${{output.one}}"
  }}

  assert {{
    condition     = output.first_id == "m-8"
    error_message = "first_id = ${{output.first_id}}"
  }}

  assert {{
    condition     = output.checked == "GuestOS.CloudInit" && output.nvme == "supported"
    error_message = "checked = ${{output.checked}}, nvme = ${{output.nvme}}"
  }}

  assert {{
    condition     = output.disks == 1
    error_message = "There are ${{output.disks}} disks."
  }}
}}
"#
    )
}

fn passes(cli: &Cli, filling: &str) {
    for protocol in [5, 6] {
        let workspace = Workspace::bare(cli).overriding(&[(SOURCE, Some(protocol))]);
        workspace.main(MODULE);
        workspace.write("tests/filled.tftest.hcl", &test(filling));
        workspace.run(&["test", "-no-color"]).succeeded().says("1 passed, 0 failed");
    }
}

fn override_data_fills_every_data_source(cli: &Cli) {
    passes(
        cli,
        r#"
override_data {
  target = data.alicloud_images.all
  values = {
    images = [{
      id                   = "m-9"
      detection_options    = { items = [{ name = "GuestOS.CloudInit" }] }
      disk_device_mappings = [{ device = "/dev/xvda" }]
    }]
  }
}

override_data {
  target = data.alicloud_image.one
  values = {
    id       = "m-9"
    name     = "nine"
    features = { nvme_support = "supported" }
  }
}

override_data {
  target = data.alicloud_image_ids.ids
  values = {
    ids = ["m-8"]
  }
}
"#,
    );
}

fn mock_provider_fills_every_data_source(cli: &Cli) {
    passes(
        cli,
        r#"
mock_provider "alicloud" {
  mock_data "alicloud_images" {
    defaults = {
      images = [{
        id                   = "m-9"
        detection_options    = { items = [{ name = "GuestOS.CloudInit" }] }
        disk_device_mappings = [{ device = "/dev/xvda" }]
      }]
    }
  }

  mock_data "alicloud_image" {
    defaults = {
      name     = "nine"
      features = { nvme_support = "supported" }
    }
  }

  mock_data "alicloud_image_ids" {
    defaults = {
      ids = ["m-8"]
    }
  }
}
"#,
    );
}

/// The images are those of the example for OpenTofu, which has every field.
fn mock_provider_takes_complete_objects_under_every_cli(cli: &Cli) {
    let example = include_str!("../../examples/terraform-test/tests/complete.tftest.hcl");
    let start = example.find("      images = [").unwrap();
    let end = start + example[start..].find("\n      ]").unwrap() + "\n      ]".len();
    let images = &example[start..end];
    let workspace = Workspace::bare(cli).overriding(&[(SOURCE, None)]);
    workspace.main(
        r#"
data "alicloud_images" "all" {
  owners = "system"
}

data "alicloud_image_ids" "ids" {
  owners = "system"
}

output "found" {
  value = [data.alicloud_images.all.images[0].id, data.alicloud_image_ids.ids.ids[0]]
}
"#,
    );
    workspace.write(
        "tests/mocked.tftest.hcl",
        &format!(
            r#"
mock_provider "alicloud" {{
  mock_data "alicloud_images" {{
    defaults = {{
{images}
    }}
  }}

  mock_data "alicloud_image_ids" {{
    defaults = {{
      ids = ["m-8"]
    }}
  }}
}}

run "mocked" {{
  assert {{
    condition     = join(" ", output.found) == "m-new m-8"
    error_message = join(" ", output.found)
  }}
}}
"#
        ),
    );
    workspace.run(&["test", "-no-color"]).succeeded().says("1 passed, 0 failed");
}

fn a_whole_data_source_is_used_without_a_warning(cli: &Cli) {
    let mock = crate::workspace::Mock::start(&[]);
    let workspace = Workspace::new(cli, &mock);
    workspace.main(
        "data \"alicloud_images\" \"all\" {\n  owners = \"self\"\n}\n\n\
         output \"all\" {\n  value = data.alicloud_images.all\n}\n",
    );
    let printed = workspace.plan().succeeded().text();
    assert!(!printed.to_lowercase().contains("deprecated"), "{printed}");
    workspace.main(
        "data \"alicloud_images\" \"all\" {\n  owners = \"self\"\n  show_expired = true\n}\n",
    );
    workspace.plan().succeeded().says("Argument is deprecated");
}
