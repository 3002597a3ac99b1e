//! How values are transferred: protobuf messages, and the two encodings that a [`DynamicValue`] may have.
//!
//! Encoding and decoding are driven by a [`Kind`](crate::value::Kind), never by the bytes alone:
//! the bytes do not distinguish a list from a set, or a map from an object. The module does not depend
//! on RPCs and makes no decisions: what does not fit the type is reported with its
//! [`AttributePath`](crate::value::AttributePath).
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
//! What does not fit is refused with its place:
//!
//! ```
//! use terraform_provider_alicloud::{value::Kind, wire::json};
//!
//! let kind = Kind::list(Kind::object([("size", Kind::Number)]));
//! let error = json::decode(br#"[{ "size": 1 }, { "size": "large" }]"#, &kind).unwrap_err();
//! assert_eq!(error.path().to_string(), "[1].size");
//! ```

mod error;
pub mod json;
pub mod msgpack;

use bytes::Bytes;

pub use self::error::{Cause, Error};
use crate::value::{Kind, Value};

/// How deep a value may be nested, in either encoding. Schemas nest a handful of levels; the limit
/// keeps hostile bytes from exhausting the stack.
pub const MAX_DEPTH: usize = 100;

/// How many values one message may hold, which bounds the memory that a small message can claim.
pub const MAX_VALUES: usize = 16_000_000;

/// The message of this name, in which both protocol versions carry values: in one of two encodings,
/// or absent.
///
/// The two generated messages of this name convert to and from it without a copy.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct DynamicValue {
    /// The msgpack encoding; empty if not used.
    pub msgpack: Bytes,
    /// The JSON encoding; empty if not used.
    pub json: Bytes,
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

/// The code generated from `proto/`, server side only. Nothing but `wire` and `plugin` names it.
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
        include!(concat!(env!("OUT_DIR"), "/server/plugin.rs"));
    }

    /// The standard health service.
    pub mod health {
        include!(concat!(env!("OUT_DIR"), "/server/grpc.health.v1.rs"));
    }

    /// Protocol 5.
    pub mod tfplugin5 {
        include!(concat!(env!("OUT_DIR"), "/server/tfplugin5.rs"));
    }

    /// Protocol 6.
    pub mod tfplugin6 {
        include!(concat!(env!("OUT_DIR"), "/server/tfplugin6.rs"));
    }
}

#[cfg(test)]
mod tests;
