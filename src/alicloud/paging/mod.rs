//! Combines pages and decides whether they are consistent. This module is pure.
//!
//! The API numbers pages and keeps no snapshot, so if the catalog changes while it is read, images
//! can appear twice or not at all. Signs of this are a `TotalCount` that changes, a page without
//! new images, or a number of images that differs from `TotalCount`. Then all pages must be read
//! again, because a list that is silently incomplete would be worse than an error.
//!
//! One change leaves no sign: while later pages are read, an image of an earlier page is deleted and another one is
//! appended. The count is the same, but each image after the deleted one moved forward, and the one that moved from a
//! page not yet read to a page already read is missing. With this API, only reading everything twice could detect
//! this.

use std::collections::HashSet;

use super::{
    Pages,
    decode::{PAGE_SIZE, Page},
    error::Cause,
    model::Image,
};
use crate::text::ExternalText;

/// How often all pages are read at most.
pub(crate) const ROUNDS: u32 = 3;

/// How much memory the images of one lookup may take, in bytes, as [`Page::size`] estimates it:
/// about 150,000 average images.
const MAX_SIZE: usize = 512 << 20;

/// The most images for which memory is reserved in advance, based on `TotalCount`.
const MAX_RESERVED: usize = 100_000;

/// The pages that were read so far, in their order.
pub(crate) struct PageSet {
    total_count: u64,
    /// How many images make the set complete; see [`expected`].
    expected: u64,
    images: Vec<Image>,
    seen: HashSet<ExternalText>,
    /// Images that were received more than once within one page: the service lists and counts them
    /// more than once.
    repeated: u64,
    /// Whether all pages agree so far.
    consistent: bool,
    /// The estimated size of the images, in bytes.
    size: usize,
}

/// The images take more memory than [`MAX_SIZE`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct TooManyImages {
    total_count: u64,
    received: u64,
}

impl TooManyImages {
    /// The cause; `request_id` is that of the last response.
    pub(crate) fn cause(self, request_id: Option<String>) -> Cause {
        let Self { total_count, received } = self;
        Cause::TooManyImages { total_count, received, limit: MAX_SIZE as u64, request_id }
    }
}

/// How many of `total_count` images these pages contain.
pub(crate) fn expected(total_count: u64, pages: Pages) -> u64 {
    match pages {
        Pages::All => total_count,
        Pages::First(images) => {
            let whole_pages = images.max(1).div_ceil(PAGE_SIZE).saturating_mul(PAGE_SIZE);
            total_count.min(whole_pages)
        }
    }
}

impl PageSet {
    /// Starts with page 1 of these pages.
    ///
    /// # Errors
    ///
    /// [`TooManyImages`], as for [`PageSet::add`].
    pub(crate) fn begin(first: Page, pages: Pages) -> Result<Self, TooManyImages> {
        let total_count = first.total_count;
        let mut set = Self {
            total_count,
            expected: expected(total_count, pages),
            images: Vec::new(),
            seen: HashSet::new(),
            repeated: 0,
            consistent: true,
            size: 0,
        };
        set.add(first)?;
        if set.consistent {
            // A list that grows is copied, and needs memory for both copies.
            let count = usize::try_from(set.expected).unwrap_or(usize::MAX).min(MAX_RESERVED);
            set.images.reserve_exact(count.saturating_sub(set.images.len()));
        }
        Ok(set)
    }

    /// How many pages there are: ⌈`TotalCount` / 100⌉, at least one. If the first page already
    /// contradicts `TotalCount`, it is one.
    pub(crate) fn pages(&self) -> u64 {
        if self.consistent { self.expected.div_ceil(PAGE_SIZE).max(1) } else { 1 }
    }

    /// Adds the next page. Returns `false` if it shows that it is useless to read more pages.
    pub(crate) fn add(&mut self, page: Page) -> Result<bool, TooManyImages> {
        self.size = self.size.saturating_add(page.size);
        if self.size > MAX_SIZE {
            let received = self.received() + page.images.len() as u64;
            return Err(TooManyImages { total_count: self.total_count, received });
        }
        // Images without an ID cannot be told apart, so they do not show progress: a service that
        // repeats them would never finish.
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
        self.consistent &= progress && page.total_count == self.total_count;
        Ok(self.consistent)
    }

    /// How many different images were received.
    pub(crate) fn received(&self) -> u64 {
        self.images.len() as u64
    }

    /// What `TotalCount` said on page 1.
    pub(crate) fn total_count(&self) -> u64 {
        self.total_count
    }

    /// The images, if they are all that there are.
    pub(crate) fn complete(self) -> Option<Vec<Image>> {
        let complete = self.consistent && self.received() + self.repeated == self.expected;
        complete.then_some(self.images)
    }
}

#[cfg(test)]
mod tests;
