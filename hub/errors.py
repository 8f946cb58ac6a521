"""Facts of the hub."""

from kernel.errors import Unavailable


class SourceUnavailable(Unavailable):
    """A context's export views cannot be read."""
