//! The conditions of a search, and its result.

use std::{borrow::Cow, str::FromStr, sync::Arc};

use jiff::Timestamp;

/// The part of an image that most filters check.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Traits {
    /// Seconds since 1970; `i64::MIN` for an image without a creation time.
    pub(crate) created: i64,
    pub(crate) owner: Owner,
    pub(crate) status: Status,
    pub(crate) architecture: Architecture,
    pub(crate) windows: bool,
    /// `Usage` is `instance`.
    pub(crate) used: bool,
    pub(crate) flags: u16,
}

impl Traits {
    pub(crate) const IO_OPTIMIZED: u16 = 1;
    pub(crate) const CLOUD_INIT: u16 = 1 << 1;
    /// Made public by another account: a community image.
    pub(crate) const COMMUNITY: u16 = 1 << 2;
    pub(crate) const CPU_UPGRADE: u16 = 1 << 3;
    pub(crate) const CPU_DOWNGRADE: u16 = 1 << 4;
    pub(crate) const MEMORY_UPGRADE: u16 = 1 << 5;
    pub(crate) const MEMORY_DOWNGRADE: u16 = 1 << 6;
    /// Its owner, who may be the caller, made it a community image.
    pub(crate) const PUBLIC: u16 = 1 << 7;
    /// An instance can be created from it now.
    pub(crate) const USABLE: u16 = 1 << 8;
}

/// An enumeration with the spelling of the API, read without regard to case.
macro_rules! spelled {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $text:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub(crate) enum $name { $($variant),* }

        impl $name {
            pub(crate) fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }
        }

        impl FromStr for $name {
            type Err = ();

            fn from_str(text: &str) -> Result<Self, ()> {
                $(if text.eq_ignore_ascii_case($text) {
                    return Ok(Self::$variant);
                })*
                Err(())
            }
        }
    };
}

spelled! {
    /// `ImageOwnerAlias`.
    Owner { Marketplace = "marketplace", Others = "others", Own = "self", System = "system" }
}
spelled! {
    /// `Status`.
    Status {
        Available = "Available", CreateFailed = "CreateFailed", Creating = "Creating",
        Deprecated = "Deprecated", UnAvailable = "UnAvailable", Waiting = "Waiting",
    }
}
spelled! {
    /// `Architecture`.
    Architecture { Arm64 = "arm64", I386 = "i386", X86_64 = "x86_64" }
}

/// Conditions on an image. `None` and empty lists match every image.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Filter {
    /// The owners; empty for the default of the API, which is all except marketplace and community
    /// images.
    pub(crate) owner: Option<Owner>,
    /// Community images instead of shared ones.
    pub(crate) community: bool,
    /// Any of these; empty for all.
    pub(crate) statuses: Vec<Status>,
    pub(crate) architecture: Option<Architecture>,
    /// Any of these: the ones that an instance type can run.
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
    /// Two parameters exclude each other, so no image matches.
    pub(crate) nothing: bool,
    pub(crate) ids: Vec<String>,
    /// A pattern in which `*` stands for any text.
    pub(crate) name: Option<String>,
    pub(crate) family: Option<String>,
    pub(crate) owner_id: Option<u64>,
    pub(crate) resource_group: Option<String>,
    pub(crate) snapshot: Option<String>,
    /// The key, and the value if the filter has one.
    pub(crate) tags: Vec<(String, Option<String>)>,
}

impl Filter {
    /// Whether the filter needs more than the traits.
    pub(super) fn looks_deep(&self) -> bool {
        !(self.ids.is_empty() && self.tags.is_empty())
            || self.name.is_some()
            || self.family.is_some()
            || self.owner_id.is_some()
            || self.resource_group.is_some()
            || self.snapshot.is_some()
    }

    /// Whether an image matches in what its traits do not contain. Reads only what the filter needs, because
    /// generated images compute it on demand.
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

/// The parts of an image that are checked after its traits.
pub(super) trait Described {
    fn id(&self) -> Cow<'_, str>;
    fn name(&self) -> Cow<'_, str>;
    fn family(&self) -> Cow<'_, str>;
    fn owner_id(&self) -> u64;
    fn resource_group(&self) -> Cow<'_, str>;
    fn has_snapshot(&self, id: &str) -> bool;
    /// Whether there is a tag with this key and, if one is given, this value.
    fn has_tag(&self, key: &str, value: Option<&str>) -> bool;
}

/// Whether a name fits a pattern in which `*` stands for any text.
fn matches(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        let Some((_, after)) = rest.split_once(part) else { return false };
        rest = after;
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

/// The part of a [`Filter`] that needs only traits. Each set has a bit for each value that matches.
pub(super) struct Mask {
    owners: u8,
    statuses: u8,
    architectures: u8,
    systems: u8,
    usages: u8,
    /// Which flags are checked, and the value that they must have.
    flags: u16,
    wanted: u16,
    from: i64,
    to: i64,
}

/// Every value matches.
const ANY: u8 = u8::MAX;

impl Mask {
    pub(super) fn of(filter: &Filter) -> Self {
        let owners = match filter.owner {
            Some(owner) => owner_bit(owner),
            None => ANY & !owner_bit(Owner::Marketplace),
        };
        let choice = |wanted: Option<bool>| wanted.map_or(ANY, |wanted| 1 << u8::from(wanted));
        let runs_on = set(filter.runs_on.iter().map(|value| architecture_bit(*value)));
        Self {
            owners,
            statuses: set(filter.statuses.iter().map(|value| status_bit(*value))),
            architectures: filter.architecture.map_or(ANY, architecture_bit) & runs_on,
            systems: choice(filter.windows),
            usages: choice(filter.used),
            flags: filter.with | filter.without | Traits::COMMUNITY,
            wanted: filter.with | if filter.community { Traits::COMMUNITY } else { 0 },
            from: filter.created_from.unwrap_or(i64::MIN),
            to: filter.created_to.unwrap_or(i64::MAX),
        }
    }

    pub(super) fn fits(&self, traits: &Traits) -> bool {
        (self.owners & owner_bit(traits.owner) != 0)
            & (self.statuses & status_bit(traits.status) != 0)
            & (self.architectures & architecture_bit(traits.architecture) != 0)
            & (self.systems & 1 << u8::from(traits.windows) != 0)
            & (self.usages & 1 << u8::from(traits.used) != 0)
            & (traits.flags & self.flags == self.wanted)
            & (traits.created >= self.from)
            & (traits.created <= self.to)
    }
}

/// The union of the bits; no value at all means that every value matches.
fn set(bits: impl ExactSizeIterator<Item = u8>) -> u8 {
    if bits.len() == 0 { ANY } else { bits.fold(0, |set, bit| set | bit) }
}

fn owner_bit(owner: Owner) -> u8 {
    1 << owner as u8
}

fn status_bit(status: Status) -> u8 {
    1 << status as u8
}

fn architecture_bit(architecture: Architecture) -> u8 {
    1 << architecture as u8
}

/// Positions in a listing, in order.
#[derive(Clone, Default)]
pub(crate) struct Positions {
    /// Bit `n % 64` of word `n / 64` stands for position `n`.
    words: Arc<[u64]>,
    count: usize,
}

impl Positions {
    /// The positions of all items that match.
    pub(super) fn of<T>(items: &[T], fits: impl Fn(usize, &T) -> bool) -> Self {
        let word = |(n, chunk): (usize, &[T])| {
            let bits = chunk.iter().enumerate();
            bits.fold(0, |word, (bit, item)| word | u64::from(fits(n * 64 + bit, item)) << bit)
        };
        let words: Arc<[u64]> = items.chunks(64).enumerate().map(word).collect();
        let count = words.iter().map(|word| word.count_ones() as usize).sum();
        Self { words, count }
    }

    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// The positions after the first `skip`.
    pub(crate) fn skip(&self, mut skip: usize) -> impl Iterator<Item = usize> {
        let begin = self.words.iter().position(|word| {
            let ones = word.count_ones() as usize;
            let within = skip < ones;
            if !within {
                skip -= ones;
            }
            within
        });
        let begin = begin.unwrap_or(self.words.len());
        let words = self.words.iter().enumerate().skip(begin);
        words.flat_map(|(n, word)| Ones(*word).map(move |bit| n * 64 + bit)).skip(skip)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = usize> {
        self.skip(0)
    }
}

/// The bits of a word that are set, lowest first.
struct Ones(u64);

impl Iterator for Ones {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let bit = self.0.trailing_zeros() as usize;
        // Clears the lowest bit that is set.
        self.0 &= self.0.checked_sub(1)?;
        Some(bit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_matches_any_text_and_a_name_without_one_matches_exactly() {
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

    #[test]
    fn positions_equal_those_of_a_linear_scan_from_any_start() {
        let items: Vec<u32> = (0..1000).map(|n| n * 7919 % 1000).collect();
        for limit in [0, 1, 500, 1000] {
            let plain: Vec<usize> = (0..1000).filter(|at| items[*at] < limit).collect();
            let positions = Positions::of(&items, |_, item| *item < limit);
            assert_eq!(positions.len(), plain.len());
            for skip in [0, 1, 63, 64, 65, 499, 500, 999, 1000, usize::MAX] {
                let rest: Vec<_> = positions.skip(skip).collect();
                assert_eq!(rest, plain.get(skip..).unwrap_or_default(), "{limit} {skip}");
            }
            assert_eq!(positions.iter().next(), plain.first().copied());
        }
    }
}
