//! The answer to everything that a provider with only data sources has none of.
//!
//! Clients never ask, for the schemas name nothing of the kind. Should one ask nevertheless, it is
//! told in a diagnostic: a gRPC error would look like a crash.

use super::Service;
use crate::diag::{Diagnostic, Diagnostics};

impl Service {
    /// `what` is the plural of what there is none of.
    pub(in super::super) async fn unsupported(
        &self,
        rpc: &'static str,
        what: &'static str,
    ) -> Diagnostics {
        let work = async {
            Err(Diagnostic::error(
                format!("The provider has no {what}"),
                format!("{rpc} was called, yet {} has no {what}.", self.0.about.address),
            ))
        };
        self.observe(rpc, None, work).await
    }
}
