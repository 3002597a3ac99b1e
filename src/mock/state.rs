//! What all connections of a server share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{
    account::Keys,
    auth::Nonces,
    catalog::{Catalogue, LoadError},
    clock::MockClock,
    config::{Auth, Config, Imds, UnknownParameters},
    fault::{Faults, Latency, Rule},
    guard::Guard,
    journal::Journal,
    metadata::Metadata,
    quota::Quota,
    random,
    stats::Stats,
};
use crate::ctx::Entropy;

/// What all connections of a server share.
pub(super) struct State {
    pub(super) settings: Settings,
    pub(super) clock: MockClock,
    pub(super) entropy: Arc<dyn Entropy>,
    pub(super) keys: Keys,
    pub(super) guard: Guard,
    /// One large body of the admin API is read at a time.
    pub(super) large_bodies: tokio::sync::Semaphore,
    pub(super) journal: Journal,
    pub(super) metadata: Metadata,
    catalogue: Mutex<Catalogue>,
    /// The catalogue to return to on reset; it shares its images with the other.
    catalogue_seed: Catalogue,
    faults: Mutex<Faults>,
    nonces: Mutex<Nonces>,
    quota: Mutex<Quota>,
    stats: Mutex<Stats>,
    latency_draws: std::sync::atomic::AtomicU64,
}

/// The part of the configuration that is looked at on each call.
pub(super) struct Settings {
    pub(super) auth: Auth,
    pub(super) imds: Imds,
    pub(super) latency: Option<Latency>,
    pub(super) max_skew: std::time::Duration,
    pub(super) unknown_parameters: UnknownParameters,
    seed: u64,
    rules: Vec<Rule>,
}

impl State {
    pub(super) fn new(config: Config) -> Result<Self, LoadError> {
        let catalogue = Catalogue::load(&config.images, config.seed, &*config.files)?;
        Ok(Self {
            clock: MockClock::new(config.clock, config.clock_skew),
            entropy: config.entropy,
            keys: Keys::new(config.accounts),
            large_bodies: tokio::sync::Semaphore::new(1),
            guard: Guard { hosts: config.allowed_hosts, token: config.admin_token },
            journal: Journal::new(config.journal_capacity),
            metadata: Metadata::new(config.ram_role),
            catalogue: Mutex::new(catalogue.clone()),
            catalogue_seed: catalogue,
            faults: Mutex::new(Faults::new(config.faults.clone(), config.seed)),
            nonces: Mutex::default(),
            quota: Mutex::new(Quota::new(config.quota)),
            stats: Mutex::default(),
            latency_draws: Default::default(),
            settings: Settings {
                auth: config.auth,
                imds: config.imds,
                latency: config.latency,
                max_skew: config.max_skew,
                unknown_parameters: config.unknown_parameters,
                seed: config.seed,
                rules: config.faults,
            },
        })
    }

    /// Back to how it was at the start: images, rules, counters, clock, journal, sessions.
    pub(super) fn reset(&self) {
        *self.catalogue() = self.catalogue_seed.clone();
        *self.faults() = Faults::new(self.settings.rules.clone(), self.settings.seed);
        *self.nonces() = Nonces::default();
        *self.stats() = Stats::default();
        self.latency_draws.store(0, std::sync::atomic::Ordering::Relaxed);
        self.quota().reset();
        self.clock.reset();
        self.journal.clear();
        self.keys.forget_sessions();
        self.metadata.reset();
    }

    /// How long the next call takes before any rule.
    pub(super) fn draw_latency(&self) -> std::time::Duration {
        let Some(latency) = &self.settings.latency else { return std::time::Duration::ZERO };
        let n = self.latency_draws.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        latency.draw(random::number(self.settings.seed ^ 0x1a7e, n))
    }

    /// A request ID: a UUID in capitals.
    pub(super) fn request_id(&self) -> String {
        let id = format!("{:032X}", u128::from_be_bytes(self.entropy.bytes()));
        let part = |from: usize, to: usize| id.get(from..to).unwrap_or_default();
        format!("{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
    }

    pub(super) fn catalogue(&self) -> MutexGuard<'_, Catalogue> {
        lock(&self.catalogue)
    }

    pub(super) fn faults(&self) -> MutexGuard<'_, Faults> {
        lock(&self.faults)
    }

    pub(super) fn nonces(&self) -> MutexGuard<'_, Nonces> {
        lock(&self.nonces)
    }

    pub(super) fn quota(&self) -> MutexGuard<'_, Quota> {
        lock(&self.quota)
    }

    pub(super) fn stats(&self) -> MutexGuard<'_, Stats> {
        lock(&self.stats)
    }
}

/// No holder of these locks leaves things half done, so a panic elsewhere spoils nothing.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
