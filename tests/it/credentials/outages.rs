//! How credential sources behave while a service has an outage, or if a clock is wrong.

use std::{sync::Arc, time::Duration};

use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use terraform_provider_alicloud::{
    contract::{ConfigureRequest, Provider, ReadRequest},
    ctx::{
        Clock,
        fixed::{Fixed, json, response},
        http::{Request, Response},
    },
    diag::{Diagnostics, Severity},
    provider::Alicloud,
    value::Value,
};
use tokio::time::{Instant, advance};

fn role() -> Value {
    let role = Value::object([("role_arn", Value::from("acs:ram::1:role/r"))]);
    Value::object([
        ("access_key", Value::from("id")),
        ("secret_key", "secret".into()),
        ("region", "cn-beijing".into()),
        ("assume_role", Value::Set(vec![role])),
    ])
}

fn id_token() -> Value {
    let role = Value::object([
        ("role_arn", Value::from("acs:ram::1:role/r")),
        ("oidc_provider_arn", "acs:ram::1:oidc-provider/p".into()),
        ("oidc_token", "the-id-token".into()),
    ]);
    Value::object([
        ("region", Value::from("cn-beijing")),
        ("assume_role_with_oidc", Value::List(vec![role])),
    ])
}

fn uri() -> Value {
    Value::object([
        ("credentials_uri", Value::from("http://127.0.0.1:1/keys")),
        ("region", "cn-beijing".into()),
    ])
}

async fn configured(provider: &dyn Provider, block: Value) {
    let config = provider.schema().kind().complete(block).into();
    let request = ConfigureRequest { config, terraform_version: "1.11.4".into() };
    assert!(provider.configure(request).await.is_empty());
}

async fn read(provider: &dyn Provider) -> Diagnostics {
    let sources = provider.data_sources();
    let images = sources.iter().find(|source| source.name() == "alicloud_images").unwrap();
    let config = images.schema().kind().complete(Value::object([("name_regex", Value::from("."))]));
    images.read(ReadRequest { config, deferral_allowed: false }).await.diagnostics
}

fn is_ecs(request: &Request) -> bool {
    request.url.contains("//ecs.")
}

fn calls(world: &Fixed) -> (usize, usize) {
    let seen = world.http.seen();
    let ecs = seen.iter().filter(|request| is_ecs(request)).count();
    (seen.len() - ecs, ecs)
}

#[tokio::test(start_paused = true)]
async fn an_outage_of_a_credential_source_does_not_multiply_the_load() {
    for block in [role(), id_token(), uri()] {
        let world = Fixed::default();
        world.http.always(|_| Ok(json(503, r#"{"Code":"ServiceUnavailable"}"#)));
        let connect = Alicloud::for_each_connection(world.ctx(), "0.0.0");
        let aliases: Vec<_> = (0..100).map(|_| connect()).collect();
        let begun = Instant::now();
        let all = aliases.iter().map(|alias| async {
            configured(&**alias, block.clone()).await;
            // In each configuration, ten data blocks wait for one credential.
            join_all((0..10).map(|_| read(&**alias))).await
        });
        for reads in join_all(all).await {
            assert!(reads.iter().all(Diagnostics::has_errors));
        }
        assert!(begun.elapsed() < Duration::from_secs(35), "{:?}", begun.elapsed());
        // One attempt for each alias, the initial retry budget, and one retry a second.
        let (sources, ecs) = calls(&world);
        assert!((130..=100 + 32 + 30).contains(&sources), "{sources}");
        assert_eq!(ecs, 0);
    }
}

/// A service with a clock that is `ahead` of that of this machine. ECS and STS refuse a time that
/// differs from theirs by more than 15 minutes.
fn world_whose_service_is(ahead: SignedDuration) -> Fixed {
    let world = Fixed::default();
    let clock = world.clock.clone();
    world.http.always(move |request| Ok(answer(request, clock.now() + ahead)));
    world
}

fn refused_time(date: &str) -> Response {
    response(400, &[("date", date)], r#"{"Code":"InvalidTimeStamp.Expired","Message":"no"}"#)
}

fn answer(request: &Request, now: Timestamp) -> Response {
    let encoded = request.query.expose();
    let query = percent_encoding::percent_decode_str(encoded).decode_utf8().unwrap();
    let sent = query.split('&').find_map(|pair| pair.strip_prefix("Timestamp=")).unwrap();
    let sent: Timestamp = sent.parse().unwrap();
    if sent.duration_since(now).abs() > SignedDuration::from_mins(15) {
        return refused_time(&now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string());
    }
    if is_ecs(request) {
        return json(200, r#"{"TotalCount":0,"Images":{"Image":[]}}"#);
    }
    let expires = (now + SignedDuration::from_hours(1)).strftime("%Y-%m-%dT%H:%M:%SZ");
    json(
        200,
        format!(
            r#"{{"Credentials":{{"AccessKeyId":"STS.1","AccessKeySecret":"s",
                "SecurityToken":"t","Expiration":"{expires}"}}}}"#
        ),
    )
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_off_is_corrected_when_sts_refuses_the_time() {
    let hour = SignedDuration::from_hours(1);
    for block in [role(), id_token()] {
        for ahead in [hour / 2, -(hour / 2), hour * 5, -(hour * 5)] {
            let world = world_whose_service_is(ahead);
            let provider = Arc::new(Alicloud::new(world.ctx(), "0.0.0"));
            configured(&*provider, block.clone()).await;
            for _ in 0..5 {
                let diagnostics = read(&*provider).await;
                let found: Vec<_> = diagnostics.iter().collect();
                let [warning] = &found[..] else { panic!("{ahead}: {found:?}") };
                assert_eq!(warning.severity, Severity::Warning);
                assert_eq!(warning.summary, "Clock differs from Alibaba Cloud's");
            }
            // One refusal in total, and one credential for all lookups.
            assert_eq!(calls(&world), (2, 5), "{ahead}");
            // The renewal of the credential uses the service's clock too.
            advance(Duration::from_secs(70 * 60)).await;
            read(&*provider).await;
            assert_eq!(calls(&world), (3, 6), "{ahead}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_check_signatures_does_not_correct_the_clock() {
    let world = Fixed::default();
    world.http.always(|_| Ok(refused_time("Fri, 02 Jan 2026 09:00:00 GMT")));
    let provider = Arc::new(Alicloud::new(world.ctx(), "0.0.0"));
    configured(&*provider, uri()).await;
    assert!(read(&*provider).await.has_errors());
    assert_eq!(calls(&world), (1, 0));
}
