"""Checks what image pipelines and clean-up jobs call: a build from the choice of its source to the deletion of all
that it made, by each client of the newer SDKs, and by the older SDK for Go with requests that have no models.

Usage: actions.py MOCK_ECS [LANGUAGE=COMMAND]..., as check.py. The mock refuses unknown parameters. Prints what failed
and "N passed, N failed".
"""

import json
import sys

import piped
from clients import New, NewRpc
from mock_ecs import Mock
from refused import Refused

REGION, OTHER_REGION = "cn-hangzhou", "eu-west-1"
SOURCE = "ubuntu_22_04_x64_20G_alibase_20250722.vhd"
FRIEND = "2222222222222222"
IMAGE_TIME = 60

# What has no region in the models of the SDKs; the resource, or the endpoint, implies it.
WITHOUT_REGION = ("DeleteInstance", "DeleteSnapshot", "DescribeInstanceTypes", "StopInstance")


def listed(answer, outer, inner):
    """A list of an answer; some models leave out an empty one."""
    return (answer.get(outer) or {}).get(inner) or []


class Pipeline:
    """The calls of one client, and what it found wrong."""

    def __init__(self, kind, endpoint, advance):
        self.kind, self.name, self.advance = kind, kind.name, advance
        self.client = kind(endpoint, "mock-access-key", "mock-secret-key")
        self.friend = kind(endpoint, "friend-key", "friend-secret")
        self.passed, self.failed = 0, []
        # The models of the Java SDK have no features of images.
        self.has_features = not kind.name.startswith("Java")

    def features(self, **members):
        return {"Features": members} if self.has_features else {}

    def feature(self, image, name):
        return image["Features"][name] if self.has_features else None

    def check(self, what, expected, found):
        if expected == found:
            self.passed += 1
        else:
            self.failed.append(f"{self.name}: {what}\n    expected {expected!r}\n    found    {found!r}")

    def call(self, action, region=REGION, **parameters):
        parameters = parameters if action in WITHOUT_REGION else {"RegionId": region, **parameters}
        return self.client.call(action, parameters)

    def refused(self, what, code, action, **parameters):
        try:
            found = self.call(action, **parameters)
        except Refused as error:
            found = error.code
        self.check(what, code, found)

    def images(self, client=None, region=REGION, **parameters):
        parameters = {"RegionId": region, "ImageOwnerAlias": "self", "Status": "ALL", "PageSize": 100, **parameters}
        return listed((client or self.client).call("DescribeImages", parameters), "Images", "Image")

    def image(self, image, region=REGION):
        found = self.images(region=region, ImageId=image)
        return found[0] if found else {}

    def state(self, image, region=REGION):
        found = self.image(image, region)
        return found.get("Status"), found.get("Progress")

    def tags(self, image):
        answer = self.call("ListTagResources", ResourceType="image", ResourceId=[image])
        return {tag["TagKey"]: tag["TagValue"] for tag in listed(answer, "TagResources", "TagResource")}

    def run(self):
        before = [self.images(region=region) for region in (REGION, OTHER_REGION)]
        if getattr(self.kind, "client", "") == "common":
            # Only this client sends the region to STS too.
            self.check("identity", "1234567890123456", self.call("GetCallerIdentity")["AccountId"])
        self.choose()
        group, network, switch, instance = self.start()
        image = self.create(instance)
        self.describe(image)
        self.tag(image)
        self.share(image)
        self.copy(image)
        second = self.create_from_snapshots(image)
        self.clean_up(image, second, instance, group, switch, network)
        after = [self.images(region=region) for region in (REGION, OTHER_REGION)]
        self.check("nothing is left behind", before, after)

    def choose(self):
        zones = listed(self.call("DescribeZones"), "Zones", "Zone")
        self.check("zones", ["cn-hangzhou-h", "cn-hangzhou-i", "cn-hangzhou-j"], [zone["ZoneId"] for zone in zones])
        cores = {"MinimumCpuCoreCount": 4, "MaximumCpuCoreCount": 4}
        types = self.call("DescribeInstanceTypes", InstanceTypeFamily="ecs.g7", **cores)
        types = listed(types, "InstanceTypes", "InstanceType")
        self.check("instance types", ["ecs.g7.xlarge"], [known["InstanceTypeId"] for known in types])
        types = listed(self.call("DescribeImageSupportInstanceTypes", ImageId=SOURCE), "InstanceTypes", "InstanceType")
        names = [known["InstanceTypeId"] for known in types]
        self.check("types that the source runs on", (True, False), ("ecs.g7.large" in names, "ecs.g8y.large" in names))

    def start(self):
        tag = [{"Key": "job", "Value": "build"}]
        key = self.call("CreateKeyPair", KeyPairName="build", Tag=tag)["PrivateKeyBody"]
        self.check("private key", "-----BEGIN", key[:10])
        self.refused("a key pair exists", "KeyPair.AlreadyExist", "CreateKeyPair", KeyPairName="build")
        network = self.call("CreateVpc", CidrBlock="172.16.0.0/16")["VpcId"]
        zone = {"ZoneId": "cn-hangzhou-h", "CidrBlock": "172.16.0.0/24"}
        switch = self.call("CreateVSwitch", VpcId=network, **zone)["VSwitchId"]
        group = self.call("CreateSecurityGroup", VpcId=network, SecurityGroupName="build", Tag=tag)["SecurityGroupId"]
        ssh = {"IpProtocol": "tcp", "PortRange": "22/22", "SourceCidrIp": "0.0.0.0/0"}
        self.call("AuthorizeSecurityGroup", SecurityGroupId=group, **ssh)
        started = self.call(
            "RunInstances", ImageId=SOURCE, InstanceType="ecs.g7.large", SecurityGroupId=group, VSwitchId=switch,
            KeyPairName="build", Amount=1, SystemDisk={"Category": "cloud_essd", "Size": "40"}, Tag=tag,
        )
        instance = listed(started, "InstanceIdSets", "InstanceIdSet")[0]
        found = listed(self.call("DescribeInstances", InstanceIds=json.dumps([instance])), "Instances", "Instance")[0]
        self.check("instance", (SOURCE, "Running", "build"), (found["ImageId"], found["Status"], found["KeyPairName"]))
        self.call("StopInstance", InstanceId=instance, ForceStop=True)
        return group, network, switch, instance

    def create(self, instance):
        image = self.call(
            "CreateImage", InstanceId=instance, ImageName="web-1", ImageFamily="web", Description="built by a test",
            Tag=[{"Key": "job", "Value": "build"}], **self.features(ImdsSupport="v2"),
        )["ImageId"]
        self.check("a new image", ("Creating", "0%"), self.state(image))
        self.refused("delete it too early", "ImageIsCreating", "DeleteImage", ImageId=image)
        self.advance(IMAGE_TIME // 2)
        status, progress = self.state(image)
        self.check("half of the time", ("Creating", True), (status, 50 <= int(progress.rstrip("%")) < 100))
        self.advance(IMAGE_TIME // 2)
        self.check("when it is there", ("Available", "100%"), self.state(image))
        return image

    def describe(self, image):
        found = self.image(image)
        facts = (found["ImageName"], found["ImageFamily"], found["Description"], found["OSNameEn"].split()[0])
        self.check("what it was created with", ("web-1", "web", "built by a test", "Ubuntu"), facts)
        self.check("its feature", "v2" if self.has_features else None, self.feature(found, "ImdsSupport"))
        taken = {"ImageId": image, "ImageName": "twin"}
        self.refused("a taken name", "InvalidImageName.Duplicated", "ModifyImageAttribute", **taken)
        changes = {"ImageName": "web-2", "Description": "changed", "BootMode": "UEFI-Preferred", "LicenseType": "Auto"}
        self.call("ModifyImageAttribute", ImageId=image, **changes, **self.features(NvmeSupport="unsupported"))
        found = self.image(image)
        facts = (found["ImageName"], found["Description"], found["BootMode"])
        self.check("what was changed", ("web-2", "changed", "UEFI-Preferred"), facts)
        expected = "unsupported" if self.has_features else None
        self.check("its changed feature", expected, self.feature(found, "NvmeSupport"))
        newest = self.call("DescribeImageFromFamily", ImageFamily="web")["Image"]
        self.check("the newest of its family", image, newest["ImageId"])

    def tag(self, image):
        on = {"ResourceType": "image", "ResourceId": [image]}
        self.call("TagResources", **on, Tag=[{"Key": "job", "Value": "release"}, {"Key": "stage", "Value": "web"}])
        self.check("tags", {"job": "release", "stage": "web"}, self.tags(image))
        found = self.images(Tag=[{"Key": "stage", "Value": "web"}])
        self.check("a search by tag", [image], [image["ImageId"] for image in found])
        stages = [{"TagKey": "stage", "TagValues": ["web", "db"]}]
        found = self.call("ListTagResources", ResourceType="image", TagFilter=stages)
        found = listed(found, "TagResources", "TagResource")
        self.check("a filter of tags", {image}, {tag["ResourceId"] for tag in found})
        self.call("UntagResources", **on, TagKey=["stage"])
        self.check("a tag less", {"job": "release"}, self.tags(image))
        self.call("UntagResources", **on, All=True)
        self.check("no tag", {}, self.tags(image))

    def share(self, image):
        self.call("ModifyImageSharePermission", ImageId=image, AddAccount=[FRIEND])
        accounts = listed(self.call("DescribeImageSharePermission", ImageId=image), "Accounts", "Account")
        self.check("who it is shared with", [FRIEND], [account["AliyunId"] for account in accounts])
        seen = self.images(self.friend, ImageOwnerAlias="others")
        self.check("what the other account sees", [image], [image["ImageId"] for image in seen])
        deprecate = {"ImageId": image, "Status": "Deprecated"}
        self.refused("deprecate a shared image", "ImageUseShared", "ModifyImageAttribute", **deprecate)
        self.refused("delete a shared image", "ImageUseShared", "DeleteImage", ImageId=image)
        self.call("ModifyImageSharePermission", ImageId=image, RemoveAccount=[FRIEND])
        self.check("shared no more", [], self.images(self.friend, ImageOwnerAlias="others"))
        self.call("ModifyImageAttribute", **deprecate)
        self.check("deprecated", "Deprecated", self.state(image)[0])
        self.call("ModifyImageAttribute", ImageId=image, Status="Available")
        self.check("restored", "Available", self.state(image)[0])

    def copy(self, image):
        to = {"ImageId": image, "DestinationRegionId": OTHER_REGION, "DestinationImageName": "web-eu"}
        nowhere = {**to, "DestinationRegionId": "cn-atlantis"}
        self.refused("an unknown region", "DestinationRegion.NotFound", "CopyImage", **nowhere)
        copy = self.call("CopyImage", **to, Encrypted=True, Tag=[{"Key": "from", "Value": REGION}])["ImageId"]
        self.check("a new copy", "Creating", self.state(copy, OTHER_REGION)[0])
        self.refused("two copies at once", "OperationDenied.ImageCopyConflict", "CopyImage", **to)
        self.call("CancelCopyImage", OTHER_REGION, ImageId=copy)
        self.check("a canceled copy", {}, self.image(copy, OTHER_REGION))
        copy = self.call("CopyImage", **to)["ImageId"]
        self.advance(IMAGE_TIME)
        self.check("a finished copy", ("Available", "100%"), self.state(copy, OTHER_REGION))
        self.refused("cancel it too late", "IncorrectImageStatus", "CancelCopyImage", region=OTHER_REGION, ImageId=copy)
        self.call("DeleteImage", OTHER_REGION, ImageId=copy)
        self.check("a deleted copy", {}, self.image(copy, OTHER_REGION))

    def create_from_snapshots(self, image):
        snapshot = listed(self.image(image), "DiskDeviceMappings", "DiskDeviceMapping")[0]["SnapshotId"]
        disks = [
            {"SnapshotId": snapshot, "DiskType": "system", "Size": 60},
            {"DiskType": "data", "Size": 100, "Device": "/dev/xvdc"},
        ]
        second = self.call("CreateImage", ImageName="web-3", Architecture="x86_64", DiskDeviceMapping=disks)["ImageId"]
        self.advance(IMAGE_TIME)
        found = self.image(second)
        disks = listed(found, "DiskDeviceMappings", "DiskDeviceMapping")
        disks = [(disk["Type"], disk["Device"], disk["Size"]) for disk in disks]
        self.check("disks", [("system", "/dev/xvda", "60"), ("data", "/dev/xvdc", "100")], disks)
        self.check("size", 60, found["Size"])
        return second

    def clean_up(self, image, second, instance, group, switch, network):
        self.refused("an unknown instance", "InvalidInstanceId.NotFound", "DeleteInstance", InstanceId="i-none")
        self.call("DeleteInstance", InstanceId=instance, Force=True)
        self.call("DeleteKeyPairs", KeyPairNames=json.dumps(["build"]))
        self.call("DeleteSecurityGroup", SecurityGroupId=group)
        self.call("DeleteVSwitch", VSwitchId=switch)
        self.call("DeleteVpc", VpcId=network)
        snapshot = listed(self.image(image), "DiskDeviceMappings", "DiskDeviceMapping")[0]["SnapshotId"]
        self.refused("a used snapshot", "SnapshotCreatedImage", "DeleteSnapshot", SnapshotId=snapshot)
        self.call("DeleteImage", ImageId=image)
        self.call("DeleteImage", ImageId=second, Force=True)
        self.call("DeleteSnapshot", SnapshotId=snapshot)


def main(binary, *commands):
    options = ["--unknown-parameters", "refuse", "--image-time", f"{IMAGE_TIME}s", "--max-skew", "lax"]
    account = f"name=friend,access-key=friend-key,secret-key=friend-secret,id={FRIEND}"
    passed, failed = 0, []
    with piped.started(commands) as others, Mock(binary, *options, "--account", account) as mock:
        kinds = [New, NewRpc, *(kind for kind in others if kind.client != "old")]
        for kind in kinds:
            pipeline = Pipeline(kind, mock.endpoint, mock.advance)
            try:
                pipeline.run()
            except Exception as error:
                # The checks of this client so far, and the other clients, still count.
                pipeline.failed.append(f"{kind.name}: {type(error).__name__}: {error}")
            notes = [note for entry in mock.admin("journal")["entries"] for note in entry["notes"]]
            pipeline.check("notes in the journal", [], notes)
            passed += pipeline.passed
            failed += pipeline.failed
            mock.admin("reset", {})
    for failure in failed:
        print(f"FAILED {failure}")
    print(f"actions: {len(kinds)} clients, {passed} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
