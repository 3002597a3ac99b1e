"""What all clients raise."""


class Refused(Exception):
    """An error that the service answered; the status is None where an SDK does not say it."""

    def __init__(self, status, code, message):
        super().__init__(f"{status} {code}: {message}")
        self.status, self.code, self.message = status, code, message


class Unsayable(Exception):
    """The types of the SDK cannot hold the parameters."""
