//! What is selected from the images that the service found, and in which order.
//!
//! The steps are `name_regex`, `exclude_name_regex`, the window of creation times, `most_recent`,
//! `sort_by`, `limit`. Without any, the images stay in the order of the service.

use std::{cmp::Ordering, fmt, sync::Arc};

use jiff::Timestamp;

use crate::{alicloud::model::Image, text::ExternalText};

use super::{
    regex::{self, GoRegex},
    time,
};

/// A regular expression for names, with its source.
#[derive(Clone)]
pub(crate) struct Pattern {
    source: Arc<str>,
    regex: GoRegex,
}

impl Pattern {
    /// Compiles a pattern in Go's syntax.
    pub(crate) fn new(source: Arc<str>) -> Result<Self, regex::Error> {
        let regex = GoRegex::new(&source)?;
        Ok(Self { source, regex })
    }

    /// The pattern as the user wrote it.
    pub(crate) fn source(&self) -> &Arc<str> {
        &self.source
    }

    fn matches(&self, image: &Image) -> bool {
        self.regex.is_match(image.image_name.raw())
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.source.fmt(f)
    }
}

/// The order that the user wants.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Order {
    key: OrderKey,
    descending: bool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum OrderKey {
    CreationTime,
    Name,
    Size,
}

impl Order {
    /// All orders by their names.
    const ALL: &[(&str, Self)] = &[
        ("creation_time", Self { key: OrderKey::CreationTime, descending: false }),
        ("creation_time_desc", Self { key: OrderKey::CreationTime, descending: true }),
        ("name", Self { key: OrderKey::Name, descending: false }),
        ("name_desc", Self { key: OrderKey::Name, descending: true }),
        ("size", Self { key: OrderKey::Size, descending: false }),
        ("size_desc", Self { key: OrderKey::Size, descending: true }),
    ];

    /// The order of this name.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, order)| *order)
    }

    /// The names of all orders.
    pub(crate) fn names() -> impl Iterator<Item = &'static str> {
        Self::ALL.iter().map(|(name, _)| *name)
    }

    /// The key decides, then the image ID: with distinct IDs no two images are equal.
    fn sort(self, images: &mut [&Image]) {
        let by_id = |a: &&Image, b: &&Image| a.image_id.cmp(&b.image_id);
        match self.key {
            OrderKey::CreationTime => {
                let mut timed: Vec<(Option<Timestamp>, &Image)> = images
                    .iter()
                    .map(|image| (time::parse(image.creation_time.raw()), *image))
                    .collect();
                timed.sort_by(|(a, left), (b, right)| {
                    self.directed(a.cmp(b)).then_with(|| by_id(left, right))
                });
                for (place, (_, image)) in images.iter_mut().zip(timed) {
                    *place = image;
                }
            }
            OrderKey::Name => images.sort_by(|a, b| {
                self.directed(a.image_name.cmp(&b.image_name)).then_with(|| by_id(a, b))
            }),
            OrderKey::Size => {
                images.sort_by(|a, b| self.directed(a.size.cmp(&b.size)).then_with(|| by_id(a, b)))
            }
        }
    }

    fn directed(self, ordering: Ordering) -> Ordering {
        if self.descending { ordering.reverse() } else { ordering }
    }
}

/// What to select.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selection {
    /// Keeps images with a matching name.
    pub(crate) name: Option<Pattern>,
    /// Drops images with a matching name.
    pub(crate) exclude: Option<Pattern>,
    /// Keeps images created then or later.
    pub(crate) created_after: Option<Timestamp>,
    /// Keeps images created earlier.
    pub(crate) created_before: Option<Timestamp>,
    /// Keeps the newest.
    pub(crate) most_recent: bool,
    /// Sorts.
    pub(crate) order: Option<Order>,
    /// Keeps the first so many.
    pub(crate) limit: Option<usize>,
}

/// Every step that dropped images or could have: the argument, and how many images it left.
pub(crate) type Steps = Vec<(&'static str, usize)>;

/// What was selected, and how.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Selected<'a> {
    /// The images.
    pub(crate) images: Vec<&'a Image>,
    /// The steps that were applied.
    pub(crate) steps: Steps,
    /// The IDs of images that took part in a comparison of times though theirs cannot be read.
    pub(crate) without_time: Vec<ExternalText>,
}

impl Selection {
    /// Applies all steps.
    pub(crate) fn apply<'a>(&self, images: &'a [Image]) -> Selected<'a> {
        let mut selected = Selected { images: images.iter().collect(), ..Selected::default() };
        if let Some(pattern) = &self.name {
            selected
                .keep("name_regex", |image| !image.image_name.is_empty() && pattern.matches(image));
        }
        if let Some(pattern) = &self.exclude {
            selected.keep("exclude_name_regex", |image| !pattern.matches(image));
        }
        if self.compares_times(selected.images.len()) {
            selected.note_unreadable_times();
        }
        if let Some(start) = self.created_after {
            selected.keep("created_after", |image| {
                time::parse(image.creation_time.raw()).is_some_and(|created| created >= start)
            });
        }
        if let Some(end) = self.created_before {
            selected.keep("created_before", |image| {
                time::parse(image.creation_time.raw()).is_some_and(|created| created < end)
            });
        }
        if self.most_recent {
            // `max_by_key` gives the last of equals; an unreadable time is less than any other.
            let second =
                |image: &&Image| time::parse(image.creation_time.raw()).map(Timestamp::as_second);
            selected.images = selected.images.into_iter().max_by_key(second).into_iter().collect();
            selected.steps.push(("most_recent", selected.images.len()));
        }
        if let Some(order) = self.order {
            order.sort(&mut selected.images);
        }
        if let Some(limit) = self.limit {
            selected.images.truncate(limit);
            selected.steps.push(("limit", selected.images.len()));
        }
        selected
    }

    /// A single image is compared with none, only with the window.
    fn compares_times(&self, count: usize) -> bool {
        let orders =
            self.most_recent || self.order.is_some_and(|order| order.key == OrderKey::CreationTime);
        orders && count > 1 || self.created_after.is_some() || self.created_before.is_some()
    }
}

impl Selected<'_> {
    fn keep(&mut self, argument: &'static str, keeps: impl Fn(&Image) -> bool) {
        self.images.retain(|image| keeps(image));
        self.steps.push((argument, self.images.len()));
    }

    fn note_unreadable_times(&mut self) {
        let unreadable =
            self.images.iter().filter(|image| time::parse(image.creation_time.raw()).is_none());
        self.without_time = unreadable.map(|image| image.image_id.clone()).collect();
    }
}

#[cfg(test)]
mod tests;
