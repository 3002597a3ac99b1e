//! Conversions between protobuf and our model, and the macro for the RPCs of a protocol version.
//!
//! The messages of both versions have the same names and, as far as they are used, the same fields. So everything
//! here is a macro that is expanded once for each generated module. [`convert!`] generates the conversions, which
//! cannot fail and contain no decisions. [`answer!`] generates one method of the generated trait, with the signature
//! that `tonic::async_trait` gives it, so that `v5` and `v6` are plain lists.

use super::rpc::RpcSession;

/// The session of the connection on which a request was received.
pub(super) fn session<T>(request: &tonic::Request<T>) -> Result<RpcSession, tonic::Status> {
    let session = request.extensions().get::<RpcSession>().cloned();
    session.ok_or_else(|| tonic::Status::internal("the request belongs to no connection"))
}

/// The conversions from and to the messages of the module `$proto`.
macro_rules! convert {
    ($proto:ident) => {
        impl From<$proto::DynamicValue> for crate::wire::DynamicValue {
            fn from(value: $proto::DynamicValue) -> Self {
                Self { msgpack: value.msgpack, json: value.json }
            }
        }

        /// A value that may be absent, which is null.
        fn value(value: Option<$proto::DynamicValue>) -> crate::wire::DynamicValue {
            value.map(Into::into).unwrap_or_default()
        }

        /// Whether the client accepts a deferred response.
        fn deferral_allowed(capabilities: Option<$proto::ClientCapabilities>) -> bool {
            capabilities.is_some_and(|capabilities| capabilities.deferral_allowed)
        }

        impl From<crate::diag::Diagnostic> for $proto::Diagnostic {
            fn from(diagnostic: crate::diag::Diagnostic) -> Self {
                let severity = match diagnostic.severity {
                    crate::diag::Severity::Error => $proto::diagnostic::Severity::Error,
                    crate::diag::Severity::Warning => $proto::diagnostic::Severity::Warning,
                };
                Self {
                    severity: severity.into(),
                    summary: diagnostic.summary,
                    detail: diagnostic.detail,
                    attribute: diagnostic.attribute.map(Into::into),
                }
            }
        }

        impl From<crate::value::AttributePath> for $proto::AttributePath {
            fn from(path: crate::value::AttributePath) -> Self {
                use crate::value::Step;
                use $proto::attribute_path::{Step as Message, step::Selector};
                let steps = path.steps().iter().map(|step| Message {
                    selector: Some(match step {
                        Step::Attribute(name) => Selector::AttributeName(name.to_string()),
                        Step::Index(index) => Selector::ElementKeyInt(*index),
                        Step::Key(key) => Selector::ElementKeyString(key.clone()),
                    }),
                });
                Self { steps: steps.collect() }
            }
        }

        impl From<crate::schema::Schema> for $proto::Schema {
            fn from(schema: crate::schema::Schema) -> Self {
                Self { version: schema.version, block: Some(schema.block.into()) }
            }
        }

        impl From<crate::schema::Block> for $proto::schema::Block {
            fn from(block: crate::schema::Block) -> Self {
                Self {
                    attributes: block.attributes.into_iter().map(Into::into).collect(),
                    block_types: block.blocks.into_iter().map(Into::into).collect(),
                    description: block.description.into_owned(),
                    description_kind: $proto::StringKind::Markdown.into(),
                    deprecated: block.deprecation.is_some(),
                    deprecation_message: block.deprecation.unwrap_or_default().into_owned(),
                    ..Self::default()
                }
            }
        }

        impl From<crate::schema::NestedBlock> for $proto::schema::NestedBlock {
            fn from(nested: crate::schema::NestedBlock) -> Self {
                use crate::schema::Nesting;
                use $proto::schema::nested_block::NestingMode;
                let nesting = match nested.nesting {
                    Nesting::List => NestingMode::List,
                    Nesting::Map => NestingMode::Map,
                    Nesting::Set => NestingMode::Set,
                    Nesting::Single => NestingMode::Single,
                };
                Self {
                    type_name: nested.name.into_owned(),
                    block: Some(nested.block.into()),
                    nesting: nesting.into(),
                    min_items: nested.min_items,
                    max_items: nested.max_items,
                }
            }
        }

        impl From<crate::schema::Attribute> for $proto::schema::Attribute {
            fn from(attribute: crate::schema::Attribute) -> Self {
                use crate::schema::Presence;
                let presence = attribute.presence;
                Self {
                    name: attribute.name.into_owned(),
                    r#type: type_expression(&attribute.kind.kind()),
                    description: attribute.description.into_owned(),
                    description_kind: $proto::StringKind::Markdown.into(),
                    required: presence == Presence::Required,
                    optional: matches!(presence, Presence::Optional | Presence::OptionalComputed),
                    computed: matches!(presence, Presence::Computed | Presence::OptionalComputed),
                    sensitive: attribute.sensitive,
                    deprecated: attribute.deprecation.is_some(),
                    deprecation_message: attribute.deprecation.unwrap_or_default().into_owned(),
                    ..Self::default()
                }
            }
        }

        /// The bytes of a type expression.
        fn type_expression(kind: &crate::value::Kind) -> bytes::Bytes {
            kind.to_json().to_string().into()
        }

        /// The provider does not depend on the schema call, so a client that knows the schema may
        /// omit it.
        fn capabilities() -> Option<$proto::ServerCapabilities> {
            Some($proto::ServerCapabilities {
                get_provider_schema_optional: true,
                ..Default::default()
            })
        }

        /// The diagnostics of any response.
        fn messages(diagnostics: crate::diag::Diagnostics) -> Vec<$proto::Diagnostic> {
            diagnostics.into_iter().map(Into::into).collect()
        }

        impl From<crate::plugin::rpc::Metadata> for $proto::get_metadata::Response {
            fn from(metadata: crate::plugin::rpc::Metadata) -> Self {
                let names = metadata.data_sources.into_iter();
                Self {
                    server_capabilities: capabilities(),
                    diagnostics: messages(metadata.diagnostics),
                    data_sources: names
                        .map(|name| $proto::get_metadata::DataSourceMetadata {
                            type_name: name.to_owned(),
                        })
                        .collect(),
                    ..Self::default()
                }
            }
        }

        impl From<crate::plugin::rpc::Schemas> for $proto::get_provider_schema::Response {
            fn from(schemas: crate::plugin::rpc::Schemas) -> Self {
                let data_sources = schemas.data_sources.into_iter();
                Self {
                    provider: schemas.provider.map(Into::into),
                    data_source_schemas: data_sources
                        .map(|(name, schema)| (name.to_owned(), schema.into()))
                        .collect(),
                    diagnostics: messages(schemas.diagnostics),
                    server_capabilities: capabilities(),
                    ..Self::default()
                }
            }
        }

        impl From<crate::plugin::rpc::ReadResult>
            for tonic::Response<$proto::read_data_source::Response>
        {
            fn from(answer: crate::plugin::rpc::ReadResult) -> Self {
                use crate::contract::Deferred;
                use $proto::deferred::Reason;
                let reason = answer.deferred.map(|deferred| match deferred {
                    Deferred::ProviderConfigUnknown => Reason::ProviderConfigUnknown,
                });
                let rest = $proto::read_data_source::Response {
                    state: None,
                    diagnostics: messages(answer.diagnostics),
                    deferred: reason.map(|reason| $proto::Deferred { reason: reason.into() }),
                };
                match answer.state {
                    Some(state) => crate::plugin::state_body::attach(state, &rest),
                    None => Self::new(rest),
                }
            }
        }
    };
}

/// The future of a response.
pub(super) type Answering<'a, T> =
    futures_util::future::BoxFuture<'a, Result<tonic::Response<T>, tonic::Status>>;

/// An RPC that does something: its name, the module of its messages, and the message of the response, or after `=>`
/// the response itself.
macro_rules! answer {
    ($rpc:ident, $module:ident, |$session:ident, $request:pat_param| $answer:expr) => {
        answer!($rpc, $module, |$session, $request| => tonic::Response::new($answer));
    };
    ($rpc:ident, $module:ident, |$session:ident, $request:pat_param| => $response:expr) => {
        fn $rpc<'s, 'f>(
            &'s self,
            request: tonic::Request<proto::$module::Request>,
        ) -> Answering<'f, proto::$module::Response>
        where
            's: 'f,
            Self: 'f,
        {
            Box::pin(async move {
                let $session = session(&request)?;
                let $request = request.into_inner();
                Ok($response)
            })
        }
    };
}

pub(super) use {answer, convert};
