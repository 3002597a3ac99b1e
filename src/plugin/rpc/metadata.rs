//! What the provider has, by name. The command-line clients do not ask for it; multiplexers do.

use super::{Service, observe::Answer};
use crate::diag::Diagnostics;

/// The names of the data sources.
#[derive(Default)]
pub(in super::super) struct Metadata {
    pub(in super::super) data_sources: Vec<&'static str>,
    pub(in super::super) diagnostics: Diagnostics,
}

impl From<Diagnostics> for Metadata {
    fn from(diagnostics: Diagnostics) -> Self {
        Self { diagnostics, ..Self::default() }
    }
}

impl Answer for Metadata {
    fn diagnostics(&self) -> &Diagnostics {
        &self.diagnostics
    }
}

impl Service {
    pub(in super::super) async fn metadata(&self) -> Metadata {
        let work = async {
            let data_sources = self.0.provider.data_sources();
            let data_sources = data_sources.iter().map(|source| source.name()).collect();
            Ok(Metadata { data_sources, ..Metadata::default() })
        };
        self.observe("GetMetadata", None, work).await
    }
}
