//! Data sources that make no call: the baselines that `benches/report` compares lookups with.
//! Built with the feature `baselines` only, never for a release.

use std::sync::Arc;

use futures_util::future::{BoxFuture, ready};

use super::images::{self, ImageDataSource};
use crate::{
    access::{Access, Reported, Unavailable},
    alicloud::{
        Api, ApiRequest, ApiResponse, Detail, Error, Listing, LookUp, decode::read_page,
        error::Cause, model, trace::CallTrace,
    },
    contract::{DataSource, ReadRequest, ReadResponse},
    ctx::Ctx,
    diag::Diagnostics,
    schema::{Attribute, Block, Presence, Schema},
    value::{Kind, Value},
};

/// `alicloud_nothing`: the cost of any data source.
struct Nothing;

impl DataSource for Nothing {
    fn name(&self) -> &'static str {
        "alicloud_nothing"
    }

    fn schema(&self) -> Schema {
        let id = Attribute::new("id", Kind::String, Presence::Computed, "Always `nothing`.");
        Schema { version: 0, block: Block { attributes: vec![id], ..Block::default() } }
    }

    fn validate(&self, _: &Value) -> Diagnostics {
        Diagnostics::default()
    }

    fn read(&self, _: ReadRequest) -> BoxFuture<'_, ReadResponse> {
        let state = Value::object([("id", Value::from("nothing"))]);
        Box::pin(ready(ReadResponse { state: Some(state), ..ReadResponse::default() }))
    }
}

/// `alicloud_images_in_memory`: `alicloud_images` with the response in memory, which shows the cost of a hundred
/// images in Terraform.
struct InMemory(ImageDataSource);

/// The data sources for measurements.
pub(super) fn data_sources(ctx: &Ctx, _: &Arc<dyn Access>) -> Vec<Arc<dyn DataSource>> {
    let images = ImageDataSource::new(images::SourceKind::Images, ctx.clone(), Arc::new(Memory));
    vec![Arc::new(InMemory(images)), Arc::new(Nothing)]
}

impl DataSource for InMemory {
    fn name(&self) -> &'static str {
        "alicloud_images_in_memory"
    }

    fn schema(&self) -> Schema {
        self.0.schema()
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        self.0.validate(config)
    }

    fn read(&self, request: ReadRequest) -> BoxFuture<'_, ReadResponse> {
        self.0.read(request)
    }
}

/// How many images there are.
const IMAGES: usize = 100;

/// A response with one image, like those of the report's catalog.
const ANSWER: &str = concat!(
    r#"{"TotalCount": 1, "Images": {"Image": ["#,
    include_str!("../../benches/image.json"),
    "]}}"
);

/// A service that is this process.
struct Memory;

impl Access for Memory {
    fn client(&self) -> Result<Arc<dyn Api>, Unavailable> {
        Ok(Arc::new(Self))
    }

    fn reported(&self) -> Arc<Reported> {
        Arc::default()
    }
}

impl Api for Memory {
    fn call(&self, request: ApiRequest) -> BoxFuture<'_, Result<ApiResponse, Error>> {
        let trace = CallTrace::new(request.action, "", request.deadline);
        Box::pin(ready(Err(trace.fail(Cause::Cancelled))))
    }

    fn describe_images(&self, _: LookUp) -> BoxFuture<'_, Result<Arc<Listing>, Error>> {
        #[allow(clippy::expect_used, reason = "the response is a part of the build")]
        let page =
            read_page(ANSWER.as_bytes(), "cn-hangzhou", 1, Detail::Full).expect("a valid response");
        let named = |(number, image): (usize, model::Image)| model::Image {
            image_id: format!("m-bp1{number:017}").into(),
            image_name: format!("image-{number}").into(),
            ..image
        };
        let images: Vec<_> =
            page.images.into_iter().cycle().take(IMAGES).enumerate().map(named).collect();
        let total_count = images.len() as u64;
        Box::pin(ready(Ok(Arc::new(Listing { images, total_count, ..Listing::default() }))))
    }
}
