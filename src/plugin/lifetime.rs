//! When the process ends: because the host says so, because a signal says so, or because there is
//! no host any more.

use std::{sync::Arc, time::Duration};

use futures_util::{Stream, StreamExt, stream};
use tokio::{sync::watch, time::sleep};
use tonic::Status;

use super::parent::Parent;

/// Why a plugin ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Ending {
    /// The user ended a process under `--debug` with Ctrl-C.
    Interrupted,
    /// The host vanished without a word.
    Orphaned,
    /// The host asked for it.
    Shutdown,
    /// SIGTERM.
    Terminated,
}

/// How often to look whether the host is still there. Hosts die seldom; a second must not pass.
const ORPHAN_CHECK: Duration = Duration::from_millis(250);

/// The one place that knows whether the end has been asked for.
#[derive(Clone, Debug)]
pub(super) struct Shutdown(Arc<watch::Sender<bool>>);

impl Shutdown {
    pub(super) fn new() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }

    /// Asks for the end.
    pub(super) fn trigger(&self) {
        self.0.send_replace(true);
    }

    /// Waits until the end is asked for.
    pub(super) fn wait(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut asked = self.0.subscribe();
        async move {
            // The sender lives as long as the service does; if it is gone, so is the process.
            let _ = asked.wait_for(|asked| *asked).await;
        }
    }

    /// A gRPC stream that stays open and silent until the end: hosts hold such streams for as long
    /// as they live, and a graceful stop waits for them.
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
    /// A host that dies takes its connection along. Each sign alone has harmless causes: a wrapper
    /// that ends early, a host between two connections.
    pub(super) async fn orphaned(&self, host: Parent) -> Ending {
        while !host.has_ended() || !self.is_empty() {
            sleep(ORPHAN_CHECK).await;
        }
        Ending::Orphaned
    }
}

/// Waits for SIGTERM. SIGINT and SIGHUP are swallowed: Ctrl-C and the end of a terminal reach the
/// plugin as well as the host, and it is for the host to decide what becomes of running calls. Where
/// it ends, its plugin is an orphan, and ends too.
#[cfg(unix)]
pub(super) fn terminated() -> std::io::Result<impl Future<Output = Ending>> {
    use tokio::signal::unix::{SignalKind, signal};
    // Once installed, a handler stays, even though nobody listens to it.
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

/// There is no such signal.
#[cfg(not(unix))]
fn terminate() -> std::io::Result<impl Future<Output = Ending>> {
    Ok(std::future::pending())
}

/// Swallows Ctrl-C: it is for the host to decide what becomes of running calls.
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
