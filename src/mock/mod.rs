//! `mock-ecs`: an ECS endpoint for tests.
//!
//! It verifies real signatures, has a catalog of images, implements `DescribeImages` and related
//! calls as the service documents them, injects faults on request, and records every call. It runs
//! as the binary `mock-ecs` or, as here, inside a test: each [`Server`] has its own port and thread
//! and ends when it is dropped, so it works with and without a tokio runtime.
//!
//! # Use it in a test
//!
//! ```
//! use terraform_provider_alicloud::mock::{Config, Server};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let server = Server::start(Config::default())?;
//! server.add_fault("action=DescribeImages times=2 do=throttle")?;
//!
//! // Run the code under test against `server.url()`, with the access key `mock-access-key` and the
//! // secret `mock-secret-key`. Then check what arrived:
//! server.journal().expect("DescribeImages").with("RegionId", "cn-hangzhou").times(0)?;
//! # Ok(())
//! # }
//! ```
//!
//! # How it is built
//!
//! | module | purpose |
//! |---|---|
//! | `server` | the thread, the listener, TLS, HTTP/1.1 and HTTP/2, and ways to break a connection |
//! | `message` | requests as received, and responses and errors before they are serialized |
//! | `service` | from a request to its response: the table of actions, ECS, STS, Location |
//! | `auth`, `account` | both signatures, and the keys that they are verified with |
//! | `resources` | key pairs, networks and instances, as far as building an image needs them |
//! | `catalog` | the images: built in, from files, or generated; and the search over them |
//! | `fault` | rules that select calls and say what happens to them |
//! | `journal` | what arrived and the responses, expectations over that, counters |
//! | `scenario` | recording a run, and playing it back |
//! | `metadata` | the metadata service of an instance |
//! | `repeatable`, `hex` | the clock, pseudorandom numbers, and hexadecimal digits |
//! | `admin` | the API under `/_mock/`, and the page for browsers |
//! | `backend` | what all connections share |
//!
//! The mock shares no code with the API client, in particular not the signing, so that an error in the client cannot
//! be concealed by the same error here. It does not model permissions, and it models instances only as far as
//! building an image needs them.

mod account;
mod admin;
mod auth;
mod backend;
mod catalog;
pub mod cli;
mod config;
mod fault;
mod hex;
mod journal;
mod keys;
mod message;
mod metadata;
mod repeatable;
mod resources;
mod scenario;
mod server;
mod service;

pub use account::{Account, AccountError};
pub use catalog::{LoadError, Seed};
pub use cli::{HealthError, check_health};
pub use config::{Auth, Config, Http, Imds, UnknownParameters};
pub use fault::{Latency, Rule, RuleError};
pub use journal::{Difference, Entry, EntryFilter, Expectation, Journal, Stage, Unmet};
pub use message::Parameters;
pub use scenario::{Mismatches, Recording, Scenario, ScenarioError};
pub use server::{Error, Server, Signal, Signals};

/// The header that every response has.
const VERSION_HEADER: &str = "x-mock-ecs";

/// The value of the header `x-mock-ecs` of every response.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
