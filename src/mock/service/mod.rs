//! From a request to its response: finds the service, authenticates the caller and applies the fault rules. Nothing
//! here waits; the [`Outcome`] contains the latency.

mod actions;
mod ecs;
mod other_products;

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use hyper::header::USER_AGENT;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use super::{
    account::Signer,
    auth,
    backend::Backend,
    catalog::Stored,
    config::UnknownParameters,
    fault::{Delivery, Effects, FaultSubject},
    journal::{Entry, mask, mask_all},
    message::{Format, Refusal, Reply, Request, Scheme},
    repeatable::iso,
    scenario::{Call, Replay, Step},
};

/// A response, and the way in which it is to be delivered.
pub(crate) struct Outcome {
    pub(crate) reply: Reply,
    pub(crate) delay: Duration,
    pub(crate) delivery: Delivery,
    /// The value of the `Date` header.
    pub(crate) date: Timestamp,
}

/// Responds to a call of a service and records it in the journal.
pub(crate) fn answer(request: &Request, backend: &Backend) -> Outcome {
    let request_id = backend.request_id();
    let target = CallTarget::of(request);
    let mut entry = new_entry(request, &target, &request_id);
    let subject = FaultSubject {
        action: target.action,
        region: target.region,
        access_key: &entry.access_key,
        page: target.page,
    };
    let mut effects = backend.faults().apply(&subject);
    let replay = backend.replay.as_ref();
    let is_of_a_scenario = replay.is_some() || backend.record.is_some();
    let call = is_of_a_scenario.then(|| call_of(request, &target, &entry));
    let found = replay.zip(call.as_ref()).map(|(replay, call)| find_step(replay, call));
    if let Some(Ok(step)) = &found {
        effects.replay(step);
    }
    let skew = SignedDuration::from_secs(effects.skew);
    let now = backend.clock.now().saturating_add(skew).unwrap_or(Timestamp::MAX);
    entry.time = iso(now);
    entry.faults = std::mem::take(&mut effects.applied);

    let answer = match found {
        Some(Err(refusal)) => {
            entry.notes.push("the scenario does not have this call".to_owned());
            Err(refusal)
        }
        Some(Ok(Step { body: Some(body), status, code, content_type, .. })) => {
            let reply = Reply::new(status, Reply::known_content_type(&content_type), body);
            play(reply, code, request, &target, now, backend, &mut entry)
        }
        // A recorded call without a body returned credentials, which are created again.
        Some(Ok(_)) | None => {
            answer_target(request, &target, &effects, &request_id, now, backend, &mut entry)
        }
    };
    // A call that is refused here, because of its signature or the quota, does not use up a recorded response.
    if let (Ok(_), Some(replay), Some(call)) = (&answer, replay, &call) {
        replay.played(call);
    }
    let mut shown = None;
    let mut reply = answer.unwrap_or_else(|refusal| {
        entry.code = refusal.code.clone().into_owned();
        let reply = Format::of(request).refusal(&refusal, &request_id, request.host());
        shown = Some(shown_refusal(request, &reply));
        reply
    });
    if let Some(seconds) = effects.retry_after {
        reply.headers.push(("retry-after", seconds.to_string()));
        reply.headers.push(("x-acs-retry-after", seconds.saturating_mul(1000).to_string()));
    }
    let delay = effects.latency + backend.draw_latency();
    entry.status = reply.status;
    entry.bytes = reply.body.len() as u64;
    entry.delay_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
    backend.stats().count(&entry);
    let code = entry.code.clone();
    if target.interface == Interface::Metadata && request.path.ends_with("/api/token") {
        shown = Some(MASKED);
    }
    let body = shown.unwrap_or_else(|| reply.body.clone());
    backend.journal.record(entry, body.clone());
    if let (Some(recording), Some(call)) = (&backend.record, call) {
        recording.add(&step_of(call, &reply, &body, &effects, delay, code));
    }
    reply.headers.push(("x-acs-request-id", request_id));
    Outcome { reply, delay, delivery: effects.delivery, date: now }
}

/// What identifies a call in a scenario.
fn call_of(request: &Request, target: &CallTarget<'_>, entry: &Entry) -> Call {
    let metadata = target.interface == Interface::Metadata;
    Call {
        action: target.action.to_owned(),
        path: if metadata { request.path.clone() } else { String::new() },
        region: target.region.to_owned(),
        parameters: Call::parameters(&entry.parameters),
    }
}

/// The record of a call. `body` is the body of the reply without secrets.
fn step_of(
    call: Call,
    reply: &Reply,
    body: &[u8],
    effects: &Effects,
    delay: Duration,
    code: String,
) -> Step {
    // Errors and bodies of rules contain no credentials.
    let has_credentials = call.is_secret() && code.is_empty() && effects.canned.is_none();
    Step {
        call,
        status: reply.status,
        code,
        content_type: reply.content_type.to_owned(),
        retry_after: effects.retry_after,
        delay_ms: u64::try_from(delay.as_millis()).unwrap_or(u64::MAX),
        delivery: match &effects.delivery {
            Delivery::Whole => String::new(),
            delivery => delivery.to_string(),
        },
        body: (!has_credentials).then(|| String::from_utf8_lossy(body).into_owned()),
    }
}

/// The recorded call that equals a request, or the refusal if there is none.
fn find_step(replay: &Replay, call: &Call) -> Result<Step, Refusal> {
    let mismatch = |text| Refusal::known("ScenarioMismatch").with_status(409).with_message(text);
    replay.find(call).map_err(mismatch)
}

/// The recorded response to a call. If it is a success, the signature is verified as in any call.
fn play(
    reply: Reply,
    code: String,
    request: &Request,
    target: &CallTarget<'_>,
    now: Timestamp,
    backend: &Backend,
    entry: &mut Entry,
) -> Result<Reply, Refusal> {
    if target.interface == Interface::Rpc && code.is_empty() {
        authenticate(request, target, now, backend, entry)?;
    }
    entry.code = code;
    Ok(reply)
}

/// The name in the journal and in fault rules for requests that name no action.
const CREDENTIALS_URI: &str = "CredentialsUri";
const METADATA: &str = "Metadata";

/// The names of everything that can be requested: all actions, and the requests without an action.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    actions::ACTIONS.iter().map(|action| action.name).chain([METADATA, CREDENTIALS_URI])
}

/// What the journal shows instead of a body that is itself a secret.
const MASKED: Bytes = Bytes::from_static(b"***");

/// The body of an error for the journal and scenarios, without the secrets of the request, which
/// the string to sign of RPC 1.0 contains.
fn shown_refusal(request: &Request, reply: &Reply) -> Bytes {
    auth::without_secrets(&String::from_utf8_lossy(&reply.body), request).into()
}

/// The product, action and region of a request.
struct CallTarget<'a> {
    interface: Interface,
    action: &'a str,
    region: &'a str,
    page: u64,
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Interface {
    CredentialsUri,
    Metadata,
    Rpc,
}

impl<'a> CallTarget<'a> {
    fn of(request: &'a Request) -> Self {
        let interface = match request.path.as_str() {
            "/credentials" => Interface::CredentialsUri,
            path if path.starts_with("/latest/") || path.starts_with("/2016-01-01/") => {
                Interface::Metadata
            }
            _ => Interface::Rpc,
        };
        let action = match interface {
            Interface::CredentialsUri => CREDENTIALS_URI,
            Interface::Metadata => METADATA,
            Interface::Rpc => request.action().unwrap_or_default(),
        };
        let region = ["RegionId", "Region", "Id"].iter().find_map(|name| request.parameter(name));
        let page = request.parameter("PageNumber").and_then(|page| page.parse().ok()).unwrap_or(1);
        Self { interface, action, region: region.unwrap_or_default(), page }
    }
}

fn new_entry(request: &Request, target: &CallTarget<'_>, request_id: &str) -> Entry {
    let scheme = request.scheme;
    let signed = scheme == Scheme::Acs3 || request.parameter("Signature").is_some();
    Entry {
        request_id: request_id.to_owned(),
        connection: request.connection.number,
        http: if request.connection.http2 { "2" } else { "1.1" },
        method: request.method.as_str().to_owned(),
        path: request.path.clone(),
        action: target.action.to_owned(),
        region: target.region.to_owned(),
        access_key: request.access_key().to_owned(),
        signature: if signed { scheme.name() } else { "" },
        parameters: match target.interface {
            Interface::CredentialsUri => mask_all(request.parameters()),
            Interface::Metadata | Interface::Rpc => mask(request.parameters()),
        },
        user_agent: request.header(USER_AGENT).unwrap_or_default().to_owned(),
        ..Entry::default()
    }
}

fn answer_target(
    request: &Request,
    target: &CallTarget<'_>,
    effects: &Effects,
    request_id: &str,
    now: Timestamp,
    backend: &Backend,
    entry: &mut Entry,
) -> Result<Reply, Refusal> {
    if let Some(refusal) = &effects.refusal {
        return Err(refusal.clone());
    }
    if let Some(canned) = &effects.canned {
        let kind = if canned.html { "text/html" } else { Format::of(request).content_type() };
        return Ok(Reply::new(canned.status, kind, canned.text.clone()));
    }
    match target.interface {
        Interface::CredentialsUri => {
            return Ok(backend.metadata.credentials(&backend.keyring, now));
        }
        Interface::Metadata => {
            let reply = backend.metadata.answer(request, &backend.keyring, now);
            return reply.ok_or_else(|| Refusal::known("InvalidApi.NotFound"));
        }
        Interface::Rpc => {}
    }
    if request.path != "/" {
        return Err(Refusal::known("InvalidApi.NotFound"));
    }
    if request.method != "GET" && request.method != "POST" {
        return Err(Refusal::known("UnsupportedHTTPMethod"));
    }
    let action = request.action().ok_or_else(|| Refusal::missing("Action"))?;
    let version = request.version().ok_or_else(|| Refusal::missing("Version"))?;
    let found = actions::find(version, action);
    // As in the service, the signature is checked before an unknown action is refused.
    let signed = found.is_none_or(|action| action.signed);
    let caller = if signed { authenticate(request, target, now, backend, entry)? } else { None };
    let Some(action) = found else {
        entry
            .notes
            .push(format!("mock-ecs does not have the action {action} of version {version}"));
        return Err(actions::missing(version, action));
    };
    backend.catalog().settle(backend.clock.now());
    note_unknown_parameters(action, request, backend, entry)?;
    let exchange = Exchange { request, backend, caller: caller.as_ref(), request_id, now };
    let json = action.answer(effects, &exchange)?;
    Ok(Format::of(request).success(action.name, json))
}

/// Checks the signature, then the quota of the account.
fn authenticate(
    request: &Request,
    target: &CallTarget<'_>,
    now: Timestamp,
    backend: &Backend,
    entry: &mut Entry,
) -> Result<Option<Signer>, Refusal> {
    let caller = backend.auth.authenticate(request, now, &backend.keyring).map_err(|denial| {
        entry.difference = denial.difference;
        denial.refusal
    })?;
    if let Some(caller) = &caller {
        entry.account = caller.account().to_owned();
        if !backend.quota().spend(caller.account_id(), target.action, target.region, now) {
            entry.notes.push("over the quota of this minute".into());
            return Err(Refusal::known("Throttling.User"));
        }
    }
    Ok(caller)
}

fn note_unknown_parameters(
    action: &actions::Action,
    request: &Request,
    backend: &Backend,
    entry: &mut Entry,
) -> Result<(), Refusal> {
    let unknown = action.unknown_parameters(request);
    let Some(first) = unknown.first() else { return Ok(()) };
    entry.notes.extend(unknown.iter().map(|name| format!("unknown parameter {name}")));
    match backend.settings.unknown_parameters {
        UnknownParameters::Note => Ok(()),
        UnknownParameters::Refuse => {
            let message = format!("The parameter {first} is not supported.");
            Err(Refusal::known("UnsupportedParameter").with_message(message))
        }
    }
}

/// A call that passed authentication, as an action sees it.
pub(crate) struct Exchange<'a> {
    pub(crate) request: &'a Request,
    pub(crate) backend: &'a Backend,
    /// Who signed it; `None` for calls that need no signature.
    pub(crate) caller: Option<&'a Signer>,
    pub(crate) request_id: &'a str,
    pub(crate) now: Timestamp,
}

impl<'a> Exchange<'a> {
    /// `RegionId`, if there is such a region.
    pub(crate) fn region(&self) -> Result<&'a str, Refusal> {
        let region =
            self.request.parameter("RegionId").ok_or_else(|| Refusal::missing("RegionId"))?;
        if !self.backend.catalog().has_region(region) {
            return Err(unknown_region(region));
        }
        Ok(region)
    }

    /// The account of the caller; for an unsigned call, the default account.
    pub(crate) fn account(&self) -> u64 {
        let first = || self.backend.keyring.first().map(|account| account.id.as_str());
        let id = self.caller.map(Signer::account_id).or_else(first);
        id.and_then(|id| id.parse().ok()).unwrap_or_default()
    }

    /// The image of this ID, if the caller sees it.
    pub(crate) fn image(&self, region: &str, id: &str) -> Result<Arc<Stored>, Refusal> {
        let image = self.backend.catalog().image(region, self.account(), id);
        image.ok_or_else(|| Refusal::known("InvalidImageId.NotFound"))
    }

    /// A response with these members and the request ID.
    pub(crate) fn answer(&self, mut members: Value) -> String {
        if let Some(members) = members.as_object_mut() {
            members.insert("RequestId".to_owned(), self.request_id.into());
        }
        members.to_string()
    }

    /// A response that only reports success.
    pub(crate) fn done(&self) -> String {
        self.answer(Value::Object(Map::new()))
    }

    /// Ends a call with `DryRun` after all checks.
    pub(crate) fn dry_run(&self) -> Result<(), Refusal> {
        match self.request.boolean("DryRun")? {
            Some(true) => Err(Refusal::known("DryRunOperation")),
            _ => Ok(()),
        }
    }
}

/// The error for a region that the mock does not have. Its text begins with that of the service.
pub(crate) fn unknown_region(region: &str) -> Refusal {
    let refusal = Refusal::known("InvalidRegionId.NotFound");
    let text = format!(
        "{} mock-ecs has no region {region}; --images {region}=FILE adds it.",
        refusal.message
    );
    refusal.with_message(text)
}
