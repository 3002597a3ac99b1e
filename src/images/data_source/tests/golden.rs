//! States recorded from the official provider, reproduced by this one.

use super::*;
use crate::alicloud::decode::read_page;

/// The arguments in the body of a data block that has plain arguments and a map of texts.
fn arguments_of(config: &str) -> Json {
    let mut arguments = serde_json::Map::new();
    let mut lines = config.lines().map(str::trim);
    while let Some(line) = lines.next() {
        let (name, value) = line.split_once(" = ").unwrap();
        let value = if value == "{" {
            let members = lines.by_ref().take_while(|line| *line != "}");
            members.map(|line| line.split_once(" = ").unwrap()).map(member).collect()
        } else {
            serde_json::from_str(value).unwrap()
        };
        arguments.insert(name.to_owned(), value);
    }
    arguments.into()
}

fn member((key, value): (&str, &str)) -> (String, Json) {
    (key.to_owned(), serde_json::from_str(value).unwrap())
}

/// The part of `ours` that has a counterpart in `official`: a drop-in may have more attributes.
fn counterpart(ours: &Json, official: &Json) -> Json {
    match (ours, official) {
        (Json::Object(ours), Json::Object(official)) => official
            .iter()
            .map(|(name, value)| {
                (
                    name.clone(),
                    ours.get(name)
                        .map_or_else(|| json!("missing"), |ours| counterpart(ours, value)),
                )
            })
            .collect(),
        (Json::Array(ours), Json::Array(official)) if ours.len() == official.len() => {
            ours.iter().zip(official).map(|(ours, official)| counterpart(ours, official)).collect()
        }
        _ => ours.clone(),
    }
}

async fn check(case: &str) {
    let case: Json = serde_json::from_str(case).unwrap();
    let pages = case["pages"].as_array().unwrap();
    let read = |page: &Json| {
        let answer = &page["answer"];
        let region = answer["RegionId"].as_str().unwrap_or_default();
        let number = answer["PageNumber"].as_u64().unwrap_or_default();
        read_page(answer.to_string().as_bytes(), region, number).unwrap().images
    };
    let images = pages.iter().flat_map(read).collect();
    let service = FakeService::of(images);
    let arguments = arguments_of(case["config"].as_str().unwrap());
    let state = quiet_state(read_images(&service, arguments).await);
    assert_eq!(counterpart(&state, &case["state"]), case["state"]);
    // `counterpart` would ignore additional keys of maps, so tags are compared directly.
    for (ours, official) in (state["images"].as_array().unwrap().iter())
        .zip(case["state"]["images"].as_array().unwrap())
    {
        assert_eq!(ours["tags"], official["tags"]);
    }

    let mut parameters: Vec<(String, String)> = service.parameters(0);
    parameters.sort_unstable();
    let by_the_client = ["PageNumber", "PageSize", "RegionId"];
    let expected: Vec<(String, String)> = (pages[0]["request"].as_object().unwrap().iter())
        .filter(|(name, _)| !by_the_client.contains(&&***name))
        .map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()))
        .collect();
    assert_eq!(parameters, expected);
}

macro_rules! cases {
    ($($name:ident)*) => {
        $(
            #[tokio::test]
            async fn $name() {
                check(include_str!(concat!(
                    "../../../../tests/data/golden/",
                    stringify!($name),
                    ".json"
                )))
                .await;
            }
        )*
    };
}

cases! {
    arm64 docs_example empty most_recent no_images owners_system quoted_bool self_with_tags sparse
    tags_filter windows
}
