use std::time::Duration;

use serde_json::{Value as Json, json};

use super::{
    super::fakes::{image_block, images_block, pairs},
    Cardinality, Query, blamed, parameters,
    table::{FILTERS, Form, LOCALS},
};
use crate::{
    diag::Severity::{self, Error, Warning},
    value::Value,
};

/// The diagnostics of a block with these arguments; `owners` defaults to `"self"`.
fn found(mut arguments: Json) -> Vec<(Severity, String, String)> {
    if arguments.get("owners").is_none() {
        arguments["owners"] = "self".into();
    }
    found_in(&images_block(arguments))
}

fn found_in(config: &Value) -> Vec<(Severity, String, String)> {
    let (_, diagnostics) = Query::read(config, Cardinality::Any);
    diagnostics
        .into_iter()
        .map(|diagnostic| {
            let place = diagnostic.attribute.map(|path| path.to_string()).unwrap_or_default();
            (diagnostic.severity, place, format!("{}\n{}", diagnostic.summary, diagnostic.detail))
        })
        .collect()
}

#[track_caller]
fn assert_found(arguments: Json, severity: Severity, place: &str, words: &[&str]) {
    let found = found(arguments);
    let [(is, at, text)] = &*found else { panic!("{found:#?}") };
    assert_eq!((*is, &**at), (severity, place), "{text}");
    for word in words {
        assert!(text.contains(word), "{word} is missing from: {text}");
    }
}

#[test]
fn one_of_the_officially_required_arguments_must_be_set() {
    let found = found_in(&images_block(json!({ "image_id": "m-1" })));
    let [(Error, place, text)] = &*found else { panic!("{found:?}") };
    assert_eq!(place, "name_regex");
    assert!(text.contains("`image_owner_id`, `name_regex` and `owners`"), "{text}");
    for argument in ["image_owner_id", "name_regex", "owners"] {
        for given in ["", "?", "1"] {
            let found = found_in(&images_block(json!({ (argument): given })));
            assert!(found.iter().all(|(severity, ..)| *severity == Warning), "{found:?}");
        }
    }
    let (_, diagnostics) = Query::read(&image_block(json!({})), Cardinality::One);
    assert!(diagnostics.is_empty());
}

#[test]
fn unknown_and_null_values_are_not_reported() {
    let kind = super::super::schema::images().kind();
    let crate::value::Kind::Object(attributes) = &kind else { panic!() };
    let unknown = attributes.keys().map(|name| (name.clone(), Value::UNKNOWN));
    assert_eq!(found_in(&Value::object(unknown)), []);
    assert_eq!(found_in(&Value::UNKNOWN), []);
    assert_eq!(found(json!({})), []);
    for arguments in [
        json!({ "tags": { "a": "?" } }),
        json!({ "filter": [{ "name": "?", "value": "x" }] }),
        json!({ "filter": [{ "name": "CreationEndTime", "value": "?" }] }),
        json!({ "timeouts": { "read": "?" } }),
        json!({ "timeouts": { "read": null } }),
    ] {
        assert_eq!(found(arguments.clone()), [], "{arguments}");
    }
}

#[test]
fn documented_values_are_accepted_without_a_warning() {
    for (argument, words) in [
        ("owners", &["system", "self", "others", "marketplace", ""][..]),
        ("status", &["Available", "UnAvailable", "Creating , Waiting", "ALL", "Deprecated"]),
        ("usage", &["instance", "none"]),
        ("os_type", &["linux", "windows"]),
        ("architecture", &["i386", "x86_64", "arm64"]),
        ("action_type", &["CreateEcs", "ChangeOS"]),
    ] {
        for word in words {
            assert_eq!(found(json!({ (argument): word })), [], "{argument} = {word}");
        }
    }
}

#[test]
fn an_undocumented_value_is_a_warning_that_lists_the_documented_ones() {
    for (argument, word, known) in [
        ("owners", "me", "`marketplace`"),
        ("status", "Available,Gone", "`Deprecated`"),
        ("usage", "both", "`instance`, `none`"),
        ("os_type", "bsd", "`linux`, `windows`"),
        ("architecture", "riscv64", "`arm64`"),
        ("action_type", "*", "`ChangeOS`"),
    ] {
        assert_found(json!({ (argument): word }), Warning, argument, &[known, "is sent"]);
    }
    assert_found(json!({ "owners": "Self" }), Warning, "owners", &["Did you mean `self`?"]);
    assert_found(json!({ "status": "all" }), Warning, "status", &["Did you mean `ALL`?"]);
}

#[test]
fn an_empty_value_is_an_error_except_for_owners() {
    for argument in ["usage", "os_type", "architecture", "action_type"] {
        assert_found(json!({ (argument): "" }), Error, argument, &["null", "no filter"]);
    }
    for status in ["", " ", "Available,", ",Available"] {
        assert_found(json!({ "status": status }), Error, "status", &["`Available`"]);
    }
}

#[test]
fn create_os_is_accepted_with_a_warning_that_suggests_change_os() {
    let arguments = json!({ "action_type": "CreateOS" });
    assert_found(arguments, Warning, "action_type", &["`CreateOS`", "`ChangeOS`"]);
}

#[test]
fn all_combined_with_other_statuses_is_a_warning() {
    assert_found(json!({ "status": "ALL,Available" }), Warning, "status", &["ALL"]);
}

#[test]
fn an_account_id_has_only_digits_and_any_length() {
    assert_eq!(found(json!({ "image_owner_id": "123456789012345678901234567890" })), []);
    assert_eq!(found(json!({ "image_owner_id": "" })), []);
    for id in ["12a", "-1", "1.0", " 1", "１"] {
        assert_found(json!({ "image_owner_id": id }), Error, "image_owner_id", &["digits"]);
    }
}

#[test]
fn more_than_twenty_tags_are_an_error() {
    let tags =
        |count: usize| -> Json { (0..count).map(|n| (format!("k{n}"), Json::from("v"))).collect() };
    assert_eq!(found(json!({ "tags": tags(20) })), []);
    assert_found(json!({ "tags": tags(21) }), Error, "tags", &["20", "21"]);
}

#[test]
fn patterns_must_compile() {
    for argument in ["name_regex", "exclude_name_regex"] {
        assert_found(json!({ (argument): "a(" }), Error, argument, &["a("]);
        assert_eq!(found(json!({ (argument): "" })), []);
    }
}

#[test]
fn filter_blocks_are_checked_and_reported_at_their_path() {
    let filter = |name: &str, value: &str| {
        let good = json!({ "name": "NetworkType", "value": "vpc" });
        json!({ "filter": [good, { "name": name, "value": value }] })
    };
    assert_eq!(found(filter("CreationStartTime", "2026-01-01T00:00Z")), []);
    assert_eq!(found(filter("CreationEndTime", "2026-01-01T08:00:00.5+08:00")), []);
    assert_eq!(found(filter("MemoryOnlineDowngrade", "unsupported")), []);
    assert_found(filter("CreationStartTime", "2026"), Error, "filter[1].value", &["ISO 8601"]);
    assert_found(filter("networktype", "vpc"), Warning, "filter[1].name", &["`NetworkType`"]);
    assert_found(filter("NetworkType", "ib"), Warning, "filter[1].value", &["`classic`"]);
    assert_found(filter("CpuOnlineUpgrade", ""), Warning, "filter[1].value", &["`supported`"]);
}

#[test]
fn times_orders_limits_and_durations_are_checked() {
    for argument in ["created_after", "created_before"] {
        assert_eq!(found(json!({ (argument): "2026-01-31T00:00Z" })), []);
        assert_found(json!({ (argument): "31.1.2026" }), Error, argument, &["31.1.2026"]);
    }
    assert_eq!(found(json!({ "sort_by": "size_desc" })), []);
    assert_found(json!({ "sort_by": "date" }), Error, "sort_by", &["`creation_time_desc`"]);
    assert_eq!(found(json!({ "limit": 1 })), []);
    for limit in [json!(0), json!(-1), json!(1.5)] {
        assert_found(json!({ "limit": limit }), Error, "limit", &["whole number"]);
    }
    assert_eq!(found(json!({ "timeouts": { "read": "1h30m" } })), []);
    let arguments = json!({ "timeouts": { "read": "5 minutes" } });
    assert_found(arguments, Error, "timeouts.read", &["5 minutes", "`5m`"]);
}

#[test]
fn versions_and_ages_are_checked() {
    let arguments = json!({ "version_regex": "v(.*)$", "version_constraint": "~> 2.1, != 2.3" });
    assert_eq!(found(arguments), []);
    for version_regex in ["v.*", "?"] {
        let arguments = json!({ "version_regex": version_regex, "sort_by": "version_desc" });
        assert_eq!(found(arguments), []);
    }
    assert_eq!(found(json!({ "version_regex": "", "version_constraint": "" })), []);
    let arguments = json!({ "version_regex": "v", "version_constraint": "latest" });
    assert_found(arguments, Error, "version_constraint", &["latest", "~>"]);
    assert_found(json!({ "version_regex": "a(" }), Error, "version_regex", &["a("]);
    for constraint in ["~> 1", "?"] {
        let arguments = json!({ "version_constraint": constraint });
        assert_found(arguments, Error, "version_constraint", &["needs `version_regex`"]);
    }
    for order in ["version", "version_desc"] {
        for version_regex in [Json::Null, json!("")] {
            for constraint in [Json::Null, json!("")] {
                let arguments = json!({
                    "version_regex": version_regex, "version_constraint": constraint, "sort_by": order,
                });
                assert_found(arguments, Error, "sort_by", &["needs `version_regex`"]);
            }
        }
    }
    assert_eq!(found(json!({ "minimum_age": "168h" })), []);
    assert_eq!(found(json!({ "minimum_age": "" })), []);
    assert_found(json!({ "minimum_age": "7d" }), Error, "minimum_age", &["7d", "`1h30m`"]);
}

#[test]
fn a_region_must_have_the_form_of_a_region_id() {
    for region in ["", "cn-hangzhou", "cn-north-2-gov-1", "na-south-1", "cn-szfinance"] {
        assert_eq!(found(json!({ "region": region })), [], "{region}");
    }
    for region in ["cn-a.evil.example", "cn-a/b", "cn-a@b", "cn hangzhou", "cn-é", " cn-a"] {
        assert_found(json!({ "region": region }), Error, "region", &["`cn-hangzhou`"]);
    }
}

#[test]
fn a_dry_run_is_a_warning() {
    assert_found(json!({ "dry_run": true }), Warning, "dry_run", &["error"]);
    assert_eq!(found(json!({ "dry_run": false })), []);
}

#[test]
fn the_look_alike_guard_is_an_error_if_unsafe_filters_are_forbidden() {
    for owners in ["", "others", "marketplace"] {
        let arguments =
            json!({ "owners": owners, "most_recent": true, "allow_unsafe_filter": false });
        assert_found(arguments, Error, "most_recent", &["can take the place", "forbids"]);
    }
    for safe in [
        json!({ "owners": "self" }),
        json!({ "owners": "system" }),
        json!({ "owners": "others", "image_owner_id": "1" }),
        json!({ "owners": "others", "image_id": "m-1" }),
        json!({ "owners": "others", "image_id": "?" }),
        json!({ "owners": "?" }),
        json!({ "owners": "others", "most_recent": false }),
    ] {
        let mut arguments = safe.clone();
        arguments["allow_unsafe_filter"] = false.into();
        if arguments.get("most_recent").is_none() {
            arguments["most_recent"] = true.into();
        }
        assert_eq!(found(arguments), [], "{safe}");
    }
    let empty = json!({
        "owners": "", "image_id": "", "image_owner_id": "", "most_recent": true,
        "allow_unsafe_filter": false,
    });
    assert_found(empty, Error, "most_recent", &["other accounts share"]);
    for picked in [
        json!({ "limit": 1 }),
        json!({ "sort_by": "creation_time_desc", "limit": 1 }),
        json!({ "sort_by": "name_desc", "limit": 1 }),
    ] {
        let mut arguments = picked;
        arguments["owners"] = "others".into();
        arguments["allow_unsafe_filter"] = false.into();
        assert_found(arguments, Error, "limit", &["other account", "forbids"]);
    }
    // `sort_by` alone drops no image.
    let arguments = json!({
        "owners": "others", "sort_by": "creation_time_desc", "allow_unsafe_filter": false,
    });
    assert_eq!(found(arguments), []);
}

#[test]
fn the_query_has_the_values_of_the_block() {
    let query = |arguments| Query::read(&images_block(arguments), Cardinality::Any).0;
    let given = query(json!({
        "region": "cn-beijing",
        "output_file": "out.json",
        "must_match": true,
        "timeouts": { "read": "90s" },
    }));
    assert_eq!(given.region.as_deref(), Some("cn-beijing"));
    assert_eq!(given.output_file.as_deref(), Some("out.json"));
    assert!(given.must_match);
    assert_eq!(given.timeout, Duration::from_secs(90));
    let empty = query(json!({ "region": "", "output_file": "" }));
    assert_eq!((empty.region, empty.output_file), (None, None));
    assert!(!empty.must_match);
    assert_eq!(empty.timeout, Duration::from_secs(300));
    assert!(Query::read(&image_block(json!({})), Cardinality::One).0.must_match);
}

const AVAILABLE: (&str, &str) = ("Status", "Available");

/// Checks blocks and the parameters that they become.
fn assert_parameters<const N: usize>(cases: [(Json, Vec<(&str, &str)>); N]) {
    for (arguments, expected) in cases {
        let (query, _) = Query::read(&images_block(arguments.clone()), Cardinality::Any);
        assert_eq!(parameters(&query.conditions), pairs(&expected), "{arguments}");
    }
}

#[test]
fn every_argument_becomes_its_parameter() {
    assert_parameters([
        (json!({}), vec![AVAILABLE]),
        (json!({ "owners": "self" }), vec![("ImageOwnerAlias", "self"), AVAILABLE]),
        (json!({ "owners": "" }), vec![AVAILABLE]),
        (
            json!({ "image_owner_id": "99999999999999999999" }),
            vec![("ImageOwnerId", "99999999999999999999"), AVAILABLE],
        ),
        (json!({ "image_owner_id": "" }), vec![AVAILABLE]),
        (json!({ "status": "Creating" }), vec![("Status", "Creating")]),
        (json!({ "status": " Available , Waiting" }), vec![("Status", "Available,Waiting")]),
        (json!({ "status": "ALL" }), vec![("Status", "ALL")]),
        (json!({ "image_id": "m-1" }), vec![AVAILABLE, ("ImageId", "m-1")]),
        (json!({ "image_id": "" }), vec![AVAILABLE]),
        (json!({ "image_name": "n" }), vec![AVAILABLE, ("ImageName", "n")]),
        (json!({ "image_family": "f" }), vec![AVAILABLE, ("ImageFamily", "f")]),
        (json!({ "snapshot_id": "s-1" }), vec![AVAILABLE, ("SnapshotId", "s-1")]),
        (json!({ "instance_type": "ecs.g8i" }), vec![AVAILABLE, ("InstanceType", "ecs.g8i")]),
        (json!({ "resource_group_id": "rg" }), vec![AVAILABLE, ("ResourceGroupId", "rg")]),
        (json!({ "owner_account": "ram" }), vec![AVAILABLE, ("OwnerAccount", "ram")]),
        (json!({ "usage": "none" }), vec![AVAILABLE, ("Usage", "none")]),
        (json!({ "os_type": "linux" }), vec![AVAILABLE, ("OSType", "linux")]),
        (json!({ "architecture": "riscv64" }), vec![AVAILABLE, ("Architecture", "riscv64")]),
        (json!({ "action_type": "CreateOS" }), vec![AVAILABLE, ("ActionType", "CreateOS")]),
        (
            json!({ "is_support_io_optimized": false }),
            vec![AVAILABLE, ("IsSupportIoOptimized", "false")],
        ),
        (json!({ "is_support_cloud_init": true }), vec![AVAILABLE, ("IsSupportCloudinit", "true")]),
        (json!({ "is_public": false }), vec![AVAILABLE, ("IsPublic", "false")]),
        (json!({ "usable": true }), vec![AVAILABLE, ("Usable", "true")]),
        (json!({ "show_expired": false }), vec![AVAILABLE, ("ShowExpired", "false")]),
        (json!({ "dry_run": false }), vec![AVAILABLE, ("DryRun", "false")]),
    ]);
}

#[test]
fn tags_and_filter_blocks_are_numbered() {
    assert_parameters([
        (
            json!({ "tags": { "b": "2", "a": "", "c": null } }),
            vec![
                AVAILABLE,
                ("Tag.1.Key", "a"),
                ("Tag.2.Key", "b"),
                ("Tag.2.Value", "2"),
                ("Tag.3.Key", "c"),
            ],
        ),
        (json!({ "tags": {} }), vec![AVAILABLE]),
        (
            json!({ "filter": [
                { "name": "CreationStartTime", "value": "2017-12-05T22:40:59Z" },
                { "name": "CreationEndTime", "value": "2017-12-06T06:40:01.5+08:00" },
                { "name": "CreationEndTime", "value": "2017-12-05T22:40Z" },
                { "name": "NetworkType", "value": "vpc" },
                { "name": "NewKey", "value": "" },
            ] }),
            vec![
                AVAILABLE,
                ("Filter.1.Key", "CreationStartTime"),
                ("Filter.1.Value", "2017-12-05T22:40Z"),
                ("Filter.2.Key", "CreationEndTime"),
                ("Filter.2.Value", "2017-12-05T22:41Z"),
                ("Filter.3.Key", "CreationEndTime"),
                ("Filter.3.Value", "2017-12-05T22:40Z"),
                ("Filter.4.Key", "NetworkType"),
                ("Filter.4.Value", "vpc"),
                ("Filter.5.Key", "NewKey"),
                ("Filter.5.Value", ""),
            ],
        ),
    ]);
}

#[test]
fn what_the_provider_selects_is_not_sent() {
    assert_parameters([(
        json!({
            "name_regex": "a",
            "exclude_name_regex": "b",
            "created_after": "2026-01-01T00:00Z",
            "created_before": "2027-01-01T00:00Z",
            "most_recent": true,
            "sort_by": "name",
            "limit": 1,
            "must_match": true,
            "allow_unsafe_filter": true,
            "output_file": "f",
            "region": "cn-beijing",
            "timeouts": { "read": "1m" },
        }),
        vec![AVAILABLE],
    )]);
}

#[test]
fn every_argument_of_the_schema_is_sent_or_stays_here_by_decision() {
    let schema = super::super::schema::images();
    let computed = ["id", "ids", "images", "total_count"];
    let mut rows: Vec<&str> = FILTERS.iter().map(|row| row.name).collect();
    rows.extend(LOCALS.iter().map(|row| row.name));
    for attribute in &schema.block.attributes {
        let name = &*attribute.name;
        assert!(computed.contains(&name) || rows.contains(&name), "{name} has no row");
    }
    for name in &rows {
        assert_eq!(rows.iter().filter(|other| *other == name).count(), 1, "{name}");
        assert!(schema.block.attributes.iter().any(|attribute| attribute.name == *name), "{name}");
    }
}

#[test]
fn every_filter_is_sent_as_its_own_parameter() {
    let mut seen = std::collections::BTreeSet::new();
    for filter in FILTERS {
        let given = match filter.form {
            Form::Flag => json!(true),
            Form::Tags => json!({ "k": "v" }),
            Form::Digits => json!("1"),
            Form::Word(known, _) | Form::Words(known) => json!(known[0].0),
            Form::Text => json!("x"),
            Form::Pair => panic!("{} is a block", filter.name),
        };
        let config = images_block(json!({ (filter.name): given }));
        let (query, _) = Query::read(&config, Cardinality::Any);
        let sent = parameters(query.conditions.iter().filter(|c| c.filter.name == filter.name));
        let (name, _) = sent.first().unwrap_or_else(|| panic!("{} is not sent", filter.name));
        assert!(name.starts_with(filter.parameter), "{name}");
        assert!(!filter.parameter.is_empty() && seen.insert(filter.parameter), "{name}");
    }
}

#[test]
fn a_rejection_points_at_the_argument_that_was_set() {
    let config = images_block(json!({ "owners": "others", "is_public": true, "tags": {} }));
    for (code, expected) in [
        ("InvalidImageOwnerAlias.ValueNotSupported", Some("owners")),
        ("InvalidImageOwnerAlias.PublicImageUnsupported", Some("is_public")),
        ("InvalidTagCount", Some("tags")),
        ("InvalidTag.Mismatch", Some("tags")),
        // Not set: the provider's region was refused.
        ("InvalidRegionId.NotFound", None),
        ("Throttling", None),
        ("", None),
    ] {
        let found = blamed(code, &config).map(|path| path.to_string());
        assert_eq!(found.as_deref(), expected, "{code}");
    }
}
