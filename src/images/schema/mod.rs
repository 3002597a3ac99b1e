//! The schemas of the data sources, built from the table of arguments and the table of image
//! fields.
//!
//! Names, types and who sets a value are permanent: what the official `alicloud_images` has is here
//! with the same type and flags, and the rest is added to it.

use crate::{
    alicloud::model::Image,
    schema::{Attribute, AttributeKind, Block, NestedBlock, Nesting, Presence, Schema},
    value::Kind,
};

use super::{
    arguments::{
        checks::{FILTER_KEYS, quoted},
        table::{FILTER_BLOCK, FILTERS, Filter, Form, LOCALS, Local},
    },
    state,
};

/// The paragraph about the order of the selection steps, for both pages.
const SELECTION: &str = "The service filters first, by the arguments that are sent to it. Then these \
                         select, in this order: `name_regex`, `exclude_name_regex`, \
                         `version_regex` and `version_constraint`, `created_after` and \
                         `created_before`, `minimum_age`, `most_recent`, `sort_by`, `limit`.";

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
             images. Finding none is not an error unless `must_match` is set.\n\n{SELECTION}"
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
             a state without some 40 attributes for each image.\n\n{SELECTION}"
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
    attributes.extend(arguments(true));
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
/// An argument and an attribute that share a name are one attribute, optional and computed: set, it
/// is a filter; read, it is the image's value.
pub(crate) fn image() -> Schema {
    let mut fields = state::attributes::<Image>();
    let mut attributes: Vec<Attribute> = Vec::new();
    for mut argument in arguments(false) {
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
             found instead. Use `most_recent` to take the newest of several.\n\n{SELECTION} An \
             argument that is also an attribute of the image, such as `status`, filters if it is \
             set; when read, it is the image's value."
        ),
    )
}

fn schema(attributes: Vec<Attribute>, description: String) -> Schema {
    let block =
        Block { attributes, blocks: blocks(), description: description.into(), deprecation: None };
    Schema { version: 0, block }
}

/// The arguments of a data source that finds any number of images, or exactly one.
fn arguments(list: bool) -> impl Iterator<Item = Attribute> {
    let locals = LOCALS.iter().filter(move |local| list || !local.lists_only);
    FILTERS.iter().map(sent).chain(locals.map(local))
}

fn sent(filter: &Filter) -> Attribute {
    let kind = match filter.form {
        Form::Flag => Kind::Bool,
        Form::Tags => Kind::map(Kind::String),
        Form::Text | Form::Digits | Form::Word(..) | Form::Words(_) | Form::Pair => Kind::String,
    };
    let words = match filter.form {
        Form::Word(known, _) | Form::Words(known) => known,
        _ => &[],
    };
    let words: Vec<String> = words
        .iter()
        .map(|(word, meaning)| match *meaning {
            "" => format!("`{word}`"),
            meaning => format!("`{word}` ({meaning})"),
        })
        .collect();
    let mut description = filter.description.to_owned();
    if !words.is_empty() {
        description.push_str(&format!(" Values: {}.", words.join(", ")));
    }
    let attribute = Attribute::new(
        filter.name,
        kind,
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
    let description = with_default(local.description.to_owned(), local.default);
    Attribute::new(local.name, local.kind.clone(), presence, description)
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

/// The nested blocks of every data source.
fn blocks() -> Vec<NestedBlock> {
    let required = |name, description: String| {
        Attribute::new(name, Kind::String, Presence::Required, description)
    };
    let keys = quoted(FILTER_KEYS.iter().map(|(key, _)| key));
    vec![
        NestedBlock::new(
            FILTER_BLOCK.name,
            Nesting::List,
            0,
            FILTER_BLOCK.description,
            vec![
                required(
                    "name",
                    format!("The key, as in the API's `Filter.N.Key`. Values: {keys}."),
                ),
                required(
                    "value",
                    "The value: for times ISO 8601, sent in whole minutes of UTC; for \
                     `NetworkType` `vpc` or `classic`; for the others `supported` or \
                     `unsupported`."
                        .to_owned(),
                ),
            ],
        ),
        NestedBlock::new(
            "timeouts",
            Nesting::Single,
            0,
            "How long the operations may take.",
            vec![Attribute::new(
                "read",
                Kind::String,
                Presence::Optional,
                "How long the whole lookup may take, retries included: a duration such as `90s`, \
                 `5m` or `1h30m`. Default: `5m`.",
            )],
        ),
    ]
}

#[cfg(test)]
mod tests;
