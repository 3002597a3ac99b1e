"""Clients in other languages: a program for each SDK, which reads requests from a pipe.

A request is a line of JSON with `client` (which of the program's clients), `endpoint`, `key`, `secret`, `token`,
`action` and `parameters` under the names of the API. The clients called `old` have the actions DescribeImages,
DescribeRegions and AssumeRole only.
The answer is a line with `answer`, or with `status`, `code` and `message` of a refusal, or with `unsayable` where the
types of the SDK cannot hold the parameters, or with `broken`.
"""

import contextlib
import json
import shlex
import subprocess

from refused import Refused, Unsayable

ROLE = "acs:ram::1234567890123456:role/reader"

# The clients of each program, by their words in its protocol.
LANGUAGES = {
    "go": {
        "old": "Go alibaba-cloud-sdk-go, RPC 1.0",
        "common": "Go alibaba-cloud-sdk-go without models, as the CLI, RPC 1.0",
        "acs3": "Go ecs-20140526, ACS3",
        "rpc1": "Go ecs-20140526, RPC 1.0",
    },
    "java": {
        "old": "Java aliyun-java-sdk-ecs, RPC 1.0",
        "acs3": "Java ecs20140526, ACS3",
        "rpc1": "Java ecs20140526, RPC 1.0",
    },
    "node": {
        "acs3": "Node.js @alicloud/ecs20140526, ACS3",
        "rpc1": "Node.js @alicloud/ecs20140526, RPC 1.0",
    },
}


class Program:
    """A running program."""

    def __init__(self, command):
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )

    def call(self, request):
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        # An SDK may print other lines.
        for line in self.process.stdout:
            if line.startswith("{"):
                return json.loads(line)
        raise RuntimeError(f"the program ended with status {self.process.wait()}")

    def end(self):
        self.process.stdin.close()
        self.process.wait(30)


class Piped:
    """One client of a program; subclasses define which."""

    program = client = name = None

    def __init__(self, endpoint, key, secret, token=None):
        self.base = {
            "client": self.client, "endpoint": endpoint, "key": key, "secret": secret, "token": token or ""
        }

    def call(self, action, parameters):
        reply = self.program.call({**self.base, "action": action, "parameters": parameters})
        if "answer" in reply:
            return reply["answer"]
        if "unsayable" in reply:
            raise Unsayable(reply["unsayable"])
        if "broken" in reply:
            raise RuntimeError(f"{self.name}: {reply['broken']}")
        status, message = reply.get("status"), reply["message"].split(" request id:")[0]
        raise Refused(status, reply["code"], message.removeprefix(f"code: {status}, "))

    def describe_images(self, parameters):
        return self.call("DescribeImages", parameters)

    def describe_regions(self):
        return self.call("DescribeRegions", {})

    def assume_role(self):
        role = {"RoleArn": ROLE, "RoleSessionName": "sdk-check", "DurationSeconds": 900}
        return self.call("AssumeRole", role)


@contextlib.contextmanager
def started(commands):
    """The programs of LANGUAGE=COMMAND, as long as the "with" block runs: a class for each of their clients."""
    programs, kinds = [], []
    try:
        for command in commands:
            language, command = command.split("=", 1)
            program = Program(shlex.split(command))
            programs.append(program)
            for word, name in LANGUAGES[language].items():
                kinds.append(type("Client", (Piped,), {"program": program, "client": word, "name": name}))
        yield kinds
    finally:
        for program in programs:
            program.end()
