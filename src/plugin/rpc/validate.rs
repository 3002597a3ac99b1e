//! Checks of blocks, parts of which may be unknown.

use super::{Service, decode};
use crate::{diag::Diagnostics, wire::DynamicValue};

impl Service {
    pub(in super::super) async fn validate_provider(&self, config: DynamicValue) -> Diagnostics {
        let work = async {
            let config = decode(&config, self.provider_kind())?;
            Ok(self.0.provider.validate(&config))
        };
        self.observe("ValidateProviderConfig", None, work).await
    }

    pub(in super::super) async fn validate_data_source(
        &self,
        type_name: String,
        config: DynamicValue,
    ) -> Diagnostics {
        let work = async {
            let source = self.data_source(&type_name)?;
            let config = decode(&config, source.kind())?;
            Ok(source.data_source.validate(&config))
        };
        self.observe("ValidateDataResourceConfig", Some(&type_name), work).await
    }
}
