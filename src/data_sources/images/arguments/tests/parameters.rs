//! The request parameters of a block.

use serde_json::{Value as Json, json};

use super::{
    super::{Cardinality, Query, parameters},
    FILTERS, Form, images_block, pairs,
};

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
