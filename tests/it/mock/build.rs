//! The calls that building an image needs: key pairs, networks and instances, in the order in which
//! Packer's builder `alicloud-ecs` makes them (plugin 1.1.2; `tests/cli/packer.rs` runs Packer
//! itself).

use std::time::Duration;

use serde_json::Value;
use terraform_provider_alicloud::mock::{Account, Config, Server};

use super::client::{Answer, Call};

pub(super) const SOURCE: &str = "ubuntu_22_04_x64_20G_alibase_20250722.vhd";
const ARM: &str = "ubuntu_22_04_arm64_20G_alibase_20251019.vhd";

/// A caller of one server, in cn-hangzhou.
pub(super) struct Builder<'a>(pub(super) &'a Server);

impl Builder<'_> {
    async fn call(&self, action: &str, parameters: &[(&str, &str)]) -> Answer {
        let mut call = Call::new(action, parameters);
        call.parameters.push(("RegionId".into(), "cn-hangzhou".into()));
        call.send(self.0.url()).await.unwrap()
    }

    pub(super) async fn done(&self, action: &str, parameters: &[(&str, &str)]) -> Answer {
        let answer = self.call(action, parameters).await;
        assert_eq!(answer.status, 200, "{action} {answer:?}");
        answer
    }

    /// The member of a successful response.
    pub(super) async fn made(
        &self,
        action: &str,
        parameters: &[(&str, &str)],
        member: &str,
    ) -> String {
        self.done(action, parameters).await.text(member)
    }

    pub(super) async fn refused(&self, action: &str, parameters: &[(&str, &str)], code: &str) {
        let answer = self.call(action, parameters).await;
        assert_eq!(answer.text("Code"), code, "{action} {parameters:?} {answer:?}");
    }

    async fn instance(&self, id: &str) -> Value {
        let ids = format!("[\"{id}\"]");
        let answer = self.done("DescribeInstances", &[("InstanceIds", &ids)]).await.json();
        answer["Instances"]["Instance"][0].clone()
    }
}

fn start() -> Server {
    Server::start(Config { image_time: Duration::ZERO, ..Config::default() }).unwrap()
}

/// A network with a security group: VPC, vSwitch, group.
async fn network(builder: &Builder<'_>) -> [String; 3] {
    let vpc = builder.made("CreateVpc", &[("CidrBlock", "172.16.0.0/16")], "VpcId").await;
    let vpcs = builder.done("DescribeVpcs", &[("VpcId", &vpc)]).await;
    assert_eq!(vpcs.texts("Status"), ["Available"]);
    let zones = builder.done("DescribeZones", &[]).await;
    let zone = &zones.texts("ZoneId")[0];
    let switch = [("VpcId", vpc.as_str()), ("ZoneId", zone), ("CidrBlock", "172.16.0.0/24")];
    let switch = builder.made("CreateVSwitch", &switch, "VSwitchId").await;
    let switches = [("VpcId", vpc.as_str()), ("VSwitchId", switch.as_str())];
    let switches = builder.done("DescribeVSwitches", &switches).await;
    assert_eq!(switches.texts("Status"), ["Available"]);
    let group = builder.made("CreateSecurityGroup", &[("VpcId", &vpc)], "SecurityGroupId").await;
    let rule = [("SecurityGroupId", group.as_str()), ("IpProtocol", "all"), ("PortRange", "-1/-1")];
    builder.done("AuthorizeSecurityGroupEgress", &rule).await;
    builder.done("AuthorizeSecurityGroup", &rule).await;
    [vpc, switch, group]
}

#[tokio::test]
async fn an_image_is_built_as_packer_builds_it_and_nothing_is_left_behind() {
    let server = start();
    let builder = Builder(&server);
    let pair = ("KeyPairName", "packer_1");
    let key = builder.done("CreateKeyPair", &[pair]).await;
    assert!(key.text("PrivateKeyBody").starts_with("-----BEGIN PRIVATE KEY-----"), "{key:?}");
    let [vpc, switch, group] = network(&builder).await;
    let create = [
        ("ImageId", SOURCE),
        ("InstanceType", "ecs.g7.large"),
        ("SecurityGroupId", group.as_str()),
        ("VSwitchId", switch.as_str()),
    ];
    let id = builder.made("CreateInstance", &create, "InstanceId").await;
    let instance = builder.instance(&id).await;
    assert_eq!((&instance["Status"], &instance["ImageId"]), (&"Stopped".into(), &SOURCE.into()));
    assert_eq!(instance["OSType"], "linux");

    let instance_id = ("InstanceId", id.as_str());
    let address = builder.done("AllocateEipAddress", &[]).await;
    let allocation = address.text("AllocationId");
    let bind = [("AllocationId", allocation.as_str()), instance_id];
    builder.done("AssociateEipAddress", &bind).await;
    let bound = builder.done("DescribeEipAddresses", &bind[..1]).await;
    assert_eq!(bound.texts("Status"), ["InUse"]);
    assert_eq!(
        builder.instance(&id).await["EipAddress"]["IpAddress"],
        address.text("EipAddress").as_str()
    );
    let ids = format!("[\"{id}\"]");
    let attach = [pair, ("InstanceIds", ids.as_str())];
    assert_eq!(builder.made("AttachKeyPair", &attach, "FailCount").await, "0");
    builder.done("StartInstance", &[instance_id]).await;
    assert_eq!(builder.instance(&id).await["Status"], "Running");
    builder.done("StopInstance", &[instance_id]).await;

    let create = [instance_id, ("ImageName", "web-packer")];
    let image = builder.made("CreateImage", &create, "ImageId").await;
    let made = builder.done("DescribeImages", &[("ImageId", &image)]).await;
    assert_eq!(made.texts("Platform"), ["Ubuntu"], "the system of the source image");
    let snapshot = &made.texts("SnapshotId")[0];
    let tag = [("Tag.1.Key", "built-by"), ("Tag.1.Value", "packer")];
    let of_image = [("ResourceType", "image"), ("ResourceId", image.as_str())];
    let of_snapshot = [("ResourceType", "snapshot"), ("ResourceId", snapshot.as_str())];
    builder.done("AddTags", &[&of_image[..], &tag].concat()).await;
    builder.done("AddTags", &[&of_snapshot[..], &tag].concat()).await;
    let tagged = builder.done("DescribeImages", &tag).await;
    assert_eq!(tagged.texts("ImageId"), [image.as_str()]);
    builder.done("RemoveTags", &[&of_image[..], &tag].concat()).await;
    assert_eq!(builder.made("DescribeImages", &tag, "TotalCount").await, "0");

    for (action, parameters) in [
        ("DetachKeyPair", &attach[..]),
        ("UnassociateEipAddress", &bind),
        ("ReleaseEipAddress", &bind[..1]),
        ("DeleteInstance", &[instance_id, ("Force", "true")]),
        ("DeleteSecurityGroup", &[("SecurityGroupId", &group)]),
        ("DeleteVSwitch", &[("VSwitchId", &switch)]),
        ("DeleteVpc", &[("VpcId", &vpc)]),
        ("DeleteKeyPairs", &[("KeyPairNames", "[\"packer_1\"]")]),
    ] {
        builder.done(action, parameters).await;
    }
    for action in [
        "DescribeInstances",
        "DescribeSecurityGroups",
        "DescribeVSwitches",
        "DescribeVpcs",
        "DescribeEipAddresses",
        "DescribeKeyPairs",
    ] {
        assert_eq!(builder.made(action, &[], "TotalCount").await, "0", "{action}");
    }
    server.journal().expect("CreateInstance").with("ImageId", SOURCE).times(1).unwrap();
}

/// An action, its parameters, and the code of the refusal.
type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str);

async fn all_refused(builder: &Builder<'_>, cases: &[Case<'_>]) {
    for (action, parameters, code) in cases {
        builder.refused(action, parameters, code).await;
    }
}

#[tokio::test]
async fn invalid_calls_for_building_an_image_are_refused_as_by_the_service() {
    let server = start();
    let builder = Builder(&server);
    let [vpc, _, group] = network(&builder).await;
    let (vpc, group) = (("VpcId", vpc.as_str()), ("SecurityGroupId", group.as_str()));
    let pair = ("KeyPairName", "pair-1");
    builder.done("CreateKeyPair", &[pair]).await;
    let (no_vpc, zone) = (("VpcId", "vpc-none"), ("ZoneId", "cn-hangzhou-z"));
    let (k2, no_key) = (("KeyPairName", "k2"), ("PublicKeyBody", "ssh-rsa ?"));
    let of_image = [("ResourceType", "image"), ("ResourceId", SOURCE), ("Tag.1.Key", "a")];
    let of_snapshot = [("ResourceType", "snapshot"), ("ResourceId", "s-none")];
    let no_group = ("SecurityGroupId", "sg-none");
    let no_pair = [("KeyPairName", "none"), ("InstanceIds", "[\"i-1\"]")];
    all_refused(
        &builder,
        &[
            ("CreateKeyPair", &[], "MissingParameter"),
            ("CreateKeyPair", &[pair], "KeyPair.AlreadyExist"),
            ("CreateKeyPair", &[("KeyPairName", "1")], "InvalidKeyPairName.Malformed"),
            ("ImportKeyPair", &[k2], "MissingParameter"),
            ("ImportKeyPair", &[k2, no_key], "InvalidPublicKeyBody.Malformed"),
            ("AttachKeyPair", &no_pair, "InvalidKeyPairName.NotFound"),
            ("AttachKeyPair", &[pair, ("InstanceIds", "i-1")], "InvalidParameter"),
            ("CreateVSwitch", &[no_vpc, zone], "InvalidVpcId.NotFound"),
            ("CreateVSwitch", &[vpc, zone], "InvalidZoneId.NotFound"),
            ("CreateSecurityGroup", &[no_vpc], "InvalidVpcId.NotFound"),
            ("AuthorizeSecurityGroup", &[group], "MissingParameter"),
            ("DeleteSecurityGroup", &[no_group], "InvalidSecurityGroupId.NotFound"),
            ("DeleteVpc", &[vpc], "DependencyViolation.VSwitch"),
            ("ReleaseEipAddress", &[("AllocationId", "eip-1")], "InvalidAllocationId.NotFound"),
            ("AddTags", &of_image, "InvalidResourceId.NotFound"),
            ("AddTags", &of_snapshot, "InvalidSnapshotId.NotFound"),
        ],
    )
    .await;
    server.reset();
    assert_eq!(builder.made("DescribeVpcs", &[], "TotalCount").await, "0", "reset clears");
}

#[tokio::test]
async fn an_instance_needs_a_compatible_image_and_locks_its_resources() {
    let server = start();
    let builder = Builder(&server);
    let [vpc, switch, group] = network(&builder).await;
    let (vpc, switch) = (("VpcId", vpc.as_str()), ("VSwitchId", switch.as_str()));
    let group = ("SecurityGroupId", group.as_str());
    let (image, shape) = (("ImageId", SOURCE), ("InstanceType", "ecs.g7.large"));
    let (groups, tag) = (("SecurityGroupIds.1", group.1), ("Tag.1.Key", "role"));
    let run = [image, shape, groups, switch, tag, ("Tag.1.Value", "builder")];
    let made = builder.done("RunInstances", &run).await.json();
    let running = ("InstanceId", made["InstanceIdSets"]["InstanceIdSet"][0].as_str().unwrap());
    let other_tag = [tag, ("Tag.1.Value", "web")];
    for (filters, total) in [
        (&[group, vpc, switch][..], "1"),
        (&[tag], "1"),
        (&other_tag, "0"),
        (&[("SecurityGroupId", "sg-none")], "0"),
        (&[("VpcId", "vpc-none")], "0"),
    ] {
        let found = builder.made("DescribeInstances", filters, "TotalCount").await;
        assert_eq!(found, total, "{filters:?}");
    }
    let allocation = builder.made("AllocateEipAddress", &[], "AllocationId").await;
    let bind = [("AllocationId", allocation.as_str()), running];
    builder.done("AssociateEipAddress", &bind).await;
    let (no_shape, no_switch) = (("InstanceType", "huge"), ("VSwitchId", "vsw-none"));
    all_refused(
        &builder,
        &[
            ("CreateInstance", &[shape], "MissingParameter"),
            ("CreateInstance", &[("ImageId", "m-none"), shape], "InvalidImageId.NotFound"),
            ("CreateInstance", &[("ImageFamily", "none"), shape], "InvalidImageId.NotFound"),
            ("CreateInstance", &[image, no_shape], "InvalidInstanceType.ValueNotSupported"),
            ("CreateInstance", &[("ImageId", ARM), shape], "ImageNotSupportInstanceType"),
            ("CreateInstance", &[image, shape, no_switch], "InvalidVSwitchId.NotFound"),
            ("CreateInstance", &[image, shape, ("DryRun", "true")], "DryRunOperation"),
            ("RunInstances", &[image, shape, ("Amount", "101")], "InvalidParameter"),
            ("StartInstance", &[running], "IncorrectInstanceStatus"),
            ("StartInstance", &[("InstanceId", "i-none")], "InvalidInstanceId.NotFound"),
            ("DeleteInstance", &[running], "IncorrectInstanceStatus"),
            ("DeleteVSwitch", &[switch], "DependencyViolation"),
            ("DeleteSecurityGroup", &[group], "DependencyViolation"),
            ("AssociateEipAddress", &bind, "IncorrectEipStatus"),
            ("ReleaseEipAddress", &bind[..1], "IncorrectEipStatus"),
        ],
    )
    .await;
    // Deleting an instance releases what is bound to it.
    builder.done("DeleteInstance", &[running, ("Force", "true")]).await;
    builder.done("ReleaseEipAddress", &bind[..1]).await;
    builder.done("DeleteVSwitch", &[switch]).await;
    builder.refused("DeleteVpc", &[vpc], "DependencyViolation.SecurityGroup").await;
    builder.done("DeleteSecurityGroup", &[group]).await;
    builder.done("DeleteVpc", &[vpc]).await;
}

#[tokio::test]
async fn key_pairs_belong_to_an_account_and_their_private_key_is_shown_once() {
    let other =
        Account { name: "b".into(), id: "2222222222222222".into(), ..Account::new("kb", "sb") };
    let mut config = Config::default();
    config.accounts.push(other);
    let server = Server::start(config).unwrap();
    let builder = Builder(&server);
    let name = [("KeyPairName", "mine")];
    let secret = builder.made("CreateKeyPair", &name, "PrivateKeyBody").await;
    let secret = secret.lines().nth(1).unwrap();
    let number = server.journal().entries().pop().unwrap().number;
    let kept = server.journal().answer(number).unwrap();
    assert!(kept.contains("***") && !kept.contains(secret), "{kept}");
    let import = [("KeyPairName", "imported"), ("PublicKeyBody", "ssh-rsa AAAAB3NzaC1yc2E= me")];
    let fingerprint = builder.made("ImportKeyPair", &import, "KeyPairFingerPrint").await;
    assert_eq!(fingerprint.split(':').count(), 16, "{fingerprint}");
    for (wanted, found) in [
        ("mine", &["mine"][..]),
        ("*ported", &["imported"]),
        ("im*", &["imported"]),
        ("*i*", &["mine", "imported"]),
    ] {
        let pairs = builder.done("DescribeKeyPairs", &[("KeyPairName", wanted)]).await;
        assert_eq!(pairs.texts("KeyPairName"), found, "{wanted}");
        assert_eq!(pairs.text("PrivateKeyBody"), "");
    }
    let theirs = Call {
        access_key: "kb".into(),
        secret: "sb".into(),
        ..Call::new("DescribeKeyPairs", &[("RegionId", "cn-hangzhou")])
    };
    assert_eq!(theirs.send(server.url()).await.unwrap().text("TotalCount"), "0");
}
