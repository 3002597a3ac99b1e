//! A data block while it is validated, with its diagnostics.

use std::sync::Arc;

use crate::{
    diag::{Diagnostics, Message},
    value::{AttributePath, Value},
};

/// A data block and its diagnostics.
pub(crate) struct Block<'a> {
    config: &'a Value,
    /// The diagnostics found so far.
    pub(crate) diagnostics: Diagnostics,
}

impl<'a> Block<'a> {
    /// A block without diagnostics.
    pub(crate) fn new(config: &'a Value) -> Self {
        Self { config, diagnostics: Diagnostics::default() }
    }

    /// The value of the argument or nested block `name`.
    pub(crate) fn value(&self, name: &str) -> &'a Value {
        self.config.attribute(name)
    }

    /// Whether the argument is set, even if it is empty or unknown.
    pub(crate) fn is_given(&self, name: &str) -> bool {
        self.config.is_unknown() || !self.value(name).is_null()
    }

    /// The string value of an argument; `None` if it is not set, unknown or empty.
    pub(crate) fn text(&self, name: &str) -> Option<Arc<str>> {
        match self.value(name) {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            _ => None,
        }
    }

    /// The boolean value of an argument; `None` if it is not set or unknown.
    pub(crate) fn flag(&self, name: &str) -> Option<bool> {
        self.value(name).as_bool()
    }

    /// Adds a diagnostic about one argument.
    pub(crate) fn report(&mut self, argument: &'static str, message: &Message, detail: String) {
        self.diagnostics.push(message.diagnostic(detail).at(AttributePath::attribute(argument)));
    }
}
