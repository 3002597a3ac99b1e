//! Puts pages together, and tells whether they agree. Pure: pages come in, a verdict comes out.
//!
//! The API numbers pages and keeps no snapshot, so a catalogue that changes while it is read makes
//! images appear twice or not at all. What shows it: `TotalCount` moves, a page holds nothing new,
//! or the images that came are not as many as `TotalCount` says. Then everything must be read again;
//! a list that is silently short would be worse than an error.

use std::collections::HashSet;

use super::{decode::Page, model::Image};
use crate::text::ExternalText;

/// How many images a page holds. Source: ECS API, DescribeImages, `PageSize`: at most 100.
pub(crate) const PAGE_SIZE: u64 = 100;

/// How often all pages are read at most.
pub(crate) const ROUNDS: u32 = 3;

/// The pages that were read so far, in their order.
pub(crate) struct Reading {
    total_count: u64,
    /// Where the reading is complete: at all images, or at those of the first page.
    expected: u64,
    images: Vec<Image>,
    seen: HashSet<ExternalText>,
    /// Images that came more than once within one page: the service means to list them so, and
    /// counts each.
    repeated: u64,
    sound: bool,
}

impl Reading {
    /// Begins with page 1, of all pages or of this one alone.
    pub(crate) fn begin(first: Page, alone: bool) -> Self {
        let total_count = first.total_count;
        let mut reading = Self {
            total_count,
            expected: if alone { total_count.min(PAGE_SIZE) } else { total_count },
            images: Vec::new(),
            seen: HashSet::new(),
            repeated: 0,
            sound: true,
        };
        reading.add(first);
        reading
    }

    /// How many pages there are: ⌈`TotalCount` / 100⌉, at least one; one where the first page
    /// already contradicts `TotalCount`.
    pub(crate) fn pages(&self) -> u64 {
        if self.sound { self.expected.div_ceil(PAGE_SIZE).max(1) } else { 1 }
    }

    /// Adds the next page. `false` where it shows that reading on is futile.
    pub(crate) fn add(&mut self, page: Page) -> bool {
        // Images without an ID cannot be told apart, so they are no sign of progress: a service that
        // repeats them would never come to an end.
        let (is_first, known) = (self.images.is_empty(), self.seen.len());
        let mut of_this_page = HashSet::new();
        for image in page.images {
            let id = &image.image_id;
            if id.is_empty() {
                self.images.push(image);
                continue;
            }
            let again = !of_this_page.insert(id.clone());
            if self.seen.insert(id.clone()) {
                self.images.push(image);
            } else if again {
                self.repeated += 1;
            }
        }
        let new = self.seen.len() > known || (is_first && !self.images.is_empty());
        let progress = new || self.expected == 0;
        self.sound &= progress && page.total_count == self.total_count;
        self.sound
    }

    /// How many different images came.
    pub(crate) fn received(&self) -> u64 {
        self.images.len() as u64
    }

    /// What `TotalCount` said on page 1.
    pub(crate) fn total_count(&self) -> u64 {
        self.total_count
    }

    /// The images, if they are all that there are.
    pub(crate) fn complete(self) -> Option<Vec<Image>> {
        let complete = self.sound && self.received() + self.repeated == self.expected;
        complete.then_some(self.images)
    }
}

#[cfg(test)]
mod tests;
