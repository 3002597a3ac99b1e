//! The data sources: `alicloud_images` lists images, `alicloud_image` finds exactly one.
//!
//! A read goes through the rooms in this order: `arguments` turns the block into a query, `request`
//! the query into request parameters, the API client answers, `filter` selects, `flatten` makes the
//! state, `warnings` and `guard` tell what to beware of, `output_file` writes the images out, and
//! `explain` says why nothing was found, and `failure` why a call failed. `look_up` leads through
//! them and holds all the waits; the rest is pure.

mod arguments;
mod blame;
mod explain;
pub mod failure;
#[cfg(test)]
mod fakes;
mod filter;
mod flatten;
mod guard;
mod image;
mod list;
mod look_up;
mod nearest;
mod output_file;
pub mod regex;
mod request;
mod schema;
mod time;
mod warnings;

use std::sync::Arc;

use crate::alicloud;

use failure::Told;
pub use image::Image;
pub use list::Images;

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
