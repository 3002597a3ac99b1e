use std::time::Duration;

use super::{
    super::{
        arguments::{Cardinality, Query, table::LOCALS},
        fakes::{image, images_block},
        time,
    },
    MinimumAge, Order, Pattern, Selected, Selection, VersionRule, criteria,
};
use crate::{alicloud::model::Image, text::ExternalText};

fn pattern(source: &str) -> Option<Pattern> {
    Some(Pattern::new(source.into()).unwrap())
}

fn ids(selected: &Selected<'_>) -> Vec<String> {
    selected.images.iter().map(|image| image.image_id.to_string()).collect()
}

fn sorted(images: &[Image], order: &str) -> Vec<String> {
    ids(&Selection { order: Order::from_name(order), ..Selection::default() }.apply(images))
}

#[test]
fn without_any_step_the_images_keep_their_order() {
    let images = [image("b", "", "x"), image("a", "n", "2026-01-01T00:00:00Z"), image("b", "", "")];
    let selected = Selection::default().apply(&images);
    assert_eq!(ids(&selected), ["b", "a", "b"]);
    assert_eq!(selected.steps, []);
    assert_eq!(selected.without_time, Vec::<ExternalText>::new());
}

#[test]
fn every_step_records_how_many_images_it_left() {
    let images: Vec<Image> = (1..=9)
        .map(|day| {
            image(&format!("m-{day}"), &format!("n{day}"), &format!("2026-01-0{day}T00:00:00Z"))
        })
        .collect();
    let selected = Selection {
        name: pattern("n[1-8]"),
        exclude: pattern("n2"),
        created_after: time::parse("2026-01-03T00:00:00Z"),
        created_before: time::parse("2026-01-08T00:00:00Z"),
        order: Order::from_name("name_desc"),
        limit: Some(2),
        ..Selection::default()
    }
    .apply(&images);
    assert_eq!(
        selected.steps,
        [
            ("name_regex", 8),
            ("exclude_name_regex", 7),
            ("created_after", 6),
            ("created_before", 5),
            ("limit", 2)
        ]
    );
    assert_eq!(ids(&selected), ["m-7", "m-6"]);
}

#[test]
fn the_newest_is_picked_after_the_other_filters() {
    let images = [
        image("old", "a", "2025-01-01T00:00:00Z"),
        image("new", "b", "2027-01-01T00:00:00Z"),
        image("mid", "a", "2026-01-01T00:00:00Z"),
    ];
    let selection = Selection { name: pattern("a"), most_recent: true, ..Selection::default() };
    let selected = selection.apply(&images);
    assert_eq!(ids(&selected), ["mid"]);
    assert_eq!(selected.steps, [("name_regex", 2), ("most_recent", 1)]);
}

#[test]
fn times_are_compared_across_offsets_and_spellings() {
    let newest = |images: &[Image]| {
        ids(&Selection { most_recent: true, ..Selection::default() }.apply(images))
    };
    assert_eq!(
        newest(&[
            image("offset", "", "2021-01-01T08:00:01+08:00"),
            image("utc", "", "2021-01-01T00:00:00Z"),
            image("minutes", "", "2021-01-01T00:00Z"),
        ]),
        ["offset"]
    );
    // Fractions are ignored, as in the official provider: the times are equal, and the last image
    // is kept.
    assert_eq!(
        newest(&[
            image("first", "", "2021-01-01T00:00:00.9Z"),
            image("last", "", "2021-01-01T00:00:00.1Z"),
        ]),
        ["last"]
    );
}

#[test]
fn created_after_is_inclusive_and_created_before_exclusive() {
    let images = [
        image("before", "", "2025-12-31T23:59:59Z"),
        image("start", "", "2026-01-01T00:00:00Z"),
        image("end", "", "2026-02-01T00:00Z"),
        image("unreadable", "", "January"),
    ];
    let selected = Selection {
        created_after: time::parse("2026-01-01T00:00:00Z"),
        created_before: time::parse("2026-02-01T08:00:00+08:00"),
        ..Selection::default()
    }
    .apply(&images);
    assert_eq!(ids(&selected), ["start"]);
    assert_eq!(selected.without_time, [ExternalText::from("unreadable")]);
}

#[test]
fn the_time_of_a_single_image_is_not_compared() {
    let images = [image("only", "", "soon")];
    let selected = Selection { most_recent: true, ..Selection::default() }.apply(&images);
    assert_eq!(ids(&selected), ["only"]);
    assert_eq!(selected.without_time, Vec::<ExternalText>::new());
}

#[test]
fn unreadable_times_are_reported_only_if_times_affect_the_result() {
    let images = [image("a", "", "soon"), image("b", "", "2026-01-01T00:00:00Z")];
    let (some_time, nothing) = (time::parse("2025-01-01T00:00:00Z"), Selection::default);
    let unreported = |selection: Selection, images: &[Image]| {
        selection.apply(images).without_time == Vec::<ExternalText>::new()
    };
    for order in Order::names() {
        let by_order = Selection { order: Order::from_name(order), ..nothing() };
        // Without a rule, all images are equal in version, and the creation time decides.
        let uses_time = order.starts_with("creation_time") || order.starts_with("version");
        assert_eq!(unreported(by_order, &images), !uses_time, "{order}");
    }
    // Of the images of equal version, the creation time decides; of the others, it does not.
    let by_version = Selection {
        version: version_rule("-v(.*)$", None),
        order: Order::from_name("version_desc"),
        limit: Some(1),
        ..nothing()
    };
    let releases = [
        image("a", "web-v1.0", "soon"),
        image("b", "web-v1.1", "soon"),
        image("c", "web-v1.1", "2026-01-01T00:00:00Z"),
    ];
    assert_eq!(by_version.apply(&releases).without_time, [ExternalText::from("b")]);
    assert!(unreported(by_version.clone(), &releases[..2]));
    // `limit` excludes the tie.
    let newest = [&[image("d", "web-v2.0", "soon")], &releases[..]].concat();
    assert!(unreported(by_version, &newest));
    // Each time bound alone, on one image and on several.
    for images in [&images[..1], &images] {
        assert!(!unreported(Selection { created_after: some_time, ..nothing() }, images));
        assert!(!unreported(Selection { created_before: some_time, ..nothing() }, images));
    }
}

#[test]
fn every_order_is_total() {
    let mut images = [
        image("m-3", "b", "2026-01-01T00:00:00Z"),
        image("m-1", "b", "2026-01-01T00:00:00Z"),
        image("m-2", "a", "2026-03-01T00:00:00Z"),
        image("m-0", "c", "never"),
    ];
    images[0].size = 40;
    images[2].size = 20;
    for (order, expected) in [
        ("creation_time", ["m-0", "m-1", "m-3", "m-2"]),
        ("creation_time_desc", ["m-2", "m-1", "m-3", "m-0"]),
        ("name", ["m-2", "m-1", "m-3", "m-0"]),
        ("name_desc", ["m-0", "m-1", "m-3", "m-2"]),
        ("size", ["m-0", "m-1", "m-2", "m-3"]),
        ("size_desc", ["m-3", "m-2", "m-0", "m-1"]),
        // Names without a version are equal in version.
        ("version", ["m-0", "m-1", "m-3", "m-2"]),
        ("version_desc", ["m-2", "m-1", "m-3", "m-0"]),
    ] {
        assert_eq!(sorted(&images, order), expected, "{order}");
        // The result does not depend on the order of the service.
        let mut reversed = images.clone();
        reversed.reverse();
        assert_eq!(sorted(&reversed, order), expected, "{order}");
    }
    assert_eq!(Order::names().count(), 8);
    assert_eq!(Order::from_name("date"), None);
}

/// Regressions for known bugs in the image lookups of other providers.
mod known_bugs {
    use super::*;

    #[test]
    fn an_unreadable_time_counts_as_the_oldest_and_is_reported() {
        let images = [image("bad", "", "soon"), image("good", "", "1999-01-01T00:00:00Z")];
        let selected = Selection { most_recent: true, ..Selection::default() }.apply(&images);
        assert_eq!(ids(&selected), ["good"]);
        assert_eq!(selected.without_time, [ExternalText::from("bad")]);
    }

    #[test]
    fn images_without_a_name_match_no_pattern_and_are_kept_without_one() {
        let images = [image("nameless", "", ""), image("named", "n", "")];
        let all = Selection { name: pattern(".*"), ..Selection::default() }.apply(&images);
        assert_eq!(ids(&all), ["named"]);
        let excluded = Selection { exclude: pattern("^n$"), ..Selection::default() }.apply(&images);
        assert_eq!(ids(&excluded), ["nameless"]);
        assert_eq!(ids(&Selection::default().apply(&images)), ["nameless", "named"]);
    }

    #[test]
    fn ties_in_most_recent_go_to_the_last_in_the_order_of_the_service() {
        // Enough images for an unstable sort to reorder them.
        let images: Vec<Image> =
            (0..50).map(|n| image(&format!("m-{n}"), "", "2026-01-01T00:00:00Z")).collect();
        let selected = Selection { most_recent: true, ..Selection::default() }.apply(&images);
        assert_eq!(ids(&selected), ["m-49"]);
    }

    #[test]
    fn a_filter_applies_even_if_there_is_only_one_image() {
        let images = [image("m-1", "debian", "2026-01-01T00:00:00Z")];
        let selection =
            Selection { name: pattern("ubuntu"), most_recent: true, ..Selection::default() };
        assert_eq!(ids(&selection.apply(&images)), Vec::<String>::new());
    }
}

fn version_rule(pattern: &str, constraints: Option<&str>) -> Option<VersionRule> {
    let constraints = constraints.map(|text| text.parse().unwrap());
    Some(VersionRule::new(pattern.into(), constraints).unwrap())
}

#[test]
fn versions_are_found_in_names_and_selected_by_constraints() {
    let names = ["web-1.9", "web-1.10", "web-2.0-rc1", "web-2.0", "web", "db-1.5", "web-x"];
    let images: Vec<Image> = names.iter().map(|name| image(name, name, "")).collect();
    let select = |constraints| {
        let version = version_rule("^web-(.*)$", constraints);
        let selection = Selection { version, ..Selection::default() };
        let selected = selection.apply(&images);
        (ids(&selected), selected.steps.clone())
    };
    let all = ["web-1.9", "web-1.10", "web-2.0-rc1", "web-2.0"].map(str::to_owned).to_vec();
    assert_eq!(select(None), (all, vec![("version_regex", 4)]));
    let (found, steps) = select(Some("~> 1.2"));
    assert_eq!(found, ["web-1.9", "web-1.10"]);
    assert_eq!(steps, [("version_regex", 4), ("version_constraint", 2)]);
    assert_eq!(select(Some(">= 2.0-rc1")).0, ["web-2.0-rc1", "web-2.0"]);
}

#[test]
fn versions_are_sorted_as_versions_and_equal_ones_by_time_and_id() {
    let old = "2026-01-01T00:00:00Z";
    let images = [
        image("a", "v1.10", ""),
        image("c", "v1.9", old),
        image("b", "v1.9.0", old),
        image("d", "v1.10-rc1", ""),
        image("e", "v1.9", "2026-01-02T00:00:00Z"),
    ];
    for (order, expected) in
        [("version", ["b", "c", "e", "d", "a"]), ("version_desc", ["a", "d", "e", "b", "c"])]
    {
        let selection = Selection {
            version: version_rule("v.*", None),
            order: Order::from_name(order),
            ..Selection::default()
        };
        assert_eq!(ids(&selection.apply(&images)), expected, "{order}");
    }
}

#[test]
fn minimum_age_keeps_images_that_are_old_enough() {
    let images = [
        image("old", "n", "2026-01-01T00:00:00Z"),
        image("just", "n", "2026-01-08T00:00:00Z"),
        image("new", "n", "2026-01-08T00:00:01Z"),
        image("unreadable", "n", "yesterday"),
    ];
    let minimum = |age| Some(MinimumAge { source: "?".into(), age });
    let mut selection = Selection {
        minimum_age: minimum(Duration::from_secs(7 * 24 * 3600)),
        ..Selection::default()
    };
    selection.settle("2026-01-15T00:00:00Z".parse().unwrap());
    let selected = selection.apply(&images);
    assert_eq!(ids(&selected), ["old", "just"]);
    assert_eq!(selected.without_time, [ExternalText::from("unreadable")]);
    // An age that no image can have.
    selection.minimum_age = minimum(Duration::MAX);
    selection.settle("2026-01-15T00:00:00Z".parse().unwrap());
    assert_eq!(ids(&selection.apply(&images)), Vec::<String>::new());
}

/// Each image but `a` and `b` is dropped by the step that its ID names, and would come before them if
/// that step did not run before `most_recent`.
#[test]
fn the_steps_run_in_their_documented_order() {
    let images = [
        image("name_regex", "v9.9", "2026-01-09T00:00:00Z"),
        image("exclude_name_regex", "web-old-v9.8", "2026-01-09T00:00:00Z"),
        image("version_regex", "web-vx", "2026-01-09T00:00:00Z"),
        image("version_constraint", "web-v3.0", "2026-01-09T00:00:00Z"),
        image("created_after", "web-v2.9", "2025-12-31T00:00:00Z"),
        image("created_before", "web-v2.9", "2026-01-09T00:00:00Z"),
        image("minimum_age", "web-v2.9", "2026-01-07T00:00:00Z"),
        image("b", "web-v2.8", "2026-01-05T00:00:00Z"),
        image("a", "web-v2.1", "2026-01-05T00:00:00Z"),
        image("limit", "web-v2.0", "2026-01-02T00:00:00Z"),
    ];
    let mut selection = Selection {
        name: pattern("^web"),
        exclude: pattern("old"),
        version: version_rule("-v(.*)$", Some("~> 2.0")),
        created_after: "2026-01-01T00:00:00Z".parse().ok(),
        created_before: "2026-01-08T00:00:00Z".parse().ok(),
        minimum_age: Some(MinimumAge { source: "24h".into(), age: Duration::from_secs(86_400) }),
        order: Order::from_name("version_desc"),
        limit: Some(2),
        ..Selection::default()
    };
    selection.settle("2026-01-07T12:00:00Z".parse().unwrap());
    let filters = [
        ("name_regex", 9),
        ("exclude_name_regex", 8),
        ("version_regex", 7),
        ("version_constraint", 6),
        ("created_after", 5),
        ("created_before", 4),
        ("minimum_age", 3),
    ];
    // The order comes before the limit.
    let selected = selection.apply(&images);
    assert_eq!(ids(&selected), ["b", "a"]);
    assert_eq!(selected.steps, [&filters[..], &[("limit", 2)]].concat());
    // `most_recent` keeps the last of equal images, so it comes before the order, and the limit last.
    selection.most_recent = true;
    let selected = selection.apply(&images);
    assert_eq!(ids(&selected), ["a"]);
    assert_eq!(selected.steps, [&filters[..], &[("most_recent", 1), ("limit", 1)]].concat());
}

#[test]
fn every_argument_that_is_not_sent_selects_or_is_exempt() {
    let exempt = ["region", "allow_unsafe_filter", "output_file", "must_match"];
    let mut selecting: Vec<&str> = Selection::arguments().chain(exempt).collect();
    let mut rows: Vec<&str> = LOCALS.iter().map(|row| row.name).collect();
    selecting.sort_unstable();
    rows.sort_unstable();
    assert_eq!(selecting, rows);
}

#[test]
fn every_criterion_is_applied_shown_and_left_out() {
    let block = images_block(serde_json::json!({
        "owners": "self",
        "name_regex": "a",
        "exclude_name_regex": "b",
        "version_regex": "c",
        "version_constraint": "~> 1",
        "created_after": "2026-01-01T00:00Z",
        "created_before": "2026-02-01T00:00Z",
        "minimum_age": "1h",
        "most_recent": true,
        "sort_by": "name",
        "limit": 1,
    }));
    let (query, diagnostics) = Query::read(&block, Cardinality::Any);
    assert!(!diagnostics.has_errors(), "{diagnostics:?}");
    let mut selection = query.selection;
    selection.settle("2026-01-15T00:00:00Z".parse().unwrap());
    let steps: Vec<&str> = selection.apply(&[]).steps.iter().map(|(name, _)| *name).collect();
    // Sorting drops no image, so the explanation has no step for it.
    let expected: Vec<&str> = Selection::arguments().filter(|name| *name != "sort_by").collect();
    assert_eq!(steps, expected);
    for criterion in criteria() {
        let argument = criterion.argument;
        let shown = criterion.shown(&selection).unwrap();
        assert!(shown.starts_with(&format!("{argument} = \"")), "{shown}");
        let rest = criterion.left_out_of(&selection).unwrap();
        assert!(criterion.keeps(&rest).is_none() && criterion.shown(&rest).is_none(), "{argument}");
        // Removing `version_regex` removes `version_constraint` too, which depends on it.
        let fewer = if argument == "version_regex" { 2 } else { 1 };
        assert_eq!(rest.apply(&[]).steps.len(), expected.len() - fewer, "{argument}");
        assert!(criterion.left_out_of(&rest).is_none(), "{argument}");
    }
    assert!(criteria().all(|criterion| criterion.shown(&Selection::default()).is_none()));
    let rest = selection.criteria_only().apply(&[]).steps;
    assert_eq!(rest.len(), criteria().count());
}
