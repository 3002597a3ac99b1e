//! `alicloud_image`: exactly one image.

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

/// The data source `alicloud_image`.
pub struct Image(Reader);

impl Image {
    /// The data source, with the outside world and the way to the API client.
    pub fn new(ctx: Ctx, access: Arc<dyn Access>) -> Self {
        Self(Reader::new(ctx, access))
    }
}

impl DataSource for Image {
    fn name(&self) -> &'static str {
        "alicloud_image"
    }

    fn schema(&self) -> Schema {
        schema::image()
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        Query::read(config, Cardinality::One).1
    }

    fn read(&self, request: ReadRequest) -> BoxFuture<'_, ReadResponse> {
        Box::pin(self.0.read(request, Cardinality::One))
    }
}
