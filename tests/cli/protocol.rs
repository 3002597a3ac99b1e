//! Both protocol versions, as the CLI sees them.

use serde_json::Value as Json;

use crate::{
    Test,
    cli::Cli,
    workspace::{Mock, SOURCE, Workspace},
};

/// The tests of this module.
pub const TESTS: &[Test] = tests![
    both_protocols_give_the_same_state,
    every_attribute_has_a_description,
    the_schema_equals_the_snapshot,
];

const LOOK_UP: &str = r#"
data "alicloud_images" "all" {
  owners       = "system"
  architecture = "arm64"
}

data "alicloud_image_ids" "ids" {
  owners             = "self"
  status             = "ALL"
  version_regex      = "^web-server-(.+)$"
  version_constraint = "~> 2025.9"
  sort_by            = "version_desc"
  minimum_age        = "24h"
}

data "alicloud_image" "newest" {
  owners        = "self"
  version_regex = "^web-server-(.+)$"
  sort_by       = "version_desc"
  most_recent   = true
}

data "alicloud_images" "first" {
  owners = "system"
  limit  = 1
}
"#;

const ADDRESSES: [&str; 4] = [
    "data.alicloud_images.all",
    "data.alicloud_image_ids.ids",
    "data.alicloud_image.newest",
    "data.alicloud_images.first",
];

fn both_protocols_give_the_same_state(cli: &Cli) {
    let mock = Mock::start(&[]);
    let states = [5, 6].map(|version| {
        let overrides = [(SOURCE, Some(version))];
        let workspace = Workspace::bare(cli).overriding(&overrides).against(&mock);
        workspace.main(LOOK_UP);
        workspace.apply().succeeded();
        workspace.plan().succeeded().says("No changes.");
        ADDRESSES.map(|address| workspace.data(address))
    });
    assert_eq!(states[0], states[1]);
    let [all, ids, newest, first] = &states[0];
    assert!(!all["images"].as_array().unwrap().is_empty());
    assert_eq!(ids["ids"].as_array().unwrap().len(), 2);
    assert!(newest["matched_version"].as_str().unwrap().starts_with("2025."));
    assert_eq!(first["ids"].as_array().unwrap().len(), 1);
    assert!(first["total_count"].as_u64().unwrap() > 1, "the service's own count");
}

/// The paths of attributes and blocks below `block` without a description.
fn undescribed(block: &Json, path: &str, found: &mut Vec<String>) {
    for (name, attribute) in block["attributes"].as_object().into_iter().flatten() {
        let path = format!("{path}.{name}");
        if attribute["description"].as_str().is_none_or(str::is_empty) {
            found.push(path.clone());
        }
        undescribed(&attribute["nested_type"], &path, found);
    }
    for (name, nested) in block["block_types"].as_object().into_iter().flatten() {
        undescribed(&nested["block"], &format!("{path}.{name}"), found);
    }
}

/// The schema of the provider in the output of `terraform providers schema -json`.
fn printed_schema(cli: &Cli) -> Json {
    let mock = Mock::start(&[]);
    let workspace = Workspace::new(cli, &mock);
    workspace.main(LOOK_UP);
    let printed = workspace.run(&["providers", "schema", "-json"]).succeeded().stdout;
    let schemas: Json = serde_json::from_str(&printed).unwrap();
    schemas["provider_schemas"].as_object().unwrap().values().next().unwrap().clone()
}

/// Removes what only newer CLIs print, such as OpenTofu 1.12. The descriptions have the same text.
fn remove_deprecation_messages(schema: &mut Json) {
    if let Some(members) = schema.as_object_mut() {
        members.remove("deprecation_message");
        members.values_mut().for_each(remove_deprecation_messages);
    }
}

fn the_schema_equals_the_snapshot(cli: &Cli) {
    let mut schema = printed_schema(cli);
    remove_deprecation_messages(&mut schema);
    insta::with_settings!({ snapshot_path => "../data/snapshots", prepend_module_to_snapshot => false }, {
        insta::assert_json_snapshot!("providers-schema", schema);
    });
}

fn every_attribute_has_a_description(cli: &Cli) {
    let schema = printed_schema(cli);
    let mut found = Vec::new();
    undescribed(&schema["provider"]["block"], "provider", &mut found);
    for (name, data_source) in schema["data_source_schemas"].as_object().unwrap() {
        undescribed(&data_source["block"], name, &mut found);
    }
    assert!(found.is_empty(), "no description: {found:#?}");
    let images = &schema["data_source_schemas"]["alicloud_images"]["block"]["attributes"]["images"];
    assert_eq!(images["type"][0], "list", "test frameworks can fill plain types only");
}
