//! The parts of schemas that a client needs to encode a user's configuration.

use std::collections::BTreeMap;

use serde_json::Value as Json;
use terraform_provider_alicloud::{
    value::{Kind, Value},
    wire::{DynamicValue, json},
};

use super::Error;

/// The schemas of a provider.
#[derive(Clone, Debug, Default)]
pub struct Schemas {
    /// The `provider` block.
    pub provider: Block,
    /// The data sources by type name.
    pub data_sources: BTreeMap<String, Block>,
}

impl Schemas {
    /// The schema of a data source.
    pub fn data_source(&self, type_name: &str) -> Result<&Block, Error> {
        self.data_sources
            .get(type_name)
            .ok_or_else(|| format!("the provider has no data source {type_name:?}").into())
    }
}

/// Attributes and nested blocks with their types.
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// Attributes by name.
    pub attributes: BTreeMap<String, Kind>,
    /// Nested blocks by name.
    pub blocks: BTreeMap<String, (Nesting, Self)>,
}

/// How repeated blocks are nested.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Nesting {
    /// In order.
    List,
    /// By key.
    Map,
    /// Without order.
    Set,
    /// At most one, or exactly one.
    Single,
}

impl Nesting {
    /// The type of a collection of `element`.
    pub fn of(self, element: Kind) -> Kind {
        match self {
            Self::List => Kind::list(element),
            Self::Map => Kind::map(element),
            Self::Set => Kind::set(element),
            Self::Single => element,
        }
    }
}

impl Block {
    /// The object type that the block implies.
    pub fn kind(&self) -> Kind {
        let attributes = self.attributes.iter().map(|(name, kind)| (name.clone(), kind.clone()));
        let blocks = self
            .blocks
            .iter()
            .map(|(name, (nesting, block))| (name.clone(), nesting.of(block.kind())));
        Kind::object(attributes.chain(blocks))
    }

    /// A block as Terraform sends it: what `config` leaves out is null, and repeated blocks that it
    /// leaves out are empty.
    pub fn encode(&self, config: &Json) -> Result<DynamicValue, Error> {
        let kind = self.kind();
        let value = json::from_json(self.filled(config.clone()), &kind)?;
        Ok(DynamicValue::encode(&value, &kind)?)
    }

    /// The block without arguments.
    pub fn empty(&self) -> Result<Value, Error> {
        Ok(json::from_json(self.filled(Json::Object(serde_json::Map::new())), &self.kind())?)
    }

    fn filled(&self, mut config: Json) -> Json {
        let Some(members) = config.as_object_mut() else { return config };
        for (name, (nesting, block)) in &self.blocks {
            let given = members.remove(name).unwrap_or(Json::Null);
            let filled = match (nesting, given) {
                (Nesting::List | Nesting::Set, Json::Null) => Json::Array(Vec::new()),
                (Nesting::Map, Json::Null) => Json::Object(serde_json::Map::new()),
                (Nesting::List | Nesting::Set, Json::Array(blocks)) => {
                    blocks.into_iter().map(|config| block.filled(config)).collect()
                }
                (Nesting::Single, config) => block.filled(config),
                (_, config) => config,
            };
            members.insert(name.clone(), filled);
        }
        config
    }
}
