use futures_util::{
    FutureExt,
    future::{join, join_all},
};

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
    let (host, cause) = ("location.example".into(), String::new());
    Error { kind: ErrorKind::Connect, host, cause, request_id: None }
}

fn reason(error: Cause) -> String {
    match error {
        Cause::Location { host, reason, .. } => format!("{host}: {reason}"),
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
        ("cn-d", "it has no ECS endpoint for this region"),
    ] {
        let error = reason(locator.find(region).await.unwrap_err());
        assert!(error.contains("location.example") && error.contains(expected), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_shared_and_cached_for_a_while() {
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
async fn a_slow_response_for_one_region_does_not_delay_others() {
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
async fn a_response_cannot_introduce_plain_http() {
    let world = Fixed::default();
    world.http.push_json(200, ANSWER.replace("ecs.example", "http://ecs.example"));
    let error = reason(locator(&world, querying()).find("cn-x").await.unwrap_err());
    assert!(error.contains("plain HTTP"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_transient_failure_is_retried() {
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
    // One attempt for each region, the initial retry budget, and one retry a second.
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

/// The quota that the concurrency limiter follows is that of ECS.
#[tokio::test(start_paused = true)]
async fn a_query_does_not_wait_for_calls_of_ecs() {
    let world = Fixed::default();
    world.http.push_json(200, ANSWER);
    let locator = locator(&world, querying());
    let limiter = locator.caller.process.limiter.clone();
    let mut permits = Vec::new();
    while let Some(permit) = limiter.permit().now_or_never() {
        permits.push(permit);
    }
    let found = locator.find("cn-x").now_or_never();
    assert_eq!(found.unwrap().unwrap().host, "ecs.example");
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_keeps_who_named_it_and_a_failure_the_request_id() {
    let world = Fixed::default();
    let id = [("x-acs-request-id", "R-3")];
    let cut = Error { request_id: Some("R-4".into()), ..unreachable() };
    for answer in [
        Ok(json(200, ANSWER)),
        Ok(response(200, &id, "{}")),
        Ok(response(200, &id, r#"{"Endpoints":{"Endpoint":[]}}"#)),
        Err(Error { kind: ErrorKind::BodyTooLarge, ..cut }),
    ] {
        world.http.push(Box::new(|_| Box::pin(async { answer })));
    }
    let locator = locator(&world, querying());
    let found = locator.find("cn-a").await.unwrap();
    assert_eq!(found.origin, Origin::Location("location.example".into()));
    for (region, id) in [("cn-b", "R-3"), ("cn-c", "R-3"), ("cn-d", "R-4")] {
        let error = reason(locator.find(region).await.unwrap_err());
        assert!(error.ends_with(&format!("(request ID {id})")), "{error}");
    }
    let configured = Endpoints { ecs: configured("ecs.block"), ..Endpoints::default() };
    let configured = configured.configured_ecs("cn-x").unwrap().unwrap();
    assert_eq!(configured.origin, Origin::Argument("endpoints.x"));
    assert_eq!(Endpoints::default().regional_ecs("cn-x").unwrap().origin, Origin::Region);
}
