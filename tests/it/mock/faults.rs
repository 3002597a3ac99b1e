//! Each kind of fault, as an HTTP client sees it.

use std::{
    io::{self, ErrorKind, Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use terraform_provider_alicloud::mock::Server;

use super::{
    client::{Answer, Call, Transport, client},
    config, start,
};

async fn with(rule: &str) -> (Server, Result<Answer, reqwest::Error>) {
    let server = Server::start(config().with_fault(rule).unwrap()).unwrap();
    let answer = Call::images(&[("PageSize", "100")]).send(server.url()).await;
    (server, answer)
}

#[tokio::test]
async fn errors_throttling_and_gateway_bodies_are_returned_as_configured() {
    for (rule, status, code) in [
        ("do=throttle", 400, "Throttling.User"),
        ("do=error:ServiceUnavailable", 503, "ServiceUnavailable"),
        ("do=error:InternalError", 500, "InternalError"),
        ("do=error:InvalidSecurityToken.Expired", 400, "InvalidSecurityToken.Expired"),
        ("do=error:Forbidden.RAM:200", 200, "Forbidden.RAM"),
        ("do=skew:3600", 400, "InvalidTimeStamp.Expired"),
    ] {
        let (_server, answer) = with(rule).await;
        let answer = answer.unwrap();
        assert_eq!((answer.status, answer.text("Code").as_str()), (status, code), "{rule}");
    }
    let (_server, answer) = with(r#"do="error:Odd:418:a, b & c""#).await;
    assert_eq!(answer.unwrap().text("Message"), "a, b & c");
    for (rule, status, body) in [
        ("do=html:502", 502, "<html>"),
        ("do=html:503", 503, "<html>"),
        ("do=empty", 200, ""),
        ("do=body:{}", 200, "{}"),
        ("do=body:null", 200, "null"),
        ("do=garbage-body", 200, "\u{1}"),
    ] {
        let (_server, answer) = with(rule).await;
        let answer = answer.unwrap();
        assert_eq!(answer.status, status, "{rule}");
        assert!(answer.body.starts_with(body), "{rule}: {answer:?}");
        assert_eq!(body.is_empty(), answer.body.is_empty());
    }
}

#[tokio::test]
async fn a_retry_delay_is_in_both_headers() {
    let (_server, answer) = with("do=throttle&retry-after:2").await;
    let answer = answer.unwrap();
    assert_eq!(answer.header("retry-after"), "2");
    assert_eq!(answer.header("x-acs-retry-after"), "2000");
}

/// The bytes of a response that arrive over plain TCP, and how the connection ends.
fn raw(server: &Server) -> (Vec<u8>, io::Result<usize>, TcpStream) {
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let call = Call { transport: Transport::Get, ..Call::images(&[("PageSize", "100")]) };
    let request = call.request(server.url());
    let query = request.url().query().unwrap();
    let head = format!("GET /?{query} HTTP/1.1\r\nHost: {}\r\n\r\n", server.address());
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer);
    (answer, read, stream)
}

#[tokio::test]
async fn connections_break_in_every_way() {
    for rule in ["close", "half-close", "reset", "garbage", "truncate", "truncate:3"] {
        let rule = format!("do={rule}");
        let server = Server::start(config().with_fault(&rule).unwrap()).unwrap();
        let (answer, read, _) = raw(&server);
        let body = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").map(|at| at + 4);
        let arrived = answer.len() - body.unwrap_or(answer.len());
        let head = String::from_utf8_lossy(&answer[..body.unwrap_or_default()]).into_owned();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        match (rule.as_str(), read) {
            ("do=close" | "do=half-close", Ok(0)) => {}
            ("do=reset", Err(error)) => assert_eq!(error.kind(), ErrorKind::ConnectionReset),
            ("do=garbage", Ok(_)) => assert!(answer.starts_with(b"\0\x01\x02 this is not HTTP")),
            ("do=truncate", Ok(_)) => {
                let length: usize = length.unwrap().parse().unwrap();
                assert_eq!(arrived, length / 2, "{head}");
            }
            ("do=truncate:3", Ok(_)) => assert_eq!(arrived, 3, "{head}"),
            (_, read) => panic!("{rule}: {read:?}, {:?}", String::from_utf8_lossy(&answer)),
        }
        // The next client is served.
        server.clear_faults();
        let answer = Call::images(&[]).send(server.url()).await.unwrap();
        assert_eq!(answer.status, 200, "{rule}");
    }
}

#[test]
fn a_half_closed_connection_still_accepts_data() {
    let server = Server::start(config().with_fault("do=half-close").unwrap()).unwrap();
    let (_, read, mut stream) = raw(&server);
    assert_eq!(read.unwrap(), 0);
    let mut next = || {
        stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")?;
        stream.read(&mut [0])
    };
    for _ in 0..20 {
        assert_eq!(next().expect("neither writing nor reading fails"), 0);
    }
}

#[test]
fn a_silent_connection_stays_open_without_a_response() {
    let server = Server::start(config().with_fault("do=silence").unwrap()).unwrap();
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    stream.write_all(b"GET /?Action=DescribeImages HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    let error = stream.read(&mut [0]).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{error}");
}

#[tokio::test]
async fn a_truncated_body_is_shorter_than_its_content_length() {
    let server = Server::start(config().with_fault("do=truncate:100").unwrap()).unwrap();
    let request = Call::images(&[]).request(server.url());
    let mut response = client().execute(request).await.unwrap();
    assert!(response.content_length().unwrap() > 100);
    let mut received = 0;
    let error = loop {
        match response.chunk().await {
            Ok(Some(chunk)) => received += chunk.len(),
            Ok(None) => panic!("the body came to its end"),
            Err(error) => break error,
        }
    };
    assert_eq!(received, 100, "{error}");
}

#[tokio::test]
async fn slow_bytes_are_slow_and_complete() {
    let begin = Instant::now();
    let (_server, answer) = with("do=slow:2000/20ms").await;
    assert_eq!(answer.unwrap().texts("ImageId").len(), 8);
    assert!(begin.elapsed() >= Duration::from_millis(60), "{:?}", begin.elapsed());
}

#[tokio::test]
async fn a_call_that_hangs_does_not_keep_others_waiting() {
    let server = Server::start(config().with_fault("page=9 do=hang").unwrap()).unwrap();
    let (hanging, journal) = (Call::images(&[("PageNumber", "9")]), server.journal());
    let arrived = || journal.expect("DescribeImages").with("PageNumber", "9").times(1).is_ok();
    let others = async {
        while !arrived() {
            Call::images(&[]).send(server.url()).await.unwrap();
        }
        Call::images(&[]).send(server.url()).await.unwrap()
    };
    tokio::select! {
        answer = hanging.send(server.url()) => panic!("{answer:?}"),
        answer = others => assert_eq!(answer.status, 200),
    }
}

#[tokio::test]
async fn latency_delays_the_response() {
    let begin = Instant::now();
    let (_server, answer) = with("do=latency:80ms").await;
    assert_eq!(answer.unwrap().status, 200);
    assert!(begin.elapsed() >= Duration::from_millis(80));
    let mut config = config();
    config.latency = Some("60ms..70ms".parse().unwrap());
    let server = Server::start(config).unwrap();
    let begin = Instant::now();
    Call::images(&[]).send(server.url()).await.unwrap();
    assert!(begin.elapsed() >= Duration::from_millis(60));
}

#[tokio::test]
async fn faults_can_change_totals_pages_and_the_catalog() {
    for (rule, total) in [("do=total:+5", "13"), ("do=total:-5", "3"), ("do=total:99", "99")] {
        let (_server, answer) = with(rule).await;
        assert_eq!(answer.unwrap().text("TotalCount"), total);
    }
    let server = Server::start(config().with_fault("do=same-page").unwrap()).unwrap();
    let page = async |server: &Server, number: &str| {
        let call = Call::images(&[("PageSize", "3"), ("PageNumber", number)]);
        let answer = call.send(server.url()).await.unwrap();
        (answer.texts("ImageId"), answer.text("PageNumber"), answer.text("TotalCount"))
    };
    let (first, second) = (page(&server, "1").await, page(&server, "2").await);
    assert_eq!((&first.0, second.1.as_str()), (&second.0, "2"));

    let server = start();
    let honest = page(&server, "2").await.0;
    server.add_fault("page=2 times=1 do=catalog:+1").unwrap();
    let first = page(&server, "1").await;
    let grown = page(&server, "2").await;
    assert_eq!(grown.0[0], first.0[2], "the last of page 1 comes again");
    assert_eq!((grown.2.as_str(), page(&server, "1").await.2.as_str()), ("9", "9"));
    server.reset();
    assert_eq!(page(&server, "2").await.0, honest);
    server.add_fault("page=2 times=1 do=catalog:-1").unwrap();
    let shrunk = page(&server, "2").await;
    assert_eq!((&shrunk.0[0], shrunk.2.as_str()), (&honest[1], "7"), "one image is missed");
}

#[tokio::test]
async fn a_sequence_fails_twice_and_then_works() {
    let server = start();
    server.add_fault("action=DescribeImages do=throttle,html:502,ok").unwrap();
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(Call::images(&[]).send(server.url()).await.unwrap().status);
    }
    assert_eq!(statuses, [400, 502, 200, 200]);
    server.journal().expect("DescribeImages").answered("Throttling.User").times(1).unwrap();
}

#[tokio::test]
async fn rules_apply_only_to_their_action_region_page_and_key() {
    for rule in [
        "action=DescribeTags do=reset",
        "region=cn-beijing do=reset",
        "page=2.. do=reset",
        "access-key=another do=reset",
        "nth=2 do=reset",
        "probability=0 do=reset",
    ] {
        assert_eq!(with(rule).await.1.unwrap().status, 200, "{rule}");
    }
    for rule in [
        "action=DescribeImages region=cn-hangzhou page=1 access-key=mock-access-key do=throttle",
        "probability=1 do=throttle",
    ] {
        assert_eq!(with(rule).await.1.unwrap().status, 400, "{rule}");
    }
}

#[tokio::test]
async fn the_metadata_service_can_fail_too() {
    let server = Server::start(config().with_fault("action=Metadata do=html:500").unwrap());
    let server = server.unwrap();
    let path = format!("{}/latest/meta-data/region-id", server.url());
    assert_eq!(client().get(path).send().await.unwrap().status(), 500);
    assert_eq!(Call::images(&[]).send(server.url()).await.unwrap().status, 200);
}
