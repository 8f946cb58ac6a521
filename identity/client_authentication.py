"""Which client a request is from, by RFC 6749 section 2.3, with Authlib's framework-neutral core."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Literal, cast

from authlib.oauth2 import OAuth2Request
from authlib.oauth2.rfc6749 import ClientAuthentication, ClientMixin, InvalidClientError, OAuth2Payload
from authlib.oauth2.rfc6749.util import extract_basic_authorization

from identity.clients.client import Client
from identity.errors import ClientRejected, MalformedRequest
from identity.families import Arrival
from identity.forms import Form

AuthMethod = Literal["client_secret_basic", "client_secret_post", "none"]
CONFIDENTIAL: tuple[AuthMethod, ...] = ("client_secret_basic", "client_secret_post")
AUTH_METHODS: tuple[AuthMethod, ...] = (*CONFIDENTIAL, "none")

Find = Callable[[str], Awaitable[Client | None]]


class _Payload(OAuth2Payload):
    def __init__(self, form: Form) -> None:
        self._form = form

    @property
    def data(self) -> Form:
        return self._form


class TokenMessage(OAuth2Request):
    """An HTTP request with a form as Authlib reads it."""

    def __init__(self, uri: str, headers: Mapping[str, str], form: Form, arrival: Arrival) -> None:
        super().__init__("POST", uri, None, headers)  # pyright: ignore[reportUnknownMemberType] - its body is untyped
        self.payload = _Payload(form)
        self.arrival = arrival
        self._form = form

    @property
    def form(self) -> Form:
        return self._form


class _OAuthClient(ClientMixin):
    """A client as Authlib asks about it."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def check_client_secret(self, client_secret: str) -> bool:
        return self.client.accepts(client_secret)

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:  # noqa: ARG002 - the same at each
        return self.client.public == (method == "none")


async def authenticated(find: Find, message: TokenMessage, methods: Collection[AuthMethod]) -> Client:
    """The client a request proves to be from; the same refusal whether it is unknown or its secret wrong."""
    headers = message.headers or {}
    if "client_secret" in message.form and "Authorization" in headers:
        raise MalformedRequest("The client authenticates in two ways.", field="client_secret", fix="Use one of them.")
    client_id = _stated(message)
    client = await find(client_id) if client_id else None
    if client is None:
        raise _rejected()

    def query(_client_id: str) -> _OAuthClient:
        return _OAuthClient(client)

    try:
        proved = cast("_OAuthClient", ClientAuthentication(query)(message, methods)).client
    except InvalidClientError as error:
        raise _rejected() from error
    if message.form.get("client_id", client.client_id) != client.client_id:
        raise MalformedRequest("client_id names another client than the one authenticated.", field="client_id")
    return proved


def _stated(message: TokenMessage) -> str | None:
    if "Authorization" not in (message.headers or {}):
        return message.form.get("client_id")
    try:
        client_id, _ = cast(
            "tuple[str | None, str | None]", extract_basic_authorization(cast("dict[str, str]", message.headers))
        )
    except ValueError as error:  # a header that is not base64 of UTF-8
        raise _rejected() from error
    return client_id


def _rejected() -> ClientRejected:
    return ClientRejected(
        "The client is unknown or its secret is wrong.",
        field="client_secret",
        fix="Send client_id and client_secret by HTTP Basic, or in the form; a public client its client_id alone.",
    )
