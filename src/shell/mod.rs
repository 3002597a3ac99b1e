//! `alicloud-images`: image lookups from the shell.
//!
//! `command` reads the command line, `argument` turns `ARGUMENT=VALUE` into a data block, and
//! `commands` looks up with the data source and the client that Terraform would use. `format` renders
//! what was found, `table` being the format that takes more than a few lines. `usage` has the texts
//! that are made from the arguments: `--help` and the completion scripts. `progress` and `verbose`
//! show how far a run is.
//!
//! A run returns a [`Report`]. Nothing here prints, but for the progress line and the log, which go
//! to the writers that the caller hands in.

mod argument;
mod command;
mod commands;
mod format;
mod progress;
mod table;
mod usage;
mod verbose;

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

/// Where the output goes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Screen {
    /// How many columns the terminal at stdout has; `None` if stdout is not a terminal.
    pub columns: Option<usize>,
    /// How many columns the terminal has on which stderr can show progress; `None` for no progress.
    pub progress_columns: Option<usize>,
}

/// Does what the command line requests. While a lookup takes long, its progress goes to `stderr` if
/// that is a terminal.
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
            diagnostic.detail = argument::on_the_command_line(&diagnostic.detail);
            self.show(diagnostic);
        }
    }

    /// Shows a diagnostic as it is, whatever it means for the status.
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

/// Configures as a `provider` block with this profile and region does. `None` if that failed, which
/// the report then says.
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
