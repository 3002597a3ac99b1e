//! How long a configuration takes at most, and what is reported to the user.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::future::join_all;
use terraform_provider_alicloud::{
    contract::{ConfigureRequest, Provider, ReadRequest},
    ctx::{
        fixed::{Fixed, FixedEnv, json},
        http::{Error, ErrorKind},
    },
    diag::{Diagnostics, Severity},
    provider::Alicloud,
    value::Value,
};
use tokio::time::Instant;
use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

fn world(env: &[(&str, &str)]) -> Fixed {
    let home = [("HOME", "/home/user")];
    let env: FixedEnv = env.iter().copied().chain(home).collect();
    let world = Fixed { env: Arc::new(env), ..Fixed::default() };
    world.http.always(|_| Ok(json(200, EMPTY)));
    world
}

const EMPTY: &str =
    r#"{"RequestId":"r","PageNumber":1,"PageSize":100,"TotalCount":0,"Images":{"Image":[]}}"#;

async fn configured(world: &Fixed, block: Value) -> (Alicloud, Diagnostics) {
    let provider = Alicloud::new(world.ctx(), "0.0.0");
    let config = provider.schema().kind().complete(block).into();
    let request = ConfigureRequest { config, terraform_version: "1.11.4".into() };
    let diagnostics = provider.configure(request).await;
    (provider, diagnostics)
}

async fn read(provider: &Alicloud, block: Value) -> Diagnostics {
    read_by(provider, "alicloud_images", block).await
}

async fn read_by(provider: &Alicloud, name: &str, block: Value) -> Diagnostics {
    let sources = provider.data_sources();
    let images = sources.iter().find(|source| source.name() == name).unwrap();
    let config = images.schema().kind().complete(block);
    images.read(ReadRequest { config, deferral_allowed: false }).await.diagnostics
}

fn block(attributes: &[(&'static str, &str)]) -> Value {
    Value::object(attributes.iter().map(|(name, text)| (*name, Value::from(*text))))
}

fn summaries(diagnostics: &Diagnostics) -> Vec<String> {
    diagnostics.iter().map(|diagnostic| diagnostic.summary.clone()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_file_system_that_does_not_respond_delays_by_ten_seconds_in_total() {
    for silent in ["/cwd/endpoints.xml", "/home/user/.aliyun/config.json"] {
        let world = world(&[]);
        world.files.insert_silent(silent);
        let begun = Instant::now();
        let (provider, diagnostics) = configured(&world, block(&[("profile", "p")])).await;
        assert!(begun.elapsed() <= Duration::from_millis(10_050), "{silent}");
        if diagnostics.has_errors() {
            assert_eq!(summaries(&diagnostics), ["Unusable file of endpoints"]);
            continue;
        }
        let diagnostics = read(&provider, block(&[("name_regex", ".")])).await;
        let detail = &diagnostics.iter().next().unwrap().detail;
        assert!(detail.contains("the file system did not respond in time"), "{detail}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_file_that_does_not_respond_delays_until_the_deadline_at_most() {
    let world = world(&[]);
    world.files.insert_silent("/token");
    let oidc = Value::List(vec![block(&[
        ("role_arn", "r"),
        ("oidc_provider_arn", "p"),
        ("oidc_token_file", "/token"),
    ])]);
    let provider = Value::object([("assume_role_with_oidc", oidc)]);
    let (provider, _) = configured(&world, provider).await;
    let begun = Instant::now();
    let timeouts = block(&[("read", "7s")]);
    let config = Value::object([("name_regex", Value::from(".")), ("timeouts", timeouts)]);
    assert!(read(&provider, config).await.has_errors());
    assert!(begun.elapsed() <= Duration::from_millis(7_050), "{:?}", begun.elapsed());
}

/// The host responds with `body` 15 s after each request; a client with a shorter timeout gets
/// nothing.
fn answers_slowly(world: &Fixed, body: &'static str) {
    const SLOW: Duration = Duration::from_secs(15);
    for _ in 0..40 {
        world.http.push(Box::new(move |request| {
            let (host, read) = (request.host().to_owned(), request.limits.read);
            Box::pin(async move {
                tokio::time::sleep(SLOW.min(read)).await;
                let (kind, cause) = (ErrorKind::ReadTimeout, String::new());
                match read < SLOW {
                    true => Err(Error { kind, host, cause, request_id: None }),
                    false => Ok(json(200, body)),
                }
            })
        }));
    }
}

/// The arguments of a provider block.
type Arguments = Vec<(&'static str, Value)>;

/// A provider block for each service other than ECS that a read may need, with the response of the
/// service.
fn services() -> Vec<(&'static str, Arguments, &'static str)> {
    const STS: &str = r#"{"Credentials":{"AccessKeyId":"STS.i","AccessKeySecret":"s",
        "SecurityToken":"t","Expiration":"2099-01-01T00:00:00Z"}}"#;
    const URI: &str = r#"{"Code":"Success","AccessKeyId":"STS.i","AccessKeySecret":"s",
        "SecurityToken":"t","Expiration":"2099-01-01T00:00:00Z"}"#;
    const LOCATION: &str =
        r#"{"Endpoints":{"Endpoint":[{"Endpoint":"ecs.example","Type":"openAPI"}]}}"#;
    let key = [("access_key", Value::from("id")), ("secret_key", "secret".into())];
    let role = ("assume_role", Value::Set(vec![block(&[("role_arn", "acs:ram::1:role/r")])]));
    let oidc = Value::List(vec![block(&[
        ("role_arn", "acs:ram::1:role/r"),
        ("oidc_provider_arn", "acs:ram::1:oidc-provider/p"),
        ("oidc_token", "an.id.token"),
    ])]);
    let location = ("endpoints", Value::Set(vec![block(&[("location", "l.example")])]));
    vec![
        ("sts.cn-beijing.aliyuncs.com", [key.to_vec(), vec![role]].concat(), STS),
        ("sts.cn-beijing.aliyuncs.com", vec![("assume_role_with_oidc", oidc)], STS),
        ("uri.example", vec![("credentials_uri", "https://uri.example/".into())], URI),
        ("l.example", [key.to_vec(), vec![location]].concat(), LOCATION),
    ]
}

#[tokio::test(start_paused = true)]
async fn every_service_has_the_configured_timeout() {
    for (host, provider, body) in services() {
        // The default is 60 s, so a service that takes 15 s does not time out.
        let patient = world(&[]);
        answers_slowly(&patient, body);
        let (configuration, _) = configured(&patient, Value::object(provider.clone())).await;
        let begun = Instant::now();
        let data = block(&[("name_regex", "."), ("region", "cn-beijing")]);
        // The response of ECS is slow too, and not an image list.
        read(&configuration, data.clone()).await;
        let seen = patient.http.seen();
        assert!(begun.elapsed() >= Duration::from_secs(15), "{host}");
        assert_eq!(seen[0].host(), host);
        assert_ne!(seen[1].host(), host, "it was asked once");

        let limits =
            [("client_read_timeout", Value::from(2_000)), ("client_connect_timeout", 3_000.into())];
        let impatient = world(&[]);
        answers_slowly(&impatient, body);
        let provider = [provider, limits.to_vec()].concat();
        let (configuration, _) = configured(&impatient, Value::object(provider)).await;
        let begun = Instant::now();
        let diagnostics = read(&configuration, data).await;
        let detail = &diagnostics.iter().next().unwrap().detail;
        assert!(detail.contains(host), "{detail}");
        assert!(begun.elapsed() < Duration::from_secs(40), "{host}: {:?}", begun.elapsed());
        for request in impatient.http.seen() {
            let limits = request.limits;
            assert_eq!((limits.connect.as_secs(), limits.read.as_secs()), (3, 2), "{host}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_timeout_of_the_metadata_service_is_at_most_the_configured_one() {
    let world = world(&[]);
    let role = [("ecs_role_name", Value::from("r")), ("client_read_timeout", 300.into())];
    let (provider, _) = configured(&world, Value::object(role)).await;
    read(&provider, block(&[("name_regex", ".")])).await;
    let seen = world.http.seen();
    let limits: Vec<_> = seen.iter().map(|seen| (seen.limits.connect, seen.limits.read)).collect();
    assert!(!limits.is_empty());
    let expected = (Duration::from_secs(1), Duration::from_millis(300));
    assert!(limits.iter().all(|limits| *limits == expected), "{limits:?}");
}

#[tokio::test(start_paused = true)]
async fn waiting_lookups_do_not_repeat_a_failed_source() {
    let world = world(&[]);
    let path = "/home/user/.aliyun/config.json";
    let profile = r#"{"profiles":[{"name":"p","mode":"External","process_command":"tool"}]}"#;
    world.files.insert(path, profile);
    let (provider, _) = configured(&world, block(&[("profile", "p")])).await;
    for _ in 0..10 {
        let reads = (0..10).map(|number| {
            let name = format!("image-{number}");
            let config =
                Value::object([("name_regex", Value::from(".")), ("image_name", name.into())]);
            read(&provider, config)
        });
        assert!(join_all(reads).await.iter().all(Diagnostics::has_errors));
    }
    assert_eq!(world.commands.seen.lock().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_default_region_is_a_warning_unless_the_data_block_sets_one() {
    let key = [("access_key", "id"), ("secret_key", "secret")];
    let region = ("region", "cn-beijing");
    let filter = ("name_regex", ".");
    for (env, provider, data, warns) in [
        (&[][..], &key[..], &[filter][..], true),
        (&[], &key, &[filter, region], false),
        (&[], &[key[0], key[1], region], &[filter], false),
        (&[("ALIBABACLOUD_REGION_ID", "cn-beijing")], &key, &[filter], false),
    ] {
        let (provider, _) = configured(&world(env), block(provider)).await;
        let diagnostics = read(&provider, block(data)).await;
        assert_eq!(!diagnostics.is_empty(), warns, "{diagnostics:?}");
        for diagnostic in diagnostics.iter() {
            assert_eq!(diagnostic.severity, Severity::Warning);
            assert!(diagnostic.detail.contains("cn-beijing"), "{diagnostic:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_default_region_is_named_in_every_failure_of_a_read_that_reached_the_service() {
    const TWO: &str = r#"{"RequestId":"r","PageNumber":1,"PageSize":100,"TotalCount":2,"Images":
        {"Image":[{"ImageId":"m-1","ImageName":"a"},{"ImageId":"m-2","ImageName":"b"}]}}"#;
    const REFUSAL: &str = r#"{"RequestId":"r","Code":"Forbidden.RAM","Message":"No."}"#;
    let key = [("access_key", "id"), ("secret_key", "secret")];
    let name = ("name_regex", Value::from("."));
    let must_match = ("must_match", Value::from(true));
    for (source, data, status, body, summary) in [
        ("alicloud_images", vec![name.clone(), must_match], 200, EMPTY, "No image matches"),
        ("alicloud_image", vec![name.clone()], 200, EMPTY, "No image matches"),
        ("alicloud_image", vec![name.clone()], 200, TWO, "More than one image matches"),
        ("alicloud_images", vec![name.clone()], 403, REFUSAL, "Permission denied by RAM"),
    ] {
        for region in [None, Some(("region", Value::from("cn-beijing")))] {
            let assumed = region.is_none();
            let world = world(&[]);
            world.http.always(move |_| Ok(json(status, body)));
            let (provider, _) = configured(&world, block(&key)).await;
            let data = Value::object(data.iter().cloned().chain(region));
            let diagnostics = read_by(&provider, source, data).await;
            assert_eq!(diagnostics.iter().next().unwrap().summary, summary);
            let details = diagnostics.iter().map(|diagnostic| &*diagnostic.detail);
            let details = details.collect::<Vec<_>>().join("\n");
            let named = details.matches("nothing names a region").count();
            assert_eq!(named, usize::from(assumed), "{summary}: {details}");
        }
    }
    // Without a credential no call is made, so the missing region is not reported.
    let disabled = [("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "1")];
    let (provider, _) = configured(&world(&disabled), Value::object::<&str>([])).await;
    let diagnostics = read(&provider, Value::object([name])).await;
    assert_eq!(summaries(&diagnostics), ["Alibaba Cloud credentials missing"]);
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_of_another_region_is_a_warning_and_the_most_likely_cause() {
    let endpoints = Value::Set(vec![block(&[("ecs", "ecs.eu-west-1.aliyuncs.com")])]);
    let provider = Value::object([
        ("access_key", Value::from("id")),
        ("secret_key", "secret".into()),
        ("endpoints", endpoints),
    ]);
    let (provider, diagnostics) = configured(&world(&[]), provider).await;
    assert!(diagnostics.is_empty());
    let data = block(&[("name_regex", "."), ("region", "eu-central-1")]);
    let diagnostics = read(&provider, data).await;
    assert_eq!(summaries(&diagnostics), ["The endpoint belongs to another region"]);
    let data = Value::object([
        ("name_regex", Value::from(".")),
        ("region", "eu-central-1".into()),
        ("must_match", true.into()),
    ]);
    let diagnostics = read(&provider, data).await;
    let detail = &diagnostics.iter().next().unwrap().detail;
    let cause = "This is the most likely cause: Images are looked up in eu-central-1, but the \
                 endpoint ecs.eu-west-1.aliyuncs.com belongs to eu-west-1";
    assert!(detail.contains(cause), "{detail}");
}

#[tokio::test(start_paused = true)]
async fn a_central_endpoint_is_a_warning_where_it_finds_nothing_in_a_region_of_others() {
    const ONE: &str = r#"{"RequestId":"r","PageNumber":1,"PageSize":100,"TotalCount":1,"Images":
        {"Image":[{"ImageId":"m-1","ImageName":"a"}]}}"#;
    let warning = "The endpoint may not serve the region";
    for host in ["ecs.aliyuncs.com", "ecs-cn-hangzhou.aliyuncs.com"] {
        for (region, body, warnings) in [
            ("eu-central-1", EMPTY, &[warning][..]),
            ("eu-central-1", ONE, &[]),
            ("cn-shanghai", EMPTY, &[]),
            ("cn-north-2-gov-1", EMPTY, &[]),
        ] {
            let world = world(&[]);
            world.http.always(move |_| Ok(json(200, body)));
            let endpoints = Value::Set(vec![block(&[("ecs", host)])]);
            let provider = Value::object([
                ("access_key", Value::from("id")),
                ("secret_key", "secret".into()),
                ("endpoints", endpoints),
            ]);
            let (provider, diagnostics) = configured(&world, provider).await;
            assert!(diagnostics.is_empty());
            let filters = [("name_regex", "."), ("region", region)];
            let found = read(&provider, block(&filters)).await;
            assert_eq!(summaries(&found), warnings, "{host} {region} {body}");
            let named = read_by(&provider, "alicloud_image", block(&filters)).await;
            let detail = named.iter().map(|diagnostic| &*diagnostic.detail).collect::<String>();
            let cause = format!("the endpoint {host} is a central host");
            assert_eq!(detail.contains(&cause), !warnings.is_empty(), "{detail}");
        }
    }
}

/// Keeps the lines of the level INFO.
#[derive(Clone, Default)]
struct Infos(Arc<Mutex<Vec<String>>>);

impl Subscriber for Infos {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() == Level::INFO
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        struct Line(String);
        impl Visit for Line {
            fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
                self.0.push_str(&format!("{field}={value:?} "));
            }
        }
        let mut line = Line(String::new());
        event.record(&mut line);
        self.0.lock().unwrap().push(line.0);
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

#[tokio::test(start_paused = true)]
async fn one_log_line_has_the_source_the_role_and_the_account() {
    let infos = Infos::default();
    let role = Value::Set(vec![block(&[("role_arn", "acs:ram::1234567890123456:role/reader")])]);
    let provider = Value::object([
        ("access_key", Value::from("the-id")),
        ("secret_key", "the-secret".into()),
        ("assume_role", role),
    ]);
    let guard = tracing::subscriber::set_default(infos.clone());
    configured(&world(&[]), provider).await;
    drop(guard);
    let lines = infos.0.lock().unwrap().clone();
    let [line] = &lines[..] else { panic!("{lines:?}") };
    for part in ["credential source chosen", "role/reader", "account=\"1234567890123456\""] {
        assert!(line.contains(part), "{line}");
    }
    assert!(!line.contains("the-id") && !line.contains("the-secret"), "{line}");
}
