"""Facts of the hub."""

from kernel.errors import InvalidInput, Unavailable


class SourceUnavailable(Unavailable):
    """A context's export views cannot be read."""


class InvalidRate(InvalidInput):
    """A currency rate that says nothing."""
