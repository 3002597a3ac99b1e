//! What all RPCs share: a log line before and after, and a diagnostic in place of a panic.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use tokio::time::Instant;
use tracing::Instrument;

use super::{super::log::key, Service};
use crate::diag::{Diagnostic, Diagnostics, Severity};

/// An answer that may carry diagnostics.
pub(in super::super) trait Answer: From<Diagnostics> {
    /// The diagnostics that it carries.
    fn diagnostics(&self) -> &Diagnostics;
}

impl Answer for Diagnostics {
    fn diagnostics(&self) -> &Diagnostics {
        self
    }
}

impl Service {
    /// Does the work of one RPC. `data_source` is the type it is about, if it is about one.
    pub(super) async fn observe<A: Answer>(
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
            let answer = match AssertUnwindSafe(work).catch_unwind().await {
                Ok(Ok(answer)) => answer,
                Ok(Err(diagnostic)) => Diagnostics::from(diagnostic).into(),
                Err(_) => Diagnostics::from(panicked(rpc)).into(),
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

    /// A random UUID, as the Go providers number requests.
    fn request_id(&self) -> String {
        let number = u128::from_be_bytes(self.0.world.entropy.bytes());
        let digits = format!("{number:032x}");
        let (first, rest) = digits.split_at(8);
        let (second, rest) = rest.split_at(4);
        let (third, rest) = rest.split_at(4);
        let (fourth, fifth) = rest.split_at(4);
        format!("{first}-{second}-{third}-{fourth}-{fifth}")
    }
}

/// What a user is told when the provider met a bug of its own.
pub(super) fn panicked(rpc: &str) -> Diagnostic {
    Diagnostic::error(
        "The provider met a bug of its own",
        format!(
            "{rpc} ended in a panic. Nothing was changed. Please report this with the log of the \
             same run under TF_LOG=ERROR, which names the place."
        ),
    )
}
