"""The token endpoint: Authlib's framework-neutral core between an HTTP form and the grants.

Authlib authenticates clients and picks the grant; refusals of ours and of Authlib's leave as RFC 6749 section 5.2 says.
"""

import re
from collections.abc import Collection, Mapping
from typing import cast
from urllib.parse import parse_qsl

from authlib.oauth2 import AuthorizationServer, OAuth2Request
from authlib.oauth2.rfc6749 import InvalidClientError, OAuth2Payload, UnsupportedGrantTypeError
from starlette.requests import Request
from starlette.responses import JSONResponse

from identity.errors import ClientRejected, GrantUnknown, MalformedRequest, Refusal
from identity.grants import GRANTS, Form, OAuthClient, TokenGrant
from identity.repository import Credentials
from identity.service import TokenIssuer
from kernel.errors import PromptSalesError, Unavailable
from kernel.logs import logger

_FORM = "application/x-www-form-urlencoded"
_MAX_BODY = 64 * 1024
_MAX_PARAMETERS = 32
_MAX_DESCRIPTION = 500
_NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
_NOT_IN_DESCRIPTION = re.compile(r"[^ !#-\[\]-~]")


class _Payload(OAuth2Payload):
    def __init__(self, form: Form) -> None:
        self._form = form

    @property
    def data(self) -> Form:
        return self._form


class TokenMessage(OAuth2Request):
    """An HTTP token request as Authlib reads it."""

    def __init__(self, uri: str, headers: Mapping[str, str], form: Form) -> None:
        super().__init__("POST", uri, None, headers)  # pyright: ignore[reportUnknownMemberType] - its body is untyped
        self.payload = _Payload(form)
        self._form = form

    @property
    def form(self) -> Form:
        return self._form


class TokenServer(AuthorizationServer):
    """Answers token requests. One for the process; it keeps nothing of a request."""

    def __init__(self, issuer: TokenIssuer) -> None:
        super().__init__()
        self._issuer = issuer
        self._clients: Mapping[str, Credentials] = {}
        for grant in GRANTS:
            self.register_grant(grant)

    async def respond(self, request: Request) -> JSONResponse:
        """The response to POST /oauth/token, whatever the request holds."""
        try:
            form = await read_form(request)
            self._clients = await self._issuer.clients()
            grant = self._grant(TokenMessage(self._issuer.token_endpoint, request.headers, form))
            token = await grant.issue(self._issuer)
        except Refusal as refusal:
            return _error(refusal.oauth_error, refusal, 401 if isinstance(refusal, ClientRejected) else 400)
        except Unavailable as error:
            return _error("temporarily_unavailable", error, 503)
        body = {
            "access_token": token.access_token,
            "token_type": "Bearer",
            "expires_in": token.expires_in,
            "scope": token.scope,
            **grant.ANSWER,
        }
        return JSONResponse(body, headers=_NO_STORE)

    def _grant(self, message: TokenMessage) -> TokenGrant:
        asked = message.form.required("grant_type")
        try:
            return cast("TokenGrant", self.get_token_grant(message))
        except UnsupportedGrantTypeError as error:
            known = " ".join(str(grant.GRANT_TYPE) for grant in GRANTS)
            raise GrantUnknown(
                f"There is no grant {asked}.", field="grant_type", fix=f"Use one of: {known}."
            ) from error

    def query_client(self, client_id: str) -> OAuthClient:
        """A client by its id, for Authlib to authenticate."""
        credentials = self._clients.get(client_id)
        if credentials is None:
            raise _rejected()
        return OAuthClient(credentials)

    def authenticate_client(
        self, request: OAuth2Request, methods: Collection[str], endpoint: str = "token"
    ) -> OAuthClient:
        """The client a request proves to be from; the same refusal whether it is unknown or its secret wrong."""
        form = cast("Form", request.form)
        if "client_secret" in form and "Authorization" in (request.headers or {}):
            raise MalformedRequest(
                "The client authenticates in two ways.", field="client_secret", fix="Use one of them."
            )
        try:
            client = cast("OAuthClient", super().authenticate_client(request, methods, endpoint))
        except (InvalidClientError, ValueError) as error:  # ValueError: a header that is not base64 of UTF-8
            raise _rejected() from error
        if form.get("client_id", client.client_id) != client.client_id:
            raise MalformedRequest("client_id names another client than the one authenticated.", field="client_id")
        return client

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """Authlib announces its steps here; nobody listens."""


async def read_form(request: Request) -> Form:
    """The parameters of a form request; raises MalformedRequest for another type, a repeated or an endless one."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise MalformedRequest("The body is not a form.", field="content-type", fix=f"Send {_FORM}.")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MAX_BODY:
            raise MalformedRequest(f"The body has more than {_MAX_BODY} bytes.")
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MAX_PARAMETERS, errors="strict")
    except ValueError as error:
        raise MalformedRequest("The body is not a form in UTF-8 of a few parameters.") from error
    names = [name for name, _ in pairs]
    if repeated := [name for name in names if names.count(name) > 1]:
        raise MalformedRequest(f"The parameter {repeated[0]} is repeated.", field=repeated[0], fix="Give it once.")
    return Form((name, value) for name, value in pairs if value)


def _rejected() -> ClientRejected:
    return ClientRejected(
        "The client is unknown or its secret is wrong.",
        field="client_secret",
        fix="Send client_id and client_secret by HTTP Basic, or in the form.",
    )


def _error(code: str, error: PromptSalesError, status: int) -> JSONResponse:
    description = _NOT_IN_DESCRIPTION.sub("?", str(error))[:_MAX_DESCRIPTION]
    logger(__name__).info("token refused", error=code, reason=error.code, detail=description)
    headers = dict(_NO_STORE)
    if status == 401:
        headers["WWW-Authenticate"] = f'Basic realm="token endpoint", error="{code}"'
    if status == 503:
        headers["Retry-After"] = "1"
    return JSONResponse({"error": code, "error_description": description}, status_code=status, headers=headers)
