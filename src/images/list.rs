//! `alicloud_images`: all images that match.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::{
    contract::{DataSource, ReadRequest, ReadResponse},
    ctx::Ctx,
    diag::Diagnostics,
    schema::Schema,
    value::Value,
};

use super::{
    Access,
    arguments::{Cardinality, Query},
    look_up::Reader,
    schema,
};

/// The data source `alicloud_images`.
pub struct Images(Reader);

impl Images {
    /// The data source, with the outside world and the way to the API client.
    pub fn new(ctx: Ctx, access: Arc<dyn Access>) -> Self {
        Self(Reader::new(ctx, access))
    }
}

impl DataSource for Images {
    fn name(&self) -> &'static str {
        "alicloud_images"
    }

    fn schema(&self) -> Schema {
        schema::images()
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        Query::read(config, Cardinality::Any).1
    }

    fn read(&self, request: ReadRequest) -> BoxFuture<'_, ReadResponse> {
        Box::pin(self.0.read(request, Cardinality::Any))
    }
}
