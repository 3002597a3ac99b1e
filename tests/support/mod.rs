//! What `tests/it` and `tests/cli` share.

pub mod api;
pub mod canary;
pub mod client;
pub mod hostile;
