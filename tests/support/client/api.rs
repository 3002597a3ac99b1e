//! The calls, for both protocol versions.

use terraform_provider_alicloud::{value::Kind, wire::DynamicValue};

use super::{
    Channel, Client, Diagnostic, Error,
    block::{Block, Nesting, Schemas},
    proto::{
        plugin::{Empty, grpc_controller_client::GrpcControllerClient},
        tfplugin5::{self, provider_client::ProviderClient as Client5},
        tfplugin6::{self, provider_client::ProviderClient as Client6},
    },
};

/// The largest response, in bytes.
const MESSAGE_LIMIT: usize = 256 << 20;

/// The version that the client reports.
const TERRAFORM_VERSION: &str = "1.11.4";

impl Client {
    /// The provider's calls in protocol 5.
    pub fn v5(&self) -> Client5<Channel> {
        Client5::new(self.channel()).max_decoding_message_size(MESSAGE_LIMIT)
    }

    /// The provider's calls in protocol 6.
    pub fn v6(&self) -> Client6<Channel> {
        Client6::new(self.channel()).max_decoding_message_size(MESSAGE_LIMIT)
    }

    /// Interrupts running reads.
    pub async fn stop(&self) -> Result<(), Error> {
        let error = match self.protocol() {
            5 => self.v5().stop(tfplugin5::stop::Request {}).await?.into_inner().error,
            _ => {
                let request = tfplugin6::stop_provider::Request {};
                self.v6().stop_provider(request).await?.into_inner().error
            }
        };
        if error.is_empty() { Ok(()) } else { Err(error.into()) }
    }

    /// Requests the shutdown of the plugin.
    pub async fn shutdown(&self) -> Result<(), Error> {
        GrpcControllerClient::new(self.channel()).shutdown(Empty {}).await?;
        Ok(())
    }

    pub(super) async fn fetch_schemas(&self) -> Result<Schemas, Error> {
        match self.protocol() {
            5 => {
                let request = tfplugin5::get_provider_schema::Request {};
                self.v5().get_schema(request).await?.into_inner().try_into()
            }
            _ => {
                let request = tfplugin6::get_provider_schema::Request {};
                self.v6().get_provider_schema(request).await?.into_inner().try_into()
            }
        }
    }

    pub(super) async fn call_validate_provider(
        &self,
        config: DynamicValue,
    ) -> Result<Vec<Diagnostic>, Error> {
        match self.protocol() {
            5 => {
                let config = Some(config.into());
                let request = tfplugin5::prepare_provider_config::Request { config };
                let answer = self.v5().prepare_provider_config(request.clone()).await?.into_inner();
                if answer.prepared_config != request.config {
                    return Err("the prepared configuration is not the one sent".into());
                }
                Ok(read_all(answer.diagnostics))
            }
            _ => {
                let config = Some(config.into());
                let request = tfplugin6::validate_provider_config::Request { config };
                let answer = self.v6().validate_provider_config(request).await?.into_inner();
                Ok(read_all(answer.diagnostics))
            }
        }
    }

    pub(super) async fn call_configure(
        &self,
        config: DynamicValue,
    ) -> Result<Vec<Diagnostic>, Error> {
        let terraform_version = TERRAFORM_VERSION.to_owned();
        match self.protocol() {
            5 => {
                let (config, client_capabilities) = (Some(config.into()), Some(Default::default()));
                let request = tfplugin5::configure::Request {
                    terraform_version,
                    config,
                    client_capabilities,
                };
                Ok(read_all(self.v5().configure(request).await?.into_inner().diagnostics))
            }
            _ => {
                let (config, client_capabilities) = (Some(config.into()), Some(Default::default()));
                let request = tfplugin6::configure_provider::Request {
                    terraform_version,
                    config,
                    client_capabilities,
                };
                Ok(read_all(self.v6().configure_provider(request).await?.into_inner().diagnostics))
            }
        }
    }

    pub(super) async fn call_validate(
        &self,
        type_name: &str,
        config: DynamicValue,
    ) -> Result<Vec<Diagnostic>, Error> {
        let type_name = type_name.to_owned();
        match self.protocol() {
            5 => {
                let config = Some(config.into());
                let request = tfplugin5::validate_data_source_config::Request { type_name, config };
                let answer = self.v5().validate_data_source_config(request).await?.into_inner();
                Ok(read_all(answer.diagnostics))
            }
            _ => {
                let config = Some(config.into());
                let request =
                    tfplugin6::validate_data_resource_config::Request { type_name, config };
                let answer = self.v6().validate_data_resource_config(request).await?.into_inner();
                Ok(read_all(answer.diagnostics))
            }
        }
    }

    /// The state, whether the read was deferred, and the diagnostics.
    pub(super) async fn call_read(
        &self,
        type_name: &str,
        config: DynamicValue,
        deferral_allowed: bool,
    ) -> Result<(DynamicValue, bool, Vec<Diagnostic>), Error> {
        let type_name = type_name.to_owned();
        match self.protocol() {
            5 => {
                let request = tfplugin5::read_data_source::Request {
                    type_name,
                    config: Some(config.into()),
                    provider_meta: None,
                    client_capabilities: Some(tfplugin5::ClientCapabilities {
                        deferral_allowed,
                        ..Default::default()
                    }),
                };
                let answer = self.v5().read_data_source(request).await?.into_inner();
                let state = answer.state.map(Into::into).unwrap_or_default();
                Ok((state, answer.deferred.is_some(), read_all(answer.diagnostics)))
            }
            _ => {
                let request = tfplugin6::read_data_source::Request {
                    type_name,
                    config: Some(config.into()),
                    provider_meta: None,
                    client_capabilities: Some(tfplugin6::ClientCapabilities {
                        deferral_allowed,
                        ..Default::default()
                    }),
                };
                let answer = self.v6().read_data_source(request).await?.into_inner();
                let state = answer.state.map(Into::into).unwrap_or_default();
                Ok((state, answer.deferred.is_some(), read_all(answer.diagnostics)))
            }
        }
    }
}

fn read_all<D: Into<Diagnostic>>(diagnostics: Vec<D>) -> Vec<Diagnostic> {
    diagnostics.into_iter().map(Into::into).collect()
}

fn type_of(expression: &[u8]) -> Result<Kind, Error> {
    let json = serde_json::from_slice(expression)?;
    Kind::from_json(&json).ok_or_else(|| format!("not a type: {json}").into())
}

/// The numbers are the same for nested blocks and nested attributes, in both versions.
fn nesting_of(number: i32) -> Result<Nesting, Error> {
    match number {
        1 | 5 => Ok(Nesting::Single),
        2 => Ok(Nesting::List),
        3 => Ok(Nesting::Set),
        4 => Ok(Nesting::Map),
        other => Err(format!("no nesting has the number {other}").into()),
    }
}

/// The conversions between our types and the messages of one protocol version.
macro_rules! conversions {
    ($proto:ident) => {
        impl From<DynamicValue> for $proto::DynamicValue {
            fn from(value: DynamicValue) -> Self {
                Self { msgpack: value.msgpack, json: value.json }
            }
        }

        impl From<$proto::DynamicValue> for DynamicValue {
            fn from(value: $proto::DynamicValue) -> Self {
                Self { msgpack: value.msgpack, json: value.json }
            }
        }

        impl From<$proto::Diagnostic> for Diagnostic {
            fn from(diagnostic: $proto::Diagnostic) -> Self {
                use $proto::attribute_path::step::Selector;
                let steps = diagnostic.attribute.map(|path| path.steps).unwrap_or_default();
                let selectors = steps.into_iter().filter_map(|step| step.selector);
                let attribute = selectors.fold(String::new(), |path, selector| match selector {
                    Selector::AttributeName(name) if path.is_empty() => name,
                    Selector::AttributeName(name) => format!("{path}.{name}"),
                    Selector::ElementKeyInt(index) => format!("{path}[{index}]"),
                    Selector::ElementKeyString(key) => format!("{path}[{key:?}]"),
                });
                Self {
                    error: diagnostic.severity == $proto::diagnostic::Severity::Error as i32,
                    summary: diagnostic.summary,
                    detail: diagnostic.detail,
                    attribute,
                }
            }
        }

        impl TryFrom<$proto::get_provider_schema::Response> for Schemas {
            type Error = Error;

            fn try_from(answer: $proto::get_provider_schema::Response) -> Result<Self, Error> {
                if let Some(diagnostic) = answer.diagnostics.into_iter().next() {
                    return Err(Diagnostic::from(diagnostic).to_string().into());
                }
                let block = |schema: $proto::Schema| schema.block.ok_or("a schema has no block");
                let provider = answer.provider.ok_or("the provider has no schema")?;
                let data_sources = answer.data_source_schemas.into_iter();
                Ok(Self {
                    provider: block(provider)?.try_into()?,
                    data_sources: data_sources
                        .map(|(name, schema)| Ok((name, block(schema)?.try_into()?)))
                        .collect::<Result<_, Error>>()?,
                })
            }
        }

        impl TryFrom<$proto::schema::Block> for Block {
            type Error = Error;

            fn try_from(block: $proto::schema::Block) -> Result<Self, Error> {
                let attributes = block.attributes.into_iter();
                let blocks = block.block_types.into_iter();
                Ok(Self {
                    attributes: attributes
                        .map(|attribute| Ok((attribute.name.clone(), attribute.kind()?)))
                        .collect::<Result<_, Error>>()?,
                    blocks: blocks
                        .map(|nested| {
                            let block = nested.block.ok_or("a nested block has no block")?;
                            let nesting = nesting_of(nested.nesting)?;
                            Ok((nested.type_name, (nesting, block.try_into()?)))
                        })
                        .collect::<Result<_, Error>>()?,
                })
            }
        }
    };
}

conversions!(tfplugin5);
conversions!(tfplugin6);

impl tfplugin5::schema::Attribute {
    fn kind(&self) -> Result<Kind, Error> {
        type_of(&self.r#type)
    }
}

impl tfplugin6::schema::Attribute {
    fn kind(&self) -> Result<Kind, Error> {
        let Some(nested) = &self.nested_type else { return type_of(&self.r#type) };
        let members = nested
            .attributes
            .iter()
            .map(|attribute| Ok((attribute.name.clone(), attribute.kind()?)))
            .collect::<Result<Vec<_>, Error>>()?;
        Ok(nesting_of(nested.nesting)?.of(Kind::object(members)))
    }
}
