//! A small plugin client, which makes the calls that Terraform makes to a provider.
//!
//! It starts a plugin or reads a handshake line, verifies the plugin as a Go host does (mutual TLS
//! with a P-521 key, the plugin's certificate as its own root, ALPN `h2`), supports protocols 5 and
//! 6, and accepts and returns values as JSON. The tests use it, and so does the example
//! `read_data_source`, which works on machines without Terraform.

#![allow(dead_code, unused_imports, reason = "each of its users uses a part")]
#![allow(unreachable_pub, reason = "it is a module of each test crate that uses it")]

mod api;
mod block;
mod handshake;
mod identity;
mod process;
mod tls;

use std::{error, fmt, sync::Arc};

use serde_json::Value as Json;
use terraform_provider_alicloud::{
    value::{Kind, Value},
    wire::{self, DynamicValue},
};

pub use self::{
    block::{Block, Schemas},
    handshake::Line,
    identity::Identity,
    process::{Launch, Plugin, memory},
    tls::{Channel, connect},
};

/// The code that `build.rs` generated from `proto/`, client side.
#[allow(missing_docs, unreachable_pub, unused_qualifications, clippy::all, clippy::pedantic)]
#[allow(clippy::or_fun_call, clippy::use_self)]
pub mod proto {
    /// The services that go-plugin expects in addition to the provider.
    pub mod plugin {
        include!("../../../proto/generated/client/plugin.rs");
    }
    /// The standard health service.
    pub mod health {
        include!("../../../proto/generated/client/grpc.health.v1.rs");
    }
    /// Protocol 5.
    pub mod tfplugin5 {
        include!("../../../proto/generated/client/tfplugin5.rs");
    }
    /// Protocol 6.
    pub mod tfplugin6 {
        include!("../../../proto/generated/client/tfplugin6.rs");
    }
}

/// An error between client and plugin.
pub type Error = Box<dyn error::Error + Send + Sync>;

/// One message from the provider.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Diagnostic {
    /// Whether it is an error; otherwise it is a warning.
    pub error: bool,
    /// One line.
    pub summary: String,
    /// The explanation.
    pub detail: String,
    /// The attribute at fault, printed as `filter[0].name`; empty for the whole block.
    pub attribute: String,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = if self.error { "Error" } else { "Warning" };
        write!(f, "{severity}: {}", self.summary)?;
        if !self.attribute.is_empty() {
            write!(f, " ({})", self.attribute)?;
        }
        if !self.detail.is_empty() {
            write!(f, "\n\n{}", self.detail)?;
        }
        Ok(())
    }
}

/// The result of a read.
#[derive(Clone, Debug, PartialEq)]
pub struct Read {
    /// The state; null if there is none.
    pub state: Value,
    /// The type of the state.
    pub kind: Kind,
    /// Whether the read was deferred.
    pub deferred: bool,
    /// Errors and warnings.
    pub diagnostics: Vec<Diagnostic>,
}

impl Read {
    /// The state as JSON, in the format of `terraform show -json`.
    pub fn json(&self) -> Result<Json, Error> {
        Ok(wire::json::to_json(&self.state, &self.kind)?)
    }

    /// Whether any diagnostic is an error.
    pub fn failed(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.error)
    }
}

/// A connection to a plugin. Clones share it, so calls can overlap.
#[derive(Clone)]
pub struct Client {
    protocol: u8,
    channel: Channel,
    schemas: Option<Arc<Schemas>>,
}

impl Client {
    /// Connects to the plugin with this handshake line and presents `identity` to it.
    pub async fn connect(line: &Line, identity: Option<&Identity>) -> Result<Self, Error> {
        let channel = connect(line, identity, rustls::ALL_VERSIONS).await?;
        Ok(Self { protocol: line.protocol, channel, schemas: None })
    }

    /// The same client with known schemas, which it does not fetch again.
    #[must_use]
    pub fn knowing(mut self, schemas: Arc<Schemas>) -> Self {
        self.schemas = Some(schemas);
        self
    }

    /// The protocol version in use.
    pub fn protocol(&self) -> u8 {
        self.protocol
    }

    /// The connection, for calls that have no helper here.
    pub fn channel(&self) -> Channel {
        self.channel.clone()
    }

    /// The schemas, requested once.
    pub async fn schemas(&mut self) -> Result<Arc<Schemas>, Error> {
        if let Some(schemas) = &self.schemas {
            return Ok(Arc::clone(schemas));
        }
        let schemas = Arc::new(self.fetch_schemas().await?);
        self.schemas = Some(Arc::clone(&schemas));
        Ok(schemas)
    }

    /// Checks a `provider` block. Arguments left out are null.
    pub async fn validate_provider(&mut self, config: &Json) -> Result<Vec<Diagnostic>, Error> {
        let config = self.schemas().await?.provider.encode(config)?;
        self.call_validate_provider(config).await
    }

    /// Sends the `provider` block.
    pub async fn configure(&mut self, config: &Json) -> Result<Vec<Diagnostic>, Error> {
        let config = self.schemas().await?.provider.encode(config)?;
        self.call_configure(config).await
    }

    /// Checks a data block.
    pub async fn validate(
        &mut self,
        type_name: &str,
        config: &Json,
    ) -> Result<Vec<Diagnostic>, Error> {
        let config = self.schemas().await?.data_source(type_name)?.encode(config)?;
        self.call_validate(type_name, config).await
    }

    /// Reads a data source.
    pub async fn read(&mut self, type_name: &str, config: &Json) -> Result<Read, Error> {
        let schemas = self.schemas().await?;
        let block = schemas.data_source(type_name)?;
        self.read_encoded(type_name, block.encode(config)?, &block.kind(), false).await
    }

    /// Reads a data source with an encoded block.
    pub async fn read_encoded(
        &self,
        type_name: &str,
        config: DynamicValue,
        kind: &Kind,
        deferral_allowed: bool,
    ) -> Result<Read, Error> {
        let (state, deferred, diagnostics) =
            self.call_read(type_name, config, deferral_allowed).await?;
        Ok(Read { state: state.decode(kind)?, kind: kind.clone(), deferred, diagnostics })
    }
}
