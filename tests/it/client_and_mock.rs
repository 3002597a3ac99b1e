//! The real client over real sockets against the mock. They share no code, so if they agree, both
//! follow the documentation of the API.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::future::join_all;
use serde::Deserialize;
use terraform_provider_alicloud::{
    alicloud::{
        Api, ApiRequest, Client, ClientConfig, Detail, Error, LookUp, PageObserver, PageRead,
        Pages, Process,
        endpoint::{Endpoint, Protocol, configured::Origin},
        error::Cause,
        sign::Scheme,
    },
    ctx::{
        Ctx,
        fixed::{FixedEnv, FixedFiles},
        http::TlsSettings,
        http_client::HttpClient,
        system::System,
    },
    mock::{Config, Seed, Server},
};
use tokio::time::Instant;

use crate::support::api;

/// The settings that differ between the clients of these tests.
#[derive(Clone, Copy)]
pub(crate) struct Settings {
    pub(crate) scheme: Scheme,
    pub(crate) secret: &'static str,
    pub(crate) connect_timeout: Duration,
    pub(crate) read_timeout: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            scheme: Scheme::V1,
            secret: "mock-secret-key",
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(10),
        }
    }
}

fn client(server: &Server, scheme: Scheme, secret: &'static str) -> Client {
    client_to(server, server.url(), Settings { scheme, secret, ..Settings::default() })
}

/// A client that trusts `server` and calls `url`.
pub(crate) fn client_to(server: &Server, url: &str, settings: Settings) -> Client {
    let files = FixedFiles::default();
    let trusted = server.certificate().map(|certificate| {
        files.insert("/mock.pem", certificate);
        ("SSL_CERT_FILE", "/mock.pem")
    });
    let http =
        HttpClient::new(Arc::new(trusted.into_iter().collect::<FixedEnv>()), Arc::new(files));
    client_over(Ctx { http: Arc::new(http), ..System::ctx() }, url, settings)
}

/// A client that calls `url` through the HTTP proxy `proxy` and trusts every server.
pub(crate) fn client_behind(proxy: &str, url: &str, settings: Settings) -> Client {
    let env: FixedEnv = [("HTTPS_PROXY", proxy)].into_iter().collect();
    let http = Arc::new(HttpClient::new(Arc::new(env), Arc::new(FixedFiles::default())));
    let insecure = TlsSettings { insecure: true, ..TlsSettings::default() };
    client_over(Ctx { http, ..System::ctx() }.with_tls(insecure), url, settings)
}

fn client_over(ctx: Ctx, url: &str, settings: Settings) -> Client {
    let (protocol, host) = url.split_once("://").unwrap();
    let scheme_of_url = if protocol == "https" { Protocol::Https } else { Protocol::Http };
    let host = host.trim_end_matches('/').to_owned();
    let config = ClientConfig {
        region: "cn-hangzhou".into(),
        endpoint: Arc::new(Endpoint {
            scheme: scheme_of_url,
            host,
            path: "/".into(),
            origin: Origin::Region,
        }),
        scheme: settings.scheme,
        connect_timeout: settings.connect_timeout,
        read_timeout: settings.read_timeout,
        ..api::config(api::key("mock-access-key", settings.secret))
    };
    Client::new(ctx, config, &Process::default())
}

/// Enough time for any lookup, even on a busy machine.
const AMPLE: Duration = Duration::from_secs(60);

pub(crate) fn all() -> LookUp {
    let deadline = Instant::now() + AMPLE;
    LookUp {
        region: None,
        parameters: Vec::new(),
        pages: Pages::All,
        detail: Detail::Full,
        deadline,
        observer: None,
    }
}

#[tokio::test]
async fn every_page_is_read_with_both_signatures_with_and_without_tls() {
    for tls in [false, true] {
        let server = Server::start(Config { tls, ..Config::default() }).unwrap();
        for scheme in [Scheme::V1, Scheme::Acs3] {
            let listing = client(&server, scheme, "mock-secret-key").describe_images(all()).await;
            let listing = listing.unwrap_or_else(|error| panic!("{scheme:?} {tls}: {error:?}"));
            assert_eq!(listing.images.len() as u64, listing.total_count);
            assert!(listing.total_count > 100, "more than one page");
            assert_eq!(u64::from(listing.calls), listing.total_count.div_ceil(100));
        }
    }
}

#[tokio::test]
async fn an_observer_gets_every_page_and_page_1_again_if_all_are_reread() {
    let config = Config::default().with_images(Seed::Generated(450));
    let fault = "action=DescribeImages page=3 times=1 do=total:+1";
    let server = Server::start(config.with_fault(fault).unwrap()).unwrap();
    let seen: Arc<Mutex<Vec<(u64, u64, bool)>>> = Arc::default();
    let observer = PageObserver::new({
        let seen = seen.clone();
        move |page: PageRead<'_>| {
            let body: serde_json::Value = serde_json::from_slice(page.body).unwrap();
            let is_its = body["PageNumber"] == page.number && body["RequestId"].is_string();
            seen.lock().unwrap().push((page.number, page.pages, is_its));
        }
    });
    let look_up = LookUp { observer: Some(observer), ..all() };
    let client = client(&server, Scheme::V1, "mock-secret-key");
    let listing = client.describe_images(look_up).await.unwrap();
    let pages = listing.total_count.div_ceil(100);
    let whole = (1..=pages).map(|number| (number, pages, true));
    let expected: Vec<_> = (1..=2).map(|number| (number, pages, true)).chain(whole).collect();
    assert_eq!(*seen.lock().unwrap(), expected);
}

#[tokio::test]
async fn sts_identifies_the_caller_even_if_ecs_calls_use_the_newer_signature() {
    let server = Server::start(Config::default()).unwrap();
    let host = server.url().strip_prefix("http://").unwrap().trim_end_matches('/').to_owned();
    let (scheme, origin) = (Protocol::Http, Origin::Region);
    let sts = Endpoint { scheme, host, path: "/".into(), origin };
    let deadline = Instant::now() + AMPLE;
    let identity = client(&server, Scheme::Acs3, "mock-secret-key").identity(&sts, deadline).await;
    let identity = identity.unwrap();
    assert!(identity.arn.raw().ends_with(&format!("{}:root", identity.account_id.raw())));
    let refused = client(&server, Scheme::V1, "wrong").identity(&sts, deadline).await.unwrap_err();
    assert_eq!(refused.action, "GetCallerIdentity");
}

#[tokio::test]
async fn a_wrong_secret_is_refused_without_the_string_to_sign() {
    let server = Server::start(Config::default()).unwrap();
    for scheme in [Scheme::V1, Scheme::Acs3] {
        let error = client(&server, scheme, "wrong").describe_images(all()).await.unwrap_err();
        let Cause::Api(api) = &error.cause else { panic!("{error:?}") };
        assert_eq!((api.code.as_str(), error.attempts), ("SignatureDoesNotMatch", 1));
        assert!(!api.request_id.is_empty() && api.clock_skew.is_some_and(|skew| skew.abs() < 60));
        assert!(!api.message.contains("mock-access-key") && api.message.ends_with('.'));
    }
}

/// Network faults, and whether each is retried.
const FAULTS: &[(&str, bool)] = &[
    ("throttle", true),
    ("error:InternalError:500", true),
    ("error:ServiceUnavailable:503", true),
    ("html:502", true),
    ("reset", true),
    ("close", true),
    ("truncate", true),
    ("garbage", true),
    ("empty", true),
    ("garbage-body", true),
    ("html:200", true),
    ("body:{}", false),
    ("error:Forbidden.RAM:403", false),
];

/// How many images a lookup of several pages finds within `limit` while a fault rule affects some
/// of its calls.
async fn under(rule: &str, limit: Duration) -> (Server, Result<usize, Error>) {
    let config = Config::default().with_images(Seed::Generated(600)).with_fault(rule).unwrap();
    let server = Server::start(config).unwrap();
    let deadline = Instant::now() + limit;
    let look_up = LookUp { deadline, ..all() };
    let listing = client(&server, Scheme::V1, "mock-secret-key").describe_images(look_up).await;
    (server, listing.map(|listing| listing.images.len()))
}

#[tokio::test]
async fn a_single_network_fault_costs_one_call_or_is_reported() {
    let (_, whole) = under("action=DescribeImages do=ok", AMPLE).await;
    let whole = whole.unwrap();
    let pages = whole.div_ceil(100) as u32;
    assert!(pages > 1);
    for page in [1, 2] {
        let cases = FAULTS.iter().map(|(fault, passes)| async move {
            let rule = format!("action=DescribeImages page={page} times=1 do={fault}");
            let (server, found) = under(&rule, AMPLE).await;
            match found {
                Ok(found) => {
                    assert!(*passes, "{rule}");
                    assert_eq!(found, whole, "{rule}");
                    assert_eq!(
                        server.journal().count("DescribeImages") as u32,
                        pages + 1,
                        "{rule}"
                    );
                }
                Err(error) => assert!(!passes, "{rule}: {error:?}"),
            }
        });
        join_all(cases).await;
    }
}

#[tokio::test]
async fn a_permanent_network_fault_is_one_error_before_the_deadline() {
    for page in [1, 2] {
        let all = FAULTS.iter().chain(&[("slow:1/200ms", true), ("hang", true)]);
        let cases = all.map(|(fault, passes)| async move {
            let rule = format!("action=DescribeImages page={page} do={fault}");
            let begin = Instant::now();
            let (_server, found) = under(&rule, Duration::from_secs(2)).await;
            let (error, elapsed) = (found.unwrap_err(), begin.elapsed());
            // Tests with a virtual clock check the deadline to the millisecond.
            assert!(elapsed < Duration::from_secs(10), "{rule}: {elapsed:?}");
            match error.cause {
                Cause::Deadline(_) => {
                    assert!(elapsed >= Duration::from_millis(1_900), "{rule}")
                }
                Cause::Api(api) => assert!(!passes && !api.request_id.is_empty(), "{rule}"),
                Cause::Garbled { request_id, .. } => {
                    assert!(request_id.is_some_and(|id| !id.is_empty()), "{rule}");
                }
                Cause::Transport(_) => assert!(error.attempts >= 4, "{rule}"),
                cause => panic!("{rule}: {cause:?}"),
            }
        });
        join_all(cases).await;
    }
}

/// The response to DescribeRegions.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Regions {
    regions: RegionList,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RegionList {
    region: Vec<Region>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Region {
    region_id: String,
}

async fn regions(client: &Client, limit: Duration) -> Result<Vec<String>, Error> {
    let response = client
        .call(ApiRequest {
            action: "DescribeRegions",
            region: None,
            parameters: vec![("AcceptLanguage".into(), "en-US".into())],
            deadline: Instant::now() + limit,
        })
        .await?;
    let regions = response.read::<Regions>().await?.regions.region;
    Ok(regions.into_iter().map(|region| region.region_id).collect())
}

#[tokio::test]
async fn an_action_that_is_not_about_images_is_called_with_the_same_retries() {
    let cases = FAULTS.iter().map(|(fault, passes)| async move {
        let rule = format!("action=DescribeRegions times=1 do={fault}");
        let server = Server::start(Config::default().with_fault(&rule).unwrap()).unwrap();
        match regions(&client(&server, Scheme::Acs3, "mock-secret-key"), AMPLE).await {
            Ok(regions) => {
                assert!(*passes && regions.contains(&"cn-hangzhou".to_owned()), "{rule}");
                assert_eq!(server.journal().count("DescribeRegions"), 2, "{rule}");
            }
            Err(error) => {
                assert!(!passes, "{rule}: {error:?}");
                assert_eq!((error.action, error.attempts), ("DescribeRegions", 1), "{rule}");
                assert!(matches!(error.cause, Cause::Api(_) | Cause::Garbled { .. }), "{rule}");
            }
        }
    });
    join_all(cases).await;
}

#[tokio::test]
async fn every_call_ends_at_its_deadline_and_when_the_client_is_stopped() {
    let config = Config::default().with_fault("action=DescribeRegions do=hang").unwrap();
    let server = Server::start(config).unwrap();
    let client = client(&server, Scheme::V1, "mock-secret-key");
    let error = regions(&client, Duration::from_millis(200)).await.unwrap_err();
    assert!(matches!(error.cause, Cause::Deadline(_)), "{error:?}");
    let (stopped, ()) = tokio::join!(regions(&client, AMPLE), async { client.stop() });
    assert!(matches!(stopped.unwrap_err().cause, Cause::Cancelled));
    let later = regions(&client, AMPLE).await.unwrap_err();
    assert!(matches!(later.cause, Cause::Cancelled) && later.attempts == 0, "{later:?}");
}
