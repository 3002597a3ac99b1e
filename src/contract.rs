//! What a provider is, in terms of values, schemas and diagnostics only.
//!
//! The plugin server calls these traits and does not depend on any cloud; a provider implements
//! them and does not depend on gRPC. Nothing here is particular to Alibaba Cloud.
//!
//! # One provider value for each connection
//!
//! A process can serve several hosts, or one host with several configurations of the provider: a
//! debugger keeps one process for all of them, and so do hosts that run providers inside their own
//! process. The gRPC connection distinguishes them. So the plugin server calls [`NewProvider`] for each connection,
//! and everything that [`Provider::configure`] sets up or [`Provider::stop`] ends belongs only to that connection.
//! What the whole process must share, such as a limit on concurrent calls, belongs to the closure.

//!
//! # Example
//!
//! A provider with one data source that needs no configuration:
//!
//! ```
//! use std::sync::Arc;
//!
//! use futures_util::future::{BoxFuture, ready};
//! use terraform_provider_alicloud::{
//!     contract::{ConfigureRequest, DataSource, NewProvider, Provider, ReadRequest, ReadResponse},
//!     diag::Diagnostics,
//!     schema::{Attribute, Block, Presence, Schema},
//!     value::{Kind, Value},
//! };
//!
//! struct Greeting;
//!
//! impl DataSource for Greeting {
//!     fn name(&self) -> &'static str {
//!         "acme_greeting"
//!     }
//!
//!     fn schema(&self) -> Schema {
//!         let text = Attribute::new("text", Kind::String, Presence::Computed, "The greeting.");
//!         Schema { version: 0, block: Block { attributes: vec![text], ..Block::default() } }
//!     }
//!
//!     fn validate(&self, _: &Value) -> Diagnostics {
//!         Diagnostics::default()
//!     }
//!
//!     fn read(&self, _: ReadRequest) -> BoxFuture<'_, ReadResponse> {
//!         let state = Value::object([("text", Value::from("hello"))]);
//!         Box::pin(ready(ReadResponse { state: Some(state), ..ReadResponse::default() }))
//!     }
//! }
//!
//! struct Acme;
//!
//! impl Provider for Acme {
//!     fn schema(&self) -> Schema {
//!         Schema { version: 0, block: Block::default() }
//!     }
//!
//!     fn data_sources(&self) -> Vec<Arc<dyn DataSource>> {
//!         vec![Arc::new(Greeting)]
//!     }
//!
//!     fn validate(&self, _: &Value) -> Diagnostics {
//!         Diagnostics::default()
//!     }
//!
//!     fn configure(&self, _: ConfigureRequest) -> BoxFuture<'_, Diagnostics> {
//!         Box::pin(ready(Diagnostics::default()))
//!     }
//!
//!     fn stop(&self) {}
//! }
//!
//! // What `plugin::run` takes.
//! let new_provider: NewProvider = Arc::new(|| Arc::new(Acme));
//! assert_eq!(new_provider().data_sources()[0].name(), "acme_greeting");
//! ```

use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::{
    diag::Diagnostics,
    schema::Schema,
    value::{Sensitive, Value},
};

/// Makes the provider of a new connection. Called for each one, so it must be cheap.
pub type NewProvider = Arc<dyn Fn() -> Arc<dyn Provider> + Send + Sync>;

/// A provider with data sources only, as one connection sees it.
pub trait Provider: Send + Sync {
    /// The schema of the `provider` block.
    fn schema(&self) -> Schema;

    /// The data sources, in the order in which they are documented. They read with the configuration
    /// of this provider value.
    fn data_sources(&self) -> Vec<Arc<dyn DataSource>>;

    /// Checks the `provider` block, parts of which may be unknown. Must not touch the network.
    fn validate(&self, config: &Value) -> Diagnostics;

    /// Accepts the `provider` block for the following reads; the last call has precedence.
    ///
    /// While planning, parts of the block may be unknown: only a read that needs one of them fails.
    fn configure(&self, request: ConfigureRequest) -> BoxFuture<'_, Diagnostics>;

    /// Ends running and later reads immediately. Must return immediately, and must work before `configure` too.
    fn stop(&self);
}

/// A data source.
pub trait DataSource: Send + Sync {
    /// The type name, such as `alicloud_images`.
    fn name(&self) -> &'static str;

    /// The schema of its block.
    fn schema(&self) -> Schema;

    /// Checks a block, parts of which may be unknown. Called before `configure`, so it must need
    /// neither that nor the network.
    fn validate(&self, config: &Value) -> Diagnostics;

    /// Reads. The configuration is wholly known. Dropping the future cancels the read.
    fn read(&self, request: ReadRequest) -> BoxFuture<'_, ReadResponse>;
}

/// The input of [`Provider::configure`]. It holds secrets, so it has no `Debug`.
pub struct ConfigureRequest {
    /// The `provider` block; a part that is not known yet is unknown.
    pub config: Sensitive,
    /// The version that the client reports. OpenTofu reports one that is not its own.
    pub terraform_version: String,
}

/// The input of [`DataSource::read`].
#[derive(Clone, Debug)]
pub struct ReadRequest {
    /// The data block.
    pub config: Value,
    /// Whether the client accepts a [`Deferred`] response.
    pub deferral_allowed: bool,
}

/// The result of [`DataSource::read`].
#[derive(Clone, Debug, Default)]
pub struct ReadResponse {
    /// The whole state: every attribute of the schema, nothing unknown. `None` if the read failed
    /// or was deferred.
    pub state: Option<Value>,
    /// Set if the read cannot happen yet.
    pub deferred: Option<Deferred>,
    /// Errors and warnings.
    pub diagnostics: Diagnostics,
}

/// Why a read cannot happen yet.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Deferred {
    /// A part of the `provider` block is not known yet.
    ProviderConfigUnknown,
}
