"""Checks that mock-ecs knows every field of the SDK's requests about images.

Usage: parameters.py MOCK_ECS. Calls each action with all fields that the model of its request has, of a mock that
refuses unknown parameters. What the values say does not matter. Prints what failed and "N passed, N failed".
"""

import inspect
import re
import signal
import subprocess
import sys
import typing

from alibabacloud_ecs20140526 import models as ecs_models

from clients import New
from refused import Refused

ACTIONS = (
    "AddTags",
    "CancelCopyImage",
    "CopyImage",
    "CreateImage",
    "DeleteImage",
    "DescribeImageFromFamily",
    "DescribeImages",
    "DescribeImageSharePermission",
    "DescribeImageSupportInstanceTypes",
    "DescribeInstanceTypes",
    "DescribeRegions",
    "DescribeTags",
    "DescribeZones",
    "ListTagResources",
    "ModifyImageAttribute",
    "ModifyImageSharePermission",
    "RemoveTags",
    "TagResources",
    "UntagResources",
)


def value(kind):
    """A value of a type."""
    if typing.get_origin(kind) is list:
        return [value(typing.get_args(kind)[0])]
    if kind in (bool, float, int):
        return kind(1)
    if kind is str:
        return "cn-hangzhou"
    return full(kind)


def full(model):
    """A request, or a part of one, with all fields."""
    fields = typing.get_type_hints(model.__init__, vars(sys.modules[model.__module__]))
    names = [name for name in inspect.signature(model.__init__).parameters if name != "self"]
    return model(**{name: value(fields[name]) for name in names})


def main(binary):
    mock = subprocess.Popen([binary, "--unknown-parameters", "refuse"], stdout=subprocess.PIPE, text=True)
    failed = []
    try:
        endpoint = mock.stdout.readline().strip().removeprefix("mock-ecs listening on http://")
        client = New(endpoint, "mock-access-key", "mock-secret-key")
        for action in ACTIONS:
            call = getattr(client.ecs, re.sub(r"(?<=[a-z])(?=[A-Z])", "_", action).lower())
            try:
                client._send(call, full(getattr(ecs_models, f"{action}Request")))
            except Refused as error:
                if error.code in ("InvalidApi.NotFound", "UnsupportedParameter"):
                    failed.append(f"{action}: {error.message}")
    finally:
        mock.send_signal(signal.SIGTERM)
        mock.wait(10)
    for failure in failed:
        print(f"FAILED {failure}")
    print(f"parameters: {len(ACTIONS) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
