//! How much memory the plugin takes, measured on the real binary: hostile responses cost little, and
//! lookups neither pile up nor grow without a bound.

use std::{
    convert::Infallible,
    io::Write,
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
use tokio::{io::AsyncWriteExt, net::TcpListener, time::timeout};

use crate::{
    host::{AMPLE, Host, SOON, is_called, peak_memory},
    support::client::Launch,
};

/// How much memory above idle a hostile response may cost, in bytes.
const HOSTILE: u64 = 64 << 20;

/// The length of a hostile response, in bytes.
const LENGTH: usize = 16 << 20;

/// A response that is short on the wire or in text, and large after decoding.
struct Hostile {
    name: &'static str,
    status: u16,
    is_gzip: bool,
    body: Vec<u8>,
}

impl Hostile {
    /// The response as HTTP/1.1.
    fn to_http1(&self) -> Vec<u8> {
        let status = self.status;
        let framing = match self.is_gzip {
            true => "Content-Encoding: gzip".to_owned(),
            false => format!("Content-Length: {}", self.body.len()),
        };
        let head = format!("HTTP/1.1 {status} X\r\nConnection: close\r\n{framing}\r\n\r\n");
        [head.as_bytes(), &self.body].concat()
    }
}

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

fn hostile() -> Vec<Hostile> {
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
    let plain = bodies.map(|(name, status, body)| Hostile {
        name,
        status,
        is_gzip: false,
        body: body.into_bytes(),
    });
    let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    bomb.write_all(images("{},", LENGTH).as_bytes()).unwrap();
    let bomb = Hostile { name: "gzip", status: 200, is_gzip: true, body: bomb.finish().unwrap() };
    plain.into_iter().chain([bomb]).collect()
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
    for hostile in hostile() {
        let url = answering(hostile.to_http1()).await;
        for (service, provider) in providers(&url) {
            assert_costs_little(provider, &format!("{service}, {}", hostile.name)).await;
        }
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_hostile_response_over_http_2_costs_little_memory() {
    for hostile in hostile() {
        let folder = tempfile::tempdir().unwrap();
        let (url, certificate) = answering_over_http2(&hostile, folder.path()).await;
        let (_, mut provider) = providers(&url).swap_remove(0);
        provider["ca_certificate_file"] = json!(certificate);
        assert_costs_little(provider, hostile.name).await;
    }
}

/// A read with this provider block fails, costs little memory, and leaves the provider working.
#[cfg(target_os = "linux")]
async fn assert_costs_little(mut provider: Json, about: &str) {
    provider["max_retry_timeout"] = 2.into();
    let mut host = Host::without_endpoint(provider).await;
    let idle = peak_memory(&host.plugin).unwrap();
    let read = timeout(AMPLE, host.read()).await.expect("the read goes on").unwrap();
    assert!(read.failed(), "{about}");
    // The response was read, and not refused before that.
    let shown = read.diagnostics[0].to_string();
    assert!(!shown.contains("TLS") && !shown.contains("certificate"), "{about}: {shown}");
    let cost = peak_memory(&host.plugin).unwrap() - idle;
    assert!(cost <= HOSTILE, "{about}: {} MiB", cost >> 20);
    assert!(host.client.schemas().await.is_ok(), "{about}");
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
    let peak = peak_memory(&host.plugin).unwrap();
    assert!(peak <= 600 << 20, "{} MiB", peak >> 20);
}
