//! Nonces that were used already.

use std::{
    collections::HashSet,
    hash::{DefaultHasher, Hash, Hasher},
    mem,
};

use jiff::{SignedDuration, Timestamp};

/// How long a nonce is remembered at least: as long as the laxest time check lets a stamp pass, to
/// both sides.
const MEMORY: SignedDuration = SignedDuration::from_mins(62);

/// How many nonces of one generation are kept; two generations are about 50 MB.
const LIMIT: usize = 1_000_000;

/// Nonces that were used already, by access key, in two generations.
#[derive(Default)]
pub(super) struct Nonces {
    current: HashSet<u64>,
    previous: HashSet<u64>,
    since: Option<Timestamp>,
}

impl Nonces {
    /// Marks a nonce as used; `false` if it was already.
    pub(super) fn insert(&mut self, access_key: &str, nonce: &str, now: Timestamp) -> bool {
        let since = *self.since.get_or_insert(now);
        if now.duration_since(since) > MEMORY || self.current.len() >= LIMIT {
            self.previous = mem::take(&mut self.current);
            self.since = Some(now);
        }
        let mut hasher = DefaultHasher::new();
        (access_key, nonce).hash(&mut hasher);
        let hash = hasher.finish();
        !self.previous.contains(&hash) && self.current.insert(hash)
    }
}
