//! The metadata service of an ECS instance, at its real paths, and the credentials URI. Source:
//! ECS User Guide, "Instance metadata".

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use serde_json::Value;

use super::{
    account::Session, answer::Reply, clock::iso, config::Imds, request::Request, state::State, sts,
};

/// How long the credentials of the role last.
const LIFETIME: Duration = Duration::from_secs(6 * 3600);
/// The service has new ones ready when this much is left of the old ones.
const RENEWAL: Duration = Duration::from_secs(3600);
/// The longest life of a token, in seconds.
const LONGEST: u64 = 21_600;
/// How many tokens are remembered.
const TOKENS: usize = 100_000;

/// The state of the metadata service.
pub(super) struct Metadata {
    role: String,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    tokens: HashMap<String, Timestamp>,
    session: Option<Arc<Session>>,
}

impl Metadata {
    pub(super) fn new(role: String) -> Self {
        Self { role, inner: Mutex::default() }
    }

    pub(super) fn reset(&self) {
        *self.lock() = Inner::default();
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Answers a path of the metadata service; `None` if the path is not one of its.
pub(super) fn answer(state: &State, request: &Request, now: Timestamp) -> Option<Reply> {
    let path = request
        .path
        .strip_prefix("/latest")
        .or_else(|| request.path.strip_prefix("/2016-01-01"))?;
    if state.settings.imds == Imds::Off {
        return Some(not_found());
    }
    if path == "/api/token" {
        return Some(new_token(state, request, now));
    }
    if request.method != "GET" {
        return Some(Reply::text(405, "Method Not Allowed"));
    }
    let token = request.header("x-aliyun-ecs-metadata-token");
    let good =
        |token: &str| state.metadata.lock().tokens.get(token).is_some_and(|until| now < *until);
    match token {
        Some(token) if good(token) => {}
        Some(_) => return Some(Reply::text(401, "Unauthorized")),
        None if state.settings.imds == Imds::V2 => return Some(Reply::text(403, "Forbidden")),
        None => {}
    }
    let item = path.strip_prefix("/meta-data").map(|item| item.trim_start_matches('/'));
    Some(item.and_then(|item| read_item(state, item, now)).unwrap_or_else(not_found))
}

fn not_found() -> Reply {
    Reply::text(404, "Not Found")
}

fn new_token(state: &State, request: &Request, now: Timestamp) -> Reply {
    if request.method != "PUT" {
        return Reply::text(405, "Method Not Allowed");
    }
    let seconds = request.header("x-aliyun-ecs-metadata-token-ttl-seconds");
    let seconds = seconds.and_then(|text| text.trim().parse().ok());
    let Some(seconds) = seconds.filter(|seconds| (1..=LONGEST).contains(seconds)) else {
        return Reply::text(400, "Bad Request");
    };
    let token = format!("{:032x}", u128::from_be_bytes(state.entropy.bytes()));
    let until = now.saturating_add(Duration::from_secs(seconds)).unwrap_or(Timestamp::MAX);
    let mut inner = state.metadata.lock();
    inner.tokens.retain(|_, until| now < *until);
    if inner.tokens.len() >= TOKENS {
        return Reply::text(429, "Too Many Requests");
    }
    inner.tokens.insert(token.clone(), until);
    Reply::text(200, token)
}

fn read_item(state: &State, item: &str, now: Timestamp) -> Option<Reply> {
    let account = state.keys.first()?;
    let text = match item {
        "" => "image-id\ninstance-id\ninstance/\nowner-account-id\nram/\nregion-id\nzone-id",
        "image-id" => "aliyun_3_x64_20G_alibase_20251030.vhd",
        "instance-id" => "i-bp1mockecs0000000001",
        "instance/instance-type" => "ecs.g7.large",
        "owner-account-id" => &account.id,
        "ram" | "ram/" => "security-credentials/",
        "ram/security-credentials" | "ram/security-credentials/" => &state.metadata.role,
        "region-id" => "cn-hangzhou",
        "zone-id" => "cn-hangzhou-h",
        _ => {
            let role = item.strip_prefix("ram/security-credentials/")?;
            return (role == state.metadata.role).then(|| credentials(state, now));
        }
    };
    Some(Reply::text(200, text.to_owned()))
}

/// The credentials of the role, renewed in time. It is the answer of the credentials URI as well.
pub(super) fn credentials(state: &State, now: Timestamp) -> Reply {
    let mut inner = state.metadata.lock();
    let fresh = |session: &Arc<Session>| {
        session.expires.duration_since(now).unsigned_abs() > RENEWAL && session.expires > now
    };
    let session = match inner.session.take().filter(fresh) {
        Some(session) => session,
        None => {
            let account = state.keys.first();
            let (name, id) = account.map_or(("", ""), |a| (a.name.as_str(), a.id.as_str()));
            let role = (state.metadata.role.as_str(), "i-bp1mockecs0000000001");
            sts::issue(state, now, LIFETIME, (name, id), role)
        }
    };
    let mut answer = sts::credentials(&session);
    if let Some(members) = answer.as_object_mut() {
        members.insert("Code".into(), Value::from("Success"));
        members.insert("LastUpdated".into(), Value::from(iso(now)));
    }
    inner.session = Some(session);
    Reply::json(200, answer.to_string())
}
