mod parameters;

use std::time::Duration;

use serde_json::{Value as Json, json};

use super::{
    super::fakes::{image_block, images_block, pairs},
    Cardinality, Query,
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
    for (argument, word, meant) in [
        ("architecture", "amd64", "x86_64"),
        ("architecture", "AArch64", "arm64"),
        ("architecture", "i686", "i386"),
        ("os_type", "Linux", "linux"),
        ("os_type", "win", "windows"),
        ("os_type", "windos", "windows"),
        ("status", "Depricated", "Deprecated"),
    ] {
        let hint = format!("Did you mean `{meant}`?");
        assert_found(json!({ (argument): word }), Warning, argument, &[&hint]);
    }
    for (argument, word) in [("architecture", "riscv64"), ("os_type", "bsd")] {
        let [(_, _, text)] = &*found(json!({ (argument): word })) else { panic!("{word}") };
        assert!(!text.contains("Did you mean"), "{text}");
    }
}

#[test]
fn a_value_is_quoted_as_terraform_writes_it_and_truncated() {
    let odd = json!({ "owners": "self\u{1b}[31m" });
    assert_found(odd, Warning, "owners", &[r#""self\u001b[31m" is sent"#]);
    for argument in ["region", "image_owner_id", "created_after", "minimum_age", "sort_by"] {
        let [(Error, place, text)] = &*found(json!({ (argument): "-".repeat(50_000) })) else {
            panic!("{argument}")
        };
        assert_eq!(place, argument);
        assert!(text.len() < 1_000, "{argument}: {} bytes", text.len());
    }
}

#[test]
fn arguments_that_do_not_fit_into_a_request_are_an_error() {
    let most = json!({ "image_family": "f".repeat(65_000) });
    assert_eq!(found(most), []);
    let long = json!({ "image_family": "f".repeat(66_000), "image_name": "n" });
    let text = ["image_family` takes 66012", "may have 65534", "Shorten it"];
    assert_found(long, Error, "image_family", &text);
    // A character of Chinese takes nine bytes.
    let tags: Json = (0..20).map(|n| (format!("k{n}"), json!("值".repeat(400)))).collect();
    assert_found(json!({ "tags": tags }), Error, "tags", &["`tags` takes 72"]);
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

/// The official provider sends such a tag, so it is not an error.
#[test]
fn an_empty_tag_key_is_a_warning() {
    for value in [json!("x"), json!(""), Json::Null] {
        assert_found(json!({ "tags": { "": value, "a": "" } }), Warning, "tags", &["empty key"]);
    }
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
    let meant = ["Did you mean `NetworkType`?"];
    assert_found(filter("networktype", "vpc"), Warning, "filter[1].name", &meant);
    let meant = ["Did you mean `CreationStartTime`?"];
    assert_found(filter("CreationStartTme", "x"), Warning, "filter[1].name", &meant);
    let meant = ["`classic`", "Did you mean `vpc`?"];
    assert_found(filter("NetworkType", "VPC"), Warning, "filter[1].value", &meant);
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
    assert_found(json!({ "sort_by": "creation_time_des" }), Error, "sort_by", &["Did you mean"]);
    let both =
        |after: &str, before: &str| json!({ "created_after": after, "created_before": before });
    assert_eq!(found(both("2026-01-01T00:00Z", "2026-01-01T00:01Z")), []);
    assert_eq!(found(both("2026-01-01T00:00Z", "?")), []);
    let empty = both("2026-01-01T00:00Z", "2026-01-01T01:00+01:00");
    assert_found(empty, Warning, "created_after", &["`created_before`"]);
    let offset = json!({ "created_after": "2026-01-01T00:00:00+25:00" });
    assert_found(offset, Error, "created_after", &["not a valid time"]);
    // More than any number of images.
    for limit in [json!(i64::MAX), json!(i64::MAX as u64 + 1), json!(1e30)] {
        assert_eq!(found(json!({ "limit": limit })), []);
    }
    for limit in [json!(0), json!(-1), json!(1.5), json!(-1e30)] {
        assert_found(json!({ "limit": limit }), Error, "limit", &["whole number"]);
    }
    assert_eq!(found(json!({ "timeouts": { "read": "1h30m" } })), []);
    let arguments = json!({ "timeouts": { "read": "5 minutes" } });
    assert_found(arguments, Error, "timeouts.read", &["5 minutes", "not a unit", "`5m`"]);
    for (text, says) in [("0s", "longer than zero"), ("9999999h", "at most 2562047 hours")] {
        assert_found(json!({ "minimum_age": text }), Error, "minimum_age", &[says]);
    }
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
                let needs = format!("`sort_by = \"{order}\"` needs `version_regex`");
                assert_found(arguments, Error, "sort_by", &[&needs]);
            }
        }
    }
    assert_eq!(found(json!({ "minimum_age": "168h" })), []);
    assert_eq!(found(json!({ "minimum_age": "" })), []);
    let days = ["7d", "\"d\" is not a unit", "`h`, `m`, `s`", "Did you mean `168h`?"];
    assert_found(json!({ "minimum_age": "7d" }), Error, "minimum_age", &days);
}

#[test]
fn a_region_must_have_the_form_of_a_region_id() {
    for region in ["", "cn-hangzhou", "cn-north-2-gov-1", "na-south-1", "cn-szfinance"] {
        assert_eq!(found(json!({ "region": region })), [], "{region}");
    }
    let long = "1".repeat(64);
    assert_found(json!({ "region": long }), Error, "region", &["at most 63"]);
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
