//! The requests that arrived and their responses, expectations over them, and counters.
//!
//! It is how a test learns what a client did: which calls, how many, with which parameters. It keeps a
//! bounded number of bytes, so that a mock may serve for days, and no secret, so that it may be printed.

mod entry;

use std::{
    collections::{BTreeMap, VecDeque},
    fmt::{self, Write},
    sync::{Arc, Mutex, MutexGuard},
};

use bytes::Bytes;
use serde::Serialize;

use self::entry::Answers;
pub use self::entry::{Difference, Entry, EntryFilter, Stage};
pub(super) use self::entry::{mask, mask_all, secrets};
use crate::{mock::message::is_of_every_call, sync::lock};

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

    /// Adds an entry, numbers it, and keeps the body of its response among the latest.
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

    /// The requests that a filter selects, oldest first.
    pub fn find(&self, filter: &EntryFilter) -> Vec<Arc<Entry>> {
        let entries = self.lock();
        entries.kept.iter().filter(|entry| filter.matches(entry)).cloned().collect()
    }

    /// How many requests of this action are kept.
    pub fn count(&self, action: &str) -> usize {
        self.lock().kept.iter().filter(|entry| entry.action == action).count()
    }

    /// The body of the response to a request, with secrets masked. Only the latest 16 MiB of bodies
    /// are kept.
    pub fn answer(&self, number: u64) -> Option<String> {
        self.lock().answers.text(number)
    }

    /// The numbers of the oldest request that is kept and of the latest that arrived; 0 for none.
    pub(super) fn range(&self) -> (u64, u64) {
        let entries = self.lock();
        (entries.kept.front().map_or(0, |entry| entry.number), entries.next - 1)
    }

    /// Removes all requests. The numbering continues.
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

    /// Starts an expectation about the calls of one action.
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
    /// Calls that a fault rule changed.
    faults: u64,
    /// Bytes of all bodies that were returned.
    bytes: u64,
}

/// How many different actions and codes are counted; the client chooses the names, so their number
/// must be limited.
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

/// An expectation about the calls that arrived. Created by [`Journal::expect`], checked by
/// [`Expectation::times`] or [`Expectation::at_least`].
#[must_use = "an expectation checks nothing before `times` or `at_least`"]
pub struct Expectation {
    journal: Journal,
    action: String,
    with: Vec<(String, String)>,
    without: Vec<String>,
    code: Option<String>,
}

impl Expectation {
    fn new(journal: Journal, action: &str) -> Self {
        Self {
            journal,
            action: action.to_owned(),
            with: Vec::new(),
            without: Vec::new(),
            code: None,
        }
    }

    /// Counts only calls with this parameter and value.
    pub fn with(mut self, parameter: &str, value: &str) -> Self {
        self.with.push((parameter.to_owned(), value.to_owned()));
        self
    }

    /// Counts only calls without this parameter.
    pub fn without(mut self, parameter: &str) -> Self {
        self.without.push(parameter.to_owned());
        self
    }

    /// Counts only calls that failed with this error code; `""` for success.
    pub fn answered(mut self, code: &str) -> Self {
        self.code = Some(code.to_owned());
        self
    }

    /// Checks that exactly this many such calls arrived.
    ///
    /// # Errors
    ///
    /// When there are more or fewer; the error shows all calls that arrived.
    pub fn times(self, expected: usize) -> Result<(), Unmet> {
        let found = self.count();
        if found == expected { Ok(()) } else { Err(self.unmet(&expected.to_string(), found)) }
    }

    /// Checks that at least this many such calls arrived.
    ///
    /// # Errors
    ///
    /// When there are fewer; the error shows all calls that arrived.
    pub fn at_least(self, expected: usize) -> Result<(), Unmet> {
        let found = self.count();
        if found >= expected {
            return Ok(());
        }
        Err(self.unmet(&format!("at least {expected}"), found))
    }

    fn count(&self) -> usize {
        self.journal.entries().iter().filter(|entry| self.fits(entry)).count()
    }

    fn fits(&self, entry: &Entry) -> bool {
        entry.action == self.action
            && self.with.iter().all(|(name, value)| entry.parameter(name) == Some(value))
            && self.without.iter().all(|name| entry.parameter(name).is_none())
            && self.code.as_ref().is_none_or(|code| *code == entry.code)
    }

    fn unmet(&self, expected: &str, found: usize) -> Unmet {
        let mut text = format!("expected {expected} calls of {}", self.action);
        for (name, value) in &self.with {
            // Writing to a String does not fail.
            let _ = write!(text, ", {name}={value}");
        }
        for name in &self.without {
            let _ = write!(text, ", without {name}");
        }
        if let Some(code) = &self.code {
            let _ = write!(text, ", answered {}", if code.is_empty() { "well" } else { code });
        }
        let _ = write!(text, ": {found} arrived. All that arrived:");
        let entries = self.journal.entries();
        if entries.is_empty() {
            text.push_str(" nothing");
        }
        for entry in entries {
            let mark = if self.fits(&entry) { '*' } else { ' ' };
            let _ = write!(text, "\n{mark} {}", OneLine(&entry));
        }
        Unmet(text)
    }
}

/// An entry on one line, without the parameters that every call has.
struct OneLine<'a>(&'a Entry);

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entry = self.0;
        write!(f, "#{} {} {} {}", entry.number, entry.method, entry.action, entry.status)?;
        if !entry.code.is_empty() {
            write!(f, " {}", entry.code)?;
        }
        for (name, value) in entry
            .parameters
            .iter()
            .filter(|(name, _)| !(is_of_every_call(name) || *name == "Format"))
        {
            write!(f, " {name}={value}")?;
        }
        for note in entry.faults.iter().chain(&entry.notes) {
            write!(f, " [{note}]")?;
        }
        Ok(())
    }
}

/// An expectation that was not met. Its text shows what was expected and what arrived.
#[derive(thiserror::Error)]
#[error("{0}")]
pub struct Unmet(String);

impl fmt::Debug for Unmet {
    /// The plain text, so that `unwrap` in a test prints lines instead of escape sequences.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
