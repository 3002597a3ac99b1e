//! Checks of blocks, parts of which may be unknown.

use super::{Service, decode};
use crate::{
    diag::{Diagnostic, Diagnostics},
    schema::Schema,
    value::{AttributePath, Value},
    wire::DynamicValue,
};

impl Service {
    pub(in super::super) async fn validate_provider(&self, config: DynamicValue) -> Diagnostics {
        let work = async {
            let config = decode(&config, self.provider_kind())?;
            let mut diagnostics = self.0.provider.validate(&config);
            diagnostics.extend(outdated(&self.0.provider.schema(), &config));
            Ok(diagnostics)
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
            let mut diagnostics = source.data_source.validate(&config);
            diagnostics.extend(outdated(&source.data_source.schema(), &config));
            Ok(diagnostics)
        };
        self.observe("ValidateDataResourceConfig", Some(&type_name), work).await
    }
}

/// A warning for each attribute of the block itself that is given though it is deprecated: Terraform
/// leaves that to the provider.
fn outdated(schema: &Schema, config: &Value) -> impl Iterator<Item = Diagnostic> {
    schema.block.attributes.iter().filter_map(|attribute| {
        let message = attribute.deprecation.as_ref()?;
        (!config.attribute(&attribute.name).is_null()).then(|| {
            Diagnostic::warning("Argument is deprecated", message.clone())
                .at(AttributePath::attribute(attribute.name.clone()))
        })
    })
}
