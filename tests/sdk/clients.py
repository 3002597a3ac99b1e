"""The official clients, each behind the same few functions."""

import json
import logging
import re

from alibabacloud_ecs20140526 import client as ecs, models as ecs_models
from alibabacloud_sts20150401 import client as sts, models as sts_models
from alibabacloud_tea_openapi import utils_models
from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.auth.credentials import StsTokenCredential
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.request import CommonRequest
from aliyunsdkecs.request.v20140526.DescribeImagesRequest import DescribeImagesRequest
from aliyunsdksts.request.v20150401.AssumeRoleRequest import AssumeRoleRequest
from darabonba.exceptions import DaraException

from refused import Refused

logging.disable(logging.CRITICAL)

ROLE = "acs:ram::1234567890123456:role/reader"


class Old:
    """aliyun-python-sdk-ecs, which signs with RPC 1.0."""

    name = "aliyun-python-sdk-ecs, RPC 1.0"

    def __init__(self, endpoint, key, secret, token=None):
        self.endpoint = endpoint
        if token:
            credential = StsTokenCredential(key, secret, token)
            self.client = AcsClient(region_id="cn-hangzhou", credential=credential, auto_retry=False)
        else:
            self.client = AcsClient(key, secret, "cn-hangzhou", auto_retry=False)

    def _send(self, request):
        request.set_endpoint(self.endpoint)
        request.set_protocol_type("http")
        request.set_accept_format("JSON")
        try:
            return json.loads(self.client.do_action_with_exception(request))
        except ServerException as error:
            status, code = error.get_http_status(), error.get_error_code()
            raise Refused(status, code, error.get_error_msg()) from None

    def describe_images(self, parameters):
        request = DescribeImagesRequest()
        for name, value in parameters.items():
            if name in ("Tag", "Filter"):
                getattr(request, f"set_{name}s")(value)
            elif hasattr(request, f"set_{name}"):
                getattr(request, f"set_{name}")(value)
            else:
                request.add_query_param(name, value)
        return self._send(request)

    def assume_role(self):
        request = AssumeRoleRequest()
        request.set_RoleArn(ROLE)
        request.set_RoleSessionName("sdk-check")
        request.set_DurationSeconds(900)
        return self._send(request)["Credentials"]

    def describe_regions(self):
        request = CommonRequest(version="2014-05-26", action_name="DescribeRegions")
        request.set_domain(self.endpoint)
        request.set_protocol_type("http")
        request.set_method("POST")
        return json.loads(self.client.do_action_with_exception(request))


class New:
    """alibabacloud_ecs20140526, which signs with ACS3 or, on request, with RPC 1.0."""

    algorithm = None
    name = "alibabacloud_ecs20140526, ACS3"

    def __init__(self, endpoint, key, secret, token=None):
        config = utils_models.Config(
            access_key_id=key,
            access_key_secret=secret,
            security_token=token,
            endpoint=endpoint,
            protocol="http",
            region_id="cn-hangzhou",
            signature_algorithm=self.algorithm,
        )
        self.ecs, self.sts = ecs.Client(config), sts.Client(config)

    @staticmethod
    def _send(call, request):
        try:
            return call(request).body.to_map()
        except DaraException as error:
            status = (error.data or {}).get("statusCode") or getattr(error, "status_code", None)
            message = error.message.split(" request id:")[0]
            raise Refused(status, error.code, message.removeprefix(f"code: {status}, ")) from None

    def call(self, action, parameters):
        """Any action of ECS, with parameters under the names of the API."""
        return self.send(action, getattr(ecs_models, f"{action}Request")().from_map(parameters))

    def send(self, action, request):
        """An action of ECS, with a request model."""
        return self._send(getattr(self.ecs, re.sub(r"(?<=[a-z])(?=[A-Z])", "_", action).lower()), request)

    def describe_images(self, parameters):
        return self.call("DescribeImages", parameters)

    def assume_role(self):
        request = sts_models.AssumeRoleRequest(
            role_arn=ROLE, role_session_name="sdk-check", duration_seconds=900
        )
        return self._send(self.sts.assume_role, request)["Credentials"]

    def describe_regions(self):
        return self.call("DescribeRegions", {})


class NewRpc(New):
    """The same with RPC 1.0."""

    algorithm = "v2"
    name = "alibabacloud_ecs20140526, RPC 1.0"


PYTHON = (Old, New, NewRpc)
