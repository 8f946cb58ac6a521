"""Facts of the hub."""

from kernel.errors import InvalidInput, NotFound, Unavailable


class ClientNotFound(NotFound):
    """There is no such client company."""


class InvalidClient(InvalidInput):
    """A client whose data contradicts itself."""


class SourceUnavailable(Unavailable):
    """A context's export views cannot be read."""
