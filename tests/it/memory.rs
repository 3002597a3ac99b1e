//! The memory of the plugin, measured on the built binary: hostile responses use little, sequential lookups do not
//! accumulate memory, and the memory of a lookup is limited.

use std::{
    convert::Infallible,
    path::{Path, PathBuf},
    sync::Arc,
};

use bytes::Bytes;
use http_body_util::Full;
use hyper::{server::conn::http2, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::PrivatePkcs8KeyDer;
use serde_json::{Value as Json, json};
use terraform_provider_alicloud::mock::{Config, Seed, Server};
use tokio::{net::TcpListener, time::timeout};

use crate::{
    host::{Host, SOON},
    support::{
        client::Launch,
        hostile::{
            Hostile, LENGTH, MOST_COST, Server as HostileServer, assert_costs_little, repeated,
            responses,
        },
    },
};

/// A server that gives this response to every request over HTTP/2, and a file with its certificate.
async fn answering_over_http2(hostile: &Hostile, folder: &Path) -> (String, PathBuf) {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let file = folder.join("certificate");
    std::fs::write(&file, made.cert.der()).unwrap();
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key.into())
        .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let mut response = hyper::Response::builder().status(hostile.status);
    if hostile.is_gzip {
        response = response.header("content-encoding", "gzip");
    }
    let response = response.body(Full::new(Bytes::from(hostile.body.clone()))).unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let (acceptor, response) = (acceptor.clone(), response.clone());
            tokio::spawn(async move {
                let Ok(stream) = acceptor.accept(stream).await else { return };
                let service =
                    service_fn(|_| std::future::ready(Ok::<_, Infallible>(response.clone())));
                let connection = http2::Builder::new(TokioExecutor::new());
                let _ = connection.serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
    (url, file)
}

/// The provider block that sends the first request of a read to `url`, by the server that responds
/// there.
fn providers(url: &str) -> Vec<(&'static str, Json)> {
    let keys = json!({"access_key": "mock-access-key", "secret_key": "mock-secret-key"});
    let with = |name: &str, value: Json| {
        let mut provider = keys.clone();
        provider[name] = value;
        provider
    };
    let mut sts = with("assume_role", json!([{"role_arn": "acs:ram::1:role/r"}]));
    sts["endpoints"] = json!([{"sts": url}]);
    vec![
        ("ECS", with("endpoints", json!([{"ecs": url}]))),
        ("STS", sts),
        ("Location", with("endpoints", json!([{"location": url}]))),
        ("credentials URI", json!({"credentials_uri": url})),
    ]
}

/// The metadata service has a fixed address: `tests/cli/metadata.rs` gives it one.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_hostile_response_of_any_service_costs_little_memory() {
    for hostile in responses() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let _server = HostileServer::start(listener.into(), hostile.to_http1());
        for (service, provider) in providers(&url) {
            assert_read_costs_little(provider, &format!("{service}, {}", hostile.name)).await;
        }
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_hostile_response_over_http_2_costs_little_memory() {
    for hostile in responses() {
        let folder = tempfile::tempdir().unwrap();
        let (url, certificate) = answering_over_http2(&hostile, folder.path()).await;
        let (_, mut provider) = providers(&url).swap_remove(0);
        provider["ca_certificate_file"] = json!(certificate);
        assert_read_costs_little(provider, hostile.name).await;
    }
}

/// Checks that a read with this provider block fails, uses little memory, and does not affect later
/// calls.
#[cfg(target_os = "linux")]
async fn assert_read_costs_little(mut provider: Json, about: &str) {
    provider["max_retry_timeout"] = 2.into();
    let mut host = Host::without_endpoint(provider).await;
    let read = assert_costs_little(&host.plugin, &mut host.client, about).await;
    // The response was actually read, not refused before that.
    let shown = read.diagnostics[0].to_string();
    assert!(!shown.contains("TLS") && !shown.contains("certificate"), "{about}: {shown}");
}

/// Endpoint files that are long, or that expand to much more than their size.
fn hostile_endpoints() -> Vec<(&'static str, String)> {
    const ENTRY: &str = "<Endpoint><RegionIds><RegionId>r</RegionId></RegionIds><Products><Product>\
                         <ProductName>ecs</ProductName><DomainName>h</DomainName></Product>\
                         </Products></Endpoint>";
    let within = 1 << 20;
    let list = |part, length| repeated("<Endpoints>", part, "</Endpoints>", length);
    let regions = "<RegionId>r</RegionId>".repeat(20_000);
    let product = "<Product><ProductName>ecs</ProductName><DomainName>h</DomainName></Product>";
    vec![
        ("a long list", list(ENTRY, LENGTH)),
        ("a list within the limit", list(ENTRY, within)),
        ("elements", list("<a/>", within)),
        ("attributes", repeated("<Endpoints ", "a=\"\" ", "/>", within)),
        ("nested elements", repeated("", "<Endpoints>", "", within)),
        ("a long text", list("a", LENGTH)),
        (
            "many regions with many products",
            repeated(
                &format!("<Endpoints><Endpoint><RegionIds>{regions}</RegionIds><Products>"),
                product,
                "</Products></Endpoint></Endpoints>",
                within,
            ),
        ),
    ]
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_hostile_file_of_endpoints_costs_little_memory() {
    let program = Path::new(env!("CARGO_BIN_EXE_terraform-provider-alicloud"));
    for (name, content) in hostile_endpoints() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("endpoints.xml");
        std::fs::write(&file, content).unwrap();
        let launch = Launch::new(program).unwrap().env("TMPDIR", folder.path().to_str().unwrap());
        let launch = launch.env("TF_ENDPOINT_PATH", file.to_str().unwrap());
        let plugin = launch.start().await.unwrap();
        let mut client = plugin.connect().await.unwrap();
        client.schemas().await.unwrap();
        let idle = plugin.peak_memory().unwrap();
        let provider = json!({"access_key": "id", "secret_key": "secret", "region": "cn-hangzhou"});
        let configured = timeout(SOON, client.configure(&provider)).await.expect("it goes on");
        let refused = configured.unwrap().iter().any(|found| found.summary.contains("endpoints"));
        assert_eq!(refused, name != "a list within the limit", "{name}");
        let cost = plugin.peak_memory().unwrap() - idle;
        assert!(cost <= MOST_COST, "{name}: {} MiB", cost >> 20);
    }
}

/// The peak memory of a plugin for these reads, which list all images and select none.
#[cfg(target_os = "linux")]
async fn peak_of(server: &Server, reads: usize) -> u64 {
    let mut host = Host::with_key(server.url()).await;
    for _ in 0..reads {
        let query = json!({"owners": "self", "name_regex": "^nothing has this name$"});
        let read = host.client.read("alicloud_images", &query).await.unwrap();
        assert!(!read.failed(), "{:?}", read.diagnostics);
    }
    host.plugin.peak_memory().unwrap()
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn sequential_lookups_take_the_memory_of_one() {
    // The caller owns 60 of 100 generated images.
    let config = Config::default().with_images(Seed::Generated(17_000));
    let server = Server::start(config).unwrap();
    let (one, twenty) = (peak_of(&server, 1).await, peak_of(&server, 20).await);
    assert!(twenty as f64 <= 1.2 * one as f64, "{} KiB, then {} KiB", one >> 10, twenty >> 10);
}

#[cfg(target_os = "linux")]
#[tokio::test]
#[cfg_attr(debug_assertions, ignore = "takes minutes where the code is not optimized")]
async fn a_hundred_thousand_images_take_at_most_600_mib() {
    // The caller owns 60 of 100 generated images.
    let config = Config::default().with_images(Seed::Generated(166_700));
    let server = Server::start(config).unwrap();
    let mut host = Host::with_key(server.url()).await;
    let read = host.client.read("alicloud_images", &json!({"owners": "self"})).await.unwrap();
    assert!(!read.failed(), "{:?}", read.diagnostics);
    let peak = host.plugin.peak_memory().unwrap();
    assert!(peak <= 600 << 20, "{} MiB", peak >> 20);
}
