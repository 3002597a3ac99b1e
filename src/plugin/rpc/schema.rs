//! The schemas of the provider block and of every data source.

use super::{Service, observe::Answer};
use crate::{diag::Diagnostics, schema::Schema};

/// All schemas.
#[derive(Default)]
pub(in super::super) struct Schemas {
    pub(in super::super) provider: Option<Schema>,
    pub(in super::super) data_sources: Vec<(&'static str, Schema)>,
    pub(in super::super) diagnostics: Diagnostics,
}

impl From<Diagnostics> for Schemas {
    fn from(diagnostics: Diagnostics) -> Self {
        Self { diagnostics, ..Self::default() }
    }
}

impl Answer for Schemas {
    fn diagnostics(&self) -> &Diagnostics {
        &self.diagnostics
    }
}

impl Service {
    pub(in super::super) async fn schemas(&self) -> Schemas {
        let work = async {
            let data_sources = self.0.provider.data_sources();
            Ok(Schemas {
                provider: Some(self.0.provider.schema()),
                data_sources: data_sources
                    .iter()
                    .map(|source| (source.name(), source.schema()))
                    .collect(),
                ..Schemas::default()
            })
        };
        self.observe("GetProviderSchema", None, work).await
    }
}
