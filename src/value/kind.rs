//! The types of values, and Terraform's JSON spelling of them.
//!
//! A schema declares them; both encodings of values need them, since neither msgpack nor JSON says
//! whether a sequence is a list, a set or a tuple.

use std::{borrow::Cow, collections::BTreeMap};

use serde_json::Value as Json;

use super::Value;

/// The type of a [`Value`], as a schema declares it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Kind {
    /// `true` or `false`.
    Bool,
    /// Any type; the value contains its type.
    Dynamic,
    /// A list of values of one type.
    List(Box<Self>),
    /// A map from text to values of one type.
    Map(Box<Self>),
    /// A number of any length.
    Number,
    /// An object: a fixed set of named attributes.
    Object(BTreeMap<Cow<'static, str>, Self>),
    /// A set of values of one type.
    Set(Box<Self>),
    /// Unicode text.
    String,
    /// A fixed sequence of values, each with its own type.
    Tuple(Vec<Self>),
}

/// How deep a type may be nested, when read from bytes from outside.
const MAX_DEPTH: usize = 64;

impl Kind {
    /// A list of `element`.
    pub fn list(element: Self) -> Self {
        Self::List(Box::new(element))
    }

    /// A map of `element`.
    pub fn map(element: Self) -> Self {
        Self::Map(Box::new(element))
    }

    /// A set of `element`.
    pub fn set(element: Self) -> Self {
        Self::Set(Box::new(element))
    }

    /// An object with these attributes.
    pub fn object<N: Into<Cow<'static, str>>>(
        attributes: impl IntoIterator<Item = (N, Self)>,
    ) -> Self {
        Self::Object(attributes.into_iter().map(|(name, kind)| (name.into(), kind)).collect())
    }

    /// Terraform's JSON spelling: `"string"`, `["list","string"]`, `["object",{"a":"bool"}]`.
    ///
    /// ```
    /// use terraform_provider_alicloud::value::Kind;
    ///
    /// assert_eq!(Kind::list(Kind::String).to_json().to_string(), r#"["list","string"]"#);
    /// ```
    pub fn to_json(&self) -> Json {
        match self {
            Self::Bool => "bool".into(),
            Self::Dynamic => "dynamic".into(),
            Self::List(element) => Json::Array(vec!["list".into(), element.to_json()]),
            Self::Map(element) => Json::Array(vec!["map".into(), element.to_json()]),
            Self::Number => "number".into(),
            Self::Object(attributes) => {
                let members =
                    attributes.iter().map(|(name, kind)| (name.to_string(), kind.to_json()));
                Json::Array(vec!["object".into(), Json::Object(members.collect())])
            }
            Self::Set(element) => Json::Array(vec!["set".into(), element.to_json()]),
            Self::String => "string".into(),
            Self::Tuple(elements) => {
                Json::Array(vec!["tuple".into(), elements.iter().map(Self::to_json).collect()])
            }
        }
    }

    /// A value of this type with every attribute that the type declares, as clients send it:
    /// attributes that an object omits are null.
    ///
    /// ```
    /// use terraform_provider_alicloud::value::{Kind, Value};
    ///
    /// let kind = Kind::object([("name", Kind::String), ("size", Kind::Number)]);
    /// let given = Value::object([("name", Value::from("web"))]);
    /// let complete = Value::object([("name", Value::from("web")), ("size", Value::Null)]);
    /// assert_eq!(kind.complete(given), complete);
    /// ```
    #[must_use]
    pub fn complete(&self, value: Value) -> Value {
        let all = |kind: &Self, elements: Vec<Value>| {
            elements.into_iter().map(|element| kind.complete(element)).collect()
        };
        match (self, value) {
            (Self::List(kind) | Self::Set(kind), Value::List(elements)) => {
                Value::List(all(kind, elements))
            }
            (Self::List(kind) | Self::Set(kind), Value::Set(elements)) => {
                Value::Set(all(kind, elements))
            }
            (Self::Object(kinds), Value::Object(object)) => {
                let mut attributes: BTreeMap<_, _> =
                    kinds.keys().map(|name| (name.clone(), Value::Null)).collect();
                for (name, value) in object.iter() {
                    let kind = kinds.get(name);
                    let value =
                        kind.map_or_else(|| value.clone(), |kind| kind.complete(value.clone()));
                    attributes.insert(name.clone(), value);
                }
                Value::object(attributes)
            }
            (_, value) => value,
        }
    }

    /// Reads Terraform's JSON format. `None` if it is not valid, or nested deeper than 64 levels.
    ///
    /// The third member of an object type, which names optional attributes, is understood and
    /// dropped: it matters to type constraints only.
    pub fn from_json(json: &Json) -> Option<Self> {
        Self::from_json_within(json, MAX_DEPTH)
    }

    fn from_json_within(json: &Json, depth: usize) -> Option<Self> {
        let depth = depth.checked_sub(1)?;
        match json {
            Json::String(name) => Some(match name.as_str() {
                "bool" => Self::Bool,
                "dynamic" => Self::Dynamic,
                "number" => Self::Number,
                "string" => Self::String,
                _ => return None,
            }),
            Json::Array(parts) => match (parts.first()?.as_str()?, parts.get(1)?, parts.get(2)) {
                ("list", element, None) => Self::from_json_within(element, depth).map(Self::list),
                ("map", element, None) => Self::from_json_within(element, depth).map(Self::map),
                ("set", element, None) => Self::from_json_within(element, depth).map(Self::set),
                ("object", Json::Object(members), None | Some(Json::Array(_))) => members
                    .iter()
                    .map(|(name, kind)| {
                        Some((Cow::Owned(name.clone()), Self::from_json_within(kind, depth)?))
                    })
                    .collect::<Option<_>>()
                    .map(Self::Object),
                ("tuple", Json::Array(elements), None) => elements
                    .iter()
                    .map(|element| Self::from_json_within(element, depth))
                    .collect::<Option<_>>()
                    .map(Self::Tuple),
                _ => None,
            },
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::Object(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Kind;

    #[test]
    fn json_types_round_trip() {
        for text in [
            r#""dynamic""#,
            r#"["set",["map","number"]]"#,
            r#"["object",{"a":["list","string"],"b":"bool"}]"#,
            r#"["tuple",["string",["tuple",[]]]]"#,
        ] {
            let kind = Kind::from_json(&serde_json::from_str(text).unwrap()).unwrap();
            assert_eq!(kind.to_json().to_string(), text);
        }
    }

    #[test]
    fn optional_attributes_of_a_constraint_are_dropped() {
        let json = serde_json::json!(["object", { "a": "string" }, ["a"]]);
        assert_eq!(Kind::from_json(&json), Some(Kind::object([("a", Kind::String)])));
    }

    #[test]
    fn invalid_types_are_rejected() {
        for text in [
            "1",
            "null",
            r#""text""#,
            "[]",
            r#"["list"]"#,
            r#"["list","string",1]"#,
            r#"["tuple","string"]"#,
        ] {
            assert_eq!(Kind::from_json(&serde_json::from_str(text).unwrap()), None, "{text}");
        }
        let deep = format!("{}\"string\"{}", r#"["list","#.repeat(100), "]".repeat(100));
        assert_eq!(Kind::from_json(&serde_json::from_str(&deep).unwrap()), None);
    }
}
