//! The attributes of an image, and the states that are built from them.
//!
//! A row of the table defines the name of an attribute, its description and the field that its value
//! comes from, which also determines its type. The schema and the state both derive from the rows,
//! which are in the order of the documentation, so an attribute cannot be in only one of them.
//!
//! No attribute of an image is null: fields that the service omits are `""`, `false`, `0`, `[]` or
//! `{}`.

use std::{
    borrow::Cow,
    sync::{Arc, LazyLock},
};

use crate::{
    alicloud::{
        Listing,
        model::{Detection, DetectionItem, DiskDeviceMapping, Features, Image},
    },
    schema::{Attribute, AttributeKind, Nesting, Presence},
    text::ExternalText,
    value::{Kind, Names, Object, Value},
};

use super::arguments::table::DEFAULT_STATUS;

/// Tag keys that the platform sets begin with these. Case matters, as in the official provider.
const PLATFORM_TAGS: [&str; 4] = ["aliyun", "acs:", "http://", "https://"];

/// An attribute of a `T`.
pub(crate) struct Field<T> {
    name: &'static str,
    description: &'static str,
    get: Get<T>,
}

/// The source of the value of an attribute.
enum Get<T> {
    Flag(fn(&T) -> bool),
    Number(fn(&T) -> i64),
    Tags(fn(&T) -> &[(ExternalText, ExternalText)]),
    Text(fn(&T) -> &ExternalText),
    /// Objects that have their own attributes.
    Nested {
        nesting: Nesting,
        attributes: fn() -> Vec<Attribute>,
        value: fn(&T) -> Value,
    },
}

/// A part of an image that becomes an object.
pub(crate) trait Described: Sized + 'static {
    /// Its attributes, in the order of the documentation.
    const FIELDS: &'static [Field<Self>];

    /// The names of the attributes, each with its field; created once and shared by all objects.
    fn shape() -> &'static Shape<Self>;
}

/// The attributes of an object in the order of its [`Names`].
pub(crate) struct Shape<T: 'static> {
    names: Names,
    fields: Vec<&'static Field<T>>,
}

impl<T: Described> Shape<T> {
    fn new() -> Self {
        let mut fields: Vec<&Field<T>> = T::FIELDS.iter().collect();
        fields.sort_unstable_by_key(|field| field.name);
        Self { names: Names::new(fields.iter().map(|field| field.name)), fields }
    }
}

impl<T> Field<T> {
    const fn new(name: &'static str, description: &'static str, get: Get<T>) -> Self {
        Self { name, description, get }
    }

    const fn flag(name: &'static str, get: fn(&T) -> bool, description: &'static str) -> Self {
        Self::new(name, description, Get::Flag(get))
    }

    const fn number(name: &'static str, get: fn(&T) -> i64, description: &'static str) -> Self {
        Self::new(name, description, Get::Number(get))
    }

    const fn text(
        name: &'static str,
        get: fn(&T) -> &ExternalText,
        description: &'static str,
    ) -> Self {
        Self::new(name, description, Get::Text(get))
    }

    /// A list of objects.
    const fn list<U: Described>(
        name: &'static str,
        value: fn(&T) -> Value,
        description: &'static str,
    ) -> Self {
        let nested = Get::Nested { nesting: Nesting::List, attributes: attributes::<U>, value };
        Self::new(name, description, nested)
    }

    /// One object.
    const fn single<U: Described>(
        name: &'static str,
        value: fn(&T) -> Value,
        description: &'static str,
    ) -> Self {
        let nested = Get::Nested { nesting: Nesting::Single, attributes: attributes::<U>, value };
        Self::new(name, description, nested)
    }

    fn attribute(&self) -> Attribute {
        let kind = match &self.get {
            Get::Flag(_) => AttributeKind::Plain(Kind::Bool),
            Get::Number(_) => AttributeKind::Plain(Kind::Number),
            Get::Tags(_) => AttributeKind::Plain(Kind::map(Kind::String)),
            Get::Text(_) => AttributeKind::Plain(Kind::String),
            Get::Nested { nesting, attributes, .. } => {
                AttributeKind::Nested { nesting: *nesting, attributes: attributes() }
            }
        };
        let plain = Attribute::new(self.name, Kind::Dynamic, Presence::Computed, self.description);
        Attribute { kind, ..plain }
    }

    fn value(&self, of: &T) -> Value {
        match &self.get {
            Get::Flag(get) => get(of).into(),
            Get::Number(get) => get(of).into(),
            Get::Tags(get) => Value::Map(own_tags(get(of)).map(entry).collect()),
            Get::Text(get) => Value::String(get(of).raw().clone()),
            Get::Nested { value, .. } => value(of),
        }
    }
}

/// The attributes of a part, for the schema.
pub(crate) fn attributes<T: Described>() -> Vec<Attribute> {
    T::FIELDS.iter().map(Field::attribute).collect()
}

/// The object that a part becomes.
pub(crate) fn object<T: Described>(part: &T) -> Value {
    let shape = T::shape();
    let values = shape.fields.iter().map(|field| field.value(part)).collect();
    match Object::with_names(&shape.names, values) {
        Some(object) => Value::Object(object),
        None => unreachable!("the names are those of the fields, so there are as many"),
    }
}

/// The attributes of a part and their values, one by one.
pub(crate) fn members<T: Described>(part: &T) -> impl Iterator<Item = (&'static str, Value)> {
    T::FIELDS.iter().map(move |field| (field.name, field.value(part)))
}

/// The tags of an image, without those that the platform sets.
pub(crate) fn own_tags(
    tags: &[(ExternalText, ExternalText)],
) -> impl Iterator<Item = &(ExternalText, ExternalText)> {
    tags.iter().filter(|(key, _)| !PLATFORM_TAGS.iter().any(|begin| key.raw().starts_with(begin)))
}

fn entry((key, value): &(ExternalText, ExternalText)) -> (Arc<str>, Value) {
    (key.raw().clone(), Value::String(value.raw().clone()))
}

fn objects<T: Described>(parts: &[T]) -> Value {
    Value::List(parts.iter().map(object).collect())
}

/// Implements [`Described`] from the rows.
macro_rules! described {
    ($part:ty: $($row:expr),+ $(,)?) => {
        impl Described for $part {
            const FIELDS: &'static [Field<Self>] = &[$($row),+];

            fn shape() -> &'static Shape<Self> {
                static SHAPE: LazyLock<Shape<$part>> = LazyLock::new(Shape::new);
                &SHAPE
            }
        }
    };
}

described! { Image:
    Field::text("id", |image| &image.image_id, "The image ID."),
    Field::text("image_id", |image| &image.image_id, "The image ID, the same as `id`."),
    Field::text("name", |image| &image.image_name, "The name. Public images have their ID as name."),
    Field::text("description", |image| &image.description, "The description."),
    Field::text("image_family", |image| &image.image_family, "The image family; empty for none."),
    Field::text("image_version", |image| &image.image_version, "The version of the image; mostly empty."),
    Field::text("creation_time", |image| &image.creation_time,
        "When the image was created, as reported by the service: ISO 8601 in UTC."),
    Field::text("status", |image| &image.status,
        "The status, such as `Available`; see the argument `status` for the others."),
    Field::text("state", |image| &image.status, "The status, the same as `status`."),
    Field::text("progress", |image| &image.progress, "Creation progress, such as `100%`."),
    Field::flag("usable", |image| image.usable, "Whether an instance can be created from the image immediately."),
    Field::text("usage", |image| &image.usage, "Whether instances run the image: `instance` or `none`."),
    Field::new("tags", "The tags, without those that the platform sets.", Get::Tags(|image| &image.tags)),
    Field::text("architecture", |image| &image.architecture,
        "The processor architecture: `i386`, `x86_64`, `arm64`."),
    Field::text("platform", |image| &image.platform,
        "The distribution, such as `Ubuntu`, `Aliyun` or `Windows Server 2022`."),
    Field::text("os_type", |image| &image.os_type, "The type of operating system: `linux` or `windows`."),
    Field::text("os_name", |image| &image.os_name,
        "The name of the operating system, in the language of the site."),
    Field::text("os_name_en", |image| &image.os_name_en, "The name of the operating system in English."),
    Field::text("boot_mode", |image| &image.boot_mode, "The boot mode: `BIOS`, `UEFI` or `UEFI-Preferred`."),
    Field::number("size", |image| image.size, "The size of the system disk in GiB."),
    Field::flag("is_support_cloud_init", |image| image.is_support_cloud_init,
        "Whether cloud-init is supported."),
    Field::flag("is_support_io_optimized", |image| image.is_support_io_optimized,
        "Whether the image runs on I/O optimized instances."),
    Field::flag("login_as_non_root_supported", |image| image.login_as_non_root_supported,
        "Whether logging in as the user `ecs-user` is supported."),
    Field::text("license_type", |image| &image.license_type,
        "Who licenses the system: `Aliyun`, `BYOL`, or empty."),
    Field::text("image_owner_alias", |image| &image.image_owner_alias,
        "Whose image it is: `system`, `self`, `others`, `marketplace`."),
    Field::text("image_owner_id", |image| &image.image_owner_id,
        "The ID of the account that owns the image; may be empty."),
    Field::flag("is_public", |image| image.is_public, "Whether the image is a public or a community image."),
    Field::text("is_self_shared", |image| &image.is_self_shared,
        "Whether you share the image: `True`, `False`, or empty."),
    Field::flag("is_subscribed", |image| image.is_subscribed,
        "Whether you have subscribed to the terms of the image's product."),
    Field::flag("is_copied", |image| image.is_copied, "Whether the image is a copy of another."),
    Field::text("product_code", |image| &image.product_code, "The product code of a marketplace image."),
    Field::text("supplier_name", |image| &image.supplier_name,
        "The name of the supplier of a community image."),
    Field::text("resource_group_id", |image| &image.resource_group_id,
        "The resource group of a custom image; may be empty."),
    Field::list::<DiskDeviceMapping>("disk_device_mappings", |image| objects(&image.disk_device_mappings),
        "The disks of the image; public images have none."),
    Field::single::<Detection>("detection_options", |image| object(&image.detection),
        "The result of checking an imported image."),
    Field::single::<Features>("features", |image| object(&image.features),
        "What instances of the image support; empty if the service does not say."),
    Field::single::<ExternalText>("secure_boot_options", |image| object(&image.secure_boot_support),
        "What the image supports of secure boot."),
}

described! { DiskDeviceMapping:
    Field::text("device", |disk| &disk.device, "The device name, such as `/dev/xvda`."),
    Field::text("type", |disk| &disk.disk_type, "What the disk is for: `system` or `data`."),
    Field::text("size", |disk| &disk.size, "The size in GiB, as text."),
    Field::text("snapshot_id", |disk| &disk.snapshot_id, "The snapshot from which the disk is created."),
    Field::flag("encrypted", |disk| disk.encrypted, "Whether the disk is encrypted."),
    Field::text("format", |disk| &disk.format, "The format of an imported image, such as `qcow2`."),
    Field::text("import_oss_bucket", |disk| &disk.import_oss_bucket,
        "The OSS bucket from which the image was imported."),
    Field::text("import_oss_object", |disk| &disk.import_oss_object,
        "The OSS object from which the image was imported."),
    Field::text("progress", |disk| &disk.progress, "The progress of copying, such as `32%`."),
    Field::number("remain_time", |disk| disk.remain_time, "The remaining time of copying, in seconds."),
}

described! { Detection:
    Field::text("status", |detection| &detection.status,
        "The status of the check: `Processing`, `Finished`, or empty without one."),
    Field::list::<DetectionItem>("items", |detection| objects(&detection.items), "What was checked."),
}

described! { DetectionItem:
    Field::text("name", |item| &item.name, "The name of the check."),
    Field::text("value", |item| &item.value, "What was found."),
    Field::text("risk_level", |item| &item.risk_level, "Severity: `High`, `Medium`, or empty."),
    Field::text("risk_code", |item| &item.risk_code, "The code of the risk."),
}

described! { Features:
    Field::text("nvme_support", |features| &features.nvme_support,
        "NVMe disks: `supported` or `unsupported`."),
    Field::text("imds_support", |features| &features.imds_support,
        "The instance metadata service: `v1` or `v2`."),
    Field::text("cpu_online_upgrade", |features| &features.cpu_online_upgrade,
        "Adding processors at run time: `supported` or `unsupported`."),
    Field::text("cpu_online_downgrade", |features| &features.cpu_online_downgrade,
        "Removing processors at run time: `supported` or `unsupported`."),
    Field::text("memory_online_upgrade", |features| &features.memory_online_upgrade,
        "Adding memory at run time: `supported` or `unsupported`."),
    Field::text("memory_online_downgrade", |features| &features.memory_online_downgrade,
        "Removing memory at run time: `supported` or `unsupported`."),
}

// `secure_boot_options`, an object with one member, the only one in the model.
described! { ExternalText:
    Field::text("secure_boot_support", |support| support,
        "Whether secure boot is supported, as reported by the service."),
}

/// The state of a list of images: the block as given, with its defaults, and what was found.
pub(crate) fn images(config: &Value, listing: &Listing, images: &[&Image]) -> Value {
    let found = images.iter().map(|image| object(*image)).collect();
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
    overlay(config, attributes.chain(members(image)))
}

/// The attributes that lists add to the block.
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

/// The attributes that all data sources add to the block.
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
