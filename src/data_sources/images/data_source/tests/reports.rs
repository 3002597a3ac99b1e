//! What a read reports: its warnings, its output file, and the explanation of a lookup that finds no image.

use std::{io, path::Path};

use futures_util::future::{BoxFuture, ready};
use zeroize::Zeroizing;

use super::*;
use crate::{
    alicloud::{Error, LookUp},
    ctx::Files,
    value::Value,
};

/// Selections and warnings use only members that an outline contains.
#[tokio::test]
async fn ids_are_found_in_an_outline_with_the_same_warnings() {
    let image = |id: &str, name: &str, created: &str| Image {
        status: "Deprecated".into(),
        image_owner_alias: "others".into(),
        image_owner_id: "1".into(),
        size: id.len() as i64,
        ..image(id, name, created)
    };
    let images = [
        image("m-1", "web-1.10", "2025-01-01T00:00:00Z"),
        image("m-22", "web-1.9", "2025-01-02T00:00:00Z"),
        image("m-333", "db", ""),
    ];
    let images = images.map(|image| Image { image_family: "f".into(), usable: true, ..image });
    let service = FakeService::answering(move |look_up| {
        let outline =
            |image: &Image| Image { image_family: "".into(), usable: false, ..image.clone() };
        Ok(listing(match look_up.detail {
            Detail::Full => images.to_vec(),
            Detail::Outline => images.iter().map(outline).collect(),
        }))
    });
    for arguments in [
        json!({ "name_regex": "web", "sort_by": "size_desc" }),
        json!({ "owners": "others", "version_regex": "web-(.*)", "sort_by": "version_desc", "limit": 1 }),
        json!({ "owners": "", "most_recent": true }),
        json!({ "owners": "self", "minimum_age": "1h", "exclude_name_regex": "^web-1.9" }),
    ] {
        let kind = schema::image_ids().kind();
        let config = fakes::value(&kind, &arguments);
        let ids = source(SourceKind::Ids, Arc::new(FakeAccess::from(service.clone())));
        let outline = ids.read(ReadRequest { config, deferral_allowed: false }).await;
        let full = read_images(&service, arguments).await;
        assert_eq!(outline.diagnostics, full.diagnostics);
        let found = |state: Option<Value>| fakes::json(state.unwrap().attribute("ids"));
        assert_eq!(found(outline.state), found(full.state));
        let seen = std::mem::take(&mut *service.seen.lock().unwrap());
        let details: Vec<_> = seen.iter().map(|look_up| look_up.detail).collect();
        assert_eq!(details, [Detail::Outline, Detail::Full]);
    }
    // An output file needs all members of an image.
    let arguments = json!({ "owners": "self", "output_file": "f" });
    let config = fakes::value(&schema::image_ids().kind(), &arguments);
    let ids = source(SourceKind::Ids, Arc::new(FakeAccess::from(service.clone())));
    ids.read(ReadRequest { config, deferral_allowed: false }).await;
    assert_eq!(service.seen.lock().unwrap()[0].detail, Detail::Full);
}

#[tokio::test]
async fn the_output_file_contains_the_images() {
    let fixed = Fixed::default();
    let service = FakeService::of(vec![image("m-1", "a", "")]);
    let arguments = json!({ "owners": "self", "output_file": "images.json" });
    quiet_state(read_images_in(&fixed, Ok(service), arguments, false).await);
    let content: Json =
        serde_json::from_slice(&fixed.files.content("/cwd/images.json").unwrap()).unwrap();
    assert_eq!(content[0]["image_id"], "m-1");
    assert_eq!(content[0].as_object().unwrap().len(), 24);
}

struct ReadOnly;

impl Files for ReadOnly {
    fn read<'a>(&'a self, _: &'a Path, _: u64) -> BoxFuture<'a, io::Result<Zeroizing<Vec<u8>>>> {
        Box::pin(ready(Err(io::ErrorKind::NotFound.into())))
    }

    fn read_blocking(&self, _: &Path, _: u64) -> io::Result<Vec<u8>> {
        Err(io::ErrorKind::NotFound.into())
    }

    fn replace<'a>(&'a self, _: &'a Path, _: Vec<u8>) -> BoxFuture<'a, io::Result<()>> {
        Box::pin(ready(Err(io::ErrorKind::PermissionDenied.into())))
    }
}

#[tokio::test]
async fn an_output_file_that_cannot_be_written_is_a_warning() {
    let mut ctx = Fixed::default().ctx();
    ctx.files = Arc::new(ReadOnly);
    let access = Arc::new(FakeAccess::from(FakeService::of(vec![])));
    let source = ImageDataSource::new(SourceKind::Images, ctx, access);
    let config = images_block(json!({ "owners": "self", "output_file": "f" }));
    let response = source.read(ReadRequest { config, deferral_allowed: false }).await;
    let warning = only_warning(response);
    assert_eq!(warning.attribute.unwrap().to_string(), "output_file");
    assert!(warning.detail.contains("\"/cwd/f\": permission denied"), "{}", warning.detail);
    assert!(warning.detail.contains("Make the file or its directory writable"));
}

#[tokio::test]
async fn the_look_alike_guard_reports_the_owner_of_the_picked_image() {
    let picked = Image {
        image_owner_alias: "others".into(),
        image_owner_id: "666".into(),
        ..image("m-evil", "ubuntu", "2026-01-01T00:00:00Z")
    };
    let service = FakeService::of(vec![picked]);
    let arguments = json!({ "name_regex": "ubuntu", "most_recent": true });
    let warning = only_warning(read_images(&service, arguments).await);
    assert_eq!(warning.summary, "Another account may own the image picked here");
    assert_eq!(warning.attribute.unwrap().to_string(), "most_recent");
    assert!(warning.detail.contains("m-evil (\"ubuntu\"), of \"others\", account 666"));
    assert!(warning.detail.contains("allow_unsafe_filter = true"));

    let arguments = json!({ "owners": "others", "is_public": true, "most_recent": true });
    let warning = only_warning(read_image(&service, arguments).await);
    assert_eq!(warning.summary, "Anybody can publish the image picked here");

    for quiet in [
        json!({ "name_regex": "ubuntu", "most_recent": true, "allow_unsafe_filter": true }),
        json!({ "owners": "self", "most_recent": true }),
        json!({ "name_regex": "ubuntu" }),
        json!({ "image_owner_id": "1", "most_recent": true }),
        json!({ "name_regex": "", "image_id": "m-evil", "most_recent": true }),
    ] {
        quiet_state(read_images(&service, quiet).await);
    }
}

#[tokio::test]
async fn the_look_alike_guard_has_a_message_for_each_value_of_owners() {
    let service = FakeService::of(vec![image("m-1", "wordpress", "2026-01-01T00:00:00Z")]);
    for (arguments, summary, says, advises) in [
        (json!({ "owners": "" }), "Another account", "without `owners`", "`owners` to `system`"),
        (json!({ "owners": "others" }), "Another account", "shares with yours", "image_owner_id"),
        (json!({ "owners": "OTHERS" }), "Another account", "not a documented value", "`system`"),
        (
            json!({ "owners": "others", "is_public": true }),
            "Anybody",
            "community",
            "image_owner_id",
        ),
        (json!({ "owners": "marketplace" }), "Any vendor", "all vendors", "`product_code`"),
    ] {
        for picks in ["most_recent", "limit", "sort_by"] {
            let mut arguments = arguments.clone();
            match picks {
                "most_recent" => arguments["most_recent"] = true.into(),
                "limit" => arguments["limit"] = 3.into(),
                _ => {
                    arguments["sort_by"] = "name_desc".into();
                    arguments["limit"] = 1.into();
                }
            }
            let response = read_images(&service, arguments.clone()).await;
            let warning = response
                .diagnostics
                .iter()
                .find(|diagnostic| diagnostic.summary.starts_with(summary))
                .unwrap_or_else(|| panic!("{arguments}: {:#?}", response.diagnostics));
            assert!(warning.detail.contains(says), "{arguments}: {}", warning.detail);
            assert!(warning.detail.contains(advises), "{arguments}: {}", warning.detail);
            let at = warning.attribute.as_ref().unwrap().to_string();
            assert_eq!(at, if picks == "most_recent" { picks } else { "limit" });
            // The service refuses an owner ID for marketplace images.
            let is_marketplace = arguments["owners"] == "marketplace";
            assert!(!is_marketplace || !warning.detail.contains("image_owner_id"));
        }
        let mut unpicked = arguments;
        unpicked["sort_by"] = "name".into();
        let response = read_images(&service, unpicked).await;
        assert!(response.diagnostics.iter().all(|found| !found.summary.contains("picked here")));
    }
}

#[tokio::test]
async fn a_search_that_the_service_caps_is_a_warning() {
    let counted = |total_count| {
        FakeService::answering(move |_| {
            Ok(Listing { total_count, ..listing(vec![image("m-1", "n", "")]) })
        })
    };
    for (argument, arguments) in [
        ("tags", json!({ "owners": "self", "tags": { "a": "1" } })),
        ("resource_group_id", json!({ "owners": "self", "resource_group_id": "rg-1" })),
    ] {
        let warning = only_warning(read_images(&counted(1_000), arguments.clone()).await);
        assert_eq!(warning.summary, "Search capped by the service");
        assert_eq!(warning.attribute.unwrap().to_string(), argument);
        assert!(warning.detail.contains("1000 images"), "{}", warning.detail);
        quiet_state(read_images(&counted(999), arguments.clone()).await);
        // The requested image may be one of the missing ones.
        for (count, says) in [
            (1_000, "Leaving out one filter at a time found no match among the images that were"),
            (999, "No single filter is the cause"),
        ] {
            // Without the filter there are few images, and all of them are checked.
            let service = FakeService::answering(move |look_up| {
                let all = look_up.pages == Pages::All;
                let total_count = if all { count } else { 0 };
                let images = if all { vec![image("m-1", "", "")] } else { vec![] };
                Ok(Listing { total_count, ..listing(images) })
            });
            let mut strict = arguments.clone();
            strict["must_match"] = true.into();
            strict["version_regex"] = "^([0-9]+)$".into();
            strict["name_regex"] = "^other$".into();
            let error = only_error(read_images(&service, strict).await);
            assert_eq!(error.detail.contains("at most 1000 resources"), count == 1_000);
            assert!(error.detail.contains(says), "{}", error.detail);
        }
        let two = FakeService::answering(|_| {
            let images = vec![image("m-1", "n", ""), image("m-2", "n", "")];
            Ok(Listing { total_count: 1_000, ..listing(images) })
        });
        let error = only_error(read_image(&two, arguments).await);
        assert_eq!(error.summary, "More than one image matches");
        assert!(error.detail.contains("at most 1000 resources"), "{}", error.detail);
    }
    quiet_state(read_images(&counted(1_000), json!({ "owners": "self" })).await);
}

#[tokio::test]
async fn text_of_the_service_is_sanitized_and_truncated_in_every_diagnostic() {
    let evil = format!("\u{1b}[2J\u{9b}31m\u{202e}{}", "x".repeat(50_000));
    let evil_image = |id: &str| Image {
        image_id: format!("{id}{evil}").into(),
        image_owner_alias: evil.as_str().into(),
        image_owner_id: evil.as_str().into(),
        image_family: evil.as_str().into(),
        status: "Deprecated".into(),
        ..image("", &evil, &evil)
    };
    let service = FakeService::of(vec![evil_image("m-1"), evil_image("m-2")]);
    let mut found: Vec<Diagnostic> = Vec::new();
    for arguments in [
        json!({ "owners": "", "most_recent": true, "created_after": "2020-01-01T00:00Z" }),
        json!({ "owners": "", "most_recent": true }),
        json!({ "name_regex": "zzz", "must_match": true, "image_family": "x", "image_name": "y" }),
    ] {
        found.extend(read_images(&service, arguments).await.diagnostics);
    }
    found.extend(read_image(&service, json!({ "owners": "self" })).await.diagnostics);
    let refusing = FakeService::refusing(Cause::Api(ApiError {
        code: evil.clone(),
        message: evil.clone(),
        request_id: evil,
        ..ApiError::default()
    }));
    found.extend(read_images(&refusing, json!({ "owners": "self" })).await.diagnostics);
    assert!(found.len() >= 7, "{found:#?}");
    for Diagnostic { summary, detail, .. } in found {
        let is_safe = |c: char| c == '\n' || !(c.is_control() || c == '\u{202e}');
        assert!(summary.chars().chain(detail.chars()).all(is_safe), "{detail}");
        assert!(detail.chars().count() <= 20_000, "{summary}");
    }
}

#[tokio::test]
async fn the_look_alike_guard_warns_even_if_nothing_was_picked() {
    let service = FakeService::of(vec![]);
    let arguments = json!({ "name_regex": "ubuntu", "most_recent": true });
    let warning = only_warning(read_images(&service, arguments).await);
    assert!(!warning.detail.contains("Picked now"));
}

#[tokio::test]
async fn a_single_deprecated_image_is_a_warning() {
    let old = Image { status: "Deprecated".into(), ..image("m-old", "n", "") };
    let arguments = json!({ "owners": "self", "status": "Deprecated" });
    let one = FakeService::of(vec![old.clone()]);
    let warning = only_warning(read_images(&one, arguments.clone()).await);
    assert_eq!(warning.summary, "The image is deprecated");
    assert!(warning.detail.contains("m-old"));
    only_warning(read_image(&one, arguments.clone()).await);
    let two = FakeService::of(vec![old, image("m-2", "n", "")]);
    quiet_state(read_images(&two, arguments).await);
}

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
        Pages::First(_) => Err(fakes::error(refusal("Throttling"))),
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

/// The clock shows 2026-01-02T03:04:05Z.
#[tokio::test(start_paused = true)]
async fn the_age_of_images_is_that_at_the_time_of_the_read() {
    let names = [("m-1", "2026-01-01T03:04:05Z"), ("m-2", "2026-01-01T03:05Z")];
    let service = FakeService::of(names.map(|(id, created)| image(id, "web", created)).into());
    let arguments = |age| json!({ "owners": "self", "minimum_age": age, "must_match": true });
    let state = quiet_state(read_images(&service, arguments("24h")).await);
    assert_eq!(state["ids"], json!(["m-1"]));
    let error = only_error(read_images(&service, arguments("24h0m0.5s")).await);
    assert_says(
        &error.detail,
        &[
            "- minimum_age = \"24h0m0.5s\" (created at 2026-01-01T03:04:04Z or earlier)\n",
            "The service found 2 images; `minimum_age` left 0.",
            "- without `minimum_age`: 2 images; the oldest is \"web\", created at \
             2026-01-01T03:04:05Z",
        ],
    );
}
