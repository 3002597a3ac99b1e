//! Image lookups from the shell: connects the library to the command line, the terminal and the
//! process.

use std::{
    env,
    io::{self, ErrorKind, IsTerminal, Write},
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

#[cfg(unix)]
use signal_hook::{consts::SIGINT, flag, low_level::emulate_default_handler};
use terminal_size::{Width, terminal_size_of};
use terraform_provider_alicloud::{
    ctx::system::{self, System},
    shell::{self, Report, Screen, Status},
    text::without_os_codes,
};
use tokio::runtime::Builder;

/// The status of a process that Ctrl-C interrupted, if it cannot be terminated by the signal
/// itself.
const INTERRUPTED: u8 = 128 + 2;

/// The columns of a terminal that does not report its size.
const COLUMNS: usize = 80;

fn main() -> ExitCode {
    system::report_panics(|place| {
        // Without stderr there is nowhere to report that.
        let _ = writeln!(io::stderr(), "{}: a bug in it: it panicked at {place}", shell::NAME);
    });
    // Its memory will contain access keys. If core dumps cannot be disabled, it runs nevertheless.
    let _ = system::forbid_core_dumps();
    match shell::parse(env::args_os().skip(1)) {
        Ok(command) => match run(command) {
            Ok(Some(report)) => print(&report),
            Ok(None) => interrupted(),
            Err(error) => failed(&error),
        },
        Err(error) => print(&Report::usage(&error)),
    }
}

/// Runs a command; `None` if it was interrupted. After that, Ctrl-C ends the process immediately.
fn run(command: shell::Command) -> io::Result<Option<Report>> {
    let is_over = Arc::new(AtomicBool::new(false));
    #[cfg(unix)]
    flag::register_conditional_default(SIGINT, is_over.clone())?;
    let is_verbose = command.is_verbose();
    if is_verbose {
        // This is the only subscriber of the process.
        let _ = tracing::subscriber::set_global_default(shell::log_to(io::stderr()));
    }
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let report = runtime.block_on(async {
        let ctx = System::ctx();
        let mut stderr = io::stderr();
        tokio::select! {
            report = shell::run(command, &ctx, screen(is_verbose), &mut stderr) => Some(report),
            // Without a handler, the default action of the signal ends the process.
            Ok(()) = tokio::signal::ctrl_c() => None,
        }
    });
    // The results of work on other threads are no longer needed.
    runtime.shutdown_background();
    is_over.store(true, Ordering::Relaxed);
    Ok(report)
}

/// Terminates the process with the signal of Ctrl-C, so that a shell stops the loop or the list of commands around
/// it.
fn interrupted() -> ExitCode {
    #[cfg(unix)]
    let _ = emulate_default_handler(SIGINT);
    ExitCode::from(INTERRUPTED)
}

fn screen(is_verbose: bool) -> Screen {
    let columns = |size: Option<(Width, _)>| size.map_or(COLUMNS, |(Width(width), _)| width.into());
    // A progress line and a log would overwrite each other.
    let has_progress = io::stderr().is_terminal() && !is_verbose;
    Screen {
        columns: io::stdout().is_terminal().then(|| columns(terminal_size_of(io::stdout()))),
        progress_columns: has_progress.then(|| columns(terminal_size_of(io::stderr()))),
    }
}

fn print(report: &Report) -> ExitCode {
    // Without stderr there is nowhere to report that.
    let _ = io::stderr().write_all(report.stderr.as_bytes());
    let mut stdout = io::stdout();
    match stdout.write_all(&report.stdout).and_then(|()| stdout.flush()) {
        Ok(()) => ExitCode::from(report.status as u8),
        // The reader has closed the pipe, as `head` does.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => ExitCode::from(report.status as u8),
        Err(error) => failed(&error),
    }
}

fn failed(error: &io::Error) -> ExitCode {
    let _ = writeln!(io::stderr(), "{}: {}", shell::NAME, without_os_codes(error.to_string()));
    ExitCode::from(Status::Error as u8)
}
