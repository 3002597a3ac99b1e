//! The other calls for images: creating, copying, changing, sharing, tagging and deleting them.

use std::time::Duration;

use serde_json::Value;
use terraform_provider_alicloud::mock::{Account, Config, Server};

use super::client::{Answer, Call};

const REGION: (&str, &str) = ("RegionId", "cn-hangzhou");

pub(super) async fn call(server: &Server, action: &str, parameters: &[(&str, &str)]) -> Answer {
    let mut call = Call::new(action, parameters);
    if !parameters.iter().any(|(name, _)| *name == "RegionId") {
        call.parameters.push((REGION.0.into(), REGION.1.into()));
    }
    call.send(server.url()).await.unwrap()
}

pub(super) async fn code(server: &Server, action: &str, parameters: &[(&str, &str)]) -> String {
    call(server, action, parameters).await.text("Code")
}

/// The image with this ID, as DescribeImages returns it.
pub(super) async fn image(server: &Server, region: &str, id: &str) -> Value {
    let parameters = [("RegionId", region), ("Status", "ALL"), ("ImageId", id)];
    let answer = call(server, "DescribeImages", &parameters).await;
    assert_eq!(answer.text("TotalCount"), "1", "{answer:?}");
    answer.json()["Images"]["Image"][0].clone()
}

/// The ID of the caller's image with this name.
pub(super) async fn named(server: &Server, name: &str) -> String {
    let parameters = [("Status", "ALL"), ("ImageName", name), ("ImageOwnerAlias", "self")];
    call(server, "DescribeImages", &parameters).await.text("ImageId")
}

#[tokio::test]
async fn a_copy_takes_time_and_becomes_available_in_the_other_region() {
    let server =
        Server::start(Config { image_time: Duration::from_secs(100), ..Config::default() });
    let server = server.unwrap();
    let source = named(&server, "web-server-2025.10").await;
    let copy = [
        ("ImageId", source.as_str()),
        ("DestinationRegionId", "eu-west-1"),
        ("DestinationImageName", "web-eu"),
        ("Tag.1.Key", "from"),
        ("Tag.1.Value", "hangzhou"),
    ];
    let id = call(&server, "CopyImage", &copy).await.text("ImageId");
    assert!(id.starts_with("m-") && id.len() == 22, "{id}");
    let made = image(&server, "eu-west-1", &id).await;
    assert_eq!((&made["Status"], &made["Progress"]), (&"Creating".into(), &"0%".into()));
    assert_eq!((&made["ImageName"], &made["IsCopied"]), (&"web-eu".into(), &true.into()));
    assert_eq!(made["Tags"]["Tag"][0]["TagValue"], "hangzhou");
    let delete = [("RegionId", "eu-west-1"), ("ImageId", id.as_str())];
    assert_eq!(code(&server, "DeleteImage", &delete).await, "OperationDenied.ImageCopying");

    server.advance(Duration::from_secs(50));
    let half = image(&server, "eu-west-1", &id).await["Progress"].as_str().unwrap().to_owned();
    let half: u32 = half.trim_end_matches('%').parse().unwrap();
    assert!((50..60).contains(&half), "{half}");
    server.advance(Duration::from_secs(50));
    let done = image(&server, "eu-west-1", &id).await;
    assert_eq!((&done["Status"], &done["Progress"]), (&"Available".into(), &"100%".into()));
    assert_eq!(done["Usable"], true);
    assert_eq!(code(&server, "CancelCopyImage", &delete).await, "IncorrectImageStatus");
    assert_eq!(call(&server, "DeleteImage", &delete).await.status, 200);
    assert_eq!(call(&server, "DeleteImage", &delete).await.status, 200, "twice is no error");
    let gone =
        call(&server, "DescribeImages", &[("RegionId", "eu-west-1"), ("ImageId", &id)]).await;
    assert_eq!(gone.text("TotalCount"), "0");
    server.journal().expect("CopyImage").with("ImageId", &source).times(1).unwrap();
}

#[tokio::test]
async fn a_copy_can_be_canceled_and_refused() {
    let server = Server::start(Config::default()).unwrap();
    let source = named(&server, "web-server-2025.10").await;
    let creating = named(&server, "web-server-2025.11-rc1").await;
    let copy = |id: &str, region: &str, name: &str| {
        [("ImageId", id), ("DestinationRegionId", region), ("DestinationImageName", name)]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
    };
    for (parameters, expected) in [
        (copy("m-none", "eu-west-1", "copy"), "InvalidImageId.NotFound"),
        (
            copy("ubuntu_22_04_x64_20G_alibase_20250722.vhd", "eu-west-1", "x1"),
            "InvalidImageId.NotFound",
        ),
        (copy(&source, "cn-atlantis", "copy"), "DestinationRegion.NotFound"),
        (copy(&creating, "eu-west-1", "copy"), "IncorrectImageStatus"),
        (copy(&source, "eu-west-1", "acs:copy"), "InvalidImageName.Malformed"),
        (copy(&source, "cn-hangzhou", "twin"), "InvalidImageName.Duplicated"),
    ] {
        let borrowed: Vec<_> = parameters.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        assert_eq!(code(&server, "CopyImage", &borrowed).await, expected, "{parameters:?}");
    }
    let dry =
        [("ImageId", source.as_str()), ("DestinationRegionId", "eu-west-1"), ("DryRun", "true")];
    assert_eq!(code(&server, "CopyImage", &dry).await, "DryRunOperation");
    let id = call(&server, "CopyImage", &dry[..2]).await.text("ImageId");
    let cancel = [("RegionId", "eu-west-1"), ("ImageId", id.as_str())];
    assert_eq!(call(&server, "CancelCopyImage", &cancel).await.status, 200);
    assert_eq!(code(&server, "CancelCopyImage", &cancel).await, "InvalidImageId.NotFound");
    let own = [("ImageId", source.as_str())];
    assert_eq!(code(&server, "CancelCopyImage", &own).await, "ImageCreatedNotFromCopy");
}

#[tokio::test]
async fn images_are_created_changed_tagged_and_deleted() {
    let server = Server::start(Config { image_time: Duration::ZERO, ..Config::default() }).unwrap();
    let source = named(&server, "web-server-2025.10").await;
    let snapshot = image(&server, REGION.1, &source).await;
    let snapshot = &snapshot["DiskDeviceMappings"]["DiskDeviceMapping"][0]["SnapshotId"];
    let create = [
        ("SnapshotId", snapshot.as_str().unwrap()),
        ("ImageName", "web-new"),
        ("ImageFamily", "web"),
        ("Tag.1.Key", "env"),
        ("Tag.1.Value", "test"),
    ];
    let id = call(&server, "CreateImage", &create).await.text("ImageId");
    let family = call(&server, "DescribeImageFromFamily", &[("ImageFamily", "web")]).await;
    assert_eq!(family.text("ImageId"), id, "the newest of its family");
    assert_eq!(code(&server, "CreateImage", &create).await, "InvalidImageName.Duplicated");
    assert_eq!(
        code(&server, "CreateImage", &[("SnapshotId", "s-no")]).await,
        "InvalidSnapshotId.NotFound"
    );
    assert_eq!(code(&server, "CreateImage", &[]).await, "MissingParameter");
    let from_instance = call(&server, "CreateImage", &[("InstanceId", "i-1")]).await;
    assert_eq!(from_instance.status, 200, "{from_instance:?}");

    let modify = [("ImageId", id.as_str()), ("ImageName", "web-old"), ("Status", "Deprecated")];
    assert_eq!(call(&server, "ModifyImageAttribute", &modify).await.status, 200);
    let changed = image(&server, REGION.1, &id).await;
    assert_eq!(
        (&changed["ImageName"], &changed["Status"]),
        (&"web-old".into(), &"Deprecated".into())
    );
    assert_eq!(changed["Usable"], false);

    let tag = [
        ("ResourceType", "image"),
        ("ResourceId.1", id.as_str()),
        ("Tag.1.Key", "env"),
        ("Tag.1.Value", "prod"),
        ("Tag.2.Key", "team"),
    ];
    assert_eq!(call(&server, "TagResources", &tag).await.status, 200);
    let list = [("ResourceType", "image"), ("ResourceId.1", id.as_str())];
    let tags = call(&server, "ListTagResources", &list).await;
    assert_eq!(tags.texts("TagKey"), ["env", "team"]);
    assert_eq!(tags.texts("TagValue"), ["prod", ""]);
    let search = [("Status", "ALL"), ("Tag.1.Key", "team"), ("ImageName", "web-old")];
    assert_eq!(call(&server, "DescribeImages", &search).await.text("TotalCount"), "1");
    let untag = [("ResourceType", "image"), ("ResourceId.1", id.as_str()), ("TagKey.1", "env")];
    assert_eq!(call(&server, "UntagResources", &untag).await.status, 200);
    assert_eq!(call(&server, "ListTagResources", &list).await.texts("TagKey"), ["team"]);
    let system = "ubuntu_22_04_x64_20G_alibase_20250722.vhd";
    let wrong = [("ResourceType", "image"), ("ResourceId.1", system), ("Tag.1.Key", "a")];
    assert_eq!(code(&server, "TagResources", &wrong).await, "InvalidResourceId.NotFound");
    let wrong = [("ResourceType", "instance"), ("ResourceId.1", "i-1"), ("Tag.1.Key", "a")];
    assert_eq!(code(&server, "TagResources", &wrong).await, "InvalidResourceType.NotFound");

    assert_eq!(code(&server, "DeleteImage", &[("ImageId", &source)]).await, "ImageUsingByInstance");
    let force = [("ImageId", source.as_str()), ("Force", "true")];
    assert_eq!(call(&server, "DeleteImage", &force).await.status, 200);
    assert_eq!(call(&server, "DeleteImage", &[("ImageId", &id)]).await.status, 200);
    server.reset();
    assert_eq!(named(&server, "web-server-2025.10").await, source, "a reset brings it back");
}

#[tokio::test]
async fn images_belong_to_accounts_and_are_shared_with_them() {
    let mut config = Config { image_time: Duration::ZERO, ..Config::default() };
    let other = Account { id: "2222222222222222".into(), ..Account::new("kb", "sb") };
    config.accounts.push(Account { name: "b".into(), ..other });
    let server = Server::start(config).unwrap();
    let list = async |key: &str, secret: &str, parameters: &[(&str, &str)]| {
        let call =
            Call { access_key: key.into(), secret: secret.into(), ..Call::images(parameters) };
        call.send(server.url()).await.unwrap()
    };
    let own = [("ImageOwnerAlias", "self"), ("Status", "ALL"), ("PageSize", "100")];
    let others = [("ImageOwnerAlias", "others"), ("Status", "ALL"), ("PageSize", "100")];
    assert_eq!(list("kb", "sb", &own).await.text("TotalCount"), "0");
    assert_eq!(list("kb", "sb", &others).await.text("TotalCount"), "0");
    let mine = list("mock-access-key", "mock-secret-key", &own).await;
    assert_eq!(mine.text("TotalCount"), "14");
    assert!(mine.texts("ImageOwnerId").iter().all(|id| id == "1234567890123456"));
    let system = [("ImageOwnerAlias", "system")];
    let seen = list("kb", "sb", &system).await.text("TotalCount");
    assert_eq!(seen, list("mock-access-key", "mock-secret-key", &system).await.text("TotalCount"));

    let id = named(&server, "web-server-2025.10").await;
    let share = [("ImageId", id.as_str()), ("AddAccount.1", "2222222222222222")];
    assert_eq!(call(&server, "ModifyImageSharePermission", &share).await.status, 200);
    let shown = call(&server, "DescribeImageSharePermission", &[("ImageId", &id)]).await;
    assert_eq!(shown.texts("AliyunId"), ["2222222222222222"]);
    let shared = list("kb", "sb", &others).await;
    assert_eq!(shared.texts("ImageId"), [id.as_str()]);
    assert_eq!(shared.texts("ImageOwnerAlias"), ["others"]);
    assert_eq!(shared.texts("ImageOwnerId"), ["1234567890123456"]);
    let by_owner = [("ImageOwnerAlias", "others"), ("ImageOwnerId", "1234567890123456")];
    assert_eq!(list("kb", "sb", &by_owner).await.texts("ImageId"), [id.as_str()]);
    assert_eq!(image(&server, REGION.1, &id).await["IsSelfShared"], "True");
    let deleted = Call {
        access_key: "kb".into(),
        secret: "sb".into(),
        ..Call::new("ModifyImageAttribute", &[REGION, ("ImageId", &id), ("Description", "x")])
    };
    let answer = deleted.send(server.url()).await.unwrap();
    assert_eq!(answer.text("Code"), "InvalidImageId.NotFound", "it is not theirs");
    assert_eq!(code(&server, "DeleteImage", &[("ImageId", &id)]).await, "ImageUsingByInstance");

    let remove = [("ImageId", id.as_str()), ("RemoveAccount.1", "2222222222222222")];
    call(&server, "ModifyImageSharePermission", &remove).await;
    assert_eq!(list("kb", "sb", &others).await.text("TotalCount"), "0");
    let public = [("ImageId", id.as_str()), ("IsPublic", "true")];
    call(&server, "ModifyImageSharePermission", &public).await;
    let community = [("ImageOwnerAlias", "others"), ("IsPublic", "true"), ("PageSize", "100")];
    assert!(list("kb", "sb", &community).await.texts("ImageId").contains(&id));

    let role = "acs:ram::2222222222222222:role/builder";
    let assume = [("RoleArn", role), ("RoleSessionName", "test")];
    let issued = call(&server, "AssumeRole", &assume).await.json();
    let text = |name: &str| issued["Credentials"][name].as_str().unwrap().to_owned();
    let session = Call {
        access_key: text("AccessKeyId"),
        secret: text("AccessKeySecret"),
        token: Some(text("SecurityToken")),
        ..Call::images(&own)
    };
    let seen = session.send(server.url()).await.unwrap();
    assert_eq!(seen.text("TotalCount"), "0", "a role of an account sees what the account sees");
}

#[tokio::test]
async fn the_newest_members_are_returned() {
    let server = Server::start(Config::default()).unwrap();
    let all = [("Status", "ALL"), ("ImageOwnerAlias", "self"), ("PageSize", "100")];
    let answer = call(&server, "DescribeImages", &all).await.json();
    let images = answer["Images"]["Image"].as_array().unwrap();
    for image in images {
        assert_eq!(image["Usable"], image["Status"] == "Available", "{image}");
    }
    let usable = [&all[..], &[("Usable", "true")]].concat();
    let usable = call(&server, "DescribeImages", &usable).await.json();
    let usable = usable["Images"]["Image"].as_array().unwrap();
    assert!(!usable.is_empty() && usable.iter().all(|image| image["Usable"] == true));
    let database = images.iter().find(|image| image["ImageName"] == "数据库-base").unwrap();
    assert_eq!(database["DetectionOptions"]["Items"]["Item"][1]["RiskLevel"], "High");
    let disks = &database["DiskDeviceMappings"]["DiskDeviceMapping"];
    assert_eq!((&disks[0]["Encrypted"], &disks[1]["Encrypted"]), (&false.into(), &true.into()));
    let creating = images.iter().find(|image| image["Status"] == "Creating").unwrap();
    let disk = &creating["DiskDeviceMappings"]["DiskDeviceMapping"][0];
    assert!(disk["RemainTime"].is_u64(), "{disk}");
    assert!(images.iter().all(|image| image["SecureBootOptions"]["SecureBootSupport"].is_string()));
}

#[tokio::test]
async fn an_unsupported_action_is_refused_as_by_the_service_and_noted_in_the_journal() {
    let server = Server::start(Config::default()).unwrap();
    let answer = call(&server, "RebootInstance", &[("ImageId", "m-1")]).await;
    assert_eq!((answer.status, answer.text("Code").as_str()), (404, "InvalidApi.NotFound"));
    let message = answer.text("Message");
    assert!(message.starts_with("Specified api is not found, please check your url and method."));
    assert!(message.contains("mock-ecs does not have RebootInstance"), "{message}");
    assert!(message.contains("DescribeImages, "), "{message}");
    let foreign = Call { version: "2016-04-28", ..Call::new("DescribeVpcs", &[]) };
    let message = foreign.send(server.url()).await.unwrap().text("Message");
    assert!(message.contains("It has ECS 2014-05-26, STS 2015-04-01"), "{message}");
    let entry = server.journal().entries().swap_remove(0);
    assert!(entry.notes[0].contains("does not have the action RebootInstance"), "{entry:?}");
    assert_eq!(entry.parameter("ImageId"), Some("m-1"));
}
