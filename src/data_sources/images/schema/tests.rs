use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::{images, state};
use crate::data_sources::images::{
    arguments::{
        DEFAULT_TIMEOUT,
        checks::{FILTER_KEYS, TOO_MANY_TAGS},
        table::MAX_TAGS,
    },
    selection::Order,
    warnings::CAP,
};
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

/// Whether `ours` contains everything in `official`: it is the same type, or an object with more
/// members.
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
        serde_json::from_str(include_str!("../../../../tests/data/golden/schema-official.json"))
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

#[test]
fn the_arguments_are_those_of_the_schema_with_their_types() {
    let Kind::Object(of_schema) = images().kind() else { panic!("an object") };
    let arguments = super::arguments();
    for argument in &arguments {
        assert_eq!(of_schema.get(argument.name), Some(&argument.kind), "{}", argument.name);
    }
    // `id` can be set, without effect.
    let attributes = ["id", "ids", "images", "total_count"];
    assert_eq!(of_schema.len(), arguments.len() + attributes.len());
    assert!(attributes.iter().all(|name| of_schema.contains_key(*name)));
}

#[test]
fn what_is_a_fact_of_the_code_is_not_written_down_again() {
    let schema = images();
    let tags = &find(&schema, "tags").description;
    assert!(tags.contains(&format!("up to {MAX_TAGS}.")), "{tags}");
    assert!(TOO_MANY_TAGS.cause.contains(&format!("more than {MAX_TAGS} ")));
    assert_eq!(CAP, 1_000);
    for capped in ["resource_group_id", "tags"] {
        let capped = &find(&schema, capped).description;
        assert!(capped.contains("finds at most 1,000 "), "{capped}");
    }
    assert_eq!(DEFAULT_TIMEOUT.as_secs() % 60, 0, "the description names minutes");
    let orders = Order::names().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let order = &find(&schema, "sort_by").description;
    assert!(order.contains(&format!("Values: {orders}.")), "{order}");
}

#[test]
fn the_values_of_filter_blocks_are_those_of_their_keys() {
    let filter = images().block.blocks.into_iter().find(|block| block.name == "filter").unwrap();
    let value = filter.block.attributes.into_iter().find(|attribute| attribute.name == "value");
    let text = value.unwrap().description;
    for (key, values) in FILTER_KEYS {
        let (_, rest) = text.split_once(&format!("`{key}`")).unwrap();
        let end = rest.find(';').unwrap_or(rest.len());
        assert!(values.iter().all(|value| rest[..end].contains(&format!("`{value}`"))), "{key}");
    }
}
