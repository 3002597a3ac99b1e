//! Log lines that Terraform understands: JSON in hclog's form, one object a line, on stderr.
//!
//! Nothing secret reaches this module, so it masks nothing. Sources: hashicorp/go-hclog,
//! `intlogger.go`; hashicorp/terraform, `internal/logging`.

mod level;
mod line;

use std::{
    io::Write,
    sync::{Arc, Mutex, PoisonError},
};

use tracing::{
    Event, Metadata, Subscriber,
    level_filters::LevelFilter,
    span::{Attributes, Id},
};
use tracing_subscriber::{
    Layer,
    layer::{Context, SubscriberExt},
    registry::LookupSpan,
};

use self::line::{Fields, Line};
use crate::ctx::Clock;

pub use level::level;
pub(crate) use line::with_causes;

/// Names of the pairs that the Go providers log, so that what reads their logs reads ours.
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

/// What turns log events into lines.
pub struct Hclog<W> {
    writer: Mutex<W>,
    clock: Arc<dyn Clock>,
    level: LevelFilter,
}

impl<W: Write + Send + 'static> Hclog<W> {
    /// Lines of at least this level go to `writer`.
    pub fn new(writer: W, clock: Arc<dyn Clock>, level: LevelFilter) -> Self {
        Self { writer: Mutex::new(writer), clock, level }
    }

    /// The subscriber to make current or global.
    pub fn subscriber(self) -> impl Subscriber + Send + Sync {
        tracing_subscriber::registry().with(self)
    }
}

/// The crate's own events only: the libraries beneath speak of bytes and frames.
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
        let mut line = Line::new(event.metadata(), self.clock.now());
        for span in context.event_scope(event).into_iter().flatten() {
            if let Some(fields) = span.extensions().get::<Fields>() {
                line.add(fields);
            }
        }
        event.record(&mut line);
        // A host that reads no more is gone; there is nobody to tell.
        let _ = self
            .writer
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .write_all(line.finish().as_bytes());
    }
}

#[cfg(test)]
mod tests;
