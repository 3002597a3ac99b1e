//! What a run leaves: output, messages and the exit status.

use std::fmt::Write;

use crate::diag::{Diagnostic, Diagnostics, Severity};

use super::NAME;

/// How a run ended, as the exit status of the process.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
#[repr(u8)]
pub enum Status {
    /// Something was found, or what was requested was printed.
    #[default]
    Found = 0,
    /// The lookup succeeded and found nothing.
    NothingFound = 1,
    /// The command line is not valid.
    Usage = 2,
    /// Something failed.
    Error = 3,
}

/// What a run leaves.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// What goes to stdout.
    pub stdout: Vec<u8>,
    /// What goes to stderr.
    pub stderr: String,
    /// The exit status.
    pub status: Status,
    /// The diagnostics in `stderr`: each is shown once, however many regions have it.
    shown: Vec<Diagnostic>,
}

impl Report {
    /// A success with this output.
    pub(super) fn printing(text: impl Into<Vec<u8>>) -> Self {
        Self { stdout: text.into(), ..Self::default() }
    }

    /// A command line that is not valid.
    pub fn usage(error: &super::Error) -> Self {
        let stderr = format!("{NAME}: {error}\n`{NAME} --help` has more.\n");
        Self { stderr, status: Status::Usage, ..Self::default() }
    }

    /// Adds diagnostics. An error makes the status [`Status::Error`].
    pub(super) fn add(&mut self, diagnostics: Diagnostics) {
        if diagnostics.has_errors() {
            self.status = Status::Error;
        }
        for diagnostic in diagnostics {
            self.show(diagnostic);
        }
    }

    /// Shows a diagnostic, whatever it means for the status.
    pub(super) fn show(&mut self, diagnostic: Diagnostic) {
        if self.shown.contains(&diagnostic) {
            return;
        }
        if !self.stderr.is_empty() {
            self.stderr.push('\n');
        }
        self.stderr.push_str(&text(&diagnostic));
        self.shown.push(diagnostic);
    }

    /// Shows a line that is not a diagnostic.
    pub(super) fn note(&mut self, text: &str) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.stderr, "{NAME}: {text}");
    }
}

/// A diagnostic as Terraform shows it, without the frame. Its texts are sanitized already.
fn text(diagnostic: &Diagnostic) -> String {
    let severity = match diagnostic.severity {
        Severity::Error => "Error",
        Severity::Warning => "Warning",
    };
    let place = diagnostic.attribute.as_ref().map(|path| format!("  in {path}\n\n"));
    let detail = diagnostic.detail.trim_end();
    format!("{severity}: {}\n\n{}{detail}\n", diagnostic.summary, place.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{access, value::AttributePath};

    #[test]
    fn a_diagnostic_is_shown_once_with_its_place() {
        let diagnostic = access::NOT_CONFIGURED.diagnostic("Nothing is.\n");
        let mut report = Report::default();
        report.show(diagnostic.clone().at(AttributePath::attribute("owners")));
        report.add(diagnostic.clone().into());
        report.add(diagnostic.into());
        let expected = "Error: The provider is not configured\n\n  in owners\n\nNothing is.\n\n\
                        Error: The provider is not configured\n\nNothing is.\n";
        assert_eq!((report.stderr.as_str(), report.status), (expected, Status::Error));
    }
}
