//! The block under examination, with what was found wrong in it.

use std::sync::Arc;

use crate::{
    diag::{Diagnostic, Diagnostics},
    value::{AttributePath, Value},
};

/// A data block and the diagnostics about it.
pub(in crate::images) struct Block<'a> {
    config: &'a Value,
    /// What was found so far.
    pub(in crate::images) diagnostics: Diagnostics,
}

impl<'a> Block<'a> {
    /// A block about which nothing is said yet.
    pub(super) fn new(config: &'a Value) -> Self {
        Self { config, diagnostics: Diagnostics::default() }
    }

    /// What the argument or nested block `name` holds.
    pub(in crate::images) fn value(&self, name: &str) -> &'a Value {
        self.config.attribute(name)
    }

    /// Whether the argument is given, be it empty or unknown.
    pub(in crate::images) fn is_given(&self, name: &str) -> bool {
        self.config.is_unknown() || !self.value(name).is_null()
    }

    /// The text of an argument; `None` where it is not given, unknown or empty.
    pub(in crate::images) fn text(&self, name: &str) -> Option<Arc<str>> {
        match self.value(name) {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            _ => None,
        }
    }

    /// The truth of an argument; `None` where it is not given or unknown.
    pub(in crate::images) fn flag(&self, name: &str) -> Option<bool> {
        self.value(name).as_bool()
    }

    /// Adds an error about one argument.
    pub(in crate::images) fn error(
        &mut self,
        argument: &'static str,
        summary: &str,
        detail: String,
    ) {
        self.diagnostics
            .push(Diagnostic::error(summary, detail).at(AttributePath::attribute(argument)));
    }

    /// Adds a warning about one argument.
    pub(in crate::images) fn warn(
        &mut self,
        argument: &'static str,
        summary: &str,
        detail: String,
    ) {
        self.diagnostics
            .push(Diagnostic::warning(summary, detail).at(AttributePath::attribute(argument)));
    }
}
