//! The accounts that the mock knows, the temporary credentials that it issued, and how many calls an
//! account may make.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use super::repeatable::{self, iso};
use crate::sync::lock;
use crate::{ctx::Entropy, secret::Secret};

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

/// Why a list of accounts is not valid.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// Two accounts have the same name, ID or access key.
    #[error("two accounts have the {0} {1}")]
    Duplicate(&'static str, String),
    /// An ID is not a number.
    #[error("{0:?} must be the ID of an account, which is a whole number such as 1234567890123456")]
    Id(String),
}

/// Checks that names, IDs and access keys identify one account each.
pub(super) fn check(accounts: &[Account]) -> Result<(), AccountError> {
    for (nth, account) in accounts.iter().enumerate() {
        let number: Option<u64> = account.id.parse().ok();
        if number.is_none_or(|number| number == 0 || number.to_string() != account.id) {
            return Err(AccountError::Id(account.id.clone()));
        }
        for other in accounts.iter().take(nth) {
            for (what, ours, theirs) in [
                ("name", &account.name, &other.name),
                ("ID", &account.id, &other.id),
                ("access key", &account.access_key, &other.access_key),
            ] {
                if ours == theirs {
                    return Err(AccountError::Duplicate(what, ours.clone()));
                }
            }
        }
    }
    Ok(())
}

/// Temporary credentials that the mock issued.
#[derive(Clone)]
pub(super) struct Session {
    pub(super) access_key: String,
    pub(super) secret_key: Secret,
    pub(super) token: Secret,
    pub(super) expires: Timestamp,
    /// The account that the role belongs to.
    pub(super) account_id: String,
    /// The name of the account that requested them.
    pub(super) account: String,
    /// `acs:ram::ID:assumed-role/ROLE/SESSION`.
    pub(super) arn: String,
    /// `ROLE_ID:SESSION`.
    pub(super) principal: String,
}

impl Session {
    /// The members that every form of credentials has.
    pub(super) fn to_json(&self) -> Value {
        json!({
            "AccessKeyId": self.access_key,
            "AccessKeySecret": self.secret_key.expose(),
            "SecurityToken": self.token.expose(),
            "Expiration": iso(self.expires),
        })
    }
}

/// How many sessions are remembered; the oldest are forgotten first.
const SESSIONS: usize = 100_000;

/// All access keys that a request may be signed with: those of accounts and those that were issued.
pub(super) struct Keyring {
    accounts: Vec<Arc<Account>>,
    sessions: Mutex<Sessions>,
    entropy: Arc<dyn Entropy>,
}

#[derive(Default)]
struct Sessions {
    by_key: HashMap<String, Arc<Session>>,
    order: std::collections::VecDeque<String>,
}

/// The owner of an access key.
#[derive(Clone)]
pub(super) enum Signer {
    Permanent(Arc<Account>),
    Temporary(Arc<Session>),
}

impl Signer {
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

impl Keyring {
    pub(super) fn new(accounts: Vec<Account>, entropy: Arc<dyn Entropy>) -> Self {
        let accounts = accounts.into_iter().map(Arc::new).collect();
        Self { accounts, sessions: Mutex::default(), entropy }
    }

    /// The account of unsigned requests.
    pub(super) fn first(&self) -> Option<&Arc<Account>> {
        self.accounts.first()
    }

    pub(super) fn accounts(&self) -> &[Arc<Account>] {
        &self.accounts
    }

    pub(super) fn find(&self, access_key: &str) -> Option<Signer> {
        let permanent = self.accounts.iter().find(|account| account.access_key == access_key);
        if let Some(account) = permanent {
            return Some(Signer::Permanent(account.clone()));
        }
        self.lock().by_key.get(access_key).cloned().map(Signer::Temporary)
    }

    /// Issues temporary credentials of a role and remembers them. `account` is the name of the
    /// account that requests them, `account_id` the ID of the account that has the role.
    pub(super) fn issue(
        &self,
        now: Timestamp,
        lifetime: Duration,
        (account, account_id): (&str, &str),
        (role, session_name): (&str, &str),
    ) -> Arc<Session> {
        let random =
            || BASE64_STANDARD_NO_PAD.encode(self.entropy.bytes()).replace(['+', '/'], "x");
        let role_id = format!("3{:017}", repeatable::number(7, role.len() as u64) % 10_u64.pow(17));
        let session = Arc::new(Session {
            access_key: format!("STS.{}", random()),
            secret_key: Secret::new(random() + &random()),
            token: Secret::new(format!("CAIS{}{}{}", random(), random(), random())),
            expires: now.saturating_add(lifetime).unwrap_or(Timestamp::MAX),
            account_id: account_id.to_owned(),
            account: account.to_owned(),
            arn: format!("acs:ram::{account_id}:assumed-role/{role}/{session_name}"),
            principal: format!("{role_id}:{session_name}"),
        });
        self.remember(session.clone());
        session
    }

    fn remember(&self, session: Arc<Session>) {
        let mut sessions = self.lock();
        if sessions.order.len() >= SESSIONS
            && let Some(oldest) = sessions.order.pop_front()
        {
            sessions.by_key.remove(&oldest);
        }
        sessions.order.push_back(session.access_key.clone());
        sessions.by_key.insert(session.access_key.clone(), session);
    }

    pub(super) fn forget_sessions(&self) {
        *self.lock() = Sessions::default();
    }

    fn lock(&self) -> MutexGuard<'_, Sessions> {
        lock(&self.sessions)
    }
}

/// Counts calls by calendar minute.
pub(super) struct Quota {
    /// Calls a minute; `None` for no limit.
    limit: Option<u32>,
    minute: i64,
    used: HashMap<(String, String, String), u32>,
}

/// How many separate counts a minute has; all further calls share one count.
const COUNTS: usize = 10_000;

/// The longest name in a count, in characters: the client chooses action and region.
const LONGEST_NAME: usize = 64;

/// How many counts are shown, the highest first.
const SHOWN: usize = 20;

/// The quota as the admin API shows it.
#[derive(Serialize)]
pub(super) struct QuotaUse<'a> {
    /// Calls a minute; `None` for no limit.
    limit: Option<u32>,
    /// The busiest first.
    used: Vec<Used<'a>>,
}

#[derive(Eq, Ord, PartialEq, PartialOrd, Serialize)]
struct Used<'a> {
    /// Calls in this minute, including refused ones.
    calls: u32,
    account_id: &'a str,
    action: &'a str,
    region: &'a str,
}

impl Quota {
    pub(super) fn new(limit: Option<u32>) -> Self {
        Self { limit, minute: 0, used: HashMap::new() }
    }

    /// Counts one call; `false` if it exceeds the limit.
    pub(super) fn spend(
        &mut self,
        account: &str,
        action: &str,
        region: &str,
        now: Timestamp,
    ) -> bool {
        let Some(limit) = self.limit else { return true };
        let minute = now.as_second().div_euclid(60);
        if minute != self.minute {
            self.minute = minute;
            self.used.clear();
        }
        let short = |name: &str| name.chars().take(LONGEST_NAME).collect::<String>();
        let mut key = (account.to_owned(), short(action), short(region));
        if self.used.len() >= COUNTS && !self.used.contains_key(&key) {
            key = Default::default();
        }
        let used = self.used.entry(key).or_default();
        *used = used.saturating_add(1);
        *used <= limit
    }

    /// The limit, and what was used of it in the current minute.
    pub(super) fn show(&self, now: Timestamp) -> QuotaUse<'_> {
        let current = now.as_second().div_euclid(60) == self.minute;
        let mut used: Vec<_> = self
            .used
            .iter()
            .filter(|_| current)
            .map(|((account_id, action, region), calls)| Used {
                account_id,
                action,
                region,
                calls: *calls,
            })
            .collect();
        used.sort_unstable_by(|a, b| b.cmp(a));
        used.truncate(SHOWN);
        QuotaUse { limit: self.limit, used }
    }

    pub(super) fn reset(&mut self) {
        self.used.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_counted_by_account_action_and_region_in_each_calendar_minute() {
        let mut quota = Quota::new(Some(2));
        let at = |second| Timestamp::from_second(second).unwrap();
        assert!(quota.spend("a", "DescribeImages", "cn-hangzhou", at(59)));
        assert!(quota.spend("a", "DescribeImages", "cn-hangzhou", at(59)));
        assert!(!quota.spend("a", "DescribeImages", "cn-hangzhou", at(59)));
        assert!(quota.spend("b", "DescribeImages", "cn-hangzhou", at(59)));
        assert!(quota.spend("a", "DescribeTags", "cn-hangzhou", at(59)));
        assert!(quota.spend("a", "DescribeImages", "cn-beijing", at(59)));
        assert!(quota.spend("a", "DescribeImages", "cn-hangzhou", at(60)));
    }

    #[test]
    fn invented_regions_do_not_exhaust_memory() {
        let mut quota = Quota::new(Some(2));
        let long = "x".repeat(1_000_000);
        for n in 0..2 * COUNTS {
            quota.spend("a", &long, &n.to_string(), Timestamp::UNIX_EPOCH);
        }
        assert_eq!(quota.used.len(), COUNTS + 1);
        assert!(quota.used.keys().all(|(_, action, _)| action.len() <= LONGEST_NAME));
        assert!(!quota.spend("a", "new", "", Timestamp::UNIX_EPOCH), "they share one count");
    }
}
