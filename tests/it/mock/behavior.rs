//! One table of calls and responses, tested with every way of sending a call and every response
//! format.

use serde::Deserialize;
use std::collections::BTreeMap;

use super::{
    client::{Answer, Call, Scheme, Transport, client},
    start,
};

#[derive(Deserialize)]
struct Row {
    why: String,
    call: BTreeMap<String, String>,
    /// The images of a successful response, and their total number on all pages.
    #[serde(default)]
    ids: Vec<String>,
    total: Option<u64>,
    /// The status, code and, where documented, text of an error.
    status: Option<u16>,
    code: Option<String>,
    message: Option<String>,
}

fn check(row: &Row, answer: &Answer) -> Result<(), String> {
    let same = |what: &str, expected: &str, found: &str| {
        if expected == found {
            Ok(())
        } else {
            Err(format!("{what}: expected {expected:?}, found {found:?}"))
        }
    };
    same("status", &row.status.unwrap_or(200).to_string(), &answer.status.to_string())?;
    let id = answer.text("RequestId");
    if id.len() != 36 || id.chars().any(|c| c.is_ascii_lowercase()) {
        return Err(format!("{id:?} is no request ID"));
    }
    if let Some(code) = &row.code {
        same("code", code, &answer.text("Code"))?;
        if let Some(message) = &row.message {
            same("message", message, &answer.text("Message"))?;
        }
        return Ok(());
    }
    same("images", &row.ids.join(" "), &answer.texts("ImageId").join(" "))?;
    same("total", &row.total.unwrap_or_default().to_string(), &answer.text("TotalCount"))?;
    let default = |name: &str, default: &str| {
        row.call.get(name).cloned().unwrap_or_else(|| default.to_owned())
    };
    same("PageSize", &default("PageSize", "10"), &answer.text("PageSize"))?;
    same("PageNumber", &default("PageNumber", "1"), &answer.text("PageNumber"))?;
    same("RegionId", &row.call["RegionId"], &answer.text("RegionId"))
}

#[tokio::test]
async fn every_row_of_the_table_holds_for_every_form_of_request() {
    let rows: Vec<Row> =
        serde_json::from_str(include_str!("../../data/mock-behavior.json")).unwrap();
    let server = start();
    let client = client();
    let mut wrong = Vec::new();
    for row in &rows {
        let parameters: Vec<_> = row.call.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        for transport in [Transport::Get, Transport::PostQuery, Transport::PostForm] {
            for scheme in [Scheme::Rpc1, Scheme::Acs3] {
                for xml in [false, true] {
                    let call =
                        Call { transport, scheme, xml, ..Call::new("DescribeImages", &parameters) };
                    let answer = call.send_with(&client, server.url()).await.unwrap();
                    if let Err(reason) = check(row, &answer) {
                        let why = &row.why;
                        wrong.push(format!("{why} ({transport:?} {scheme:?} xml={xml}): {reason}"));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(server.journal().count("DescribeImages"), rows.len() * 12);
}

#[tokio::test]
async fn a_response_contains_every_member_of_the_fixture() {
    let server = start();
    let answer = Call::images(&[("ImageId", "m-web-new")]).send(server.url()).await.unwrap();
    let fixture: serde_json::Value = serde_json::from_str(super::IMAGES).unwrap();
    let images = fixture["Regions"]["cn-hangzhou"]["Images"]["Image"].as_array().unwrap();
    let expected = images.iter().find(|image| image["ImageId"] == "m-web-new");
    assert_eq!(answer.json()["Images"]["Image"].get(0), expected);
}

#[tokio::test]
async fn the_newest_available_image_of_a_family_is_found() {
    let server = start();
    for (family, id) in [("web", "m-web-new"), ("none", "")] {
        let region = ("RegionId", "cn-hangzhou");
        let call = Call::new("DescribeImageFromFamily", &[region, ("ImageFamily", family)]);
        let answer = call.send(server.url()).await.unwrap();
        assert_eq!((answer.status, answer.text("ImageId").as_str()), (200, id), "{answer:?}");
    }
}

#[tokio::test]
async fn tags_are_described_for_one_image_and_for_all() {
    let server = start();
    let tags = async |parameters: &[(&str, &str)]| {
        let mut call = Call::new("DescribeTags", parameters);
        call.parameters.push(("RegionId".into(), "cn-hangzhou".into()));
        let answer = call.send(server.url()).await.unwrap();
        (answer.texts("TagKey"), answer.text("TotalCount"))
    };
    let one = [("ResourceType", "image"), ("ResourceId", "m-db")];
    assert_eq!(tags(&one).await, (vec!["backup".into(), "env".into()], "2".into()));
    let none = [("ResourceType", "image"), ("ResourceId", "m-none")];
    assert_eq!(tags(&none).await, (vec![], "0".into()));
    let all = tags(&[("ResourceType", "image")]).await;
    assert_eq!(all.0, ["backup", "env", "team"]);
    let by_key = [("ResourceType", "image"), ("Tag.1.Key", "env"), ("PageSize", "1")];
    assert_eq!(tags(&by_key).await.0, ["env"]);
    assert_eq!(tags(&[("ResourceType", "instance")]).await.0, Vec::<String>::new());
}

#[tokio::test]
async fn regions_and_endpoints_are_described() {
    let server = start();
    let answer = Call::new("DescribeRegions", &[]).send(server.url()).await.unwrap();
    let regions = answer.texts("RegionId");
    assert!(regions.contains(&"cn-hangzhou".to_owned()) && regions.len() > 20, "{regions:?}");
    let call = Call::new(
        "DescribeEndpoints",
        &[("Id", "cn-hangzhou"), ("ServiceCode", "ecs"), ("Type", "openAPI")],
    );
    let answer = call.send(server.url()).await.unwrap();
    assert_eq!(format!("http://{}", answer.text("Endpoint")), server.url());
    assert_eq!(answer.text("SerivceCode"), "ecs");
    let call = Call::new("DescribeEndpoints", &[("Id", "cn-atlantis"), ("ServiceCode", "ecs")]);
    assert_eq!(call.send(server.url()).await.unwrap().text("Code"), "InvalidRegionId");
    let call = Call::new("QueryAvailableInstances", &[("ProductCode", "ecs")]);
    assert_eq!(call.send(server.url()).await.unwrap().json()["Code"], "Success");
}
