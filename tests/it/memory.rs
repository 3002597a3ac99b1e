//! How much memory the plugin takes, measured on the real binary: hostile responses cost little, and
//! lookups neither pile up nor grow without a bound.

use std::{io::Write, path::Path, sync::Arc};

use serde_json::{Value as Json, json};
use terraform_provider_alicloud::mock::{Config, Seed, Server};
use tokio::{io::AsyncWriteExt, net::TcpListener, time::timeout};

use crate::{
    host::{AMPLE, Host, SOON, is_called, peak_memory},
    support::client::Launch,
};

/// How much memory above idle a hostile response may cost, in bytes.
const HOSTILE: u64 = 64 << 20;

/// The length of a hostile response, in bytes.
const LENGTH: usize = 16 << 20;

/// A server that responds to every request with these bytes.
async fn answering(response: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let response = Arc::new(response);
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let response = response.clone();
            tokio::spawn(async move {
                if is_called(&mut stream).await {
                    let _ = stream.write_all(&response).await;
                    let _ = stream.shutdown().await;
                }
            });
        }
    });
    url
}

/// `begin`, then `part` again and again, then `end`, `length` bytes in all.
fn repeated(begin: &str, part: &str, end: &str, length: usize) -> String {
    let times = (length - begin.len() - end.len()) / part.len();
    format!("{begin}{}{end}", part.repeat(times))
}

/// Responses that are short on the wire or in text, and large after decoding.
fn hostile() -> Vec<(&'static str, Vec<u8>)> {
    let images = |part, length| {
        let begin = r#"{"TotalCount": 1000000, "Images": {"Image": ["#;
        repeated(begin, part, "{}]}}", length)
    };
    let within = 4 << 20;
    let bodies = [
        ("empty images", 200, images("{},", within)),
        ("more empty images", 200, images("{},", LENGTH)),
        (
            "tags",
            200,
            images(r#"{"Tags": {"Tag": [{},{},{},{},{},{},{},{},{},{},{},{},{},{}]}},"#, within),
        ),
        (
            "different words",
            200,
            (0..)
                .map(|number: u32| format!("\"OSType\":\"{number}\","))
                .scan(0, |length, part| {
                    *length += part.len();
                    (*length < within).then_some(part)
                })
                .fold(r#"{"Images": [{"#.to_owned(), |body, part| body + &part),
        ),
        ("nested lists", 400, repeated(r#"{"Code": ["#, "[[]],", "0]}", within)),
        ("numbers", 400, repeated("[", "1,", "0]", LENGTH)),
        ("a long text", 400, repeated(r#"{"Message": ""#, "a", r#""}"#, within)),
        ("elements", 400, repeated("<Error>", "<a/>", "</Error>", within)),
        ("attributes", 400, repeated("<Error ", "a=\"\" ", "/>", within)),
    ];
    let mut all: Vec<_> = bodies
        .iter()
        .map(|(name, status, body)| {
            let head = format!(
                "HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
                body.len()
            );
            (*name, [head.as_bytes(), body.as_bytes()].concat())
        })
        .collect();
    let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    bomb.write_all(images("{},", LENGTH).as_bytes()).unwrap();
    let head = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Encoding: gzip\r\n\r\n";
    all.push(("gzip", [head.as_bytes(), &bomb.finish().unwrap()].concat()));
    all
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

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_hostile_response_of_any_service_costs_little_memory() {
    for (name, response) in hostile() {
        let url = answering(response).await;
        for (service, mut provider) in providers(&url) {
            provider["max_retry_timeout"] = 2.into();
            let mut host = Host::without_endpoint(provider).await;
            let idle = peak_memory(&host.plugin).unwrap();
            let read = timeout(AMPLE, host.read()).await.expect("the read goes on").unwrap();
            assert!(read.failed(), "{service}, {name}");
            let cost = peak_memory(&host.plugin).unwrap() - idle;
            assert!(cost <= HOSTILE, "{service}, {name}: {} MiB", cost >> 20);
            assert!(host.client.schemas().await.is_ok(), "{service}, {name}");
        }
    }
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
        let idle = peak_memory(&plugin).unwrap();
        let provider = json!({"access_key": "id", "secret_key": "secret", "region": "cn-hangzhou"});
        let configured = timeout(SOON, client.configure(&provider)).await.expect("it goes on");
        let refused = configured.unwrap().iter().any(|found| found.summary.contains("endpoints"));
        assert_eq!(refused, name != "a list within the limit", "{name}");
        let cost = peak_memory(&plugin).unwrap() - idle;
        assert!(cost <= HOSTILE, "{name}: {} MiB", cost >> 20);
    }
}

/// The most memory that a plugin takes for these reads of all images, none of which is selected.
#[cfg(target_os = "linux")]
async fn peak_of(server: &Server, reads: usize) -> u64 {
    let mut host = Host::with_key(server.url()).await;
    for _ in 0..reads {
        let query = json!({"owners": "self", "name_regex": "^nothing has this name$"});
        let read = host.client.read("alicloud_images", &query).await.unwrap();
        assert!(!read.failed(), "{:?}", read.diagnostics);
    }
    peak_memory(&host.plugin).unwrap()
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
