//! The errors of the actions for images and tags, row by row, with the status and code in the reference; and the
//! effects of these actions on disks, features, tags and shares.

use std::{collections::HashMap, time::Duration};

use serde_json::Value;
use terraform_provider_alicloud::mock::{Account, Config, Server};

use super::{
    client::{Answer, Call},
    images::{call, code, image, named},
};

// The pages of the reference that are the sources of rows, with the dates of their last changes.
const CANCEL: &str = "ECS API, CancelCopyImage, error codes";
const COPY: &str = "ECS API, CopyImage, error codes (2026-01-06)";
const CREATE: &str = "ECS API, CreateImage, error codes (2025-04-29)";
const DELETE: &str = "ECS API, DeleteImage, error codes";
const MODIFY: &str = "ECS API, ModifyImageAttribute, error codes (2025-04-29)";
const SHARE: &str = "ECS API, ModifyImageSharePermission, error codes (2025-04-29)";
const SNAPSHOT: &str = "ECS API, DeleteSnapshot, error codes (2026-01-28)";
const TAGS: &str = "ECS API, TagResources, error codes";

/// An action, its parameters, the status and code of the refusal, and the source.
type Row = (&'static str, &'static str, u16, &'static str, &'static str);

#[rustfmt::skip]
const ROWS: &[Row] = &[
    ("ModifyImageAttribute", "ImageId={shared}&Status=Deprecated", 403, "ImageUseShared", MODIFY),
    ("ModifyImageAttribute", "ImageId={failed}&Status=Deprecated", 403, "ImageStatus.NotAvailable", MODIFY),
    ("ModifyImageAttribute", "ImageId={deprecated}&Status=Deprecated", 403, "ImageStatus.NotAvailable", MODIFY),
    ("ModifyImageAttribute", "ImageId={plain}&Status=Available", 403, "ImageStatus.NotDeprecated", MODIFY),
    ("ModifyImageAttribute", "ImageId={creating}&Description=text", 403, "InvalidStatus.ImageIsCreating", MODIFY),
    ("ModifyImageAttribute", "ImageId={plain}&BootMode=x", 400, "InvalidBootMode.NotSupport", MODIFY),
    ("ModifyImageAttribute", "ImageId={arm}&BootMode=BIOS", 400, "InvalidBootMode.NotSupport", MODIFY),
    ("ModifyImageAttribute", "ImageId={used}&BootMode=UEFI", 403, "OperationDeined.ImageUsingByInstance", MODIFY),
    ("ModifyImageAttribute", "ImageId={plain}&LicenseType=x", 400, "InvalidLicenseType.NotSupported", MODIFY),
    ("ModifyImageAttribute", "ImageId={plain}&Description=x", 400, "InvalidDescription.Malformed", MODIFY),
    ("ModifyImageAttribute", "ImageId={plain}&Description={257}", 400, "InvalidDescription.Malformed", MODIFY),
    ("ModifyImageAttribute", "ImageId={plain}&Description=http://a", 400, "InvalidDescription.Malformed", MODIFY),
    ("ModifyImageAttribute", "ImageId={plain}&ImageFamily=acs:web", 400, "InvalidImageFamily.Malformed", MODIFY),
    ("ModifyImageAttribute", "ImageId={plain}&ImageFamily=a b", 400, "InvalidImageFamily.Malformed", MODIFY),
    ("ModifyImageAttribute", "ImageId={plain}&ImageName=two words", 400, "InvalidImageName.Malformed", MODIFY),
    ("ModifyImageAttribute", "ImageId={plain}&ImageName=a/b", 400, "InvalidImageName.Malformed", MODIFY),
    ("ModifyImageAttribute", "ImageId={plain}&ImageName=see-http://a", 400, "InvalidImageName.Malformed", MODIFY),
    ("ModifyImageAttribute", "ImageId={plain}&ImageName=1st", 400, "InvalidImageName.Malformed", MODIFY),
    ("ModifyImageAttribute", "ImageId={plain}&ImageName=twin", 400, "InvalidImageName.Duplicated", MODIFY),
    ("ModifyImageAttribute", "ImageId={plain}&Features.ImdsSupport=v3", 400, "InvalidParameter.FeaturesImdsSupport", MODIFY),
    ("ModifyImageAttribute", "ImageId={hardened}&Features.ImdsSupport=v1", 403, "InvalidOperation.FeaturesImdsSupportNotMatch", MODIFY),
    ("ModifyImageAttribute", "ImageId={theirs}&Description=text", 404, "InvalidImageId.NotFound", MODIFY),
    ("CopyImage", "ImageId={plain}&DestinationRegionId=cn-atlantis", 400, "DestinationRegion.NotFound", COPY),
    ("CopyImage", "ImageId={deprecated}&DestinationRegionId=eu-west-1", 400, "IncorrectImageStatus", COPY),
    ("CopyImage", "ImageId={encrypted}&DestinationRegionId=eu-west-1", 403, "OperationDeined.EncryptedSnapshot", COPY),
    ("CopyImage", "ImageId={plain}&KMSKeyId=key", 400, "InvalidParameter.EncryptedIllegal", COPY),
    ("CopyImage", "ImageId={plain}&EncryptAlgorithm=aes", 400, "InvalidEncrypted.NotMatchEncryptAlgorithm", COPY),
    ("CopyImage", "ImageId={copying}&DestinationRegionId=eu-west-1", 400, "OperationDenied.ImageCopyConflict", COPY),
    ("CopyImage", "ImageId={theirs}&DestinationRegionId=eu-west-1", 403, "OperationDenied.SameRegionOnly", COPY),
    ("CopyImage", "ImageId={community}", 400, "OperationDenied.CommunityImage", COPY),
    ("CopyImage", "ImageId={plain}&DestinationImageName=two words", 400, "InvalidImageName.Malformed", COPY),
    ("CopyImage", "ImageId={plain}&DestinationImageName=twin", 400, "InvalidImageName.Duplicated", COPY),
    ("CopyImage", "ImageId={plain}&DestinationDescription=x", 400, "InvalidDescription.Malformed", COPY),
    ("CancelCopyImage", "ImageId={copied}", 400, "IncorrectImageStatus", CANCEL),
    ("CancelCopyImage", "ImageId={plain}", 400, "ImageCreatedNotFromCopy", CANCEL),
    ("DeleteImage", "ImageId={used}", 403, "ImageUsingByInstance", DELETE),
    ("DeleteImage", "ImageId={shared}", 403, "ImageUseShared", DELETE),
    ("DeleteImage", "ImageId={creating}", 403, "ImageIsCreating", DELETE),
    ("DeleteImage", "ImageId={copy}", 403, "OperationDenied.ImageCopying", DELETE),
    ("DeleteSnapshot", "SnapshotId={system}", 403, "SnapshotCreatedImage", SNAPSHOT),
    ("DeleteSnapshot", "SnapshotId={data}&Force=true", 403, "SnapshotCreatedImage", SNAPSHOT),
    ("DeleteSnapshot", "Force=true", 400, "MissingParameter", SNAPSHOT),
    ("CreateImage", "InstanceId=i-1&ImageName=two words", 400, "InvalidImageName.Malformed", CREATE),
    ("CreateImage", "InstanceId=i-1&ImageFamily=1", 400, "InvalidImageFamily.Malformed", CREATE),
    ("CreateImage", "InstanceId=i-1&Description={257}", 400, "InvalidDescription.Malformed", CREATE),
    ("CreateImage", "InstanceId=i-1&Architecture=abacus", 400, "InvalidArchitecture.Malformed", CREATE),
    ("CreateImage", "InstanceId=i-1&Architecture=arm64&BootMode=BIOS", 400, "InvalidBootMode.NotSupport", CREATE),
    ("CreateImage", "InstanceId=i-1&Features.ImdsSupport=v3", 400, "InvalidParameter.FeaturesImdsSupport", CREATE),
    ("CreateImage", "InstanceId=i-1&Tag.1.Key=a&Tag.2.Key=a", 400, "Duplicate.TagKey", CREATE),
    ("CreateImage", "SnapshotId=s-none", 404, "InvalidSnapshotId.NotFound", CREATE),
    ("CreateImage", "DiskDeviceMapping.1.SnapshotId={data}", 400, "OperationDenied", CREATE),
    ("CreateImage", "DiskDeviceMapping.1.SnapshotId={data}&DiskDeviceMapping.1.DiskType=system", 400, "OperationDenied", CREATE),
    ("CreateImage", "SnapshotId={system}&DiskDeviceMapping.1.SnapshotId={other}", 400, "OperationDenied", CREATE),
    ("CreateImage", "SnapshotId={system}&DiskDeviceMapping.2.DiskType=tape", 400, "InvalidDiskType.ValueNotSupported", CREATE),
    ("CreateImage", "DiskDeviceMapping.1.SnapshotId={system}&DiskDeviceMapping.1.Size=20", 400, "InvalidSize.ValueNotSupported", CREATE),
    ("CreateImage", "SnapshotId={system}&DiskDeviceMapping.2.Size=4", 400, "InvalidSize.ValueNotSupported", CREATE),
    ("CreateImage", "SnapshotId={system}&DiskDeviceMapping.2.Size=32769", 400, "InvalidSize.ValueNotSupported", CREATE),
    ("CreateImage", "SnapshotId={system}&DiskDeviceMapping.2.Size=20&DiskDeviceMapping.2.Device=/dev/sda", 400, "InvalidDevice.Malformed", CREATE),
    ("CreateImage", "SnapshotId={system}&DiskDeviceMapping.2.Size=20&DiskDeviceMapping.2.Device=/dev/xvda", 400, "InvalidDevice.Malformed", CREATE),
    ("CreateImage", "DiskDeviceMapping.1.SnapshotId={system}&DiskDeviceMapping.1.Device=/dev/xvdb", 400, "InvalidDevice.Malformed", CREATE),
    ("CreateImage", "SnapshotId={system}&DiskDeviceMapping.2.Device=/dev/xvdb&DiskDeviceMapping.3.Device=/dev/vdb", 400, "InvalidDevice.InUse", CREATE),
    ("ModifyImageSharePermission", "ImageId={deprecated}&AddAccount.1=42", 403, "OperationDenied.InvalidImageStatus", SHARE),
    ("ModifyImageSharePermission", "ImageId={plain}&AddAccount.1=1234567890123456", 404, "InvalidAccount.Forbbiden", SHARE),
    ("ModifyImageSharePermission", "ImageId={plain}&AddAccount.1=nobody", 404, "InvalidAccount.NotFound", SHARE),
    ("ModifyImageSharePermission", "ImageId={plain}&IsPublic=false", 403, "Image.NotPublic", SHARE),
    ("TagResources", "ResourceType=image&ResourceId.1={full}&Tag.1.Key=one-more", 400, "OperationDenied.QuotaExceed", TAGS),
    ("TagResources", "ResourceType=image&ResourceId.1={plain}&Tag.1.Key=a&Tag.2.Key=a", 400, "Duplicate.TagKey", TAGS),
    ("TagResources", "ResourceType=image&ResourceId.1={plain}&Tag.1.Key=acs:a", 400, "InvalidTagKey.Malformed", TAGS),
    ("TagResources", "ResourceType=image&ResourceId.1={plain}&Tag.1.Key=aliyun-a", 400, "InvalidTagKey.Malformed", TAGS),
    ("TagResources", "ResourceType=image&ResourceId.1={plain}&Tag.1.Key=see-https://a", 400, "InvalidTagKey.Malformed", TAGS),
    ("TagResources", "ResourceType=image&ResourceId.1={plain}&Tag.1.Key={257}", 400, "InvalidTagKey.Malformed", TAGS),
    ("TagResources", "ResourceType=image&ResourceId.1={plain}&Tag.1.Key=a&Tag.1.Value=acs:a", 400, "InvalidTagValue.Malformed", TAGS),
    ("TagResources", "ResourceType=image&ResourceId.1={plain}&Tag.21.Key=a", 400, "NumberExceed.Tags", TAGS),
    ("TagResources", "ResourceType=image&ResourceId.51={plain}{51}&Tag.1.Key=a", 400, "NumberExceed.ResourceIds", TAGS),
    ("TagResources", "ResourceType=image&ResourceId.1={theirs}&Tag.1.Key=a", 404, "InvalidResourceId.NotFound", TAGS),
    ("ListTagResources", "ResourceType=image&Tag.1.Key=a&TagFilter.1.TagKey=a", 400, "InvalidTags.MalFormed", "ECS API, ListTagResources, error codes"),
];

/// The parameters of a row.
fn parameters(text: &str, names: &HashMap<&str, String>) -> Vec<(String, String)> {
    let mut text = text.to_owned();
    for (name, value) in names {
        text = text.replace(&format!("{{{name}}}"), value);
    }
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap();
        (name.to_owned(), value.to_owned())
    };
    text.split('&').map(pair).collect()
}

async fn answer(server: &Server, action: &str, parameters: &[(String, String)]) -> Answer {
    let borrowed: Vec<_> = parameters.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    call(server, action, &borrowed).await
}

/// The snapshot of a disk of an image.
async fn snapshot(server: &Server, id: &str, disk: usize) -> String {
    let image = image(server, "cn-hangzhou", id).await;
    let disk = &image["DiskDeviceMappings"]["DiskDeviceMapping"][disk];
    disk["SnapshotId"].as_str().unwrap().to_owned()
}

fn slow() -> Server {
    Server::start(Config { image_time: Duration::from_secs(3600), ..Config::default() }).unwrap()
}

/// The images and snapshots to which the rows refer, by name.
async fn names(server: &Server) -> HashMap<&'static str, String> {
    let mut names = HashMap::new();
    for (name, image) in [
        ("arm", "worker-arm64-2025.10"),
        ("copied", "web-server-copy"),
        ("copying", "web-server-2025.09"),
        ("creating", "web-server-2025.11-rc1"),
        ("deprecated", "web-server-2025.03"),
        ("encrypted", "数据库-base"),
        ("failed", "import-broken"),
        ("full", "win2022-golden"),
        ("hardened", "quarantined"),
        ("plain", "worker-2025.10"),
        ("shared", "数据库-base"),
        ("used", "web-server-2025.10"),
    ] {
        names.insert(name, named(server, image).await);
    }
    let theirs = call(server, "DescribeImages", &[("ImageOwnerAlias", "others")]).await;
    names.insert("theirs", theirs.texts("ImageId")[0].clone());
    let community = [("ImageOwnerAlias", "others"), ("IsPublic", "true")];
    let community = call(server, "DescribeImages", &community).await;
    names.insert("community", community.texts("ImageId")[0].clone());
    for (name, image, disk) in
        [("system", "plain", 0), ("other", "used", 0), ("data", "encrypted", 1)]
    {
        let snapshot = snapshot(server, &names[image], disk).await;
        names.insert(name, snapshot);
    }
    let copy = [("ImageId", names["copying"].as_str()), ("DestinationImageName", "being-copied")];
    names.insert("copy", call(server, "CopyImage", &copy).await.text("ImageId"));
    names.insert("257", "x".repeat(257));
    names.insert("51", (1..=50).map(|n| format!("&ResourceId.{n}=m-{n}")).collect());
    let hardened = [("ImageId", names["hardened"].as_str()), ("Features.ImdsSupport", "v2")];
    assert_eq!(code(server, "ModifyImageAttribute", &hardened).await, "");
    // The image already has two tags.
    let tags: String = (1..=18).map(|n| format!("&Tag.{n}.Key=key-{n}")).collect();
    let tags = format!("ResourceType=image&ResourceId.1={{full}}{tags}");
    let tagged = answer(server, "TagResources", &parameters(&tags, &names)).await;
    assert_eq!(tagged.status, 200, "{tagged:?}");
    names
}

#[tokio::test]
async fn invalid_calls_for_images_and_tags_are_refused_with_the_published_status_and_code() {
    let server = slow();
    let names = names(&server).await;
    let mut wrong = Vec::new();
    for (action, text, status, expected, source) in ROWS {
        let answer = answer(&server, action, &parameters(text, &names)).await;
        let got = (answer.status, answer.text("Code"));
        if got != (*status, (*expected).to_owned()) {
            wrong.push(format!("{action} {text}: {got:?}, not {status} {expected}: {source}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_snapshot_can_be_deleted_once_its_image_is() {
    let server = slow();
    let image = named(&server, "worker-2025.10").await;
    let snapshot = snapshot(&server, &image, 0).await;
    let code = async || {
        let delete = Call::new("DeleteSnapshot", &[("SnapshotId", &snapshot)]);
        delete.send(server.url()).await.unwrap().text("Code")
    };
    assert_eq!(code().await, "SnapshotCreatedImage", "the action needs no region");
    assert_eq!(call(&server, "DeleteImage", &[("ImageId", &image)]).await.status, 200);
    assert_eq!([code().await, code().await], ["", ""], "one that is not there is ignored");
}

#[tokio::test]
async fn an_instance_can_be_started_from_a_deprecated_image() {
    let server = slow();
    let deprecated = named(&server, "web-server-2025.03").await;
    for (action, more) in
        [("RunInstances", ("Amount", "1")), ("CreateInstance", ("DryRun", "false"))]
    {
        let run = [("ImageId", deprecated.as_str()), ("InstanceType", "ecs.g7.large"), more];
        assert_eq!(code(&server, action, &run).await, "");
    }
    let failed = named(&server, "import-broken").await;
    let run = [("ImageId", failed.as_str()), ("InstanceType", "ecs.g7.large")];
    assert_eq!(code(&server, "RunInstances", &run).await, "IncorrectImageStatus");
    let restore = [("ImageId", deprecated.as_str()), ("Status", "Available")];
    assert_eq!(code(&server, "ModifyImageAttribute", &restore).await, "");
    assert_eq!(image(&server, "cn-hangzhou", &deprecated).await["Status"], "Available");
}

#[tokio::test]
async fn encrypted_and_shared_images_are_copied_only_as_the_reference_allows() {
    let server = slow();
    let encrypted = named(&server, "数据库-base").await;
    let copy = [
        ("ImageId", encrypted.as_str()),
        ("DestinationRegionId", "eu-west-1"),
        ("Encrypted", "true"),
        ("KMSKeyId", "key"),
    ];
    let id = call(&server, "CopyImage", &copy).await.text("ImageId");
    let disks = image(&server, "eu-west-1", &id).await["DiskDeviceMappings"].clone();
    let disks = disks["DiskDeviceMapping"].as_array().unwrap();
    assert!(disks.len() == 2 && disks.iter().all(|disk| disk["Encrypted"] == true), "{disks:?}");

    let theirs = call(&server, "DescribeImages", &[("ImageOwnerAlias", "others")]).await;
    let theirs = [("ImageId", theirs.texts("ImageId")[0].clone())];
    let theirs = [("ImageId", theirs[0].1.as_str())];
    let id = call(&server, "CopyImage", &theirs).await.text("ImageId");
    let copy = image(&server, "cn-hangzhou", &id).await;
    assert_eq!((&copy["ImageOwnerAlias"], &copy["IsCopied"]), (&"self".into(), &true.into()));
    assert_eq!(code(&server, "CopyImage", &theirs).await, "OperationDenied.ImageCopyConflict");
    server.advance(Duration::from_secs(3600));
    let call = Call { time: later(), ..Call::new("CopyImage", &[("ImageId", theirs[0].1)]) };
    let call = Call { parameters: [call.parameters.clone(), region()].concat(), ..call };
    assert_eq!(call.send(server.url()).await.unwrap().text("Code"), "", "the first one is done");
}

fn region() -> Vec<(String, String)> {
    vec![("RegionId".to_owned(), "cn-hangzhou".to_owned())]
}

/// The time of a server whose clock was moved by an hour.
fn later() -> String {
    let now = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(3600);
    now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[tokio::test]
async fn an_image_has_the_disks_that_the_request_describes() {
    let server = slow();
    let plain = named(&server, "worker-2025.10").await;
    let system = snapshot(&server, &plain, 0).await;
    let data = snapshot(&server, &named(&server, "数据库-base").await, 1).await;
    let create = [
        ("DiskDeviceMapping.1.SnapshotId", data.as_str()),
        ("DiskDeviceMapping.1.Device", "/dev/vdc"),
        ("DiskDeviceMapping.1.Size", "500"),
        ("DiskDeviceMapping.2.SnapshotId", &system),
        ("DiskDeviceMapping.2.Size", "60"),
        ("DiskDeviceMapping.3.DiskType", "data"),
        ("Features.ImdsSupport", "v2"),
        ("SecureBootOptions.SecureBootSupport", "supported"),
    ];
    let id = call(&server, "CreateImage", &create).await.text("ImageId");
    let made = image(&server, "cn-hangzhou", &id).await;
    assert_eq!((&made["OSName"], &made["Size"]), (&os_of(&server, &plain).await, &60.into()));
    assert_eq!(made["Features"]["ImdsSupport"], "v2");
    assert_eq!(made["SecureBootOptions"]["SecureBootSupport"], "supported");
    let disks = made["DiskDeviceMappings"]["DiskDeviceMapping"].as_array().unwrap();
    let shown = disks.iter().map(|disk| {
        let text = |name: &str| disk[name].as_str().unwrap_or_default().to_owned();
        (text("Type"), text("Device"), text("Size"), disk["Encrypted"] == true)
    });
    let expected = [
        ("system", "/dev/xvda", "60", false),
        ("data", "/dev/xvdc", "500", true),
        ("data", "/dev/xvdb", "20", false),
    ];
    let expected = expected.map(|(a, b, c, d)| (a.to_owned(), b.to_owned(), c.to_owned(), d));
    assert_eq!(shown.collect::<Vec<_>>(), expected);
    let snapshots: std::collections::HashSet<_> =
        disks.iter().map(|disk| disk["SnapshotId"].as_str().unwrap()).collect();
    assert!(snapshots.len() == 3 && !snapshots.contains(system.as_str()), "{snapshots:?}");
}

async fn os_of(server: &Server, id: &str) -> Value {
    image(server, "cn-hangzhou", id).await["OSName"].clone()
}

#[tokio::test]
async fn shares_are_listed_in_pages_and_the_first_ten_accounts_count() {
    let server = slow();
    let id = named(&server, "worker-2025.10").await;
    let accounts: Vec<_> = (1..=12).map(|n| (format!("AddAccount.{n}"), n.to_string())).collect();
    let add = accounts.iter().map(|(name, id)| (name.as_str(), id.as_str()));
    let add: Vec<_> = [("ImageId", id.as_str())].into_iter().chain(add).collect();
    assert_eq!(code(&server, "ModifyImageSharePermission", &add).await, "");
    let mut shown = Vec::new();
    for page in ["1", "2", "3"] {
        let page = [("ImageId", id.as_str()), ("PageSize", "4"), ("PageNumber", page)];
        let answer = call(&server, "DescribeImageSharePermission", &page).await;
        assert_eq!(answer.text("TotalCount"), "10");
        shown.push(answer.texts("AliyunId"));
    }
    let page = |ids: std::ops::Range<u32>| ids.map(|id| id.to_string()).collect::<Vec<_>>();
    assert_eq!(shown, [page(1..5), page(5..9), page(9..11)]);

    let public = [("ImageId", id.as_str()), ("IsPublic", "true")];
    assert_eq!(code(&server, "ModifyImageSharePermission", &public).await, "");
    assert_eq!(code(&server, "ModifyImageSharePermission", &public).await, "Image.Public");
    assert_eq!(code(&server, "CopyImage", &public[..1]).await, "OperationDenied.CommunityImage");
    let private = [("ImageId", id.as_str()), ("IsPublic", "false")];
    assert_eq!(code(&server, "ModifyImageSharePermission", &private).await, "");
}

#[tokio::test]
async fn tags_are_listed_by_tag_and_removed_all_at_once() {
    let server = slow();
    let (web, worker) =
        (named(&server, "web-server-2025.09").await, named(&server, "worker-2025.10").await);
    let ids = [("ResourceType", "image"), ("ResourceId.1", &web), ("ResourceId.2", &worker)];
    let tag = [&ids[..], &[("Tag.1.Key", "vendor"), ("Tag.1.Value", "us")]].concat();
    assert_eq!(code(&server, "TagResources", &tag).await, "");
    let list = async |more: &[(&str, &str)]| {
        let parameters = [&[("ResourceType", "image")], more].concat();
        call(&server, "ListTagResources", &parameters).await
    };
    let found = list(&[("Tag.1.Key", "vendor"), ("Tag.2.Key", "arch")]).await;
    assert!(found.texts("ResourceId").is_empty(), "all tags are needed: {found:?}");
    for more in [
        &[("Tag.1.Key", "vendor")][..],
        &[
            ("TagFilter.1.TagKey", "vendor"),
            ("TagFilter.1.TagValues.1", "x"),
            ("TagFilter.1.TagValues.2", "us"),
        ],
        &[("TagFilter.1.TagKey", "vendor"), ("TagFilter.2.TagKey", "env")],
    ] {
        let mut ids = list(more).await.texts("ResourceId");
        ids.sort();
        ids.dedup();
        let mut expected = [web.clone(), worker.clone()];
        expected.sort();
        assert_eq!(ids, expected, "own images only: {more:?}");
    }
    let counted = call(&server, "DescribeTags", &[("Tag.1.Key", "vendor")]).await;
    assert_eq!(counted.text("Image"), "2", "{counted:?}");
    let all = [&ids[..2], &[("All", "true")]].concat();
    assert_eq!(code(&server, "UntagResources", &ids[..2]).await, "MissingParameter");
    assert_eq!(code(&server, "UntagResources", &all).await, "");
    assert!(list(&ids[1..2]).await.texts("TagKey").is_empty());
    assert!(list(&ids[2..]).await.texts("TagKey").contains(&"vendor".to_owned()));
}

#[tokio::test]
async fn an_image_that_is_changed_keeps_its_place_in_the_list() {
    let text: Vec<_> = (0..5)
        .map(|n| format!(r#"{{"ImageId": "m-{n}", "ImageOwnerAlias": "self", "CreationTime": "2026-01-01T00:00:00Z"}}"#))
        .collect();
    let seed = terraform_provider_alicloud::mock::Seed::Json {
        name: "images.json".into(),
        region: None,
        text: format!("[{}]", text.join(",")),
    };
    let server = Server::start(Config::default().with_images(seed)).unwrap();
    let before = call(&server, "DescribeImages", &[]).await.texts("ImageId");
    let tag = [("ResourceType", "image"), ("ResourceId.1", "m-3"), ("Tag.1.Key", "seen")];
    assert_eq!(code(&server, "TagResources", &tag).await, "");
    assert_eq!(call(&server, "DescribeImages", &[]).await.texts("ImageId"), before);
}

#[tokio::test]
async fn without_signature_checks_a_call_belongs_to_the_account_of_its_key() {
    let mut config =
        Config { auth: terraform_provider_alicloud::mock::Auth::Off, ..Config::default() };
    let other = Account { name: "b".into(), id: "22".into(), ..Account::new("kb", "sb") };
    config.accounts.push(other);
    let server = Server::start(config).unwrap();
    for (key, account) in [("kb", "22"), ("unknown", "1234567890123456")] {
        for scheme in [super::client::Scheme::Rpc1, super::client::Scheme::Acs3] {
            let call = Call::new("GetCallerIdentity", &[]);
            let call = Call { access_key: key.into(), secret: "any".into(), scheme, ..call };
            let answer = call.send(server.url()).await.unwrap();
            assert_eq!(answer.text("AccountId"), account, "{scheme:?}");
        }
    }
}
