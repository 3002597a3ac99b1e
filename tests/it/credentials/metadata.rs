//! The RAM role of an instance, against the metadata service of the mock. The provider has a fixed
//! address for the service, so requests to it are redirected to the mock.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use terraform_provider_alicloud::{
    contract::{ConfigureRequest, Provider, ReadRequest},
    ctx::{
        Ctx,
        fixed::FixedEnv,
        http::{Error, Http, Request, Response},
        system::System,
    },
    diag::Diagnostics,
    mock::{Config, Imds, Server},
    provider::Alicloud,
    value::Value,
};

/// The real HTTP client, except that requests to the metadata service go to `mock`.
struct Redirected {
    real: Arc<dyn Http>,
    mock: String,
}

impl Http for Redirected {
    fn send(&self, mut request: Request) -> BoxFuture<'_, Result<Response, Error>> {
        assert!(request.url.starts_with("http://100.100.100.200/") != request.proxy);
        request.url = request.url.replace("http://100.100.100.200", &self.mock);
        self.real.send(request)
    }
}

/// Reads images with nothing configured but `provider` and `env`.
async fn read(server: &Server, provider: Value, env: &[(&str, &str)]) -> Diagnostics {
    let ecs = ("ALIBABA_CLOUD_ENDPOINT_ECS".to_owned(), server.url().to_owned());
    let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let system = System::ctx();
    let http = Redirected { real: system.http.clone(), mock: server.url().to_owned() };
    let env: FixedEnv = env.chain([ecs]).collect();
    let ctx = Ctx { env: Arc::new(env), http: Arc::new(http), ..system };
    let alicloud = Alicloud::new(ctx, "0.0.0");
    let config = alicloud.schema().kind().complete(provider).into();
    let request = ConfigureRequest { config, terraform_version: "1.11.4".into() };
    assert!(alicloud.configure(request).await.is_empty());
    let sources = alicloud.data_sources();
    let images = sources.iter().find(|source| source.name() == "alicloud_images").unwrap();
    let config =
        Value::object([("owners", Value::from("system")), ("region", "cn-beijing".into())]);
    let config = images.schema().kind().complete(config);
    images.read(ReadRequest { config, deferral_allowed: false }).await.diagnostics
}

fn role(name: &str) -> Value {
    Value::object([("ecs_role_name", Value::from(name))])
}

fn asked(server: &Server) -> Vec<String> {
    let journal = server.journal().entries();
    let metadata = journal.iter().filter(|entry| entry.action == "Metadata");
    metadata.map(|entry| format!("{} {} {}", entry.method, entry.path, entry.status)).collect()
}

const TOKEN: &str = "PUT /latest/api/token 200";
const ROLES: &str = "GET /latest/meta-data/ram/security-credentials/";

#[tokio::test]
async fn a_named_role_signs_the_read() {
    for imds in [Imds::Both, Imds::V2] {
        let server = Server::start(Config { imds, ..Config::default() }).unwrap();
        assert!(read(&server, role("mock-ecs-role"), &[]).await.is_empty());
        assert_eq!(asked(&server), [TOKEN, &format!("{ROLES}mock-ecs-role 200")]);
        let calls = server.journal().entries();
        let call = calls.iter().find(|entry| entry.action == "DescribeImages").unwrap();
        assert!(call.access_key.starts_with("STS.") && call.status == 200, "{call:?}");
    }
}

#[tokio::test]
async fn an_unconfigured_role_is_discovered() {
    let server = Server::start(Config::default()).unwrap();
    assert!(read(&server, Value::object::<&str>([]), &[]).await.is_empty());
    let of_role = format!("{ROLES}mock-ecs-role 200");
    assert_eq!(asked(&server), [TOKEN, &format!("{ROLES} 200"), &of_role]);
}

#[tokio::test]
async fn a_role_that_the_instance_does_not_have_is_reported() {
    let server = Server::start(Config::default()).unwrap();
    let diagnostics = read(&server, role("another"), &[]).await;
    let [error] = &diagnostics.iter().collect::<Vec<_>>()[..] else { panic!("one diagnostic") };
    assert_eq!(error.summary, "Credential source failed");
    assert!(error.detail.contains("the instance has no RAM role another"), "{}", error.detail);
}

#[tokio::test]
async fn a_disabled_metadata_service_is_not_called() {
    let server = Server::start(Config::default()).unwrap();
    let disabled = [("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true")];
    for provider in [role("mock-ecs-role"), Value::object::<&str>([])] {
        assert!(read(&server, provider, &disabled).await.has_errors());
    }
    assert_eq!(asked(&server), [""; 0]);
}
