//! How data sources get the API client, and the diagnostics for failed calls: what failed, where, why, after how
//! long, and what to do next.
//!
//! Every data source of this provider needs both, so they belong to none of them: a data source
//! takes an [`Access`], asks it for the client at each read, calls an action of ECS ([`Api`]), and turns
//! an error of the client into a diagnostic with [`Reported::report`]. The first block that fails for a reason gets the full message;
//! for the others, [`Reported`] keeps it short.

mod host;
mod key;
pub mod messages;
#[cfg(test)]
mod tests;
mod timeout;

use std::{
    collections::HashSet,
    fmt::Write,
    sync::{Arc, Mutex},
    time::Duration,
};

use crate::{
    alicloud::{
        Api, Error,
        error::{Cause, CredentialsError},
        variables,
    },
    ctx::http::{self, ErrorKind},
    diag::{Diagnostic, Message, messages},
    sync::lock,
};

messages! {
    Provider {
        CONFIGURATION_UNKNOWN: Error "The provider's configuration is not known yet",
            "Arguments of the provider block depend on a value that is known only after apply.",
            "Create that first, for example with `-target`, or use values that are known.";
    }
    Defect {
        NOT_CONFIGURED: Error "The provider is not configured",
            "A read was requested on a connection that has not configured the provider.",
            "Configure the provider on every connection that reads. Terraform and OpenTofu do; report other programs to their authors.";
    }
}

/// Gives a data source the API client, which exists only once its connection has configured the
/// provider.
pub trait Access: Send + Sync {
    /// The client of the provider's configuration.
    ///
    /// # Errors
    ///
    /// [`Unavailable`] if there is no configuration, or if parts of it that the client needs are not
    /// known yet.
    fn client(&self) -> Result<Arc<dyn Api>, Unavailable>;

    /// The failures that were reported in full since the provider was configured.
    fn reported(&self) -> Arc<Reported>;

    /// Whether nothing names the region of the provider, so that it is a default.
    fn region_is_assumed(&self) -> bool {
        false
    }
}

/// The reason that the API client is not available.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Unavailable {
    /// The connection never configured the provider.
    NotConfigured,
    /// These arguments of the provider, by name, depend on something that only apply creates.
    Unknown(Vec<String>),
}

impl Unavailable {
    /// What the user reads.
    pub fn diagnostic(&self) -> Diagnostic {
        match self {
            Self::NotConfigured => NOT_CONFIGURED.diagnostic(
                "A data source was read on a connection that has not configured the provider. The \
                 program that drives the provider must call ConfigureProvider (Configure under \
                 protocol 5) on every connection on which it reads: a configuration holds for the \
                 connection that sent it, and for no other.",
            ),
            Self::Unknown(arguments) => {
                let names: Vec<String> =
                    arguments.iter().map(|argument| format!("`{argument}`")).collect();
                CONFIGURATION_UNKNOWN.diagnostic(
                    format!(
                        "These arguments of the provider depend on something that only apply \
                         creates: {}. Nothing can be looked up before that; create what they \
                         depend on first, for example with `-target`, or set values that are known.",
                        names.join(", ")
                    ),
                )
            }
        }
    }
}

/// The explanation of one cause.
struct Explanation {
    message: &'static Message,
    /// What happened; equal for equal reasons.
    what: String,
    /// What to do next.
    next: String,
    /// The request id, for the vendor's support.
    request_id: String,
    /// Whether other blocks fail for the same reason: it is about the credentials, the connection, the
    /// quota or the service, and not about the arguments of one block.
    is_shared: bool,
}

impl Explanation {
    fn new(message: &'static Message, what: impl Into<String>, next: impl Into<String>) -> Self {
        let (what, next, request_id) = (what.into(), next.into(), String::new());
        Self { message, what, next, request_id, is_shared: true }
    }

    /// The explanation of a cause that concerns only the lookup that failed.
    fn of_one_lookup(self) -> Self {
        Self { is_shared: false, ..self }
    }

    /// The same explanation, with this request ID if there is one.
    fn of_request(self, request_id: Option<&str>) -> Self {
        Self { request_id: request_id.unwrap_or_default().to_owned(), ..self }
    }
}

/// The reasons that were reported in full. Kept as long as the configuration that caused them.
#[derive(Debug, Default)]
pub struct Reported(Mutex<HashSet<Reason>>);

/// Summary, what happened, what to do, host, and the action if it was called.
type Reason = (&'static str, String, String, String, Option<&'static str>);

impl Reported {
    /// The diagnostic for `error`: the full message the first time, a short one if another read
    /// failed for the same reason before. Two blocks with invalid arguments have a mistake each, even
    /// if the service describes both with the same words, so each gets the full message.
    ///
    /// `argument` is the one that the service refused, with its value, as a user would write it.
    pub fn report(&self, error: &Error, argument: Option<&str>) -> Diagnostic {
        let explanation = explain(error, &error.cause);
        let called = (error.attempts > 0).then_some(error.action);
        let Explanation { message, what, next, is_shared, .. } = &explanation;
        let reason = (message.summary, what.clone(), next.clone(), error.host.clone(), called);
        if !is_shared || lock(&self.0).insert(reason) {
            return long(error, &explanation, argument);
        }
        short(&explanation)
    }
}

fn long(error: &Error, explanation: &Explanation, argument: Option<&str>) -> Diagnostic {
    let mut detail = format!("{}\n\n", explanation.what);
    if let Some(argument) = argument {
        push(&mut detail, format_args!("Argument: `{argument}`.\n"));
    }
    detail.push_str(&whereabouts(error));
    push_request_id(&mut detail, explanation);
    if !explanation.next.is_empty() {
        push(&mut detail, format_args!("\n\n{}", explanation.next));
    }
    explanation.message.diagnostic(detail)
}

fn short(explanation: &Explanation) -> Diagnostic {
    let mut detail = format!(
        "{}\n\nAnother read of this run failed for the same reason; see its message for details.",
        explanation.what
    );
    push_request_id(&mut detail, explanation);
    explanation.message.diagnostic(detail)
}

/// The request ID, for the vendor's support, if there is one.
fn push_request_id(detail: &mut String, explanation: &Explanation) {
    if !explanation.request_id.is_empty() {
        push(detail, format_args!(" Request ID: {}.", explanation.request_id));
    }
}

/// Action, region, host, attempts and time, as far as they are known.
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
        calls => push(&mut text, format_args!(", {calls} calls in {}", spoken(error.elapsed))),
    }
    text.push('.');
    text
}

fn explain(error: &Error, cause: &Cause) -> Explanation {
    match cause {
        Cause::Api(refusal) => messages::explain(refusal, error),
        Cause::Cancelled => Explanation::new(messages::CANCELLED, "The run was interrupted.", ""),
        Cause::Credentials(credentials) => about_credentials(credentials),
        Cause::Deadline(timeout) => timeout::explain(timeout, error),
        Cause::Endpoint { origin, reason } => Explanation::new(
            messages::ENDPOINT,
            format!("The endpoint from {origin} cannot be used: {reason}."),
            host::unusable(origin),
        ),
        Cause::Location { host, reason, refusal } => Explanation::new(
            messages::LOCATION,
            format!(
                "The configured Location service {host} returned no ECS endpoint for region {}: \
                 {reason}.",
                error.region
            ),
            refusal
                .as_deref()
                .and_then(|refusal| messages::remedy_of_location(refusal, error))
                .unwrap_or_else(|| {
                    "Correct endpoints.location (or LOCATION_ENDPOINT), or remove it: the ECS \
                     endpoint is then derived from the region. Or set endpoints.ecs."
                        .into()
                }),
        ),
        Cause::Garbled { status, reason, request_id, .. } => Explanation::new(
            messages::GARBLED,
            format!("HTTP status {status}, but the body is not a valid response: {reason}."),
            format!(
                "{} No proxy or login page may respond instead. The response is not treated as an \
                 empty list.",
                host::check(error)
            ),
        )
        .of_request(request_id.as_deref()),
        Cause::Inconsistent { total_count, received, rounds, request_id } => Explanation::new(
            messages::INCONSISTENT,
            format!(
                "The service reports {total_count} images but returned {received} different ones; \
                 all pages were read {}.",
                if *rounds == 1 { "once".to_owned() } else { format!("{rounds} times") }
            ),
            "Run again: images were probably added or removed during the read. If it happens again, \
             narrow the lookup, for example by owner, family or name.",
        )
        .of_one_lookup()
        .of_request(request_id.as_deref()),
        Cause::TooManyImages { total_count, received, limit, request_id } => Explanation::new(
            messages::TOO_MANY,
            format!(
                "The service reports {total_count} images. The first {received} already take more \
                 memory than the {} MiB that one lookup may use.",
                limit >> 20
            ),
            "Narrow the lookup, for example by owner, family, name, status or tags, or split it \
             into several data blocks.",
        )
        .of_one_lookup()
        .of_request(request_id.as_deref()),
        Cause::Transport(failure) => about_transport(failure, error),
    }
}

fn about_credentials(error: &CredentialsError) -> Explanation {
    match error {
        CredentialsError::Failed { source_name, reason, remedy } => Explanation::new(
            messages::CREDENTIALS_FAILED,
            format!(
                "The configured credential source, {source_name}, returned no credentials: {}.",
                sentence(reason)
            ),
            remedy.clone(),
        ),
        CredentialsError::Incomplete(text) => {
            Explanation::new(messages::CREDENTIALS_FAILED, format!("{text}."), "")
        }
        CredentialsError::Missing { skipped } => {
            let list: String = skipped
                .iter()
                .map(|(source, reason)| format!("\n  - {source}: {reason}"))
                .collect();
            Explanation::new(
                messages::CREDENTIALS_MISSING,
                "No credentials are configured: set access_key and secret_key in the provider \
                 block, or ALICLOUD_ACCESS_KEY and ALICLOUD_SECRET_KEY in the environment, or \
                 name a profile of the Alibaba Cloud CLI in profile.",
                format!("These sources were tried:{list}"),
            )
        }
    }
}

fn about_transport(failure: &http::Error, error: &Error) -> Explanation {
    let host = &failure.host;
    let (message, next) = match failure.kind {
        ErrorKind::BodyTooLarge => (messages::GARBLED, host::check(error)),
        ErrorKind::Garbled => (
            messages::GARBLED,
            format!(
                "Check the endpoint and its port, and whether it uses HTTP or HTTPS. {}",
                host::source(error)
            ),
        ),
        ErrorKind::Closed
        | ErrorKind::Connect
        | ErrorKind::ConnectTimeout
        | ErrorKind::ReadTimeout => (messages::CONNECTION, host::unreachable(host, error)),
        ErrorKind::Cut => (
            messages::INCOMPLETE,
            "The host can be reached, but something between it and this machine, such as a proxy or \
             a firewall, or the host itself, ended the connection. Run again; if it happens again, \
             check what is between."
                .to_owned(),
        ),
        ErrorKind::Stalled => (
            messages::INCOMPLETE,
            format!(
                "The host can be reached, but the network or the host is slow. Run again; if it \
                 happens again, check proxies and firewalls between, or allow more time with {}.",
                variables::READ_TIMEOUT.settings()
            ),
        ),
        ErrorKind::Dns => (messages::HOST, host::without_address(error)),
        ErrorKind::Resolver => (
            messages::HOST,
            "Check the network of this machine and its DNS server, which did not respond or \
             returned an error."
                .to_owned(),
        ),
        ErrorKind::InvalidUrl => (
            messages::ENDPOINT,
            "Use a host name, with a port if it is not the default.".to_owned(),
        ),
        ErrorKind::InvalidProxy => (
            messages::PROXY,
            format!("Correct or unset that variable. NO_PROXY={host} bypasses the proxy."),
        ),
        ErrorKind::Proxy => (
            messages::PROXY,
            format!(
                "Check that proxy, and the variable that names it. NO_PROXY={host} bypasses the proxy."
            ),
        ),
        ErrorKind::NotTls => (
            messages::TLS,
            format!(
                "If the endpoint is meant to have no TLS, put http:// before it, or set protocol = \
                 \"HTTP\" in the provider block. Otherwise correct its host or port. {}",
                host::source(error)
            ),
        ),
        ErrorKind::RequestTooLong => messages::too_long(),
        ErrorKind::Tls => (
            messages::TLS,
            format!(
                "If a proxy of your organization inspects TLS connections, or the endpoint has a \
                 certificate of your own, set ca_certificate_file or ALIBABA_CLOUD_CA_BUNDLE to the \
                 file with the certificate of the issuer; it is added to the certificates of the \
                 system. {}",
                host::configured(error).unwrap_or_default()
            ),
        ),
    };
    let what = format!("{}.", sentence(&failure.to_string()));
    let explanation =
        Explanation::new(message, what, next.trim_end()).of_request(failure.request_id.as_deref());
    match failure.kind {
        ErrorKind::RequestTooLong => explanation.of_one_lookup(),
        _ => explanation,
    }
}

/// A text without its final period, if it has one.
fn sentence(text: &str) -> &str {
    text.trim().trim_end_matches('.')
}

/// A duration in readable units.
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
