//! The accounts that the mock knows, and the temporary credentials that it gave out.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use jiff::Timestamp;

use crate::secret::Secret;

/// An account with one permanent access key.
#[derive(Clone)]
pub struct Account {
    /// A name for the journal; not part of the API.
    pub name: String,
    /// The account ID, 16 digits, as `GetCallerIdentity` shows it.
    pub id: String,
    /// `AccessKeyId`.
    pub access_key: String,
    /// The secret of the access key.
    pub secret_key: Secret,
    /// Whether the access key is enabled; a disabled one gets `InvalidAccessKeyId.Inactive`.
    pub active: bool,
}

impl Account {
    /// An enabled account with the ID that the built-in images belong to.
    pub fn new(access_key: impl Into<String>, secret_key: impl Into<Secret>) -> Self {
        Self {
            name: "default".into(),
            id: "1234567890123456".into(),
            access_key: access_key.into(),
            secret_key: secret_key.into(),
            active: true,
        }
    }
}

/// Temporary credentials that the mock gave out.
#[derive(Clone)]
pub(super) struct Session {
    pub(super) access_key: String,
    pub(super) secret_key: Secret,
    pub(super) token: Secret,
    pub(super) expires: Timestamp,
    /// The account that the role belongs to.
    pub(super) account_id: String,
    /// The name of the account whose credentials asked for them.
    pub(super) account: String,
    /// `acs:ram::ID:assumed-role/ROLE/SESSION`.
    pub(super) arn: String,
    /// `ROLE_ID:SESSION`.
    pub(super) principal: String,
}

/// How many sessions are remembered; the eldest are forgotten first.
const SESSIONS: usize = 100_000;

/// All keys that a request may be signed with.
pub(super) struct Keys {
    accounts: Vec<Arc<Account>>,
    sessions: Mutex<Sessions>,
}

#[derive(Default)]
struct Sessions {
    by_key: HashMap<String, Arc<Session>>,
    order: std::collections::VecDeque<String>,
}

/// What an `AccessKeyId` stands for.
#[derive(Clone)]
pub(super) enum Key {
    Permanent(Arc<Account>),
    Temporary(Arc<Session>),
}

impl Key {
    pub(super) fn secret(&self) -> &Secret {
        match self {
            Self::Permanent(account) => &account.secret_key,
            Self::Temporary(session) => &session.secret_key,
        }
    }

    /// The name of the account, for journal and quota.
    pub(super) fn account(&self) -> &str {
        match self {
            Self::Permanent(account) => &account.name,
            Self::Temporary(session) => &session.account,
        }
    }

    pub(super) fn account_id(&self) -> &str {
        match self {
            Self::Permanent(account) => &account.id,
            Self::Temporary(session) => &session.account_id,
        }
    }
}

impl Keys {
    pub(super) fn new(accounts: Vec<Account>) -> Self {
        Self { accounts: accounts.into_iter().map(Arc::new).collect(), sessions: Mutex::default() }
    }

    /// The account that unsigned requests belong to.
    pub(super) fn first(&self) -> Option<&Arc<Account>> {
        self.accounts.first()
    }

    pub(super) fn accounts(&self) -> &[Arc<Account>] {
        &self.accounts
    }

    pub(super) fn find(&self, access_key: &str) -> Option<Key> {
        let permanent = self.accounts.iter().find(|account| account.access_key == access_key);
        if let Some(account) = permanent {
            return Some(Key::Permanent(account.clone()));
        }
        self.lock().by_key.get(access_key).cloned().map(Key::Temporary)
    }

    pub(super) fn remember(&self, session: Arc<Session>) {
        let mut sessions = self.lock();
        if sessions.order.len() >= SESSIONS
            && let Some(eldest) = sessions.order.pop_front()
        {
            sessions.by_key.remove(&eldest);
        }
        sessions.order.push_back(session.access_key.clone());
        sessions.by_key.insert(session.access_key.clone(), session);
    }

    pub(super) fn forget_sessions(&self) {
        *self.lock() = Sessions::default();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Sessions> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
