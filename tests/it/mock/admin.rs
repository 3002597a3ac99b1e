//! The admin API, the journal with its expectations, and the OpenAPI file.

use serde_json::{Value, json};
use terraform_provider_alicloud::mock::{Config, Seed, Server};

use super::{
    client::{Answer, Call, Scheme, client},
    config, start,
};

const OPENAPI: &str = include_str!("../../../docs/mock-ecs-openapi.json");

async fn admin(server: &Server, method: &str, path: &str, body: Option<Value>) -> Answer {
    let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
    let mut request = client().request(method, format!("{}/_mock/{path}", server.url()));
    if let Some(body) = body {
        request = request.body(body.to_string());
    }
    Answer::read(request.send().await.unwrap()).await.unwrap()
}

#[tokio::test]
async fn every_response_identifies_the_mock_and_has_a_request_id_from_the_journal() {
    let server = start();
    for call in [Call::images(&[]), Call { secret: "wrong".into(), ..Call::images(&[]) }] {
        let answer = call.send(server.url()).await.unwrap();
        assert_eq!(answer.header("x-mock-ecs"), env!("CARGO_PKG_VERSION"));
        let id = answer.text("RequestId");
        assert_eq!(answer.header("x-acs-request-id"), id);
        let found = admin(&server, "GET", &format!("journal?request_id={id}"), None).await.json();
        assert_eq!(found["count"], 1);
        assert_eq!(found["entries"][0]["status"], answer.status);
    }
}

#[tokio::test]
async fn the_journal_can_be_filtered_counted_and_cleared() {
    let server = start();
    Call::images(&[]).send(server.url()).await.unwrap();
    Call::images(&[("PageSize", "0")]).send(server.url()).await.unwrap();
    Call::new("GetCallerIdentity", &[]).send(server.url()).await.unwrap();
    for (query, count) in [
        ("", 3),
        ("?action=DescribeImages", 2),
        ("?action=DescribeImages&code=", 1),
        ("?code=InvalidParameter", 1),
        ("?status=200", 2),
        ("?region=cn-hangzhou", 2),
        ("?account=default", 3),
        ("?after=2", 1),
    ] {
        let found = admin(&server, "GET", &format!("journal/count{query}"), None).await;
        assert_eq!(found.json()["count"], count, "{query}");
    }
    let page = admin(&server, "GET", "journal?limit=1", None).await.json();
    assert_eq!((page["count"].as_u64(), page["entries"].as_array().unwrap().len()), (Some(3), 1));
    assert_eq!(admin(&server, "GET", "journal?acton=x", None).await.status, 400);
    admin(&server, "DELETE", "journal", None).await;
    assert_eq!(admin(&server, "GET", "journal/count", None).await.json()["count"], 0);
}

#[tokio::test]
async fn no_secret_reaches_the_journal() {
    let server = start();
    let role = ("RoleArn", "acs:ram::1234567890123456:role/reader");
    let call = Call::new("AssumeRole", &[role, ("RoleSessionName", "test")]);
    let credentials = call.send(server.url()).await.unwrap().json()["Credentials"].clone();
    let text = |name: &str| credentials[name].as_str().unwrap().to_owned();
    let mut signatures = Vec::new();
    for scheme in [Scheme::Rpc1, Scheme::Acs3] {
        for secret in [text("AccessKeySecret"), "wrong-secret".into()] {
            let call = Call {
                access_key: text("AccessKeyId"),
                secret,
                token: Some(text("SecurityToken")),
                scheme,
                ..Call::images(&[])
            };
            let request = call.request(server.url());
            signatures.extend(
                request
                    .url()
                    .query_pairs()
                    .find(|(n, _)| n == "Signature")
                    .map(|(_, v)| v.into_owned()),
            );
            client().execute(request).await.unwrap();
        }
    }
    let journal = admin(&server, "GET", "journal", None).await.body;
    for secret in [
        text("AccessKeySecret"),
        text("SecurityToken"),
        signatures[0].clone(),
        "mock-secret-key".into(),
    ] {
        assert!(!journal.contains(&secret), "{secret} in {journal}");
    }
}

#[tokio::test]
async fn the_journal_has_the_requested_responses_without_their_secrets() {
    let server = start();
    let role = ("RoleArn", "acs:ram::1234567890123456:role/reader");
    let call = Call::new("AssumeRole", &[role, ("RoleSessionName", "test")]);
    let credentials = call.send(server.url()).await.unwrap().json()["Credentials"].clone();
    let text = |name: &str| credentials[name].as_str().unwrap().to_owned();
    let wrong = Call {
        access_key: text("AccessKeyId"),
        secret: "wrong".into(),
        token: Some(text("SecurityToken")),
        ..Call::images(&[])
    };
    wrong.send(server.url()).await.unwrap();
    for path in ["credentials", "latest/meta-data/ram/security-credentials/mock-ecs-role"] {
        client().get(format!("{}/{path}", server.url())).send().await.unwrap();
    }
    let token = client().put(format!("{}/latest/api/token", server.url()));
    let token = token.header("X-aliyun-ecs-metadata-token-ttl-seconds", "60").send().await.unwrap();
    let token = token.text().await.unwrap();

    let shown = admin(&server, "GET", "journal?answers=true", None).await;
    let json = shown.json();
    assert_eq!((&json["first"], &json["last"]), (&json!(1), &json!(5)));
    let answer = |at: usize| json["entries"][at]["answer"].as_str().unwrap().to_owned();
    assert!(answer(0).contains(&text("AccessKeyId")), "{}", answer(0));
    assert!(answer(1).contains("SignatureDoesNotMatch"), "{}", answer(1));
    assert_eq!(answer(4), "***");
    for at in [0, 2, 3] {
        let masked = answer(at).replace([' ', '"'], "").replace('>', ":");
        assert!(masked.contains("AccessKeySecret:***"), "{masked}");
        assert!(masked.contains("SecurityToken:***"), "{masked}");
    }
    let mut secrets = vec![token, text("AccessKeySecret"), text("SecurityToken")];
    let encoded = |text: &str| {
        let text = percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC);
        text.to_string().replace("%2D", "-").replace("%5F", "_").replace("%2E", ".")
    };
    secrets.extend([encoded(&text("SecurityToken")), encoded(&encoded(&text("SecurityToken")))]);
    for secret in secrets {
        assert!(!shown.body.contains(&secret), "{secret} in {}", shown.body);
    }
    let plain = admin(&server, "GET", "journal", None).await.json();
    assert!(plain["entries"][0].get("answer").is_none());
    admin(&server, "DELETE", "journal", None).await;
    let json = admin(&server, "GET", "journal", None).await.json();
    assert_eq!((&json["first"], &json["last"]), (&json!(0), &json!(5)));
}

#[tokio::test]
async fn one_fault_rule_can_be_removed_by_its_id() {
    let server = start();
    let rules = json!(["nth=7 do=ok", "nth=8 do=ok", "nth=9 do=ok"]);
    let added = admin(&server, "POST", "faults", Some(rules)).await.json();
    let id = added["rules"][1]["id"].as_u64().unwrap();
    let path = format!("faults?id={id}");
    let left = admin(&server, "DELETE", &path, None).await.json();
    let left: Vec<_> = left["rules"].as_array().unwrap().iter().map(|rule| &rule["rule"]).collect();
    assert_eq!(left, ["nth=7..7 do=ok", "nth=9..9 do=ok"]);
    assert_eq!(admin(&server, "DELETE", &path, None).await.status, 404, "it is gone");
    assert_eq!(admin(&server, "DELETE", "faults?id=x", None).await.status, 404);
    let again = admin(&server, "POST", "faults", Some(json!("do=ok"))).await.json();
    assert!(again["rules"][2]["id"].as_u64().unwrap() > id, "no ID is used twice: {again}");
}

#[tokio::test]
async fn the_catalog_can_be_searched() {
    let server = start();
    let found = async |query: &str| {
        let path = format!("images?region=cn-hangzhou&{query}");
        let answer = admin(&server, "GET", &path, None).await.json();
        let images = answer["Images"]["Image"].as_array().unwrap().len();
        (images, answer["TotalCount"].as_u64().unwrap())
    };
    let (all, total) = found("").await;
    assert_eq!(all as u64, total);
    let (some, number) = found("search=WINDOWS").await;
    assert!(some > 0 && number < total && some as u64 == number, "{some} of {number}");
    assert_eq!(found("search=windows&limit=1").await, (1, number));
    assert_eq!(found(&format!("search=windows&offset={number}")).await, (0, number));
    assert_eq!(found("search=windows+nowhere-at-all").await, (0, 0));

    let server = Server::start(Config::default().with_images(Seed::Generated(200))).unwrap();
    let path = "images?region=cn-hangzhou&search=ARM64+system";
    let answer = admin(&server, "GET", path, None).await.json();
    let images = answer["Images"]["Image"].as_array().unwrap();
    assert!(!images.is_empty() && images.len() < 200);
    for image in images {
        let parts = ["Architecture", "ImageOwnerAlias"].map(|name| &image[name]);
        assert_eq!(parts, ["arm64", "system"]);
    }
}

#[tokio::test]
async fn quota_and_delay_are_shown() {
    let mut config = config().with_fault("do=latency:30ms").unwrap();
    config.quota = Some(5);
    // The clock starts at the beginning of a minute.
    config.clock_skew = 60 - jiff::Timestamp::now().as_second().rem_euclid(60);
    let server = Server::start(config).unwrap();
    let fresh = admin(&server, "GET", "stats", None).await.json();
    assert_eq!(fresh["quota"], json!({"limit": 5, "used": []}));
    for _ in 0..2 {
        Call::images(&[]).send(server.url()).await.unwrap();
    }
    Call::new("DescribeRegions", &[]).send(server.url()).await.unwrap();
    let used = admin(&server, "GET", "stats", None).await.json()["quota"]["used"].clone();
    assert_eq!((&used[0]["action"], &used[0]["calls"]), (&json!("DescribeImages"), &json!(2)));
    assert_eq!(used.as_array().unwrap().len(), 2);
    let entry = &admin(&server, "GET", "journal?limit=1", None).await.json()["entries"][0];
    assert_eq!(entry["delay_ms"], 30);
    assert!(entry["bytes"].as_u64().unwrap() > 100, "{entry}");
    admin(&server, "POST", "clock", Some(json!({"advance_seconds": 60}))).await;
    let used = admin(&server, "GET", "stats", None).await.json()["quota"]["used"].clone();
    assert_eq!(used, json!([]), "the next minute");
}

#[tokio::test]
async fn faults_and_images_can_be_changed_and_reset_to_the_seed() {
    let server = Server::start(config().with_fault("nth=100 do=reset").unwrap()).unwrap();
    let rules = |answer: Answer| answer.json()["rules"].as_array().unwrap().len();
    let throttle = json!({"action": "DescribeImages", "times": 1, "do": "throttle"});
    assert_eq!(rules(admin(&server, "POST", "faults", Some(json!([throttle]))).await), 2);
    assert_eq!(Call::images(&[]).send(server.url()).await.unwrap().text("Code"), "Throttling.User");
    let shown = admin(&server, "GET", "faults", None).await.json();
    assert_eq!(shown["rules"][1]["fired"], 1);
    assert_eq!(rules(admin(&server, "PUT", "faults", Some(json!("do=ok"))).await), 1);
    assert_eq!(rules(admin(&server, "DELETE", "faults", None).await), 0);
    assert_eq!(admin(&server, "POST", "faults", Some(json!({"do": "explode"}))).await.status, 400);

    let image = json!([{"ImageId": "m-added", "ImageOwnerAlias": "self"}]);
    let total = async || Call::images(&[]).send(server.url()).await.unwrap().text("TotalCount");
    for _ in 0..2 {
        admin(&server, "POST", "images", Some(image.clone())).await;
        assert_eq!(total().await, "9", "the same ID again takes the place of the first");
    }
    admin(&server, "POST", "images?region=cn-new", Some(image.clone())).await;
    let counts = admin(&server, "GET", "images", None).await.json();
    assert_eq!(counts["regions"]["cn-new"], 1);
    let shown = admin(&server, "GET", "images?region=cn-new&limit=10", None).await.json();
    assert_eq!(shown["Images"]["Image"], image);
    let broken = admin(&server, "PUT", "images", Some(json!([{"ImageId": 1}]))).await;
    assert_eq!(broken.status, 400);
    assert_eq!(total().await, "9", "a broken fixture changes nothing");
    admin(&server, "PUT", "images", Some(image)).await;
    assert_eq!(total().await, "1");
    admin(&server, "DELETE", "images", None).await;
    assert_eq!(total().await, "0");
    admin(&server, "POST", "clock", Some(json!({"advance_seconds": 60}))).await;
    admin(&server, "POST", "reset", None).await;
    assert_eq!(total().await, "8");
    assert_eq!(rules(admin(&server, "GET", "faults", None).await), 1);
    assert_eq!(admin(&server, "GET", "stats", None).await.json()["requests"], 1);
}

/// The request bodies for the paths of the OpenAPI file.
fn body_of(path: &str, method: &str) -> Option<Value> {
    match (path, method) {
        ("/_mock/faults", "post" | "put") => Some(json!("do=ok")),
        ("/_mock/images", "post" | "put") => Some(json!([{"ImageId": "m-1"}])),
        ("/_mock/clock", "post") => Some(json!({"advance_seconds": 1})),
        _ => None,
    }
}

#[tokio::test]
async fn the_openapi_file_describes_what_the_server_does() {
    let server = start();
    Call::images(&[]).send(server.url()).await.unwrap();
    let file: Value = serde_json::from_str(OPENAPI).unwrap();
    assert_eq!(file["info"]["version"], env!("CARGO_PKG_VERSION"));
    for (path, operations) in file["paths"].as_object().unwrap() {
        let name = path.strip_prefix("/_mock/").unwrap();
        for method in ["get", "post", "put", "delete", "patch"] {
            let answer = admin(&server, &method.to_uppercase(), name, body_of(path, method)).await;
            let Some(operation) = operations.get(method) else {
                assert_eq!(answer.status, 405, "{method} {path} is not described");
                continue;
            };
            assert_eq!(answer.status, 200, "{method} {path}: {answer:?}");
            let schema = &operation["responses"]["200"]["content"]["application/json"]["schema"];
            super::schema::check(&answer.json(), schema, &file)
                .unwrap_or_else(|wrong| panic!("{method} {path}: {wrong}"));
        }
    }
    assert_eq!(admin(&server, "GET", "nothing", None).await.status, 404);
}

#[tokio::test]
async fn an_unmet_expectation_shows_what_arrived() {
    let server = start();
    let nothing = server.journal().expect("DescribeImages").times(1).unwrap_err().to_string();
    assert_eq!(nothing, "expected 1 calls of DescribeImages: 0 arrived. All that arrived: nothing");
    server.add_fault("do=throttle,ok").unwrap();
    Call::images(&[("PageNumber", "2")]).send(server.url()).await.unwrap();
    Call::images(&[("Typo", "x")]).send(server.url()).await.unwrap();
    let journal = server.journal();
    journal.expect("DescribeImages").with("PageNumber", "2").times(1).unwrap();
    journal.expect("DescribeImages").without("PageNumber").at_least(1).unwrap();
    let unmet = journal.expect("DescribeImages").with("PageNumber", "3").times(1).unwrap_err();
    assert_eq!(
        unmet.to_string(),
        "expected 1 calls of DescribeImages, PageNumber=3: 0 arrived. All that arrived:\n  \
         #1 POST DescribeImages 400 Throttling.User PageNumber=2 RegionId=cn-hangzhou [error:Throttling.User]\n  \
         #2 POST DescribeImages 200 RegionId=cn-hangzhou Typo=x [unknown parameter Typo]"
    );
}
