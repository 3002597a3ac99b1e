//! Configurations from practice, unchanged, and their results.

use serde_json::json;

use crate::{
    Test,
    cli::Cli,
    workspace::{Mock, Workspace},
};

/// The tests of this module.
pub const TESTS: &[Test] = tests![
    count_over_ids,
    filters_of_one_owner,
    for_each_over_regions,
    ids_in_outputs,
    image_owner_id_of_a_partner,
    most_recent_by_owner_and_name,
    must_match_shows_the_nearest_name,
    nothing_found_is_an_empty_list,
    one_image_fails_where_a_list_would_be_empty,
    one_image_has_the_first_id_of_the_list,
    output_file_is_written,
    postconditions_see_the_result,
    tags_of_own_images,
    a_look_alike_is_a_warning,
];

fn applied(cli: &Cli, body: &str) -> Workspace {
    let mock = Mock::start(&[]);
    let workspace = Workspace::new(cli, &mock);
    workspace.main(body);
    workspace.apply().succeeded();
    workspace.plan().succeeded().says("No changes.");
    workspace
}

fn count_over_ids(cli: &Cli) {
    let workspace = applied(
        cli,
        r#"
data "alicloud_images" "arm" {
  owners       = "system"
  architecture = "arm64"
  name_regex   = "^(ubuntu|debian)"
}

resource "terraform_data" "each" {
  count = length(data.alicloud_images.arm.ids)
  input = data.alicloud_images.arm.ids[count.index]
}

output "same" {
  value = join(",", terraform_data.each[*].output) == join(",", data.alicloud_images.arm.ids)
}
"#,
    );
    assert_eq!(workspace.outputs()["same"], true);
}

/// Patterns of published configurations that match nothing in the service either: there, no name
/// contains `_64`.
fn must_match_shows_the_nearest_name(cli: &Cli) {
    let mock = Mock::start(&[]);
    let workspace = Workspace::new(cli, &mock);
    let patterns = [
        ("^centos_7_9_64", "centos_7_9_"),
        ("^ubuntu_16.*_64", "ubuntu_16_"),
        ("^win2019_64", "win2019_"),
    ];
    for (pattern, nearest) in patterns {
        workspace.main(&format!(
            "data \"alicloud_images\" \"all\" {{\n  owners = \"system\"\n  name_regex = {pattern:?}\n  \
             must_match = true\n}}\n"
        ));
        let text = workspace.plan().failed().says("No image matches").text();
        let nearest = format!("the closest name is \"{nearest}");
        assert!(text.contains(&nearest), "{nearest:?} is not in:\n{text}");
    }
}

fn filters_of_one_owner(cli: &Cli) {
    let workspace = applied(
        cli,
        r#"
data "alicloud_images" "windows" {
  owners                  = "self"
  os_type                 = "windows"
  status                  = "Available"
  is_support_io_optimized = true
}
"#,
    );
    let data = workspace.data("data.alicloud_images.windows");
    assert_eq!(data["images"].as_array().unwrap().len(), 1);
    assert_eq!(data["images"][0]["name"], "win2022-golden");
    assert_eq!(data["images"][0]["tags"], json!({ "env": "prod", "team": "desktop" }));
}

fn for_each_over_regions(cli: &Cli) {
    let workspace = applied(
        cli,
        r#"
data "alicloud_images" "base" {
  for_each    = toset(["cn-hangzhou", "cn-beijing", "ap-southeast-1"])
  region      = each.key
  owners      = "self"
  name_regex  = "^web-server-\\d{4}\\.\\d{2}$"
  most_recent = true
}

output "ids" {
  value = { for region, found in data.alicloud_images.base : region => found.images[0].id }
}
"#,
    );
    let ids = workspace.outputs()["ids"].clone();
    let mut different: Vec<&str> =
        ids.as_object().unwrap().values().map(|id| id.as_str().unwrap()).collect();
    different.sort_unstable();
    different.dedup();
    assert_eq!(different.len(), 3, "own images have an ID for each region: {ids}");
}

fn ids_in_outputs(cli: &Cli) {
    let workspace = applied(
        cli,
        r#"
data "alicloud_images" "centos" {
  owners     = "system"
  name_regex = "^centos_7"
}

output "ids" {
  value = data.alicloud_images.centos.ids
}

output "joined" {
  value = join(",", data.alicloud_images.centos.images[*].image_id)
}

output "first" {
  value = data.alicloud_images.centos.ids.0
}
"#,
    );
    let outputs = workspace.outputs();
    let ids: Vec<&str> =
        outputs["ids"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
    assert!(ids.len() > 2, "{ids:?}");
    assert_eq!(outputs["joined"], ids.join(","));
    assert_eq!(outputs["first"], ids[0]);
}

fn image_owner_id_of_a_partner(cli: &Cli) {
    let workspace = applied(
        cli,
        r#"
data "alicloud_images" "partner" {
  owners         = "others"
  image_owner_id = "1998877665544332"
  name_regex     = "^partner-"
  most_recent    = true
}
"#,
    );
    assert_eq!(
        workspace.data("data.alicloud_images.partner")["images"][0]["name"],
        "partner-appliance-3.2"
    );
}

fn most_recent_by_owner_and_name(cli: &Cli) {
    let workspace = applied(
        cli,
        r#"
data "alicloud_images" "default" {
  most_recent = true
  owners      = "system"
  name_regex  = "^ubuntu_[0-9]+_[0-9]+_x64*"
}

output "id" {
  value = data.alicloud_images.default.images.0.id
}
"#,
    );
    assert_eq!(workspace.outputs()["id"], "ubuntu_26_04_x64_20G_alibase_20260507.vhd");
    let data = workspace.data("data.alicloud_images.default");
    assert_eq!(data["ids"].as_array().unwrap().len(), 1);
    assert_eq!(data["status"], "Available");
}

fn nothing_found_is_an_empty_list(cli: &Cli) {
    let workspace = applied(
        cli,
        "data \"alicloud_images\" \"none\" {\n  owners = \"system\"\n  name_regex = \"^no such image$\"\n}\n",
    );
    let data = workspace.data("data.alicloud_images.none");
    assert_eq!((&data["ids"], &data["images"], &data["id"]), (&json!([]), &json!([]), &json!("0")));
}

fn one_image_fails_where_a_list_would_be_empty(cli: &Cli) {
    let mock = Mock::start(&[]);
    let workspace = Workspace::new(cli, &mock);
    workspace.main(
        "data \"alicloud_image\" \"none\" {\n  owners = \"system\"\n  architecture = \"arm64\"\n  name_regex = \"^centos_6\"\n}\n",
    );
    workspace.plan().failed().says("cn-hangzhou").says("architecture");
}

fn one_image_has_the_first_id_of_the_list(cli: &Cli) {
    let workspace = applied(
        cli,
        r#"
locals {
  pattern = "^aliyun_3_x64_20G"
}

data "alicloud_images" "list" {
  owners      = "system"
  name_regex  = local.pattern
  most_recent = true
}

data "alicloud_image" "one" {
  owners      = "system"
  name_regex  = local.pattern
  most_recent = true
}

output "same" {
  value = data.alicloud_image.one.id == data.alicloud_images.list.images.0.id
}
"#,
    );
    assert_eq!(workspace.outputs()["same"], true);
}

fn output_file_is_written(cli: &Cli) {
    let workspace = applied(
        cli,
        "data \"alicloud_images\" \"all\" {\n  owners = \"self\"\n  output_file = \"images.json\"\n}\n",
    );
    let written: serde_json::Value = serde_json::from_str(&workspace.read("images.json")).unwrap();
    let data = workspace.data("data.alicloud_images.all");
    assert_eq!(written.as_array().unwrap().len(), data["images"].as_array().unwrap().len());
    assert_eq!(written[0].as_object().unwrap().len(), 24);
}

fn postconditions_see_the_result(cli: &Cli) {
    let mock = Mock::start(&[]);
    let workspace = Workspace::new(cli, &mock);
    workspace.main(
        r#"
data "alicloud_images" "arm" {
  owners       = "system"
  architecture = "arm64"

  lifecycle {
    postcondition {
      condition     = alltrue([for image in self.images : image.boot_mode == "BIOS"])
      error_message = "Arm images boot by UEFI."
    }
  }
}
"#,
    );
    workspace.plan().failed().says("Arm images boot by UEFI.");
}

fn tags_of_own_images(cli: &Cli) {
    let workspace = applied(
        cli,
        r#"
data "alicloud_images" "web" {
  owners = "self"
  tags = {
    env  = "prod"
    team = "web"
  }
}
"#,
    );
    let data = workspace.data("data.alicloud_images.web");
    let names: Vec<&str> = data["images"]
        .as_array()
        .unwrap()
        .iter()
        .map(|image| image["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["web-server-2025.10", "web-server-2025.09"]);
}

fn a_look_alike_is_a_warning(cli: &Cli) {
    let mock = Mock::start(&[]);
    let workspace = Workspace::new(cli, &mock);
    let body = |extra: &str| {
        format!(
            "data \"alicloud_images\" \"ubuntu\" {{\n  name_regex = \"^ubuntu_22_04_x64\"\n  most_recent = true\n{extra}}}\n"
        )
    };
    workspace.main(&body(""));
    workspace.plan().succeeded().says("Warning").says("owners");
    workspace.main(&body("  allow_unsafe_filter = true\n"));
    assert!(!workspace.plan().succeeded().text().contains("owners"));
    workspace.main(&body("  allow_unsafe_filter = false\n"));
    workspace.run(&["validate", "-no-color"]).failed().says("owners");
    // For the marketplace, it suggests an argument that the service accepts; following the advice
    // removes the warning.
    let vendor = |extra: &str| {
        format!(
            "data \"alicloud_images\" \"w\" {{\n  owners = \"marketplace\"\n  name_regex = \"^wordpress\"\n  limit = 1\n{extra}}}\n"
        )
    };
    workspace.main(&vendor(""));
    let plan = workspace.plan().succeeded().says("Any vendor can publish").says("product_code");
    assert!(!plan.text().contains("image_owner_id"));
    workspace.main(&vendor("  allow_unsafe_filter = true\n"));
    assert!(!workspace.plan().succeeded().text().contains("vendor"));
}
