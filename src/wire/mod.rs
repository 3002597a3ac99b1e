//! How values are transferred: protobuf messages, and the two encodings that a [`DynamicValue`] may have.
//!
//! Encoding and decoding are driven by a [`Kind`], never by the bytes alone:
//! the bytes do not distinguish a list from a set, or a map from an object. The module does not depend
//! on RPCs and makes no decisions: a value that does not match the type is reported with its [`AttributePath`].
//!
//! ```
//! use terraform_provider_alicloud::{value::{Kind, Value}, wire::DynamicValue};
//!
//! let kind = Kind::object([("name", Kind::String)]);
//! let value = Value::object([("name", Value::from("web"))]);
//! let sent = DynamicValue::encode(&value, &kind).unwrap();
//! assert_eq!(sent.decode(&kind).unwrap(), value);
//! ```
//!
//! A value that does not match is refused with its place:
//!
//! ```
//! use terraform_provider_alicloud::{value::Kind, wire::json};
//!
//! let kind = Kind::list(Kind::object([("size", Kind::Number)]));
//! let error = json::decode(br#"[{ "size": 1 }, { "size": "large" }]"#, &kind).unwrap_err();
//! assert_eq!(error.path().to_string(), "[1].size");
//! ```

pub mod json;
pub mod msgpack;

use std::fmt;

use bytes::Bytes;

use crate::value::{AttributePath, Kind, Step, Value};

/// How deep a value may be nested, in either encoding. Schemas nest a handful of levels; the limit
/// keeps hostile bytes from exhausting the stack.
pub const MAX_DEPTH: usize = 100;

/// How many values one message may hold, which bounds the memory that a small message can claim.
pub const MAX_VALUES: usize = 16_000_000;

/// The message of this name, in which both protocol versions carry values: in one of two encodings,
/// or absent.
///
/// The two generated messages of this name convert to it without a copy.
#[derive(Clone, Default, Eq, PartialEq)]
pub struct DynamicValue {
    /// The msgpack encoding; empty if not used.
    pub msgpack: Bytes,
    /// The JSON encoding; empty if not used.
    pub json: Bytes,
}

/// Shows only its length, because it may be the `provider` block, which contains secrets.
impl fmt::Debug for DynamicValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { msgpack, json } = self;
        write!(f, "DynamicValue ({} bytes of msgpack, {} of JSON)", msgpack.len(), json.len())
    }
}

impl DynamicValue {
    /// Encodes in msgpack, the only encoding that every client accepts in a response.
    ///
    /// # Errors
    ///
    /// If `value` is not of type `kind`.
    pub fn encode(value: &Value, kind: &Kind) -> Result<Self, Error> {
        Ok(Self { msgpack: msgpack::encode(value, kind)?.into(), json: Bytes::new() })
    }

    /// Decodes msgpack if there is any, else JSON; without either the value is null.
    ///
    /// # Errors
    ///
    /// If the bytes are not a value of type `kind`.
    pub fn decode(&self, kind: &Kind) -> Result<Value, Error> {
        if !self.msgpack.is_empty() {
            return msgpack::decode(&self.msgpack, kind);
        }
        if !self.json.is_empty() {
            return json::decode(&self.json, kind);
        }
        Ok(Value::Null)
    }
}

/// The reason that a value could not be encoded or decoded, and the attribute.
#[derive(Debug, Eq, PartialEq)]
pub struct Error {
    /// Innermost step first: the path is built while the error is passed outward.
    steps: Vec<Step>,
    defect: Defect,
}

/// What is wrong.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Defect {
    /// An object has an attribute that its type does not have.
    #[error("the attribute {0:?} is not in the schema")]
    ExtraAttribute(String),
    /// The bytes are not JSON.
    #[error("not valid JSON: {0}")]
    InvalidJson(String),
    /// The bytes are not msgpack: an unassigned marker, or a length with no bytes behind it.
    #[error("not valid msgpack")]
    InvalidMsgpack,
    /// A number that is not valid, or has too many digits.
    #[error("not a number, or one with too many digits")]
    InvalidNumber,
    /// A type expression that is not valid.
    #[error("not a valid type expression")]
    InvalidType,
    /// Text that is not UTF-8.
    #[error("text that is not UTF-8")]
    InvalidUtf8,
    /// An object has an attribute twice.
    #[error("the attribute {0:?} occurs twice")]
    RepeatedAttribute(String),
    /// A value nested deeper than [`MAX_DEPTH`].
    #[error("nested deeper than {} levels", MAX_DEPTH)]
    TooDeep,
    /// More values than [`MAX_VALUES`], or a part longer than 4 GiB.
    #[error("more values than one message may hold")]
    TooLarge,
    /// Bytes after the end of the value.
    #[error("bytes after the end of the value")]
    TrailingBytes,
    /// A value of another type than the schema's.
    #[error("{expected} expected, {found} found")]
    TypeMismatch {
        /// The type in the schema.
        expected: &'static str,
        /// The type that was found.
        found: &'static str,
    },
    /// JSON cannot represent infinity.
    #[error("JSON has no infinity")]
    UnsayableInfinity,
    /// JSON cannot represent unknown values.
    #[error("JSON has no unknown values")]
    UnsayableUnknown,
    /// A tuple of another length than its type's.
    #[error("a tuple of {expected} elements expected, {found} found")]
    WrongLength {
        /// The length of the type.
        expected: usize,
        /// The length of the value.
        found: usize,
    },
}

impl Error {
    /// What is wrong.
    pub fn defect(&self) -> &Defect {
        &self.defect
    }

    /// The attribute at fault; empty for the whole value.
    pub fn path(&self) -> AttributePath {
        self.steps.iter().rev().fold(AttributePath::default(), |path, step| match step.clone() {
            Step::Attribute(name) => path.child(name),
            Step::Index(index) => path.index(index),
            Step::Key(key) => path.key(key),
        })
    }

    /// The same error with one more outer step.
    fn within(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    /// The same error in the element `index`, counted from 0, of a list or tuple.
    fn within_index(self, index: usize) -> Self {
        self.within(Step::Index(i64::try_from(index).unwrap_or(i64::MAX)))
    }

    /// The same error in some element of a set: a path cannot go into a set.
    fn within_set(mut self) -> Self {
        self.steps.clear();
        self
    }
}

impl From<Defect> for Error {
    fn from(defect: Defect) -> Self {
        Self { steps: Vec::new(), defect }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.steps.is_empty() {
            write!(f, "{}: ", self.path())?;
        }
        self.defect.fmt(f)
    }
}

impl std::error::Error for Error {}

/// The code that `build.rs` generated from `proto/`, server side only. Nothing but `wire` and `plugin` names it.
#[allow(
    missing_docs,
    unreachable_pub,
    unused_qualifications,
    clippy::all,
    clippy::or_fun_call,
    clippy::use_self
)]
pub mod proto {
    /// The services that go-plugin expects in addition to the provider.
    pub mod plugin {
        include!("../../proto/generated/server/plugin.rs");
    }

    /// The standard health service.
    pub mod health {
        include!("../../proto/generated/server/grpc.health.v1.rs");
    }

    /// Protocol 5.
    pub mod tfplugin5 {
        include!("../../proto/generated/server/tfplugin5.rs");
    }

    /// Protocol 6.
    pub mod tfplugin6 {
        include!("../../proto/generated/server/tfplugin6.rs");
    }
}

#[cfg(test)]
mod tests;
