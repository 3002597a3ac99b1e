//! Terraform's msgpack encoding.
//!
//! | type | form |
//! |---|---|
//! | any, null | nil |
//! | any, unknown | extension 0 with one zero byte; extension 12 where something is known about it |
//! | number | integer within `i64`, else an exact float, else decimal text |
//! | list, set, tuple | array |
//! | map, object | map with text keys; objects have every attribute of their type |
//! | dynamic | array of the type's JSON as binary, and the value |
//!
//! Source: hashicorp/terraform, `docs/plugin-protocol/object-wire-format.md`, and zclconf/go-cty,
//! `cty/msgpack`.

mod decode;
mod encode;
mod unknown;

pub use decode::decode;
pub use encode::{encode, upper_bound};
pub(super) use encode::{kind_name, value_name};

#[cfg(test)]
mod tests;
