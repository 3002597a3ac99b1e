//! What a block may contain: attributes, nested blocks, and everything that Terraform shows about
//! them.
//!
//! A schema is written once, in this neutral form, and served under both protocol versions. It says
//! nothing about meaning: rules between arguments belong to the data source or the provider.
//!
//! ```
//! use terraform_provider_alicloud::{
//!     schema::{Attribute, Block, Presence, Schema},
//!     value::Kind,
//! };
//!
//! let region = Attribute::new("region", Kind::String, Presence::Optional, "The region.");
//! let schema = Schema { version: 0, block: Block { attributes: vec![region], ..Block::default() } };
//! assert_eq!(schema.kind(), Kind::object([("region", Kind::String)]));
//! ```

use std::borrow::Cow;

use crate::value::Kind;

/// The schema of a provider or a data source.
#[derive(Clone, Debug, PartialEq)]
pub struct Schema {
    /// Version of the state's shape; data sources have no use for it.
    pub version: i64,
    /// The root block.
    pub block: Block,
}

/// Attributes and nested blocks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Block {
    /// The attributes, in the order in which they are documented.
    pub attributes: Vec<Attribute>,
    /// The nested blocks, in the order in which they are documented.
    pub blocks: Vec<NestedBlock>,
    /// What the block is for, in Markdown.
    pub description: Cow<'static, str>,
    /// Why the block should not be used any more, and what to use; `None` if it may be.
    pub deprecation: Option<Cow<'static, str>>,
}

/// One attribute.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    /// The name.
    pub name: Cow<'static, str>,
    /// The type.
    pub kind: AttributeKind,
    /// Who gives the value.
    pub presence: Presence,
    /// Whether Terraform hides the value in its output.
    pub sensitive: bool,
    /// What the attribute means, in Markdown.
    pub description: Cow<'static, str>,
    /// Why the attribute should not be used any more, and what to use; `None` if it may be.
    pub deprecation: Option<Cow<'static, str>>,
}

/// The type of an attribute.
#[derive(Clone, Debug, PartialEq)]
pub enum AttributeKind {
    /// An object or a collection of objects whose attributes are described one by one, for the
    /// documentation. Clients are served the plain type: Terraform's `override_data` and
    /// `mock_provider` cannot fill nested attributes.
    Nested {
        /// One object, or the kind of collection.
        nesting: Nesting,
        /// The attributes of each object.
        attributes: Vec<Attribute>,
    },
    /// A plain type.
    Plain(Kind),
}

/// Who gives the value of an attribute.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Presence {
    /// The provider.
    Computed,
    /// The user, if they like.
    Optional,
    /// The user, if they like; else the provider.
    OptionalComputed,
    /// The user, always.
    Required,
}

/// A block inside a block.
#[derive(Clone, Debug, PartialEq)]
pub struct NestedBlock {
    /// The keyword that opens the block.
    pub name: Cow<'static, str>,
    /// Its content.
    pub block: Block,
    /// How repeated blocks are nested.
    pub nesting: Nesting,
    /// The fewest blocks allowed.
    pub min_items: i64,
    /// The most blocks allowed; 0 for any number.
    pub max_items: i64,
}

/// How repeated objects or blocks are nested.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Nesting {
    /// Any number, in order.
    List,
    /// Any number, by key.
    Map,
    /// Any number, without order.
    Set,
    /// At most one.
    Single,
}

impl Schema {
    /// The schema as clients see it: the reason why an attribute should not be used any more is part
    /// of its description, since editors and generated documentation show nothing else of it.
    #[must_use]
    pub fn with_explained_deprecations(mut self) -> Self {
        self.block.each_attribute(&mut |attribute| {
            if let Some(reason) = &attribute.deprecation {
                attribute.description =
                    format!("{} **Deprecated:** {reason}", attribute.description).into();
            }
        });
        self
    }

    /// The same schema without any attribute marked as deprecated. Clients warn about a marked attribute of a data
    /// source whenever the whole object is used, even if it is not set.
    #[must_use]
    pub fn without_deprecation_marks(mut self) -> Self {
        self.block.each_attribute(&mut |attribute| attribute.deprecation = None);
        self
    }

    /// The type of the configuration and of the state.
    pub fn kind(&self) -> Kind {
        self.block.kind()
    }
}

impl NestedBlock {
    /// An optional block with these `attributes`; `max_items` is 0 for any number of blocks.
    pub fn new(
        name: &'static str,
        nesting: Nesting,
        max_items: i64,
        description: &'static str,
        attributes: Vec<Attribute>,
    ) -> Self {
        let block = Block { attributes, description: description.into(), ..Block::default() };
        Self { name: name.into(), block, nesting, min_items: 0, max_items }
    }

    /// The type of all the blocks of this name together.
    pub fn kind(&self) -> Kind {
        self.nesting.of(self.block.kind())
    }
}

impl Block {
    /// Calls a function for every attribute of the block and of its nested blocks.
    fn each_attribute(&mut self, change: &mut dyn FnMut(&mut Attribute)) {
        self.attributes.iter_mut().for_each(&mut *change);
        for nested in &mut self.blocks {
            nested.block.each_attribute(change);
        }
    }

    /// The object type that the block implies.
    pub fn kind(&self) -> Kind {
        let attributes =
            self.attributes.iter().map(|attribute| (attribute.name.clone(), attribute.kind.kind()));
        let blocks = self.blocks.iter().map(|nested| (nested.name.clone(), nested.kind()));
        Kind::object(attributes.chain(blocks))
    }
}

impl Attribute {
    /// A plain attribute of this name, type and presence, with its description.
    pub fn new(
        name: impl Into<Cow<'static, str>>,
        kind: Kind,
        presence: Presence,
        description: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            name: name.into(),
            kind: AttributeKind::Plain(kind),
            presence,
            sensitive: false,
            description: description.into(),
            deprecation: None,
        }
    }

    /// The same attribute, hidden in Terraform's output.
    #[must_use]
    pub fn sensitive(mut self) -> Self {
        self.sensitive = true;
        self
    }

    /// The same attribute, marked as outdated, with what to use instead.
    #[must_use]
    pub fn deprecated(mut self, message: impl Into<Cow<'static, str>>) -> Self {
        self.deprecation = Some(message.into());
        self
    }
}

impl AttributeKind {
    /// The plain type.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Nested { nesting, attributes } => {
                let members = attributes
                    .iter()
                    .map(|attribute| (attribute.name.clone(), attribute.kind.kind()));
                nesting.of(Kind::object(members))
            }
            Self::Plain(kind) => kind.clone(),
        }
    }
}

impl Nesting {
    /// The type of a collection of `element`.
    fn of(self, element: Kind) -> Kind {
        match self {
            Self::List => Kind::list(element),
            Self::Map => Kind::map(element),
            Self::Set => Kind::set(element),
            Self::Single => element,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema() -> Schema {
        let old = || {
            Attribute::new("old", Kind::Bool, Presence::Optional, "It was good.")
                .deprecated("Use `new`.")
        };
        let nested = NestedBlock::new("nested", Nesting::List, 0, "", vec![old()]);
        let block = Block { attributes: vec![old()], blocks: vec![nested], ..Block::default() };
        Schema { version: 0, block }
    }

    #[test]
    fn the_reason_of_a_deprecation_outlives_its_mark() {
        let served = schema().with_explained_deprecations();
        let unmarked = served.clone().without_deprecation_marks();
        for (schema, is_marked) in [(served, true), (unmarked, false)] {
            for attribute in
                [&schema.block.attributes[0], &schema.block.blocks[0].block.attributes[0]]
            {
                assert_eq!(attribute.description, "It was good. **Deprecated:** Use `new`.");
                assert_eq!(attribute.deprecation.is_some(), is_marked);
            }
        }
    }
}
