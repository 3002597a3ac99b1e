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
pub mod failure;
#[cfg(test)]
mod fakes;
mod fields;
mod guard;
mod nearest;
mod output_file;
pub mod regex;
mod request;
mod schema;
mod selection;
mod state;
mod time;
mod warnings;

use std::sync::Arc;

use crate::{
    alicloud,
    contract::DataSource,
    ctx::Ctx,
    diag::{Diagnostic, Message},
};

pub use data_source::{ImageDataSource, Kind};
use failure::Told;

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
    vec![source(Kind::Image), source(Kind::Images)]
}

/// How a data source comes to the API client, which exists only once the provider is configured.
pub trait Access: Send + Sync {
    /// The client of the provider's configuration.
    ///
    /// # Errors
    ///
    /// [`Unavailable`] where there is no configuration, or parts of it that the client needs are
    /// not known yet.
    fn client(&self) -> Result<Arc<dyn alicloud::DescribeImages>, Unavailable>;

    /// The failures that were told in full since the provider was configured.
    fn told(&self) -> Arc<Told>;
}

/// Why there is no API client.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Unavailable {
    /// The provider was never configured.
    NotConfigured,
    /// These arguments of the provider, by name, depend on something that is made only by apply.
    Unknown(Vec<String>),
}

impl From<Unavailable> for Diagnostic {
    fn from(reason: Unavailable) -> Self {
        match reason {
            Unavailable::NotConfigured => Self::error(
                "The provider is not configured",
                "Images were to be read before the provider was configured. This is a fault of the \
             program that drives the provider.",
            ),
            Unavailable::Unknown(arguments) => {
                let names: Vec<String> =
                    arguments.iter().map(|argument| format!("`{argument}`")).collect();
                Self::error(
                    "The provider's configuration is not known yet",
                    format!(
                        "These arguments of the provider depend on something that is made only by \
                     apply: {}. Images cannot be looked up before; make what they depend on \
                     first, for example with `-target`, or give values that are known.",
                        names.join(", ")
                    ),
                )
            }
        }
    }
}
