"""The exceptions of all clients."""


class Refused(Exception):
    """An error that the service returned; the status is None if an SDK does not report it."""

    def __init__(self, status, code, message):
        super().__init__(f"{status} {code}: {message}")
        self.status, self.code, self.message = status, code, message


class Unsayable(Exception):
    """The types of the SDK cannot hold the parameters."""
