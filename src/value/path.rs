//! Where in a configuration a value stands.

use std::{borrow::Cow, fmt};

/// One step into a value.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum Step {
    /// Into an attribute or a block type, by its name.
    Attribute(Cow<'static, str>),
    /// Into an element of a list, counted from 0.
    Index(i64),
    /// Into an element of a map, by its key.
    Key(String),
}

/// The way from the root of a block to a value, outermost step first.
///
/// Elements of a set have no step of their own: a path into a set ends at the set.
///
/// ```
/// use terraform_provider_alicloud::value::AttributePath;
///
/// let path = AttributePath::attribute("filter").index(0).child("name");
/// assert_eq!(path.to_string(), "filter[0].name");
/// ```
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub struct AttributePath(Vec<Step>);

impl AttributePath {
    /// A path to the attribute or block `name` of the root.
    pub fn attribute(name: impl Into<Cow<'static, str>>) -> Self {
        Self::default().child(name)
    }

    /// The path to the attribute `name` of the value at this path.
    #[must_use]
    pub fn child(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.0.push(Step::Attribute(name.into()));
        self
    }

    /// The path to the element `index` of the list at this path.
    #[must_use]
    pub fn index(mut self, index: i64) -> Self {
        self.0.push(Step::Index(index));
        self
    }

    /// The path to the element `key` of the map at this path.
    #[must_use]
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.0.push(Step::Key(key.into()));
        self
    }

    /// The steps, outermost first.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }
}

impl fmt::Display for AttributePath {
    /// Prints the path as it would be written in a configuration: `filter[0].name`, `tags["a"]`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.0.iter().enumerate() {
            match step {
                Step::Attribute(name) if position == 0 => write!(f, "{name}")?,
                Step::Attribute(name) => write!(f, ".{name}")?,
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Key(key) => write!(f, "[{key:?}]")?,
            }
        }
        Ok(())
    }
}
