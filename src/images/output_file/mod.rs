//! `output_file`: the images as a JSON file, byte for byte as the official provider writes it.
//!
//! The file holds the official fields only, so that what reads it finds what it expects. What is
//! better than officially: it is replaced in one step, and a failure is told.

use std::{collections::BTreeMap, io, path::PathBuf};

use serde::Serialize;
use tokio::time::{Instant, timeout_at};

use crate::{
    alicloud::model::{DiskDeviceMapping, Image},
    ctx::{Env, Files},
};

use super::flatten::own_tags;

/// Why the file was not written.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// The home folder that the path begins with is not known.
    #[error("the home folder of {0} is not known")]
    NoHome(String),
    /// The images could not be written as JSON.
    #[error("the images cannot be written as JSON")]
    Json(#[from] serde_json::Error),
    /// The file system refused.
    #[error("{}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the file system said.
        source: io::Error,
    },
}

/// A file ready to be written.
pub(super) struct File {
    path: PathBuf,
    content: String,
}

impl File {
    /// The file that `given` names, with the images in it.
    ///
    /// # Errors
    ///
    /// [`Error::NoHome`] and [`Error::Json`].
    pub(super) fn new(env: &dyn Env, given: &str, images: &[&Image]) -> Result<Self, Error> {
        Ok(Self { path: resolve(env, given)?, content: encode(images)? })
    }

    /// Writes it, until `deadline`.
    ///
    /// # Errors
    ///
    /// [`Error::Write`]; the old content is then untouched.
    pub(super) async fn write(self, files: &dyn Files, deadline: Instant) -> Result<(), Error> {
        let written = files.replace(&self.path, self.content.into_bytes());
        let written = timeout_at(deadline, written).await;
        let written = written.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
        written.map_err(|source| Error::Write { path: self.path, source })
    }
}

/// The path that `given` means: `~` and `~user` are home folders, and a relative path starts in the
/// current one.
fn resolve(env: &dyn Env, given: &str) -> Result<PathBuf, Error> {
    let Some(rest) = given.strip_prefix('~') else {
        return Ok(env.current_dir().unwrap_or_default().join(given));
    };
    let (user, rest) = rest.split_once(['/', std::path::MAIN_SEPARATOR]).unwrap_or((rest, ""));
    let home = if user.is_empty() { env.home_dir() } else { env.home_dir_of(user) };
    let home = home.ok_or_else(|| {
        Error::NoHome(if user.is_empty() { "the current user".into() } else { format!("{user:?}") })
    })?;
    Ok(home.join(rest))
}

/// The JSON that Go's encoder makes: indented with tabs, keys sorted, without a last line feed,
/// `null` for what is empty.
fn encode(images: &[&Image]) -> Result<String, serde_json::Error> {
    let images: Vec<Exported<'_>> = images.iter().map(|image| Exported::of(image)).collect();
    let mut json = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(b"\t");
    let mut serializer = serde_json::Serializer::with_formatter(&mut json, formatter);
    none_if_empty(images).serialize(&mut serializer)?;
    let json = String::from_utf8(json).map_err(serde::ser::Error::custom)?;
    Ok(escape_for_html(&json))
}

/// Go escapes these inside texts, and JSON has none of them outside.
fn escape_for_html(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for character in json.chars() {
        match character {
            '<' => escaped.push_str("\\u003c"),
            '>' => escaped.push_str("\\u003e"),
            '&' => escaped.push_str("\\u0026"),
            '\u{2028}' => escaped.push_str("\\u2028"),
            '\u{2029}' => escaped.push_str("\\u2029"),
            _ => escaped.push(character),
        }
    }
    escaped
}

fn none_if_empty<T>(items: Vec<T>) -> Option<Vec<T>> {
    (!items.is_empty()).then_some(items)
}

/// The official fields of an image, sorted by name.
#[derive(Serialize)]
struct Exported<'a> {
    architecture: &'a str,
    creation_time: &'a str,
    description: &'a str,
    disk_device_mappings: Option<Vec<ExportedDisk<'a>>>,
    id: &'a str,
    image_id: &'a str,
    image_owner_alias: &'a str,
    image_version: &'a str,
    is_copied: bool,
    is_self_shared: &'a str,
    is_subscribed: bool,
    is_support_io_optimized: bool,
    name: &'a str,
    os_name: &'a str,
    os_name_en: &'a str,
    os_type: &'a str,
    platform: &'a str,
    product_code: &'a str,
    progress: &'a str,
    size: i64,
    state: &'a str,
    status: &'a str,
    tags: Option<BTreeMap<&'a str, &'a str>>,
    usage: &'a str,
}

#[derive(Serialize)]
struct ExportedDisk<'a> {
    device: &'a str,
    size: &'a str,
    snapshot_id: &'a str,
}

impl<'a> Exported<'a> {
    fn of(image: &'a Image) -> Self {
        let tags: BTreeMap<&str, &str> =
            own_tags(image).map(|(key, value)| (&**key.raw(), &**value.raw())).collect();
        let disks = image.disk_device_mappings.iter().map(ExportedDisk::of).collect();
        Self {
            architecture: image.architecture.raw(),
            creation_time: image.creation_time.raw(),
            description: image.description.raw(),
            disk_device_mappings: none_if_empty(disks),
            id: image.image_id.raw(),
            image_id: image.image_id.raw(),
            image_owner_alias: image.image_owner_alias.raw(),
            image_version: image.image_version.raw(),
            is_copied: image.is_copied,
            is_self_shared: image.is_self_shared.raw(),
            is_subscribed: image.is_subscribed,
            is_support_io_optimized: image.is_support_io_optimized,
            name: image.image_name.raw(),
            os_name: image.os_name.raw(),
            os_name_en: image.os_name_en.raw(),
            os_type: image.os_type.raw(),
            platform: image.platform.raw(),
            product_code: image.product_code.raw(),
            progress: image.progress.raw(),
            size: image.size,
            state: image.status.raw(),
            status: image.status.raw(),
            tags: (!tags.is_empty()).then_some(tags),
            usage: image.usage.raw(),
        }
    }
}

impl<'a> ExportedDisk<'a> {
    fn of(disk: &'a DiskDeviceMapping) -> Self {
        Self {
            device: disk.device.raw(),
            size: disk.size.raw(),
            snapshot_id: disk.snapshot_id.raw(),
        }
    }
}

#[cfg(test)]
mod tests;
