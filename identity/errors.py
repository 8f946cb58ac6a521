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
├── AssertionReplayed    Conflict         invalid_grant
├── CodeInvalid          Unauthenticated  invalid_grant
├── RefreshTokenInvalid  Unauthenticated  invalid_grant
├── NothingToLet         Forbidden        access_denied
├── ConsentDenied        Forbidden        access_denied
├── LoginRequired        Unauthenticated  login_required
├── ConsentRequired      Forbidden        consent_required
├── ResponseTypeUnknown  InvalidInput     unsupported_response_type
└── RequestObjectRefused InvalidInput     request_not_supported, request_uri_not_supported

AuthorizationUnsafe (InvalidInput) is told to the person alone, never sent on to where a request says.
RevocationPending (Unavailable): stored, but resource servers could not be told yet.
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
    "access_denied",
    "login_required",
    "consent_required",
    "unsupported_response_type",
    "request_not_supported",
    "request_uri_not_supported",
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


class CodeInvalid(Refusal, Unauthenticated):
    """The code is not a live one of this client for this redirect address and verifier."""

    oauth_error = "invalid_grant"


class RefreshTokenInvalid(Refusal, Unauthenticated):
    """The refresh token is not a live one of this client, or its person may no longer sign in."""

    oauth_error = "invalid_grant"


class NothingToLet(Refusal, Forbidden):
    """Of what a client asks a person for, nothing is theirs to give to it."""

    oauth_error = "access_denied"


class ConsentDenied(Refusal, Forbidden):
    """The person said no."""

    oauth_error = "access_denied"


class LoginRequired(Refusal, Unauthenticated):
    """Nobody is signed in, and the client does not want anybody to be asked."""

    oauth_error = "login_required"


class ConsentRequired(Refusal, Forbidden):
    """The person would have to be asked, and the client does not want that."""

    oauth_error = "consent_required"


class ResponseTypeUnknown(Refusal, InvalidInput):
    """Only codes are handed out."""

    oauth_error = "unsupported_response_type"


class RequestObjectRefused(Refusal, InvalidInput):
    """Requests as JWTs (RFC 9101), by value or by reference, are not read."""

    oauth_error = "request_not_supported"


class RequestUriRefused(RequestObjectRefused):
    """The same, by reference."""

    oauth_error = "request_uri_not_supported"


class AuthorizationUnsafe(InvalidInput):
    """Who asks, or where the answer would go, is not known: it is answered here and sent nowhere."""


class RevocationPending(Unavailable):
    """A revocation is stored, and resource servers will be told as soon as the denylist answers."""


class KeysUnreadable(Unavailable):
    """A key file does not hold what it should."""


class InsecureIssuer(InvalidInput):
    """The issuer's address is neither https nor loopback."""


class WeakSecret(InvalidInput):
    """A client secret is too short to be stored as a plain hash."""
