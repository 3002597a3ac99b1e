//! Lists of key pairs, networks, addresses and instances: by region, in parts, within limits, and separate for each
//! account.

use serde_json::{Value, json};
use terraform_provider_alicloud::mock::{Account, Config, Server};

use super::{
    build::{Builder, SOURCE},
    client::{Answer, Call},
};

const OTHER: &str = "2222222222222222";

/// A server with a second account.
fn start() -> Server {
    let mut config = Config { image_time: std::time::Duration::ZERO, ..Config::default() };
    let other = Account { name: "b".into(), id: OTHER.into(), ..Account::new("kb", "sb") };
    config.accounts.push(other);
    Server::start(config).unwrap()
}

/// A call of the second account.
async fn by_other(server: &Server, action: &str, parameters: &[(&str, &str)]) -> Answer {
    let mut call = Call::new(action, parameters);
    (call.access_key, call.secret) = ("kb".into(), "sb".into());
    call.parameters.push(("RegionId".into(), "cn-hangzhou".into()));
    call.send(server.url()).await.unwrap()
}

#[tokio::test]
async fn a_resource_is_found_in_its_region_only() {
    let server = start();
    let builder = Builder(&server);
    let vpc = builder.made("CreateVpc", &[], "VpcId").await;
    let group = builder.made("CreateSecurityGroup", &[("VpcId", &vpc)], "SecurityGroupId").await;
    for (action, parameters, code) in [
        ("CreateSecurityGroup", vec![("VpcId", vpc.as_str())], "InvalidVpcId.NotFound"),
        (
            "CreateInstance",
            vec![
                ("ImageId", SOURCE),
                ("InstanceType", "ecs.g7.large"),
                ("SecurityGroupId", group.as_str()),
            ],
            "InvalidSecurityGroupId.NotFound",
        ),
        ("DeleteVpc", vec![("VpcId", vpc.as_str())], "InvalidVpcId.NotFound"),
    ] {
        let elsewhere = [parameters, vec![("RegionId", "cn-beijing")]].concat();
        let answer = Call::new(action, &elsewhere).send(server.url()).await.unwrap();
        assert_eq!(answer.text("Code"), code, "{action}");
    }
    let here = Call::new("DeleteSecurityGroup", &[("SecurityGroupId", group.as_str())]);
    assert_eq!(here.send(server.url()).await.unwrap().status, 200, "without a region it is found");
}

#[tokio::test]
async fn instances_are_listed_in_parts_by_token_too() {
    let server = start();
    let builder = Builder(&server);
    let run = [
        ("ImageId", SOURCE),
        ("InstanceType", "ecs.g7.large"),
        ("InstanceName", "web-1"),
        ("Amount", "25"),
    ];
    builder.done("RunInstances", &run).await;
    let (mut token, mut sizes) = (String::new(), Vec::new());
    loop {
        let part = [("MaxResults", "10"), ("NextToken", token.as_str())];
        let part = builder.done("DescribeInstances", &part).await;
        sizes.push(part.texts("InstanceId").len());
        token = part.text("NextToken");
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(sizes, [10, 10, 5]);
    for (name, value, total) in [
        ("InstanceName", "web-*", "25"),
        ("InstanceName", "*-2", "0"),
        ("InstanceChargeType", "PrePaid", "0"),
        ("InstanceTypeFamily", "ecs.g7", "25"),
        ("IoOptimized", "true", "25"),
        ("IoOptimized", "false", "0"),
    ] {
        let found = builder.made("DescribeInstances", &[(name, value)], "TotalCount").await;
        assert_eq!(found, total, "{name}={value}");
    }
    for (name, value) in [("MaxResults", "101"), ("NextToken", "x"), ("PageNumber", "0")] {
        builder.refused("DescribeInstances", &[(name, value)], "InvalidParameter").await;
    }
    let many = json!(vec!["i-1"; 101]).to_string();
    builder.refused("DescribeInstances", &[("InstanceIds", &many)], "InvalidParameter").await;
    let group = builder.made("CreateSecurityGroup", &[], "SecurityGroupId").await;
    let names: Vec<_> = (1..=17).map(|n| format!("SecurityGroupIds.{n}")).collect();
    let groups = names.iter().map(|name| (name.as_str(), group.as_str()));
    let run: Vec<_> = run.into_iter().chain(groups).collect();
    builder.refused("RunInstances", &run, "InvalidParameter").await;
}

#[tokio::test]
async fn addresses_are_unique() {
    let server = start();
    let builder = Builder(&server);
    let first = builder.done("AllocateEipAddress", &[]).await;
    let second = builder.made("AllocateEipAddress", &[], "EipAddress").await;
    builder.done("ReleaseEipAddress", &[("AllocationId", &first.text("AllocationId"))]).await;
    let third = builder.made("AllocateEipAddress", &[], "EipAddress").await;
    let theirs = by_other(&server, "AllocateEipAddress", &[]).await.text("EipAddress");
    let run = [("ImageId", SOURCE), ("InstanceType", "ecs.g7.large"), ("Amount", "2")];
    let made = builder.done("RunInstances", &run).await.json();
    let mut addresses = vec![second, third, theirs];
    for id in made["InstanceIdSets"]["InstanceIdSet"].as_array().unwrap() {
        let id = [("InstanceId", id.as_str().unwrap())];
        let address = builder.made("AllocatePublicIpAddress", &id, "IpAddress").await;
        let again = builder.made("AllocatePublicIpAddress", &id, "IpAddress").await;
        assert_eq!(address, again);
        addresses.push(address);
    }
    let all = addresses.clone();
    addresses.sort();
    addresses.dedup();
    assert_eq!(addresses.len(), 5, "{all:?}");
}

#[tokio::test]
async fn the_snapshots_of_a_shared_image_belong_to_its_owner() {
    let server = start();
    let builder = Builder(&server);
    let image = builder.made("CreateImage", &[("InstanceId", "i-any")], "ImageId").await;
    builder
        .done("ModifyImageSharePermission", &[("ImageId", &image), ("AddAccount.1", OTHER)])
        .await;
    let seen = by_other(&server, "DescribeImages", &[("ImageId", &image)]).await;
    let snapshot = seen.text("SnapshotId");
    assert!(snapshot.starts_with("s-"), "{seen:?}");
    let parameters = [("SnapshotId", snapshot.as_str())];
    let refused = by_other(&server, "CreateImage", &parameters).await;
    assert_eq!(refused.text("Code"), "InvalidSnapshotId.NotFound");
    builder.done("CreateImage", &parameters).await;
}

#[tokio::test]
async fn an_invalid_attribute_of_an_image_is_refused_and_changes_nothing() {
    let server = start();
    let builder = Builder(&server);
    let image = builder.made("CreateImage", &[("InstanceId", "i-any")], "ImageId").await;
    let long = "x".repeat(257);
    for (name, value) in [("ResourceGroupId", long.as_str()), ("ImageVersion", &long)] {
        let create = [("InstanceId", "i-any"), (name, value)];
        builder.refused("CreateImage", &create, "InvalidParameter").await;
    }
    let modify = [("ImageId", image.as_str()), ("Description", &long)];
    builder.refused("ModifyImageAttribute", &modify, "InvalidDescription.Malformed").await;
    let own = [("ImageOwnerAlias", "self"), ("ImageId", &image)];
    assert_eq!(builder.made("DescribeImages", &own, "TotalCount").await, "1");

    let run = [("ImageId", image.as_str()), ("InstanceType", "ecs.g7.large")];
    let id = builder.made("CreateInstance", &run, "InstanceId").await;
    builder.refused("DeleteImage", &run[..1], "ImageUsingByInstance").await;
    builder.done("DeleteInstance", &[("InstanceId", &id)]).await;
    builder.done("DeleteImage", &run[..1]).await;
}

#[tokio::test]
async fn a_password_reaches_neither_the_journal_nor_an_explanation() {
    let server = start();
    let builder = Builder(&server);
    let password = "P4ss word!";
    let create = [("ImageId", SOURCE), ("InstanceType", "ecs.g7.large"), ("Password", password)];
    builder.done("CreateInstance", &create).await;
    let wrong = Call { secret: "wrong".into(), ..Call::new("CreateInstance", &create) };
    let refused = wrong.send(server.url()).await.unwrap();
    assert_eq!(refused.text("Code"), "SignatureDoesNotMatch");
    assert!(refused.body.contains("P4ss"), "the client gets the text that it signed");
    let journal = server.journal();
    for entry in journal.entries() {
        let shown: Value = serde_json::to_value(&*entry).unwrap();
        let answer = journal.answer(entry.number).unwrap();
        assert!(!format!("{shown} {answer}").contains("P4ss"), "{shown} {answer}");
    }
}

#[tokio::test]
async fn a_role_must_belong_to_a_valid_account_id() {
    let server = start();
    for (arn, status) in [
        ("acs:ram::2222222222222222:role/r", 200),
        ("acs:ram::99999999999999999999999999:role/r", 400),
        ("acs:ram:::role/r", 400),
        (&format!("acs:ram::1:role/{}", "r".repeat(129)), 400),
    ] {
        let role = [("RoleArn", arn), ("RoleSessionName", "test")];
        let answer = Call::new("AssumeRole", &role).send(server.url()).await.unwrap();
        assert_eq!(answer.status, status, "{arn} {answer:?}");
    }
}

#[tokio::test]
async fn the_clock_stops_at_the_last_representable_time() {
    let server = start();
    for _ in 0..3 {
        server.advance(std::time::Duration::from_secs(u64::MAX));
    }
    let call = Call::new("DescribeVpcs", &[("RegionId", "cn-hangzhou")]);
    let answer = call.send(server.url()).await.unwrap();
    assert_eq!(answer.text("Code"), "InvalidTimeStamp.Expired");
    let shown = reqwest::Request::new(
        reqwest::Method::GET,
        format!("{}/_mock/clock", server.url()).parse().unwrap(),
    );
    let shown = Answer::read(super::client::client().execute(shown).await.unwrap()).await.unwrap();
    assert!(shown.text("now").starts_with("9999-"), "{shown:?}");
}
