//! The schemas of both data sources.
//!
//! Names, types and who gives a value are for ever: what the official `alicloud_images` has is here
//! with the same type and flags, the rest is added beside it. What the arguments mean to each other
//! is not here but in `arguments`.

mod fields;
mod filters;
mod options;

use crate::{
    schema::{Attribute, AttributeKind, Block, NestedBlock, Nesting, Presence, Schema},
    value::Kind,
};

/// The schema of `alicloud_images`.
pub(super) fn images() -> Schema {
    let mut attributes = vec![Attribute::new(
        "id",
        Kind::String,
        Presence::OptionalComputed,
        "A checksum of the image IDs found, in their order; `0` where nothing was found. It \
         changes exactly when `ids` does. A value given here has no effect.",
    )];
    attributes.extend(filters::attributes());
    attributes.extend(options::attributes());
    attributes.push(options::must_match());
    attributes.push(Attribute::new(
        "ids",
        Kind::list(Kind::String),
        Presence::Computed,
        "The IDs of the images found, in the order of `images`.",
    ));
    attributes.push(Attribute {
        name: "images".into(),
        kind: AttributeKind::Nested { nesting: Nesting::List, attributes: fields::attributes() },
        presence: Presence::Computed,
        sensitive: false,
        description: "The images found: in the order of the service unless `sort_by` is given. \
                      Nothing inside is ever null: what the service leaves out is `\"\"`, `false`, \
                      `0`, `[]` or `{}`."
            .into(),
        deprecation: None,
    });
    Schema {
        version: 0,
        block: Block {
            attributes,
            blocks: options::blocks(),
            description: "Lists the ECS images of a region: public, own, shared, marketplace and \
                          community images. Finding none is no error unless `must_match` is set.\n\
                          \n\
                          The service filters first, by the arguments that are sent to it. Then \
                          these select, in this order: `name_regex`, `exclude_name_regex`, \
                          `created_after` and `created_before`, `most_recent`, `sort_by`, `limit`."
                .into(),
            deprecation: None,
        },
    }
}

/// The schema of `alicloud_image`: the same arguments, and the attributes of the one image beside
/// them.
///
/// Where an argument and an attribute share a name, it is optional and computed: given, it is a
/// filter; read, it is what the image has.
pub(super) fn image() -> Schema {
    let mut fields = fields::attributes();
    let mut attributes: Vec<Attribute> = Vec::new();
    for mut argument in filters::attributes().into_iter().chain(options::attributes()) {
        if let Some(position) = fields.iter().position(|field| field.name == argument.name) {
            let field = fields.remove(position);
            argument.presence = Presence::OptionalComputed;
            argument.description =
                format!("{} Read, it is of the image: {}", argument.description, field.description)
                    .into();
        }
        attributes.push(argument);
    }
    attributes.extend(fields);
    Schema {
        version: 0,
        block: Block {
            attributes,
            blocks: options::blocks(),
            description: "Finds exactly one ECS image; none, or more than one, is an error that \
                          tells what was found instead. Use `most_recent` to take the newest of \
                          several.\n\
                          \n\
                          The service filters first, by the arguments that are sent to it. Then \
                          these select, in this order: `name_regex`, `exclude_name_regex`, \
                          `created_after` and `created_before`, `most_recent`, `sort_by`, `limit`. \
                          An argument that is also an attribute of the image, such as `status`, \
                          filters where it is given; read, it is what the image has."
                .into(),
            deprecation: None,
        },
    }
}

/// A nested block that holds `attributes`.
fn block(
    name: &'static str,
    nesting: Nesting,
    description: &'static str,
    attributes: Vec<Attribute>,
) -> NestedBlock {
    NestedBlock {
        name: name.into(),
        block: Block { attributes, description: description.into(), ..Block::default() },
        nesting,
        min_items: 0,
        max_items: 0,
    }
}

#[cfg(test)]
mod tests;
