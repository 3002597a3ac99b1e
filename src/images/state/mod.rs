//! Converts images to state.
//!
//! No attribute of an image is null: fields that the service omits are `""`, `false`, `0`, `[]` or
//! `{}`.

use std::borrow::Cow;

use crate::{
    alicloud::{Listing, model::Image},
    value::{Object, Value},
};

use super::{arguments::table::DEFAULT_STATUS, fields};

/// The state of a list of images: the block as given, with its defaults, and what was found.
pub(crate) fn images(config: &Value, listing: &Listing, images: &[&Image]) -> Value {
    let found = images.iter().map(|image| fields::object(*image)).collect();
    let attributes = list(config, images).into_iter().chain([("images", Value::List(found))]);
    overlay(config, shared(config, listing).into_iter().chain(attributes))
}

/// The state of a list of image IDs: the block as given, with its defaults, and what was found.
pub(crate) fn image_ids(config: &Value, listing: &Listing, images: &[&Image]) -> Value {
    overlay(config, shared(config, listing).into_iter().chain(list(config, images)))
}

/// The state of one image: the block as given, with its defaults, and the attributes of the image.
/// If both have a name, the image's value is used. `version` is what `version_regex` found.
pub(crate) fn image(config: &Value, listing: &Listing, image: &Image, version: &str) -> Value {
    let version = [("matched_version", version.into())];
    let attributes = shared(config, listing).into_iter().chain(version);
    overlay(config, attributes.chain(fields::members(image)))
}

/// What lists add to the block.
fn list(config: &Value, images: &[&Image]) -> [(&'static str, Value); 3] {
    let status = match config.attribute("status") {
        Value::Null => DEFAULT_STATUS.into(),
        given => given.clone(),
    };
    [("id", checksum(images).to_string().into()), ("ids", ids(images)), ("status", status)]
}

fn ids(images: &[&Image]) -> Value {
    Value::List(images.iter().map(|image| Value::String(image.image_id.raw().clone())).collect())
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

/// What all data sources add to the block.
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
