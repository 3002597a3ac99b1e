//! A call that passed authentication, as an action sees it.

use std::sync::Arc;

use jiff::Timestamp;

use crate::mock::{
    account::Signer,
    backend::Backend,
    catalog::Stored,
    message::{Refusal, Request},
};

/// A call that passed authentication, as an action sees it.
pub(crate) struct Exchange<'a> {
    pub(crate) request: &'a Request,
    pub(crate) backend: &'a Backend,
    /// Who signed it; `None` for calls that need no signature.
    pub(crate) caller: Option<&'a Signer>,
    pub(crate) request_id: &'a str,
    pub(crate) now: Timestamp,
}

impl<'a> Exchange<'a> {
    /// `RegionId`, if there is such a region.
    pub(crate) fn region(&self) -> Result<&'a str, Refusal> {
        let region =
            self.request.parameter("RegionId").ok_or_else(|| Refusal::missing("RegionId"))?;
        if self.backend.catalog().listing(region).is_none() {
            return Err(unknown_region(region));
        }
        Ok(region)
    }

    /// The image of this ID.
    pub(crate) fn image(&self, region: &str, id: &str) -> Result<Arc<Stored>, Refusal> {
        let catalog = self.backend.catalog();
        let listing = catalog.listing(region).ok_or_else(|| unknown_region(region))?;
        let image = listing.position(id).and_then(|at| listing.stored(at));
        image.ok_or_else(|| Refusal::known("InvalidImageId.NotFound"))
    }
}

/// The error of a region that the mock does not have. Its text begins with that of the service.
pub(crate) fn unknown_region(region: &str) -> Refusal {
    let refusal = Refusal::known("InvalidRegionId.NotFound");
    let text = format!(
        "{} mock-ecs has no region {region}; --images {region}=FILE adds it.",
        refusal.message
    );
    refusal.with_message(text)
}
