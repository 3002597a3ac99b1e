//! The images of one region, newest first.

use std::{borrow::Cow, cmp::Reverse, collections::HashSet, sync::Arc};

use serde_json::{Map, Value};

use super::{
    document::{FieldError, check_members},
    filter::{Architecture, Described, Filter, Mask, Owner, Positions, Status, Traits},
    generate,
};

/// One image as it is returned, with what filters check.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub(crate) id: Box<str>,
    pub(crate) name: Box<str>,
    pub(crate) family: Box<str>,
    pub(crate) resource_group: Box<str>,
    /// `ImageOwnerId`.
    pub(crate) owner_id: u64,
    /// The account that it belongs to; `ImageOwnerId` unless the source of images specifies
    /// another.
    pub(crate) account: u64,
    /// The accounts that it is shared with.
    pub(crate) shared_with: Vec<u64>,
    pub(crate) snapshots: Vec<String>,
    pub(crate) tags: Vec<(String, String)>,
    pub(crate) traits: Traits,
    /// The image in one line of JSON.
    pub(crate) json: Box<str>,
}

impl Stored {
    /// Reads an image in the API's own JSON. Members that are not known are kept.
    pub(crate) fn parse(json: &str) -> Result<Self, FieldError> {
        let value: Value = serde_json::from_str(json)
            .map_err(|cause| FieldError { field: "", reason: cause.to_string() })?;
        let Value::Object(members) = value else {
            return Err(FieldError { field: "", reason: "an image must be an object".into() });
        };
        check_members(&members)?;
        let text = |name| loose_text(&members, name);
        let id = text("ImageId").into_boxed_str();
        let name = text("ImageName").into_boxed_str();
        let tags = list(&members, "Tags", "Tag")
            .map(|tag| (loose_text(tag, "TagKey"), loose_text(tag, "TagValue")))
            .collect();
        let snapshots = list(&members, "DiskDeviceMappings", "DiskDeviceMapping")
            .map(|disk| loose_text(disk, "SnapshotId"))
            .filter(|id| !id.is_empty())
            .collect();
        Ok(Self {
            id,
            name,
            family: text("ImageFamily").into_boxed_str(),
            resource_group: text("ResourceGroupId").into_boxed_str(),
            owner_id: text("ImageOwnerId").parse().unwrap_or(0),
            account: text("ImageOwnerId").parse().unwrap_or(0),
            shared_with: Vec::new(),
            snapshots,
            tags,
            traits: traits(&members)?,
            json: Value::Object(members).to_string().into_boxed_str(),
        })
    }

    /// The same image under another ID.
    fn renamed(&self, id: &str) -> Self {
        self.edited(|members| {
            members.insert("ImageId".into(), id.into());
        })
    }

    /// The same image with other members, which are known to be valid.
    pub(crate) fn edited(&self, edit: impl FnOnce(&mut Map<String, Value>)) -> Self {
        self.try_edited(edit).unwrap_or_else(|_| self.clone())
    }

    /// The same image with other members; an error if one of them is not valid.
    pub(crate) fn try_edited(
        &self,
        edit: impl FnOnce(&mut Map<String, Value>),
    ) -> Result<Self, FieldError> {
        let mut members = serde_json::from_str(&self.json)
            .map_err(|cause| FieldError { field: "", reason: cause.to_string() })?;
        edit(&mut members);
        let edited = Self::parse(&Value::Object(members).to_string())?;
        Ok(Self { account: self.account, shared_with: self.shared_with.clone(), ..edited })
    }

    /// The image as the account sees it; `None` if the account cannot see it.
    pub(crate) fn seen_by(&self, account: u64) -> Option<Owner> {
        match self.traits.owner {
            owner @ (Owner::System | Owner::Marketplace) => Some(owner),
            Owner::Own | Owner::Others => {
                if self.account == account {
                    Some(Owner::Own)
                } else if self.public() || self.shared_with.contains(&account) {
                    Some(Owner::Others)
                } else {
                    None
                }
            }
        }
    }

    /// Whether it is a community image.
    fn public(&self) -> bool {
        self.traits.flags & Traits::PUBLIC != 0
    }

    /// The image with another alias, as another account sees it.
    fn seen_as(self: &Arc<Self>, owner: Owner) -> Arc<Self> {
        if self.traits.owner == owner {
            return self.clone();
        }
        let shared = if self.shared_with.is_empty() { "False" } else { "True" };
        Arc::new(self.edited(|members| {
            members.insert("ImageOwnerAlias".into(), owner.as_str().into());
            let shared = if owner == Owner::Own { shared } else { "" };
            members.insert("IsSelfShared".into(), shared.into());
        }))
    }
}

impl Described for Stored {
    fn id(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.id)
    }

    fn name(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.name)
    }

    fn family(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.family)
    }

    fn owner_id(&self) -> u64 {
        self.owner_id
    }

    fn resource_group(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.resource_group)
    }

    fn has_snapshot(&self, id: &str) -> bool {
        self.snapshots.iter().any(|known| known == id)
    }

    fn has_tag(&self, key: &str, value: Option<&str>) -> bool {
        self.tags.iter().any(|(k, v)| k == key && value.is_none_or(|value| value == v))
    }
}

/// A string, number or boolean as text; empty if it is absent or null.
fn loose_text(members: &Map<String, Value>, name: &str) -> String {
    match members.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Bool(value)) => value.to_string(),
        _ => String::new(),
    }
}

fn list<'a>(
    members: &'a Map<String, Value>,
    outer: &str,
    inner: &str,
) -> impl Iterator<Item = &'a Map<String, Value>> {
    let items = members.get(outer).and_then(|wrapped| wrapped.get(inner)).and_then(Value::as_array);
    items.into_iter().flatten().filter_map(Value::as_object)
}

fn traits(members: &Map<String, Value>) -> Result<Traits, FieldError> {
    let text = |name: &str| loose_text(members, name);
    let flag = |name: &str, bit: u16| if text(name).eq_ignore_ascii_case("true") { bit } else { 0 };
    let feature = |name: &str, bit: u16| {
        let value = members.get("Features").and_then(|features| features.get(name));
        if value.and_then(Value::as_str) == Some("supported") { bit } else { 0 }
    };
    let wrong = |field, value: &str| FieldError {
        field,
        reason: format!("{value:?} is not one of its values"),
    };
    let owner = match text("ImageOwnerAlias").as_str() {
        "" => Owner::System,
        alias => alias.parse().map_err(|()| wrong("ImageOwnerAlias", alias))?,
    };
    let status = match text("Status").as_str() {
        "" => Status::Available,
        status => status.parse().map_err(|()| wrong("Status", status))?,
    };
    let architecture = match text("Architecture").as_str() {
        "" => Architecture::X86_64,
        architecture => architecture.parse().map_err(|()| wrong("Architecture", architecture))?,
    };
    let created = match text("CreationTime").as_str() {
        "" => i64::MIN,
        time => super::filter::seconds(time).ok_or_else(|| FieldError {
            field: "CreationTime",
            reason: format!("{time:?} is not of the form yyyy-MM-ddTHH:mm:ssZ"),
        })?,
    };
    let private = matches!(owner, Owner::Others | Owner::Own);
    Ok(Traits {
        created,
        owner,
        status,
        architecture,
        windows: text("OSType").eq_ignore_ascii_case("windows"),
        used: text("Usage") == "instance",
        flags: flag("IsSupportIoOptimized", Traits::IO_OPTIMIZED)
            | flag("IsSupportCloudinit", Traits::CLOUD_INIT)
            | if status == Status::Available && !text("Usable").eq_ignore_ascii_case("false") {
                Traits::USABLE
            } else {
                0
            }
            | if owner == Owner::Others { flag("IsPublic", Traits::COMMUNITY) } else { 0 }
            | if private { flag("IsPublic", Traits::PUBLIC) } else { 0 }
            | feature("CpuOnlineUpgrade", Traits::CPU_UPGRADE)
            | feature("CpuOnlineDowngrade", Traits::CPU_DOWNGRADE)
            | feature("MemoryOnlineUpgrade", Traits::MEMORY_UPGRADE)
            | feature("MemoryOnlineDowngrade", Traits::MEMORY_DOWNGRADE),
    })
}

/// The images of one region, newest first.
///
/// Traits are stored apart from the rest, so that a search reads little memory. A generated image is
/// only its index until it is returned.
#[derive(Clone, Default)]
pub(crate) struct Listing {
    traits: Vec<Traits>,
    bodies: Vec<ImageBody>,
    seed: u64,
    /// The account that generated images of `self` belong to.
    account: u64,
    /// How many copies were made; gives each copy a unique ID.
    copies: u64,
}

#[derive(Clone)]
enum ImageBody {
    Generated(u32),
    Stored(Arc<Stored>),
}

impl ImageBody {
    fn stored_id(&self) -> Option<&str> {
        match self {
            Self::Generated(_) => None,
            Self::Stored(stored) => Some(&stored.id),
        }
    }
}

impl Listing {
    pub(super) fn of(mut images: Vec<Arc<Stored>>) -> Self {
        images.sort_by_key(|image| Reverse(image.traits.created));
        Self {
            traits: images.iter().map(|image| image.traits).collect(),
            bodies: images.into_iter().map(ImageBody::Stored).collect(),
            ..Self::default()
        }
    }

    pub(super) fn generated(count: u32, seed: u64, account: u64) -> Self {
        let plan = |index| generate::plan(seed, account, index);
        Self {
            traits: (0..count).map(|index| plan(index).traits()).collect(),
            bodies: (0..count).map(ImageBody::Generated).collect(),
            seed,
            account,
            copies: 0,
        }
    }

    /// Both listings in one. An image of `other` replaces one with the same ID.
    pub(super) fn merged(&self, other: &Self) -> Self {
        let newer: HashSet<_> = other.bodies.iter().filter_map(ImageBody::stored_id).collect();
        let kept = |(_, body): &(&Traits, &ImageBody)| {
            body.stored_id().is_none_or(|id| !newer.contains(id))
        };
        let ours = self.traits.iter().zip(&self.bodies).filter(kept);
        let mut both: Vec<_> = ours.chain(other.traits.iter().zip(&other.bodies)).collect();
        both.sort_by_key(|(traits, _)| Reverse(traits.created));
        Self {
            traits: both.iter().map(|(traits, _)| **traits).collect(),
            bodies: both.iter().map(|(_, body)| (*body).clone()).collect(),
            // At most one of the two is generated.
            seed: self.seed.max(other.seed),
            account: self.account.max(other.account),
            copies: self.copies.max(other.copies),
        }
    }

    fn plan(&self, index: u32) -> generate::Plan {
        generate::plan(self.seed, self.account, index)
    }

    pub(crate) fn len(&self) -> usize {
        self.traits.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.traits.is_empty()
    }

    #[cfg(test)]
    pub(super) fn traits(&self) -> &[Traits] {
        &self.traits
    }

    /// The image at a position.
    pub(crate) fn stored(&self, at: usize) -> Option<Arc<Stored>> {
        match self.bodies.get(at)? {
            ImageBody::Generated(index) => {
                Stored::parse(&self.plan(*index).json()).ok().map(Arc::new)
            }
            ImageBody::Stored(stored) => Some(stored.clone()),
        }
    }

    /// Whether the image at a position matches in what its traits do not contain.
    fn fits(&self, filter: &Filter, at: usize) -> bool {
        match self.bodies.get(at) {
            Some(ImageBody::Generated(index)) => filter.fits_deep(&self.plan(*index)),
            Some(ImageBody::Stored(stored)) => filter.fits_deep(&**stored),
            None => false,
        }
    }

    /// The positions of the images that a filter finds.
    pub(super) fn find(&self, filter: &Filter) -> Positions {
        if filter.nothing || filter.with & filter.without != 0 {
            return Positions::default();
        }
        let mask = Mask::of(filter);
        if let [id] = filter.ids.as_slice() {
            let found = self.position(id);
            return Positions::of(&self.traits, |at, traits| {
                found == Some(at) && mask.fits(traits) && self.fits(filter, at)
            });
        }
        if filter.looks_deep() {
            return Positions::of(&self.traits, |at, traits| {
                mask.fits(traits) && self.fits(filter, at)
            });
        }
        Positions::of(&self.traits, |_, traits| mask.fits(traits))
    }

    /// The positions of images that contain all words of a text, regardless of case: `limit` of them after the first
    /// `offset`, and their total number. Of generated images, the ID, name, family, platform, owner, status and
    /// architecture are searched; of all others, the whole JSON.
    pub(crate) fn search(&self, text: &str, offset: usize, limit: usize) -> (Vec<usize>, usize) {
        let words: Vec<_> = text.split_whitespace().map(str::to_lowercase).collect();
        let (mut found, mut total, mut text) = (Vec::new(), 0, String::new());
        for (at, body) in self.bodies.iter().enumerate() {
            text.clear();
            match body {
                ImageBody::Generated(index) => {
                    self.plan(*index).append_words(&mut text);
                }
                ImageBody::Stored(stored) => text.push_str(&stored.json),
            }
            let text = text.to_lowercase();
            if words.iter().all(|word| text.contains(word.as_str())) {
                if total >= offset && found.len() < limit {
                    found.push(at);
                }
                total += 1;
            }
        }
        (found, total)
    }

    /// Whether an image of an account has this snapshot.
    pub(super) fn has_snapshot(&self, account: u64, snapshot: &str) -> bool {
        self.bodies.iter().any(|body| match body {
            ImageBody::Generated(index) => {
                let plan = self.plan(*index);
                plan.owner_id() == account && plan.has_snapshot(snapshot)
            }
            ImageBody::Stored(image) => image.account == account && image.has_snapshot(snapshot),
        })
    }

    /// Whether one of the `self` images has this name.
    pub(crate) fn has_own_name(&self, name: &str) -> bool {
        let own = self.traits.iter().zip(&self.bodies).filter(|(t, _)| t.owner == Owner::Own);
        own.into_iter().any(|(_, body)| match body {
            ImageBody::Generated(index) => *self.plan(*index).name() == *name,
            ImageBody::Stored(image) => *image.name == *name,
        })
    }

    /// Appends the JSON of the image at a position.
    pub(crate) fn append_json(&self, at: usize, to: &mut String) {
        match self.bodies.get(at) {
            Some(ImageBody::Generated(index)) => {
                to.push_str(&self.plan(*index).json());
            }
            Some(ImageBody::Stored(stored)) => to.push_str(&stored.json),
            None => {}
        }
    }

    /// The position of the image with this ID.
    pub(crate) fn position(&self, id: &str) -> Option<usize> {
        self.bodies.iter().position(|body| match body {
            ImageBody::Generated(index) => self.plan(*index).has_id(id),
            ImageBody::Stored(stored) => *stored.id == *id,
        })
    }

    pub(super) fn insert_copies(&mut self, of: &Stored, count: usize) {
        for _ in 0..count {
            self.copies += 1;
            let id = format!("m-mock{:016}", self.copies);
            let copy = of.renamed(&id);
            self.traits.insert(0, copy.traits);
            self.bodies.insert(0, ImageBody::Stored(Arc::new(copy)));
        }
    }

    /// Removes the image at a position.
    pub(super) fn remove(&mut self, at: usize) {
        if at < self.len() {
            self.traits.remove(at);
            self.bodies.remove(at);
        }
    }

    /// Adds an image, ordered by time, or replaces the one with the same ID.
    pub(super) fn put(&mut self, image: Stored) {
        if let Some(at) = self.position(&image.id) {
            if let (Some(traits), Some(body)) = (self.traits.get_mut(at), self.bodies.get_mut(at))
                && traits.created == image.traits.created
            {
                // This keeps the order of a list that a client is reading page by page.
                *traits = image.traits;
                *body = ImageBody::Stored(Arc::new(image));
                return;
            }
            self.remove(at);
        }
        let created = image.traits.created;
        let at = self.traits.partition_point(|traits| traits.created > created);
        self.traits.insert(at, image.traits);
        self.bodies.insert(at, ImageBody::Stored(Arc::new(image)));
    }

    /// The images that an account sees, as it sees them; `None` if it sees all of them unchanged.
    pub(super) fn seen_by(&self, account: u64) -> Option<Self> {
        let seen = |body: &ImageBody| match body {
            ImageBody::Stored(image) => image.seen_by(account),
            ImageBody::Generated(index) => match self.plan(*index).owner() {
                Owner::Own | Owner::Others if account != self.account => None,
                owner => Some(owner),
            },
        };
        let same = |(traits, body): (&Traits, &ImageBody)| seen(body) == Some(traits.owner);
        if self.traits.iter().zip(&self.bodies).all(same) {
            return None;
        }
        let mut view = Self { seed: self.seed, account: self.account, ..Self::default() };
        for (traits, body) in self.traits.iter().zip(&self.bodies) {
            let Some(owner) = seen(body) else { continue };
            let (traits, body) = match body {
                ImageBody::Generated(_) => (*traits, body.clone()),
                ImageBody::Stored(image) => {
                    let image = image.seen_as(owner);
                    (image.traits, ImageBody::Stored(image))
                }
            };
            view.traits.push(traits);
            view.bodies.push(body);
        }
        Some(view)
    }
}
