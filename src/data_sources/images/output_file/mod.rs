//! `output_file`: the images as a JSON file, byte for byte as the official provider writes it.
//!
//! The file contains only the official fields, so existing readers can parse it. A file that cannot be
//! written is a warning, not an error: the official provider ignores the failure, so a plan that
//! succeeds there must succeed here. How an existing file is replaced is up to
//! [`Files::replace`](crate::ctx::Files::replace).

use std::{collections::BTreeMap, io, path::PathBuf};

use serde::Serialize;
use tokio::time::{Instant, timeout_at};

use crate::{
    alicloud::model::{DiskDeviceMapping, Image},
    ctx::{Ctx, Env},
    diag::{Diagnostic, messages},
    text::string_literal,
    value::AttributePath,
};

use super::state::own_tags;

messages! {
    Result {
        NOT_WRITTEN: Warning "The output file was not written",
            "The path in `output_file` cannot be written to: its directory is missing or not writable, it is a directory itself, nothing reads from the FIFO, the file system is full, or the home directory in it is not known. The message has the reason.",
            "Do what the message says, or remove `output_file` if nothing reads the file.";
    }
}

/// The reason that the file was not written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The home directory at the beginning of the path is not known.
    #[error("the home directory of {0} is not known")]
    NoHome(String),
    /// The file system refused, or did not respond in time.
    #[error("{}: {}", string_literal(&path.to_string_lossy()), reason(source))]
    Write {
        /// The file.
        path: PathBuf,
        /// What the file system reported.
        source: io::Error,
    },
}

/// Writes `json` to the file that the user named, until `deadline`. `Some` is the warning that it
/// could not be written.
pub(crate) async fn write(
    ctx: &Ctx,
    given: &str,
    json: String,
    deadline: Instant,
) -> Option<Diagnostic> {
    let error = try_write(ctx, given, json, deadline).await.err()?;
    let detail = format!(
        "{error}. The result of the lookup is complete, but what reads the file finds an older one \
         or none. {}Remove `output_file` if nothing reads the file.",
        remedy(&error)
    );
    Some(NOT_WRITTEN.diagnostic(detail).at(AttributePath::attribute("output_file")))
}

/// What to do about the cause, with a space after it; empty if the cause says it all.
fn remedy(error: &Error) -> &'static str {
    let Error::Write { source, .. } = error else {
        return "Write the whole path. ";
    };
    match source.kind() {
        io::ErrorKind::NotFound => "Create its directory, which does not exist. ",
        io::ErrorKind::IsADirectory => "Name a file in the directory. ",
        io::ErrorKind::NotADirectory => "A part of the path is a file: name a directory there. ",
        // Not from the operating system: the file is another user's, where every user may create files.
        io::ErrorKind::PermissionDenied if source.get_ref().is_some() => {
            "Name a file in a directory of your own. "
        }
        io::ErrorKind::PermissionDenied => {
            "Make the file or its directory writable, or name another. "
        }
        io::ErrorKind::ReadOnlyFilesystem => "Name a file on another file system. ",
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            "Free some space, or name a file on another file system. "
        }
        io::ErrorKind::InvalidFilename => "Shorten or correct the name. ",
        io::ErrorKind::InvalidInput => "Correct the path. ",
        io::ErrorKind::TimedOut => {
            "If the path is a FIFO, nothing reads from it: start what reads it before the run. \
             Otherwise its file system does not respond. "
        }
        _ => "",
    }
}

/// What happened. A write that was abandoned has no text of the operating system.
fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::TimedOut => "the write did not end before the read timed out".to_owned(),
        _ => error.to_string(),
    }
}

async fn try_write(ctx: &Ctx, given: &str, json: String, deadline: Instant) -> Result<(), Error> {
    let path = resolve(&*ctx.env, given)?;
    let written = timeout_at(deadline, ctx.files.replace(&path, json.into_bytes())).await;
    let written = written.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
    written.map_err(|source| Error::Write { path, source })
}

/// The path that `given` means: `~` and `~user` are home directories, and a relative path starts in
/// the working directory.
fn resolve(env: &dyn Env, given: &str) -> Result<PathBuf, Error> {
    let path = env.expand_home(given).map_err(|user| {
        Error::NoHome(if user.is_empty() {
            "the current user".into()
        } else {
            string_literal(&user)
        })
    })?;
    Ok(env.current_dir().unwrap_or_default().join(path))
}

/// The JSON that Go's encoder writes: indented with tabs, with sorted keys, without a trailing line
/// feed, and with `null` for empty values.
#[expect(
    clippy::expect_used,
    reason = "structs of texts, numbers and booleans always have a JSON form, which is UTF-8"
)]
pub(crate) fn encode(images: &[&Image]) -> String {
    let images: Vec<Exported<'_>> = images.iter().map(|image| Exported::of(image)).collect();
    let mut json = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(b"\t");
    let mut serializer = serde_json::Serializer::with_formatter(&mut json, formatter);
    none_if_empty(images).serialize(&mut serializer).expect("a JSON form");
    escape_for_html(&String::from_utf8(json).expect("UTF-8"))
}

/// Go escapes these within strings; they do not occur elsewhere in JSON.
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
            own_tags(&image.tags).map(|(key, value)| (&**key.raw(), &**value.raw())).collect();
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
