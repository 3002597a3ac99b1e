//! When the process ends: the host requests it, a signal arrives, or the host no longer runs.

use std::{sync::Arc, time::Duration};

use futures_util::{Stream, StreamExt, stream};
use tokio::{sync::watch, time::sleep};
use tonic::Status;

/// Why a plugin ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Ending {
    /// The user ended a process under `--debug` with Ctrl-C.
    Interrupted,
    /// The host ended without a shutdown request.
    Orphaned,
    /// The host requested it.
    Shutdown,
    /// SIGTERM.
    Terminated,
}

/// How often to check whether the host still runs. Hosts rarely crash, yet when one does, its plugin
/// must end within a second.
const ORPHAN_CHECK: Duration = Duration::from_millis(250);

/// Whether the host has requested the shutdown. Clones share the state.
#[derive(Clone, Debug)]
pub(super) struct Shutdown(Arc<watch::Sender<bool>>);

impl Shutdown {
    pub(super) fn new() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }

    /// Starts the shutdown.
    pub(super) fn trigger(&self) {
        self.0.send_replace(true);
    }

    /// Waits for the shutdown.
    pub(super) fn wait(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut requested = self.0.subscribe();
        async move {
            // The sender lives as long as the service does; if it is gone, so is the process.
            let _ = requested.wait_for(|requested| *requested).await;
        }
    }

    /// A gRPC stream that stays open without a message until the shutdown: hosts hold such streams for
    /// as long as they run, and a graceful stop waits for them.
    pub(super) fn silence<T: Send + 'static>(
        &self,
    ) -> impl Stream<Item = Result<T, Status>> + Send + use<T> {
        stream::once(self.wait()).filter_map(|()| async { None })
    }
}

/// The open connections. Each holds a clone, and nothing else does.
#[derive(Clone, Debug, Default)]
pub(super) struct Connections(Arc<()>);

impl Connections {
    fn is_empty(&self) -> bool {
        Arc::strong_count(&self.0) == 1
    }

    /// Waits until no connection is open and the process that started this one has ended.
    ///
    /// A host that crashes loses its connection as well. Neither condition suffices alone: a wrapper may
    /// end early, and a host may be between two connections.
    pub(super) async fn orphaned(&self, host: Parent) -> Ending {
        while !host.has_ended() || !self.is_empty() {
            sleep(ORPHAN_CHECK).await;
        }
        Ending::Orphaned
    }
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
    /// `None` if the process had ended already, or may not be opened.
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
        // The handle of a process is signaled from its end on.
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
pub(super) fn terminated() -> std::io::Result<impl Future<Output = Ending>> {
    use tokio::signal::unix::{SignalKind, signal};
    // A handler stays installed after its receiver is dropped.
    drop(signal(SignalKind::interrupt())?);
    drop(signal(SignalKind::hangup())?);
    terminate()
}

#[cfg(unix)]
fn terminate() -> std::io::Result<impl Future<Output = Ending>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        terminate.recv().await;
        Ending::Terminated
    })
}

/// There is no SIGTERM.
#[cfg(not(unix))]
fn terminate() -> std::io::Result<impl Future<Output = Ending>> {
    Ok(std::future::pending())
}

/// Ignores Ctrl-C: the host decides what happens to running calls.
#[cfg(not(unix))]
pub(super) fn terminated() -> std::io::Result<impl Future<Output = Ending>> {
    Ok(async {
        while tokio::signal::ctrl_c().await.is_ok() {}
        std::future::pending().await
    })
}

/// Waits for Ctrl-C or SIGTERM: under `--debug` the user decides.
pub(super) fn interrupted() -> std::io::Result<impl Future<Output = Ending>> {
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

#[cfg(test)]
mod tests {
    use super::Parent;

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
