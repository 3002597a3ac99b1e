//! One model of Terraform's values for every protocol version.
//!
//! A [`Value`] is the content of an attribute, a block or a whole configuration; a [`Kind`] is its type; an
//! [`AttributePath`] is its place. The model is independent of the encodings, which are in `wire`. Numbers keep every
//! digit, and an unknown value keeps what is already known about it.
//!
//! ```
//! use terraform_provider_alicloud::value::Value;
//!
//! let block = Value::object([
//!     ("owners", Value::from("system")),
//!     ("name_regex", Value::UNKNOWN),
//!     ("limit", Value::Null),
//! ]);
//! assert_eq!(block.attribute("owners").as_str(), Some("system"));
//! assert!(block.attribute("limit").is_null());
//! assert!(block.attribute("name_regex").is_unknown() && !block.is_wholly_known());
//! ```

mod kind;
mod number;

use std::{borrow::Cow, collections::BTreeMap, fmt, sync::Arc};

use zeroize::{Zeroize, Zeroizing};

pub use kind::Kind;
pub use number::{NotANumber, Number};

/// A value of any type, known or not.
///
/// Text is shared: cloning a `Value::String` copies no bytes.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `true` or `false`.
    Bool(bool),
    /// A value whose type the schema leaves open, together with that type.
    Dynamic(Box<(Kind, Self)>),
    /// Elements of one type, in order.
    List(Vec<Self>),
    /// Elements of one type, by key.
    Map(BTreeMap<Arc<str>, Self>),
    /// No value: not set, or absent.
    Null,
    /// A number.
    Number(Number),
    /// Named attributes.
    Object(Object),
    /// Elements of one type, without order or repetition.
    Set(Vec<Self>),
    /// Text.
    String(Arc<str>),
    /// Elements that each have their own type.
    Tuple(Vec<Self>),
    /// Not known yet, with what is already known about it, if anything.
    Unknown(Option<Box<Refinements>>),
}

/// What Terraform already knows about a value that it does not know.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Refinements {
    /// `Some(false)`: certainly not null; `Some(true)`: certainly null.
    pub null: Option<bool>,
    /// A text that the value begins with.
    pub prefix: Option<Arc<str>>,
    /// The lowest number it can be, and whether that number itself is possible.
    pub lower: Option<(Number, bool)>,
    /// The highest number it can be, and whether that number itself is possible.
    pub upper: Option<(Number, bool)>,
    /// The fewest elements it can have.
    pub min_length: Option<i64>,
    /// The most elements it can have.
    pub max_length: Option<i64>,
}

impl Value {
    /// A value about which nothing is known.
    pub const UNKNOWN: Self = Self::Unknown(None);

    /// Text.
    pub fn string(text: impl Into<Arc<str>>) -> Self {
        Self::String(text.into())
    }

    /// An object with these attributes.
    pub fn object<N: Into<Cow<'static, str>>>(
        attributes: impl IntoIterator<Item = (N, Self)>,
    ) -> Self {
        Self::Object(attributes.into_iter().map(|(name, value)| (name.into(), value)).collect())
    }

    /// Whether the value is [`Value::Null`].
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Whether the value itself is unknown. Its parts may be unknown even if it is not: see
    /// [`Value::is_wholly_known`].
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown(_))
    }

    /// Whether neither the value nor any part of it is unknown.
    pub fn is_wholly_known(&self) -> bool {
        match self {
            Self::Unknown(_) => false,
            Self::Bool(_) | Self::Null | Self::Number(_) | Self::String(_) => true,
            Self::Dynamic(typed) => typed.1.is_wholly_known(),
            Self::List(elements) | Self::Set(elements) | Self::Tuple(elements) => {
                elements.iter().all(Self::is_wholly_known)
            }
            Self::Map(elements) => elements.values().all(Self::is_wholly_known),
            Self::Object(object) => object.iter().all(|(_, value)| value.is_wholly_known()),
        }
    }

    /// The text of a known string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The truth of a known bool.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(truth) => Some(*truth),
            _ => None,
        }
    }

    /// The number of a known number.
    pub fn as_number(&self) -> Option<&Number> {
        match self {
            Self::Number(number) => Some(number),
            _ => None,
        }
    }

    /// The attributes of a known object.
    pub fn as_object(&self) -> Option<&Object> {
        match self {
            Self::Object(object) => Some(object),
            _ => None,
        }
    }

    /// The elements of a known map.
    pub fn as_map(&self) -> Option<&BTreeMap<Arc<str>, Self>> {
        match self {
            Self::Map(elements) => Some(elements),
            _ => None,
        }
    }

    /// The elements of a known list, set or tuple.
    pub fn as_elements(&self) -> Option<&[Self]> {
        match self {
            Self::List(elements) | Self::Set(elements) | Self::Tuple(elements) => Some(elements),
            _ => None,
        }
    }

    /// The attribute `name` of an object; null if the value is not an object, such as a block that
    /// is not there.
    ///
    /// Configurations carry every declared attribute, so null means that the user gave nothing.
    ///
    /// # Panics
    ///
    /// In debug builds, if the object has no attribute of that name: the schema does not have it,
    /// so the name is misspelled, and would read as something that no user ever gives.
    #[track_caller]
    pub fn attribute(&self, name: &str) -> &Self {
        let Some(object) = self.as_object() else { return &Self::Null };
        let found = object.get(name);
        debug_assert!(found.is_some(), "the object has no attribute {name:?}");
        found.unwrap_or(&Self::Null)
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}

impl From<i64> for Value {
    fn from(integer: i64) -> Self {
        Self::Number(integer.into())
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::string(text)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::string(text)
    }
}

impl From<Arc<str>> for Value {
    fn from(text: Arc<str>) -> Self {
        Self::String(text)
    }
}

/// The attributes of an object, sorted by name.
///
/// The names are stored separately from the values and shared, so that ten thousand objects of one
/// type have one list of names.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Object {
    names: Names,
    values: Vec<Value>,
}

/// The sorted names of an object's attributes, to be shared among objects of one type.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Names(Arc<[Cow<'static, str>]>);

impl Names {
    /// Sorts the names and drops repetitions.
    pub fn new<N: Into<Cow<'static, str>>>(names: impl IntoIterator<Item = N>) -> Self {
        let mut names: Vec<Cow<'static, str>> = names.into_iter().map(Into::into).collect();
        names.sort_unstable();
        names.dedup();
        Self(names.into())
    }
}

impl Object {
    /// An object from shared names and one value for each, in the order of the names.
    ///
    /// `None` where the counts differ.
    pub fn with_names(names: &Names, values: Vec<Value>) -> Option<Self> {
        (names.0.len() == values.len()).then(|| Self { names: names.clone(), values })
    }

    /// The attribute `name`.
    pub fn get(&self, name: &str) -> Option<&Value> {
        let position = self.names.0.binary_search_by(|known| known.as_ref().cmp(name)).ok()?;
        self.values.get(position)
    }

    /// The attributes in the order of their names.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Cow<'static, str>, &Value)> {
        self.names.0.iter().zip(&self.values)
    }
}

impl FromIterator<(Cow<'static, str>, Value)> for Object {
    /// Sorts by name; of several attributes with the same name, the last one is kept.
    fn from_iter<I: IntoIterator<Item = (Cow<'static, str>, Value)>>(attributes: I) -> Self {
        let sorted: BTreeMap<Cow<'static, str>, Value> = attributes.into_iter().collect();
        let (names, values): (Vec<_>, Vec<_>) = sorted.into_iter().unzip();
        Self { names: Names(names.into()), values }
    }
}

/// A value with secrets in it, such as the `provider` block with its access key.
///
/// It does not implement `Debug`, so it cannot be logged, and its texts are overwritten when it is
/// dropped. A text that is still shared is not overwritten: the code that cloned it is responsible
/// for it.
pub struct Sensitive(Zeroizing<Value>);

impl Sensitive {
    /// The value itself, for the code that reads its parts.
    pub fn expose(&self) -> &Value {
        &self.0
    }
}

impl From<Value> for Sensitive {
    fn from(value: Value) -> Self {
        Self(Zeroizing::new(value))
    }
}

/// Overwrites the texts at every depth, except those that are still shared.
impl Zeroize for Value {
    fn zeroize(&mut self) {
        match self {
            Self::Bool(_) | Self::Null | Self::Number(_) | Self::Unknown(_) => {}
            Self::Dynamic(typed) => typed.1.zeroize(),
            Self::List(elements) | Self::Set(elements) | Self::Tuple(elements) => {
                elements.iter_mut().for_each(Self::zeroize);
            }
            Self::Map(elements) => elements.values_mut().for_each(Self::zeroize),
            Self::Object(object) => object.values.iter_mut().for_each(Self::zeroize),
            Self::String(text) => {
                if let Some(text) = Arc::get_mut(text) {
                    text.zeroize();
                }
            }
        }
    }
}

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

/// The path from the root of a block to a value, outermost step first.
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

#[cfg(test)]
mod tests {
    use zeroize::{Zeroize, ZeroizeOnDrop};

    use super::{Kind, Names, Object, Sensitive, Value};

    #[test]
    fn attributes_are_found_by_name_whatever_their_order() {
        let object = Value::object([("b", Value::from(true)), ("a", Value::from(1))]);
        assert_eq!(object.attribute("a"), &Value::from(1));
        assert_eq!(object.attribute("b"), &Value::from(true));
        assert_eq!(Value::Null.attribute("a"), &Value::Null);
    }

    #[test]
    #[cfg_attr(debug_assertions, should_panic(expected = "no attribute \"c\""))]
    fn a_name_that_the_schema_does_not_have_fails_loudly_in_tests() {
        let object = Value::object([("a", Value::from(1))]);
        assert_eq!(object.attribute("c"), &Value::Null);
    }

    #[test]
    fn shared_names_give_the_same_object() {
        let names = Names::new(["b", "a"]);
        let shared = Object::with_names(&names, vec![1.into(), true.into()]).unwrap();
        assert_eq!(
            Value::Object(shared),
            Value::object([("b", Value::from(true)), ("a", Value::from(1))])
        );
        assert!(Object::with_names(&names, vec![]).is_none());
    }

    #[test]
    fn an_unknown_part_is_seen_at_any_depth() {
        let deep = Value::List(vec![Value::object([("a", Value::UNKNOWN)])]);
        assert!(!deep.is_unknown());
        let map = |value| Value::Map([("k".into(), value)].into());
        let dynamic = |value| Value::Dynamic(Box::new((Kind::map(Kind::Bool), value)));
        for unknown in [deep, map(Value::UNKNOWN), dynamic(map(Value::UNKNOWN))] {
            assert!(!unknown.is_wholly_known(), "{unknown:?}");
        }
        for known in [Value::List(vec![Value::Null]), map(true.into()), dynamic(map(true.into()))] {
            assert!(known.is_wholly_known(), "{known:?}");
        }
    }

    #[test]
    fn texts_are_overwritten_at_every_depth() {
        let mut value = Value::object([
            ("a", Value::from("secret")),
            ("b", Value::Set(vec![Value::object([("c", Value::from("secret"))])])),
            ("d", Value::Map([("key".into(), Value::from("secret"))].into())),
        ]);
        value.zeroize();
        let wiped = format!("{value:?}");
        assert!(!wiped.contains("secret"), "{wiped}");
        assert_eq!(value.attribute("a").as_str(), Some("\0\0\0\0\0\0"));
    }

    #[test]
    fn a_sensitive_value_is_overwritten_when_it_is_dropped() {
        fn is_wiped<T: ZeroizeOnDrop>(_: &T) {}
        is_wiped(&Sensitive::from(Value::from("secret")).0);
    }

    #[test]
    fn a_string_that_is_still_shared_is_kept() {
        let shared = Value::from("shared");
        drop(Sensitive::from(shared.clone()));
        assert_eq!(shared.as_str(), Some("shared"));
    }
}
