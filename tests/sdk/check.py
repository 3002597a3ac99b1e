"""Checks that the official clients get the content of the fixture from mock-ecs, and agree with each other.

Usage: check.py MOCK_ECS [LANGUAGE=COMMAND]...

The clients for Python are in clients.py. Each LANGUAGE (go, java or node) comes with the command of its program.
Prints what failed and "N passed, N failed".
"""

import json
import pathlib
import re
import sys

import piped
from clients import PYTHON
from mock_ecs import Mock
from refused import Refused, Unsayable

DATA = pathlib.Path(__file__).parent.parent / "data"
KEY, SECRET = "mock-access-key", "mock-secret-key"
passed, failed = 0, []

# Two old SDKs compare the string in the message of a wrong signature with their own, and name the cause when they are
# the same: a message of another form would not get these codes.
WRONG_SECRET = {
    "aliyun-python-sdk-ecs, RPC 1.0": "InvalidAccessKeySecret",
    "Java aliyun-java-sdk-ecs, RPC 1.0": "SDK.InvalidAccessKeySecret",
}

# The clients that distinguish between an empty and a missing member of a response.
EXACT = ("aliyun-python-sdk-ecs", "alibabacloud_ecs20140526")

# The members of an image that the models of the Java SDKs do not have.
LACKING = ("CpuOnlineDowngrade", "CpuOnlineUpgrade", "MemoryOnlineDowngrade", "MemoryOnlineUpgrade")

# This client sends empty parameters but does not sign them.
SIGNS_NO_EMPTY_VALUES = "Java ecs20140526, RPC 1.0"


def check(what, expected, found):
    global passed
    if expected == found:
        passed += 1
    else:
        failed.append(f"{what}\n    expected {expected!r}\n    found    {found!r}")


def typed(call):
    """The parameters of a row as the SDKs take them; None if their types cannot represent them."""
    parameters, lists = {}, {}
    for name, value in call.items():
        numbered = re.fullmatch(r"(Tag|Filter)\.(\d+)\.(Key|Value)", name)
        if numbered:
            entries = lists.setdefault(numbered[1], {})
            entries.setdefault(int(numbered[2]), {})[numbered[3]] = value
        elif name == "Color" or name.startswith("Tag."):
            return None
        elif value in ("true", "True", "false", "FALSE"):
            parameters[name] = value.lower() == "true"
        elif name in ("PageSize", "PageNumber", "ImageOwnerId") and value.isdecimal():
            parameters[name] = int(value)
        else:
            parameters[name] = value
    for name, entries in lists.items():
        if sorted(entries) != list(range(1, len(entries) + 1)):
            return None
        parameters[name] = [entries[number] for number in sorted(entries)]
    return parameters if "RegionId" in parameters else None


def refusal(call):
    try:
        call()
    except Refused as error:
        return error
    return Refused(200, "", "")


def status_of(client, status):
    """The HTTP status of a refusal, if the SDK reports it."""
    return None if client.name == "Java aliyun-java-sdk-ecs, RPC 1.0" else status


def images_of(answer):
    """The images of a response; one SDK omits the wrapper of every list."""
    images = answer["Images"]
    return images if isinstance(images, list) else images.get("Image") or []


def essence(value):
    """A value without wrappers of lists, and without members that are empty: typed models cannot tell those from
    missing ones."""
    if isinstance(value, list):
        return [essence(item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        only = next(iter(value.values()))
        if isinstance(only, list):
            return essence(only)
    members = {name: essence(member) for name, member in value.items()}
    return {name: member for name, member in members.items() if member}


def check_table(client):
    """Every row that the SDK can send; its types cannot represent about a dozen."""
    sent = 0
    for row in json.loads((DATA / "mock-behavior.json").read_text()):
        parameters = typed(row["call"])
        if parameters is None:
            continue
        what = f"{client.name}: {row['why']}"
        if client.name == SIGNS_NO_EMPTY_VALUES and '""' in json.dumps(parameters):
            sent += 1
            found = refusal(lambda: client.describe_images(parameters)).code
            check(what, "SignatureDoesNotMatch", found)
            continue
        try:
            answer = client.describe_images(parameters)
        except Unsayable:
            continue
        except Refused as error:
            sent += 1
            check(what, (status_of(client, row.get("status")), row.get("code")), (error.status, error.code))
            if row.get("message"):
                check(what + " (text)", row["message"], error.message)
            continue
        sent += 1
        ids = [image["ImageId"] for image in images_of(answer)]
        check(what, (row.get("ids"), row.get("total")), (ids, answer["TotalCount"]))
    check(f"{client.name}: most rows were sent", True, sent > 80)


def check_pages(client):
    ids, page = [], 1
    while True:
        request = {"RegionId": "cn-hangzhou", "PageSize": 3, "PageNumber": page, "Status": "ALL"}
        answer = client.describe_images(request)
        ids += [image["ImageId"] for image in images_of(answer)]
        if len(ids) >= answer["TotalCount"] or not images_of(answer):
            break
        page += 1
    fixture = json.loads((DATA / "mock-images.json").read_text())["Regions"]["cn-hangzhou"]
    expected = [
        image["ImageId"]
        for image in sorted(fixture["Images"]["Image"], key=lambda image: image["CreationTime"])[::-1]
        if image["ImageOwnerAlias"] in ("self", "system") or image["ImageId"] == "m-shared"
    ]
    check(f"{client.name}: all pages", expected, ids)


def check_credentials(kind, endpoint, advance):
    client = kind(endpoint, KEY, SECRET)
    issued = client.assume_role()
    parts = [issued[name] for name in ("AccessKeyId", "AccessKeySecret", "SecurityToken")]
    temporary = kind(endpoint, *parts)
    request = {"RegionId": "cn-hangzhou"}
    answer = temporary.describe_images(request)
    check(f"{kind.name}: temporary credentials", 8, answer["TotalCount"])
    other = kind(endpoint, parts[0], parts[1], "another-token")
    found = refusal(lambda: other.describe_images(request)).code
    check(f"{kind.name}: another token", "InvalidSecurityToken.Malformed", found)

    wrong = refusal(lambda: kind(endpoint, KEY, "wrong").describe_images(request))
    expected = (status_of(kind, 400), WRONG_SECRET.get(kind.name, "SignatureDoesNotMatch"))
    check(f"{kind.name}: wrong secret", expected, (wrong.status, wrong.code))
    unknown = refusal(lambda: kind(endpoint, "nobody", SECRET).describe_images(request))
    expected = (status_of(kind, 404), "InvalidAccessKeyId.NotFound")
    check(f"{kind.name}: unknown key", expected, (unknown.status, unknown.code))

    # The mock's clock is advanced and that of the SDK is not, so the test needs --max-skew lax.
    advance(901)
    expired = refusal(lambda: temporary.describe_images(request)).code
    check(f"{kind.name}: expired credentials", "InvalidSecurityToken.Expired", expired)


def check_images(clients):
    """Every client reads every member of every image that its models have."""
    request = {"RegionId": "cn-hangzhou", "PageSize": 100, "Status": "ALL"}
    fixture = json.loads((DATA / "mock-images.json").read_text())["Regions"]["cn-hangzhou"]
    by_id = {image["ImageId"]: image for image in fixture["Images"]["Image"]}
    for client in clients:
        images = images_of(client.describe_images(request))
        check(f"{client.name}: images", 10, len(images))
        for image in images:
            expected, found = by_id[image["ImageId"]], image
            if not client.name.startswith(EXACT):
                expected, found = essence(expected), essence(image)
                if client.name.startswith("Java"):
                    features = expected.get("Features", {}).items()
                    expected["Features"] = {name: value for name, value in features if name not in LACKING}
            check(f"{client.name}: image {image['ImageId']}", expected, found)


def main(binary, *commands):
    images = str(DATA / "mock-images.json")
    with piped.started(commands) as others, Mock(binary, "--images", images, "--max-skew", "lax") as mock:
        kinds = [*PYTHON, *others]
        clients = [kind(mock.endpoint, KEY, SECRET) for kind in kinds]
        for client in clients:
            check_table(client)
            check_pages(client)
            found = "cn-hangzhou" in str(client.describe_regions())
            check(f"{client.name}: regions", True, found)
        check_images(clients)
        for kind in kinds:
            check_credentials(kind, mock.endpoint, mock.advance)
            mock.admin("reset", {})
    for failure in failed:
        print(f"FAILED {failure}")
    print("clients: " + "; ".join(kind.name for kind in kinds))
    print(f"{passed} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
