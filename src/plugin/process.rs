//! The process from start to exit: logs, panics, signals, core dumps, exit status.

use std::{
    io::{self, Write},
    panic::PanicHookInfo,
    process::ExitCode,
};

use tracing::level_filters::LevelFilter;

#[cfg(target_os = "linux")]
use super::core_dumps;
use super::{
    About, Ending, Error, HandshakeError, Protocol, debug, lifetime,
    listener::Remover,
    log::{Hclog, level, with_causes},
    parent::Parent,
    serve_then, watchdog,
};
use crate::{contract::NewProvider, ctx::Ctx};

/// How the process was started.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Mode {
    /// By a user, who starts the host separately.
    Debug(Protocol),
    /// By a host.
    Plugin,
}

/// The status of a process that SIGTERM ended, as shells report it.
const TERMINATED: u8 = 128 + 15;

/// Serves providers until the process ends, and returns its exit status.
pub fn run(about: &About, mode: Mode, new_provider: NewProvider, ctx: &Ctx) -> ExitCode {
    log_to_stderr(about, ctx);
    std::panic::set_hook(Box::new(log_panic));
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(about, &Error::Signal(error)),
    };
    let ending = runtime.block_on(live(about, mode, new_provider, ctx));
    // Work that is still going on in other threads has nobody to work for.
    runtime.shutdown_background();
    match ending {
        Ok(Ending::Interrupted | Ending::Orphaned | Ending::Shutdown) => ExitCode::SUCCESS,
        Ok(Ending::Terminated) => ExitCode::from(TERMINATED),
        Err(error) => fail(about, &error),
    }
}

async fn live(
    about: &About,
    mode: Mode,
    new_provider: NewProvider,
    ctx: &Ctx,
) -> Result<Ending, Error> {
    match mode {
        Mode::Debug(protocol) => {
            print_error("Set this in the shell that runs Terraform; Ctrl-C here ends the plugin.");
            if !cfg!(unix) {
                print_error(
                    "Every user of this machine can connect to the plugin while it runs, and use \
                     its credentials.",
                );
            }
            let end = lifetime::interrupted().map_err(Error::Signal)?;
            debug(about, new_provider, protocol, ctx, io::stdout(), end).await
        }
        Mode::Plugin => {
            let end = lifetime::terminated().map_err(Error::Signal)?;
            #[cfg(target_os = "linux")]
            core_dumps::forbid();
            serve_then(about, new_provider, ctx, io::stdout(), end, watch_host).await
        }
    }
}

/// Ends the process if the host is gone and the runtime does not notice.
fn watch_host(remover: Remover) {
    let host_has_ended = || {
        let host = Parent::now();
        move || host.has_ended()
    };
    watchdog::watch(host_has_ended, tokio::runtime::Handle::current(), move || {
        remover.remove();
        std::process::exit(0);
    });
}

fn log_to_stderr(about: &About, ctx: &Ctx) {
    let level = level(ctx.env.as_ref(), about.name);
    if level == LevelFilter::OFF {
        return;
    }
    let logs = Hclog::new(io::stderr(), ctx.clock.clone(), level).subscriber();
    // Set already means that the caller has made other arrangements.
    let _ = tracing::subscriber::set_global_default(logs);
}

/// Names the place only: the message of a panic may hold anything.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(place, "the provider panicked: this is a bug in it");
}

/// Prints why there is no plugin.
fn fail(about: &About, error: &Error) -> ExitCode {
    let name = about.name;
    let text = match error {
        Error::Handshake(HandshakeError::NoHost) => format!(
            "terraform-provider-{name} {} is a plugin: Terraform and OpenTofu start it themselves, \
             and it does nothing when started by hand.\nTo use it, name {} under required_providers \
             in a configuration; --help says more.",
            about.version, about.address
        ),
        error => format!("terraform-provider-{name}: {}", with_causes(error)),
    };
    print_error(&text);
    ExitCode::FAILURE
}

fn print_error(text: &str) {
    // Without stderr there is nowhere to report that.
    let _ = writeln!(io::stderr(), "{text}");
}
