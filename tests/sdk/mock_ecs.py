"""A mock-ecs of its own for a script, on a free port."""

import json
import signal
import subprocess
import urllib.request


class Mock:
    """Runs as long as the "with" block. Raises an error at its end if mock-ecs does not end well."""

    def __init__(self, binary, *options):
        self.process = subprocess.Popen([binary, *options], stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip().removeprefix("mock-ecs listening on ")
        self.endpoint = self.url.removeprefix("http://")

    def __enter__(self):
        return self

    def __exit__(self, error, *_):
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(10)
        if status != 0 and error is None:
            raise RuntimeError(f"mock-ecs ended with status {status}")

    def admin(self, path, body=None):
        """What the admin API responds, to a POST request if there is a body."""
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(f"{self.url}/_mock/{path}", data=data) as response:
            return json.load(response)

    def advance(self, seconds):
        """Moves the clock of the mock."""
        self.admin("clock", {"advance_seconds": seconds})
