//! `mock-ecs`: an ECS endpoint for tests.
//!
//! It checks real signatures, holds a catalogue of images, answers `DescribeImages` and the calls
//! around it as the service documents them, misbehaves on demand, and remembers what it was asked.
//! It runs as the binary `mock-ecs` or, as here, inside a test: each [`Server`] has a port and a
//! thread of its own and is gone when dropped, so it works with and without a tokio runtime.
//!
//! It shares no code with the API client, above all not the signing: what the client gets wrong
//! cannot be wrong here in the same way. It is not a model of instances, disks or permissions.
//!
//! ```
//! use terraform_provider_alicloud::mock::{Config, Server};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let server = Server::start(Config::default().with_fault("action=DescribeImages times=2 do=throttle")?)?;
//! // Point the code under test at `server.url()`, with the access key `mock-access-key` and the
//! // secret `mock-secret-key`. Then say what must have arrived:
//! server.journal().expect("DescribeImages").with("RegionId", "cn-hangzhou").times(0)?;
//! # Ok(())
//! # }
//! ```

mod account;
mod admin;
mod answer;
mod auth;
mod billing;
mod catalog;
pub mod cli;
mod clock;
mod config;
mod console;
mod ecs;
mod fault;
mod guard;
mod journal;
mod location;
mod metadata;
mod quota;
mod random;
mod refusal;
mod request;
mod route;
mod server;
mod signal;
mod state;
mod stats;
mod sts;

pub use account::Account;
pub use catalog::{LoadError, Seed};
pub use config::{Auth, Config, Http, Imds, UnknownParameters};
pub use fault::{Latency, Rule, RuleError};
pub use journal::{Difference, Entry, Expectation, Filter, Journal, Stage, Unmet};
pub use server::{Error, Server};
pub use signal::stop_signal;

/// What the header `x-mock-ecs` of every answer says.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
