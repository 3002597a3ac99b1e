//! Expectations over the journal, with messages that show what did arrive.

use std::fmt::{self, Write};

use super::{Entry, Journal};
use crate::mock::message::is_of_every_call;

/// What should have arrived. Made by [`Journal::expect`], ended by [`Expectation::times`] or
/// [`Expectation::at_least`].
#[must_use = "an expectation checks nothing before `times` or `at_least`"]
pub struct Expectation {
    journal: Journal,
    action: String,
    with: Vec<(String, String)>,
    without: Vec<String>,
    code: Option<String>,
}

impl Expectation {
    pub(super) fn new(journal: Journal, action: &str) -> Self {
        Self {
            journal,
            action: action.to_owned(),
            with: Vec::new(),
            without: Vec::new(),
            code: None,
        }
    }

    /// Counts only calls with this parameter and value.
    pub fn with(mut self, parameter: &str, value: &str) -> Self {
        self.with.push((parameter.to_owned(), value.to_owned()));
        self
    }

    /// Counts only calls without this parameter.
    pub fn without(mut self, parameter: &str) -> Self {
        self.without.push(parameter.to_owned());
        self
    }

    /// Counts only calls that were answered with this error code; `""` for success.
    pub fn answered(mut self, code: &str) -> Self {
        self.code = Some(code.to_owned());
        self
    }

    /// Ends the expectation: exactly this many such calls.
    ///
    /// # Errors
    ///
    /// When there are more or fewer; the error shows all calls that arrived.
    pub fn times(self, expected: usize) -> Result<(), Unmet> {
        let found = self.count();
        if found == expected { Ok(()) } else { Err(self.unmet(&expected.to_string(), found)) }
    }

    /// Ends the expectation: at least this many such calls.
    ///
    /// # Errors
    ///
    /// When there are fewer; the error shows all calls that arrived.
    pub fn at_least(self, expected: usize) -> Result<(), Unmet> {
        let found = self.count();
        if found >= expected {
            return Ok(());
        }
        Err(self.unmet(&format!("at least {expected}"), found))
    }

    fn count(&self) -> usize {
        self.journal.entries().iter().filter(|entry| self.fits(entry)).count()
    }

    fn fits(&self, entry: &Entry) -> bool {
        entry.action == self.action
            && self.with.iter().all(|(name, value)| entry.parameter(name) == Some(value))
            && self.without.iter().all(|name| entry.parameter(name).is_none())
            && self.code.as_ref().is_none_or(|code| *code == entry.code)
    }

    fn unmet(&self, expected: &str, found: usize) -> Unmet {
        let mut text = format!("expected {expected} calls of {}", self.action);
        for (name, value) in &self.with {
            // Writing to a String does not fail.
            let _ = write!(text, ", {name}={value}");
        }
        for name in &self.without {
            let _ = write!(text, ", without {name}");
        }
        if let Some(code) = &self.code {
            let _ = write!(text, ", answered {}", if code.is_empty() { "well" } else { code });
        }
        let _ = write!(text, ": {found} arrived. All that arrived:");
        let entries = self.journal.entries();
        if entries.is_empty() {
            text.push_str(" nothing");
        }
        for entry in entries {
            let mark = if self.fits(&entry) { '*' } else { ' ' };
            let _ = write!(text, "\n{mark} {}", OneLine(&entry));
        }
        Unmet(text)
    }
}

/// An entry on one line, without the parameters that every call has.
struct OneLine<'a>(&'a Entry);

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entry = self.0;
        write!(f, "#{} {} {} {}", entry.number, entry.method, entry.action, entry.status)?;
        if !entry.code.is_empty() {
            write!(f, " {}", entry.code)?;
        }
        for (name, value) in entry
            .parameters
            .iter()
            .filter(|(name, _)| !(is_of_every_call(name) || name == "Format"))
        {
            write!(f, " {name}={value}")?;
        }
        for note in entry.faults.iter().chain(&entry.notes) {
            write!(f, " [{note}]")?;
        }
        Ok(())
    }
}

/// An expectation that was not met. Its text shows what was expected and what arrived.
#[derive(thiserror::Error)]
#[error("{0}")]
pub struct Unmet(String);

impl fmt::Debug for Unmet {
    /// The plain text, so that `unwrap` in a test prints lines and not escapes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
