"""Why a token is refused. Each fact also names its RFC 6749 / 8707 error code.

Refusal
├── MalformedRequest     InvalidInput     invalid_request
├── ScopeTooWide         Forbidden        invalid_scope
├── TargetRefused        Forbidden        invalid_target
├── GrantUnknown         InvalidInput     unsupported_grant_type
├── ClientRejected       Unauthenticated  invalid_client
├── GrantNotAllowed      Forbidden        unauthorized_client
├── SubjectTokenInvalid  Unauthenticated  invalid_grant
├── AssertionInvalid     Unauthenticated  invalid_grant
└── AssertionReplayed    Conflict         invalid_grant

KeysUnreadable (Unavailable) and InsecureIssuer, WeakSecret (InvalidInput) stop the process instead.
"""

from typing import ClassVar, Literal

from kernel.errors import Conflict, Forbidden, InvalidInput, PromptSalesError, Unauthenticated, Unavailable

OAuthError = Literal[
    "invalid_request",
    "invalid_client",
    "invalid_grant",
    "unauthorized_client",
    "unsupported_grant_type",
    "invalid_scope",
    "invalid_target",
]


class Refusal(PromptSalesError):
    """A token that is not issued."""

    oauth_error: ClassVar[OAuthError] = "invalid_request"


class MalformedRequest(Refusal, InvalidInput):
    """A parameter is missing, repeated or not understood."""


class GrantUnknown(Refusal, InvalidInput):
    """There is no such grant type here."""

    oauth_error = "unsupported_grant_type"


class ScopeTooWide(Refusal, Forbidden):
    """A scope was asked for that something on the way does not allow."""

    oauth_error = "invalid_scope"


class TargetRefused(Refusal, Forbidden):
    """The resource is missing, unknown, or not one the client may reach."""

    oauth_error = "invalid_target"


class ClientRejected(Refusal, Unauthenticated):
    """The client did not prove who it is."""

    oauth_error = "invalid_client"


class GrantNotAllowed(Refusal, Forbidden):
    """The client may not use this grant type."""

    oauth_error = "unauthorized_client"


class SubjectTokenInvalid(Refusal, Unauthenticated):
    """The token presented for exchange is not a live token that this client may present."""

    oauth_error = "invalid_grant"


class AssertionInvalid(Refusal, Unauthenticated):
    """The assertion is not a fresh one, signed by its client, about a known user."""

    oauth_error = "invalid_grant"


class AssertionReplayed(Refusal, Conflict):
    """The assertion was used before."""

    oauth_error = "invalid_grant"


class KeysUnreadable(Unavailable):
    """A key file does not hold what it should."""


class InsecureIssuer(InvalidInput):
    """The issuer's address is neither https nor loopback."""


class WeakSecret(InvalidInput):
    """A client secret is too short to be stored as a plain hash."""
