//! Responses to DescribeImages.

mod other_actions;
mod refusals;

use serde_json::{Value, json};

use super::*;

/// Reads page 1 of `cn-test`.
fn read_page(body: &[u8]) -> Result<Page, Error> {
    super::read_page(body, "cn-test", 1, Detail::Full)
}

fn page(images: &Value) -> Result<Page, Error> {
    let body = json!({"Images": {"Image": images}, "TotalCount": 1, "RequestId": "R"});
    read_page(body.to_string().as_bytes())
}

fn image(members: Value) -> Image {
    page(&json!([members])).unwrap().images.remove(0)
}

#[test]
fn a_page_has_at_most_a_hundred_images() {
    let images = |count| page(&json!(vec![json!({"ImageId": "m-1"}); count]));
    assert_eq!(images(100).unwrap().images.len(), 100);
    assert!(images(101).is_err());
}

#[test]
fn an_outline_has_only_the_members_that_selections_need() {
    let sample: Value =
        serde_json::from_str(include_str!("../../../../benches/image.json")).unwrap();
    let body = json!({"Images": {"Image": [sample]}, "TotalCount": 7}).to_string();
    let read = |detail| super::read_page(body.as_bytes(), "cn-test", 1, detail).unwrap();
    let (mut full, outline) = (read(Detail::Full), read(Detail::Outline));
    let image = full.images.remove(0);
    assert!(!image.image_name.is_empty() && !image.os_name.is_empty());
    let expected = Image {
        image_id: image.image_id,
        image_name: image.image_name,
        image_owner_alias: image.image_owner_alias,
        image_owner_id: image.image_owner_id,
        creation_time: image.creation_time,
        size: image.size,
        status: image.status,
        ..Image::default()
    };
    assert_eq!((outline.images, outline.total_count), (vec![expected], 7));
}

#[test]
fn every_documented_member_is_decoded() {
    let text = |name: &str| format!("<{name}>");
    let texts = [
        "Architecture",
        "BootMode",
        "CreationTime",
        "Description",
        "ImageFamily",
        "ImageId",
        "ImageName",
        "ImageOwnerAlias",
        "ImageOwnerId",
        "ImageVersion",
        "IsSelfShared",
        "LicenseType",
        "OSName",
        "OSNameEn",
        "OSType",
        "Platform",
        "ProductCode",
        "Progress",
        "ResourceGroupId",
        "Status",
        "SupplierName",
        "Usage",
    ];
    let flags = [
        "IsCopied",
        "IsPublic",
        "IsSubscribed",
        "IsSupportCloudinit",
        "IsSupportIoOptimized",
        "LoginAsNonRootSupported",
        "Usable",
    ];
    let mut members = json!({
        "Size": 40,
        "DetectionOptions": {"Status": "Finished", "Items": {"Item": [
            {"Name": "Nvme", "RiskCode": "c", "RiskLevel": "High", "Value": "v"}]}},
        "DiskDeviceMappings": {"DiskDeviceMapping": [{
            "Device": "d", "Encrypted": true, "Format": "f", "ImportOSSBucket": "b",
            "ImportOSSObject": "o", "Progress": "32%", "RemainTime": 233, "Size": "40",
            "SnapshotId": "s", "Type": "t"}]},
        "Features": {"CpuOnlineDowngrade": "1", "CpuOnlineUpgrade": "2", "ImdsSupport": "v2",
            "MemoryOnlineDowngrade": "4", "MemoryOnlineUpgrade": "5", "NvmeSupport": "6"},
        "SecureBootOptions": {"SecureBootSupport": "sb"},
        "Tags": {"Tag": [{"TagKey": "k", "TagValue": "v"}, {"TagKey": "k2", "TagValue": ""}]},
    });
    texts.iter().for_each(|name| members[*name] = text(name).into());
    flags.iter().for_each(|name| members[*name] = true.into());
    let read = image(members);
    let debug = format!("{read:?}");
    for name in texts {
        assert_eq!(debug.matches(&text(name)).count(), 1, "{name}");
    }
    // The only empty text is the value of the second tag.
    assert_eq!((debug.matches("false").count(), debug.matches(r#""""#).count()), (0, 1), "{debug}");
    assert_eq!(read.size, 40);
    assert_eq!(&**read.os_name_en.raw(), "<OSNameEn>");
    assert_eq!(&**read.secure_boot_support.raw(), "sb");
    assert_eq!(read.tags, [("k".into(), "v".into()), ("k2".into(), "".into())]);
    let disk = &read.disk_device_mappings[0];
    assert_eq!(
        (&**disk.device.raw(), &**disk.size.raw(), disk.remain_time, &**disk.disk_type.raw()),
        ("d", "40", 233, "t")
    );
    assert_eq!((&**disk.import_oss_bucket.raw(), &**disk.import_oss_object.raw()), ("b", "o"));
    assert_eq!(
        (&**read.features.cpu_online_upgrade.raw(), &**read.features.nvme_support.raw()),
        ("2", "6")
    );
    assert_eq!(
        (&**read.detection.status.raw(), &**read.detection.items[0].risk_level.raw()),
        ("Finished", "High")
    );
}

#[test]
fn numbers_strings_and_booleans_are_interchangeable() {
    let read = image(json!({
        "ImageVersion": 3, "IsCopied": "true", "IsSelfShared": true, "IsSubscribed": "True",
        "IsSupportIoOptimized": 1, "IsPublic": "", "Progress": 7, "Size": "80",
        "ImageOwnerId": 12345678901234567890_u64, "Usable": 0,
    }));
    assert_eq!((&**read.image_version.raw(), &**read.progress.raw(), read.size), ("3", "7", 80));
    assert_eq!(
        (&**read.is_self_shared.raw(), &**read.image_owner_id.raw()),
        ("true", "12345678901234567890")
    );
    assert!(read.is_copied && read.is_subscribed && read.is_support_io_optimized);
    assert!(!read.is_public && !read.usable);
    let read =
        image(json!({"IsSelfShared": false, "Size": true, "IsCopied": "1", "IsPublic": "FALSE"}));
    assert_eq!((&**read.is_self_shared.raw(), read.size), ("false", 1));
    assert!(read.is_copied && !read.is_public);
    assert_eq!(image(json!({"Size": false})).size, 0);
}

#[test]
fn null_missing_and_empty_wrappers_are_defaults() {
    let nothing = Image::default();
    assert_eq!(image(json!({})), nothing);
    for members in [
        json!({"Tags": null, "DiskDeviceMappings": null, "Features": null, "Size": null,
            "Description": null, "IsCopied": null, "DetectionOptions": null}),
        json!({"Tags": {}, "DiskDeviceMappings": {}, "Features": {}, "DetectionOptions": {}}),
        json!({"Tags": {"Tag": null}, "DiskDeviceMappings": {"DiskDeviceMapping": []}}),
        json!({"Tags": {"Tag": {}, "Other": [1]}}),
        json!({"Tags": [], "DiskDeviceMappings": [], "Size": "", "SecureBootOptions": null}),
        json!({"New": {"of": [1, {"any": "depth"}]}, "Newer": 1.5e300}),
    ] {
        assert_eq!(image(members.clone()), nothing, "{members}");
    }
}

#[test]
fn whole_numbers_may_be_written_as_decimals() {
    assert_eq!(image(json!({"Size": 80.0})).size, 80);
    assert_eq!(image(json!({"Size": " 8e1 "})).size, 80);
}

#[test]
fn escapes_and_lone_surrogates_are_decoded() {
    let body = r#"{"TotalCount": "1", "Im\u0061ges": {"Image": [
        {"ImageName": "\u540d<&>\ud83d\ude00", "Description": "cut \ud83d", "OSName": "a\"b"}]}}"#;
    let read = &read_page(body.as_bytes()).unwrap().images[0];
    assert_eq!((&**read.image_name.raw(), &**read.os_name.raw()), ("名<&>😀", "a\"b"));
    assert_eq!(&**read.description.raw(), "cut \u{fffd}");
}

#[test]
fn equal_strings_share_their_memory() {
    let images = page(&json!([{"OSType": "linux"}, {"OSType": "linux"}])).unwrap().images;
    assert!(std::sync::Arc::ptr_eq(images[0].os_type.raw(), images[1].os_type.raw()));
}

/// Otherwise a hostile response could make the decoder keep each of its strings.
#[test]
fn at_most_4096_different_strings_are_kept_for_sharing() {
    let tag = |number: usize| {
        let word = format!("word {number}");
        json!({"TagKey": word, "TagValue": word})
    };
    let image =
        |numbers: std::ops::Range<usize>| json!({"Tags": numbers.map(tag).collect::<Value>()});
    let images: Value = (0..65).map(|number| image(number * 64..number * 64 + 64)).collect();
    let images = page(&images).unwrap().images;
    let is_shared = |number: usize| {
        let (key, value) = &images[number / 64].tags[number % 64];
        std::sync::Arc::ptr_eq(key.raw(), value.raw())
    };
    assert_eq!([0, 4_095, 4_096, 4_159].map(is_shared), [true, true, false, false]);
}

#[test]
fn the_position_of_an_invalid_image_is_reported() {
    for (images, place) in [
        (json!([{}, []]), "Images.Image[1]: "),
        (json!([{}, {}, null]), "Images.Image[2]: "),
        (json!([7]), "Images.Image[0]: "),
        (json!([{"ImageId": {}}]), "Images.Image[0].ImageId: an object where a text"),
        (json!([{"ImageId": []}]), "Images.Image[0].ImageId: a list where a text"),
        (json!([{"Size": "big"}]), "Images.Image[0].Size: not a whole number"),
        (json!([{"Size": 1e30}]), "Images.Image[0].Size: "),
        (json!([{"IsCopied": "perhaps"}]), "Images.Image[0].IsCopied: "),
        (json!([{"Features": []}]), "Images.Image[0].Features: "),
        (json!([{"Tags": 7}]), "Images.Image[0].Tags: "),
        (json!([{"Tags": 7.5}]), "Images.Image[0].Tags: a number where a list belongs"),
        (json!([{"Tags": {"Tag": [{}, "x"]}}]), "Images.Image[0].Tags.Tag[1]: "),
        (
            json!([{"Tags": {"Tag": {"TagKey": "k"}}}]),
            "Images.Image[0].Tags.Tag: an object where a",
        ),
        (json!([{"Tags": {"Tag": {"Tag": []}}}]), "Images.Image[0].Tags.Tag: an object where a"),
        (json!({"ImageId": "m-1"}), "Images.Image: an object where a list belongs"),
        (json!("x"), "Images.Image: "),
    ] {
        match page(&images) {
            Err(Error::Unexpected { reason, .. }) => assert!(reason.starts_with(place), "{reason}"),
            other => panic!("{images}: {other:?}"),
        }
    }
}

#[test]
fn complete_json_that_is_not_a_response_is_rejected() {
    for body in [
        "{}",
        "null",
        "[]",
        "7",
        r#""text""#,
        r#"{"Images": {"Image": []}}"#,
        r#"{"TotalCount": 0}"#,
        r#"{"Images": null, "TotalCount": 0}"#,
        r#"{"Images": {}, "TotalCount": null}"#,
        r#"{"Images": {}, "TotalCount": -1}"#,
        r#"{"Images": {}, "TotalCount": 1000001}"#,
        r#"{"Images": {}, "TotalCount": "many"}"#,
        r#"{"Images": 3, "TotalCount": 0}"#,
        r#"{"Images": {}, "TotalCount": true}"#,
    ] {
        let error = read_page(body.as_bytes()).unwrap_err();
        assert!(matches!(error, Error::Unexpected { .. }), "{body}: {error:?}");
    }
    let error = read_page(br#"{"RequestId": "R-1"}"#).unwrap_err();
    assert!(matches!(error, Error::Unexpected { request_id: Some(id), .. } if id == "R-1"));
}

#[test]
fn a_body_that_is_not_complete_json_is_broken() {
    for body in [
        "",
        " \r\n",
        "<html>",
        r#"{"Images": {"Image": [{"#,
        r#"{"Images": {}, "TotalCount": 0} x"#,
        "\u{1f}\u{8b}",
        "{'a': 1}",
    ] {
        let error = read_page(body.as_bytes()).unwrap_err();
        assert!(matches!(error, Error::Broken(_)), "{body:?}: {error:?}");
    }
    let cut = json!({"Images": {"Image": [{"ImageId": "a"}]}, "TotalCount": 1}).to_string();
    for length in 0..cut.len() {
        let error = read_page(&cut.as_bytes()[..length]).unwrap_err();
        assert!(matches!(error, Error::Broken(_)), "{length}: {error:?}");
    }
}

#[test]
fn a_body_that_is_not_json_is_described() {
    for (body, reason) in [
        (" ", "the body is empty"),
        (" <html>", "the body is HTML or XML, not JSON"),
        (
            r#"{"Images""#,
            "the body is not whole JSON: Images: EOF while parsing an object at line 1 column 9",
        ),
    ] {
        assert_eq!(read_page(body.as_bytes()).unwrap_err(), Error::Broken(reason.into()));
    }
}

#[test]
fn a_response_to_another_request_is_a_mismatch() {
    let read = |members: &str| {
        let body = format!(r#"{{"Images": {{}}, "TotalCount": 0, "RequestId": "R", {members}}}"#);
        super::read_page(body.as_bytes(), "cn-test", 3, Detail::Full).map(|page| page.total_count)
    };
    let mismatch =
        |reason: &str| Err(Error::Mismatch { reason: reason.into(), request_id: Some("R".into()) });
    assert_eq!(read(r#""RegionId": "CN-Test", "PageNumber": "3""#), Ok(0));
    assert_eq!(read(r#""RegionId": "", "PageNumber": null"#), Ok(0));
    assert_eq!(
        read(r#""RegionId": "cn-other""#),
        mismatch(r#"it is for the region "cn-other" instead of "cn-test""#),
    );
    assert_eq!(read(r#""PageNumber": 2"#), mismatch("it is for page 2 instead of 3"));
    assert_eq!(read(r#""PageNumber": -3"#), mismatch("it is for page -3 instead of 3"));
}

#[test]
fn more_than_a_million_images_are_rejected() {
    let read =
        |count: u64| read_page(format!(r#"{{"Images": {{}}, "TotalCount": {count}}}"#).as_bytes());
    assert_eq!(read(1_000_000).unwrap().total_count, 1_000_000);
    read(1_000_001).unwrap_err();
}

/// The estimate is the sum of the body, as if all of it were text, the structures of the images,
/// and the overhead of every text in them: 28 in an image, 2 in a tag, 8 in a disk, 4 in a
/// detection item.
#[test]
fn the_size_of_a_page_is_an_upper_bound() {
    let size = |images: &Value| {
        let body = json!({"Images": {"Image": images}, "TotalCount": 1}).to_string();
        read_page(body.as_bytes()).unwrap().size - body.len()
    };
    let bare = size_of::<Image>() + 28 * TEXT_OVERHEAD;
    assert_eq!(size(&json!([])), 0);
    assert_eq!(size(&json!([{}, {}])), 2 * bare);

    let inner = |image: Value, part: usize| {
        let more = size(&json!([image])) - bare;
        // A list may have room for more than its four items, for less than twice as many.
        assert!((4 * part..8 * part).contains(&more), "{more} bytes for four of {part}");
    };
    let four = json!([{}, {}, {}, {}]);
    let tag = size_of::<(ExternalText, ExternalText)>() + 2 * TEXT_OVERHEAD;
    inner(json!({"Tags": {"Tag": four}}), tag);
    let disk = size_of::<DiskDeviceMapping>() + 8 * TEXT_OVERHEAD;
    inner(json!({"DiskDeviceMappings": {"DiskDeviceMapping": four}}), disk);
    let item = size_of::<DetectionItem>() + 4 * TEXT_OVERHEAD;
    inner(json!({"DetectionOptions": {"Items": {"Item": four}}}), item);
}

#[test]
fn an_error_object_is_an_error() {
    for body in [
        r#"{"Code": "Throttling", "Message": "m"}"#,
        r#"{"code": "Throttling"}"#,
        r#"{"Code": "Throttling", "Images": {"Image": []}, "TotalCount": 0}"#,
    ] {
        assert_eq!(read_page(body.as_bytes()).unwrap_err(), Error::Refused);
    }
}

#[test]
fn an_empty_list_is_a_valid_response() {
    let body = r#"{"Images": {"Image": []}, "TotalCount": 0, "NextToken": "", "PageSize": 10}"#;
    let page = read_page(body.as_bytes()).unwrap();
    assert_eq!((page.images.len(), page.total_count), (0, 0));
    assert!(read_page(br#"{"Images": {}, "TotalCount": 0}"#).unwrap().images.is_empty());
    let body = br#"{"Code": "200", "Images": {}, "TotalCount": 0}"#;
    assert!(read_page(body).unwrap().images.is_empty());
}

#[test]
fn deeply_nested_json_is_rejected_without_a_stack_overflow() {
    let deep = "[".repeat(1_000_000);
    for body in [
        deep.clone(),
        format!(r#"{{"New": {deep}"#),
        format!(r#"{{"Images": {{"Image": [{{"ImageId": {deep}"#),
        format!(r#"{{"Images": {deep}"#),
        r#"{"Images":"#.repeat(100_000),
    ] {
        read_page(body.as_bytes()).unwrap_err();
    }
}

#[test]
fn decoding_errors_do_not_quote_the_body() {
    for body in [
        r#""a \"canary\" sent back""#,
        r#"{"Images": "canary"}"#,
        r#"{"Images": {"Image": ["canary"]}, "TotalCount": 1}"#,
        r#"{"Images": {}, "TotalCount": "canary"}"#,
        r#"{"Images": {}, "TotalCount": 0} canary"#,
    ] {
        let reason = read_page(body.as_bytes()).unwrap_err().to_string();
        assert!(!reason.contains("canary"), "{reason}");
    }
    let error = read_page(br#"{"Images": "canary"}"#).unwrap_err().to_string();
    assert_eq!(error, "Images: invalid type: string, expected a list at line 1 column 19");
    let error = read_page(b"[]").unwrap_err().to_string();
    assert_eq!(error, "invalid type: sequence, expected an object at line 1 column 0");
}
