//! Ends a process whose host is gone and whose runtime no longer does anything.
//!
//! A plugin notices by itself that its host is gone, as long as its runtime runs. Should something block
//! the runtime's only thread, such as a file on a dead network drive, it would live forever. So a thread
//! of its own watches the parent process.

#![expect(clippy::disallowed_methods, reason = "a thread that watches the runtime cannot use it")]

use std::{sync::mpsc, thread, time::Duration};

use tokio::runtime::Handle;

/// How often to look whether the host is still there.
const CHECK: Duration = Duration::from_millis(500);

/// How long the runtime may take to do a trivial task while the host is gone.
const PATIENCE: Duration = Duration::from_secs(3);

/// Watches from a thread of its own, and calls `end` once the host has ended and `runtime` does
/// nothing. `watch_host` is called on that thread and returns what tells whether the host has ended.
pub(super) fn watch<F: Fn() -> bool>(
    watch_host: impl FnOnce() -> F + Send + 'static,
    runtime: Handle,
    end: impl FnOnce() + Send + 'static,
) {
    let watching = thread::Builder::new().name("watchdog".to_owned()).spawn(move || {
        let host_has_ended = watch_host();
        while !host_has_ended() || responds(&runtime) {
            thread::sleep(CHECK);
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
    response.recv_timeout(PATIENCE).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Watches a runtime that `work` keeps busy, with a host that is gone or not, and says whether the
    /// watchdog ended it within five seconds.
    fn is_ended(
        host_is_gone: bool,
        work: impl FnOnce(&mpsc::Receiver<()>) + Send + 'static,
    ) -> bool {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (ended, has_ended) = mpsc::channel();
        let (release, released) = mpsc::channel();
        let end = move || ended.send(()).unwrap();
        watch(move || move || host_is_gone, runtime.handle().clone(), end);
        let running = thread::spawn(move || runtime.block_on(async { work(&released) }));
        let is_ended = has_ended.recv_timeout(Duration::from_secs(5)).is_ok();
        drop(release);
        running.join().unwrap();
        is_ended
    }

    #[test]
    fn a_blocked_orphan_is_ended_within_five_seconds() {
        assert!(is_ended(true, |released| assert!(released.recv().is_err())));
    }

    #[test]
    fn a_blocked_process_with_a_host_goes_on() {
        assert!(!is_ended(false, |released| assert!(released.recv().is_err())));
    }
}
