//! Reads images from JSON: a saved answer of the service, a list of images, or either by region.

use std::{
    collections::{BTreeMap, HashSet},
    path::Path,
    sync::Arc,
};

use serde_json::value::RawValue;

use super::{DEFAULT_REGION, listing::Stored, members::FieldError};
use crate::ctx::Files;

/// The largest file of images: room for about a million of them.
const LIMIT: u64 = 2 << 30;

/// Images that cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file cannot be read.
    #[error("{name}: cannot be read")]
    Read {
        /// The file.
        name: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// An account is not known.
    #[error("--images: there is no account {name}; --account name={name},... adds it")]
    Account {
        /// Its name.
        name: String,
    },
    /// Files hold fewer images of a region than an answer in them says there are.
    #[error(
        "{name}: has {loaded} of {total} images of {region} (TotalCount). Save all pages: \
         alicloud-images --region {region} --format api owners= > FILE, with the arguments of the \
         lookup; or give every page that another program saved: --images FILE-1 --images FILE-2 (the \
         CLI's --pager stops after the first page of this API)"
    )]
    Incomplete {
        /// The file with that answer.
        name: String,
        /// The region.
        region: String,
        /// How many images of the region the files have together.
        loaded: usize,
        /// `TotalCount`.
        total: u64,
    },
    /// The content is not valid.
    #[error("{name}:{line}: {field}{}{reason}", if field.is_empty() { "" } else { ": " })]
    Content {
        /// The file.
        name: String,
        /// The line, from 1.
        line: usize,
        /// The field at fault, such as `Images.Image[3].Size`; empty for the whole text.
        field: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// Reads a file.
pub(super) fn read(path: &Path, files: &dyn Files) -> Result<(String, String), LoadError> {
    let name = path.display().to_string();
    let bytes = match files.read_blocking(path, LIMIT) {
        Ok(bytes) => bytes,
        Err(source) => return Err(LoadError::Read { name, source }),
    };
    match decode(bytes) {
        Ok(text) => Ok((name, text)),
        Err(reason) => {
            let field = String::new();
            Err(LoadError::Content { name, line: 1, field, reason })
        }
    }
}

/// Reads UTF-8, or UTF-16 with a byte order mark, as the redirection of Windows PowerShell writes
/// it. A byte order mark is dropped.
fn decode(bytes: Vec<u8>) -> Result<String, String> {
    let utf16 = |bytes: &[u8], read: fn([u8; 2]) -> u16| {
        let units = bytes.chunks(2).map(|unit| match unit {
            [first, second] => read([*first, *second]),
            _ => 0xfffd,
        });
        let text = char::decode_utf16(units).collect::<Result<String, _>>();
        text.map_err(|_| {
            "has a UTF-16 byte order mark but is not valid UTF-16; save it as UTF-8".to_owned()
        })
    };
    match bytes.as_slice() {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        _ => match String::from_utf8(bytes) {
            Ok(text) => Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text)),
            Err(cause) => Err(format!("is not UTF-8: {}", cause.utf8_error())),
        },
    }
}

/// What a text says.
#[derive(Debug)]
pub(super) struct Loaded {
    /// The images of each region.
    pub(super) images: BTreeMap<String, Vec<Arc<Stored>>>,
    /// The largest `TotalCount` of the answers of each region.
    pub(super) totals: BTreeMap<String, u64>,
}

/// Reads images by region. `region` wins over what the text says.
pub(super) fn parse(name: &str, region: Option<&str>, text: &str) -> Result<Loaded, LoadError> {
    let loaded = Loaded { images: BTreeMap::new(), totals: BTreeMap::new() };
    let mut fixture = Fixture { name, text, loaded, seen: HashSet::new() };
    let whole = fixture.raw(text, "")?;
    fixture.read_any(whole, "", region)?;
    Ok(fixture.loaded)
}

/// Counts the saved pages of each region, to notice that some are missing.
#[derive(Default)]
pub(super) struct SavedPages(BTreeMap<String, Saved>);

#[derive(Default)]
struct Saved {
    /// The file with the largest `TotalCount`, and that number.
    total: (u64, String),
    ids: HashSet<Box<str>>,
}

impl SavedPages {
    pub(super) fn add(&mut self, name: &str, loaded: &Loaded) {
        for (region, images) in &loaded.images {
            let saved = self.0.entry(region.clone()).or_default();
            saved.ids.extend(images.iter().map(|image| image.id.clone()));
            if let Some(total) = loaded.totals.get(region)
                && *total > saved.total.0
            {
                saved.total = (*total, name.to_owned());
            }
        }
    }

    /// # Errors
    ///
    /// When the files of a region have fewer images than an answer in them says there are.
    pub(super) fn check(self) -> Result<(), LoadError> {
        for (region, saved) in self.0 {
            let (total, name) = saved.total;
            let loaded = saved.ids.len();
            if loaded as u64 > 0 && (loaded as u64) < total {
                return Err(LoadError::Incomplete { name, region, loaded, total });
            }
        }
        Ok(())
    }
}

/// A text that is being read.
struct Fixture<'a> {
    name: &'a str,
    text: &'a str,
    loaded: Loaded,
    /// Region and ID of the images so far.
    seen: HashSet<(String, Box<str>)>,
}

impl<'a> Fixture<'a> {
    /// Reads an answer, a list, or an object of regions.
    fn read_any(
        &mut self,
        raw: &'a RawValue,
        field: &str,
        region: Option<&str>,
    ) -> Result<(), LoadError> {
        if raw.get().starts_with('[') {
            return self.read_list(raw, field, region.unwrap_or(DEFAULT_REGION));
        }
        let members = self.members(raw, field)?;
        let inner = |name: &str| join(field, name);
        if let Some(images) = members.get("Images") {
            let named = match members.get("RegionId") {
                Some(raw) => self.text(raw, &inner("RegionId"))?,
                None => DEFAULT_REGION.to_owned(),
            };
            let wrapped = self.members(images, &inner("Images"))?;
            let Some(list) = wrapped.get("Image") else {
                return Err(self.error(images.get(), &inner("Images"), "has no Image"));
            };
            let region = region.unwrap_or(&named);
            if let Some(total) = members.get("TotalCount") {
                let total = self.json::<u64>(total.get(), &inner("TotalCount"))?;
                let largest = self.loaded.totals.entry(region.to_owned()).or_default();
                *largest = total.max(*largest);
            }
            return self.read_list(list, &inner("Images.Image"), region);
        }
        let Some(regions) = members.get("Regions").filter(|_| field.is_empty()) else {
            let reason = "must be a DescribeImages response, a list of images, or an object Regions of these";
            return Err(self.error(raw.get(), field, reason));
        };
        for (name, part) in self.members(regions, "Regions")? {
            self.read_any(part, &format!("Regions.{name}"), Some(region.unwrap_or(&name)))?;
        }
        Ok(())
    }

    fn read_list(&mut self, raw: &'a RawValue, field: &str, region: &str) -> Result<(), LoadError> {
        let list: Vec<&'a RawValue> = self.json(raw.get(), field)?;
        self.loaded.images.entry(region.to_owned()).or_default();
        for (at, raw) in list.into_iter().enumerate() {
            let field = format!("{field}[{at}]");
            let image = match Stored::parse(raw.get()) {
                Ok(image) => image,
                Err(wrong) => return Err(self.wrong_member(raw, &field, wrong)),
            };
            if !self.seen.insert((region.to_owned(), image.id.clone())) {
                let reason = format!(
                    "there is a second image {} in {region}; the service lists an image twice \
                     when images are added between two pages: save it again, or remove one",
                    image.id
                );
                let wrong = FieldError { field: "ImageId", reason };
                return Err(self.wrong_member(raw, &field, wrong));
            }
            if let Some(images) = self.loaded.images.get_mut(region) {
                images.push(Arc::new(image));
            }
        }
        Ok(())
    }

    /// The error about a member of an image, at the line of that member.
    fn wrong_member(&self, raw: &'a RawValue, field: &str, wrong: FieldError) -> LoadError {
        let members = self.members(raw, field).unwrap_or_default();
        let at = members.get(wrong.field).map_or_else(|| raw.get(), |member| member.get());
        self.error(at, &join(field, wrong.field), &wrong.reason)
    }

    fn members(
        &self,
        raw: &'a RawValue,
        field: &str,
    ) -> Result<BTreeMap<String, &'a RawValue>, LoadError> {
        self.json(raw.get(), field)
    }

    fn text(&self, raw: &'a RawValue, field: &str) -> Result<String, LoadError> {
        self.json(raw.get(), field)
    }

    fn raw(&self, part: &'a str, field: &str) -> Result<&'a RawValue, LoadError> {
        self.json(part, field)
    }

    fn json<T: serde::Deserialize<'a>>(&self, part: &'a str, field: &str) -> Result<T, LoadError> {
        serde_json::from_str(part).map_err(|cause| LoadError::Content {
            name: self.name.to_owned(),
            line: self.line_of(part) + cause.line().saturating_sub(1),
            field: field.to_owned(),
            reason: without_place(&cause.to_string()),
        })
    }

    fn error(&self, part: &str, field: &str, reason: &str) -> LoadError {
        LoadError::Content {
            name: self.name.to_owned(),
            line: self.line_of(part),
            field: field.to_owned(),
            reason: reason.to_owned(),
        }
    }

    /// The line at which a part of the text begins.
    fn line_of(&self, part: &str) -> usize {
        let offset = (part.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
        self.text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
    }
}

fn join(field: &str, member: &str) -> String {
    match (field.is_empty(), member.is_empty()) {
        (true, _) => member.to_owned(),
        (_, true) => field.to_owned(),
        _ => format!("{field}.{member}"),
    }
}

/// serde_json's message without the line and column within the part.
fn without_place(message: &str) -> String {
    message.split(" at line ").next().unwrap_or(message).to_owned()
}

#[cfg(test)]
mod tests;
