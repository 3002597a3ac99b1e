use std::{sync::Arc, time::Duration};

use serde_json::{Value as Json, json};
use tokio::time::Instant;

use super::{
    super::fakes::{
        self, FakeAccess, FakeService, image, images_block, listing, only_error, only_warning,
        pairs, quiet_state, read_image, read_images, read_images_in,
    },
    ImageDataSource, SourceKind, schema,
};
use crate::{
    access::Unavailable,
    alicloud::{
        Detail, Listing, Pages,
        decode::read_page,
        error::{ApiError, Cause},
        model::Image,
    },
    contract::{DataSource, Deferred, ReadRequest},
    ctx::fixed::Fixed,
    diag::{Diagnostic, Severity},
};

mod reports;

fn source(kind: SourceKind, access: Arc<FakeAccess>) -> ImageDataSource {
    ImageDataSource::new(kind, Fixed::default().ctx(), access)
}

fn refusal(code: &str) -> Cause {
    Cause::Api(ApiError {
        status: 400,
        code: code.into(),
        request_id: "REQUEST-1".into(),
        ..ApiError::default()
    })
}

#[tokio::test(start_paused = true)]
async fn the_lookup_has_region_parameters_and_one_deadline() {
    let service = FakeService::of(vec![image("m-1", "n", "")]);
    let state = quiet_state(
        read_images(
            &service,
            json!({ "owners": "self", "region": "cn-beijing", "timeouts": { "read": "90s" } }),
        )
        .await,
    );
    assert_eq!(state["region"], "cn-beijing");
    let seen = service.seen.lock().unwrap();
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].region.as_deref(), Some("cn-beijing"));
    assert_eq!(seen[0].parameters, pairs(&[("ImageOwnerAlias", "self"), ("Status", "Available")]));
    assert_eq!(seen[0].pages, Pages::All);
    assert_eq!(seen[0].deadline, Instant::now() + Duration::from_secs(90));
}

#[tokio::test]
async fn the_region_defaults_to_that_of_the_provider() {
    let service = FakeService::of(vec![]);
    for given in [Json::Null, json!("")] {
        let arguments = json!({ "owners": "self", "region": given });
        let state = quiet_state(read_images(&service, arguments).await);
        assert_eq!(state["region"], "cn-hangzhou");
    }
    assert_eq!(service.seen.lock().unwrap()[0].region, None);
}

#[tokio::test]
async fn nothing_found_is_an_empty_list() {
    let service = FakeService::of(vec![]);
    let state = quiet_state(read_images(&service, json!({ "owners": "self" })).await);
    assert_eq!(state["images"], json!([]));
    assert_eq!(state["ids"], json!([]));
    assert_eq!(state["id"], "0");
    assert_eq!(state["total_count"], 0);
}

#[tokio::test]
async fn total_count_is_the_count_before_the_selection() {
    let service = FakeService::of(vec![image("m-1", "a", ""), image("m-2", "b", "")]);
    let arguments = json!({ "owners": "self", "name_regex": "a" });
    let state = quiet_state(read_images(&service, arguments).await);
    assert_eq!(state["ids"], json!(["m-1"]));
    assert_eq!(state["total_count"], 2);
}

#[tokio::test]
async fn a_block_with_errors_is_not_looked_up() {
    let service = FakeService::of(vec![]);
    let error = only_error(read_images(&service, json!({ "owners": "self", "limit": 0 })).await);
    assert_eq!(error.attribute.unwrap().to_string(), "limit");
    assert_eq!(service.seen.lock().unwrap().len(), 0);
}

#[test]
fn every_kind_of_block_is_validated_without_a_lookup() {
    let service = FakeService::of(vec![]);
    for kind in [SourceKind::Ids, SourceKind::Image, SourceKind::Images] {
        let source = source(kind, Arc::new(FakeAccess::from(service.clone())));
        let block = |json| fakes::value(&source.schema().kind(), &json);
        assert!(source.validate(&block(json!({ "owners": "self" }))).is_empty(), "{kind:?}");
        let refused = source.validate(&block(json!({ "owners": "self", "name_regex": "(" })));
        assert!(refused.has_errors(), "{kind:?}");
    }
    assert!(service.seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn an_unknown_provider_argument_is_named_or_defers_the_read() {
    let unknown = || Err(Unavailable::Unknown(vec!["region".into(), "access_key".into()]));
    let arguments = json!({ "owners": "self" });
    let fixed = Fixed::default();
    let response = read_images_in(&fixed, unknown(), arguments.clone(), false).await;
    assert_eq!(response.deferred, None);
    let error = only_error(response);
    assert!(error.detail.contains("`region`, `access_key`"), "{}", error.detail);

    let response = read_images_in(&fixed, unknown(), arguments.clone(), true).await;
    assert_eq!(response.deferred, Some(Deferred::ProviderConfigUnknown));
    assert_eq!(response.state, None);
    assert!(response.diagnostics.is_empty());

    // Deferring would not help here.
    let missing = Err(Unavailable::NotConfigured);
    let response = read_images_in(&fixed, missing, arguments, true).await;
    assert_eq!(response.deferred, None);
    assert!(only_error(response).summary.contains("not configured"));
}

#[tokio::test]
async fn a_dry_run_that_passes_is_reported_as_such() {
    let service = FakeService::refusing(refusal("DryRunOperation"));
    let arguments = json!({ "owners": "self", "dry_run": true });
    let error = only_error(read_images(&service, arguments).await);
    assert_eq!(error.summary, crate::access::messages::DRY_RUN.summary);
    assert!(error.detail.contains("REQUEST-1"));
    assert_eq!(error.attribute.unwrap().to_string(), "dry_run");
}

#[tokio::test]
async fn a_failure_that_was_reported_is_short_in_the_next_block() {
    let access = Arc::new(FakeAccess::from(FakeService::refusing(refusal("Forbidden.RAM"))));
    let config = images_block(json!({ "owners": "self", "usage": "x" }));
    let mut details = Vec::new();
    for source in [source(SourceKind::Images, access.clone()), source(SourceKind::Image, access)] {
        let request = ReadRequest { config: config.clone(), deferral_allowed: false };
        let error = only_error(source.read(request).await);
        assert_eq!(error.attribute, None);
        details.push(error.detail);
    }
    assert!(details[0].len() > details[1].len(), "{details:?}");
    assert!(details[1].contains("Another read"), "{details:?}");
}

#[tokio::test]
async fn a_refused_argument_is_quoted_in_every_block_that_sets_it() {
    let access = Arc::new(FakeAccess::from(FakeService::refusing(refusal("InvalidUsage"))));
    for usage in ["x", "y"] {
        let config = images_block(json!({ "owners": "self", "usage": usage }));
        let source = source(SourceKind::Images, access.clone());
        let error = only_error(source.read(ReadRequest { config, deferral_allowed: false }).await);
        assert_eq!(error.attribute.unwrap().to_string(), "usage");
        let argument = format!("Argument: `usage = \"{usage}\"`.\nCall: ");
        assert!(error.detail.contains(&argument), "{}", error.detail);
        assert!(!error.detail.contains("Another read"), "{}", error.detail);
    }
}

#[test]
fn the_log_shows_the_steps_as_text() {
    assert_eq!(super::steps(&[("name_regex", 3), ("limit", 1)]), "name_regex=3 limit=1");
    assert_eq!(super::steps(&[]), "");
}

#[tokio::test]
async fn alicloud_image_has_the_id_of_its_image() {
    let service = FakeService::of(vec![image("m-1", "a", ""), image("m-2", "b", "")]);
    let state = quiet_state(read_image(&service, json!({ "name_regex": "b" })).await);
    assert_eq!(state["id"], "m-2");
    assert_eq!(state["name"], "b");
    assert_eq!(state["total_count"], 2);
}

#[tokio::test]
async fn several_images_are_listed_if_exactly_one_is_required() {
    let images: Vec<Image> = (1..=7)
        .map(|n| image(&format!("m-{n}"), &format!("name-{n}"), "2026-01-01T00:00:00Z"))
        .collect();
    let error = only_error(read_image(&FakeService::of(images), json!({ "owners": "self" })).await);
    assert_eq!(error.summary, "More than one image matches");
    for words in [
        "cn-hangzhou",
        "7 images",
        "m-1, \"name-1\", created 2026-01-01T00:00:00Z",
        "m-5,",
        "and 2 more",
        "most_recent = true",
        "owners = \"self\"",
    ] {
        assert!(error.detail.contains(words), "{words} is missing from: {}", error.detail);
    }
    assert!(!error.detail.contains("m-6"));
}

#[tokio::test]
async fn most_recent_or_a_limit_picks_one_of_several_images() {
    let service = FakeService::of(vec![
        image("m-1", "a", "2026-01-01T00:00:00Z"),
        image("m-2", "b", "2026-01-02T00:00:00Z"),
    ]);
    let newest = json!({ "owners": "self", "most_recent": true });
    assert_eq!(quiet_state(read_image(&service, newest).await)["id"], "m-2");
    let last = json!({ "owners": "self", "sort_by": "name", "limit": 1 });
    assert_eq!(quiet_state(read_image(&service, last).await)["id"], "m-1");
}

#[tokio::test]
async fn image_ids_have_the_ids_and_no_images() {
    let service = FakeService::of(vec![image("m-1", "a", ""), image("m-2", "b", "")]);
    let arguments = json!({ "owners": "self", "name_regex": "b" });
    let config = fakes::value(&schema::image_ids().kind(), &arguments);
    let request = ReadRequest { config, deferral_allowed: false };
    let source = source(SourceKind::Ids, Arc::new(FakeAccess::from(service.clone())));
    let state = quiet_state(source.read(request).await);
    assert_eq!(state["ids"], json!(["m-2"]));
    assert_eq!(state["total_count"], 2);
    assert_eq!(state["region"], "cn-hangzhou");
    assert_eq!(state.get("images"), None);
    let images = quiet_state(read_images(&service, arguments).await);
    assert_eq!(images["id"], state["id"]);
    let mut kind = images.as_object().unwrap().keys().collect::<Vec<_>>();
    kind.retain(|name| *name != "images");
    assert_eq!(state.as_object().unwrap().keys().collect::<Vec<_>>(), kind);
}

#[tokio::test]
async fn a_single_image_has_the_version_that_matched() {
    let names = ["web-2.9", "web-2.10", "web-3.0"];
    let service = FakeService::of(names.map(|name| image(name, name, "")).into());
    let arguments = json!({
        "owners": "self", "version_regex": "-([0-9.]+)$", "version_constraint": "~> 2.0",
        "sort_by": "version_desc", "limit": 1,
    });
    let state = quiet_state(read_image(&service, arguments).await);
    assert_eq!(state["matched_version"], "2.10");
    assert_eq!(state["id"], "web-2.10");
    let arguments = json!({ "owners": "self", "name_regex": "3.0" });
    assert_eq!(quiet_state(read_image(&service, arguments).await)["matched_version"], "");
}

#[tokio::test]
async fn an_empty_result_reports_the_nearest_versions() {
    let names =
        ["database", "web-2.9", "web-2.10", "web-canary", "web-latest", "web-latest", "web-next"];
    let service = FakeService::of(names.map(|name| image(name, name, "")).into());
    let arguments = json!({
        "owners": "self", "version_regex": "^web-(.+)$", "version_constraint": ">= 3",
        "must_match": true,
    });
    let error = only_error(read_images(&service, arguments).await);
    for words in [
        "version_regex = \"^web-(.+)$\"",
        "version_constraint = \">= 3\"",
        "`version_regex` left 2; `version_constraint` left 0",
        "5 images have no version in the name that `version_regex` finds, such as \"web-next\", \
         \"web-canary\" and \"web-latest\".",
        "without `version_constraint`: 2 images; the newest version is \"2.10\", of \"web-2.10\"",
    ] {
        assert!(error.detail.contains(words), "{words} is missing from: {}", error.detail);
    }
}

#[tokio::test]
async fn only_the_pages_that_a_limit_needs_are_read() {
    let many: Vec<Image> = (0..1_000).map(|n| image(&format!("m-{n}"), "n", "")).collect();
    let service = FakeService::answering(move |look_up| {
        let kept = match look_up.pages {
            Pages::First(images) => (images as usize).div_ceil(100) * 100,
            Pages::All => 1_000,
        };
        Ok(Listing { total_count: 1_000, ..listing(many[..kept].to_vec()) })
    });
    for (arguments, pages) in [
        (json!({ "limit": 1 }), Pages::First(1)),
        (json!({ "limit": 100 }), Pages::First(100)),
        (json!({ "limit": 150 }), Pages::First(150)),
        (json!({}), Pages::All),
        (json!({ "limit": 1, "name_regex": "n" }), Pages::All),
        (json!({ "limit": 1, "exclude_name_regex": "x" }), Pages::All),
        (json!({ "limit": 1, "sort_by": "name" }), Pages::All),
        (json!({ "limit": 1, "minimum_age": "1h" }), Pages::All),
        (json!({ "limit": 1, "created_before": "2030-01-01T00:00Z" }), Pages::All),
        (json!({ "limit": 1, "version_regex": "n" }), Pages::All),
        (json!({ "limit": 1, "most_recent": true }), Pages::All),
    ] {
        let mut arguments = arguments;
        arguments["owners"] = "self".into();
        let response = read_images(&service, arguments.clone()).await;
        let state = fakes::json(&response.state.unwrap());
        assert_eq!(state["total_count"], 1_000);
        let looked_up = service.seen.lock().unwrap().pop().unwrap();
        assert_eq!(looked_up.pages, pages, "{arguments}");
        assert!(service.seen.lock().unwrap().is_empty());
    }
}

#[tokio::test]
async fn all_pages_are_read_if_duplicates_leave_fewer_images_than_the_limit() {
    let service = FakeService::answering(|look_up| {
        let kept = if look_up.pages == Pages::All { 150 } else { 99 };
        let images = (0..kept).map(|n| image(&format!("m-{n}"), "n", "")).collect();
        Ok(Listing { total_count: 151, ..listing(images) })
    });
    let state = quiet_state(read_images(&service, json!({ "owners": "self", "limit": 100 })).await);
    assert_eq!(state["ids"].as_array().unwrap().len(), 100);
}

#[tokio::test]
async fn fewer_images_than_the_limit_are_read_once() {
    let service = FakeService::of((0..99).map(|n| image(&format!("m-{n}"), "n", "")).collect());
    let state = quiet_state(read_images(&service, json!({ "owners": "self", "limit": 100 })).await);
    assert_eq!(state["ids"].as_array().unwrap().len(), 99);
    assert_eq!(service.seen.lock().unwrap().len(), 1);
}

/// Regressions for known bugs in the image lookups of other providers.
mod known_bugs {
    use super::*;

    #[tokio::test]
    async fn an_unreadable_time_counts_as_the_oldest_and_is_reported() {
        let service =
            FakeService::of(vec![image("m-1", "", "2020-01-01T00:00:00Z"), image("m-2", "", "")]);
        let arguments = json!({ "owners": "self", "most_recent": true });
        let response = read_images(&service, arguments).await;
        let state = response.state.clone().unwrap();
        assert_eq!(fakes::json(state.attribute("ids")), json!(["m-1"]));
        let warning = only_warning(response);
        assert!(warning.detail.contains("m-2"), "{}", warning.detail);
        assert!(warning.detail.contains("oldest"), "{}", warning.detail);
    }

    #[tokio::test]
    async fn all_tags_must_match_not_any_of_them() {
        let service = FakeService::of(vec![]);
        let arguments = json!({ "owners": "self", "tags": { "a": "1", "b": "2" } });
        quiet_state(read_images(&service, arguments).await);
        assert_eq!(service.seen.lock().unwrap().len(), 1);
        let tags = pairs(&[
            ("Tag.1.Key", "a"),
            ("Tag.1.Value", "1"),
            ("Tag.2.Key", "b"),
            ("Tag.2.Value", "2"),
        ]);
        assert!(service.parameters(0).ends_with(&tags));
    }

    #[tokio::test]
    async fn the_id_depends_on_the_result_not_on_the_region() {
        let arguments = json!({ "owners": "self" });
        let mut ids = Vec::new();
        for found in [vec!["m-1"], vec!["m-2"], vec!["m-1", "m-2"]] {
            let service = FakeService::of(found.into_iter().map(|id| image(id, "", "")).collect());
            let state = quiet_state(read_images(&service, arguments.clone()).await);
            ids.push(state["id"].as_str().unwrap().to_owned());
        }
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 3);
    }
}

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
        read_page(answer.to_string().as_bytes(), region, number, Detail::Full).unwrap().images
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
                    "../../../../../tests/data/golden/",
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
