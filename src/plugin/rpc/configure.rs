//! Takes the `provider` block for the reads to come.

use super::{Service, decode};
use crate::{contract::ConfigureRequest, diag::Diagnostics, wire::DynamicValue};

impl Service {
    pub(in super::super) async fn configure(
        &self,
        config: DynamicValue,
        terraform_version: String,
    ) -> Diagnostics {
        let work = async {
            let config = decode(&config, self.provider_kind())?;
            Ok(self.0.provider.configure(ConfigureRequest { config, terraform_version }).await)
        };
        self.observe("ConfigureProvider", None, work).await
    }
}
