//! Reads images from JSON: a saved response of the service, a list of images, or either by region.

use std::{
    collections::{BTreeMap, HashSet},
    path::Path,
    sync::Arc,
};

use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::{DEFAULT_REGION, document::FieldError, listing::Stored};
use crate::{ctx::Files, text};

/// The size limit of a file of images, in bytes; enough for about a million images.
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
    /// Files contain fewer images of a region than the `TotalCount` of a response in them.
    #[error(
        "{name}: has {loaded} of {total} images of {region} (TotalCount). Save all pages: \
         alicloud-images --region {region} --format api owners= > FILE, with the arguments of the \
         lookup; or give every page that another program saved: --images FILE-1 --images FILE-2 (the \
         CLI's --pager stops after the first page of this API)"
    )]
    Incomplete {
        /// The file with that response.
        name: String,
        /// The region.
        region: String,
        /// How many images of the region the files have together.
        loaded: usize,
        /// `TotalCount`.
        total: u64,
    },
    /// The content of a file is not valid.
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

/// The reason in the error for a file that is not text.
const NOT_TEXT: &str = "is neither UTF-8 nor UTF-16 with a byte order mark; save it as UTF-8";

/// Reads a file.
pub(super) fn read(
    path: &Path,
    files: &dyn Files,
) -> Result<(String, Zeroizing<String>), LoadError> {
    let name = path.display().to_string();
    let bytes = match files.read_blocking(path, LIMIT) {
        Ok(bytes) => bytes,
        Err(source) => return Err(LoadError::Read { name, source }),
    };
    match text::decode(&bytes) {
        Some(text) => Ok((name, text)),
        None => {
            let (field, reason) = (String::new(), NOT_TEXT.to_owned());
            Err(LoadError::Content { name, line: 1, field, reason })
        }
    }
}

/// The content of a text.
#[derive(Debug, Default)]
pub(super) struct Loaded {
    /// The images of each region.
    pub(super) images: BTreeMap<String, Vec<Arc<Stored>>>,
    /// The responses that contain the total number of images of their list.
    answers: Vec<SavedAnswer>,
}

/// A saved response: a whole list, or one page of it.
#[derive(Debug)]
struct SavedAnswer {
    region: String,
    /// `TotalCount`.
    total: u64,
    ids: Vec<Box<str>>,
}

/// Reads images by region. `region` takes precedence over the regions in the text.
pub(super) fn parse(name: &str, region: Option<&str>, text: &str) -> Result<Loaded, LoadError> {
    let mut fixture = Fixture { name, text, loaded: Loaded::default(), seen: HashSet::new() };
    let whole = fixture.raw(text, "")?;
    fixture.read_any(whole, "", region)?;
    Ok(fixture.loaded)
}

/// Combines the saved pages of each list, to detect missing pages.
///
/// The pages of one list have the same account, region and `TotalCount`. If two lists have all of
/// these in common, the pages of one can conceal that pages of the other are missing.
#[derive(Default)]
pub(super) struct SavedPages(BTreeMap<ListKey, SavedList>);

/// Account, region and `TotalCount`.
type ListKey = (u64, String, u64);

struct SavedList {
    /// The first file with a page of it.
    name: String,
    ids: HashSet<Box<str>>,
}

impl SavedPages {
    /// Adds the content of a file, as an account sees it.
    pub(super) fn add(&mut self, name: &str, viewer: u64, loaded: &mut Loaded) {
        for answer in loaded.answers.drain(..) {
            let SavedAnswer { region, total, ids } = answer;
            let new = || SavedList { name: name.to_owned(), ids: HashSet::new() };
            self.0.entry((viewer, region, total)).or_insert_with(new).ids.extend(ids);
        }
    }

    /// # Errors
    ///
    /// When a list has fewer images than the `TotalCount` of one of its responses.
    pub(super) fn check(self) -> Result<(), LoadError> {
        for ((_, region, total), SavedList { name, ids }) in self.0 {
            let loaded = ids.len();
            if (loaded as u64) < total {
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
    /// Reads a response, a list, or an object of regions.
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
            let total = members.get("TotalCount");
            let total = total.map(|total| self.json::<u64>(total.get(), &inner("TotalCount")));
            let images = &self.loaded.images;
            let before = images.get(region).map_or(0, Vec::len);
            self.read_list(list, &inner("Images.Image"), region)?;
            if let Some(total) = total.transpose()? {
                let read = self.loaded.images.get(region).into_iter().flatten().skip(before);
                let ids = read.map(|image| image.id.clone()).collect();
                let region = region.to_owned();
                self.loaded.answers.push(SavedAnswer { region, total, ids });
            }
            return Ok(());
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
