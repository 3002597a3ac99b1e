//! The images of every region: built in, loaded from files, or generated.
//!
//! The images of a region are made when it is first looked at, and the latest searches are kept with
//! what they found, since a client reads one result in many pages.

mod builtin;
mod document;
pub(super) mod filter;
mod generate;
pub(super) mod instance_types;
mod listing;
mod load;
mod systems;

use std::{
    collections::{BTreeMap, HashMap},
    path::PathBuf,
    sync::Arc,
};

use jiff::Timestamp;

pub(super) use builtin::{REGIONS, image_of_instance};
pub(super) use listing::{Listing, Stored};
pub use load::LoadError;

use self::{
    filter::{Filter, Positions},
    filter::{Owner, Status},
    load::{Loaded, SavedPages},
};
use crate::ctx::Files;

/// The region of images that do not name one.
pub(super) const DEFAULT_REGION: &str = "cn-hangzhou";

/// Where images come from.
#[derive(Clone, Debug)]
pub enum Seed {
    /// The built-in catalog.
    Builtin,
    /// A file of images, in one of the shapes of `docs/mock-ecs-reference.md`.
    File {
        /// The file.
        path: PathBuf,
        /// The region of its images, instead of the one that the file names.
        region: Option<String>,
    },
    /// The same content, as text.
    Json {
        /// What to call it in errors.
        name: String,
        /// The region of its images, instead of the one that the text names.
        region: Option<String>,
        /// The JSON.
        text: String,
    },
    /// This many generated images, the same in every region.
    Generated(u32),
    /// Another source, as an account sees it: its `self` images belong to that account, its
    /// `others` images are shared with it. Without this it is the first account.
    Of {
        /// The name of the account.
        account: String,
        /// The source.
        seed: Box<Self>,
    },
}

/// The images of every region.
#[derive(Clone, Default)]
pub(super) struct Catalog {
    regions: BTreeMap<String, Arc<Listing>>,
    /// Regions whose built-in images are not created yet, with the accounts that they are for. Most
    /// runs use only one region.
    unmade: BTreeMap<String, Accounts>,
    accounts: Accounts,
    /// The latest searches and their results, latest last.
    found: Vec<Found>,
    /// The images that an account sees in a region, if it does not see all of them.
    views: HashMap<(String, u64), Arc<Listing>>,
    /// Images that are being created.
    tasks: Vec<Task>,
    /// How many images clients created, minus those that they deleted.
    made: usize,
}

/// The accounts to which a source of images refers.
#[derive(Clone, Debug, Default)]
struct Accounts {
    /// The account whose view the source is: `self` images belong to this account, `others` images
    /// are shared with it.
    viewer: u64,
    /// All accounts that the mock knows. A private image whose `ImageOwnerId` is one of these
    /// belongs to it.
    known: Vec<u64>,
}

impl Accounts {
    /// All images of a source, with the accounts that own and see them.
    fn listing(&self, images: Vec<Arc<Stored>>) -> Listing {
        Listing::of(images.into_iter().map(|image| self.assign(image)).collect())
    }

    /// The image with its owner and the account that it is shared with.
    fn assign(&self, image: Arc<Stored>) -> Arc<Stored> {
        let known = self.known.contains(&image.owner_id);
        let (account, shared_with) = match image.traits.owner {
            Owner::System | Owner::Marketplace => return image,
            Owner::Own => (if known { image.owner_id } else { self.viewer }, Vec::new()),
            Owner::Others => (image.owner_id, vec![self.viewer]),
        };
        Arc::new(Stored { account, shared_with, ..(*image).clone() })
    }
}

#[derive(Clone)]
struct Found {
    region: String,
    account: u64,
    filter: Filter,
    positions: Positions,
}

/// An image that is being created.
#[derive(Clone)]
struct Task {
    region: String,
    image: Box<str>,
    /// Region and ID of the image of which it is a copy.
    copy_of: Option<(String, Box<str>)>,
    /// Its progress in percent, as the image shows it.
    percent: i128,
    started: Timestamp,
    ends: Timestamp,
}

/// The result of a search: positions in a listing, in the order of the API.
pub(super) struct Hits {
    pub(super) listing: Arc<Listing>,
    pub(super) positions: Positions,
}

/// How many searches are remembered, so that later pages need no second search.
const REMEMBERED: usize = 32;

/// How many views are remembered. With roles of invented accounts, a client can request any number
/// of views.
const VIEWS: usize = 128;

/// How many images clients, and fault rules for their calls, can create.
const MOST_MADE: usize = 5_000;

impl Catalog {
    /// Reads all seeds; none means the built-in catalog. `accounts` are the names and IDs of the
    /// accounts, the default one first.
    pub(super) fn load(
        seeds: &[Seed],
        random: u64,
        files: &dyn Files,
        accounts: &[(String, u64)],
    ) -> Result<Self, LoadError> {
        let builtin = [Seed::Builtin];
        let seeds = if seeds.is_empty() { &builtin } else { seeds };
        let known: Vec<_> = accounts.iter().map(|(_, id)| *id).collect();
        let viewer = known.first().copied().unwrap_or_default();
        let accounts_of_default = Accounts { viewer, known };
        let mut catalog = Self { accounts: accounts_of_default, ..Self::default() };
        for (region, _) in REGIONS {
            catalog.regions.insert((*region).to_owned(), Arc::default());
        }
        let mut pages = SavedPages::default();
        let mut generated = 0_u32;
        for seed in seeds {
            let mut seed = seed;
            let mut viewed = catalog.accounts.clone();
            while let Seed::Of { account, seed: inner } = seed {
                let named = accounts.iter().find(|(name, _)| name == account);
                let unknown = || LoadError::Account { name: account.clone() };
                viewed.viewer = named.ok_or_else(unknown)?.1;
                seed = inner;
            }
            match seed {
                Seed::Builtin => {
                    for (region, _) in REGIONS {
                        catalog.unmade.insert((*region).to_owned(), viewed.clone());
                    }
                }
                Seed::File { path, region } => {
                    let (name, text) = load::read(path, files)?;
                    let mut loaded = load::parse(&name, region.as_deref(), &text)?;
                    pages.add(&name, viewed.viewer, &mut loaded);
                    catalog.add(loaded, &viewed);
                }
                Seed::Json { name, region, text } => {
                    let mut loaded = load::parse(name, region.as_deref(), text)?;
                    pages.add(name, viewed.viewer, &mut loaded);
                    catalog.add(loaded, &viewed);
                }
                Seed::Generated(count) => generated = generated.saturating_add(*count),
                // Handled above.
                Seed::Of { .. } => {}
            }
        }
        pages.check()?;
        catalog.generate(generated, random);
        catalog.build(DEFAULT_REGION);
        Ok(catalog)
    }

    /// Adds generated images to every region; regions without others share one listing.
    fn generate(&mut self, count: u32, random: u64) {
        let generated = Arc::new(Listing::generated(count, random, self.accounts.viewer));
        let regions: Vec<_> = self.regions.keys().cloned().collect();
        for region in regions {
            self.merge(region, generated.clone());
        }
    }

    /// Adds the images of a JSON text: all of them or, on an error, none. It may be a single page
    /// of a response.
    pub(super) fn add_json(
        &mut self,
        name: &str,
        region: Option<&str>,
        text: &str,
    ) -> Result<usize, LoadError> {
        let loaded = load::parse(name, region, text)?;
        let accounts = self.accounts.clone();
        Ok(self.add(loaded, &accounts))
    }

    fn add(&mut self, loaded: Loaded, accounts: &Accounts) -> usize {
        let count = loaded.images.values().map(Vec::len).sum();
        for (region, images) in loaded.images {
            self.merge(region, Arc::new(accounts.listing(images)));
        }
        count
    }

    fn merge(&mut self, region: String, listing: Arc<Listing>) {
        self.forget_searches();
        let known = self.regions.entry(region).or_default();
        *known = if known.is_empty() { listing } else { Arc::new(known.merged(&listing)) };
    }

    /// Creates the built-in images of a region if they do not exist yet. Existing images have
    /// precedence.
    fn build(&mut self, region: &str) {
        let Some(accounts) = self.unmade.remove(region) else { return };
        let builtin = builtin::region(region, &accounts);
        let known = self.regions.entry(region.to_owned()).or_default();
        *known = Arc::new(if known.is_empty() { builtin } else { builtin.merged(known) });
        self.forget_searches();
    }

    /// Discards results and views, because the images changed.
    fn forget_searches(&mut self) {
        self.found.clear();
        self.views.clear();
    }

    /// Removes all images.
    pub(super) fn clear(&mut self) {
        self.forget_searches();
        self.tasks.clear();
        self.made = 0;
        self.unmade.clear();
        for listing in self.regions.values_mut() {
            *listing = Arc::default();
        }
    }

    /// Every region with the number of its images.
    pub(super) fn regions(&self) -> impl Iterator<Item = (&str, usize)> {
        self.regions.iter().map(|(region, listing)| {
            let unmade = if self.unmade.contains_key(region) { builtin::count() } else { 0 };
            (region.as_str(), listing.len() + unmade)
        })
    }

    /// Whether there is a region of this name.
    pub(super) fn has_region(&self, region: &str) -> bool {
        self.regions.contains_key(region)
    }

    /// All images of a region, as the account that they were loaded for sees them; `None` if the
    /// region is unknown.
    pub(super) fn listing(&mut self, region: &str) -> Option<Arc<Listing>> {
        self.build(region);
        self.regions.get(region).cloned()
    }

    /// The images that an account sees in a region, as it sees them; `None` if the region is
    /// unknown.
    pub(super) fn view(&mut self, region: &str, account: u64) -> Option<Arc<Listing>> {
        self.build(region);
        let all = self.regions.get(region)?;
        let key = (region.to_owned(), account);
        if let Some(view) = self.views.get(&key) {
            return Some(view.clone());
        }
        let view = all.seen_by(account).map_or_else(|| all.clone(), Arc::new);
        if self.views.len() >= VIEWS {
            self.views.clear();
        }
        self.views.insert(key, view.clone());
        Some(view)
    }

    /// Searches what an account sees in a region; `None` if the region is unknown.
    pub(super) fn find(&mut self, region: &str, account: u64, filter: &Filter) -> Option<Hits> {
        let listing = self.view(region, account)?;
        let known = self
            .found
            .iter()
            .position(|f| f.region == region && f.account == account && f.filter == *filter);
        let found = match known {
            Some(at) => self.found.remove(at),
            None => Found {
                region: region.to_owned(),
                account,
                filter: filter.clone(),
                positions: listing.find(filter),
            },
        };
        let positions = found.positions.clone();
        self.found.push(found);
        if self.found.len() > REMEMBERED {
            self.found.remove(0);
        }
        Some(Hits { listing, positions })
    }

    /// The image with this ID, if the account sees it.
    pub(super) fn image(&mut self, region: &str, account: u64, id: &str) -> Option<Arc<Stored>> {
        let view = self.view(region, account)?;
        view.stored(view.position(id)?)
    }

    /// Inserts `count` copies of an image at the front, each with its own ID, as if they had just
    /// been created.
    pub(super) fn insert_copies(&mut self, region: &str, of: &Stored, count: usize) {
        self.build(region);
        let Some(listing) = self.regions.get_mut(region) else { return };
        let room = MOST_MADE.saturating_sub(self.made);
        let count = count.min(room);
        self.made += count;
        Arc::make_mut(listing).insert_copies(of, count);
        self.forget_searches();
    }

    /// Removes images.
    pub(super) fn remove(&mut self, region: &str, ids: &[Box<str>]) {
        self.build(region);
        let Some(listing) = self.regions.get_mut(region) else { return };
        let listing = Arc::make_mut(listing);
        for id in ids {
            if let Some(at) = listing.position(id) {
                listing.remove(at);
                self.made = self.made.saturating_sub(1);
            }
        }
        self.tasks.retain(|task| task.region != region || !ids.contains(&task.image));
        self.forget_searches();
    }

    /// Adds an image, or replaces the one with the same ID.
    pub(super) fn put(&mut self, region: &str, image: Stored) {
        self.build(region);
        let Some(listing) = self.regions.get_mut(region) else { return };
        Arc::make_mut(listing).put(image);
        self.forget_searches();
    }

    /// Whether a copy of an image is being created.
    pub(super) fn is_copied(&self, region: &str, id: &str) -> bool {
        let copy_of =
            |task: &Task| task.copy_of.as_ref().is_some_and(|(r, i)| r == region && **i == *id);
        self.tasks.iter().any(copy_of)
    }

    /// Whether an image of an account, in any region, has this snapshot.
    pub(super) fn has_snapshot(&mut self, account: u64, snapshot: &str) -> bool {
        let unmade: Vec<String> = self.unmade.keys().cloned().collect();
        unmade.iter().for_each(|region| self.build(region));
        self.regions.values().any(|listing| listing.has_snapshot(account, snapshot))
    }

    /// Adds an image that is being made from the first time to the second, perhaps as a copy of another;
    /// `false` if clients made too many.
    pub(super) fn make(
        &mut self,
        region: &str,
        image: Stored,
        copy_of: Option<(&str, &str)>,
        [started, ends]: [Timestamp; 2],
    ) -> bool {
        if self.made >= MOST_MADE {
            return false;
        }
        self.made += 1;
        let id = image.id.clone();
        let copy_of = copy_of.map(|(region, id)| (region.to_owned(), id.into()));
        let task =
            Task { region: region.to_owned(), image: id, copy_of, percent: 0, started, ends };
        self.tasks.push(task);
        self.put(region, image);
        self.settle(started);
        true
    }

    /// Updates images that are being created: their progress, and their completion.
    pub(super) fn settle(&mut self, now: Timestamp) {
        let mut changed = Vec::new();
        self.tasks.retain_mut(|task| {
            let whole = task.ends.duration_since(task.started).as_millis().max(1);
            let past = now.duration_since(task.started).as_millis().clamp(0, whole);
            let (percent, done) = (past * 100 / whole, now >= task.ends);
            if done || percent != task.percent {
                task.percent = percent;
                changed.push((task.clone(), done));
            }
            !done
        });
        for (Task { region, image, percent, .. }, done) in changed {
            let Some(listing) = self.regions.get(&region) else { continue };
            let Some(image) = listing.position(&image).and_then(|at| listing.stored(at)) else {
                continue;
            };
            let edited = image.edited(|members| {
                members.insert("Progress".into(), format!("{percent}%").into());
                if done {
                    members.insert("Status".into(), Status::Available.as_str().into());
                    members.insert("Usable".into(), true.into());
                }
            });
            self.put(&region, edited);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalog() -> Catalog {
        let files = crate::ctx::system::System;
        Catalog::load(&[], 0, &files, &[("default".into(), 1)]).unwrap()
    }

    #[test]
    fn the_views_and_images_that_clients_can_create_are_limited() {
        let mut catalog = catalog();
        let image = image_of_instance(1, "m-1").unwrap();
        for account in 0..2 * VIEWS as u64 {
            catalog.view(DEFAULT_REGION, account).unwrap();
        }
        assert!(catalog.views.len() <= VIEWS);
        let now = Timestamp::UNIX_EPOCH;
        catalog.made = MOST_MADE - 1;
        assert!(catalog.make(DEFAULT_REGION, (*image).clone(), None, [now; 2]));
        assert!(!catalog.make(DEFAULT_REGION, (*image).clone(), None, [now; 2]));
        catalog.remove(DEFAULT_REGION, std::slice::from_ref(&image.id));
        assert!(catalog.make(DEFAULT_REGION, (*image).clone(), None, [now; 2]));
    }
}
