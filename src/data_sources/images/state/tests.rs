use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::{
    super::{
        fakes::{image_block, images_block, json, listing},
        schema,
    },
    checksum,
};
use crate::{
    alicloud::model::{Detection, DetectionItem, DiskDeviceMapping, Features, Image},
    value::{Kind, Value},
};

/// An image in which no field is empty.
fn full() -> Image {
    Image {
        architecture: "x86_64".into(),
        boot_mode: "UEFI".into(),
        creation_time: "2026-01-02T03:04:05Z".into(),
        description: "d".into(),
        detection: Detection {
            status: "Finished".into(),
            items: vec![DetectionItem {
                name: "Nvme".into(),
                risk_code: "NVMe.NotInstalled".into(),
                risk_level: "High".into(),
                value: "UnSupported".into(),
            }],
        },
        disk_device_mappings: vec![DiskDeviceMapping {
            device: "/dev/xvda".into(),
            encrypted: true,
            format: "qcow2".into(),
            import_oss_bucket: "bucket".into(),
            import_oss_object: "object".into(),
            progress: "32%".into(),
            remain_time: 7,
            size: "40".into(),
            snapshot_id: "s-1".into(),
            disk_type: "system".into(),
        }],
        features: Features {
            cpu_online_downgrade: "unsupported".into(),
            cpu_online_upgrade: "supported".into(),
            imds_support: "v2".into(),
            memory_online_downgrade: "unsupported".into(),
            memory_online_upgrade: "supported".into(),
            nvme_support: "supported".into(),
        },
        image_family: "family".into(),
        image_id: "m-1".into(),
        image_name: "name".into(),
        image_owner_alias: "self".into(),
        image_owner_id: "1234567890123456789".into(),
        image_version: "1.0".into(),
        is_copied: true,
        is_public: true,
        is_self_shared: "True".into(),
        is_subscribed: true,
        is_support_cloud_init: true,
        is_support_io_optimized: true,
        license_type: "BYOL".into(),
        login_as_non_root_supported: true,
        os_name: "Ubuntu  22.04 64位".into(),
        os_name_en: "Ubuntu  22.04 64 bit".into(),
        os_type: "linux".into(),
        platform: "Ubuntu".into(),
        product_code: "cmjj1".into(),
        progress: "100%".into(),
        resource_group_id: "rg-1".into(),
        secure_boot_support: "supported".into(),
        size: 40,
        status: "Available".into(),
        supplier_name: "supplier".into(),
        tags: vec![
            ("env".into(), "prod".into()),
            ("empty".into(), "".into()),
            ("Aliyun".into(), "kept".into()),
            ("aliyun.com/x".into(), "dropped".into()),
            ("acs:rm:rgId".into(), "dropped".into()),
            ("http://a".into(), "dropped".into()),
            ("https://a".into(), "dropped".into()),
        ],
        usable: true,
        usage: "instance".into(),
    }
}

fn full_state() -> Json {
    json!({
        "architecture": "x86_64",
        "boot_mode": "UEFI",
        "creation_time": "2026-01-02T03:04:05Z",
        "description": "d",
        "detection_options": {
            "status": "Finished",
            "items": [{
                "name": "Nvme",
                "risk_code": "NVMe.NotInstalled",
                "risk_level": "High",
                "value": "UnSupported",
            }],
        },
        "disk_device_mappings": [{
            "device": "/dev/xvda",
            "encrypted": true,
            "format": "qcow2",
            "import_oss_bucket": "bucket",
            "import_oss_object": "object",
            "progress": "32%",
            "remain_time": 7,
            "size": "40",
            "snapshot_id": "s-1",
            "type": "system",
        }],
        "features": {
            "cpu_online_downgrade": "unsupported",
            "cpu_online_upgrade": "supported",
            "imds_support": "v2",
            "memory_online_downgrade": "unsupported",
            "memory_online_upgrade": "supported",
            "nvme_support": "supported",
        },
        "id": "m-1",
        "image_family": "family",
        "image_id": "m-1",
        "image_owner_alias": "self",
        "image_owner_id": "1234567890123456789",
        "image_version": "1.0",
        "is_copied": true,
        "is_public": true,
        "is_self_shared": "True",
        "is_subscribed": true,
        "is_support_cloud_init": true,
        "is_support_io_optimized": true,
        "license_type": "BYOL",
        "login_as_non_root_supported": true,
        "name": "name",
        "os_name": "Ubuntu  22.04 64位",
        "os_name_en": "Ubuntu  22.04 64 bit",
        "os_type": "linux",
        "platform": "Ubuntu",
        "product_code": "cmjj1",
        "progress": "100%",
        "resource_group_id": "rg-1",
        "secure_boot_options": { "secure_boot_support": "supported" },
        "size": 40,
        "state": "Available",
        "status": "Available",
        "supplier_name": "supplier",
        "tags": { "env": "prod", "empty": "", "Aliyun": "kept" },
        "usable": true,
        "usage": "instance",
    })
}

fn empty_state() -> Json {
    json!({
        "architecture": "",
        "boot_mode": "",
        "creation_time": "",
        "description": "",
        "detection_options": { "status": "", "items": [] },
        "disk_device_mappings": [],
        "features": {
            "cpu_online_downgrade": "",
            "cpu_online_upgrade": "",
            "imds_support": "",
            "memory_online_downgrade": "",
            "memory_online_upgrade": "",
            "nvme_support": "",
        },
        "id": "",
        "image_family": "",
        "image_id": "",
        "image_owner_alias": "",
        "image_owner_id": "",
        "image_version": "",
        "is_copied": false,
        "is_public": false,
        "is_self_shared": "",
        "is_subscribed": false,
        "is_support_cloud_init": false,
        "is_support_io_optimized": false,
        "license_type": "",
        "login_as_non_root_supported": false,
        "name": "",
        "os_name": "",
        "os_name_en": "",
        "os_type": "",
        "platform": "",
        "product_code": "",
        "progress": "",
        "resource_group_id": "",
        "secure_boot_options": { "secure_boot_support": "" },
        "size": 0,
        "state": "",
        "status": "",
        "supplier_name": "",
        "tags": {},
        "usable": false,
        "usage": "",
    })
}

/// Whether the value has the type, with every attribute present.
fn fits(value: &Value, kind: &Kind) -> bool {
    match (value, kind) {
        (Value::Null, _)
        | (Value::Bool(_), Kind::Bool)
        | (Value::Number(_), Kind::Number)
        | (Value::String(_), Kind::String) => true,
        (Value::List(items), Kind::List(element)) => items.iter().all(|item| fits(item, element)),
        (Value::Map(items), Kind::Map(element)) => items.values().all(|item| fits(item, element)),
        (Value::Object(object), Kind::Object(attributes)) => {
            object.iter().len() == attributes.len()
                && object
                    .iter()
                    .all(|(name, item)| attributes.get(name).is_some_and(|kind| fits(item, kind)))
        }
        _ => false,
    }
}

#[test]
fn every_field_of_an_image_is_in_the_state() {
    for (image, state) in [(full(), full_state()), (Image::default(), empty_state())] {
        let config = images_block(json!({}));
        let images = super::images(&config, &listing(vec![]), &[&image]);
        assert!(fits(&images, &schema::images().kind()));
        assert_eq!(json(images.attribute("images")), json!([state]));
    }
}

#[test]
fn the_state_of_alicloud_image_has_its_attributes_at_the_top_level() {
    for (image, state) in [(full(), full_state()), (Image::default(), empty_state())] {
        let config = image_block(json!({ "image_name": "n", "owners": "self" }));
        let value = super::image(&config, &listing(vec![image.clone()]), &image, "");
        assert!(fits(&value, &schema::image().kind()));
        let value = json(&value);
        for (name, expected) in state.as_object().unwrap() {
            assert_eq!(&value[name], expected, "{name}");
        }
        assert_eq!(value["image_name"], "n");
        assert_eq!(value["owners"], "self");
        assert_eq!(value["total_count"], 1);
        assert_eq!(value["region"], "cn-hangzhou");
        assert_eq!(value["most_recent"], false);
    }
}

#[test]
fn what_the_image_has_wins_over_what_was_looked_for() {
    let config = image_block(json!({ "status": "ALL", "tags": { "env": "prod" } }));
    let image = full();
    let value = json(&super::image(&config, &listing(vec![]), &image, ""));
    assert_eq!(value["status"], "Available");
    assert_eq!(value["tags"], full_state()["tags"]);
}

#[test]
fn arguments_are_unchanged_and_defaults_are_filled_in() {
    let given = json!({
        "owners": "",
        "status": " ALL ",
        "tags": {},
        "most_recent": true,
        "limit": 3,
        "filter": [{ "name": "NetworkType", "value": "vpc" }],
        "timeouts": { "read": "1m" },
        "id": "mine",
    });
    let state = json(&super::images(&images_block(given.clone()), &listing(vec![]), &[]));
    for name in ["owners", "status", "tags", "most_recent", "limit", "filter", "timeouts"] {
        assert_eq!(state[name], given[name], "{name}");
    }
    assert_eq!(state["id"], "0");

    let state = json(&super::images(&images_block(json!({})), &listing(vec![]), &[]));
    assert_eq!(state["status"], "Available");
    assert_eq!(state["most_recent"], false);
    assert_eq!(state["timeouts"], Json::Null);
    assert_eq!(state["name_regex"], Json::Null);
}

#[test]
fn the_id_is_the_checksum_of_the_official_provider() {
    for (ids, expected) in [
        (&[][..], 0),
        (&["m-bp1g7004ksh0oeuc0001"], 1_259_331_807),
        (&["m-1", "m-2"], 665_321_355),
        (&["m-2", "m-1"], 2_317_278_950),
        (&["ubuntu_22_04_x64_20G_alibase_20240926.vhd"], 624_887_532),
        (
            &[
                "win2022_21H2_x64_dtc_en-us_40G_alibase_20240913.vhd",
                "centos_7_9_x64_20G_alibase_20240628.vhd",
                "m-bp67acfmxazb4p000001",
            ],
            23_689_282,
        ),
    ] {
        let images: Vec<Image> =
            ids.iter().map(|id| Image { image_id: (*id).into(), ..Image::default() }).collect();
        assert_eq!(checksum(&images.iter().collect::<Vec<_>>()), expected, "{ids:?}");
    }
}

#[test]
fn ten_thousand_images_share_their_strings_and_names() {
    let image = full();
    let images = vec![&image; 10_000];
    let config = images_block(json!({}));
    let state = super::images(&config, &listing(vec![]), &images);
    let elements = state.attribute("images").as_elements().unwrap();
    assert_eq!(elements.len(), 10_000);
    let Value::String(text) = elements[9_999].attribute("os_name") else { panic!() };
    assert!(Arc::ptr_eq(text, image.os_name.raw()));
    let name =
        |value: &'_ Value| std::ptr::from_ref(value.as_object().unwrap().iter().next().unwrap().0);
    assert_eq!(name(&elements[0]), name(&elements[9_999]));
    assert_eq!(
        name(elements[0].attribute("features")),
        name(elements[9_999].attribute("features"))
    );
}
