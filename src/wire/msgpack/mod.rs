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

pub use decode::decode;
pub use encode::{encode, upper_bound};
pub(super) use encode::{kind_name, value_name};

/// The extension code of refinements. Any other code says no more than "unknown".
const REFINED: i8 = 12;

/// The longest refinements, in bytes, that a client reads.
const MAX_REFINEMENTS: usize = 1024;

// The keys of a refinement: zclconf/go-cty, `cty/msgpack/unknown.go`.
const NULL: i64 = 1;
const PREFIX: i64 = 2;
const LOWER: i64 = 3;
const UPPER: i64 = 4;
const MIN_LENGTH: i64 = 5;
const MAX_LENGTH: i64 = 6;

#[cfg(test)]
mod tests;
