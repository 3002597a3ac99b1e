//! Generated images: any number of them, computed when they are needed, and the same for the same
//! seed.

use std::borrow::Cow;

use jiff::Timestamp;

use super::{
    document::{self, Description},
    filter::{Described, Owner, Status, Traits},
    systems::{SYSTEMS, System},
};
use crate::mock::repeatable::{self, iso};

/// The creation time of the newest generated image: 2025-11-23T00:00:00Z.
const NEWEST: i64 = 1_763_856_000;
/// Seconds between the creation of two generated images.
const APART: i64 = 97;

/// The accounts that share images with the caller.
const OTHERS: u64 = 1_998_877_665_544_332;

/// The system for an index that is out of range, which cannot occur.
#[expect(clippy::indexing_slicing, reason = "an empty table would not compile")]
const FIRST: &System = &SYSTEMS[0];

/// The properties of generated image number `index`.
pub(super) struct Plan {
    seed: u64,
    account: u64,
    index: u32,
    system: &'static System,
    owner: Owner,
    status: Status,
    used: bool,
    created: i64,
}

/// Returns the properties of generated image number `index`.
///
/// About 60 % belong to the caller and 20 % to the service, 12 % are shared with the caller, and 8
/// % are from the marketplace. About 94 % are available.
pub(super) fn plan(seed: u64, account: u64, index: u32) -> Plan {
    let random = repeatable::number(seed, u64::from(index));
    let share = |shift: u32, of: u64| (random >> shift) % of;
    let at = usize::try_from(share(32, SYSTEMS.len() as u64)).unwrap_or(0);
    Plan {
        seed,
        account,
        index,
        system: SYSTEMS.get(at).unwrap_or(FIRST),
        owner: match share(0, 100) {
            0..60 => Owner::Own,
            60..80 => Owner::System,
            80..92 => Owner::Others,
            _ => Owner::Marketplace,
        },
        status: match share(8, 100) {
            0..94 => Status::Available,
            94..97 => Status::Deprecated,
            97..99 => Status::Creating,
            _ => Status::UnAvailable,
        },
        used: share(16, 4) == 0,
        created: NEWEST - i64::from(index) * APART,
    }
}

impl Plan {
    pub(super) fn owner(&self) -> Owner {
        self.owner
    }

    pub(super) fn traits(&self) -> Traits {
        let flag = |yes: bool, bit: u16| if yes { bit } else { 0 };
        let upgrade = document::online_upgrade(self.system);
        Traits {
            created: self.created,
            owner: self.owner,
            status: self.status,
            architecture: self.system.architecture,
            windows: self.system.windows(),
            used: self.used,
            flags: flag(self.status == Status::Available, Traits::USABLE)
                | flag(document::io_optimized(self.system), Traits::IO_OPTIMIZED)
                | flag(document::cloud_init(self.system), Traits::CLOUD_INIT)
                | flag(upgrade, Traits::CPU_UPGRADE | Traits::MEMORY_UPGRADE),
        }
    }

    pub(super) fn has_id(&self, id: &str) -> bool {
        // Most images are excluded without computing the ID.
        (self.owner == Owner::System) != id.starts_with("m-") && *self.id() == *id
    }

    /// The two tags of an image of the caller.
    fn tags(&self) -> [(&'static str, String); 2] {
        let env = if self.index.is_multiple_of(2) { "prod" } else { "test" };
        [("env", env.to_owned()), ("n", format!("{:03}", self.index % 100))]
    }

    /// Appends the words that a search in the console looks at; much cheaper than the JSON.
    pub(super) fn append_words(&self, to: &mut String) {
        let family = self.family();
        for word in [
            &*self.id(),
            &*self.name(),
            &*family,
            self.system.platform,
            self.owner.as_str(),
            self.status.as_str(),
            self.system.architecture.as_str(),
        ] {
            to.push_str(word);
            to.push(' ');
        }
    }

    pub(super) fn json(&self) -> String {
        let (id, name, family) = (self.id(), self.name(), self.family());
        let own = self.owner == Owner::Own;
        let snapshot = if own { id.replacen("m-", "s-", 1) } else { String::new() };
        let created = Timestamp::from_second(self.created).map(iso).unwrap_or_default();
        let tags = self.tags();
        let tags = tags.each_ref().map(|(key, value)| (*key, value.as_str()));
        document::json(&Description {
            owner_id: self.owner_id(),
            status: self.status,
            family: &family,
            used: self.used,
            product_code: if self.owner == Owner::Marketplace { "cmjj099999" } else { "" },
            snapshot: &snapshot,
            tags: if own { &tags } else { &[] },
            ..Description::new(&id, &name, self.system, self.owner, &created)
        })
    }
}

impl Described for Plan {
    fn id(&self) -> Cow<'_, str> {
        let (system, index) = (self.system, self.index);
        Cow::Owned(match self.owner {
            Owner::System => system.image_id(&format!("{index:07}")),
            _ => format!("m-{}", repeatable::tail(self.seed, u64::from(index))),
        })
    }

    fn name(&self) -> Cow<'_, str> {
        match self.owner {
            Owner::System => self.id(),
            _ => Cow::Owned(format!("{}-{:07}", self.system.slug, self.index)),
        }
    }

    fn family(&self) -> Cow<'_, str> {
        match self.owner {
            Owner::Own => Cow::Owned(format!("family-{:03}", self.index % 200)),
            _ => Cow::Borrowed(""),
        }
    }

    fn owner_id(&self) -> u64 {
        match self.owner {
            Owner::System => 1_000_000_000_000_001,
            Owner::Own => self.account,
            Owner::Others => OTHERS + u64::from(self.index % 5),
            Owner::Marketplace => 1_555_666_777_888_999,
        }
    }

    fn resource_group(&self) -> Cow<'_, str> {
        Cow::Borrowed("")
    }

    fn has_snapshot(&self, id: &str) -> bool {
        let of_image = |rest: &str| self.has_id(&format!("m-{rest}"));
        self.owner == Owner::Own && id.strip_prefix("s-").is_some_and(of_image)
    }

    fn has_tag(&self, key: &str, value: Option<&str>) -> bool {
        let fits = |(k, v): &(&str, String)| *k == key && value.is_none_or(|value| value == v);
        self.owner == Owner::Own && self.tags().iter().any(fits)
    }
}

#[cfg(test)]
mod tests {
    use super::{super::Listing, *};

    #[test]
    fn the_same_seed_gives_the_same_images_and_another_one_does_not() {
        assert_eq!(plan(1, 5, 7).json(), plan(1, 5, 7).json());
        assert_ne!(plan(1, 5, 7).json(), plan(2, 5, 7).json());
    }

    #[test]
    fn filters_find_a_generated_image_by_the_values_in_its_json() {
        let listing = Listing::generated(300, 3, 5);
        for at in 0..300 {
            let (plan, stored) = (plan(3, 5, at), listing.stored(at as usize).unwrap());
            assert_eq!(plan.id(), Described::id(&*stored));
            assert_eq!(plan.name(), Described::name(&*stored));
            assert_eq!(plan.family(), Described::family(&*stored));
            assert_eq!(plan.owner_id(), Described::owner_id(&*stored));
            let other = format!("s-{}", repeatable::tail(3, 1));
            for snapshot in stored.snapshots.iter().chain([&other]) {
                assert_eq!(plan.has_snapshot(snapshot), stored.has_snapshot(snapshot));
            }
            for (key, value) in
                [("env", Some("prod")), ("n", Some("007")), ("n", None), ("x", None)]
            {
                assert_eq!(plan.has_tag(key, value), stored.has_tag(key, value));
            }
        }
    }

    #[test]
    fn traits_of_a_generated_image_equal_those_of_its_json() {
        let listing = Listing::generated(500, 3, 5);
        for at in 0..500 {
            let stored = listing.stored(at).unwrap();
            assert_eq!(stored.traits, listing.traits()[at], "{}", stored.json);
            assert_eq!(listing.position(&stored.id), Some(at));
        }
    }
}
