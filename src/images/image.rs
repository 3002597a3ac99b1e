//! `alicloud_image`: exactly one image.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::{
    contract::{DataSource, ReadRequest, ReadResponse},
    ctx::Ctx,
    diag::Diagnostics,
    schema::{Block, Schema},
    value::Value,
};

use super::Access;

/// The data source `alicloud_image`.
pub struct Image {
    ctx: Ctx,
    access: Arc<dyn Access>,
}

impl Image {
    /// The data source, with the outside world and the way to the API client.
    pub fn new(ctx: Ctx, access: Arc<dyn Access>) -> Self {
        Self { ctx, access }
    }
}

impl DataSource for Image {
    fn name(&self) -> &'static str {
        "alicloud_image"
    }

    fn schema(&self) -> Schema {
        Schema { version: 0, block: Block::default() }
    }

    fn validate(&self, _config: &Value) -> Diagnostics {
        Diagnostics::default()
    }

    fn read(&self, _request: ReadRequest) -> BoxFuture<'_, ReadResponse> {
        let _ = (&self.ctx, self.access.client());
        Box::pin(async { ReadResponse::default() })
    }
}
