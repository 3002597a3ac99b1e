//! The images of every region: built in, loaded from files, or generated.

mod builtin;
mod document;
pub(super) mod filter;
mod generate;
pub(super) mod instance_types;
mod listing;
mod load;
mod mask;
mod positions;
mod regions;
mod systems;
pub(super) mod traits;

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

pub(super) use listing::{Listing, Stored};
pub use load::LoadError;
pub(super) use regions::REGIONS;

use self::{filter::Filter, positions::Positions};
use crate::ctx::Files;

/// The region of images that name none.
pub(super) const DEFAULT_REGION: &str = "cn-hangzhou";

/// Where images come from.
#[derive(Clone, Debug)]
pub enum Seed {
    /// The built-in catalog.
    Builtin,
    /// A file of images, in the shape that `docs/mock-ecs.md` gives.
    File {
        /// The file.
        path: PathBuf,
        /// The region of its images, in place of the one that the file names.
        region: Option<String>,
    },
    /// The same, as text.
    Json {
        /// What to call it in errors.
        name: String,
        /// The region of its images, in place of the one that the text names.
        region: Option<String>,
        /// The JSON.
        text: String,
    },
    /// So many made-up images, the same in every region.
    Generated(u32),
}

/// The images of every region.
#[derive(Clone, Default)]
pub(super) struct Catalog {
    regions: BTreeMap<String, Arc<Listing>>,
    /// The latest searches and what they found, latest last.
    found: Vec<Found>,
}

#[derive(Clone)]
struct Found {
    region: String,
    filter: Filter,
    positions: Positions,
}

/// What a search found: positions in a listing, in the order of the API.
pub(super) struct Hits {
    pub(super) listing: Arc<Listing>,
    pub(super) positions: Positions,
}

/// How many searches are remembered, so that later pages cost no second search.
const REMEMBERED: usize = 32;

impl Catalog {
    /// Reads all seeds; none means the built-in catalog.
    pub(super) fn load(seeds: &[Seed], random: u64, files: &dyn Files) -> Result<Self, LoadError> {
        let builtin = [Seed::Builtin];
        let seeds = if seeds.is_empty() { &builtin } else { seeds };
        let mut catalog = Self::default();
        for (region, _) in REGIONS {
            catalog.regions.insert((*region).to_owned(), Arc::default());
        }
        let mut generated = 0_u32;
        for seed in seeds {
            match seed {
                Seed::Builtin => {
                    for (region, listing) in builtin::regions() {
                        catalog.merge(region, listing);
                    }
                }
                Seed::File { path, region } => {
                    let (name, text) = load::read(path, files)?;
                    catalog.add_json(&name, region.as_deref(), &text)?;
                }
                Seed::Json { name, region, text } => {
                    catalog.add_json(name, region.as_deref(), text)?;
                }
                Seed::Generated(count) => generated = generated.saturating_add(*count),
            }
        }
        catalog.generate(generated, random);
        Ok(catalog)
    }

    /// Adds generated images to every region; regions without others share one listing.
    fn generate(&mut self, count: u32, random: u64) {
        let generated = Arc::new(Listing::generated(count, random));
        let regions: Vec<_> = self.regions.keys().cloned().collect();
        for region in regions {
            self.merge(region, generated.clone());
        }
    }

    /// Adds the images of a JSON text; all of them or, on an error, none.
    pub(super) fn add_json(
        &mut self,
        name: &str,
        region: Option<&str>,
        text: &str,
    ) -> Result<usize, LoadError> {
        let loaded = load::parse(name, region, text)?;
        let count = loaded.values().map(Vec::len).sum();
        for (region, images) in loaded {
            self.merge(region, Arc::new(Listing::of(images)));
        }
        Ok(count)
    }

    fn merge(&mut self, region: String, listing: Arc<Listing>) {
        self.found.clear();
        let known = self.regions.entry(region).or_default();
        *known = if known.is_empty() { listing } else { Arc::new(known.merged(&listing)) };
    }

    /// Removes all images.
    pub(super) fn clear(&mut self) {
        self.found.clear();
        for listing in self.regions.values_mut() {
            *listing = Arc::default();
        }
    }

    /// Every region with the number of its images.
    pub(super) fn regions(&self) -> impl Iterator<Item = (&str, usize)> {
        self.regions.iter().map(|(region, listing)| (region.as_str(), listing.len()))
    }

    /// The listing of a region; `None` if the region is unknown.
    pub(super) fn listing(&self, region: &str) -> Option<&Arc<Listing>> {
        self.regions.get(region)
    }

    /// Searches a region; `None` if the region is unknown.
    pub(super) fn find(&mut self, region: &str, filter: &Filter) -> Option<Hits> {
        let listing = self.regions.get(region)?.clone();
        let known = self.found.iter().position(|f| f.region == region && f.filter == *filter);
        let found = match known {
            Some(at) => self.found.remove(at),
            None => Found {
                region: region.to_owned(),
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

    /// Puts `count` copies of an image in front, under IDs of their own: images that were
    /// created just now.
    pub(super) fn insert_copies(&mut self, region: &str, of: &Stored, count: u64) {
        let Some(listing) = self.regions.get_mut(region) else { return };
        self.found.clear();
        Arc::make_mut(listing).insert_copies(of, count);
    }

    /// Removes the images at these positions.
    pub(super) fn remove(&mut self, region: &str, positions: &[usize]) {
        let Some(listing) = self.regions.get_mut(region) else { return };
        self.found.clear();
        Arc::make_mut(listing).remove(positions);
    }
}
