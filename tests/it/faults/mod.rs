//! How a lookup behaves when something fails. Each test checks the result, the number of calls, and
//! the (virtual) time.

mod fates;
mod paging;
mod retry;
mod sharing;

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::{FutureExt, StreamExt, future::BoxFuture, stream};
use serde_json::{Value, json};
use terraform_provider_alicloud::{
    alicloud::{
        Api, Client, ClientConfig, Detail, Error, Listing, LookUp, Pages, Process, Product,
        call::{ApiCall, Caller, Policy},
        credentials::{Credential, Credentials},
        endpoint::Endpoint,
        error::{Bound, Cause, CredentialsError, Timeout},
        trace::CallTrace,
    },
    ctx::{
        Ctx,
        fixed::{Fixed, json as answer, response},
        http::{self, ErrorKind, HeaderValue, Http, Request, Response},
    },
};
use tokio::time::{Instant, sleep};

use crate::support::api::config;

/// How long a lookup may take in these tests.
const LIMIT: Duration = Duration::from_secs(300);

/// What the service does with a request, given the requested page and how often that page was
/// requested before.
type Script = Box<dyn Fn(u64, u64) -> Act + Send + Sync>;

enum Act {
    Page,
    Answer(Response),
    Fail(ErrorKind),
    Hang,
    Slow(Duration),
    SlowAnswer(Duration, Response),
}

struct Service {
    total: AtomicU64,
    script: Script,
    asked: Mutex<HashMap<u64, u64>>,
    queries: Mutex<Vec<String>>,
    under_way: AtomicUsize,
    most_under_way: AtomicUsize,
}

impl Service {
    fn new(total: u64, script: impl Fn(u64, u64) -> Act + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self {
            total: AtomicU64::new(total),
            script: Box::new(script),
            asked: Mutex::default(),
            queries: Mutex::default(),
            under_way: AtomicUsize::new(0),
            most_under_way: AtomicUsize::new(0),
        })
    }

    fn calls(&self) -> usize {
        self.queries.lock().unwrap().len()
    }
}

fn parameter(query: &str, name: &str) -> Option<String> {
    query.split('&').find_map(|pair| Some(pair.strip_prefix(name)?.strip_prefix('=')?.to_owned()))
}

fn body(page: u64, total: u64) -> Value {
    let ids = (page - 1) * 100..(page * 100).min(total);
    let images: Vec<_> = ids.map(|id| json!({"ImageId": format!("m-{id}")})).collect();
    json!({"Images": {"Image": images}, "TotalCount": total, "PageNumber": page,
        "RegionId": "cn-test", "RequestId": "R"})
}

/// Returns the images of page `last` for every later page.
fn repeated(page: u64, last: u64, total: u64) -> Value {
    let mut body = body(page.min(last), total);
    body["PageNumber"] = page.into();
    body
}

/// Counts the request as in flight until it has a response or is dropped.
struct UnderWay<'a>(&'a Service);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Http for Service {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, http::Error>> {
        let query = request.query.expose().to_owned();
        let page = parameter(&query, "PageNumber").unwrap().parse().unwrap();
        self.queries.lock().unwrap().push(query);
        let before = {
            let mut asked = self.asked.lock().unwrap();
            let count = asked.entry(page).or_default();
            *count += 1;
            *count - 1
        };
        let region = parameter(request.query.expose(), "RegionId").unwrap();
        let act = (self.script)(page, before);
        let now = self.under_way.fetch_add(1, Ordering::Relaxed) + 1;
        self.most_under_way.fetch_max(now, Ordering::Relaxed);
        let guard = UnderWay(self);
        let limits = request.limits;
        async move {
            let _guard = guard;
            let error = |kind| {
                let (host, cause) = ("ecs.test".into(), "so".into());
                Err(http::Error { kind, host, cause, request_id: None })
            };
            let full = || {
                let mut body = body(page, self.total.load(Ordering::Relaxed));
                body["RegionId"] = region.into();
                answer(200, body.to_string())
            };
            match act {
                Act::Page => Ok(full()),
                Act::Answer(response) => Ok(response),
                Act::Fail(kind) => error(kind),
                Act::Hang => {
                    sleep(limits.read.min(limits.total)).await;
                    error(ErrorKind::ReadTimeout)
                }
                Act::Slow(time) => {
                    sleep(time).await;
                    Ok(full())
                }
                Act::SlowAnswer(time, response) => {
                    sleep(time).await;
                    Ok(response)
                }
            }
        }
        .boxed()
    }
}

/// A credential that can be renewed, and a count of its renewals.
struct Keys {
    current: Mutex<Arc<Credential>>,
    renewable: bool,
    renewals: AtomicUsize,
}

fn key(id: &str) -> Arc<Credential> {
    Arc::new(Credential {
        access_key_id: id.into(),
        access_key_secret: "the-secret".into(),
        security_token: Some("the-token".into()),
        expires: None,
    })
}

impl Keys {
    fn new(renewable: bool) -> Arc<Self> {
        Arc::new(Self {
            current: Mutex::new(key("key-1")),
            renewable,
            renewals: AtomicUsize::new(0),
        })
    }
}

impl Credentials for Keys {
    fn credential(&self) -> BoxFuture<'_, Result<Arc<Credential>, CredentialsError>> {
        let current = self.current.lock().unwrap().clone();
        async move { Ok(current) }.boxed()
    }

    fn renew<'a>(
        &'a self,
        refused: &'a Arc<Credential>,
    ) -> BoxFuture<'a, Result<Arc<Credential>, CredentialsError>> {
        let mut current = self.current.lock().unwrap();
        if self.renewable && Arc::ptr_eq(refused, &current) {
            self.renewals.fetch_add(1, Ordering::Relaxed);
            *current = key("key-2");
        }
        let current = current.clone();
        async move { Ok(current) }.boxed()
    }
}

/// A client in `ctx`, with the key `key-1`.
pub(crate) fn client_of(ctx: Ctx) -> Client {
    Client::new(ctx, config(Keys::new(true)), &Process::default())
}

fn client_from(service: &Arc<Service>, config: ClientConfig) -> Client {
    let ctx = Ctx { http: service.clone(), ..Fixed::default().ctx() };
    Client::new(ctx, config, &Process::default())
}

fn client_with(service: &Arc<Service>, keys: Arc<Keys>) -> Client {
    client_from(service, config(keys))
}

fn client(service: &Arc<Service>) -> Client {
    client_with(service, Keys::new(true))
}

/// A lookup of system images.
pub(crate) fn look_up(pages: Pages) -> LookUp {
    let parameters = [("ImageOwnerAlias", "system"), ("OSType", "linux")];
    let parameters = parameters.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    LookUp {
        region: None,
        parameters,
        pages,
        detail: Detail::Full,
        deadline: Instant::now() + LIMIT,
        observer: None,
    }
}

async fn list(client: &Client) -> Result<Arc<Listing>, Error> {
    client.describe_images(look_up(Pages::All)).await
}

fn refusal(status: u16, code: &str) -> Response {
    let body = json!({"Code": code, "Message": "no", "RequestId": "R-1"});
    answer(status, body.to_string())
}

/// A refusal of the time of a request, by a service whose clock is 1,800 s ahead.
fn late() -> Response {
    let date = HeaderValue::from_static("Fri, 02 Jan 2026 03:34:05 GMT");
    let mut response = refusal(400, "InvalidTimeStamp.Expired");
    response.headers_mut().insert("date", date);
    response
}

fn raw(status: u16, body: &str) -> Act {
    Act::Answer(answer(status, body))
}
