"""The token endpoint: Authlib's framework-neutral core between an HTTP form and the grants.

Authlib picks the grant and authenticates clients; refusals of ours and of Authlib's leave as RFC 6749 section 5.2 says.
"""

import re
from typing import cast

from authlib.oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import UnsupportedGrantTypeError
from starlette.requests import Request
from starlette.responses import JSONResponse

from identity.client_authentication import TokenMessage
from identity.errors import ClientRejected, GrantUnknown, Refusal
from identity.families import Arrival
from identity.forms import read_form
from identity.grants import GRANTS, Desk, TokenGrant
from kernel.errors import PromptSalesError, Unavailable
from kernel.logs import logger

_MAX_DESCRIPTION = 500
NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
_NOT_IN_DESCRIPTION = re.compile(r"[^ !#-\[\]-~]")


class TokenServer(AuthorizationServer):
    """Answers token requests. One for the process; it keeps nothing of a request."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        for grant in GRANTS:
            self.register_grant(grant)

    async def respond(self, request: Request) -> JSONResponse:
        """The response to POST /oauth/token, whatever the request holds."""
        arrival = Arrival()
        try:
            form = await read_form(request)
            grant = self._grant(TokenMessage(self._desk.issuer.token_endpoint, request.headers, form, arrival))
            token = await grant.issue(self._desk)
        except (Refusal, Unavailable) as error:
            return refused(error)
        body: dict[str, object] = {
            "access_token": token.access_token,
            "token_type": "Bearer",
            "expires_in": token.expires_in,
            "scope": token.scope,
            **grant.ANSWER,
        }
        if token.refresh_token is not None:
            body["refresh_token"] = token.refresh_token
        if token.id_token is not None:
            body["id_token"] = token.id_token
        return JSONResponse(body, headers=NO_STORE)

    def _grant(self, message: TokenMessage) -> TokenGrant:
        asked = message.form.required("grant_type")
        try:
            return cast("TokenGrant", self.get_token_grant(message))
        except UnsupportedGrantTypeError as error:
            known = " ".join(str(grant.GRANT_TYPE) for grant in GRANTS)
            raise GrantUnknown(
                f"There is no grant {asked}.", field="grant_type", fix=f"Use one of: {known}."
            ) from error

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """Authlib announces its steps here; nobody listens."""


def refused(error: Refusal | Unavailable) -> JSONResponse:
    """The answer of a refusal, or of something that is out of reach, by RFC 6749 section 5.2."""
    if isinstance(error, Refusal):
        return _error(error.oauth_error, error, 401 if isinstance(error, ClientRejected) else 400)
    return _error("temporarily_unavailable", error, 503)


def described(error: PromptSalesError) -> str:
    """An error as an `error_description`: in the characters that RFC 6749 allows there."""
    return _NOT_IN_DESCRIPTION.sub("?", str(error))[:_MAX_DESCRIPTION]


def _error(code: str, error: PromptSalesError, status: int) -> JSONResponse:
    description = described(error)
    logger(__name__).info("token refused", error=code, reason=error.code, detail=description)
    headers = dict(NO_STORE)
    if status == 401:
        headers["WWW-Authenticate"] = f'Basic realm="token endpoint", error="{code}"'
    if status == 503:
        headers["Retry-After"] = "1"
    return JSONResponse({"error": code, "error_description": description}, status_code=status, headers=headers)
