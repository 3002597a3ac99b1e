//! The schemas of the data sources, built from the table of arguments and the table of image
//! fields.
//!
//! Names, types and flags are permanent: everything in the official `alicloud_images` exists here
//! with the same type and flags, and the rest is added to it.

use std::borrow::Cow;

use crate::{
    alicloud::model::Image,
    schema::{Attribute, AttributeKind, Block, NestedBlock, Nesting, Presence, Schema},
    value::Kind,
};

use super::{
    arguments::{
        DEFAULT_TIMEOUT,
        checks::{FILTER_KEYS, quoted},
        table::{FILTER_BLOCK, FILTERS, Filter, Form, LOCALS, Local},
    },
    selection::Selection,
    state,
};

/// The paragraph about the order of the selection steps, for both pages.
fn selection() -> String {
    format!(
        "The service filters first, by the arguments that are sent to it. Then these select, in this \
         order: {}.",
        quoted(Selection::arguments())
    )
}

/// The schema of `alicloud_images`.
pub(crate) fn images() -> Schema {
    let mut attributes = list();
    attributes.push(Attribute {
        kind: AttributeKind::Nested {
            nesting: Nesting::List,
            attributes: state::attributes::<Image>(),
        },
        ..Attribute::new(
            "images",
            Kind::Dynamic,
            Presence::Computed,
            "The images found, in the order of the service unless `sort_by` is set. Nothing inside \
             is ever null: what the service leaves out is `\"\"`, `false`, `0`, `[]` or `{}`.",
        )
    });
    schema(
        attributes,
        format!(
            "Lists the ECS images of a region: public, own, shared, marketplace and community \
             images. Finding none is not an error unless `must_match` is set.\n\n{}",
            selection()
        ),
    )
}

/// The schema of `alicloud_image_ids`: `alicloud_images` without the images.
pub(crate) fn image_ids() -> Schema {
    schema(
        list(),
        format!(
            "Lists the IDs of the ECS images of a region, with the arguments of \
             `alicloud_images`: for configurations that need nothing but IDs, and keep \
             a state without some 40 attributes for each image.\n\n{}",
            selection()
        ),
    )
}

/// The attributes of every list.
fn list() -> Vec<Attribute> {
    let mut attributes = vec![Attribute::new(
        "id",
        Kind::String,
        Presence::OptionalComputed,
        "A CRC-32 checksum of the image IDs found, in their order; `0` if nothing was found. Equal \
         lists have equal checksums; two different lists have the same one by chance only, once in \
         four billion. A value set here has no effect.",
    )];
    attributes.extend(own_arguments(true));
    attributes.push(total_count());
    attributes.push(Attribute::new(
        "ids",
        Kind::list(Kind::String),
        Presence::Computed,
        "The IDs of the images found, in the order of the service unless `sort_by` is set.",
    ));
    attributes
}

/// The schema of `alicloud_image`: the same arguments, and the attributes of the one image next to
/// them.
///
/// An argument and an attribute with the same name are one attribute, which is optional and
/// computed: if it is set, it is a filter; when it is read, it is the image's value.
pub(crate) fn image() -> Schema {
    let mut fields = state::attributes::<Image>();
    let mut attributes: Vec<Attribute> = Vec::new();
    for mut argument in own_arguments(false) {
        if let Some(position) = fields.iter().position(|field| field.name == argument.name) {
            let field = fields.remove(position);
            argument.presence = Presence::OptionalComputed;
            argument.description = format!(
                "As an argument: {} As an attribute: {}",
                argument.description, field.description
            )
            .into();
        }
        attributes.push(argument);
    }
    attributes.push(total_count());
    attributes.push(Attribute::new(
        "matched_version",
        Kind::String,
        Presence::Computed,
        "The version that `version_regex` found in the name; empty without `version_regex`.",
    ));
    attributes.extend(fields);
    schema(
        attributes,
        format!(
            "Finds exactly one ECS image; none, or more than one, is an error that says what was \
             found instead. Use `most_recent` to take the newest of several.\n\n{} An \
             argument that is also an attribute of the image, such as `status`, filters if it is \
             set; when read, it is the image's value.",
            selection()
        ),
    )
}

fn schema(attributes: Vec<Attribute>, description: String) -> Schema {
    let block = Block {
        attributes,
        blocks: vec![filter(), timeouts()],
        description: description.into(),
        deprecation: None,
    };
    Schema { version: 0, block }
}

/// The arguments of a data source that finds any number of images, or exactly one.
fn own_arguments(list: bool) -> impl Iterator<Item = Attribute> {
    let locals = LOCALS.iter().filter(move |local| list || !local.lists_only);
    FILTERS.iter().map(sent).chain(locals.map(local))
}

fn sent(filter: &Filter) -> Attribute {
    let words = filter.form.words().iter().map(|(word, meaning)| match *meaning {
        "" => format!("`{word}`"),
        meaning => format!("`{word}` ({meaning})"),
    });
    let description = with_words(filter.description, words);
    let attribute = Attribute::new(
        filter.name,
        filter.form.kind(),
        Presence::Optional,
        with_default(description, filter.default),
    );
    match filter.deprecation {
        Some(deprecation) => attribute.deprecated(deprecation),
        None => attribute,
    }
}

fn local(local: &Local) -> Attribute {
    let presence = if local.computed { Presence::OptionalComputed } else { Presence::Optional };
    let words = (local.words)().into_iter().map(|word| format!("`{word}`"));
    let description = with_default(with_words(local.description, words), local.default);
    Attribute::new(local.name, local.kind.clone(), presence, description)
}

fn with_words(description: &str, words: impl Iterator<Item = String>) -> String {
    let words = words.collect::<Vec<_>>().join(", ");
    if words.is_empty() {
        description.to_owned()
    } else {
        format!("{description} Values: {words}.")
    }
}

fn with_default(description: String, default: &str) -> String {
    if default.is_empty() { description } else { format!("{description} Default: {default}.") }
}

fn total_count() -> Attribute {
    Attribute::new(
        "total_count",
        Kind::Number,
        Presence::Computed,
        "How many images the service found, before `name_regex` and the other arguments that \
         select in the provider.",
    )
}

/// The block that limits the time of a lookup, and its only attribute.
const TIMEOUTS: &str = "timeouts";
const READ: &str = "read";

fn timeouts() -> NestedBlock {
    let description = format!(
        "How long the whole lookup may take, retries included: a duration such as `90s`, `5m` or \
         `1h30m`. Default: `{}m`.",
        DEFAULT_TIMEOUT.as_secs() / 60
    );
    let read = Attribute::new(READ, Kind::String, Presence::Optional, description);
    let description = "How long the operations may take.";
    NestedBlock::new(TIMEOUTS, Nesting::Single, 0, description, vec![read])
}

fn filter() -> NestedBlock {
    let required = |name, description: String| {
        Attribute::new(name, Kind::String, Presence::Required, description)
    };
    let keys = quoted(FILTER_KEYS.iter().map(|(key, _)| key));
    let attributes = vec![
        required("name", format!("The key, as in the API's `Filter.N.Key`. Values: {keys}.")),
        required("value", format!("The value: {}.", filter_values())),
    ];
    NestedBlock::new(FILTER_BLOCK.name, Nesting::List, 0, FILTER_BLOCK.description, attributes)
}

/// The values of filter blocks, for the keys that have the same.
fn filter_values() -> String {
    let mut kinds: Vec<(&[&str], Vec<&str>)> = Vec::new();
    for (key, values) in FILTER_KEYS {
        match kinds.iter_mut().find(|(known, _)| known == values) {
            Some((_, keys)) => keys.push(key),
            None => kinds.push((values, vec![key])),
        }
    }
    let kinds = kinds.into_iter().map(|(values, keys)| match values {
        [] => format!("for {} ISO 8601, sent in whole minutes of UTC", quoted(keys.iter())),
        values => {
            let values: Vec<String> = values.iter().map(|value| format!("`{value}`")).collect();
            format!("for {} {}", quoted(keys.iter()), values.join(" or "))
        }
    });
    kinds.collect::<Vec<_>>().join("; ")
}

/// An argument of `alicloud_images` for other programs: for usage texts and shell completion.
#[derive(Clone, Debug)]
pub struct Argument {
    /// The name.
    pub name: &'static str,
    /// The type of its value.
    pub kind: Kind,
    /// The documented values; empty if any value is valid. Other values may be accepted too.
    pub words: Vec<&'static str>,
    /// Whether it may have several of them, with commas between them.
    pub is_list: bool,
    /// The documented keys of a map or of a repeated block, each with its documented values; empty
    /// if any key is valid.
    pub keys: &'static [(&'static str, &'static [&'static str])],
    /// The description, in Markdown.
    pub description: Cow<'static, str>,
}

/// The arguments of `alicloud_images`, with the nested blocks, in the order of their documentation.
pub fn arguments() -> Vec<Argument> {
    let argument = |name, kind, words, description: &'static str| {
        let description = description.into();
        Argument { name, kind, words, is_list: false, keys: &[], description }
    };
    let sent = FILTERS.iter().map(|row| {
        let words = row.form.words().iter().map(|(word, _)| *word).collect();
        let is_list = matches!(row.form, Form::Words(_));
        Argument { is_list, ..argument(row.name, row.form.kind(), words, row.description) }
    });
    let locals = LOCALS
        .iter()
        .map(|row| argument(row.name, row.kind.clone(), (row.words)(), row.description));
    let timeouts = timeouts();
    // What is set is its only attribute.
    let read = timeouts.block.attributes.first();
    let read = read.map(|attribute| attribute.description.clone()).unwrap_or_default();
    let blocks = [
        Argument {
            keys: FILTER_KEYS,
            ..argument(FILTER_BLOCK.name, filter().kind(), Vec::new(), FILTER_BLOCK.description)
        },
        Argument {
            keys: &[(READ, &[])],
            description: read,
            ..argument(TIMEOUTS, timeouts.kind(), Vec::new(), "")
        },
    ];
    sent.chain(locals).chain(blocks).collect()
}

#[cfg(test)]
mod tests;
