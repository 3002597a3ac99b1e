//! What a user is told: errors and warnings, each with a place, a cause and a cure.
//!
//! Diagnostics accumulate and travel with an answer; they are not Rust errors. What goes wrong
//! inside a module is that module's error type, and is turned into a diagnostic where it meets the
//! user.

use crate::{
    text::{sanitize, sanitize_lines},
    value::AttributePath,
};

/// The most characters of a summary.
const LONGEST_SUMMARY: usize = 200;

/// The most characters of a detail. What explains an empty result may quote twenty arguments.
const LONGEST_DETAIL: usize = 20_000;

/// How much a diagnostic matters.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Severity {
    /// The operation failed.
    Error,
    /// The operation went on, and the user should know.
    Warning,
}

/// One message to the user.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Diagnostic {
    /// How much it matters.
    pub severity: Severity,
    /// One line, at most about eight words.
    pub summary: String,
    /// What happened, where, and what to do; may have several lines.
    pub detail: String,
    /// The attribute at fault; `None` for the whole block.
    pub attribute: Option<AttributePath>,
}

impl Diagnostic {
    /// A message about the whole block. Whatever its texts quote is sanitized.
    pub fn new(severity: Severity, summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            severity,
            summary: sanitize(&summary.into(), LONGEST_SUMMARY),
            detail: sanitize_lines(detail.into(), LONGEST_DETAIL),
            attribute: None,
        }
    }

    /// An error about the whole block.
    pub fn error(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(Severity::Error, summary, detail)
    }

    /// A warning about the whole block.
    pub fn warning(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(Severity::Warning, summary, detail)
    }

    /// The same message about one attribute.
    #[must_use]
    pub fn at(mut self, attribute: AttributePath) -> Self {
        self.attribute = Some(attribute);
        self
    }
}

/// Messages in the order in which they were found.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    /// Adds a message.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.0.push(diagnostic);
    }

    /// Whether any message is an error.
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// The messages.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.0.iter()
    }

    /// Whether there is no message.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(diagnostic: Diagnostic) -> Self {
        Self(vec![diagnostic])
    }
}

impl Extend<Diagnostic> for Diagnostics {
    fn extend<I: IntoIterator<Item = Diagnostic>>(&mut self, diagnostics: I) {
        self.0.extend(diagnostics);
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
