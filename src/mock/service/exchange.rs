//! A call that passed authentication, as an action sees it.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value};

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
        if !self.backend.catalog().has_region(region) {
            return Err(unknown_region(region));
        }
        Ok(region)
    }

    /// The account that calls; for an unsigned call the default one.
    pub(crate) fn account(&self) -> u64 {
        let first = || self.backend.keyring.first().map(|account| account.id.clone());
        let id = self.caller.map(|caller| caller.account_id().to_owned()).or_else(first);
        id.and_then(|id| id.parse().ok()).unwrap_or_default()
    }

    /// The image of this ID, if the caller sees it.
    pub(crate) fn image(&self, region: &str, id: &str) -> Result<Arc<Stored>, Refusal> {
        let image = self.backend.catalog().image(region, self.account(), id);
        image.ok_or_else(|| Refusal::known("InvalidImageId.NotFound"))
    }

    /// An answer with these members and the request ID.
    pub(crate) fn answer(&self, mut members: Value) -> String {
        if let Some(members) = members.as_object_mut() {
            members.insert("RequestId".to_owned(), self.request_id.into());
        }
        members.to_string()
    }

    /// An answer that says nothing but that it is done.
    pub(crate) fn done(&self) -> String {
        self.answer(Value::Object(Map::new()))
    }

    /// Ends a call with `DryRun` once everything is checked.
    pub(crate) fn dry_run(&self) -> Result<(), Refusal> {
        match self.request.boolean("DryRun")? {
            Some(true) => Err(Refusal::known("DryRunOperation")),
            _ => Ok(()),
        }
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
