//! A whole process life: logs, panics, signals, exit status.

use std::{
    io::{self, Write},
    panic::PanicHookInfo,
    process::ExitCode,
    sync::Arc,
};

use tracing::level_filters::LevelFilter;

use super::{
    About, Ending, Error, HandshakeError, Protocol, World, debug, lifetime,
    log::{Hclog, level, with_causes},
    serve,
};
use crate::contract::Provider;

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

/// Serves `provider` for one process life, and says how it ended.
pub fn run(about: &About, mode: Mode, provider: Arc<dyn Provider>, world: &World) -> ExitCode {
    log_to_stderr(about, world);
    std::panic::set_hook(Box::new(log_panic));
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(about, &Error::Signal(error)),
    };
    let ending = runtime.block_on(live(about, mode, provider, world));
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
    provider: Arc<dyn Provider>,
    world: &World,
) -> Result<Ending, Error> {
    match mode {
        Mode::Debug(protocol) => {
            tell("Set this in the shell that runs Terraform; Ctrl-C here ends the plugin.");
            let end = lifetime::interrupted().map_err(Error::Signal)?;
            debug(about, provider, protocol, world, io::stdout(), end).await
        }
        Mode::Plugin => {
            let end = lifetime::terminated().map_err(Error::Signal)?;
            serve(about, provider, world, io::stdout(), end).await
        }
    }
}

fn log_to_stderr(about: &About, world: &World) {
    let level = level(world.env.as_ref(), about.name);
    if level == LevelFilter::OFF {
        return;
    }
    let logs = Hclog::new(io::stderr(), world.clock.clone(), level).subscriber();
    // Set already means that the caller has made other arrangements.
    let _ = tracing::subscriber::set_global_default(logs);
}

/// Names the place only: the message of a panic may hold anything.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(place, "the provider met a bug of its own and panicked");
}

/// Tells the user why there is no plugin.
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
    tell(&text);
    ExitCode::FAILURE
}

fn tell(text: &str) {
    // Without stderr there is nobody to tell.
    let _ = writeln!(io::stderr(), "{text}");
}
