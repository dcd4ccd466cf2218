"""What can prevent a measurement."""


class MeasurementError(Exception):
    """A measurement failed. The next round tries again."""


class MissingError(Exception):
    """Something that the run needs does not exist. The run continues without it, and fails at the end."""


class NotInstalledError(Exception):
    """The language of a peer is not installed. The run continues without the peer."""
