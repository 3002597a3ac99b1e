//! Alibaba Cloud image look-ups for Terraform and OpenTofu, and an ECS endpoint to test them against.
//!
//! The crate holds one library and two thin binaries: `terraform-provider-alicloud`, the plugin, and
//! `mock-ecs`. A look-up goes through it so: Terraform's configuration becomes a query, the query
//! becomes signed `DescribeImages` calls, the answers are selected from and flattened into state.
//!
//! The modules stand on floors; a module uses those below it only.
//!
//! | floor | modules |
//! |---|---|
//! | 4 | [`plugin`] (go-plugin and gRPC), [`provider`] and [`images`] (what a Terraform user sees), [`mock`] |
//! | 3 | [`wire`] (protobuf, msgpack), [`contract`] (what a provider is), [`alicloud`] (API client) |
//! | 2 | [`value`], [`schema`], [`diag`] (the neutral model), [`ctx`] (clock, environment, files, HTTP) |
//! | 1 | [`secret`], [`text`] (what comes from outside, made safe to show) |

pub mod access;
pub mod alicloud;
pub mod contract;
pub mod ctx;
pub mod diag;
pub mod images;
pub mod mock;
pub mod plugin;
pub mod provider;
pub mod schema;
pub mod secret;
pub mod text;
pub mod value;
pub mod wire;

/// Every message that a user can read, for the guide to the diagnostics.
pub fn messages() -> impl Iterator<Item = &'static diag::Message> {
    images::MESSAGES.iter().flat_map(|messages| messages.iter().copied())
}
