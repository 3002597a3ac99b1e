use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::{images, state};
use crate::{
    schema::{Attribute, AttributeKind, Nesting, Presence, Schema},
    value::Kind,
};

fn both() -> [Schema; 2] {
    [images(), super::image()]
}

fn find<'a>(schema: &'a Schema, name: &str) -> &'a Attribute {
    let attributes = &schema.block.attributes;
    attributes.iter().find(|attribute| attribute.name == name).unwrap_or_else(|| panic!("{name}"))
}

/// Whether `ours` holds everything of `official`: the same type, or an object with more members.
fn extends(ours: &Kind, official: &Kind) -> bool {
    match (ours, official) {
        (Kind::Object(ours), Kind::Object(official)) => official
            .iter()
            .all(|(name, kind)| ours.get(name).is_some_and(|ours| extends(ours, kind))),
        (Kind::List(ours), Kind::List(official)) => extends(ours, official),
        _ => ours == official,
    }
}

#[test]
fn every_official_attribute_is_here_with_its_type_and_flags() {
    let official: Json =
        serde_json::from_str(include_str!("../../../tests/data/golden/schema-official.json"))
            .unwrap();
    let block = &official["data_source_schemas"]["alicloud_images"]["block"];
    let ours = images();
    let attributes = block["attributes"].as_object().unwrap();
    assert_eq!(attributes.len(), 23);
    for (name, official) in attributes {
        let attribute = find(&ours, name);
        let kind = Kind::from_json(&official["type"]).unwrap();
        assert!(extends(&attribute.kind.kind(), &kind), "{name}");
        let flags = (official["optional"] == true, official["computed"] == true);
        let presence = match flags {
            (true, false) => Presence::Optional,
            (true, true) => Presence::OptionalComputed,
            (false, true) => Presence::Computed,
            (false, false) => Presence::Required,
        };
        assert_eq!(attribute.presence, presence, "{name}");
    }
    let timeouts = ours.block.blocks.iter().find(|block| block.name == "timeouts").unwrap();
    assert_eq!(block["block_types"]["timeouts"]["nesting_mode"], "single");
    assert_eq!(timeouts.nesting, Nesting::Single);
    assert_eq!(timeouts.block.kind(), Kind::object([("read", Kind::String)]));
    assert_eq!(timeouts.block.attributes[0].presence, Presence::Optional);
    assert_eq!(block["block_types"].as_object().unwrap().len(), 1);
}

#[test]
fn every_attribute_and_block_is_described() {
    fn check(attribute: &Attribute) {
        assert!(attribute.description.ends_with('.'), "{}", attribute.name);
        if let AttributeKind::Nested { attributes, .. } = &attribute.kind {
            attributes.iter().for_each(check);
        }
    }
    for schema in both() {
        assert!(!schema.block.description.is_empty());
        schema.block.attributes.iter().for_each(check);
        for nested in &schema.block.blocks {
            assert!(!nested.block.description.is_empty());
            nested.block.attributes.iter().for_each(check);
        }
    }
}

#[test]
fn names_are_unique() {
    for schema in both() {
        let names: Vec<&str> = (schema.block.attributes.iter().map(|attribute| &*attribute.name))
            .chain(schema.block.blocks.iter().map(|block| &*block.name))
            .collect();
        assert_eq!(names.len(), names.iter().collect::<BTreeSet<_>>().len());
    }
}

#[test]
fn alicloud_image_has_every_image_attribute_with_the_same_type_as_the_list() {
    let schema = super::image();
    for field in state::attributes::<crate::alicloud::model::Image>() {
        let attribute = find(&schema, &field.name);
        assert_eq!(attribute.kind.kind(), field.kind.kind(), "{}", field.name);
        assert!(
            matches!(attribute.presence, Presence::Computed | Presence::OptionalComputed),
            "{}",
            field.name
        );
    }
}

#[test]
fn alicloud_image_accepts_the_arguments_of_the_list() {
    let one = super::image();
    for argument in images().block.attributes {
        let is_argument = argument.presence != Presence::Computed;
        if !is_argument || ["id", "must_match"].contains(&&*argument.name) {
            continue;
        }
        let attribute = find(&one, &argument.name);
        assert_eq!(attribute.kind, argument.kind, "{}", argument.name);
        assert_ne!(attribute.presence, Presence::Computed, "{}", argument.name);
    }
}

#[test]
fn what_makes_a_result_change_with_time_says_so() {
    for schema in both() {
        for name in ["minimum_age", "most_recent"] {
            let description = &find(&schema, name).description;
            assert!(description.contains("result changes with time"), "{name}: {description}");
        }
    }
}
