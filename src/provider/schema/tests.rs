//! The schema against the official one.

use serde_json::Value as Json;

use super::schema;
use crate::schema::{Attribute, AttributeKind, Block, Nesting, Presence};

fn official() -> Json {
    let text = include_str!("../../../tests/data/golden/schema-official.json");
    serde_json::from_str::<Json>(text).unwrap()["provider"]["block"].take()
}

fn compare(path: &str, ours: &Block, theirs: &Json, additions: &mut Vec<String>) {
    let empty = serde_json::Map::new();
    let attributes = theirs["attributes"].as_object().unwrap_or(&empty);
    for (name, attribute) in attributes {
        let path = format!("{path}.{name}");
        let own = ours.attributes.iter().find(|own| own.name == *name);
        let own = own.unwrap_or_else(|| panic!("{path} is missing"));
        compare_attribute(&path, own, attribute);
    }
    for own in &ours.attributes {
        assert!(!own.description.is_empty(), "{path}.{} has no description", own.name);
        if !attributes.contains_key(own.name.as_ref()) {
            additions.push(format!("{path}.{}", own.name));
        }
    }

    let blocks = theirs["block_types"].as_object().unwrap_or(&empty);
    assert_eq!(ours.blocks.len(), blocks.len(), "blocks of {path}");
    for (name, nested) in blocks {
        let path = format!("{path}.{name}");
        let own = ours.blocks.iter().find(|own| own.name == *name);
        let own = own.unwrap_or_else(|| panic!("{path} is missing"));
        let nesting = match own.nesting {
            Nesting::List => "list",
            Nesting::Map => "map",
            Nesting::Set => "set",
            Nesting::Single => "single",
        };
        assert_eq!(nested["nesting_mode"], nesting, "{path}");
        assert_eq!(nested["max_items"].as_i64().unwrap_or(0), own.max_items, "{path}");
        assert_eq!(nested["min_items"].as_i64().unwrap_or(0), own.min_items, "{path}");
        compare(&path, &own.block, &nested["block"], additions);
    }
}

fn compare_attribute(path: &str, ours: &Attribute, theirs: &Json) {
    let AttributeKind::Plain(kind) = &ours.kind else { panic!("{path} is nested") };
    assert_eq!(theirs["type"], kind.to_json(), "{path}");
    // The official `role_arn` is required unless its variable is set; ours is judged when it is used.
    assert_eq!(ours.presence, Presence::Optional, "{path}");
    assert_eq!(theirs["deprecated"] == true, ours.deprecation.is_some(), "{path}");
}

#[test]
fn every_official_argument_is_accepted_with_its_type() {
    let mut additions = Vec::new();
    compare("provider", &schema().block, &official(), &mut additions);
    let expected = ["ca_certificate_file", "endpoint_type", "insecure", "sign_version.ecs"];
    additions.sort_unstable();
    assert_eq!(additions, expected.map(|name| format!("provider.{name}")));
}

#[test]
fn secrets_are_sensitive() {
    let schema = schema();
    let oidc = schema.block.blocks.iter().find(|block| block.name == "assume_role_with_oidc");
    let attributes = schema.block.attributes.iter().chain(&oidc.unwrap().block.attributes);
    let sensitive: Vec<&str> =
        attributes.filter(|attribute| attribute.sensitive).map(|own| own.name.as_ref()).collect();
    assert_eq!(sensitive, ["access_key", "secret_key", "security_token", "oidc_token"]);
}
