//! Turns a failed call into what the user reads: what failed, where, why, after how long, and what
//! to do next. The one place that writes sentences about failed calls.
//!
//! The first block that fails for a reason gets the full message; for the others, [`Reported`]
//! keeps it short.

pub mod message;
mod refusal;

use std::{collections::HashSet, fmt::Write, sync::Mutex, time::Duration};

use crate::{
    alicloud::{
        Error,
        error::{Cause, CredentialsError},
    },
    ctx::http::{self, ErrorKind},
    diag::{Diagnostic, Message},
    sync::lock,
};

/// The explanation of one cause.
struct Explanation {
    message: &'static Message,
    /// What happened; equal for equal reasons.
    what: String,
    /// What to do next.
    next: String,
    /// The request id, for the vendor's support.
    request_id: String,
}

impl Explanation {
    fn new(message: &'static Message, what: impl Into<String>, next: impl Into<String>) -> Self {
        Self { message, what: what.into(), next: next.into(), request_id: String::new() }
    }
}

/// The reasons that were reported in full. Kept as long as the configuration that they stem from.
#[derive(Debug, Default)]
pub struct Reported(Mutex<HashSet<(&'static str, String, String)>>);

impl Reported {
    /// The diagnostic for `error`: the full message the first time, a short one if another read
    /// failed for the same reason before.
    pub fn report(&self, error: &Error) -> Diagnostic {
        let explanation = explain(error, &error.cause);
        let reason = (explanation.message.summary, explanation.what.clone(), error.host.clone());
        if lock(&self.0).insert(reason) {
            return long(error, &explanation);
        }
        short(&explanation)
    }
}

fn long(error: &Error, explanation: &Explanation) -> Diagnostic {
    let mut detail = format!("{}\n\n{}", explanation.what, whereabouts(error));
    if !explanation.request_id.is_empty() {
        push(&mut detail, format_args!(" Request ID: {}.", explanation.request_id));
    }
    if !explanation.next.is_empty() {
        push(&mut detail, format_args!("\n\n{}", explanation.next));
    }
    explanation.message.diagnostic(detail)
}

fn short(explanation: &Explanation) -> Diagnostic {
    let mut detail = format!(
        "{}\n\nAnother read of this run failed for the same reason; its message says more.",
        explanation.what
    );
    if !explanation.request_id.is_empty() {
        push(&mut detail, format_args!(" Request ID: {}.", explanation.request_id));
    }
    explanation.message.diagnostic(detail)
}

/// Action, region, host, tries and time, as far as it came.
fn whereabouts(error: &Error) -> String {
    let mut text = format!("Call: {}", error.action);
    if !error.region.is_empty() {
        push(&mut text, format_args!(", region {}", error.region));
    }
    if !error.host.is_empty() {
        push(&mut text, format_args!(", host {}", error.host));
    }
    match error.attempts {
        0 => text.push_str(", not sent"),
        1 => push(&mut text, format_args!(", 1 call in {}", spoken(error.elapsed))),
        tries => push(&mut text, format_args!(", {tries} calls in {}", spoken(error.elapsed))),
    }
    text.push('.');
    text
}

fn explain(error: &Error, cause: &Cause) -> Explanation {
    match cause {
        Cause::Api(refusal) => refusal::explain(refusal, &error.region, &error.host),
        Cause::Cancelled => Explanation::new(message::CANCELLED, "The run was interrupted.", ""),
        Cause::Credentials(credentials) => about_credentials(credentials),
        Cause::Deadline { limit, last } => {
            let sent = error.attempts > 0;
            out_of_time(*limit, sent, last.as_deref().map(|last| explain(error, last)))
        }
        Cause::Endpoint { origin, reason } => Explanation::new(
            message::ENDPOINT,
            format!("The endpoint from {origin} cannot be used: {reason}."),
            "Write a host name, with a port where it is not the usual one, such as \
             ecs.cn-hangzhou.aliyuncs.com.",
        ),
        Cause::Location { host, reason } => Explanation::new(
            message::LOCATION,
            format!(
                "The Location service {host}, which is configured, named no endpoint of ECS in \
                 region {}: {reason}.",
                error.region
            ),
            "Correct endpoints.location (or LOCATION_ENDPOINT), or remove it: the endpoint of ECS \
             then follows from the region. endpoints.ecs names it without any service.",
        ),
        Cause::Garbled { status, reason, request_id, .. } => Explanation {
            request_id: request_id.clone().unwrap_or_default(),
            ..Explanation::new(
                message::GARBLED,
                format!("HTTP status {status}, but not an answer of this action: {reason}."),
                "Check that the endpoint is one of ECS, and that no proxy or log-in page answers in \
                 its place. It is not taken for an empty list.",
            )
        },
        Cause::Inconsistent { total_count, received, rounds } => Explanation::new(
            message::INCONSISTENT,
            format!(
                "The service counts {total_count} images but listed {received} different ones, after \
                 reading all pages {rounds} times."
            ),
            "Run again: images were probably added or removed meanwhile. If it happens again, narrow the \
             lookup, for example by owner, family or name.",
        ),
        Cause::TooManyImages { total_count, received, limit } => Explanation::new(
            message::TOO_MANY,
            format!(
                "The service counts {total_count} images. The first {received} already take more \
                 memory than the {} MiB that one lookup may use.",
                limit >> 20
            ),
            "Narrow the lookup, for example by owner, family, name, status or tags, or split it \
             into several data blocks.",
        ),
        Cause::Transport(failure) => about_transport(failure, &error.region),
    }
}

fn about_credentials(error: &CredentialsError) -> Explanation {
    match error {
        CredentialsError::Failed { source_name, reason } => Explanation::new(
            message::CREDENTIALS_FAILED,
            format!(
                "The credential source that is configured, {source_name}, returned no credentials: \
                 {}.",
                sentence(reason)
            ),
            "Fix this source, or remove it so that the next one is used.",
        ),
        CredentialsError::Incomplete(text) => {
            Explanation::new(message::CREDENTIALS_FAILED, format!("{text}."), "")
        }
        CredentialsError::Missing { skipped } => {
            let list: String = skipped
                .iter()
                .map(|(source, reason)| format!("\n  - {source}: {reason}"))
                .collect();
            Explanation::new(
                message::CREDENTIALS_MISSING,
                "No credentials are configured: set access_key and secret_key in the provider \
                 block, or ALICLOUD_ACCESS_KEY and ALICLOUD_SECRET_KEY in the environment, or \
                 name a profile of the Alibaba Cloud CLI in profile.",
                format!("These sources were tried:{list}"),
            )
        }
    }
}

fn out_of_time(limit: Duration, sent: bool, last: Option<Explanation>) -> Explanation {
    let what = format!("The read was not over within its time of {}.", spoken(limit));
    let more = "The time can be raised with timeouts { read = \"10m\" } in the data block, unless \
                max_retry_timeout of the provider caps it.";
    match last {
        Some(last) => Explanation {
            message: message::TIMED_OUT,
            what: format!("{what} The last try failed: {}", last.what),
            next: format!("{}\n\n{more}", last.next),
            request_id: last.request_id,
        },
        None if !sent => Explanation::new(
            message::TIMED_OUT,
            format!(
                "{what} It went by before a call could be sent: no credential or no endpoint came."
            ),
            format!(
                "Check the way to the service that returns credentials, such as STS, and to the \
                 Location service where one is configured. {more}"
            ),
        ),
        None => Explanation::new(
            message::TIMED_OUT,
            format!("{what} No answer came."),
            format!("Check the way to the host, such as firewalls and proxies. {more}"),
        ),
    }
}

fn about_transport(failure: &http::Error, region: &str) -> Explanation {
    let host = &failure.host;
    let (message, next) = match failure.kind {
        ErrorKind::BodyTooLarge => {
            (message::GARBLED, "Check that the endpoint is one of ECS.".to_owned())
        }
        ErrorKind::Garbled => (
            message::GARBLED,
            "Check the endpoint and its port, and whether HTTP or HTTPS is spoken there."
                .to_owned(),
        ),
        ErrorKind::Closed
        | ErrorKind::Connect
        | ErrorKind::ConnectTimeout
        | ErrorKind::ReadTimeout => (
            message::CONNECTION,
            format!(
                "Check that {host} can be reached from this machine: network, firewall, port, and \
                 HTTPS_PROXY or NO_PROXY where a proxy is needed."
            ),
        ),
        ErrorKind::Dns => (
            message::HOST,
            format!(
                "The region may be misspelled: it is \"{region}\". Otherwise check the endpoint that is \
                 configured, and the name server of this machine."
            ),
        ),
        ErrorKind::Resolver => (
            message::HOST,
            "Check the network of this machine and its name server; it did not answer, or refused \
             to."
            .to_owned(),
        ),
        ErrorKind::InvalidUrl => (
            message::ENDPOINT,
            "Write a host name, with a port where it is not the usual one.".to_owned(),
        ),
        ErrorKind::Proxy => (
            message::PROXY,
            format!(
                "Check HTTPS_PROXY, HTTP_PROXY and ALL_PROXY. NO_PROXY={host} bypasses the proxy."
            ),
        ),
        ErrorKind::Tls => (
            message::TLS,
            "Where a proxy of your organization inspects TLS connections, or the endpoint has a \
             certificate of your own, name the file with the certificate of the issuer in \
             ca_certificate_file or ALIBABA_CLOUD_CA_BUNDLE; it is added to the certificates of the \
             system. An endpoint that speaks plain HTTP needs http:// before it, or protocol = \
             \"HTTP\"."
                .to_owned(),
        ),
    };
    Explanation::new(message, format!("{}.", sentence(&failure.to_string())), next)
}

/// A text that may end in a full stop, without it.
fn sentence(text: &str) -> &str {
    text.trim().trim_end_matches('.')
}

/// A duration as people say it.
pub(crate) fn spoken(duration: Duration) -> String {
    // A limit of 5 minutes is measured as a little less.
    let duration = match duration.as_millis() {
        0..1000 => duration,
        millis => {
            Duration::from_millis(u64::try_from((millis + 50) / 100 * 100).unwrap_or(u64::MAX))
        }
    };
    let seconds = duration.as_secs();
    match (seconds / 60, seconds % 60) {
        (0, 0) => format!("{} ms", duration.as_millis()),
        (0, seconds) if duration.subsec_millis() >= 100 => {
            format!("{seconds}.{} s", duration.subsec_millis() / 100)
        }
        (0, seconds) => format!("{seconds} s"),
        (minutes, 0) => format!("{minutes} min"),
        (minutes, seconds) => format!("{minutes} min {seconds} s"),
    }
}

fn push(text: &mut String, more: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = text.write_fmt(more);
}

#[cfg(test)]
mod tests;
