//! The data sources: `alicloud_images` lists images, `alicloud_image` finds exactly one.
//!
//! A read passes through the modules in this order: `arguments` turns the block into a query,
//! `request` turns the query into request parameters, the API client answers, `selection` selects,
//! `state` builds the state, `warnings` and `guard` point out what to beware of, and `output_file`
//! writes the images to a file. `explain` says why nothing was found. `data_source` leads through them
//! and does all the waiting; the rest is pure.
//!
//! Two tables hold the facts: `arguments::table` those about each argument, `fields` those about each
//! attribute of an image.

mod arguments;
mod data_source;
mod explain;
#[cfg(test)]
mod fakes;
mod fields;
mod guard;
mod output_file;
pub mod regex;
mod request;
mod schema;
mod selection;
mod state;
mod time;
pub mod version;
mod warnings;

use std::sync::Arc;

use crate::{access::Access, contract::DataSource, ctx::Ctx, diag::Message};

pub use arguments::listed::{Argument, arguments};
pub use data_source::{Found, ImageDataSource, SourceKind};

/// The messages of all modules here.
pub(crate) const MESSAGES: &[&[&Message]] = &[
    arguments::MESSAGES,
    arguments::checks::MESSAGES,
    explain::MESSAGES,
    guard::MESSAGES,
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
