//! The chapter "Differences from the real service" of the documentation: each difference has an ID,
//! and each one that says it is tested is.

use std::time::Duration;

use super::{
    client::{Answer, Call, client},
    start,
};

const DOCUMENTATION: &str = include_str!("../../../docs/mock-ecs.md");

#[test]
fn every_difference_has_an_id_of_its_own_and_no_number_is_left_out() {
    let (_, chapter) = DOCUMENTATION.split_once("## Differences from the real service").unwrap();
    let ids = chapter.lines().filter_map(|line| line.strip_prefix("| D-"));
    let ids: Vec<u32> = ids.map(|rest| rest.split(' ').next().unwrap().parse().unwrap()).collect();
    assert_eq!(ids, (1..=ids.len() as u32).collect::<Vec<_>>());
    assert!(ids.len() >= 15, "{ids:?}");
}

#[tokio::test]
async fn bearer_tokens_are_refused_and_said_to_be_unsupported() {
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
async fn the_location_service_leads_back_to_the_mock() {
    let server = start();
    let call = Call::new("DescribeEndpoints", &[("Id", "cn-beijing"), ("ServiceCode", "sls")]);
    let endpoint = call.send(server.url()).await.unwrap().text("Endpoint");
    assert_eq!(endpoint, server.address().to_string());
}

#[tokio::test]
async fn its_clock_moves_only_forward_and_only_when_told() {
    let server = start();
    server.advance(Duration::from_secs(3600));
    let answer = Call::images(&[]).send(server.url()).await.unwrap();
    assert_eq!(answer.text("Code"), "InvalidTimeStamp.Expired");
    server.reset();
    assert_eq!(Call::images(&[]).send(server.url()).await.unwrap().status, 200);
}
