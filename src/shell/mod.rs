//! `alicloud-images`: image lookups from the shell.
//!
//! [`command`] reads the command line, [`argument`] turns `ARGUMENT=VALUE` into a data block, and
//! [`run`] looks up with the data source and the client that Terraform would use. `format` renders
//! what was found, `table` and `pages` being the two formats that take more than a few lines.
//! `whoami`, `completion`, `progress` and `report` do what their names say.
//!
//! A run returns a [`Report`]. Nothing here prints, but for the progress line, which goes to the
//! writer that the caller hands in.

mod argument;
mod command;
mod completion;
mod format;
mod help;
mod look_up;
mod pages;
mod progress;
mod report;
mod table;
mod whoami;

use std::io::Write;

use crate::{
    ctx::Ctx,
    provider::{self, Session},
    value::{Sensitive, Value},
};

pub use command::{Command, Error, LookUpOptions, Shell, parse};
pub use format::Format;
pub use report::{Report, Status};

/// The name of the program.
pub const NAME: &str = "alicloud-images";

/// The version of the program.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Where the output goes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Screen {
    /// How many columns the terminal at stdout has; `None` if stdout is not a terminal.
    pub columns: Option<usize>,
    /// Whether stderr is a terminal.
    pub stderr_is_terminal: bool,
}

/// Does what the command line requests. While a lookup takes long, its progress goes to `stderr` if
/// that is a terminal.
pub async fn run(
    command: Command,
    ctx: &Ctx,
    screen: Screen,
    stderr: &mut (dyn Write + Send),
) -> Report {
    match command {
        Command::Help => Report::printing(help::text()),
        Command::Version => Report::printing(format!("{NAME} {VERSION}\n")),
        Command::Completions(shell) => Report::printing(completion::script(shell)),
        Command::WhoAmI { profile, region } => whoami::run(profile, region, ctx).await,
        Command::LookUp(options) => look_up::run(options, ctx, screen, stderr).await,
    }
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
