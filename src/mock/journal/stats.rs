//! Counters since the start of a server.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Entry;

/// Counters since the start or the last reset.
#[derive(Clone, Default, Serialize)]
pub(crate) struct Stats {
    /// All requests but those of the admin API.
    requests: u64,
    actions: BTreeMap<String, u64>,
    /// By HTTP status.
    statuses: BTreeMap<u16, u64>,
    /// By error code.
    codes: BTreeMap<String, u64>,
    /// Calls that a fault rule did something to.
    faults: u64,
    /// Bytes of all bodies that were answered.
    bytes: u64,
}

/// How many different actions and codes are counted: the client chooses the names.
const NAMES: usize = 1_000;

impl Stats {
    pub(crate) fn count(&mut self, entry: &Entry) {
        self.requests += 1;
        self.bytes += entry.bytes;
        self.faults += u64::from(!entry.faults.is_empty());
        *self.statuses.entry(entry.status).or_default() += 1;
        add(&mut self.actions, &entry.action);
        if !entry.code.is_empty() {
            add(&mut self.codes, &entry.code);
        }
    }
}

fn add(counts: &mut BTreeMap<String, u64>, name: &str) {
    if let Some(count) = counts.get_mut(name) {
        *count += 1;
    } else if counts.len() < NAMES {
        counts.insert(name.to_owned(), 1);
    }
}
