//! Queries the Location service for the endpoint of ECS, where its own endpoint is configured.
//!
//! Source: Location API 2015-06-12, DescribeEndpoints. The official provider queries it always; here
//! the regional host is known without it, so it is queried only where somebody configured it. A
//! service that was configured and fails is an error: the regional host of the public cloud would be
//! another cloud's for those who run one of their own.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex as StdMutex},
    time::Duration,
};

use futures_util::future::BoxFuture;
use serde::Deserialize;
use tokio::{sync::Mutex, time::Instant};

use super::{
    Endpoint, Endpoints, FindEndpoint,
    configured::{ConfiguredEndpoint, Origin},
};
use crate::{
    alicloud::{
        call::{ApiCall, Caller, Policy},
        credentials::Credentials,
        decode,
        error::Cause,
        process::Process,
        sign::Scheme,
    },
    ctx::{Ctx, http::Limits},
    sync::lock,
};

/// The largest answer, in bytes: the endpoints of one service in one region.
const BODY_LIMIT: usize = 1 << 20;

/// How long a failure is remembered, so that the lookups that wait do not query in turn.
const FAILURE_TTL: Duration = Duration::from_secs(10);

/// Finds endpoints by what is configured; queries the Location service once per region, if at all.
pub struct Locator {
    endpoints: Endpoints,
    caller: Caller,
    regions: StdMutex<BTreeMap<String, Arc<Region>>>,
}

/// What is known of one region. Held while the service is queried for this region, not for others.
type Region = Mutex<Option<Known>>;

enum Known {
    Found(Endpoint),
    Failed(Cause, Instant),
}

impl Locator {
    /// A locator whose requests are signed with `credentials`, carry `user_agent`, and wait `connect`
    /// for a connection and `read` for more bytes of an answer.
    pub fn new(
        endpoints: Endpoints,
        credentials: Arc<dyn Credentials>,
        user_agent: String,
        (connect, read): (Duration, Duration),
        ctx: &Ctx,
        process: &Process,
    ) -> Self {
        let caller = Caller {
            ctx: ctx.clone(),
            process: process.clone(),
            scheme: Scheme::V1,
            credentials: Some(credentials),
            user_agent,
            limits: Limits { connect, read, total: connect.saturating_add(read), body: BODY_LIMIT },
            policy: Policy::AUXILIARY,
        };
        Self { endpoints, caller, regions: StdMutex::default() }
    }

    async fn locate(&self, region: &str) -> Result<Endpoint, Cause> {
        if let Some(configured) = self.endpoints.configured_ecs(region)? {
            return Ok(configured);
        }
        let Some(service) = self.endpoints.location(region)? else {
            return Ok(self.endpoints.regional_ecs(region)?);
        };
        let entry = {
            let mut regions = lock(&self.regions);
            regions.entry(region.to_owned()).or_default().clone()
        };
        let mut known = entry.lock().await;
        match &*known {
            Some(Known::Found(endpoint)) => return Ok(endpoint.clone()),
            Some(Known::Failed(cause, until)) if Instant::now() < *until => {
                return Err(cause.clone());
            }
            _ => {}
        }
        match self.query(&service, region).await {
            Ok(endpoint) => {
                *known = Some(Known::Found(endpoint.clone()));
                Ok(endpoint)
            }
            Err(cause) => {
                *known = Some(Known::Failed(cause.clone(), Instant::now() + FAILURE_TTL));
                Err(cause)
            }
        }
    }

    async fn query(&self, service: &Endpoint, region: &str) -> Result<Endpoint, Cause> {
        let host = &service.host;
        let parameters = [("Id", region), ("ServiceCode", "ecs"), ("Type", "openAPI")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let (version, parameters) = ("2015-06-12", &parameters[..]);
        let call = ApiCall { version, endpoint: service, parameters, page: 0 };
        let trace = self.caller.policy.trace("DescribeEndpoints", region, self.caller.limits);
        let answer = self.caller.call(call, &trace, decode::read_json::<Answer>).await;
        let answer = answer.map_err(|cause| of_location(host, cause))?;
        let failed = |reason: &str| Cause::Location { host: host.clone(), reason: reason.into() };
        let open = |entry: &Entry| entry.kind == "openAPI" && !entry.endpoint.is_empty();
        let entry = answer.endpoints.endpoint.into_iter().find(open);
        let entry = entry.ok_or_else(|| failed("it knows no endpoint of ECS there"))?;
        let origin = Origin::Location(host.clone());
        Ok(self.endpoints.read_ecs(&ConfiguredEndpoint { text: entry.endpoint, origin })?)
    }
}

/// Why the service at `host` returned no endpoint.
fn of_location(host: &str, cause: Cause) -> Cause {
    let reason = match cause {
        Cause::Api(refusal) => format!("it refused the call with {refusal}"),
        Cause::Credentials(error) => return Cause::Credentials(error),
        Cause::Deadline { last: Some(last), .. } => return of_location(host, *last),
        Cause::Garbled { reason, .. } => format!("its answer is not a list of endpoints: {reason}"),
        Cause::Transport(error) => error.to_string(),
        other => other.to_string(),
    };
    Cause::Location { host: host.to_owned(), reason }
}

impl FindEndpoint for Locator {
    fn find<'a>(&'a self, region: &'a str) -> BoxFuture<'a, Result<Endpoint, Cause>> {
        Box::pin(self.locate(region))
    }
}

#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "Endpoints")]
    endpoints: Entries,
}

#[derive(Deserialize)]
struct Entries {
    #[serde(rename = "Endpoint")]
    endpoint: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(rename = "Endpoint")]
    endpoint: String,
    #[serde(rename = "Type")]
    kind: String,
}

#[cfg(test)]
mod tests {
    use futures_util::future::{join, join_all};

    use super::*;
    use crate::{
        alicloud::credentials::{Credential, StaticCredentials},
        ctx::{
            fixed::{Fixed, json, response},
            http::{Error, ErrorKind, Request},
        },
    };

    fn configured(text: &str) -> Option<ConfiguredEndpoint> {
        Some(ConfiguredEndpoint { text: text.into(), origin: Origin::Argument("endpoints.x") })
    }

    fn locator(world: &Fixed, endpoints: Endpoints) -> Locator {
        let key = Credential {
            access_key_id: "id".into(),
            access_key_secret: "secret".into(),
            security_token: None,
            expires: None,
        };
        let key = Arc::new(StaticCredentials::from(key));
        let timeouts = (Duration::from_secs(5), Duration::from_secs(10));
        Locator::new(endpoints, key, "agent".into(), timeouts, &world.ctx(), &Process::default())
    }

    fn querying() -> Endpoints {
        Endpoints { location: configured("location.example"), ..Endpoints::default() }
    }

    const ANSWER: &str = r#"{"Endpoints":{"Endpoint":[
        {"Id":"cn-x","Endpoint":"inner.example","Type":"innerAPI","SerivceCode":"ecs"},
        {"Id":"cn-x","Endpoint":"ecs.example","Type":"openAPI","SerivceCode":"ecs"}]}}"#;

    fn parameter<'a>(request: &'a Request, name: &str) -> &'a str {
        let pairs = request.query.expose().split('&');
        let mut pairs = pairs.filter_map(|pair| pair.split_once('='));
        pairs.find(|(known, _)| *known == name).unwrap().1
    }

    fn unreachable() -> Error {
        Error { kind: ErrorKind::Connect, host: "location.example".into(), cause: String::new() }
    }

    fn reason(error: Cause) -> String {
        match error {
            Cause::Location { host, reason } => format!("{host}: {reason}"),
            Cause::Endpoint { origin, reason } => format!("{origin}: {reason}"),
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn the_service_is_queried_once_for_each_region() {
        let world = Fixed::default();
        world.http.push_json(200, ANSWER);
        world.http.push_json(200, ANSWER.replace("ecs.example", "other.example"));
        let locator = locator(&world, querying());
        for (region, host) in
            [("cn-x", "ecs.example"), ("cn-x", "ecs.example"), ("cn-y", "other.example")]
        {
            assert_eq!(locator.find(region).await.unwrap().host, host);
        }
        let seen = world.http.seen();
        assert_eq!(seen.len(), 2);
        assert_eq!(seen[0].url, "https://location.example/");
        assert!(seen[0].query.expose().contains("Action=DescribeEndpoints"));
    }

    #[tokio::test]
    async fn the_service_is_not_queried_unless_its_endpoint_is_configured() {
        let world = Fixed::default();
        let plain = locator(&world, Endpoints::default());
        assert_eq!(plain.find("cn-x").await.unwrap().host, "ecs.cn-x.aliyuncs.com");
        let both = locator(&world, Endpoints { ecs: configured("ecs.block"), ..querying() });
        assert_eq!(both.find("cn-x").await.unwrap().host, "ecs.block");
        assert!(world.http.seen().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_service_that_fails_is_an_error_and_never_the_public_cloud() {
        let world = Fixed::default();
        world.http.always(|request| {
            let (status, body) = match parameter(request, "Id") {
                "cn-b" => (403, r#"{"Code":"Forbidden.RAM","Message":"no","RequestId":"R"}"#),
                "cn-c" => (200, "{}"),
                "cn-d" => (200, r#"{"Endpoints":{"Endpoint":[]}}"#),
                _ => return Err(unreachable()),
            };
            Ok(json(status, body))
        });
        let locator = locator(&world, querying());
        for (region, expected) in [
            ("cn-a", "no connection could be made"),
            ("cn-b", "it refused the call with status 403, Forbidden.RAM: no (request ID R)"),
            ("cn-c", "not a list of endpoints"),
            ("cn-d", "it knows no endpoint of ECS there"),
        ] {
            let error = reason(locator.find(region).await.unwrap_err());
            assert!(error.contains("location.example") && error.contains(expected), "{error}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_failure_is_shared_for_a_while_by_all_who_wait() {
        let world = Fixed::default();
        world.http.push_error(ErrorKind::Dns);
        let locator = locator(&world, querying());
        let results = join_all((0..50).map(|_| locator.find("cn-x"))).await;
        assert!(results.iter().all(Result::is_err));
        assert_eq!(world.http.seen().len(), 1);
        tokio::time::advance(FAILURE_TTL).await;
        world.http.push_json(200, ANSWER);
        assert_eq!(locator.find("cn-x").await.unwrap().host, "ecs.example");
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_answer_for_one_region_holds_up_no_other() {
        let world = Fixed::default();
        world.http.push(Box::new(|_| {
            Box::pin(async {
                tokio::time::sleep(Duration::from_secs(8)).await;
                Ok(json(200, ANSWER))
            })
        }));
        world.http.push_json(200, ANSWER);
        let locator = locator(&world, querying());
        let begun = Instant::now();
        let quick = async {
            locator.find("cn-y").await.unwrap();
            begun.elapsed()
        };
        let (slow, quick) = join(locator.find("cn-x"), quick).await;
        assert!(slow.is_ok());
        assert_eq!((quick, begun.elapsed().as_secs()), (Duration::ZERO, 8));
    }

    #[tokio::test]
    async fn an_answer_cannot_introduce_plain_http() {
        let world = Fixed::default();
        world.http.push_json(200, ANSWER.replace("ecs.example", "http://ecs.example"));
        let error = reason(locator(&world, querying()).find("cn-x").await.unwrap_err());
        assert!(error.contains("plain HTTP"), "{error}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_failure_that_passes_is_retried() {
        let world = Fixed::default();
        world.http.push_json(503, "");
        world.http.push_error(ErrorKind::Closed);
        world.http.push_json(200, ANSWER);
        let endpoint = locator(&world, querying()).find("cn-x").await.unwrap();
        assert_eq!((&*endpoint.host, world.http.seen().len()), ("ecs.example", 3));
    }

    #[tokio::test(start_paused = true)]
    async fn an_outage_does_not_multiply_the_load() {
        let world = Fixed::default();
        world.http.always(|_| Ok(json(503, "")));
        let locator = locator(&world, querying());
        let begun = Instant::now();
        let regions: Vec<_> = (0..100).map(|number| format!("cn-{number}")).collect();
        let all = join_all(regions.iter().map(|region| locator.find(region))).await;
        assert!(all.iter().all(Result::is_err));
        assert!(begun.elapsed() <= Duration::from_secs(30), "{:?}", begun.elapsed());
        // One attempt for each region, the retries that are there at first, and one each second.
        let calls = world.http.seen().len();
        assert!((130..=100 + 32 + 30).contains(&calls), "{calls}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_clock_that_is_off_is_corrected_for_all_calls_of_the_process() {
        let world = Fixed::default();
        let date = [("date", "Fri, 02 Jan 2026 03:34:05 GMT")];
        let body = r#"{"Code":"InvalidTimeStamp.Expired","Message":"late"}"#;
        let late = response(400, &date, body);
        world.http.push(Box::new(|_| Box::pin(async { Ok(late) })));
        world.http.push_json(200, ANSWER);
        let locator = locator(&world, querying());
        assert!(locator.find("cn-x").await.is_ok());
        let seen = world.http.seen();
        let times: Vec<_> = seen.iter().map(|request| parameter(request, "Timestamp")).collect();
        assert_eq!(times, ["2026-01-02T03%3A04%3A05Z", "2026-01-02T03%3A34%3A05Z"]);
        assert_eq!(locator.caller.process.clock.seconds(), 1_800);
    }
}
