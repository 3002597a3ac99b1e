//! What a look-up does when something breaks: by kind of failure, at the first or a later page, once
//! or for ever. Each case pins the result, the number of calls, and the (virtual) time.

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
        Client, ClientConfig, DescribeImages, Error, Listing, LookUp, Pages, Process,
        call::{ApiCall, Caller, Policy},
        credentials::{Credential, Credentials},
        endpoint::{Endpoint, Protocol},
        error::{Cause, CredentialsError},
        sign::Scheme,
        trace::CallTrace,
    },
    ctx::{
        Ctx,
        fixed::{Fixed, json as answer, response},
        http::{self, ErrorKind, HeaderValue, Http, Request, Response},
    },
};
use tokio::time::{Instant, sleep};

/// How long a look-up may take in these tests.
const LIMIT: Duration = Duration::from_secs(300);

/// What the service does at one request: the page asked for, and how often that page was asked for
/// before.
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

/// The images of page `last` in the place of those of every later page.
fn repeated(page: u64, last: u64, total: u64) -> Value {
    let mut body = body(page.min(last), total);
    body["PageNumber"] = page.into();
    body
}

/// Counts the request as under way until it is answered or dropped.
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
            let error =
                |kind| Err(http::Error { kind, host: "ecs.test".into(), cause: "so".into() });
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

/// A key that can be renewed, and counts how often it was.
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

fn config(credentials: Arc<dyn Credentials>) -> ClientConfig {
    ClientConfig {
        region: "cn-test".into(),
        endpoint: Arc::new(Endpoint {
            scheme: Protocol::Https,
            host: "ecs.test".into(),
            path: "/".into(),
        }),
        scheme: Scheme::V1,
        credentials,
        user_agent: "test".into(),
        connect_timeout: Duration::from_secs(5),
        read_timeout: Duration::from_secs(60),
        max_retry_timeout: None,
        extra_parameters: Vec::new(),
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

/// A look-up of the system's images.
pub(crate) fn look_up(pages: Pages) -> LookUp {
    let parameters = [("ImageOwnerAlias", "system"), ("OSType", "linux")];
    let parameters = parameters.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    LookUp { region: None, parameters, pages, deadline: Instant::now() + LIMIT, observer: None }
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

/// What a failure of one kind leads to.
struct Fate {
    kind: &'static str,
    act: fn() -> Act,
    /// How many calls a page costs where it fails once; 0 where once is enough to fail for good.
    once: usize,
    /// How many calls are made where page 1 fails for ever: the exact number, or 0 for "as many as
    /// the time holds".
    forever: usize,
}

const FATES: &[Fate] = &[
    Fate {
        kind: "throttle",
        act: || Act::Answer(refusal(400, "Throttling.User")),
        once: 2,
        forever: 0,
    },
    Fate { kind: "throttle by status", act: || raw(429, ""), once: 2, forever: 0 },
    Fate { kind: "500", act: || Act::Answer(refusal(500, "InternalError")), once: 2, forever: 0 },
    Fate { kind: "502 HTML", act: || raw(502, "<html>Bad Gateway"), once: 2, forever: 0 },
    Fate {
        kind: "503",
        act: || Act::Answer(refusal(503, "ServiceUnavailable")),
        once: 2,
        forever: 0,
    },
    Fate { kind: "reset", act: || Act::Fail(ErrorKind::Closed), once: 2, forever: 0 },
    Fate { kind: "hang", act: || Act::Hang, once: 2, forever: 0 },
    Fate {
        kind: "connection timeout",
        act: || Act::Fail(ErrorKind::ConnectTimeout),
        once: 2,
        forever: 0,
    },
    Fate { kind: "refused connection", act: || Act::Fail(ErrorKind::Connect), once: 2, forever: 4 },
    Fate { kind: "proxy", act: || Act::Fail(ErrorKind::Proxy), once: 2, forever: 4 },
    Fate { kind: "not HTTP", act: || Act::Fail(ErrorKind::Garbled), once: 2, forever: 4 },
    Fate { kind: "truncated", act: || raw(200, r#"{"Images": {"Image": [{"#), once: 2, forever: 4 },
    Fate { kind: "garbage", act: || raw(200, "\u{1}\u{2}garbage"), once: 2, forever: 4 },
    Fate { kind: "200 empty", act: || raw(200, ""), once: 2, forever: 4 },
    Fate { kind: "200 HTML", act: || raw(200, "<html>Log in"), once: 2, forever: 4 },
    Fate {
        kind: "nonce used",
        act: || Act::Answer(refusal(400, "SignatureNonceUsed")),
        once: 2,
        forever: 3,
    },
    Fate {
        kind: "expired token",
        act: || Act::Answer(refusal(400, "InvalidSecurityToken.Expired")),
        once: 2,
        forever: 2,
    },
    Fate {
        kind: "200 with error",
        act: || Act::Answer(refusal(200, "Throttling")),
        once: 2,
        forever: 0,
    },
    Fate {
        kind: "200 with final error",
        act: || Act::Answer(refusal(200, "Forbidden.RAM")),
        once: 0,
        forever: 1,
    },
    Fate {
        kind: "another region",
        act: || raw(200, r#"{"Images": {}, "TotalCount": 0, "RegionId": "cn-other"}"#),
        once: 2,
        forever: 4,
    },
    Fate {
        kind: "another page",
        act: || raw(200, r#"{"Images": {}, "TotalCount": 0, "PageNumber": 77}"#),
        once: 2,
        forever: 4,
    },
    Fate { kind: "{}", act: || raw(200, "{}"), once: 0, forever: 1 },
    Fate { kind: "null", act: || raw(200, "null"), once: 0, forever: 1 },
    Fate { kind: "redirect", act: || raw(302, ""), once: 0, forever: 1 },
    Fate { kind: "clock skew", act: || Act::Answer(late()), once: 2, forever: 2 },
    Fate { kind: "DNS", act: || Act::Fail(ErrorKind::Dns), once: 0, forever: 1 },
    Fate { kind: "TLS", act: || Act::Fail(ErrorKind::Tls), once: 0, forever: 1 },
    Fate { kind: "too large", act: || Act::Fail(ErrorKind::BodyTooLarge), once: 0, forever: 1 },
    Fate {
        kind: "clock skew without a date",
        act: || Act::Answer(refusal(400, "InvalidTimeStamp.Expired")),
        once: 0,
        forever: 1,
    },
    Fate {
        kind: "wrong secret",
        act: || Act::Answer(refusal(400, "SignatureDoesNotMatch")),
        once: 0,
        forever: 1,
    },
];

#[tokio::test(start_paused = true)]
async fn a_failure_that_passes_costs_one_more_call_and_no_image() {
    for fate in FATES.iter().filter(|fate| fate.once > 0) {
        for broken in [1, 3] {
            let act = fate.act;
            let service =
                Service::new(
                    450,
                    move |page, before| {
                        if page == broken && before == 0 { act() } else { Act::Page }
                    },
                );
            let begun = Instant::now();
            let listing = list(&client(&service)).await.unwrap_or_else(|error| {
                panic!("{} at page {broken}: {error:?}", fate.kind);
            });
            assert_eq!(listing.images.len(), 450, "{}", fate.kind);
            assert_eq!(&**listing.images[449].image_id.raw(), "m-449", "{}", fate.kind);
            assert_eq!(service.calls(), 4 + fate.once, "{} at page {broken}", fate.kind);
            assert_eq!(listing.calls as usize, service.calls());
            let bound = if fate.kind == "hang" { 61 } else { 1 };
            assert!(begun.elapsed() < Duration::from_secs(bound), "{}", fate.kind);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_failure_that_stays_at_page_1_ends_in_one_error_in_time() {
    for fate in FATES {
        let act = fate.act;
        let service = Service::new(450, move |_, _| act());
        let begun = Instant::now();
        let error = list(&client(&service)).await.unwrap_err();
        let elapsed = begun.elapsed();
        assert!(elapsed <= LIMIT + Duration::from_millis(50), "{}: {elapsed:?}", fate.kind);
        assert_eq!(error.attempts as usize, service.calls(), "{}", fate.kind);
        assert_eq!(
            (error.action, &*error.region, &*error.host),
            ("DescribeImages", "cn-test", "ecs.test")
        );
        assert_eq!(error.elapsed, elapsed, "{}", fate.kind);
        if fate.forever > 0 {
            assert_eq!(service.calls(), fate.forever, "{}: {error:?}", fate.kind);
            assert!(elapsed < Duration::from_secs(3), "{}: {elapsed:?}", fate.kind);
            assert!(!matches!(error.cause, Cause::Deadline { .. }), "{}", fate.kind);
            continue;
        }
        assert!(elapsed > Duration::from_secs(290), "{}: {elapsed:?}", fate.kind);
        assert!(service.calls() > 4 && service.calls() < 200, "{}: {}", fate.kind, service.calls());
        match error.cause {
            Cause::Deadline { limit, last: Some(_) } => assert_eq!(limit, LIMIT, "{}", fate.kind),
            cause => panic!("{}: {cause:?}", fate.kind),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_failure_that_stays_at_a_later_page_is_an_error_too() {
    for fate in FATES {
        let act = fate.act;
        let service = Service::new(450, move |page, _| if page == 4 { act() } else { Act::Page });
        let begun = Instant::now();
        let error = list(&client(&service)).await.unwrap_err();
        let elapsed = begun.elapsed();
        assert!(elapsed <= LIMIT + Duration::from_millis(50), "{}", fate.kind);
        assert_eq!(error.attempts as usize, service.calls(), "{}", fate.kind);
        if fate.forever > 0 {
            // Four pages that are read, and an error ends those that are still on their way.
            assert!(service.calls() <= 4 + fate.forever, "{}", fate.kind);
            assert!(elapsed < Duration::from_secs(3), "{}: {elapsed:?}", fate.kind);
            let is_other =
                matches!(error.cause, Cause::Deadline { .. } | Cause::Inconsistent { .. });
            assert!(!is_other, "{}: {error:?}", fate.kind);
            continue;
        }
        assert!(elapsed > Duration::from_secs(290), "{}: {elapsed:?}", fate.kind);
        assert!(service.calls() > 8 && service.calls() < 204, "{}", fate.kind);
        match error.cause {
            Cause::Deadline { limit, last: Some(_) } => assert_eq!(limit, LIMIT, "{}", fate.kind),
            cause => panic!("{}: {cause:?}", fate.kind),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn deadline_holds_to_50_milliseconds_while_something_hangs_without_end() {
    for kind in ["http", "credentials", "endpoint"] {
        struct Never;
        impl Http for Never {
            fn send(&self, _: Request) -> BoxFuture<'_, Result<Response, http::Error>> {
                std::future::pending().boxed()
            }
        }
        impl Credentials for Never {
            fn credential(&self) -> BoxFuture<'_, Result<Arc<Credential>, CredentialsError>> {
                std::future::pending().boxed()
            }
            fn renew<'a>(
                &'a self,
                _: &'a Arc<Credential>,
            ) -> BoxFuture<'a, Result<Arc<Credential>, CredentialsError>> {
                std::future::pending().boxed()
            }
        }
        impl terraform_provider_alicloud::alicloud::endpoint::FindEndpoint for Never {
            fn find<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Endpoint, Cause>> {
                std::future::pending().boxed()
            }
        }
        let mut config = config(Keys::new(true));
        let mut ctx = Fixed::default().ctx();
        match kind {
            "http" => ctx.http = Arc::new(Never),
            "credentials" => config.credentials = Arc::new(Never),
            _ => config.endpoint = Arc::new(Never),
        }
        let begun = Instant::now();
        let error = list(&Client::new(ctx, config, &Process::default())).await.unwrap_err();
        let late = begun.elapsed().checked_sub(LIMIT).unwrap();
        assert!(late < Duration::from_millis(50), "{kind}: {late:?}");
        assert!(matches!(error.cause, Cause::Deadline { last: None, .. }), "{kind}");
    }
}

#[tokio::test(start_paused = true)]
async fn max_retry_timeout_caps_the_deadline() {
    let service = Service::new(1, |_, _| Act::Answer(refusal(400, "Throttling")));
    let mut config = config(Keys::new(true));
    config.max_retry_timeout = Some(Duration::from_secs(20));
    let client = client_from(&service, config);
    let begun = Instant::now();
    let error = list(&client).await.unwrap_err();
    assert!(begun.elapsed() <= Duration::from_secs(20));
    assert!(
        matches!(error.cause, Cause::Deadline { limit, .. } if limit == Duration::from_secs(20))
    );
}

#[tokio::test(start_paused = true)]
async fn each_way_to_fail_has_tries_of_its_own() {
    let service = Service::new(1, |_, before| match before {
        0..5 => Act::Answer(refusal(400, "Throttling")),
        5 => raw(200, ""),
        _ => Act::Page,
    });
    assert_eq!(list(&client(&service)).await.unwrap().images.len(), 1);
    assert_eq!(service.calls(), 7);
}

#[tokio::test(start_paused = true)]
async fn an_empty_body_is_told_with_the_request_id_of_its_header() {
    let service =
        Service::new(1, |_, _| Act::Answer(response(200, &[("x-acs-request-id", "R-7")], "")));
    let error = list(&client(&service)).await.unwrap_err();
    let Cause::Garbled { request_id, .. } = error.cause else { panic!("{error:?}") };
    assert_eq!((request_id.as_deref(), error.attempts), (Some("R-7"), 4));
}

#[tokio::test(start_paused = true)]
async fn no_cut_leaves_a_part_of_the_key_in_a_request_id() {
    for end in 190..200 {
        let service = Service::new(1, move |_, _| {
            let id = format!("{}the-secret", "x".repeat(end));
            Act::Answer(response(200, &[("x-acs-request-id", &id)], "{}"))
        });
        let error = list(&client(&service)).await.unwrap_err();
        let Cause::Garbled { request_id, .. } = error.cause else { panic!("{error:?}") };
        assert!(!request_id.unwrap().contains("the"), "{end}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_max_retry_timeout_beyond_all_clocks_is_no_limit() {
    let service = Service::new(1, |_, _| Act::Page);
    let mut config = config(Keys::new(true));
    config.max_retry_timeout = Some(Duration::from_secs(u64::MAX));
    let client = client_from(&service, config);
    assert_eq!(list(&client).await.unwrap().images.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn backing_off_past_the_end_of_a_quota_minute_succeeds() {
    let origin = Instant::now();
    let service = Service::new(100, move |_, _| {
        if origin.elapsed() < Duration::from_secs(60) {
            Act::Answer(refusal(400, "Throttling.User"))
        } else {
            Act::Page
        }
    });
    assert_eq!(list(&client(&service)).await.unwrap().images.len(), 100);
    assert!(origin.elapsed() < Duration::from_secs(75), "{:?}", origin.elapsed());
    assert!(service.calls() < 25, "{}", service.calls());
}

#[tokio::test(start_paused = true)]
async fn fifty_look_ups_under_a_quota_of_1000_calls_a_minute_all_succeed() {
    let origin = Instant::now();
    let minute = Mutex::new((0, 0));
    let service = Service::new(2_500, move |_, _| {
        let mut minute = minute.lock().unwrap();
        let now = origin.elapsed().as_secs() / 60;
        if minute.0 != now {
            *minute = (now, 0);
        }
        minute.1 += 1;
        if minute.1 > 1_000 {
            Act::Answer(refusal(400, "Throttling.User"))
        } else {
            Act::Slow(Duration::from_millis(50))
        }
    });
    let client = client(&service);
    let all = (0..50).map(|number| {
        let mut look_up = look_up(Pages::All);
        look_up.parameters.push(("ImageName".into(), number.to_string()));
        client.describe_images(look_up)
    });
    for listing in futures_util::future::join_all(all).await {
        assert_eq!(listing.unwrap().images.len(), 2_500);
    }
    assert!(origin.elapsed() < Duration::from_secs(200), "{:?}", origin.elapsed());
}

#[tokio::test(start_paused = true)]
async fn an_outage_does_not_multiply_the_load() {
    let service = Service::new(1, |_, _| Act::Answer(refusal(503, "ServiceUnavailable")));
    // Two configurations of one process.
    let process = Process::default();
    let ctx = || Ctx { http: service.clone(), ..Fixed::default().ctx() };
    let clients = [(); 2].map(|()| Client::new(ctx(), config(Keys::new(true)), &process));
    let all = (0..100).map(|number| {
        let mut look_up = look_up(Pages::All);
        look_up.parameters.push(("ImageName".into(), number.to_string()));
        clients[number % 2].describe_images(look_up)
    });
    for result in futures_util::future::join_all(all).await {
        assert!(matches!(result.unwrap_err().cause, Cause::Deadline { last: Some(_), .. }));
    }
    // One attempt for each lookup, the retries that are there at first, and one each second.
    assert!(service.calls() <= 100 + 32 + 300, "{}", service.calls());
    assert!(service.calls() > 400, "{}", service.calls());
}

#[tokio::test(start_paused = true)]
async fn after_an_outage_all_lookups_go_on_at_once() {
    let origin = Instant::now();
    let service = Service::new(1, move |_, _| {
        if origin.elapsed() < Duration::from_secs(120) {
            Act::SlowAnswer(Duration::from_millis(50), refusal(503, "ServiceUnavailable"))
        } else {
            Act::Slow(Duration::from_millis(50))
        }
    });
    let client = client(&service);
    let all = (0..100).map(|number| {
        let mut look_up = look_up(Pages::All);
        look_up.parameters.push(("ImageName".into(), number.to_string()));
        client.describe_images(look_up)
    });
    for listing in futures_util::future::join_all(all).await {
        listing.unwrap();
    }
    assert!(origin.elapsed() < Duration::from_secs(140), "{:?}", origin.elapsed());
}

#[tokio::test(start_paused = true)]
async fn retry_after_is_kept_to_the_millisecond() {
    let service = Service::new(1, |_, before| {
        let mut response = refusal(503, "ServiceUnavailable");
        response.headers_mut().insert("x-acs-retry-after", HeaderValue::from_static("12345"));
        if before == 0 { Act::Answer(response) } else { Act::Page }
    });
    let begun = Instant::now();
    list(&client(&service)).await.unwrap();
    assert_eq!(begun.elapsed().as_millis().abs_diff(12_345), 0);
}

#[tokio::test(start_paused = true)]
async fn every_try_has_its_own_nonce_and_instant() {
    let service = Service::new(450, |_, before| {
        if before < 2 { Act::Answer(refusal(503, "ServiceUnavailable")) } else { Act::Page }
    });
    list(&client(&service)).await.unwrap();
    let queries = service.queries.lock().unwrap();
    let values = |name| {
        let mut values: Vec<_> =
            queries.iter().map(|query| parameter(query, name).unwrap()).collect();
        values.sort();
        values.dedup();
        values.len()
    };
    assert_eq!((queries.len(), values("SignatureNonce"), values("Signature")), (15, 15, 15));
}

#[tokio::test(start_paused = true)]
async fn an_expired_token_is_renewed_once_for_all_pages() {
    let keys = Keys::new(true);
    let service = Service::new(1_000, |page, before| {
        if page > 1 && before == 0 {
            Act::SlowAnswer(Duration::from_millis(50), refusal(400, "InvalidSecurityToken.Expired"))
        } else {
            Act::Page
        }
    });
    let listing = list(&client_with(&service, keys.clone())).await.unwrap();
    assert_eq!((listing.images.len(), keys.renewals.load(Ordering::Relaxed)), (1_000, 1));
    let queries = service.queries.lock().unwrap();
    let renewed = queries.iter().filter(|query| query.contains("AccessKeyId=key-2")).count();
    assert_eq!((queries.len(), renewed), (19, 9));
}

#[tokio::test(start_paused = true)]
async fn an_expired_token_that_cannot_be_renewed_is_refused_once() {
    let service = Service::new(1, |_, _| Act::Answer(refusal(400, "InvalidSecurityToken.Expired")));
    let error = list(&client_with(&service, Keys::new(false))).await.unwrap_err();
    assert_eq!(service.calls(), 1);
    assert!(matches!(error.cause, Cause::Api(api) if api.code == "InvalidSecurityToken.Expired"));
}

#[tokio::test(start_paused = true)]
async fn a_message_never_repeats_the_key() {
    let service = Service::new(1, |_, _| {
        raw(403, r#"{"Code": "X", "Message": "key-1 the-token the-secret are bad"}"#)
    });
    let error = list(&client(&service)).await.unwrap_err();
    let Cause::Api(api) = error.cause else { panic!("{error:?}") };
    assert_eq!(api.message, "(redacted) (redacted) (redacted) are bad");
}

#[tokio::test(start_paused = true)]
async fn calls_are_one_for_each_hundred_images() {
    for (total, calls) in [(0, 1), (1, 1), (99, 1), (100, 1), (101, 2), (250, 3), (10_000, 100)] {
        let service = Service::new(total, |_, _| Act::Slow(Duration::from_millis(50)));
        let listing = list(&client(&service)).await.unwrap();
        assert_eq!((listing.images.len() as u64, service.calls()), (total, calls), "{total}");
        assert!(
            listing
                .images
                .iter()
                .zip(0..)
                .all(|(image, id)| **image.image_id.raw() == *format!("m-{id}"))
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_thousand_images_take_two_round_trips() {
    let service = Service::new(1_000, |_, _| Act::Slow(Duration::from_millis(50)));
    let begun = Instant::now();
    list(&client(&service)).await.unwrap();
    assert!(begun.elapsed() <= Duration::from_millis(105), "{:?}", begun.elapsed());
    assert_eq!(service.most_under_way.load(Ordering::Relaxed), 9);
}

#[tokio::test(start_paused = true)]
async fn only_the_first_page_is_read_where_no_more_is_wanted() {
    let service = Service::new(450, |_, _| Act::Page);
    let listing = client(&service).describe_images(look_up(Pages::First(1))).await.unwrap();
    assert_eq!((listing.images.len(), listing.total_count, service.calls()), (100, 450, 1));
}

#[tokio::test(start_paused = true)]
async fn no_page_is_read_behind_those_that_hold_the_wanted_images() {
    for (images, calls) in [(1, 1), (100, 1), (150, 2), (200, 2), (201, 3), (100_000, 5)] {
        let service = Service::new(450, |_, _| Act::Page);
        let listing = client(&service).describe_images(look_up(Pages::First(images))).await;
        let found = listing.unwrap().images.len();
        assert_eq!((found, service.calls()), (450.min(calls * 100), calls), "{images}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_wrong_total_count_ends_in_an_error_after_three_readings() {
    for (claimed, calls) in [(451, 15), (600, 18), (449, 15), (0, 3), (50, 3)] {
        let service = Service::new(450, move |page, _| {
            let mut body = body(page, 450);
            body["TotalCount"] = claimed.into();
            Act::Answer(answer(200, body.to_string()))
        });
        let begun = Instant::now();
        let error = list(&client(&service)).await.unwrap_err();
        assert!(
            matches!(error.cause, Cause::Inconsistent { total_count, rounds: 3, .. } if total_count == claimed),
            "{error:?}"
        );
        assert_eq!(service.calls(), calls, "{claimed}");
        assert!(begun.elapsed() < Duration::from_secs(4));
    }
}

#[tokio::test(start_paused = true)]
async fn a_total_count_that_is_far_too_large_costs_few_calls() {
    let service = Service::new(100, move |page, _| {
        let mut body = body(page, 1_000_000);
        if page > 1 {
            body["Images"]["Image"] = json!([]);
        }
        Act::Answer(answer(200, body.to_string()))
    });
    let error = list(&client(&service)).await.unwrap_err();
    assert!(matches!(error.cause, Cause::Inconsistent { .. }), "{error:?}");
    assert!(service.calls() < 150, "{}", service.calls());
}

#[tokio::test(start_paused = true)]
async fn the_same_page_again_and_again_is_no_progress() {
    let service = Service::new(1_000, |page, _| {
        Act::Answer(answer(200, repeated(page, 1, 1_000).to_string()))
    });
    let error = list(&client(&service)).await.unwrap_err();
    let Cause::Inconsistent { total_count, received, rounds } = error.cause else {
        panic!("{error:?}")
    };
    assert_eq!((total_count, received, rounds), (1_000, 100, 3));
}

#[tokio::test(start_paused = true)]
async fn a_catalogue_that_changes_once_is_read_again() {
    let service = Service::new(450, |page, before| {
        let total = if page == 3 && before == 0 { 451 } else { 450 };
        Act::Answer(answer(200, body(page, total).to_string()))
    });
    let listing = list(&client(&service)).await.unwrap();
    // Page 3 ends the first reading.
    assert_eq!((listing.images.len(), service.calls()), (450, 3 + 5));
}

#[tokio::test(start_paused = true)]
async fn pages_are_not_read_again_past_the_deadline() {
    let service =
        Service::new(450, |page, _| Act::Answer(answer(200, repeated(page, 2, 450).to_string())));
    let mut look_up = look_up(Pages::All);
    look_up.deadline = Instant::now() + Duration::from_millis(100);
    let error = client(&service).describe_images(look_up).await.unwrap_err();
    assert!(matches!(error.cause, Cause::Inconsistent { rounds: 1, .. }), "{error:?}");
}

/// How many calls `blocks` equal data blocks of 100 images make at 50 ms a call, read as Terraform
/// reads them: ten at a time, the next one as soon as one is done.
async fn calls_of_equal_blocks(blocks: usize) -> usize {
    let service = Service::new(100, |_, _| Act::Slow(Duration::from_millis(50)));
    let client = client(&service);
    let reads = (0..blocks).map(|_| list(&client));
    let listings = stream::iter(reads).buffer_unordered(10).collect::<Vec<_>>().await;
    assert!(listings.iter().all(|listing| listing.as_ref().unwrap().images.len() == 100));
    assert_eq!(listings.len(), blocks);
    service.calls()
}

#[tokio::test(start_paused = true)]
async fn equal_data_blocks_share_their_calls() {
    assert_eq!(calls_of_equal_blocks(1).await, 1);
    let (twenty, hundred) = (calls_of_equal_blocks(20).await, calls_of_equal_blocks(100).await);
    assert!(twenty <= 8 && hundred <= 30, "{twenty}, {hundred}");
}

#[tokio::test(start_paused = true)]
async fn an_answer_comes_only_from_calls_that_were_sent_after_the_lookup_started() {
    let service = Service::new(1, |_, _| Act::Slow(Duration::from_millis(50)));
    let client = client(&service);
    let after = |milliseconds| {
        let (service, client) = (&service, &client);
        async move {
            sleep(Duration::from_millis(milliseconds)).await;
            let (total, sent) = (milliseconds + 1, service.calls());
            service.total.store(total, Ordering::Relaxed);
            let listing = list(client).await.unwrap();
            // What the catalog held when the lookup started is found, or what came later.
            assert!(listing.images.len() as u64 >= total.min(100), "{milliseconds}");
            assert!(service.calls() > sent, "{milliseconds}");
        }
    };
    futures_util::future::join_all((0..100).map(|number| after(number * 7 % 400))).await;
}

#[tokio::test(start_paused = true)]
async fn lookups_with_the_same_parameters_in_another_order_are_equal() {
    let service = Service::new(1, |_, _| Act::Slow(Duration::from_millis(50)));
    let client = client(&service);
    let mut reordered = look_up(Pages::All);
    reordered.parameters.reverse();
    // The first one is read; the other two wait and share the next listing.
    let (first, second, third) =
        tokio::join!(list(&client), list(&client), client.describe_images(reordered));
    let (first, second, third) = (first.unwrap(), second.unwrap(), third.unwrap());
    assert!(!Arc::ptr_eq(&first, &second) && Arc::ptr_eq(&second, &third));
    assert_eq!(service.calls(), 2);
}

#[tokio::test(start_paused = true)]
async fn nothing_completed_is_kept() {
    let service = Service::new(1, |_, _| Act::Page);
    let client = client(&service);
    let listing = Arc::downgrade(&list(&client).await.unwrap());
    assert!(listing.upgrade().is_none());
    list(&client).await.unwrap();
    assert_eq!(service.calls(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_lookup_that_joins_with_more_time_has_all_of_it() {
    let service = Service::new(1, |_, before| {
        Act::Slow(Duration::from_secs(if before == 0 { 1 } else { 5 }))
    });
    let client = client(&service);
    let within = |seconds| {
        let deadline = Instant::now() + Duration::from_secs(seconds);
        client.describe_images(LookUp { deadline, ..look_up(Pages::All) })
    };
    // The last two share a listing that the hasty one began.
    let (first, hasty, patient) = tokio::join!(within(60), within(3), within(60));
    first.unwrap();
    assert!(
        matches!(hasty.unwrap_err().cause, Cause::Deadline { limit, .. } if limit.as_secs() == 3)
    );
    assert_eq!(patient.unwrap().images.len(), 1);
    assert_eq!(service.calls(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_shared_work_reaches_every_waiter() {
    struct Bug(AtomicUsize);
    impl Http for Bug {
        fn send(&self, _: Request) -> BoxFuture<'_, Result<Response, http::Error>> {
            self.0.fetch_add(1, Ordering::Relaxed);
            async {
                sleep(Duration::from_millis(50)).await;
                std::panic::resume_unwind(Box::new("a bug"))
            }
            .boxed()
        }
    }
    let http = Arc::new(Bug(AtomicUsize::new(0)));
    let client = Arc::new(client_of(Ctx { http: http.clone(), ..Fixed::default().ctx() }));
    let waiting: Vec<_> = (0..10)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { list(&client).await })
        })
        .collect();
    let begun = Instant::now();
    for waiter in waiting {
        assert!(waiter.await.unwrap_err().is_panic());
    }
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    assert_eq!(http.0.load(Ordering::Relaxed), 2);
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_off_is_corrected_once_and_for_all_calls() {
    let service =
        Service::new(
            150,
            |page, before| {
                if page == 1 && before == 0 { Act::Answer(late()) } else { Act::Page }
            },
        );
    let client = client(&service);
    assert_eq!(list(&client).await.unwrap().clock_skew, 1_800);
    assert_eq!(list(&client).await.unwrap().clock_skew, 1_800);
    let queries = service.queries.lock().unwrap();
    let times: Vec<_> =
        queries.iter().map(|query| parameter(query, "Timestamp").unwrap()).collect();
    assert_eq!(times[0], "2026-01-02T03%3A04%3A05Z");
    assert_eq!(times.len(), 5);
    assert!(times[1..].iter().all(|time| time == "2026-01-02T03%3A34%3A05Z"), "{times:?}");
}

#[tokio::test(start_paused = true)]
async fn a_name_server_that_fails_for_some_seconds_is_ridden_out() {
    let origin = Instant::now();
    let service = Service::new(1, move |_, _| {
        if origin.elapsed() < Duration::from_secs(15) {
            Act::Fail(ErrorKind::Resolver)
        } else {
            Act::Page
        }
    });
    list(&client(&service)).await.unwrap();
    // One that stays out of order ends in an error within a minute.
    let service = Service::new(1, |_, _| Act::Fail(ErrorKind::Resolver));
    let begun = Instant::now();
    let error = list(&client(&service)).await.unwrap_err();
    assert!(matches!(error.cause, Cause::Transport(_)), "{error:?}");
    assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", begun.elapsed());
    assert_eq!(error.attempts, 10);
}

#[tokio::test(start_paused = true)]
async fn different_look_ups_and_other_clients_share_nothing() {
    let service = Service::new(150, |_, _| Act::Page);
    let first = client(&service);
    list(&first).await.unwrap();
    let mut other = look_up(Pages::All);
    other.region = Some("cn-other".into());
    assert_eq!(first.describe_images(other).await.unwrap().region, "cn-other");
    first.describe_images(look_up(Pages::First(1))).await.unwrap();
    list(&client(&service)).await.unwrap();
    assert_eq!(service.calls(), 2 + 2 + 1 + 2);
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_not_shared_with_lookups_that_came_later() {
    let service = Service::new(1, |_, before| {
        if before == 0 {
            Act::SlowAnswer(Duration::from_millis(50), refusal(403, "Forbidden.RAM"))
        } else {
            Act::Page
        }
    });
    let client = client(&service);
    // The first is read and fails; the other two share the next listing.
    let all = futures_util::future::join_all((0..3).map(|_| list(&client))).await;
    assert!(all[0].is_err() && all[1].is_ok() && all[2].is_ok());
    assert_eq!(service.calls(), 2);
}

#[tokio::test(start_paused = true)]
async fn who_leaves_takes_nothing_from_the_others() {
    let service = Service::new(1, |_, _| Act::Slow(Duration::from_secs(1)));
    let client = Arc::new(client(&service));
    let spawn = || {
        let client = client.clone();
        tokio::spawn(async move { list(&client).await })
    };
    let (first, second, third) = (spawn(), spawn(), spawn());
    // The second and the third share a listing, which the second drives.
    sleep(Duration::from_millis(1_500)).await;
    second.abort();
    assert_eq!(third.await.unwrap().unwrap().images.len(), 1);
    assert_eq!(first.await.unwrap().unwrap().images.len(), 1);
    assert_eq!(service.calls(), 2);
}

#[tokio::test(start_paused = true)]
async fn work_that_everybody_left_ends() {
    let service = Service::new(1, |_, _| Act::Hang);
    let client = client(&service);
    let left = tokio::time::timeout(Duration::from_secs(1), list(&client)).await;
    assert!(left.is_err());
    assert_eq!(service.under_way.load(Ordering::Relaxed), 0);
}

#[tokio::test(start_paused = true)]
async fn each_caller_waits_no_longer_than_its_own_deadline_and_not_less() {
    let service = Service::new(1, |_, _| Act::Slow(Duration::from_secs(5)));
    let client = client(&service);
    let within = |seconds| {
        let mut look_up = look_up(Pages::All);
        look_up.deadline = Instant::now() + Duration::from_secs(seconds);
        client.describe_images(look_up)
    };
    let begun = Instant::now();
    let (hasty, patient) = tokio::join!(async { (within(2).await, begun.elapsed()) }, async {
        (within(60).await, begun.elapsed())
    });
    assert!(matches!(hasty.0.unwrap_err().cause, Cause::Deadline { .. }));
    assert_eq!(hasty.1.as_secs(), 2);
    assert_eq!(patient.0.unwrap().images.len(), 1);
    assert_eq!((patient.1.as_secs(), service.calls()), (7, 2));
}

#[tokio::test(start_paused = true)]
async fn who_joins_late_is_told_its_own_time() {
    let service = Service::new(1, |_, _| Act::Hang);
    let client = client(&service);
    let late = async {
        sleep(Duration::from_secs(3)).await;
        let mut look_up = look_up(Pages::All);
        look_up.deadline = Instant::now() + Duration::from_secs(2);
        client.describe_images(look_up).await.unwrap_err().cause
    };
    let (_, late) = tokio::join!(list(&client), late);
    assert!(
        matches!(late, Cause::Deadline { limit, .. } if limit == Duration::from_secs(2)),
        "{late:?}"
    );
}

#[tokio::test]
async fn a_call_that_is_dropped_does_not_wait_for_its_answer_to_be_decoded() {
    let http = Fixed::default();
    http.http.push_json(200, " ".repeat(1 << 20));
    let (config, deadline) = (config(Keys::new(true)), Instant::now() + LIMIT);
    let caller = Caller {
        ctx: http.ctx(),
        process: Process::default(),
        scheme: config.scheme,
        credentials: Some(config.credentials),
        user_agent: config.user_agent,
        limits: http::Limits { connect: LIMIT, read: LIMIT, total: LIMIT, body: 4 << 20 },
        policy: Policy::ECS,
    };
    let endpoint = Endpoint { scheme: Protocol::Https, host: "ecs.test".into(), path: "/".into() };
    let call = ApiCall { version: "1", endpoint: &endpoint, parameters: &[], page: 0 };
    let trace = CallTrace::new("Test", "cn-test", deadline);
    let decoding = Arc::new(AtomicUsize::new(0));
    let (release, released) = std::sync::mpsc::channel::<()>();
    let (begun, released) = (decoding.clone(), Arc::new(Mutex::new(released)));
    let read = move |_: &[u8]| {
        begun.fetch_add(1, Ordering::Relaxed);
        // Decodes until the test is over.
        let _ = released.lock().unwrap().recv();
        Ok(())
    };
    let mut answer = Box::pin(caller.call(call, &trace, read));
    while decoding.load(Ordering::Relaxed) == 0 {
        assert!(tokio::time::timeout(Duration::from_millis(5), &mut answer).await.is_err());
    }
    let dropped = Instant::now();
    drop(answer);
    assert!(dropped.elapsed() < Duration::from_secs(1), "{:?}", dropped.elapsed());
    drop(release);
}

#[tokio::test(start_paused = true)]
async fn stop_ends_every_wait_at_once() {
    let hanging: [fn() -> Act; 2] = [|| Act::Hang, || Act::Answer(refusal(400, "Throttling"))];
    for act in hanging {
        let service = Service::new(1, move |_, _| act());
        let client = Arc::new(client(&service));
        let reading = client.clone();
        let read = tokio::spawn(async move { list(&reading).await });
        sleep(Duration::from_secs(30)).await;
        let before = Instant::now();
        client.stop();
        let error = read.await.unwrap().unwrap_err();
        assert!(matches!(error.cause, Cause::Cancelled));
        assert!(error.attempts > 0 && error.elapsed >= Duration::from_secs(30));
        assert!(before.elapsed() < Duration::from_millis(5));
        assert_eq!(service.under_way.load(Ordering::Relaxed), 0);
        assert!(matches!(list(&client).await.unwrap_err().cause, Cause::Cancelled));
    }
}
