//! Which images a search finds.

use std::borrow::Cow;

use jiff::Timestamp;

use super::traits::{Architecture, Owner, Status};

/// What an image must be to be found. `None` and empty lists ask for nothing.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Filter {
    /// Whose images; empty for the default of the API: all but marketplace and community images.
    pub(crate) owner: Option<Owner>,
    /// Community images instead of shared ones.
    pub(crate) community: bool,
    /// Any of these; empty for all.
    pub(crate) statuses: Vec<Status>,
    pub(crate) architecture: Option<Architecture>,
    /// Any of these; what an instance type can run.
    pub(crate) runs_on: Vec<Architecture>,
    pub(crate) windows: Option<bool>,
    pub(crate) used: Option<bool>,
    /// Flags of the traits that must be set.
    pub(crate) with: u16,
    /// Flags of the traits that must not be set.
    pub(crate) without: u16,
    /// Created at this second or later.
    pub(crate) created_from: Option<i64>,
    /// Created at this second or earlier.
    pub(crate) created_to: Option<i64>,
    /// Two parameters exclude each other: no image fits.
    pub(crate) nothing: bool,
    pub(crate) ids: Vec<String>,
    /// With `*` for any text.
    pub(crate) name: Option<String>,
    pub(crate) family: Option<String>,
    pub(crate) owner_id: Option<u64>,
    pub(crate) resource_group: Option<String>,
    pub(crate) snapshot: Option<String>,
    /// Key, and value if the filter has one.
    pub(crate) tags: Vec<(String, Option<String>)>,
}

impl Filter {
    /// Whether the traits alone do not decide.
    pub(super) fn looks_deep(&self) -> bool {
        !(self.ids.is_empty() && self.tags.is_empty())
            || self.name.is_some()
            || self.family.is_some()
            || self.owner_id.is_some()
            || self.resource_group.is_some()
            || self.snapshot.is_some()
    }

    /// Whether the rest of an image matches, beyond its traits. It reads only what the filter needs,
    /// since generated images compute it on demand.
    pub(super) fn fits_deep(&self, image: &impl Described) -> bool {
        (self.ids.is_empty() || self.ids.iter().any(|id| **id == *image.id()))
            && self.name.as_ref().is_none_or(|pattern| matches(pattern, &image.name()))
            && self.family.as_ref().is_none_or(|family| **family == *image.family())
            && self.owner_id.is_none_or(|id| id == image.owner_id())
            && self.resource_group.as_ref().is_none_or(|group| **group == *image.resource_group())
            && self.snapshot.as_ref().is_none_or(|id| image.has_snapshot(id))
            && self.tags.iter().all(|(key, value)| image.has_tag(key, value.as_deref()))
    }
}

/// What of an image is looked at after its traits.
pub(super) trait Described {
    fn id(&self) -> Cow<'_, str>;
    fn name(&self) -> Cow<'_, str>;
    fn family(&self) -> Cow<'_, str>;
    fn owner_id(&self) -> u64;
    fn resource_group(&self) -> Cow<'_, str>;
    fn has_snapshot(&self, id: &str) -> bool;
    /// Whether there is a tag of this key and, where one is given, this value.
    fn has_tag(&self, key: &str, value: Option<&str>) -> bool;
}

/// Whether a name fits a pattern in which `*` stands for any text.
fn matches(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        let Some((_, behind)) = rest.split_once(part) else { return false };
        rest = behind;
    }
    rest.ends_with(last)
}

/// Reads `yyyy-MM-ddTHH:mm:ssZ`, or the same without seconds, into seconds since 1970.
pub(crate) fn seconds(time: &str) -> Option<i64> {
    let time = time.trim();
    let with_seconds = match (time.len(), time.strip_suffix('Z')) {
        (17, Some(minutes)) => format!("{minutes}:00Z"),
        _ => time.to_owned(),
    };
    with_seconds.parse::<Timestamp>().ok().map(Timestamp::as_second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text_and_a_name_without_one_is_meant_whole() {
        for (pattern, name, fits) in [
            ("app-*", "app-1", true),
            ("app-*", "my-app-1", false),
            ("*app*", "my-app-1", true),
            ("app", "app", true),
            ("app", "app-1", false),
            ("*", "", true),
            ("a*b", "ab", true),
            ("a*b", "a", false),
            ("ab*ba", "aba", false),
            ("a*b*c", "a-b-b-c", true),
            ("", "", true),
        ] {
            assert_eq!(matches(pattern, name), fits, "{pattern} {name}");
        }
    }

    #[test]
    fn times_are_read_with_and_without_seconds() {
        assert_eq!(seconds("2017-12-05T22:40Z"), seconds("2017-12-05T22:40:00Z"));
        assert_eq!(seconds("2017-12-05"), None);
    }
}
