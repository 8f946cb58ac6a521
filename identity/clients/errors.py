"""Why a client is not accepted. Extends the tree of `identity.errors`.

Refusal
├── ClientUrlRefused     InvalidInput  invalid_client   the client_id is no address of a document that is fetched
├── AddressRefused       Forbidden     invalid_client   its host is not on the public internet
└── MetadataRefused      InvalidInput  invalid_client   what a client says about itself cannot be accepted
    └── RedirectRefused  InvalidInput  invalid_client   nor can an address to send people back to

DocumentUnavailable, LookUpsExhausted, RegistrationsExhausted (Unavailable) pass: try again later.
RegistrationClosed, ClientUnknown (NotFound), TenantUnknown and ClientShapeless (InvalidInput) answer requests about
clients.
"""

from typing import ClassVar, Literal

from identity.errors import Refusal
from kernel.errors import Forbidden, InvalidInput, NotFound, Unavailable

RegistrationError = Literal["invalid_client_metadata", "invalid_redirect_uri"]


class ClientUrlRefused(Refusal, InvalidInput):
    """The client_id looks like a URL and is none that a metadata document is fetched from."""

    oauth_error = "invalid_client"


class AddressRefused(Refusal, Forbidden):
    """The host has an address that this server does not connect to."""

    oauth_error = "invalid_client"


class MetadataRefused(Refusal, InvalidInput):
    """A client's description of itself is not acceptable."""

    oauth_error = "invalid_client"
    registration_error: ClassVar[RegistrationError] = "invalid_client_metadata"
    """RFC 7591 section 3.2.2."""


class RedirectRefused(MetadataRefused):
    """A redirect address is not acceptable."""

    registration_error = "invalid_redirect_uri"


class DocumentUnavailable(Unavailable):
    """The client's metadata document cannot be read."""


class LookUpsExhausted(Unavailable):
    """Too many metadata documents were asked for in a short time."""


class RegistrationsExhausted(Unavailable):
    """Too many clients registered themselves."""


class RegistrationClosed(NotFound):
    """Clients cannot register themselves here."""


class ClientUnknown(NotFound):
    """No client that an operator manages has this id."""


class TenantUnknown(InvalidInput):
    """There is no such tenant."""


class ClientShapeless(InvalidInput):
    """The client could do nothing, or what it is does not go together."""
