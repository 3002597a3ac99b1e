//! Tests that involve more than one module, grouped by topic. The tests that run a CLI are in `tests/cli`.

#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests fail by panicking, and look at real files"
)]

mod architecture;
#[cfg(unix)]
mod blocked;
mod call_log;
mod cancel;
mod client_and_mock;
mod credentials;
mod docs;
mod faults;
mod host;
mod hostile;
mod large_answers;
#[cfg(target_os = "linux")]
mod leak;
mod memory;
mod mock;
mod protocol;
mod secrets;
mod style;
mod supply_chain;
#[path = "../support/mod.rs"]
mod support;
mod transport;
