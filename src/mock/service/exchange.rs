//! A call that passed authentication, as an action sees it.

use jiff::Timestamp;

use crate::mock::{
    account::Signer,
    backend::Backend,
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
            return Err(Refusal::known("InvalidRegionId.NotFound"));
        }
        Ok(region)
    }
}
