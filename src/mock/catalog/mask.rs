//! A filter over traits as sets of bits, so that a scan has no branches to mispredict.

use super::{
    filter::Filter,
    traits::{Architecture, Owner, Status, Traits},
};

/// The part of a [`Filter`] that traits decide. Each set has a bit for each value that fits.
pub(super) struct Mask {
    owners: u8,
    statuses: u8,
    architectures: u8,
    systems: u8,
    usages: u8,
    /// Which flags matter, and what they must be.
    flags: u16,
    wanted: u16,
    from: i64,
    to: i64,
}

/// Every value fits.
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

/// The bits together; no value at all means that every value fits.
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
