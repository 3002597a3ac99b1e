//! `alicloud-images`: image lookups from the shell.
//!
//! `command` reads the command line, `argument` turns `ARGUMENT=VALUE` into a data block, and
//! `commands` looks up with the data source and the client that Terraform would use. `format` renders the result, and
//! `table` is the largest of its formats. `usage` generates texts from the arguments: `--help` and the completion
//! scripts. `wording` adapts the advice of the provider's messages. `progress` and `verbose` show the
//! progress of a run.
//!
//! A run returns a [`Report`]. Nothing here prints, except that the progress line and the log go to
//! writers that the caller provides.

mod argument;
mod command;
mod commands;
mod format;
mod progress;
mod table;
mod usage;
mod verbose;
mod wording;

use std::io;

use crate::{
    ctx::Ctx,
    diag::{Diagnostic, Diagnostics, Severity},
    provider::{self, Session},
    value::{Sensitive, Value},
};

pub use command::{Command, Error, LookUpOptions, Shell, parse};
pub use format::Format;
pub use verbose::log_to;

/// The name of the program.
pub const NAME: &str = "alicloud-images";

/// The version of the program.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The terminal, if any, to which the output goes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Screen {
    /// The number of columns of stdout; `None` if stdout is not a terminal.
    pub columns: Option<usize>,
    /// The number of columns for the progress line on stderr; `None` for no progress.
    pub progress_columns: Option<usize>,
}

/// Runs the command. If a lookup takes long and `stderr` is a terminal, its progress is shown
/// there.
pub async fn run(
    command: Command,
    ctx: &Ctx,
    screen: Screen,
    stderr: &mut (dyn io::Write + Send),
) -> Report {
    match command {
        Command::Help => Report::printing(usage::help()),
        Command::Version => Report::printing(format!("{NAME} {VERSION}\n")),
        Command::Completions(shell) => Report::printing(usage::script(shell)),
        Command::WhoAmI { profile, region, .. } => commands::who_am_i(profile, region, ctx).await,
        Command::LookUp(options) => commands::look_up(options, ctx, screen, stderr).await,
    }
}

/// The result of a run, as the exit status of the process.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
#[repr(u8)]
pub enum Status {
    /// Images were found, or another command succeeded.
    #[default]
    Found = 0,
    /// The lookup succeeded and found nothing.
    NothingFound = 1,
    /// The command line is not valid.
    Usage = 2,
    /// Something failed.
    Error = 3,
}

/// The output of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// What goes to stdout.
    pub stdout: Vec<u8>,
    /// What goes to stderr.
    pub stderr: String,
    /// The exit status.
    pub status: Status,
    /// The diagnostics in `stderr`. Each is shown only once, even if several regions have it.
    shown: Vec<Diagnostic>,
}

impl Report {
    /// A success with this output.
    fn printing(text: impl Into<Vec<u8>>) -> Self {
        Self { stdout: text.into(), ..Self::default() }
    }

    /// A command line that is not valid.
    pub fn usage(error: &Error) -> Self {
        let stderr = format!("{NAME}: {error}\n`{NAME} --help` has more.\n");
        Self { stderr, status: Status::Usage, ..Self::default() }
    }

    /// Adds diagnostics. An error makes the status [`Status::Error`].
    fn add(&mut self, diagnostics: Diagnostics) {
        if diagnostics.has_errors() {
            self.status = Status::Error;
        }
        for mut diagnostic in diagnostics {
            let detail = argument::on_the_command_line(&diagnostic.detail);
            diagnostic.detail = wording::without_provider_block(&detail);
            self.show(diagnostic);
        }
    }

    /// Shows a diagnostic without changing the status.
    fn show(&mut self, diagnostic: Diagnostic) {
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
    fn note(&mut self, text: &str) {
        self.stderr.push_str(&format!("{NAME}: {text}\n"));
    }
}

/// A diagnostic as Terraform shows it, without the frame. Its texts are already sanitized.
fn text(diagnostic: &Diagnostic) -> String {
    let severity = match diagnostic.severity {
        Severity::Error => "Error",
        Severity::Warning => "Warning",
    };
    let place = diagnostic.attribute.as_ref().map(|path| format!("  in {path}\n\n"));
    let detail = diagnostic.detail.trim_end();
    format!("{severity}: {}\n\n{}{detail}\n", diagnostic.summary, place.unwrap_or_default())
}

/// Configures a session like a `provider` block with this profile and region. On failure, adds
/// diagnostics to the report and returns `None`.
async fn configure(
    ctx: &Ctx,
    profile: Option<&str>,
    region: Option<&str>,
    report: &mut Report,
) -> Option<Session> {
    let text = |text: Option<&str>| text.map_or(Value::Null, Value::from);
    let block = Value::object([("profile", text(profile)), ("region", text(region))]);
    let block = provider::schema().kind().complete(block);
    let product = format!("{NAME}/{VERSION}");
    let (session, diagnostics) = provider::configure(ctx, &product, &Sensitive::from(block)).await;
    report.add(diagnostics);
    session
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
