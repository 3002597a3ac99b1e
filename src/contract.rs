//! What a provider is, spoken in values, schemas and diagnostics only.
//!
//! The plugin server drives these traits and knows no cloud; a provider implements them and knows
//! no gRPC. Nothing here is particular to Alibaba Cloud.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::{diag::Diagnostics, schema::Schema, value::Value};

/// A provider with data sources only.
pub trait Provider: Send + Sync {
    /// The schema of the `provider` block.
    fn schema(&self) -> Schema;

    /// The data sources, in the order in which they are documented.
    fn data_sources(&self) -> Vec<Arc<dyn DataSource>>;

    /// Checks the `provider` block, parts of which may be unknown. Must not touch the network.
    fn validate(&self, config: &Value) -> Diagnostics;

    /// Takes the `provider` block for the reads to come; the last call wins.
    ///
    /// While planning, parts of the block may be unknown: only a read that needs one of them fails.
    fn configure(&self, request: ConfigureRequest) -> BoxFuture<'_, Diagnostics>;

    /// Ends the waits of running reads at once. Must return at once itself.
    fn stop(&self);
}

/// A data source.
pub trait DataSource: Send + Sync {
    /// The type name, such as `alicloud_images`.
    fn name(&self) -> &'static str;

    /// The schema of its block.
    fn schema(&self) -> Schema;

    /// Checks a block, parts of which may be unknown. Called before `configure`, so it must not
    /// need it, nor the network.
    fn validate(&self, config: &Value) -> Diagnostics;

    /// Reads. The configuration is wholly known. Dropping the future cancels the read.
    fn read(&self, request: ReadRequest) -> BoxFuture<'_, ReadResponse>;
}

/// What `configure` is given.
#[derive(Clone, Debug)]
pub struct ConfigureRequest {
    /// The `provider` block; a part that is not known yet is unknown.
    pub config: Value,
    /// The version that the client says it has. OpenTofu names one that is not its own.
    pub terraform_version: String,
}

/// What a read is given.
#[derive(Clone, Debug)]
pub struct ReadRequest {
    /// The data block.
    pub config: Value,
    /// Whether the client accepts a [`Deferred`] answer.
    pub deferral_allowed: bool,
}

/// What a read gives.
#[derive(Clone, Debug, Default)]
pub struct ReadResponse {
    /// The whole state: every attribute of the schema, nothing unknown. `None` if the read failed
    /// or was deferred.
    pub state: Option<Value>,
    /// Set where the read cannot happen yet.
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
