//! Filters and sorts the images that the service returned.
//!
//! First the criteria run. Each decides about one image at a time and has a row in `criteria`. Then come
//! the steps for the images that are left, as a whole: `most_recent`, `sort_by`, `limit`. Unless
//! `sort_by` is set, the images keep the order of the service.

mod criteria;

use std::{cmp::Ordering, fmt, sync::Arc, time::Duration};

use jiff::Timestamp;

use crate::{alicloud::model::Image, text::ExternalText};

use super::{
    regex::{self, Extractor, GoRegex},
    time,
    version::{Constraints, Version},
};
use criteria::{BY_NAME, BY_TIME};
pub(crate) use criteria::{Criterion, Hint, criteria};

/// A regular expression for image names, with its source text.
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
    pub(crate) fn source(&self) -> &str {
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

/// How to find the version in a name, and which versions are accepted.
#[derive(Clone)]
pub(crate) struct VersionRule {
    source: Arc<str>,
    extractor: Extractor,
    /// `None` accepts any version.
    pub(crate) constraints: Option<Constraints>,
}

impl VersionRule {
    /// Compiles a pattern in Go's syntax.
    pub(crate) fn new(
        source: Arc<str>,
        constraints: Option<Constraints>,
    ) -> Result<Self, regex::Error> {
        let extractor = Extractor::new(&source)?;
        Ok(Self { source, extractor, constraints })
    }

    /// The same rule without constraints.
    pub(crate) fn without_constraints(self) -> Self {
        Self { constraints: None, ..self }
    }

    /// The pattern as the user wrote it.
    pub(crate) fn source(&self) -> &str {
        &self.source
    }

    /// The text that the pattern finds in the name of an image, if it is a valid version.
    pub(crate) fn text<'a>(&self, image: &'a Image) -> Option<&'a str> {
        let text = self.extractor.extract(image.image_name.raw())?;
        Version::parse(text).is_some().then_some(text)
    }

    /// The version in the name of an image.
    pub(crate) fn version(&self, image: &Image) -> Option<Version> {
        Version::parse(self.extractor.extract(image.image_name.raw())?)
    }
}

impl fmt::Debug for VersionRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("VersionRule").field(&self.source).field(&self.constraints).finish()
    }
}

/// The order of the result, from `sort_by`.
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
    Version,
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
        ("version", Self { key: OrderKey::Version, descending: false }),
        ("version_desc", Self { key: OrderKey::Version, descending: true }),
    ];

    /// Looks up an order by its name.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, order)| *order)
    }

    /// The names of all orders.
    pub(crate) fn names() -> impl Iterator<Item = &'static str> + Clone {
        Self::ALL.iter().map(|(name, _)| *name)
    }

    /// Whether the order is by version.
    pub(crate) fn is_by_version(self) -> bool {
        self.key == OrderKey::Version
    }

    /// Sorts by the key, then by image ID, so the order is total as long as IDs are distinct. Images
    /// with equal versions are usually builds of one release, so creation time breaks ties before the ID.
    fn sort(self, images: &mut [&Image], version: Option<&VersionRule>) {
        match self.key {
            OrderKey::CreationTime => {
                self.sort_by_key(images, |image| time::parse(image.creation_time.raw()));
            }
            OrderKey::Name => self.sort_by_key(images, |image| &image.image_name),
            OrderKey::Size => self.sort_by_key(images, |image| image.size),
            OrderKey::Version => {
                self.sort_by_key(images, |image| {
                    let version = version.and_then(|rule| rule.version(image));
                    (version, time::parse(image.creation_time.raw()))
                });
            }
        }
    }

    /// Computes each key once and sorts by it.
    fn sort_by_key<'a, K: Ord>(self, images: &mut [&'a Image], key: impl Fn(&'a Image) -> K) {
        let mut keyed: Vec<(K, &Image)> = images.iter().map(|image| (key(image), *image)).collect();
        keyed.sort_by(|(a, left), (b, right)| {
            self.directed(a.cmp(b)).then_with(|| left.image_id.cmp(&right.image_id))
        });
        for (place, (_, image)) in images.iter_mut().zip(keyed) {
            *place = image;
        }
    }

    fn directed(self, ordering: Ordering) -> Ordering {
        if self.descending { ordering.reverse() } else { ordering }
    }
}

/// How old an image must be.
#[derive(Clone, Debug)]
pub(crate) struct MinimumAge {
    /// The duration as the user wrote it.
    pub(crate) source: Arc<str>,
    /// The duration.
    pub(crate) age: Duration,
}

/// The steps of a selection.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selection {
    /// Keeps images with a matching name.
    pub(crate) name: Option<Pattern>,
    /// Drops images with a matching name.
    pub(crate) exclude: Option<Pattern>,
    /// Keeps images with a version that fulfills the constraints.
    pub(crate) version: Option<VersionRule>,
    /// Keeps images created at this time or later.
    pub(crate) created_after: Option<Timestamp>,
    /// Keeps images created before this time.
    pub(crate) created_before: Option<Timestamp>,
    /// Keeps images that are at least this old.
    pub(crate) minimum_age: Option<MinimumAge>,
    /// `minimum_age` as a time, by [`Selection::settle`]. Until that was called, `minimum_age` has no
    /// effect.
    pub(crate) mature_before: Option<Timestamp>,
    /// Keeps the newest image.
    pub(crate) most_recent: bool,
    /// Sorts the images.
    pub(crate) order: Option<Order>,
    /// Keeps at most this many images, from the first.
    pub(crate) limit: Option<usize>,
}

/// The arguments whose steps are about all images left, in the order in which they are applied after
/// all criteria.
const AFTER_CRITERIA: [&str; 3] = ["most_recent", "sort_by", "limit"];

/// The applied steps that can drop images: the argument of each, and how many images were left.
pub(crate) type Steps = Vec<(&'static str, usize)>;

/// The result of a selection.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Selected<'a> {
    /// The selected images.
    pub(crate) images: Vec<&'a Image>,
    /// The steps that were applied, without `sort_by`.
    pub(crate) steps: Steps,
    /// The IDs of images whose creation time was needed but cannot be parsed.
    pub(crate) without_time: Vec<ExternalText>,
}

impl Selection {
    /// Converts `minimum_age` to a time, so that every application of the selection during a lookup, for
    /// the result and for an explanation, uses the same one.
    pub(crate) fn settle(&mut self, now: Timestamp) {
        // An age that exceeds the range of timestamps matches no image.
        let before = |minimum: &MinimumAge| now.checked_sub(minimum.age).unwrap_or(Timestamp::MIN);
        self.mature_before = self.minimum_age.as_ref().map(before);
    }

    /// Whether `limit` is the only step.
    pub(crate) fn is_only_a_limit(&self) -> bool {
        let Self {
            name,
            exclude,
            version,
            created_after,
            created_before,
            minimum_age,
            most_recent,
            order,
            limit,
            mature_before: _,
        } = self;
        name.is_none()
            && exclude.is_none()
            && version.is_none()
            && created_after.is_none()
            && created_before.is_none()
            && minimum_age.is_none()
            && !most_recent
            && order.is_none()
            && limit.is_some()
    }

    /// The arguments that select, in the order in which they are applied.
    pub(crate) fn arguments() -> impl Iterator<Item = &'static str> {
        criteria().map(|criterion| criterion.argument).chain(AFTER_CRITERIA)
    }

    /// Only the criteria, the steps that can leave no image.
    pub(crate) fn criteria_only(&self) -> Self {
        Self { most_recent: false, order: None, limit: None, ..self.clone() }
    }

    /// Whether `created_after`, `created_before` or `minimum_age` applies.
    pub(crate) fn has_time_bounds(&self) -> bool {
        BY_TIME.iter().any(|criterion| criterion.keeps(self).is_some())
    }

    /// Applies all steps.
    pub(crate) fn apply<'a>(&self, images: &'a [Image]) -> Selected<'a> {
        let mut selected = Selected { images: images.iter().collect(), ..Selected::default() };
        selected.keep(self, BY_NAME);
        if self.compares_times(selected.images.len()) {
            selected.without_time = without_time(&selected.images);
        }
        selected.keep(self, BY_TIME);
        if self.most_recent {
            // `max_by_key` returns the last of equal images; `None` is less than any time.
            let second =
                |image: &&Image| time::parse(image.creation_time.raw()).map(Timestamp::as_second);
            selected.images = selected.images.into_iter().max_by_key(second).into_iter().collect();
            selected.steps.push(("most_recent", selected.images.len()));
        }
        if let Some(order) = self.order {
            order.sort(&mut selected.images, self.version.as_ref());
            if order.is_by_version() {
                let ties = self.ties_without_time(&selected.images);
                selected.without_time.extend(ties);
            }
        }
        if let Some(limit) = self.limit {
            selected.images.truncate(limit);
            selected.steps.push(("limit", selected.images.len()));
        }
        selected
    }

    /// Whether a step compares creation times. A single image is not compared with others, only with the
    /// time bounds.
    fn compares_times(&self, count: usize) -> bool {
        let orders =
            self.most_recent || self.order.is_some_and(|order| order.key == OrderKey::CreationTime);
        orders && count > 1 || self.has_time_bounds()
    }

    /// Of images sorted by version, those whose place among images of equal version depends on a creation
    /// time that cannot be parsed, unless `limit` excludes all of that version.
    fn ties_without_time(&self, images: &[&Image]) -> Vec<ExternalText> {
        // Versions are compared only in the rare case that a time cannot be parsed.
        if without_time(images).is_empty() {
            return Vec::new();
        }
        let mut ids = Vec::new();
        let version = |image: &Image| self.version.as_ref().and_then(|rule| rule.version(image));
        let mut left = self.limit.unwrap_or(usize::MAX);
        for equal in images.chunk_by(|a, b| version(a) == version(b)) {
            if left > 0 && equal.len() > 1 {
                ids.extend(without_time(equal));
            }
            left = left.saturating_sub(equal.len());
        }
        ids
    }
}

/// The IDs of the images whose creation time cannot be parsed.
fn without_time(images: &[&Image]) -> Vec<ExternalText> {
    let unreadable = |image: &&&Image| time::parse(image.creation_time.raw()).is_none();
    images.iter().filter(unreadable).map(|image| image.image_id.clone()).collect()
}

impl Selected<'_> {
    /// Applies criteria.
    fn keep(&mut self, selection: &Selection, criteria: &[Criterion]) {
        for criterion in criteria {
            if let Some(keeps) = criterion.keeps(selection) {
                self.images.retain(|image| keeps(image));
                self.steps.push((criterion.argument, self.images.len()));
            }
        }
    }
}

#[cfg(test)]
mod tests;
