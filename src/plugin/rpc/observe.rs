//! What all RPCs share: a log line before and after, a diagnostic in place of a panic, and an end
//! soon after the host has requested one.

use std::{panic::AssertUnwindSafe, time::Duration};

use futures_util::FutureExt;
use tokio::time::{Instant, sleep};
use tracing::Instrument;

use super::{super::log::key, RpcSession};
use crate::diag::{Diagnostic, Diagnostics, Severity, messages};

messages! {
    Connection {
        ABANDONED: Error "Call abandoned after an interrupt",
            "The run was interrupted while a call waited for a file, a program or a network drive that does not respond.",
            "Check the files that the provider block and the environment name.";
    }
    Defect {
        INTERNAL: Error "Internal error in the provider",
            "A bug; nothing was changed, and the provider continues.",
            "Report it with the log of a run with `TF_LOG=ERROR`.";
    }
}

/// How long work may continue after a stop. The provider ends most work at once; this is for work that
/// waits for something that cannot be interrupted, such as a file on an unavailable network drive.
const STOP_GRACE: Duration = Duration::from_millis(500);

/// The result of an RPC, which may carry diagnostics.
pub(super) trait HasDiagnostics: From<Diagnostics> {
    /// The diagnostics that it carries.
    fn diagnostics(&self) -> &Diagnostics;
}

impl HasDiagnostics for Diagnostics {
    fn diagnostics(&self) -> &Diagnostics {
        self
    }
}

impl RpcSession {
    /// Does the work of one RPC. `data_source` is the type that it is about, if any.
    pub(super) async fn observe<A: HasDiagnostics>(
        &self,
        rpc: &'static str,
        data_source: Option<&str>,
        work: impl Future<Output = Result<A, Diagnostic>>,
    ) -> A {
        let span = tracing::error_span!(
            "rpc",
            { key::RPC } = rpc,
            { key::REQUEST } = self.request_id(),
            { key::PROVIDER } = self.0.about.address,
            { key::VERSION } = self.0.protocol.version(),
            { key::DATA_SOURCE } = data_source,
        );
        let observed = async {
            let start = Instant::now();
            tracing::trace!("Received request");
            let work = AssertUnwindSafe(work).catch_unwind();
            let answer = tokio::select! {
                biased;
                done = work => match done {
                    Ok(Ok(answer)) => answer,
                    Ok(Err(diagnostic)) => Diagnostics::from(diagnostic).into(),
                    Err(_) => Diagnostics::from(panicked(rpc)).into(),
                },
                () = self.stop_is_overdue() => Diagnostics::from(abandoned(rpc)).into(),
            };
            let count = |severity| {
                answer.diagnostics().iter().filter(|found| found.severity == severity).count()
            };
            tracing::debug!(
                { key::DURATION } = start.elapsed().as_millis() as u64,
                { key::ERRORS } = count(Severity::Error),
                { key::WARNINGS } = count(Severity::Warning),
                "Served request",
            );
            answer
        };
        observed.instrument(span).await
    }

    /// Waits until the host has requested the end and running work has had its time.
    async fn stop_is_overdue(&self) {
        let mut stopped = self.0.stopped.subscribe();
        // The session holds the sender, so the wait cannot fail.
        let _ = stopped.wait_for(|stopped| *stopped).await;
        sleep(STOP_GRACE).await;
    }

    /// A random UUID, as the Go providers number requests.
    fn request_id(&self) -> String {
        let number = u128::from_be_bytes(self.0.entropy.bytes());
        let digits = format!("{number:032x}");
        let (first, rest) = digits.split_at(8);
        let (second, rest) = rest.split_at(4);
        let (third, rest) = rest.split_at(4);
        let (fourth, fifth) = rest.split_at(4);
        format!("{first}-{second}-{third}-{fourth}-{fifth}")
    }
}

/// The diagnostic in place of a panic.
pub(super) fn panicked(rpc: &str) -> Diagnostic {
    INTERNAL.diagnostic(format!(
        "{rpc} panicked. Nothing was changed. Please report this with the log of the same run \
             under TF_LOG=ERROR, which names the place."
    ))
}

/// The diagnostic for work that a stop did not end.
fn abandoned(rpc: &str) -> Diagnostic {
    ABANDONED.diagnostic(format!(
        "The run was interrupted, and {rpc} did not end within {} ms: it waits for a file, a \
             program or a network drive that does not respond.",
        STOP_GRACE.as_millis()
    ))
}
