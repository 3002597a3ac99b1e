//! The requests that arrived and how they were answered, expectations over them, and counters.

mod answers;
mod entry;
mod expect;

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard},
};

use bytes::Bytes;
use serde::Serialize;

use self::answers::Answers;
pub use self::entry::{Difference, Entry, EntryFilter, Stage};
pub(super) use self::entry::{mask, mask_all, secrets};
pub use self::expect::{Expectation, Unmet};
use crate::sync::lock;

/// How many bytes of requests are kept.
const MOST_BYTES: usize = 64 << 20;

/// The requests that arrived, oldest first. Clones share one journal.
///
/// ```
/// use std::{io::{Read, Write}, net::TcpStream};
/// use terraform_provider_alicloud::mock::{Config, Server};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let server = Server::start(Config::default())?;
/// let mut stream = TcpStream::connect(server.address())?;
/// stream.write_all(b"GET /?Action=DescribeImages HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")?;
/// stream.read_to_end(&mut Vec::new())?;
///
/// let journal = server.journal();
/// journal.expect("DescribeImages").answered("MissingVersion").times(1)?;
/// let unmet = journal.expect("DescribeImages").answered("").times(1).unwrap_err();
/// assert!(unmet.to_string().contains("#1 GET DescribeImages 400 MissingVersion"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Journal(Arc<Mutex<Entries>>);

struct Entries {
    capacity: usize,
    /// The number of the next entry.
    next: u64,
    kept: VecDeque<Arc<Entry>>,
    answers: Answers,
    /// The memory that the kept requests take.
    bytes: usize,
}

impl Journal {
    pub(super) fn new(capacity: usize) -> Self {
        let (kept, answers) = (VecDeque::new(), Answers::default());
        let entries = Entries { capacity, next: 1, kept, bytes: 0, answers };
        Self(Arc::new(Mutex::new(entries)))
    }

    /// Adds an entry, gives it its number, and keeps the body of its answer for a while.
    pub(super) fn record(&self, mut entry: Entry, body: Bytes) {
        let mut entries = self.lock();
        entry.number = entries.next;
        entries.next += 1;
        if entries.capacity == 0 {
            return;
        }
        entries.answers.push(entry.number, body);
        entries.bytes += entry.memory();
        entries.kept.push_back(Arc::new(entry));
        while entries.kept.len() > entries.capacity || entries.bytes > MOST_BYTES {
            let Some(oldest) = entries.kept.pop_front() else { break };
            entries.bytes -= oldest.memory();
        }
        let first = entries.kept.front().map_or(0, |entry| entry.number);
        entries.answers.forget_before(first);
    }

    /// The requests that are still kept, oldest first.
    pub fn entries(&self) -> Vec<Arc<Entry>> {
        self.lock().kept.iter().cloned().collect()
    }

    /// Those that a filter lets pass, oldest first.
    pub fn find(&self, filter: &EntryFilter) -> Vec<Arc<Entry>> {
        let entries = self.lock();
        entries.kept.iter().filter(|entry| filter.matches(entry)).cloned().collect()
    }

    /// How many requests of this action are kept.
    pub fn count(&self, action: &str) -> usize {
        self.lock().kept.iter().filter(|entry| entry.action == action).count()
    }

    /// The body of the answer to a request, with secrets masked. Only the latest 16 MiB of bodies
    /// are kept.
    pub fn answer(&self, number: u64) -> Option<String> {
        self.lock().answers.text(number)
    }

    /// The numbers of the oldest request that is kept and of the latest that arrived; 0 for none.
    pub(super) fn range(&self) -> (u64, u64) {
        let entries = self.lock();
        (entries.kept.front().map_or(0, |entry| entry.number), entries.next - 1)
    }

    /// Forgets all requests. Numbers go on.
    pub fn clear(&self) {
        let mut entries = self.lock();
        entries.kept.clear();
        entries.answers.clear();
        entries.bytes = 0;
    }

    /// How many requests are kept, and how many bytes of memory they take.
    pub(super) fn size(&self) -> (usize, usize) {
        let entries = self.lock();
        (entries.kept.len(), entries.bytes)
    }

    /// Begins an expectation about the calls of one action.
    pub fn expect(&self, action: &str) -> Expectation {
        Expectation::new(self.clone(), action)
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        lock(&self.0)
    }
}

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

/// The longest name that is counted, in bytes; the service has none that is longer.
const LONGEST_NAME: usize = 128;

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
    } else if counts.len() < NAMES && name.len() <= LONGEST_NAME {
        counts.insert(name.to_owned(), 1);
    }
}
