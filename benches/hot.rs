//! The pure parts in which a lookup spends its time. `cargo bench --bench hot`.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a benchmark stops at the first thing that is wrong"
)]

#[path = "../tests/support/api.rs"]
mod api;

use std::{hint::black_box, sync::Arc, time::Duration};

use futures_util::future::{BoxFuture, ready};
use serde_json::{Value as Json, json};
use terraform_provider_alicloud::{
    access::{Access, Reported, Unavailable},
    alicloud::{
        Api, ApiRequest, ApiResponse, Client, Detail, Error, Listing, LookUp, Pages, Process,
        endpoint::{Endpoint, Protocol, configured::Origin},
        sign::{self, Call, Scheme},
    },
    contract::{DataSource, ReadRequest},
    ctx::{
        Clock,
        fixed::{Fixed, json as answer},
        http::Limits,
    },
    data_sources::images::{ImageDataSource, SourceKind, regex::GoRegex},
    value::Value,
    wire::msgpack,
};
use tokio::{runtime, time::Instant};

fn main() {
    divan::main();
}

/// The body of a response with `count` of `total` images.
fn body(count: usize, total: usize) -> String {
    let image: Json = serde_json::from_str(include_str!("image.json")).unwrap();
    let images: Vec<_> = (0..count)
        .map(|number| {
            let mut image = image.clone();
            image["ImageId"] = json!(format!("m-bp1{number:017}"));
            image["ImageName"] = json!(format!("ubuntu_22_04_x64_20G_alibase_{number}.vhd"));
            image
        })
        .collect();
    json!({ "RequestId": "R", "RegionId": "cn-hangzhou", "PageNumber": 1, "PageSize": 100,
        "TotalCount": total, "Images": { "Image": images } })
    .to_string()
}

fn endpoint() -> Endpoint {
    Endpoint {
        scheme: Protocol::Https,
        host: "ecs.cn-hangzhou.aliyuncs.com".into(),
        path: "/".into(),
        origin: Origin::Region,
    }
}

fn runtime() -> runtime::Runtime {
    runtime::Builder::new_current_thread().enable_time().build().unwrap()
}

/// The client's work on pages of 100 images, mostly decoding.
fn listing(images: usize) -> Arc<Listing> {
    let fixed = Fixed::default();
    let page = body(100.min(images), images);
    for number in 0..images.div_ceil(100) {
        // Every page has different IDs.
        fixed.http.push_json(200, page.replace("m-bp1", &format!("m-{number:03}-")));
    }
    list(&fixed)
}

fn list(fixed: &Fixed) -> Arc<Listing> {
    let client =
        Client::new(fixed.ctx(), api::config(api::key("id", "secret")), &Process::default());
    runtime()
        .block_on(async {
            let deadline = Instant::now() + Duration::from_secs(60);
            let parameters = Vec::new();
            client
                .describe_images(LookUp {
                    region: None,
                    parameters,
                    pages: Pages::All,
                    detail: Detail::Full,
                    deadline,
                    observer: None,
                })
                .await
        })
        .unwrap()
}

/// A client that already has its response.
struct Answered(Arc<Listing>, Arc<Reported>);

impl Api for Answered {
    fn call(&self, _: ApiRequest) -> BoxFuture<'_, Result<ApiResponse, Error>> {
        unimplemented!("lookups call nothing else")
    }

    fn describe_images(&self, _: LookUp) -> BoxFuture<'_, Result<Arc<Listing>, Error>> {
        Box::pin(ready(Ok(self.0.clone())))
    }
}

struct Given(Arc<Answered>);

impl Access for Given {
    fn client(&self) -> Result<Arc<dyn Api>, Unavailable> {
        Ok(self.0.clone())
    }

    fn reported(&self) -> Arc<Reported> {
        self.0.1.clone()
    }
}

fn data_source(images: usize) -> ImageDataSource {
    let answered = Answered(listing(images), Arc::default());
    ImageDataSource::new(
        SourceKind::Images,
        Fixed::default().ctx(),
        Arc::new(Given(Arc::new(answered))),
    )
}

fn read(images: &ImageDataSource) -> Value {
    let config = Value::object([
        ("owners", Value::from("system")),
        ("name_regex", Value::from("^ubuntu_[0-9]+_[0-9]+_x64")),
    ]);
    let config = images.schema().kind().complete(config);
    let request = ReadRequest { config, deferral_allowed: false };
    runtime().block_on(images.read(request)).state.unwrap()
}

#[divan::bench(args = [Scheme::V1, Scheme::Acs3])]
fn sign_a_call(bencher: divan::Bencher<'_, '_>, scheme: Scheme) {
    let fixed = Fixed::default();
    let (key, endpoint) = (api::credential("id", "secret"), endpoint());
    let parameters: Vec<(String, String)> = [
        ("RegionId", "cn-hangzhou"),
        ("ImageOwnerAlias", "system"),
        ("Status", "Available"),
        ("PageNumber", "1"),
        ("PageSize", "100"),
    ]
    .map(|(name, value)| (name.into(), value.into()))
    .into();
    let second = Duration::from_secs(1);
    let limits = Limits { connect: second, read: second, total: second, body: 1 << 20 };
    let call = Call {
        action: "DescribeImages",
        version: "2014-05-26",
        parameters: &parameters,
        endpoint: &endpoint,
        user_agent: "bench",
        limits,
    };
    bencher.bench(|| sign::sign(scheme, black_box(call), &key, fixed.clock.now(), "nonce"));
}

#[divan::bench]
fn decode_a_page_of_100(bencher: divan::Bencher<'_, '_>) {
    let page = body(100, 100);
    bencher
        .with_inputs(|| {
            let fixed = Fixed::default();
            let page = page.clone();
            fixed.http.always(move |_| Ok(answer(200, page.clone())));
            fixed
        })
        .bench_values(|fixed| list(&fixed));
}

#[divan::bench(args = [100, 10_000])]
fn select_and_flatten(bencher: divan::Bencher<'_, '_>, images: usize) {
    let images = data_source(images);
    bencher.bench(|| read(&images));
}

#[divan::bench(args = [100, 10_000])]
fn encode_the_state(bencher: divan::Bencher<'_, '_>, images: usize) {
    let images = data_source(images);
    let (state, kind) = (read(&images), images.schema().kind());
    bencher.bench(|| msgpack::encode(black_box(&state), &kind).unwrap());
}

#[divan::bench]
fn decode_the_state_of_100(bencher: divan::Bencher<'_, '_>) {
    let images = data_source(100);
    let kind = images.schema().kind();
    let bytes = msgpack::encode(&read(&images), &kind).unwrap();
    bencher.bench(|| msgpack::decode(black_box(&bytes), &kind).unwrap());
}

#[divan::bench]
fn build_the_schema(bencher: divan::Bencher<'_, '_>) {
    let images = data_source(1);
    bencher.bench(|| images.schema());
}

#[divan::bench]
fn translate_a_pattern() -> GoRegex {
    GoRegex::new(black_box("^ubuntu_[0-9]+_[0-9]+_x64*")).unwrap()
}
