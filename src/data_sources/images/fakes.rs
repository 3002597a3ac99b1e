//! Test helpers: blocks from JSON, images, and an in-memory service.

use std::{
    borrow::Cow,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::future::BoxFuture;
use serde_json::{Value as Json, json};

use crate::{
    access::{Access, Reported, Unavailable},
    alicloud::{
        Api, ApiRequest, ApiResponse, Error, Listing, LookUp, Pages, Product, error::Cause,
        model::Image,
    },
    contract::{DataSource as _, ReadRequest, ReadResponse},
    ctx::fixed::Fixed,
    diag::{Diagnostic, Severity},
    value::{Kind, Value},
};

use super::{
    data_source::{ImageDataSource, SourceKind as Source},
    schema,
};

/// The block of `alicloud_images` with these arguments; all others are null.
pub(crate) fn images_block(arguments: Json) -> Value {
    value(&schema::images().kind(), &arguments)
}

/// The block of `alicloud_image` with these arguments.
pub(crate) fn image_block(arguments: Json) -> Value {
    value(&schema::image().kind(), &arguments)
}

/// Converts JSON to a value of a type, as Terraform does; the string `"?"` is unknown.
pub(crate) fn value(kind: &Kind, json: &Json) -> Value {
    match (kind, json) {
        (_, Json::Null) => Value::Null,
        (_, Json::String(text)) if text == "?" => Value::UNKNOWN,
        (Kind::Bool, Json::Bool(truth)) => Value::Bool(*truth),
        (Kind::Bool, Json::String(text)) => Value::Bool(text == "true"),
        (Kind::Number, Json::Number(number)) => Value::Number(number.to_string().parse().unwrap()),
        (Kind::String, Json::String(text)) => Value::string(text.as_str()),
        (Kind::List(element), Json::Array(items)) => {
            Value::List(items.iter().map(|item| value(element, item)).collect())
        }
        (Kind::Map(element), Json::Object(members)) => Value::Map(
            members.iter().map(|(key, item)| (Arc::from(&**key), value(element, item))).collect(),
        ),
        (Kind::Object(attributes), Json::Object(members)) => {
            for name in members.keys() {
                assert!(attributes.contains_key(&**name), "there is no {name}");
            }
            Value::object(attributes.iter().map(|(name, kind)| {
                (name.clone(), value(kind, members.get(&**name).unwrap_or(&Json::Null)))
            }))
        }
        (kind, json) => panic!("{json} is not a {kind:?}"),
    }
}

/// A value as JSON.
pub(crate) fn json(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(truth) => json!(truth),
        Value::Number(number) => serde_json::from_str(&number.to_string()).unwrap(),
        Value::String(text) => json!(&**text),
        Value::List(items) | Value::Set(items) | Value::Tuple(items) => {
            items.iter().map(json).collect()
        }
        Value::Map(members) => {
            members.iter().map(|(key, item)| (key.to_string(), json(item))).collect()
        }
        Value::Object(object) => {
            object.iter().map(|(name, item)| (name.to_string(), json(item))).collect()
        }
        Value::Dynamic(_) | Value::Unknown(_) => panic!("{value:?} is not state"),
    }
}

/// An image with an ID, a name and a creation time.
pub(crate) fn image(id: &str, name: &str, created: &str) -> Image {
    Image {
        image_id: id.into(),
        image_name: name.into(),
        creation_time: created.into(),
        status: "Available".into(),
        ..Image::default()
    }
}

/// The response of the service to a lookup.
type Respond = Box<dyn Fn(&LookUp) -> Result<Listing, Box<Error>> + Send + Sync>;

/// An in-memory service.
pub(crate) struct FakeService {
    respond: Respond,
    /// The lookups that it received.
    pub(crate) seen: Mutex<Vec<LookUp>>,
}

impl FakeService {
    /// A service that returns the same images for every lookup.
    pub(crate) fn of(images: Vec<Image>) -> Arc<Self> {
        Self::answering(move |_| Ok(listing(images.clone())))
    }

    /// A service that refuses every lookup.
    pub(crate) fn refusing(cause: Cause) -> Arc<Self> {
        Self::answering(move |_| Err(error(cause.clone())))
    }

    /// A service with a response for each lookup.
    pub(crate) fn answering(
        respond: impl Fn(&LookUp) -> Result<Listing, Box<Error>> + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self { respond: Box::new(respond), seen: Mutex::default() })
    }

    /// The parameters of the lookup number `index`.
    pub(crate) fn parameters(&self, index: usize) -> Vec<(String, String)> {
        self.seen.lock().unwrap()[index].parameters.clone()
    }
}

/// A listing with these images.
pub(crate) fn listing(images: Vec<Image>) -> Listing {
    Listing {
        total_count: images.len() as u64,
        images,
        region: "cn-hangzhou".into(),
        host: "ecs.test".into(),
        calls: 1,
        clock_skew: 0,
    }
}

/// A call that failed.
pub(crate) fn error(cause: Cause) -> Box<Error> {
    Box::new(Error {
        product: Some(Product::ECS),
        action: "DescribeImages",
        region: "cn-hangzhou".into(),
        host: "ecs.cn-hangzhou.aliyuncs.com".into(),
        origin: None,
        key: None,
        attempts: 1,
        elapsed: Duration::ZERO,
        cause,
    })
}

impl Api for FakeService {
    fn call(&self, request: ApiRequest) -> BoxFuture<'_, Result<ApiResponse, Error>> {
        panic!("{request:?} is not about images")
    }

    fn describe_images(&self, look_up: LookUp) -> BoxFuture<'_, Result<Arc<Listing>, Error>> {
        let mut response = (self.respond)(&look_up);
        if let (Pages::First(images), Ok(listing)) = (look_up.pages, &mut response) {
            listing.images.truncate((images as usize).div_ceil(100) * 100);
        }
        if let (Some(region), Ok(listing)) = (&look_up.region, &mut response) {
            listing.region.clone_from(region);
        }
        self.seen.lock().unwrap().push(look_up);
        Box::pin(async move { response.map(Arc::new).map_err(|error| *error) })
    }
}

/// Access to a service, or a reason for having none.
pub(crate) struct FakeAccess {
    service: Result<Arc<FakeService>, Unavailable>,
    reported: Arc<Reported>,
}

impl From<Result<Arc<FakeService>, Unavailable>> for FakeAccess {
    fn from(service: Result<Arc<FakeService>, Unavailable>) -> Self {
        Self { service, reported: Arc::default() }
    }
}

impl From<Arc<FakeService>> for FakeAccess {
    fn from(service: Arc<FakeService>) -> Self {
        Ok(service).into()
    }
}

impl Access for FakeAccess {
    fn client(&self) -> Result<Arc<dyn Api>, Unavailable> {
        self.service.clone().map(|service| service as Arc<dyn Api>)
    }

    fn reported(&self) -> Arc<Reported> {
        self.reported.clone()
    }
}

/// Reads `alicloud_images` from a service.
pub(crate) async fn read_images(service: &Arc<FakeService>, arguments: Json) -> ReadResponse {
    read_images_in(&Fixed::default(), Ok(service.clone()), arguments, false).await
}

/// Reads `alicloud_images` in a given context.
pub(crate) async fn read_images_in(
    fixed: &Fixed,
    service: Result<Arc<FakeService>, Unavailable>,
    arguments: Json,
    deferral_allowed: bool,
) -> ReadResponse {
    let source =
        ImageDataSource::new(Source::Images, fixed.ctx(), Arc::new(FakeAccess::from(service)));
    source.read(ReadRequest { config: images_block(arguments), deferral_allowed }).await
}

/// Reads `alicloud_image` from a service.
pub(crate) async fn read_image(service: &Arc<FakeService>, arguments: Json) -> ReadResponse {
    let access = Arc::new(FakeAccess::from(service.clone()));
    let source = ImageDataSource::new(Source::Image, Fixed::default().ctx(), access);
    let request = ReadRequest { config: image_block(arguments), deferral_allowed: false };
    source.read(request).await
}

/// The state of a read that succeeded without a diagnostic.
pub(crate) fn quiet_state(response: ReadResponse) -> Json {
    assert_eq!(response.diagnostics.iter().collect::<Vec<_>>(), Vec::<&Diagnostic>::new());
    json(&response.state.unwrap())
}

/// The one diagnostic of a read that failed.
pub(crate) fn only_error(response: ReadResponse) -> Diagnostic {
    assert_eq!(response.state, None);
    let diagnostics: Vec<Diagnostic> = response.diagnostics.into_iter().collect();
    let [diagnostic] = &*diagnostics else { panic!("{diagnostics:#?}") };
    assert_eq!(diagnostic.severity, Severity::Error);
    diagnostic.clone()
}

/// The one warning of a read that succeeded.
pub(crate) fn only_warning(response: ReadResponse) -> Diagnostic {
    assert!(response.state.is_some(), "{:#?}", response.diagnostics);
    let diagnostics: Vec<Diagnostic> = response.diagnostics.into_iter().collect();
    let [diagnostic] = &*diagnostics else { panic!("{diagnostics:#?}") };
    assert_eq!(diagnostic.severity, Severity::Warning);
    diagnostic.clone()
}

/// Parameters as owned text.
pub(crate) fn pairs(parameters: &[(&str, &str)]) -> Vec<(String, String)> {
    parameters.iter().map(|(name, value)| ((*name).into(), Cow::from(*value).into())).collect()
}
