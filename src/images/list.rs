//! `alicloud_images`: all images that match.

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

/// The data source `alicloud_images`.
pub struct Images {
    ctx: Ctx,
    access: Arc<dyn Access>,
}

impl Images {
    /// The data source, with the outside world and the way to the API client.
    pub fn new(ctx: Ctx, access: Arc<dyn Access>) -> Self {
        Self { ctx, access }
    }
}

impl DataSource for Images {
    fn name(&self) -> &'static str {
        "alicloud_images"
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
