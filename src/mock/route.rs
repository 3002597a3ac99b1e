//! From a request to its answer: who answers it, whether it is let in, and what the fault rules
//! make of it. Nothing here waits; what takes time is said in the [`Outcome`].

use std::time::Duration;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};

use super::{
    account::Key,
    admin,
    answer::{Exchange, Format, Reply},
    auth::{self, Scheme},
    billing,
    clock::iso,
    config::UnknownParameters,
    console, ecs,
    fault::{Delivery, Effects, FaultSubject},
    journal::{Entry, mask, mask_all},
    location, metadata,
    refusal::Refusal,
    request::Request,
    state::State,
    sts,
};

/// An answer with how it is to be delivered.
pub(super) struct Outcome {
    pub(super) reply: Reply,
    pub(super) delay: Duration,
    pub(super) delivery: Delivery,
    /// What the `Date` header says.
    pub(super) date: Timestamp,
}

/// Answers a request and writes it into the journal.
pub(super) fn answer(request: &Request, state: &State) -> Outcome {
    if let Some(reply) = console::answer(request).or_else(|| admin::answer(request, state)) {
        let (delay, delivery) = (Duration::ZERO, Delivery::Whole);
        return Outcome { reply, delay, delivery, date: state.clock.now() };
    }
    let request_id = state.request_id();
    let target = Target::of(request);
    let mut entry = new_entry(request, &target, &request_id);
    let subject = FaultSubject {
        action: &target.action,
        region: &target.region,
        access_key: &entry.access_key,
        page: target.page,
    };
    let mut effects = state.faults().apply(&subject);
    let skew = SignedDuration::from_secs(effects.skew);
    let now = state.clock.now().saturating_add(skew).unwrap_or(Timestamp::MAX);
    entry.time = iso(now);
    entry.faults = std::mem::take(&mut effects.applied);

    let answer = answer_target(request, &target, &effects, &request_id, now, state, &mut entry);
    let mut shown = None;
    let mut reply = answer.unwrap_or_else(|refusal| {
        entry.code = refusal.code.clone().into_owned();
        let reply = Format::of(request).refusal(&refusal, &request_id, request.host());
        shown = shown_refusal(request, &reply);
        reply
    });
    if let Some(seconds) = effects.retry_after {
        reply.headers.push(("retry-after", seconds.to_string()));
        reply.headers.push(("x-acs-retry-after", seconds.saturating_mul(1000).to_string()));
    }
    let delay = effects.latency + state.draw_latency();
    entry.status = reply.status;
    entry.bytes = reply.body.len() as u64;
    entry.delay_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
    state.stats().count(&entry);
    if target.service == Service::Metadata && request.path.ends_with("/api/token") {
        shown = Some(MASKED);
    }
    state.journal.record(entry, shown.unwrap_or_else(|| reply.body.clone()));
    reply.headers.push(("x-acs-request-id", request_id));
    Outcome { reply, delay, delivery: effects.delivery, date: now }
}

/// What the journal shows in place of a body that is nothing but a secret.
const MASKED: Bytes = Bytes::from_static(b"***");

/// What the journal shows of an error: the string to sign of RPC 1.0 has the security token in it.
fn shown_refusal(request: &Request, reply: &Reply) -> Option<Bytes> {
    let token = request
        .parameter("SecurityToken")
        .or_else(|| request.header("x-acs-security-token").filter(|token| !token.is_empty()))?;
    let body = String::from_utf8_lossy(&reply.body);
    Some(auth::without_token(&body, token).into())
}

/// What a request is about.
struct Target {
    service: Service,
    action: String,
    region: String,
    page: u64,
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Service {
    CredentialsUri,
    Metadata,
    Rpc,
}

impl Target {
    fn of(request: &Request) -> Self {
        let service = match request.path.as_str() {
            "/credentials" => Service::CredentialsUri,
            path if path.starts_with("/latest/") || path.starts_with("/2016-01-01/") => {
                Service::Metadata
            }
            _ => Service::Rpc,
        };
        let action = match service {
            Service::CredentialsUri => "CredentialsUri",
            Service::Metadata => "Metadata",
            Service::Rpc => request.action().unwrap_or_default(),
        };
        let region = ["RegionId", "Region", "Id"].iter().find_map(|name| request.parameter(name));
        let page = request.parameter("PageNumber").and_then(|page| page.parse().ok()).unwrap_or(1);
        Self {
            service,
            action: action.to_owned(),
            region: region.unwrap_or_default().to_owned(),
            page,
        }
    }
}

fn new_entry(request: &Request, target: &Target, request_id: &str) -> Entry {
    let scheme = request.scheme();
    let authorization = request.header("authorization").unwrap_or_default();
    let access_key = match scheme {
        Scheme::Acs3 => authorization
            .split_once("Credential=")
            .and_then(|(_, rest)| rest.split(',').next())
            .unwrap_or_default(),
        Scheme::Rpc1 => request.parameter("AccessKeyId").unwrap_or_default(),
    };
    let signed = scheme == Scheme::Acs3 || request.parameter("Signature").is_some();
    Entry {
        request_id: request_id.to_owned(),
        connection: request.connection.number,
        http: if request.connection.http2 { "2" } else { "1.1" },
        method: request.method.to_string(),
        path: request.path.clone(),
        action: target.action.clone(),
        region: target.region.clone(),
        access_key: access_key.to_owned(),
        signature: if signed { scheme.name() } else { "" },
        parameters: match target.service {
            Service::CredentialsUri => mask_all(request.parameters()),
            Service::Metadata | Service::Rpc => mask(request.parameters()),
        },
        user_agent: request.header("user-agent").unwrap_or_default().to_owned(),
        ..Entry::default()
    }
}

fn answer_target(
    request: &Request,
    target: &Target,
    effects: &Effects,
    request_id: &str,
    now: Timestamp,
    state: &State,
    entry: &mut Entry,
) -> Result<Reply, Refusal> {
    if let Some(refusal) = &effects.refusal {
        return Err(refusal.clone());
    }
    if let Some(canned) = &effects.canned {
        let kind = if canned.html { "text/html" } else { Format::of(request).content_type() };
        return Ok(Reply::new(canned.status, kind, canned.text.clone()));
    }
    match target.service {
        Service::CredentialsUri => return Ok(metadata::credentials(state, now)),
        Service::Metadata => {
            let reply = metadata::answer(state, request, now);
            return reply.ok_or_else(|| Refusal::known("InvalidApi.NotFound"));
        }
        Service::Rpc => {}
    }
    if request.path != "/" {
        return Err(Refusal::known("InvalidApi.NotFound"));
    }
    if request.method != "GET" && request.method != "POST" {
        return Err(Refusal::known("UnsupportedHTTPMethod"));
    }
    let action = request.action().ok_or_else(|| Refusal::missing("Action"))?;
    let version = request.version().ok_or_else(|| Refusal::missing("Version"))?;
    let caller =
        if needs_signature(action) { admit(request, target, now, state, entry)? } else { None };
    note_unknown_parameters(action, request, state, entry)?;
    let exchange = Exchange { request, state, caller: caller.as_ref(), request_id, now };
    let json = call(action, version, effects, &exchange)?;
    Ok(Format::of(request).success(action, json))
}

/// Source: STS API, AssumeRoleWithOIDC, which whoever holds an ID token may call.
fn needs_signature(action: &str) -> bool {
    action != "AssumeRoleWithOIDC"
}

/// Checks the signature, then the quota of the account.
fn admit(
    request: &Request,
    target: &Target,
    now: Timestamp,
    state: &State,
    entry: &mut Entry,
) -> Result<Option<Key>, Refusal> {
    let caller = auth::authenticate(request, now, state).map_err(|denial| {
        entry.difference = denial.difference;
        denial.refusal
    })?;
    if let Some(caller) = &caller {
        entry.account = caller.account().to_owned();
        if !state.quota().spend(caller.account_id(), &target.action, &target.region, now) {
            entry.notes.push("over the quota of this minute".into());
            return Err(Refusal::known("Throttling.User"));
        }
    }
    Ok(caller)
}

fn note_unknown_parameters(
    action: &str,
    request: &Request,
    state: &State,
    entry: &mut Entry,
) -> Result<(), Refusal> {
    let unknown = ecs::unknown_parameters(action, request);
    let Some(first) = unknown.first() else { return Ok(()) };
    entry.notes.extend(unknown.iter().map(|name| format!("unknown parameter {name}")));
    match state.settings.unknown_parameters {
        UnknownParameters::Note => Ok(()),
        UnknownParameters::Refuse => {
            let message = format!("The parameter {first} is not supported.");
            Err(Refusal::known("UnsupportedParameter").with_message(message))
        }
    }
}

/// Calls the action.
fn call(
    action: &str,
    version: &str,
    effects: &Effects,
    exchange: &Exchange<'_>,
) -> Result<String, Refusal> {
    match (version, action) {
        (ecs::VERSION, "DescribeImages") => {
            ecs::describe_images::describe_images(effects, exchange)
        }
        (ecs::VERSION, "DescribeImageFromFamily") => ecs::describe_image_from_family(exchange),
        (ecs::VERSION, "DescribeRegions") => ecs::describe_regions(exchange),
        (ecs::VERSION, "DescribeTags") => ecs::describe_tags(exchange),
        (sts::VERSION, "AssumeRole") => sts::assume_role(exchange),
        (sts::VERSION, "AssumeRoleWithOIDC") => sts::assume_role_with_oidc(exchange),
        (sts::VERSION, "GetCallerIdentity") => sts::caller_identity(exchange),
        (location::VERSION, "DescribeEndpoints") => location::describe_endpoints(exchange),
        (billing::VERSION, "QueryAvailableInstances") => {
            billing::query_available_instances(exchange)
        }
        _ => Err(Refusal::known("InvalidApi.NotFound")),
    }
}
