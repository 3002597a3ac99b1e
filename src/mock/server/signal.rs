//! The signals that ask the process to end.

use std::io;

/// Watches, from now on, for the signals that ask the process to end; the future is ready when one
/// came.
///
/// # Errors
///
/// When the system lets no one watch.
#[cfg(unix)]
pub fn stop_signal() -> io::Result<impl Future<Output = io::Result<()>>> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        Ok(())
    })
}

/// Watches for Ctrl-C; the future is ready when it came.
///
/// # Errors
///
/// When the system lets no one watch.
#[cfg(not(unix))]
pub fn stop_signal() -> io::Result<impl Future<Output = io::Result<()>>> {
    Ok(tokio::signal::ctrl_c())
}
