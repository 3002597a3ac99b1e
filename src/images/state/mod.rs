//! Images become state.
//!
//! Nothing in an image is null: what the service leaves out is `""`, `false`, `0`, `[]` or `{}`.

mod fields;

use std::borrow::Cow;

use crate::{
    alicloud::{Listing, model::Image},
    text::ExternalText,
    value::{Object, Value},
};

use super::arguments::DEFAULT_STATUS;
use fields::Shapes;

/// Keys of tags that the platform sets begin so. Case matters, as in the official provider.
const PLATFORM_TAGS: [&str; 4] = ["aliyun", "acs:", "http://", "https://"];

/// The state of `alicloud_images`: the block as given, with its defaults, and what was found.
pub(super) fn images(config: &Value, listing: &Listing, images: &[&Image]) -> Value {
    let shapes = Shapes::new();
    let ids = images.iter().map(|image| Value::String(image.image_id.raw().clone())).collect();
    let found = images.iter().map(|image| shapes.image.object(&shapes, image)).collect();
    let status = match config.attribute("status") {
        Value::Null => DEFAULT_STATUS.into(),
        given => given.clone(),
    };
    let attributes = [
        ("id", checksum(images).to_string().into()),
        ("ids", Value::List(ids)),
        ("images", Value::List(found)),
        ("status", status),
    ];
    overlay(config, shared(config, listing).into_iter().chain(attributes))
}

/// The state of `alicloud_image`: the block as given, with its defaults, and the image. Where both
/// have a name, the image wins.
pub(super) fn image(config: &Value, listing: &Listing, image: &Image) -> Value {
    let shapes = Shapes::new();
    let attributes = shapes.image.members(&shapes, image);
    overlay(config, shared(config, listing).into_iter().chain(attributes))
}

/// The tags of an image, without those that the platform sets.
pub(super) fn own_tags(image: &Image) -> impl Iterator<Item = (&ExternalText, &ExternalText)> {
    let is_own = |key: &str| !PLATFORM_TAGS.iter().any(|prefix| key.starts_with(prefix));
    image.tags.iter().filter(move |(key, _)| is_own(key.raw())).map(|(key, value)| (key, value))
}

/// The `id` of a list: the CRC-32 of its image IDs, each followed by a hyphen, as in the official
/// provider.
fn checksum(images: &[&Image]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    for image in images {
        hasher.update(image.image_id.raw().as_bytes());
        hasher.update(b"-");
    }
    hasher.finalize()
}

/// What both data sources add to the block.
fn shared(config: &Value, listing: &Listing) -> [(&'static str, Value); 3] {
    let most_recent = config.attribute("most_recent").as_bool().unwrap_or_default();
    [
        ("most_recent", most_recent.into()),
        ("region", listing.region.as_str().into()),
        ("total_count", Value::Number(listing.total_count.into())),
    ]
}

/// The attributes of `config`, replaced and completed by `attributes`.
fn overlay(config: &Value, attributes: impl Iterator<Item = (&'static str, Value)>) -> Value {
    let given = config.as_object().into_iter().flat_map(Object::iter);
    let given = given.map(|(name, value)| (name.clone(), value.clone()));
    Value::object(given.chain(attributes.map(|(name, value)| (Cow::Borrowed(name), value))))
}

#[cfg(test)]
mod tests;
