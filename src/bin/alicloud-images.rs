//! Image lookups from the shell: joins the command line, the terminal and the process.

use std::{
    env,
    io::{self, ErrorKind, IsTerminal, Write},
    process::ExitCode,
};

use terminal_size::{Width, terminal_size_of};
use terraform_provider_alicloud::{
    ctx::system::System,
    shell::{self, Report, Screen, Status},
};
use tokio::runtime::Builder;

/// The status of a process that Ctrl-C ended, as shells report it.
const INTERRUPTED: u8 = 128 + 2;

fn main() -> ExitCode {
    match shell::parse(env::args_os().skip(1)) {
        Ok(command) => match run(command) {
            Ok(Some(report)) => print(&report),
            Ok(None) => ExitCode::from(INTERRUPTED),
            Err(error) => failed(&error),
        },
        Err(error) => print(&Report::usage(&error)),
    }
}

/// Runs a command; `None` if it was interrupted.
fn run(command: shell::Command) -> io::Result<Option<Report>> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let report = runtime.block_on(async {
        let ctx = System::ctx();
        let mut stderr = io::stderr();
        tokio::select! {
            report = shell::run(command, &ctx, screen(), &mut stderr) => Some(report),
            // Without the signal's handler its default ends the process.
            Ok(()) = tokio::signal::ctrl_c() => None,
        }
    });
    // The results of work on other threads are no longer needed.
    runtime.shutdown_background();
    Ok(report)
}

fn screen() -> Screen {
    let columns = terminal_size_of(io::stdout()).map(|(Width(columns), _)| columns.into());
    Screen {
        columns: columns.filter(|_| io::stdout().is_terminal()),
        stderr_is_terminal: io::stderr().is_terminal(),
    }
}

fn print(report: &Report) -> ExitCode {
    // Without stderr there is nowhere to report that.
    let _ = io::stderr().write_all(report.stderr.as_bytes());
    let mut stdout = io::stdout();
    match stdout.write_all(&report.stdout).and_then(|()| stdout.flush()) {
        Ok(()) => ExitCode::from(report.status as u8),
        // Whoever reads has seen enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => ExitCode::from(report.status as u8),
        Err(error) => failed(&error),
    }
}

fn failed(error: &io::Error) -> ExitCode {
    let _ = writeln!(io::stderr(), "{}: {error}", shell::NAME);
    ExitCode::from(Status::Error as u8)
}
