//! The process from start to exit: logs, panics, core dumps, signals, the end of the host, exit status.
//!
//! A plugin ends when its host requests it, and must also end when the host no longer can, because hosts crash or are
//! killed. So the plugin watches the process that started it ([`Parent`]), and a separate thread does the same in
//! case the runtime is blocked.

use std::{
    io::{self, Write},
    process::ExitCode,
    sync::mpsc,
    thread,
    time::Duration,
};

use tokio::runtime::Handle;
use tracing::level_filters::LevelFilter;

use super::{
    About, Error, HandshakeError, ProtocolVersion, debug,
    listener::Remover,
    log::{Hclog, level, with_causes},
    serve_then,
};
use crate::{
    contract::NewProvider,
    ctx::{Ctx, system},
};

/// How the process was started.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Mode {
    /// By a user, who starts the host separately.
    Debug(ProtocolVersion),
    /// By a host.
    Plugin,
}

/// The reason that a plugin ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Ending {
    /// The user stopped a process with `--debug` by Ctrl-C.
    Interrupted,
    /// The host ended without a shutdown request.
    Orphaned,
    /// The host requested it.
    Shutdown,
    /// SIGTERM.
    Terminated,
}

/// The status of a process that SIGTERM terminated, as shells report it.
const TERMINATED: u8 = 128 + 15;

/// How often the watchdog checks whether the host still runs.
const WATCHDOG_CHECK: Duration = Duration::from_millis(500);

/// How long the runtime may take for a trivial task after the host has ended.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(3);

/// Serves providers until the process ends, and returns its exit status.
pub fn run(about: &About, mode: Mode, new_provider: NewProvider, ctx: &Ctx) -> ExitCode {
    log_to_stderr(about, ctx);
    system::report_panics(|place| {
        tracing::error!(place, "the provider panicked: this is a bug in it");
    });
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(about, &Error::Signal(error)),
    };
    let ending = runtime.block_on(serve_in(about, mode, new_provider, ctx));
    // Nobody needs the results of work that still runs on other threads.
    runtime.shutdown_background();
    match ending {
        Ok(Ending::Interrupted | Ending::Orphaned | Ending::Shutdown) => ExitCode::SUCCESS,
        Ok(Ending::Terminated) => ExitCode::from(TERMINATED),
        Err(error) => fail(about, &error),
    }
}

async fn serve_in(
    about: &About,
    mode: Mode,
    new_provider: NewProvider,
    ctx: &Ctx,
) -> Result<Ending, Error> {
    match mode {
        Mode::Debug(protocol) => {
            debug_notices(cfg!(unix)).for_each(print_error);
            let end = interrupted().map_err(Error::Signal)?;
            debug(about, new_provider, protocol, ctx, io::stdout(), end).await
        }
        Mode::Plugin => {
            let end = terminated().map_err(Error::Signal)?;
            // A failure to disable core dumps does not prevent serving.
            if let Err(error) = system::forbid_core_dumps() {
                tracing::warn!(%error, "core dumps could not be turned off");
            }
            serve_then(about, new_provider, ctx, io::stdout(), end, watch_host).await
        }
    }
}

/// Ends the process if the host has ended and the runtime does not notice; see [`watch`].
fn watch_host(remover: Remover) {
    let host_has_ended = || {
        let host = Parent::now();
        move || host.has_ended()
    };
    watch(host_has_ended, Handle::current(), move || {
        remover.remove();
        std::process::exit(0);
    });
}

/// Calls `end` when the host has ended and `runtime` no longer runs tasks.
///
/// While its runtime runs, a plugin detects the end of its host itself. If something blocks the
/// runtime's only thread, such as a file on an unavailable network drive, the process would never
/// end. So a separate thread watches the host. `watch_host` is called on that thread and returns
/// the check for whether the host has ended.
#[expect(clippy::disallowed_methods, reason = "a thread that watches the runtime cannot use it")]
fn watch<F: Fn() -> bool>(
    watch_host: impl FnOnce() -> F + Send + 'static,
    runtime: Handle,
    end: impl FnOnce() + Send + 'static,
) {
    let watching = thread::Builder::new().name("watchdog".to_owned()).spawn(move || {
        let host_has_ended = watch_host();
        while !host_has_ended() || responds(&runtime) {
            thread::sleep(WATCHDOG_CHECK);
        }
        end();
    });
    if let Err(error) = watching {
        tracing::warn!(%error, "the watchdog could not be started");
    }
}

fn responds(runtime: &Handle) -> bool {
    let (sender, response) = mpsc::channel();
    runtime.spawn(async move { sender.send(()) });
    response.recv_timeout(RESPONSE_TIMEOUT).is_ok()
}

/// The process that started this one, which is the host or a wrapper around it.
#[cfg(unix)]
pub(super) struct Parent {
    id: u32,
}

#[cfg(unix)]
impl Parent {
    /// The parent at this moment.
    pub(super) fn now() -> Self {
        Self { id: std::os::unix::process::parent_id() }
    }

    /// Whether it has ended: the process then has another parent.
    pub(super) fn has_ended(&self) -> bool {
        Self::now().id != self.id
    }
}

/// The process that started this one, which is the host or a wrapper around it.
///
/// Windows never changes the parent of a process, and reuses the IDs of processes that have ended. An
/// open handle of the parent keeps its ID from being reused.
#[cfg(windows)]
pub(super) struct Parent {
    /// `None` if the process had already ended, or may not be opened.
    process: Option<winsafe::guard::CloseHandleGuard<winsafe::HPROCESS>>,
}

#[cfg(windows)]
impl Parent {
    /// The parent at this moment.
    pub(super) fn now() -> Self {
        use winsafe::{HPROCESS, co::PROCESS};
        let open = |id| HPROCESS::OpenProcess(PROCESS::SYNCHRONIZE, false, id).ok();
        Self { process: parent_id().and_then(open) }
    }

    /// Whether it has ended. A parent that could not be opened counts as running.
    pub(super) fn has_ended(&self) -> bool {
        use winsafe::co::WAIT;
        let Some(process) = &self.process else { return false };
        // The handle of a process is signaled when the process ends.
        matches!(process.WaitForSingleObject(Some(0)), Ok(WAIT::OBJECT_0))
    }
}

/// The ID of the parent, from a snapshot of the system's processes.
#[cfg(windows)]
fn parent_id() -> Option<u32> {
    use winsafe::{HPROCESSLIST, co::TH32CS};
    let own = std::process::id();
    let mut processes = HPROCESSLIST::CreateToolhelp32Snapshot(TH32CS::SNAPPROCESS, None).ok()?;
    let mut entries = processes.iter_processes().filter_map(Result::ok);
    entries.find(|entry| entry.th32ProcessID == own).map(|entry| entry.th32ParentProcessID)
}

/// Waits for SIGTERM. SIGINT and SIGHUP are ignored: Ctrl-C and the end of a terminal reach the plugin
/// as well as the host, and the host decides what happens to running calls. If the host ends, its
/// plugin is orphaned and ends too.
#[cfg(unix)]
pub(super) fn terminated() -> io::Result<impl Future<Output = Ending>> {
    use tokio::signal::unix::{SignalKind, signal};
    // A handler stays installed after its receiver is dropped.
    drop(signal(SignalKind::interrupt())?);
    drop(signal(SignalKind::hangup())?);
    terminate()
}

#[cfg(unix)]
fn terminate() -> io::Result<impl Future<Output = Ending>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        terminate.recv().await;
        Ending::Terminated
    })
}

/// This system has no SIGTERM.
#[cfg(not(unix))]
fn terminate() -> io::Result<impl Future<Output = Ending>> {
    Ok(std::future::pending())
}

/// Ignores Ctrl-C: the host decides what happens to running calls.
#[cfg(not(unix))]
pub(super) fn terminated() -> io::Result<impl Future<Output = Ending>> {
    Ok(async {
        while tokio::signal::ctrl_c().await.is_ok() {}
        std::future::pending().await
    })
}

/// Waits for Ctrl-C or SIGTERM: with `--debug`, the user stops the plugin.
pub(super) fn interrupted() -> io::Result<impl Future<Output = Ending>> {
    #[cfg(unix)]
    let mut interrupt = {
        use tokio::signal::unix::{SignalKind, signal};
        signal(SignalKind::interrupt())?
    };
    #[cfg(windows)]
    let mut interrupt = tokio::signal::windows::ctrl_c()?;
    let terminated = terminate()?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => Ending::Interrupted,
            ending = terminated => ending,
        }
    })
}

fn log_to_stderr(about: &About, ctx: &Ctx) {
    let level = level(ctx.env.as_ref(), about.name);
    if level == LevelFilter::OFF {
        return;
    }
    let logs = Hclog::new(io::stderr(), ctx.clock.clone(), level).subscriber();
    // If a subscriber is set already, the caller handles the logs.
    let _ = tracing::subscriber::set_global_default(logs);
}

/// What a user who starts the process with `--debug` must know. On Unix, other users cannot connect
/// to the socket.
fn debug_notices(is_unix: bool) -> impl Iterator<Item = &'static str> {
    let always = "Set this in the shell that runs Terraform; Ctrl-C here ends the plugin.";
    let open = "Every user of this machine can connect to the plugin while it runs, and use its \
                credentials.";
    [Some(always), (!is_unix).then_some(open)].into_iter().flatten()
}

/// Prints the reason why the plugin did not start.
fn fail(about: &About, error: &Error) -> ExitCode {
    let name = about.name;
    let text = match error {
        Error::Handshake(HandshakeError::NoHost) => format!(
            "terraform-provider-{name} {} is a plugin: Terraform and OpenTofu start it themselves, \
             and it does nothing when started by hand.\nTo use it, name {} under required_providers \
             in a configuration; see --help.",
            about.version, about.address
        ),
        error => format!("terraform-provider-{name}: {}", with_causes(error)),
    };
    print_error(&text);
    ExitCode::FAILURE
}

fn print_error(text: &str) {
    // If stderr cannot be written to, there is no other place to report it.
    let _ = writeln!(io::stderr(), "{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Watches a runtime that `work` keeps busy, with a host that has ended or not, and returns
    /// whether the watchdog ends the process within five seconds.
    fn is_ended(
        host_has_ended: bool,
        work: impl FnOnce(&mpsc::Receiver<()>) + Send + 'static,
    ) -> bool {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (ended, has_ended) = mpsc::channel();
        let (release, released) = mpsc::channel();
        let end = move || ended.send(()).unwrap();
        watch(move || move || host_has_ended, runtime.handle().clone(), end);
        let running = thread::spawn(move || runtime.block_on(async { work(&released) }));
        let is_ended = has_ended.recv_timeout(Duration::from_secs(5)).is_ok();
        drop(release);
        running.join().unwrap();
        is_ended
    }

    #[test]
    fn without_a_private_socket_the_notices_state_who_can_connect() {
        let notices = |is_unix| debug_notices(is_unix).collect::<Vec<_>>().join("\n");
        assert!(notices(false).contains("Every user of this machine can connect"));
        assert!(!notices(true).contains("Every user"));
        assert!(notices(true).contains("Set this in the shell that runs Terraform"));
    }

    #[test]
    fn a_blocked_orphan_is_ended_within_five_seconds() {
        assert!(is_ended(true, |released| assert!(released.recv().is_err())));
    }

    #[test]
    fn a_blocked_process_with_a_host_continues() {
        assert!(!is_ended(false, |released| assert!(released.recv().is_err())));
    }

    #[test]
    fn the_process_that_runs_the_tests_has_not_ended() {
        assert!(!Parent::now().has_ended());
    }

    #[cfg(unix)]
    #[test]
    fn a_process_with_another_parent_has_lost_its_own() {
        assert!(Parent { id: std::process::id() }.has_ended());
    }
}
