//! The explanation of a lookup that finds no image.

use super::*;
use crate::alicloud::{Error, Listing, LookUp};

/// A service with three images, which filters by architecture, status and name.
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
async fn each_filter_is_omitted_once_and_the_matches_are_reported() {
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
    let requested: Vec<&[(String, String)]> =
        seen.iter().skip(1).map(|look_up| &*look_up.parameters).collect();
    let owner = ("ImageOwnerAlias", "system");
    let architecture = ("Architecture", "arm64");
    assert_eq!(
        requested,
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
async fn the_steps_and_the_closest_name_are_reported() {
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
async fn the_closest_value_of_a_service_filter_is_reported() {
    let error = only_error(read_image(&catalog(), json!({ "image_name": "ubuntu_22_04" })).await);
    assert_says(
        &error.detail,
        &["without `image_name = \"ubuntu_22_04\"`: 2 images; \
             the closest `image_name` is \"ubuntu_22_04_x64\""],
    );
}

#[tokio::test]
async fn without_must_match_an_empty_list_makes_no_additional_call() {
    let service = catalog();
    let arguments = json!({ "owners": "system", "architecture": "arm64" });
    quiet_state(read_images(&service, arguments).await);
    assert_eq!(service.seen.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_count_from_the_first_page_is_a_lower_bound() {
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
async fn a_failed_call_is_omitted_and_reported() {
    let answer = |look_up: &LookUp| match look_up.pages {
        Pages::All => Ok(listing(vec![])),
        Pages::First(_) => Err(crate::images::fakes::error(refusal("Throttling"))),
    };
    let error = only_error(read_image(&FakeService::answering(answer), json!({})).await);
    assert_says(&error.detail, &["Some calls for this list failed"]);
    assert!(!error.detail.contains("Nearest matches"), "{}", error.detail);
    assert!(!error.detail.contains("No single filter is the cause"), "{}", error.detail);
}

#[tokio::test]
async fn matches_on_unread_pages_are_not_ruled_out() {
    let answer = |look_up: &LookUp| -> Result<Listing, Box<Error>> {
        let narrow = look_up.parameters.iter().any(|(name, _)| name == "OSType");
        let name = |n| if n == 120 { "wanted" } else { "other" };
        let count = if narrow { 0 } else { 150 };
        Ok(listing((0..count).map(|n| image(&format!("m-{n}"), name(n), "")).collect()))
    };
    let service = FakeService::answering(answer);
    let arguments = json!({ "os_type": "windows", "name_regex": "^wanted$" });
    let error = only_error(read_image(&service, arguments).await);
    assert_says(&error.detail, &["no match among the images that were checked"]);
}

#[tokio::test]
async fn filters_that_exclude_nothing_are_not_omitted() {
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
    // The lookup itself, the one without tags and the one without the filter block.
    assert_eq!(service.seen.lock().unwrap().len(), 3);
    assert_says(
        &error.detail,
        &[
            "- status = \"ALL\"\n",
            "- is_public = false\n",
            "- tags = { \"a\" = \"1\", \"b\" = null }\n",
            "- filter \"NetworkType\" = \"vpc\"\n",
            "No single filter is the cause",
        ],
    );
    assert_eq!(error.severity, Severity::Error);
}
