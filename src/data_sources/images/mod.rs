//! The data sources: `alicloud_images` lists images, `alicloud_image` finds exactly one.
//!
//! A read passes through the modules in this order: `arguments` turns the block into a query and the
//! query into request parameters, the API client sends the request, `selection` filters and sorts the
//! images, `state` builds the state, `warnings` creates the warnings, and `output_file` writes the images
//! to a file. If nothing was found, `explain` reports why. `data_source` calls them in turn; it and
//! `output_file` contain all async code, and the other modules are pure.
//!
//! Two tables describe the schema: `arguments::table` has a row for each argument, `state` one for each
//! attribute of an image.

mod arguments;
mod data_source;
mod explain;
#[cfg(test)]
mod fakes;
mod nearest;
mod output_file;
pub mod regex;
mod schema;
mod selection;
mod state;
mod time;
pub mod version;
mod warnings;

use std::sync::Arc;

use crate::{access::Access, contract::DataSource, ctx::Ctx, diag::Message};

pub use data_source::{Found, ImageDataSource, SourceKind};
pub use nearest::similar;
pub use schema::{Argument, arguments};

/// The diagnostics of all modules below.
pub(crate) const MESSAGES: &[&[&Message]] = &[
    arguments::MESSAGES,
    arguments::checks::MESSAGES,
    explain::MESSAGES,
    arguments::guard::MESSAGES,
    output_file::MESSAGES,
    warnings::MESSAGES,
];

/// The data sources, in the order of their documentation.
pub fn data_sources(ctx: &Ctx, access: &Arc<dyn Access>) -> Vec<Arc<dyn DataSource>> {
    let source = |kind| -> Arc<dyn DataSource> {
        Arc::new(ImageDataSource::new(kind, ctx.clone(), access.clone()))
    };
    vec![source(SourceKind::Image), source(SourceKind::Images), source(SourceKind::Ids)]
}
