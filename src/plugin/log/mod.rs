//! Log lines that Terraform understands: JSON in hclog's form, one object per line, on stderr.
//!
//! Secrets never reach this module, so it redacts nothing; text from outside is made safe to print.
//! Sources: hashicorp/go-hclog, `intlogger.go`; hashicorp/terraform, `internal/logging`.

use std::{
    error::Error,
    fmt,
    io::Write,
    sync::{Arc, Mutex},
};

use jiff::Timestamp;
use serde_json::{Map, Value as Json};
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    level_filters::LevelFilter,
    span::{Attributes, Id},
};
use tracing_subscriber::{
    Layer,
    layer::{Context, SubscriberExt},
    registry::LookupSpan,
};

use crate::{
    ctx::{Clock, Env},
    sync::lock,
    text::{sanitize_lines, without_os_codes},
};

/// Field names that the Go providers log, so that tools which read their logs can read these.
pub(super) mod key {
    pub(crate) const DATA_SOURCE: &str = "tf_data_source_type";
    /// In milliseconds.
    pub(crate) const DURATION: &str = "tf_req_duration_ms";
    pub(crate) const ERRORS: &str = "diagnostic_error_count";
    pub(crate) const PROVIDER: &str = "tf_provider_addr";
    pub(crate) const REQUEST: &str = "tf_req_id";
    pub(crate) const RPC: &str = "tf_rpc";
    pub(crate) const VERSION: &str = "tf_proto_version";
    pub(crate) const WARNINGS: &str = "diagnostic_warning_count";
}

const LEVEL: &str = "@level";
const MESSAGE: &str = "@message";
const MODULE: &str = "@module";
const TIMESTAMP: &str = "@timestamp";

/// The largest number that is logged as a number: Terraform prints longer ones with an exponent, so
/// they are logged as text.
const LARGEST_NUMBER: u64 = 999_999;

/// The most characters of a value.
const LONGEST_TEXT: usize = 8_000;

/// The log level for the provider `name`: the first of `TF_LOG_PROVIDER_NAME`, `TF_LOG_PROVIDER`
/// and `TF_LOG` that is set and not empty; off if none is.
///
/// `JSON` enables every level, and so does an unknown word: a user who mistypes a level wants logs,
/// and too many are better than none.
pub fn level(env: &dyn Env, name: &str) -> LevelFilter {
    let own = format!("TF_LOG_PROVIDER_{}", name.to_uppercase().replace('-', "_"));
    let level = [own.as_str(), "TF_LOG_PROVIDER", "TF_LOG"]
        .into_iter()
        .find_map(|name| env.var(name).filter(|level| !level.is_empty()));
    match level.map(|level| level.to_uppercase()).as_deref() {
        None | Some("OFF") => LevelFilter::OFF,
        Some("ERROR") => LevelFilter::ERROR,
        Some("WARN") => LevelFilter::WARN,
        Some("INFO") => LevelFilter::INFO,
        Some("DEBUG") => LevelFilter::DEBUG,
        Some(_) => LevelFilter::TRACE,
    }
}

/// The text of an error, followed by those of its causes.
pub(crate) fn with_causes(error: &dyn Error) -> String {
    let causes = std::iter::successors(error.source(), |&cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

/// A `tracing` layer that writes each event as a line.
pub struct Hclog<W> {
    writer: Mutex<W>,
    clock: Arc<dyn Clock>,
    level: LevelFilter,
}

impl<W: Write + Send + 'static> Hclog<W> {
    /// Writes lines of at least this level to `writer`.
    pub fn new(writer: W, clock: Arc<dyn Clock>, level: LevelFilter) -> Self {
        Self { writer: Mutex::new(writer), clock, level }
    }

    /// A subscriber with this layer, to be set as the current or the global one.
    pub fn subscriber(self) -> impl Subscriber + Send + Sync {
        tracing_subscriber::registry().with(self)
    }
}

/// Whether an event comes from this crate: the libraries below it log bytes and frames.
fn is_ours(metadata: &Metadata<'_>) -> bool {
    metadata.target().split("::").next() == module_path!().split("::").next()
}

impl<S, W> Layer<S> for Hclog<W>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: Write + Send + 'static,
{
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        *metadata.level() <= self.level && is_ours(metadata)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.level)
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        span.extensions_mut().insert(fields);
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut line = Fields::of_line(event.metadata(), self.clock.now());
        for span in context.event_scope(event).into_iter().flatten() {
            if let Some(fields) = span.extensions().get::<Fields>() {
                line.extend(fields);
            }
        }
        event.record(&mut line);
        // If stderr is closed, the host has ended and nobody reads the logs.
        let _ = lock(&self.writer).write_all(line.into_line().as_bytes());
    }
}

/// The fields of a span or of a whole line.
#[derive(Default)]
struct Fields(Map<String, Json>);

impl Fields {
    /// The fields that every line has.
    fn of_line(metadata: &Metadata<'_>, now: Timestamp) -> Self {
        let level = metadata.level().as_str().to_lowercase();
        // Exactly six fractional digits; otherwise the host treats the line as raw text.
        let timestamp = now.strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string();
        // Only the module below the crate's root, because the crate's name and inner modules are of no use to users.
        let module = metadata.target().split("::").nth(1).unwrap_or("main");
        let module = format!("provider.{module}");
        // The host crashes on a line whose message is missing or not a string.
        let message = String::new();
        let fields = [(LEVEL, level), (MODULE, module), (TIMESTAMP, timestamp), (MESSAGE, message)];
        Self(fields.into_iter().map(|(name, text)| (name.to_owned(), text.into())).collect())
    }

    fn extend(&mut self, other: &Self) {
        self.0.extend(other.0.iter().map(|(name, value)| (name.clone(), value.clone())));
    }

    fn insert(&mut self, field: &Field, value: impl Into<Json>) {
        let name = if field.name() == "message" { MESSAGE } else { field.name() };
        self.0.insert(name.to_owned(), value.into());
    }

    fn insert_text(&mut self, field: &Field, text: String) {
        self.insert(field, sanitize_lines(without_os_codes(text), LONGEST_TEXT));
    }

    /// The line with its newline.
    fn into_line(self) -> String {
        format!("{}\n", Json::Object(self.0))
    }
}

impl Visit for Fields {
    fn record_i64(&mut self, field: &Field, value: i64) {
        if value.unsigned_abs() > LARGEST_NUMBER {
            self.insert(field, value.to_string());
        } else {
            self.insert(field, value);
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        if value > LARGEST_NUMBER {
            self.insert(field, value.to_string());
        } else {
            self.insert(field, value);
        }
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.insert(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.insert_text(field, value.to_owned());
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.insert_text(field, with_causes(value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.insert_text(field, format!("{value:?}"));
    }
}

#[cfg(test)]
mod tests;
