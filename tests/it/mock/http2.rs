//! HTTP/2 over TLS, frame by frame, and the faults that exist only in HTTP/2.

use std::{sync::Arc, time::Duration};

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use h2::{Reason, client::SendRequest};
use reqwest::Version;
use terraform_provider_alicloud::mock::{Config, Http, Server};
use tokio::{net::TcpStream, task::JoinHandle, time::timeout};
use tokio_rustls::TlsConnector;

use super::{
    client::{Call, Scheme, tls},
    config,
};

/// More time than any response of the mock takes.
const LONG: Duration = Duration::from_secs(20);

fn start(config: Config) -> Server {
    Server::start(Config { tls: true, ..config }).unwrap()
}

fn certificate(server: &Server) -> Vec<u8> {
    let pem = server.certificate().unwrap();
    let base64: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    BASE64_STANDARD.decode(base64).unwrap()
}

fn trusting(server: &Server, protocols: &[&[u8]]) -> rustls::ClientConfig {
    let mut tls = tls(&[certificate(server)]);
    tls.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
    tls
}

/// One HTTP/2 connection.
struct Connection {
    sender: SendRequest<Bytes>,
    pings: h2::PingPong,
    driver: JoinHandle<Result<(), h2::Error>>,
    url: String,
}

impl Connection {
    async fn to(server: &Server) -> Self {
        let tcp = TcpStream::connect(server.address()).await.unwrap();
        let connector = TlsConnector::from(Arc::new(trusting(server, &[b"h2"])));
        let name = server.address().ip().into();
        let tls = connector.connect(name, tcp).await.unwrap();
        let (sender, mut connection) = h2::client::handshake(tls).await.unwrap();
        let pings = connection.ping_pong().unwrap();
        Self { sender, pings, driver: tokio::spawn(connection), url: server.url().to_owned() }
    }

    /// Sends a call without waiting for the response.
    fn send(&mut self, call: &Call) -> h2::client::ResponseFuture {
        let call = call.request(&self.url);
        let mut request = hyper::Request::builder().method(call.method()).uri(call.url().as_str());
        request.headers_mut().unwrap().extend(call.headers().clone());
        let (answer, mut body) =
            self.sender.send_request(request.body(()).unwrap(), false).unwrap();
        let bytes = call.body().and_then(|body| body.as_bytes()).unwrap_or_default();
        body.send_data(Bytes::copy_from_slice(bytes), true).unwrap();
        answer
    }

    async fn status(&mut self, call: &Call) -> Result<u16, h2::Error> {
        let answer = self.send(call);
        timeout(LONG, answer).await.unwrap().map(|response| response.status().as_u16())
    }
}

async fn arrived(server: &Server, page: &str) {
    while server.journal().expect("DescribeImages").with("PageNumber", page).at_least(1).is_err() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn with_tls_the_client_chooses_between_the_offered_versions() {
    let both: &[&[u8]] = &[b"h2", b"http/1.1"];
    for (offered, asked, version) in [
        (Http::Both, both, Version::HTTP_2),
        (Http::Both, &[b"http/1.1"], Version::HTTP_11),
        (Http::Http1, both, Version::HTTP_11),
        (Http::Http2, both, Version::HTTP_2),
    ] {
        let server = start(Config { http: offered, ..config() });
        let client = reqwest::Client::builder().no_proxy();
        let client = client.tls_backend_preconfigured(trusting(&server, asked)).build().unwrap();
        for scheme in [Scheme::Rpc1, Scheme::Acs3] {
            let request = Call { scheme, ..Call::images(&[]) }.request(server.url());
            let answer = client.execute(request).await.unwrap();
            assert_eq!((answer.version(), answer.status().as_u16()), (version, 200), "{scheme:?}");
        }
        let entries = server.journal().entries();
        let expected = if version == Version::HTTP_2 { "2" } else { "1.1" };
        assert!(entries.iter().all(|entry| (entry.http, entry.connection) == (expected, 1)));
    }
}

#[tokio::test]
async fn go_away_fails_every_call_in_flight_as_not_processed_and_ends_the_connection() {
    let rules = config().with_fault("page=2 do=hang").unwrap().with_fault("page=3 do=goaway");
    let server = start(rules.unwrap());
    let mut connection = Connection::to(&server).await;
    assert_eq!(connection.status(&Call::images(&[])).await.unwrap(), 200);
    let waiting = connection.send(&Call::images(&[("PageNumber", "2")]));
    arrived(&server, "2").await;
    let refused = connection.status(&Call::images(&[("PageNumber", "3")])).await.unwrap_err();
    let waiting = timeout(LONG, waiting).await.unwrap().unwrap_err();
    for error in [refused, waiting] {
        assert!(error.is_go_away() && error.is_remote(), "{error}");
        assert_eq!(error.reason(), Some(Reason::NO_ERROR));
    }
    timeout(LONG, connection.driver).await.expect("the connection ends").unwrap().unwrap();
    let mut next = Connection::to(&server).await;
    assert_eq!(next.status(&Call::images(&[])).await.unwrap(), 200);
}

#[tokio::test]
async fn a_reset_stream_has_its_error_code_and_leaves_the_others_alone() {
    let rules = config().with_fault("page=2 do=rst-stream").unwrap();
    let rules = rules.with_fault("page=3 do=rst-stream:REFUSED_STREAM").unwrap();
    let server = start(rules);
    let mut connection = Connection::to(&server).await;
    for (page, reason) in [("2", Reason::INTERNAL_ERROR), ("3", Reason::REFUSED_STREAM)] {
        let error = connection.status(&Call::images(&[("PageNumber", page)])).await.unwrap_err();
        assert!(error.is_reset() && error.is_remote(), "{error}");
        assert_eq!(error.reason(), Some(reason));
    }
    assert_eq!(connection.status(&Call::images(&[])).await.unwrap(), 200);
    assert_eq!(server.journal().entries().last().unwrap().connection, 1);
}

#[tokio::test]
async fn a_silent_connection_responds_to_neither_calls_nor_pings_and_stays_open() {
    let server = start(config().with_fault("page=2 do=silence").unwrap());
    let mut connection = Connection::to(&server).await;
    connection.pings.ping(h2::Ping::opaque()).await.expect("a ping before is answered");
    let silent = connection.send(&Call::images(&[("PageNumber", "2")]));
    arrived(&server, "2").await;
    let later = connection.send(&Call::images(&[]));
    let nothing = timeout(Duration::from_millis(300), async {
        tokio::select! {
            answer = silent => panic!("{answer:?}"),
            answer = later => panic!("{answer:?}"),
            pong = connection.pings.ping(h2::Ping::opaque()) => panic!("{pong:?}"),
            end = &mut connection.driver => panic!("{end:?}"),
        }
    });
    nothing.await.expect_err("nothing comes");
    let mut next = Connection::to(&server).await;
    assert_eq!(next.status(&Call::images(&[])).await.unwrap(), 200);
}

#[tokio::test]
async fn close_and_reset_end_the_connection_with_all_its_calls() {
    for rule in ["page=3 do=close", "page=3 do=reset", "page=3 do=garbage", "page=3 do=half-close"]
    {
        let rules = config().with_fault("page=2 do=hang").unwrap().with_fault(rule).unwrap();
        let server = start(rules);
        let mut connection = Connection::to(&server).await;
        let waiting = connection.send(&Call::images(&[("PageNumber", "2")]));
        arrived(&server, "2").await;
        let broken = connection.status(&Call::images(&[("PageNumber", "3")])).await.unwrap_err();
        let waiting = timeout(LONG, waiting).await.unwrap().unwrap_err();
        for error in [broken, waiting] {
            assert!(error.is_io(), "{rule}: {error}");
        }
    }
}

#[tokio::test]
async fn a_short_body_resets_its_stream() {
    let server = start(config().with_fault("do=truncate:100").unwrap());
    let mut connection = Connection::to(&server).await;
    let mut answer = connection.send(&Call::images(&[])).await.unwrap();
    let body = answer.body_mut();
    let mut received = 0;
    let error = loop {
        match body.data().await {
            Some(Ok(bytes)) => received += bytes.len(),
            Some(Err(error)) => break error,
            None => panic!("the body came to its end"),
        }
    };
    assert!(error.is_reset(), "{error}");
    assert_eq!(received, 100);
}

#[tokio::test]
async fn faults_without_an_http_1_1_equivalent_close_the_connection() {
    for rule in ["do=goaway", "do=rst-stream"] {
        let server = Server::start(config().with_fault(rule).unwrap()).unwrap();
        assert!(Call::images(&[]).send(server.url()).await.is_err(), "{rule}");
    }
}
