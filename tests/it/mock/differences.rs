//! The page "How mock-ecs differs from the service": each difference has an ID, and the tests that
//! it names exist.

use std::{fs, path::Path, time::Duration};

use serde_json::json;
use terraform_provider_alicloud::mock::{Config, Seed, Server};

use super::{
    client::{Answer, Call, client},
    start,
};

const DOCUMENTATION: &str = include_str!("../../../docs/mock-ecs-differences.md");

#[test]
fn difference_ids_are_unique_and_consecutive() {
    let ids = DOCUMENTATION.lines().filter_map(|line| line.strip_prefix("| D-"));
    let ids: Vec<u32> = ids.map(|rest| rest.split(' ').next().unwrap().parse().unwrap()).collect();
    assert_eq!(ids, (1..=ids.len() as u32).collect::<Vec<_>>());
    assert!(ids.len() >= 15, "{ids:?}");
}

#[test]
fn every_test_that_the_table_names_exists() {
    let mut sources = String::new();
    for folder in ["tests/it/mock", "src/mock"] {
        read_all(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut sources);
    }
    for row in DOCUMENTATION.lines().filter(|line| line.starts_with("| D-")) {
        let tests = row.trim_end_matches([' ', '|']).rsplit(" | ").next().unwrap();
        if tests.starts_with("not testable: ") {
            continue;
        }
        for name in tests.split(", ") {
            let name = name.trim_matches('`');
            assert!(sources.contains(&format!("fn {name}(")), "{name} does not exist: {row}");
        }
    }
}

fn read_all(folder: &Path, to: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_all(&path, to);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            to.push_str(&fs::read_to_string(path).unwrap());
        }
    }
}

#[tokio::test]
async fn bearer_tokens_are_rejected_as_unsupported() {
    let server = start();
    let url = format!(
        "{}/?Action=DescribeImages&Version=2014-05-26&Format=JSON&SignatureType=BEARERTOKEN&BearerToken=t",
        server.url()
    );
    let answer = Answer::read(client().get(url).send().await.unwrap()).await.unwrap();
    assert_eq!(answer.text("Code"), "IncompleteSignature");
    assert!(answer.text("Message").contains("not supported by mock-ecs"));
}

#[tokio::test]
async fn every_role_of_every_account_can_be_assumed() {
    let server = start();
    let role = ("RoleArn", "acs:ram::42:role/never-made");
    let call = Call::new("AssumeRole", &[role, ("RoleSessionName", "test")]);
    assert_eq!(call.send(server.url()).await.unwrap().status, 200);
}

#[tokio::test]
async fn the_location_service_returns_the_address_of_the_mock() {
    let server = start();
    let call = Call::new("DescribeEndpoints", &[("Id", "cn-beijing"), ("ServiceCode", "sls")]);
    let endpoint = call.send(server.url()).await.unwrap().text("Endpoint");
    assert_eq!(endpoint, server.address().to_string());
}

#[tokio::test]
async fn the_clock_moves_only_forward_and_only_on_request() {
    let server = start();
    server.advance(Duration::from_secs(3600));
    let answer = Call::images(&[]).send(server.url()).await.unwrap();
    assert_eq!(answer.text("Code"), "InvalidTimeStamp.Expired");
    server.reset();
    assert_eq!(Call::images(&[]).send(server.url()).await.unwrap().status, 200);
}

#[tokio::test]
async fn a_search_by_tag_finds_more_than_a_thousand_images() {
    let image = |number| {
        json!({
            "ImageId": format!("m-{number}"), "ImageOwnerAlias": "self", "Status": "Available",
            "ResourceGroupId": "rg-1", "Tags": { "Tag": [{ "TagKey": "k", "TagValue": "v" }] },
        })
    };
    let images: Vec<_> = (0..1_001).map(image).collect();
    let text = json!({ "Images": { "Image": images } }).to_string();
    let seed = Seed::Json { name: "images.json".into(), region: None, text };
    let server = Server::start(Config::default().with_images(seed)).unwrap();
    for search in [&[("Tag.1.Key", "k"), ("Tag.1.Value", "v")][..], &[("ResourceGroupId", "rg-1")]]
    {
        let answer = Call::images(search).send(server.url()).await.unwrap();
        assert_eq!(answer.text("TotalCount"), "1001", "{search:?}");
    }
}

#[tokio::test]
async fn it_always_responds_with_http_1_1_without_compression() {
    let server = start();
    let mut request = Call::images(&[]).request(server.url());
    request.headers_mut().insert("accept-encoding", "gzip, br".parse().unwrap());
    let response = client().execute(request).await.unwrap();
    assert_eq!((response.version(), response.status().as_u16()), (reqwest::Version::HTTP_11, 200));
    assert_eq!(response.headers().get("content-encoding"), None);
}
