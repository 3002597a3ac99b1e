//! Single-flight: equal lookups that wait at the same time share one listing.
//!
//! The response of a lookup comes only from calls that were sent after the lookup started. So a
//! lookup joins a listing only while that listing has not sent its first request; lookups that
//! arrive later wait for it to end and share the next one. A result goes to those who wait for it
//! and is not kept.
//!
//! There is no leader task: whichever lookup waits polls the shared future. One that is cancelled
//! takes nothing from the others, and the work ends with the last of them.

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

/// The flights of one client: by what is looked up, those that wait and those that are read.
pub(crate) struct SingleFlight<K, T>(Mutex<HashMap<K, Line<T>>>);

/// The flights of one key. They are read one after the other.
struct Line<T> {
    /// Held by the flight that is read; the next one waits for it.
    turn: Arc<tokio::sync::Mutex<()>>,
    /// The flight that is read.
    ahead: Ahead,
    /// The newest flight, the only one that may still be joined.
    newest: Option<(WeakShared<Work<T>>, Arc<CallTrace>)>,
}

/// Work that is shared; its waiters learn when it panicked.
type Work<T> = BoxFuture<'static, Result<T, Panicked>>;

#[derive(Clone, Copy, Debug)]
struct Panicked;

/// What is known of the flight of a key that is being read, or was the last to be read.
#[derive(Clone, Default)]
pub(crate) struct Ahead(Arc<Mutex<Option<Arc<CallTrace>>>>);

impl Ahead {
    /// The flight for which that of `trace` waits, if it does.
    pub(crate) fn of(&self, trace: &CallTrace) -> Option<Arc<CallTrace>> {
        lock(&self.0).clone().filter(|_| trace.waits_for_its_turn())
    }

    /// From now on the flight of `trace` is read.
    fn begins(&self, trace: &Arc<CallTrace>) {
        let before = lock(&self.0).replace(trace.clone());
        trace.turn_begins(before.as_deref());
    }
}

/// A place in a flight.
pub(crate) struct Flight<T: Clone> {
    /// What is known of the work.
    pub(crate) trace: Arc<CallTrace>,
    /// What it may be waiting for.
    pub(crate) ahead: Ahead,
    work: Shared<Work<T>>,
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

    /// Joins the flight of `key` that has not sent a request yet, or makes a new one with `begin`.
    ///
    /// A new flight is first polled by [`Flight::wait`], and at once unless an earlier one of the
    /// same key is still being read.
    pub(crate) fn join<W>(&self, key: &K, begin: impl FnOnce() -> (Arc<CallTrace>, W)) -> Flight<T>
    where
        W: Future<Output = T> + Send + 'static,
    {
        let mut lines = lock(&self.0);
        // A line without an unfinished flight is of no use any more.
        lines.retain(|_, line| Arc::strong_count(&line.turn) > 1);
        let line = lines.entry(key.clone()).or_insert_with(Line::new);
        if let Some(flight) = line.open() {
            return flight;
        }
        let (trace, work) = begin();
        let (turn, ahead) = (line.turn.clone(), line.ahead.clone());
        let work = {
            let (trace, ahead) = (trace.clone(), ahead.clone());
            async move {
                let _turn = turn.lock_owned().await;
                ahead.begins(&trace);
                AssertUnwindSafe(work).catch_unwind().await.map_err(|_| Panicked)
            }
        };
        let work = work.boxed().shared();
        line.newest = work.downgrade().map(|work| (work, trace.clone()));
        Flight { trace, ahead, work }
    }
}

impl<T: Clone> Line<T> {
    fn new() -> Self {
        Self { turn: Arc::default(), ahead: Ahead::default(), newest: None }
    }

    /// The newest flight, if it is under way and has not sent a request yet.
    fn open(&self) -> Option<Flight<T>> {
        let (work, trace) = self.newest.as_ref()?;
        let work = work.upgrade()?;
        let is_open = trace.attempts() == 0 && work.peek().is_none();
        is_open.then(|| Flight { trace: trace.clone(), ahead: self.ahead.clone(), work })
    }
}

impl<T: Clone> Flight<T> {
    /// The result of the flight. If the work panicked, so does every waiter; the panic is reported
    /// where it is caught, at the boundary.
    pub(crate) async fn wait(self) -> T {
        match self.work.await {
            Ok(result) => result,
            Err(Panicked) => resume_unwind(Box::new("the shared work panicked")),
        }
    }
}

#[cfg(test)]
mod tests;
