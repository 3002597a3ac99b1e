"""Checks that mock-ecs knows every field of the SDK's requests for the actions of ECS that it has.

Usage: parameters.py MOCK_ECS. Calls each action with all fields that the model of its request has, of a mock that
refuses unknown parameters. The values do not matter. Prints what failed and "N passed, N failed".
"""

import inspect
import json
import re
import sys
import typing
import urllib.error
import urllib.request

from alibabacloud_ecs20140526 import models as ecs_models

from clients import New
from mock_ecs import Mock
from refused import Refused


def actions(endpoint):
    """The actions of ECS that the mock has, as the error of one that it does not have lists them."""
    try:
        urllib.request.urlopen(f"http://{endpoint}/?Action=None&Version=2014-05-26&Format=JSON")
    except urllib.error.HTTPError as error:
        message = json.load(error)["Message"]
        return re.search(r"Of this product it has (.*)\.$", message)[1].split(", ")
    raise RuntimeError("an action that is not there was not refused")


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
    passed, failed = 0, []
    with Mock(binary, "--auth", "off", "--unknown-parameters", "refuse") as mock:
        client = New(mock.endpoint, "mock-access-key", "mock-secret-key")
        for action in actions(mock.endpoint):
            try:
                client.send(action, full(getattr(ecs_models, f"{action}Request")))
            except Refused as error:
                if error.code in ("InvalidApi.NotFound", "UnsupportedParameter"):
                    failed.append(f"{action}: {error.message}")
                    continue
            passed += 1
    for failure in failed:
        print(f"FAILED {failure}")
    print(f"parameters: {passed} passed, {len(failed)} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
