//! Single-flight: equal lookups that wait at the same time share one listing.
//!
//! A flight is one run of the calls of a lookup, shared by equal lookups; `client` starts and joins
//! flights. The response of a lookup comes only from calls that were sent after the lookup started. So
//! a lookup joins a flight only until the flight sends its first DescribeImages call. Lookups that
//! arrive later wait for that flight to end and share the next. A result goes to those who wait for it
//! and is not kept.
//!
//! There is no leader task: every waiting lookup polls the shared future. Cancelling one does not affect
//! the others; when the last is cancelled, the work is dropped.

use std::{
    collections::HashMap,
    hash::Hash,
    panic::{AssertUnwindSafe, resume_unwind},
    sync::{Arc, Mutex},
};

use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared, WeakShared},
};

use super::trace::CallTrace;
use crate::sync::lock;

/// The waiting and running flights of one client, by lookup key.
pub(crate) struct SingleFlight<K, T>(Mutex<HashMap<K, Queue<T>>>);

/// The flights of one key, which run one at a time.
struct Queue<T> {
    /// The lock that the running flight holds and the next one awaits.
    turn: Arc<tokio::sync::Mutex<()>>,
    /// The running flight, or the last one that ran.
    ahead: Ahead,
    /// The newest flight, the only one that may still be joined.
    newest: Option<(WeakShared<SharedWork<T>>, Arc<CallTrace>)>,
}

/// Shared work; its result says whether it panicked.
type SharedWork<T> = BoxFuture<'static, Result<T, Panicked>>;

#[derive(Clone, Copy, Debug)]
struct Panicked;

/// The trace of the running flight of a key, or of the last one that ran.
#[derive(Clone, Default)]
pub(crate) struct Ahead(Arc<Mutex<Option<Arc<CallTrace>>>>);

impl Ahead {
    /// If the flight of `trace` is still queued, the trace of the flight ahead of it.
    pub(crate) fn of(&self, trace: &CallTrace) -> Option<Arc<CallTrace>> {
        lock(&self.0).clone().filter(|_| trace.waits_for_its_turn())
    }

    /// The flight of `trace` runs from now on.
    fn begins(&self, trace: &Arc<CallTrace>) {
        let before = lock(&self.0).replace(trace.clone());
        trace.turn_begins(before.as_deref());
    }
}

/// A caller's handle to a flight.
pub(crate) struct Flight<T: Clone> {
    /// The trace of the work.
    pub(crate) trace: Arc<CallTrace>,
    /// The flight for which it may be waiting.
    pub(crate) ahead: Ahead,
    work: Shared<SharedWork<T>>,
}

impl<K, T> Default for SingleFlight<K, T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Clone + Eq + Hash, T: Clone + Send + 'static> SingleFlight<K, T> {
    /// Joins the flight of `key` that has not sent a request yet, if there is one.
    pub(crate) fn open(&self, key: &K) -> Option<Flight<T>> {
        lock(&self.0).get(key)?.open()
    }

    /// Joins the flight of `key` that has not sent a request yet, or creates a new one with
    /// `begin`.
    ///
    /// Nothing runs before [`Flight::wait`]. The work then starts at once, or when the earlier flight
    /// of the same key has ended.
    pub(crate) fn join<W>(&self, key: &K, begin: impl FnOnce() -> (Arc<CallTrace>, W)) -> Flight<T>
    where
        W: Future<Output = T> + Send + 'static,
    {
        let mut queues = lock(&self.0);
        // Each unfinished flight holds a clone of `turn`; the queues that have none are dropped.
        queues.retain(|_, queue| Arc::strong_count(&queue.turn) > 1);
        let queue = queues.entry(key.clone()).or_insert_with(Queue::new);
        if let Some(flight) = queue.open() {
            return flight;
        }
        let (trace, work) = begin();
        let (turn, ahead) = (queue.turn.clone(), queue.ahead.clone());
        let work = {
            let (trace, ahead) = (trace.clone(), ahead.clone());
            async move {
                let _turn = turn.lock_owned().await;
                ahead.begins(&trace);
                AssertUnwindSafe(work).catch_unwind().await.map_err(|_| Panicked)
            }
        };
        let work = work.boxed().shared();
        queue.newest = work.downgrade().map(|work| (work, trace.clone()));
        Flight { trace, ahead, work }
    }
}

impl<T: Clone> Queue<T> {
    fn new() -> Self {
        Self { turn: Arc::default(), ahead: Ahead::default(), newest: None }
    }

    /// The newest flight, if it has neither ended nor sent a request.
    fn open(&self) -> Option<Flight<T>> {
        let (work, trace) = self.newest.as_ref()?;
        let work = work.upgrade()?;
        let is_open = trace.attempts() == 0 && work.peek().is_none();
        is_open.then(|| Flight { trace: trace.clone(), ahead: self.ahead.clone(), work })
    }
}

impl<T: Clone> Flight<T> {
    /// The result of the flight. If the work panicked, every waiter panics, and `plugin::rpc` turns
    /// that into a diagnostic.
    pub(crate) async fn wait(self) -> T {
        match self.work.await {
            Ok(result) => result,
            Err(Panicked) => resume_unwind(Box::new("the shared work panicked")),
        }
    }
}

#[cfg(test)]
mod tests;
