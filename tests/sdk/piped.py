"""Clients in other languages: a program for each SDK, which reads requests from a pipe.

A request is a line of JSON with `client` (which of the program's clients), `endpoint`, `key`, `secret`, `token`,
`operation` (`describe_images`, `describe_regions` or `assume_role`) and `parameters` under the names of the API.
The answer is a line with `answer`, or with `status`, `code` and `message` of a refusal, or with `unsayable` where the
types of the SDK cannot hold the parameters, or with `broken`.
"""

import json
import subprocess

from refused import Refused, Unsayable

ROLE = "acs:ram::1234567890123456:role/reader"


class Program:
    """A running program."""

    def __init__(self, command):
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )

    def call(self, request):
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        # An SDK may print lines of its own.
        for line in self.process.stdout:
            if line.startswith("{"):
                return json.loads(line)
        raise RuntimeError(f"the program ended with status {self.process.wait()}")

    def end(self):
        self.process.stdin.close()
        self.process.wait(30)


class Piped:
    """One client of a program; subclasses say which."""

    program = client = name = None

    def __init__(self, endpoint, key, secret, token=None):
        self.base = {
            "client": self.client, "endpoint": endpoint, "key": key, "secret": secret, "token": token or ""
        }

    def _send(self, operation, parameters):
        reply = self.program.call({**self.base, "operation": operation, "parameters": parameters})
        if "answer" in reply:
            return reply["answer"]
        if "unsayable" in reply:
            raise Unsayable(reply["unsayable"])
        if "broken" in reply:
            raise RuntimeError(f"{self.name}: {reply['broken']}")
        status, message = reply.get("status"), reply["message"].split(" request id:")[0]
        raise Refused(status, reply["code"], message.removeprefix(f"code: {status}, "))

    def describe_images(self, parameters):
        return self._send("describe_images", parameters)

    def describe_regions(self):
        return self._send("describe_regions", {})

    def assume_role(self):
        role = {"RoleArn": ROLE, "RoleSessionName": "sdk-check", "DurationSeconds": 900}
        return self._send("assume_role", role)


def clients(program, names):
    """The clients of a program, as classes: `names` has the name of each by its word in the protocol."""
    return [type("Client", (Piped,), {"program": program, "client": word, "name": name}) for word, name in names.items()]
