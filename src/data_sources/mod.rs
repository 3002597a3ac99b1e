//! The data sources: what Terraform reads through this provider.
//!
//! Each folder here is a module of data sources, with everything that only they need: schema,
//! arguments, state, messages. What all of them need is elsewhere. [`contract`](crate::contract) has
//! the trait that they implement; an [`Access`] gives them the API client, by which they call any
//! action ([`Api::call`](crate::alicloud::Api::call)), and renders what went wrong.
//!
//! So a new one is a new folder and its line in the list below; no other module changes. Its page is
//! generated from its schema, unless `templates/data-sources` has a template for it.

#[cfg(feature = "baselines")]
mod baselines;
pub mod images;

use std::sync::Arc;

use crate::{access::Access, contract::DataSource, ctx::Ctx, diag::Message};

/// Creates the data sources of a module.
type Create = fn(&Ctx, &Arc<dyn Access>) -> Vec<Arc<dyn DataSource>>;

/// A module of data sources.
struct Module {
    /// Creates them.
    create: Create,
    /// What they report, for the guide to the diagnostics.
    messages: &'static [&'static [&'static Message]],
}

/// The modules, in the order of the documentation.
const MODULES: &[Module] = &[
    Module { create: images::data_sources, messages: images::MESSAGES },
    #[cfg(feature = "baselines")]
    Module { create: baselines::data_sources, messages: &[] },
];

/// Every data source. `access` provides the API client.
pub(crate) fn all(ctx: &Ctx, access: &Arc<dyn Access>) -> Vec<Arc<dyn DataSource>> {
    MODULES.iter().flat_map(|module| (module.create)(ctx, access)).collect()
}

/// What the data sources report.
pub(crate) fn messages() -> impl Iterator<Item = &'static [&'static Message]> {
    MODULES.iter().flat_map(|module| module.messages.iter().copied())
}
