//! What the mock was asked and what it answered; and expectations over that.

mod entry;
mod expect;

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

pub use entry::{Difference, Entry, Filter, Stage};
pub(super) use entry::{mask, mask_all};
pub use expect::{Expectation, Unmet};

/// The requests that arrived, eldest first. Clones share one journal.
#[derive(Clone)]
pub struct Journal(Arc<Mutex<Entries>>);

struct Entries {
    capacity: usize,
    /// The number of the next entry.
    next: u64,
    kept: VecDeque<Arc<Entry>>,
}

impl Journal {
    pub(super) fn new(capacity: usize) -> Self {
        Self(Arc::new(Mutex::new(Entries { capacity, next: 1, kept: VecDeque::new() })))
    }

    /// Adds an entry and gives it its number.
    pub(super) fn record(&self, mut entry: Entry) {
        let mut entries = self.lock();
        entry.number = entries.next;
        entries.next += 1;
        if entries.capacity == 0 {
            return;
        }
        if entries.kept.len() >= entries.capacity {
            entries.kept.pop_front();
        }
        entries.kept.push_back(Arc::new(entry));
    }

    /// The requests that are still kept, eldest first.
    pub fn entries(&self) -> Vec<Arc<Entry>> {
        self.lock().kept.iter().cloned().collect()
    }

    /// Those that a filter lets pass, eldest first.
    pub fn find(&self, filter: &Filter) -> Vec<Arc<Entry>> {
        let entries = self.lock();
        entries.kept.iter().filter(|entry| filter.matches(entry)).cloned().collect()
    }

    /// How many requests of this action are kept.
    pub fn count(&self, action: &str) -> usize {
        self.lock().kept.iter().filter(|entry| entry.action == action).count()
    }

    /// Forgets all requests. Numbers go on.
    pub fn clear(&self) {
        self.lock().kept.clear();
    }

    /// Begins an expectation about the calls of one action.
    pub fn expect(&self, action: &str) -> Expectation {
        Expectation::new(self.clone(), action)
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
