//! Follows one lookup while its pages arrive: for programs that show progress, or that keep what the
//! service sent.

use std::{fmt, sync::Arc};

use bytes::Bytes;

/// A page that has just been read.
#[derive(Clone, Debug)]
pub struct PageRead<'a> {
    /// Its number, from 1.
    pub number: u64,
    /// How many pages the lookup reads, by what is known now.
    pub pages: u64,
    /// The whole body of the response, as it came.
    pub body: &'a Bytes,
}

/// Is called for every page of a lookup, in the order of the pages.
///
/// Page 1 begins the list again: when the catalog changed meanwhile, all pages are read once more, and
/// what came before is void. All bodies of one lookup together stay below the memory that its images
/// may take, since their sizes count towards it.
#[derive(Clone)]
pub struct PageObserver(Arc<dyn Fn(PageRead<'_>) + Send + Sync>);

impl PageObserver {
    /// An observer that calls `observe`.
    pub fn new(observe: impl Fn(PageRead<'_>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(observe))
    }

    /// Reports a page.
    pub(super) fn page(&self, page: PageRead<'_>) {
        (self.0)(page);
    }
}

impl fmt::Debug for PageObserver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PageObserver")
    }
}
