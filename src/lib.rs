//! Alibaba Cloud image lookups for Terraform and OpenTofu, and a mock ECS server to test them against.
//!
//! A lookup proceeds as follows: Terraform's configuration becomes a query, the query becomes signed
//! `DescribeImages` calls, and the images in the responses are selected and turned into state.
//!
//! The modules form layers; a module uses modules of lower layers.
//!
//! | layer | modules |
//! |---|---|
//! | 4 | [`plugin`] (go-plugin and gRPC), [`provider`] and [`images`] (what a Terraform user sees), [`mock`] |
//! | 3 | [`wire`] (protobuf, msgpack), [`contract`] (what a provider is), [`alicloud`] (API client) |
//! | 2 | [`value`], [`schema`], [`diag`] (the neutral model), [`ctx`] (clock, environment, files, HTTP) |
//! | 1 | [`secret`], [`text`] (text from outside, made safe to show) |

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
    let own = [access::MESSAGES, access::failure::message::MESSAGES, provider::MESSAGES];
    let own = own.into_iter().chain(images::MESSAGES.iter().copied());
    own.chain(plugin::MESSAGES.iter().copied()).flatten().copied()
}
