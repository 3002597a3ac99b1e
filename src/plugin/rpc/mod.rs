//! What each RPC does, in neutral terms; `v5` and `v6` put it into the words of a protocol version.
//!
//! Every RPC is logged, and a panic in it becomes a diagnostic: the process lives on.

mod configure;
mod metadata;
mod observe;
mod read_data_source;
mod schema;
mod stop;
mod unsupported;
mod validate;

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

pub(super) use self::{metadata::Metadata, read_data_source::ReadAnswer, schema::Schemas};
use super::{About, World, handshake::Protocol};
use crate::{
    contract::{DataSource, Provider},
    diag::Diagnostic,
    value::{AttributePath, Kind, Value},
    wire::DynamicValue,
};

/// One provider, served under one protocol version.
#[derive(Clone)]
pub(super) struct Service(Arc<Served>);

struct Served {
    provider: Arc<dyn Provider>,
    about: About,
    protocol: Protocol,
    world: World,
    /// Made when first needed: most processes serve no data source.
    data_sources: OnceLock<BTreeMap<&'static str, Source>>,
    /// The type of the `provider` block.
    provider_kind: OnceLock<Kind>,
}

/// A data source and what is kept about it.
struct Source {
    data_source: Arc<dyn DataSource>,
    kind: OnceLock<Arc<Kind>>,
}

impl Service {
    pub(super) fn new(
        provider: Arc<dyn Provider>,
        about: &About,
        protocol: Protocol,
        world: &World,
    ) -> Self {
        Self(Arc::new(Served {
            provider,
            about: *about,
            protocol,
            world: world.clone(),
            data_sources: OnceLock::new(),
            provider_kind: OnceLock::new(),
        }))
    }

    fn provider_kind(&self) -> &Kind {
        self.0.provider_kind.get_or_init(|| self.0.provider.schema().kind())
    }

    fn data_source(&self, type_name: &str) -> Result<&Source, Diagnostic> {
        let sources = self.0.data_sources.get_or_init(|| {
            let sources = self.0.provider.data_sources().into_iter();
            let kept =
                |data_source: Arc<dyn DataSource>| Source { data_source, kind: OnceLock::new() };
            sources.map(|source| (source.name(), kept(source))).collect()
        });
        sources.get(type_name).ok_or_else(|| {
            Diagnostic::error(
                "Unknown data source type",
                format!("This provider has no data source of type {type_name:?}."),
            )
        })
    }
}

impl Source {
    fn kind(&self) -> &Arc<Kind> {
        self.kind.get_or_init(|| Arc::new(self.data_source.schema().kind()))
    }
}

/// Decodes a block. What cannot be decoded is a diagnostic at the attribute at fault.
fn decode(config: &DynamicValue, kind: &Kind) -> Result<Value, Diagnostic> {
    config.decode(kind).map_err(|error| {
        let diagnostic = Diagnostic::error(
            "Configuration cannot be read",
            format!("What was sent does not fit the schema: {error}."),
        );
        if error.path() == AttributePath::default() {
            return diagnostic;
        }
        diagnostic.at(error.path())
    })
}
