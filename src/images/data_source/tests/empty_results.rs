//! What a lookup that finds nothing reports.

use super::*;
use crate::alicloud::{Error, Listing, LookUp};

/// A service with a catalog of three, which knows architectures and statuses.
fn catalog() -> Arc<FakeService> {
    FakeService::answering(|look_up| {
        let given = |name: &str| {
            look_up.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| &**value)
        };
        let images = [
            Image {
                architecture: "x86_64".into(),
                ..image("m-1", "ubuntu_22_04_x64", "2026-01-01T00:00:00Z")
            },
            Image {
                architecture: "x86_64".into(),
                ..image("m-2", "centos_7_9_x64", "2026-01-01T00:00:00Z")
            },
            Image {
                architecture: "arm64".into(),
                status: "Deprecated".into(),
                ..image("m-3", "ubuntu_20_04_arm64", "2024-01-01T00:00:00Z")
            },
        ];
        Ok(listing(
            images
                .into_iter()
                .filter(|image| {
                    given("Architecture").is_none_or(|wanted| image.architecture == *wanted)
                })
                .filter(|image| {
                    given("Status").is_none_or(|wanted| wanted == "ALL" || image.status == *wanted)
                })
                .filter(|image| given("ImageName").is_none_or(|wanted| image.image_name == *wanted))
                .collect(),
        ))
    })
}

#[track_caller]
fn assert_says(detail: &str, expected: &[&str]) {
    for words in expected {
        assert!(detail.contains(words), "{words:?} is missing from: {detail}");
    }
}

#[tokio::test(start_paused = true)]
async fn every_filter_is_left_out_once_and_what_that_finds_is_told() {
    let service = catalog();
    let arguments = json!({
        "owners": "system", "architecture": "arm64", "name_regex": "^ubuntu", "must_match": true,
    });
    let error = only_error(read_images(&service, arguments).await);
    assert_eq!(error.summary, "No image matches");
    assert_eq!(
        error.detail,
        "In the region cn-hangzhou no image passes all of:\n\
         - owners = \"system\"\n\
         - status = \"Available\" (the default)\n\
         - architecture = \"arm64\"\n\
         - name_regex = \"^ubuntu\"\n\
         \n\
         The service found 0 images.\n\
         \n\
         Nearest matches:\n\
         - with `status = \"ALL\"`: 1 image\n\
         - without `architecture = \"arm64\"`: 1 image"
    );
    let seen = service.seen.lock().unwrap();
    let asked: Vec<&[(String, String)]> =
        seen.iter().skip(1).map(|look_up| &*look_up.parameters).collect();
    let owner = ("ImageOwnerAlias", "system");
    let architecture = ("Architecture", "arm64");
    assert_eq!(
        asked,
        [
            pairs(&[("Status", "Available"), architecture]),
            pairs(&[owner, architecture, ("Status", "ALL")]),
            pairs(&[owner, ("Status", "Available")]),
        ]
    );
    assert!(seen.iter().skip(1).all(|look_up| look_up.pages == Pages::First(1)));
    assert!(seen.iter().all(|look_up| look_up.deadline == seen[0].deadline));
}

#[tokio::test]
async fn the_steps_and_the_closest_name_are_told() {
    let arguments = json!({
        "owners": "system",
        "name_regex": "^ubuntu_22_10",
        "exclude_name_regex": "arm",
        "created_after": "2025-01-01T00:00Z",
        "must_match": true,
    });
    let error = only_error(read_images(&catalog(), arguments).await);
    assert_says(
        &error.detail,
        &[
            "- exclude_name_regex = \"arm\"\n",
            "- created_after = \"2025-01-01T00:00:00Z\"\n",
            "The service found 2 images; `name_regex` left 0; `exclude_name_regex` left 0; \
             `created_after` left 0.",
            "without `name_regex`: 2 images; the closest name is \"ubuntu_22_04_x64\"",
        ],
    );
}

#[tokio::test]
async fn the_closest_name_that_the_service_would_have_taken_is_told() {
    let error = only_error(read_image(&catalog(), json!({ "image_name": "ubuntu_22_04" })).await);
    assert_says(
        &error.detail,
        &["without `image_name = \"ubuntu_22_04\"`: 2 images; \
             the closest `image_name` is \"ubuntu_22_04_x64\""],
    );
}

#[tokio::test]
async fn without_must_match_an_empty_list_costs_no_further_call() {
    let service = catalog();
    let arguments = json!({ "owners": "system", "architecture": "arm64" });
    quiet_state(read_images(&service, arguments).await);
    assert_eq!(service.seen.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_first_page_is_not_taken_for_all() {
    let answer = |look_up: &LookUp| -> Result<Listing, Box<Error>> {
        let narrow = look_up.parameters.iter().any(|(name, _)| name == "OSType");
        let count = if narrow { 0 } else { 150 };
        Ok(listing((0..count).map(|n| image(&format!("m-{n}"), "n", "")).collect()))
    };
    let service = FakeService::answering(answer);
    let error = only_error(read_image(&service, json!({ "os_type": "windows" })).await);
    assert_says(&error.detail, &["without `os_type = \"windows\"`: at least 100 images"]);
}

#[tokio::test]
async fn a_call_that_fails_leaves_its_line_out_and_is_owned_up_to() {
    let answer = |look_up: &LookUp| match look_up.pages {
        Pages::All => Ok(listing(vec![])),
        Pages::First(_) => Err(crate::images::fakes::error(refusal("Throttling"))),
    };
    let error = only_error(read_image(&FakeService::answering(answer), json!({})).await);
    assert_says(&error.detail, &["Not every call for this list succeeded"]);
    assert!(!error.detail.contains("Nearest matches"), "{}", error.detail);
    assert!(!error.detail.contains("No single filter is to blame"), "{}", error.detail);
}

#[tokio::test]
async fn what_may_stand_on_a_later_page_is_not_denied() {
    let answer = |look_up: &LookUp| -> Result<Listing, Box<Error>> {
        let narrow = look_up.parameters.iter().any(|(name, _)| name == "OSType");
        let name = |n| if n == 120 { "wanted" } else { "other" };
        let count = if narrow { 0 } else { 150 };
        Ok(listing((0..count).map(|n| image(&format!("m-{n}"), name(n), "")).collect()))
    };
    let service = FakeService::answering(answer);
    let arguments = json!({ "os_type": "windows", "name_regex": "^wanted$" });
    let error = only_error(read_image(&service, arguments).await);
    assert_says(&error.detail, &["nothing among the images that were looked at"]);
}

#[tokio::test]
async fn what_narrows_nothing_is_not_left_out() {
    let service = FakeService::of(vec![]);
    let arguments = json!({
        "status": "ALL",
        "is_public": false,
        "show_expired": true,
        "action_type": "CreateEcs",
        "dry_run": false,
        "tags": { "a": "1", "b": null },
        "filter": [{ "name": "NetworkType", "value": "vpc" }],
    });
    let error = only_error(read_image(&service, arguments).await);
    // The lookup itself, without the tags, without the filter.
    assert_eq!(service.seen.lock().unwrap().len(), 3);
    assert_says(
        &error.detail,
        &[
            "- status = \"ALL\"\n",
            "- is_public = false\n",
            "- tags = { \"a\" = \"1\", \"b\" = null }\n",
            "- filter \"NetworkType\" = \"vpc\"\n",
            "No single filter is to blame",
        ],
    );
    assert_eq!(error.severity, Severity::Error);
}
