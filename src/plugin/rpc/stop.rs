//! Ends running reads early, because the user interrupted the run.

use super::{Service, observe::Answer};
use crate::diag::Diagnostics;

/// That the reads were told to end.
#[derive(Default)]
pub(in super::super) struct Stopped {
    diagnostics: Diagnostics,
}

impl Stopped {
    /// What the answer has in place of diagnostics: one text, empty if all went well.
    pub(in super::super) fn error(self) -> String {
        self.diagnostics.into_iter().next().map(|found| found.detail).unwrap_or_default()
    }
}

impl From<Diagnostics> for Stopped {
    fn from(diagnostics: Diagnostics) -> Self {
        Self { diagnostics }
    }
}

impl Answer for Stopped {
    fn diagnostics(&self) -> &Diagnostics {
        &self.diagnostics
    }
}

impl Service {
    pub(in super::super) async fn stop(&self) -> Stopped {
        let work = async {
            self.0.provider.stop();
            Ok(Stopped::default())
        };
        self.observe("StopProvider", None, work).await
    }
}
