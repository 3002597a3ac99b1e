//! Whose the images of a source are.

use std::sync::Arc;

use super::{
    listing::{Listing, Stored},
    traits::Owner,
};

/// The accounts that a source of images is about.
#[derive(Clone, Debug, Default)]
pub(crate) struct Accounts {
    /// The account whose view the source is: its `self` images belong to this account, its `others`
    /// images are shared with it.
    pub(crate) viewer: u64,
    /// All accounts that the mock knows. A private image whose `ImageOwnerId` is one of these
    /// belongs to it.
    pub(crate) known: Vec<u64>,
}

impl Accounts {
    /// All images of a source, with the accounts that own and see them.
    pub(super) fn listing(&self, images: Vec<Arc<Stored>>) -> Listing {
        Listing::of(images.into_iter().map(|image| self.assign(image)).collect())
    }

    /// The image with its owner and the account that it is shared with.
    fn assign(&self, image: Arc<Stored>) -> Arc<Stored> {
        let known = self.known.contains(&image.owner_id);
        let (account, shared_with) = match image.traits.owner {
            Owner::System | Owner::Marketplace => return image,
            Owner::Own => (if known { image.owner_id } else { self.viewer }, Vec::new()),
            Owner::Others => (image.owner_id, vec![self.viewer]),
        };
        Arc::new(Stored { account, shared_with, ..(*image).clone() })
    }
}
