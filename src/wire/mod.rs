//! How values travel: protobuf messages, and the two dialects that a `DynamicValue` may hold.
//!
//! Encoding and decoding are driven by a [`Kind`](crate::value::Kind), never by the bytes alone:
//! the bytes cannot tell a list from a set, nor a map from an object. The module knows no RPC, and
//! it decides nothing: what is absent, unknown or too deep is reported with its
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

mod dynamic_value;
mod error;
pub mod json;
pub mod msgpack;

pub use dynamic_value::DynamicValue;
pub use error::{Cause, Error};

/// How deep a value may be nested, in either dialect. Schemas nest a handful of levels; the limit
/// keeps hostile bytes from exhausting the stack.
pub const MAX_DEPTH: usize = 100;

/// How many values one message may hold, which bounds the memory that a small message can claim.
pub const MAX_VALUES: usize = 16_000_000;

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
