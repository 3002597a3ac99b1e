//! Equal look-ups share one result: those under way at the same time, and later ones the result that
//! is there.
//!
//! Nobody leads: whoever waits drives the work, so one that leaves takes nothing from the others, and
//! the work ends with the last. A failure is told to all who wait for it, and forgotten.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared, WeakShared},
};

use super::{Error, Listing, Pages, story::Story};

/// What makes look-ups equal.
#[derive(Clone, Eq, Hash, PartialEq)]
pub(crate) struct Key {
    /// The region.
    pub(crate) region: String,
    /// The request parameters, sorted.
    pub(crate) parameters: Vec<(String, String)>,
    /// Which pages are read.
    pub(crate) pages: Pages,
}

/// A look-up under way. Polling it drives it.
pub(crate) type Work = BoxFuture<'static, Result<Arc<Listing>, Error>>;

/// Results, there or under way, by what was asked.
#[derive(Clone, Default)]
pub(crate) struct Share(Arc<Mutex<HashMap<Key, Entry>>>);

enum Entry {
    Done(Arc<Listing>),
    UnderWay(WeakShared<Work>, Arc<Story>),
}

/// A part in one result.
pub(crate) enum Part {
    /// The result is there.
    Done(Arc<Listing>),
    /// The result is being made.
    UnderWay {
        /// The work, which ends when all parts are dropped.
        work: Shared<Work>,
        /// What is known of it.
        story: Arc<Story>,
        /// Whether this part began it.
        begun: bool,
    },
}

impl Share {
    /// Joins the work on `key`, or begins it with `begin`.
    pub(crate) fn join(&self, key: &Key, begin: impl FnOnce() -> (Arc<Story>, Work)) -> Part {
        let mut entries = self.entries();
        match entries.get(key) {
            Some(Entry::Done(listing)) => return Part::Done(listing.clone()),
            Some(Entry::UnderWay(work, story)) => {
                if let Some(work) = work.upgrade() {
                    return Part::UnderWay { work, story: story.clone(), begun: false };
                }
            }
            None => {}
        }
        let (story, work) = begin();
        let work = self.clone().keep(key.clone(), story.clone(), work).boxed().shared();
        if let Some(weak) = work.downgrade() {
            entries.insert(key.clone(), Entry::UnderWay(weak, story.clone()));
        }
        Part::UnderWay { work, story, begun: true }
    }

    /// Does the work, then keeps its result or forgets its failure.
    async fn keep(self, key: Key, story: Arc<Story>, work: Work) -> Result<Arc<Listing>, Error> {
        let result = work.await;
        let mut entries = self.entries();
        // Work that everybody left may have been begun anew by then.
        let ours = |entry: &Entry| matches!(entry, Entry::UnderWay(_, known) if Arc::ptr_eq(known, &story));
        match &result {
            Ok(listing) => {
                entries.insert(key, Entry::Done(listing.clone()));
            }
            Err(_) if entries.get(&key).is_some_and(ours) => {
                entries.remove(&key);
            }
            Err(_) => {}
        }
        drop(entries);
        result
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<Key, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
