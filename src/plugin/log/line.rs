//! One log line.

use std::{error::Error, fmt};

use jiff::Timestamp;
use serde_json::{Map, Value as Json};
use tracing::{
    Metadata,
    field::{Field, Visit},
};

use crate::text::sanitize_lines;

const LEVEL: &str = "@level";
const MESSAGE: &str = "@message";
const MODULE: &str = "@module";
const TIMESTAMP: &str = "@timestamp";

/// Terraform prints longer numbers with an exponent, so they travel as text.
const LONGEST_NUMBER: u64 = 999_999;

/// The most characters of a value.
const LONGEST_TEXT: usize = 8_000;

/// The pairs of a span or an event.
#[derive(Default)]
pub(super) struct Fields(Map<String, Json>);

/// A line in the making.
pub(super) struct Line(Fields);

impl Line {
    pub(super) fn new(metadata: &Metadata<'_>, now: Timestamp) -> Self {
        let level = metadata.level().as_str().to_lowercase();
        // Six digits and no others: with a different number the host takes the line for raw text.
        let timestamp = now.strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string();
        // The crate's name says nothing to a user, and files within a module are our affair.
        let module = metadata.target().split("::").nth(1).unwrap_or("main");
        let module = format!("provider.{module}");
        let fields = [(LEVEL, level), (MODULE, module), (TIMESTAMP, timestamp)];
        let mut line = Self(Fields::default());
        for (name, text) in fields {
            line.0.0.insert(name.to_owned(), text.into());
        }
        // A line without this member, or with another type in it, crashes the host.
        line.0.0.insert(MESSAGE.to_owned(), Json::String(String::new()));
        line
    }

    pub(super) fn add(&mut self, fields: &Fields) {
        self.0.0.extend(fields.0.iter().map(|(name, value)| (name.clone(), value.clone())));
    }

    /// The line with its newline.
    pub(super) fn finish(self) -> String {
        format!("{}\n", Json::Object(self.0.0))
    }
}

impl Visit for Line {
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.record_i64(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.record_u64(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.record_bool(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.record_str(field, value);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.0.record_error(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.record_debug(field, value);
    }
}

impl Fields {
    fn insert(&mut self, field: &Field, value: impl Into<Json>) {
        let name = if field.name() == "message" { MESSAGE } else { field.name() };
        self.0.insert(name.to_owned(), value.into());
    }
}

impl Visit for Fields {
    fn record_i64(&mut self, field: &Field, value: i64) {
        if value.unsigned_abs() > LONGEST_NUMBER {
            self.insert(field, value.to_string());
        } else {
            self.insert(field, value);
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        if value > LONGEST_NUMBER {
            self.insert(field, value.to_string());
        } else {
            self.insert(field, value);
        }
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.insert(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.insert(field, safe(value.to_owned()));
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.insert(field, safe(with_causes(value)));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.insert(field, safe(format!("{value:?}")));
    }
}

/// What a log line may show of a value.
fn safe(value: String) -> String {
    sanitize_lines(value, LONGEST_TEXT)
}

/// The text of an error, followed by those of its causes.
pub(crate) fn with_causes(error: &dyn Error) -> String {
    let causes = std::iter::successors(error.source(), |&cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
