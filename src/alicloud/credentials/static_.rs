//! A key that is written down: in the configuration, the environment or a profile.

use futures_util::future::{BoxFuture, ready};

use super::{Credential, Source, failure::Failure};

/// A key that never changes.
pub(super) struct Static(pub(super) Credential);

impl Source for Static {
    fn fetch(&self) -> BoxFuture<'_, Result<Credential, Failure>> {
        Box::pin(ready(Ok(self.0.clone())))
    }

    fn can_change(&self) -> bool {
        false
    }
}
