//! What all connections of a server share: the settings, and the state that calls change. A reset brings
//! all of it back to the start, so one server may serve many tests.

use std::sync::{
    Arc, Mutex, MutexGuard,
    atomic::{AtomicU64, Ordering},
};

use super::{
    account::{Keyring, Quota},
    auth::Authenticator,
    catalog::{Catalog, LoadError},
    config::{Config, UnknownParameters},
    fault::{Faults, Latency, Rule},
    journal::{Journal, Stats},
    metadata::Metadata,
    repeatable::{self, MockClock},
    resources::Resources,
    scenario::{Recording, Replay},
};
use crate::{ctx::Entropy, sync::lock};

/// What all connections of a server share.
pub(super) struct Backend {
    pub(super) settings: Settings,
    pub(super) clock: MockClock,
    entropy: Arc<dyn Entropy>,
    pub(super) auth: Authenticator,
    pub(super) keyring: Keyring,
    pub(super) journal: Journal,
    pub(super) metadata: Metadata,
    pub(super) record: Option<Recording>,
    pub(super) replay: Option<Replay>,
    catalog: Mutex<Catalog>,
    resources: Mutex<Resources>,
    /// The catalog to return to on reset; it shares its images with the other.
    catalog_seed: Catalog,
    faults: Mutex<Faults>,
    quota: Mutex<Quota>,
    stats: Mutex<Stats>,
    latency_draws: AtomicU64,
    /// The random start of the request IDs, drawn once, so that no call needs a system call for its ID.
    request_seeds: [u64; 2],
    requests: AtomicU64,
}

/// The part of the configuration that every call reads.
pub(super) struct Settings {
    pub(super) latency: Option<Latency>,
    /// How long it takes to make an image.
    pub(super) image_time: std::time::Duration,
    pub(super) unknown_parameters: UnknownParameters,
    seed: u64,
    rules: Vec<Rule>,
}

impl Backend {
    pub(super) fn new(config: Config) -> Result<Self, LoadError> {
        let accounts: Vec<_> = config
            .accounts
            .iter()
            .map(|account| (account.name.clone(), account.id.parse().unwrap_or_default()))
            .collect();
        let catalog = Catalog::load(&config.images, config.seed, &*config.files, &accounts)?;
        let random = u128::from_be_bytes(config.entropy.bytes());
        Ok(Self {
            clock: MockClock::new(config.clock, config.clock_skew),
            entropy: config.entropy.clone(),
            auth: Authenticator::new(config.auth, config.max_skew),
            keyring: Keyring::new(config.accounts, config.entropy.clone()),
            journal: Journal::new(config.journal_capacity),
            metadata: Metadata::new(config.imds, config.ram_role, config.entropy.clone()),
            record: config.record.inspect(|recording| {
                recording.begin(config.faults.iter().map(ToString::to_string).collect());
            }),
            replay: config.replay.map(Replay::new),
            catalog: Mutex::new(catalog.clone()),
            resources: Mutex::default(),
            catalog_seed: catalog,
            faults: Mutex::new(Faults::new(config.faults.clone(), config.seed)),
            quota: Mutex::new(Quota::new(config.quota)),
            stats: Mutex::default(),
            latency_draws: AtomicU64::new(0),
            request_seeds: [(random >> 64) as u64, random as u64],
            requests: AtomicU64::new(0),
            settings: Settings {
                latency: config.latency,
                image_time: config.image_time,
                unknown_parameters: config.unknown_parameters,
                seed: config.seed,
                rules: config.faults,
            },
        })
    }

    /// Records a change between calls.
    pub(super) fn record_event(&self, event: &str, what: &str) {
        if let Some(recording) = &self.record {
            recording.event(event, what);
        }
    }

    /// Adds fault rules.
    pub(super) fn add_faults(&self, rules: Vec<Rule>) {
        for rule in &rules {
            self.record_event("rule added", &rule.to_string());
        }
        self.faults().extend(rules);
    }

    /// Removes one fault rule; `false` if there is none with this ID.
    pub(super) fn remove_fault(&self, id: u64) -> bool {
        let removed = self.faults().remove(id);
        if let Some(rule) = &removed {
            self.record_event("rule removed", &rule.to_string());
        }
        removed.is_some()
    }

    /// Removes all fault rules.
    pub(super) fn clear_faults(&self) {
        self.record_event("rules removed", "");
        self.faults().clear();
    }

    /// Moves the clock ahead.
    pub(super) fn advance(&self, by: std::time::Duration) {
        self.record_event("clock moved", &format!("{} s", by.as_secs()));
        self.clock.advance(by);
    }

    /// Resets everything to its initial state: images, other resources, rules, counters, clock, journal, sessions.
    pub(super) fn reset(&self) {
        self.record_event("reset", "");
        *self.catalog() = self.catalog_seed.clone();
        *self.resources() = Resources::default();
        *self.faults() = Faults::new(self.settings.rules.clone(), self.settings.seed);
        self.auth.reset();
        *self.stats() = Stats::default();
        self.latency_draws.store(0, Ordering::Relaxed);
        self.quota().reset();
        self.clock.reset();
        self.journal.clear();
        self.keyring.forget_sessions();
        self.metadata.reset();
        if let Some(replay) = &self.replay {
            replay.reset();
        }
    }

    /// The latency of the next call, without that of fault rules.
    pub(super) fn draw_latency(&self) -> std::time::Duration {
        let Some(latency) = &self.settings.latency else { return std::time::Duration::ZERO };
        let n = self.latency_draws.fetch_add(1, Ordering::Relaxed);
        latency.draw(repeatable::number(self.settings.seed ^ 0x1a7e, n))
    }

    /// A request ID, never the same twice.
    pub(super) fn request_id(&self) -> String {
        let n = self.requests.fetch_add(1, Ordering::Relaxed);
        repeatable::uuid(self.request_seeds.map(|seed| repeatable::number(seed, n)))
    }

    /// A new ID: the prefix, such as `m` for an image, and twenty letters and digits.
    pub(super) fn new_id(&self, prefix: &str) -> String {
        let tail = repeatable::tail(u128::from_be_bytes(self.entropy.bytes()) as u64, 0);
        format!("{prefix}-{tail}")
    }

    pub(super) fn catalog(&self) -> MutexGuard<'_, Catalog> {
        lock(&self.catalog)
    }

    pub(super) fn resources(&self) -> MutexGuard<'_, Resources> {
        lock(&self.resources)
    }

    pub(super) fn faults(&self) -> MutexGuard<'_, Faults> {
        lock(&self.faults)
    }

    pub(super) fn quota(&self) -> MutexGuard<'_, Quota> {
        lock(&self.quota)
    }

    pub(super) fn stats(&self) -> MutexGuard<'_, Stats> {
        lock(&self.stats)
    }
}
