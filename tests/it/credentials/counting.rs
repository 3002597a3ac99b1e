//! How often a data source calls services.

use std::{sync::Arc, time::Duration};

use futures_util::future::join_all;
use terraform_provider_alicloud::{
    contract::{ConfigureRequest, Provider, ReadRequest, ReadResponse},
    ctx::{
        fixed::{Fixed, json},
        http::{Error, Request, Response},
    },
    provider::Alicloud,
    value::Value,
};

/// A test environment in which STS returns a credential for one hour and ECS returns an empty list.
fn world() -> Fixed {
    let world = Fixed::default();
    let clock = world.clock.clone();
    world.http.always(move |request| answer(request, clock.as_ref()));
    world
}

fn answer(
    request: &Request,
    clock: &dyn terraform_provider_alicloud::ctx::Clock,
) -> Result<Response, Error> {
    if is_sts(request) {
        let expires = clock.now() + jiff::SignedDuration::from_hours(1);
        let expires = expires.strftime("%Y-%m-%dT%H:%M:%SZ");
        return Ok(json(
            200,
            format!(
                r#"{{"Credentials":{{"AccessKeyId":"STS.1","AccessKeySecret":"s",
                    "SecurityToken":"t","Expiration":"{expires}"}}}}"#
            ),
        ));
    }
    Ok(json(
        200,
        r#"{"RequestId":"r","PageNumber":1,"PageSize":100,"TotalCount":0,"Images":{"Image":[]}}"#,
    ))
}

fn is_sts(request: &Request) -> bool {
    request.url.contains("//sts.")
}

async fn configured(world: &Fixed) -> Arc<Alicloud> {
    let role = Value::object([("role_arn", Value::from("r"))]);
    let config = Value::object([
        ("access_key", Value::from("id")),
        ("secret_key", "secret".into()),
        ("region", "cn-beijing".into()),
        ("assume_role", Value::Set(vec![role])),
    ]);
    let provider = Arc::new(Alicloud::new(world.ctx(), "0.0.0"));
    let config = provider.schema().kind().complete(config).into();
    let request = ConfigureRequest { config, terraform_version: "1.11.4".into() };
    assert!(provider.configure(request).await.is_empty());
    assert!(world.http.seen().is_empty(), "configuring asks nobody");
    provider
}

async fn read(provider: &Alicloud, name: String) -> ReadResponse {
    let sources = provider.data_sources();
    let images = sources.iter().find(|source| source.name() == "alicloud_images").unwrap();
    let config = Value::object([("name_regex", Value::from(".")), ("image_name", name.into())]);
    let config = images.schema().kind().complete(config);
    images.read(ReadRequest { config, deferral_allowed: false }).await
}

#[tokio::test(start_paused = true)]
async fn fifty_concurrent_reads_fetch_one_credential() {
    let world = world();
    let provider = configured(&world).await;
    let reads = (0..50).map(|number| read(&provider, format!("image-{number}")));
    for response in join_all(reads).await {
        assert!(response.diagnostics.is_empty(), "{:?}", response.diagnostics);
    }
    assert_eq!(world.http.seen().iter().filter(|request| is_sts(request)).count(), 1);
    assert_eq!(world.http.seen().len(), 51);
}

#[tokio::test(start_paused = true)]
async fn a_long_run_renews_its_credential_and_no_read_fails() {
    let world = world();
    let provider = configured(&world).await;
    for minute in 0..180 {
        let reads = (0..5).map(|number| read(&provider, format!("image-{minute}-{number}")));
        for response in join_all(reads).await {
            assert!(response.diagnostics.is_empty(), "{:?}", response.diagnostics);
        }
        tokio::time::sleep(Duration::from_secs(60)).await;
    }
    // Three hours of one-hour credentials, each renewed after 45 minutes.
    assert_eq!(world.http.seen().iter().filter(|request| is_sts(request)).count(), 4);
}
