//! Alibaba Cloud image lookups for Terraform and OpenTofu, and a mock ECS server to test them
//! against.
//!
//! The crate is one library and three thin binaries: `terraform-provider-alicloud`, which Terraform
//! starts, `alicloud-images` for lookups outside Terraform, and `mock-ecs`. This page is the tour;
//! `ARCHITECTURE.md` has the layers, `DESIGN.md` the reasons.
//!
//! # The path of one read
//!
//! 1. [`plugin`] starts: it checks that a host started it, binds a socket that no other user can reach,
//!    and prints one line that tells the host where to connect. Each connection gets a
//!    [`contract::Provider`] of its own.
//! 2. The host configures. [`wire`] decodes the `provider` block into a [`value::Value`]; [`provider`]
//!    combines it with the environment into a client, which has made no call yet.
//! 3. The host reads a data source. [`data_sources::images`] turns its block into a query, or into
//!    diagnostics ([`diag`]) that point at the attribute at fault.
//! 4. [`access`] hands the data source its client. [`alicloud`] gets a credential, signs, sends page 1
//!    and then the others, retries what may be retried, and puts the pages together. Time, files and
//!    HTTP come from [`ctx`], so tests replace them.
//! 5. The data source selects, sorts and builds the state, which has the type of its [`schema`];
//!    [`wire`] encodes it, and [`plugin`] sends it back.
//!
//! Two types protect the output: a [`secret::Secret`] cannot be printed, and [`text`] from outside is sanitized
//! before it is shown. [`mock`] implements the service and shares no code with [`alicloud`].
//!
//! # A provider in ten lines
//!
//! ```
//! use terraform_provider_alicloud::{
//!     contract::{DataSource, Provider},
//!     ctx::fixed::Fixed,
//!     provider::Alicloud,
//! };
//!
//! let provider = Alicloud::new(Fixed::default().ctx(), "1.2.3");
//! let names: Vec<&str> = provider.data_sources().iter().map(|source| source.name()).collect();
//! assert!(names.contains(&"alicloud_images"));
//! assert!(provider.schema().block.attributes.iter().any(|attribute| attribute.name == "region"));
//! ```

pub mod access;
pub mod alicloud;
pub mod contract;
pub mod ctx;
pub mod data_sources;
pub mod diag;
pub mod mock;
pub mod plugin;
pub mod provider;
pub mod schema;
pub mod secret;
pub mod shell;
pub mod sync;
pub mod text;
pub mod value;
pub mod wire;

/// Every message that a user can read, for the guide to the diagnostics.
pub fn messages() -> impl Iterator<Item = &'static diag::Message> {
    let access = [access::MESSAGES, access::messages::MESSAGES].into_iter();
    access.chain(provider::messages()).chain(plugin::MESSAGES.iter().copied()).flatten().copied()
}
