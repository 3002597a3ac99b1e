//! The metadata service of an ECS instance, at its real paths, and the credentials URI. Source:
//! ECS User Guide, "Instance metadata".

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use jiff::Timestamp;
use serde_json::Value;

use super::{
    account::{Keyring, Session},
    config::Imds,
    message::{Reply, Request},
    repeatable::iso,
};
use crate::{ctx::Entropy, sync::lock};

/// How long the credentials of the role last.
const LIFETIME: Duration = Duration::from_secs(6 * 3600);
/// The remaining lifetime of credentials at which the service issues new ones.
const RENEWAL: Duration = Duration::from_secs(3600);
/// The longest lifetime of a token, in seconds.
const LONGEST: u64 = 21_600;
/// How many tokens are remembered.
const TOKENS: usize = 100_000;

/// The metadata service: its role, the tokens that it issued, and the credentials of the role.
pub(super) struct Metadata {
    imds: Imds,
    role: String,
    entropy: Arc<dyn Entropy>,
    issued: Mutex<Issued>,
}

#[derive(Default)]
struct Issued {
    /// Every token with its expiry.
    tokens: HashMap<String, Timestamp>,
    session: Option<Arc<Session>>,
}

/// The instance that the service runs on.
const INSTANCE: &str = "i-bp1mockecs0000000001";

impl Metadata {
    pub(super) fn new(imds: Imds, role: String, entropy: Arc<dyn Entropy>) -> Self {
        Self { imds, role, entropy, issued: Mutex::default() }
    }

    pub(super) fn reset(&self) {
        *self.lock() = Issued::default();
    }

    fn lock(&self) -> MutexGuard<'_, Issued> {
        lock(&self.issued)
    }

    /// Responds to a path of the metadata service; `None` if it has no such path.
    pub(super) fn answer(
        &self,
        request: &Request,
        keyring: &Keyring,
        now: Timestamp,
    ) -> Option<Reply> {
        let path = request
            .path
            .strip_prefix("/latest")
            .or_else(|| request.path.strip_prefix("/2016-01-01"))?;
        if self.imds == Imds::Off {
            return Some(not_found());
        }
        if path == "/api/token" {
            return Some(self.new_token(request, now));
        }
        if request.method != "GET" {
            return Some(Reply::text(405, "Method Not Allowed"));
        }
        let token = request.header("x-aliyun-ecs-metadata-token");
        let good = |token: &str| self.lock().tokens.get(token).is_some_and(|until| now < *until);
        match token {
            Some(token) if good(token) => {}
            Some(_) => return Some(Reply::text(401, "Unauthorized")),
            None if self.imds == Imds::V2 => return Some(Reply::text(403, "Forbidden")),
            None => {}
        }
        let item = path.strip_prefix("/meta-data").map(|item| item.trim_start_matches('/'));
        let reply = item.and_then(|item| self.read_item(item, keyring, now));
        Some(reply.unwrap_or_else(not_found))
    }

    fn new_token(&self, request: &Request, now: Timestamp) -> Reply {
        if request.method != "PUT" {
            return Reply::text(405, "Method Not Allowed");
        }
        let seconds = request.header("x-aliyun-ecs-metadata-token-ttl-seconds");
        let seconds = seconds.and_then(|text| text.trim().parse().ok());
        let Some(seconds) = seconds.filter(|seconds| (1..=LONGEST).contains(seconds)) else {
            return Reply::text(400, "Bad Request");
        };
        let token = format!("{:032x}", u128::from_be_bytes(self.entropy.bytes()));
        let until = now.saturating_add(Duration::from_secs(seconds)).unwrap_or(Timestamp::MAX);
        let mut issued = self.lock();
        issued.tokens.retain(|_, until| now < *until);
        if issued.tokens.len() >= TOKENS {
            return Reply::text(429, "Too Many Requests");
        }
        issued.tokens.insert(token.clone(), until);
        Reply::text(200, token)
    }

    fn read_item(&self, item: &str, keyring: &Keyring, now: Timestamp) -> Option<Reply> {
        let account = keyring.first()?;
        let text = match item {
            "" => "image-id\ninstance-id\ninstance/\nowner-account-id\nram/\nregion-id\nzone-id",
            "image-id" => "aliyun_3_x64_20G_alibase_20251030.vhd",
            "instance-id" => INSTANCE,
            "instance/instance-type" => "ecs.g7.large",
            "owner-account-id" => &account.id,
            "ram" | "ram/" => "security-credentials/",
            "ram/security-credentials" | "ram/security-credentials/" => &self.role,
            "region-id" => "cn-hangzhou",
            "zone-id" => "cn-hangzhou-h",
            _ => {
                let role = item.strip_prefix("ram/security-credentials/")?;
                return (role == self.role).then(|| self.credentials(keyring, now));
            }
        };
        Some(Reply::text(200, text.to_owned()))
    }

    /// The credentials of the role, renewed before they expire. The credentials URI returns them
    /// too.
    pub(super) fn credentials(&self, keyring: &Keyring, now: Timestamp) -> Reply {
        let mut issued = self.lock();
        let fresh = |session: &Arc<Session>| {
            session.expires.duration_since(now).unsigned_abs() > RENEWAL && session.expires > now
        };
        let session = match issued.session.take().filter(fresh) {
            Some(session) => session,
            None => {
                let account = keyring.first();
                let (name, id) = account.map_or(("", ""), |a| (a.name.as_str(), a.id.as_str()));
                keyring.issue(now, LIFETIME, (name, id), (&self.role, INSTANCE))
            }
        };
        let mut answer = session.to_json();
        if let Some(members) = answer.as_object_mut() {
            members.insert("Code".into(), Value::from("Success"));
            members.insert("LastUpdated".into(), Value::from(iso(now)));
        }
        issued.session = Some(session);
        Reply::json(200, answer.to_string())
    }
}

fn not_found() -> Reply {
    Reply::text(404, "Not Found")
}
