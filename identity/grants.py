"""The grants of the token endpoint: read the form, prove the client, ask the service."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, cast

from authlib.oauth2.rfc6749 import BaseGrant, TokenEndpointMixin
from authlib.oauth2.rfc7636.challenge import CODE_VERIFIER_PATTERN

from identity.client_authentication import AUTH_METHODS, CONFIDENTIAL, AuthMethod, TokenMessage, authenticated
from identity.clients.client import Client
from identity.domain import (
    AUTHORIZATION_CODE,
    CLIENT_CREDENTIALS,
    JWT_BEARER,
    REFRESH_TOKEN,
    TOKEN_EXCHANGE,
    TokenRequest,
    require_grant,
)
from identity.errors import MalformedRequest
from identity.forms import Form
from identity.letting import Letting, Redemption
from identity.service import IssuedToken, TokenIssuer

ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105 - a type's name
_JWT = "urn:ietf:params:oauth:token-type:jwt"


@dataclass(frozen=True, slots=True)
class Desk:
    """Who issues what."""

    issuer: TokenIssuer
    letting: Letting


class TokenGrant(BaseGrant, TokenEndpointMixin, ABC):
    """One grant of one request. Authlib finds it by `GRANT_TYPE`; `issue` has the token made."""

    ANSWER: ClassVar[Mapping[str, str]] = {}
    """Members that the grant adds to a token response."""
    METHODS: ClassVar[tuple[AuthMethod, ...]] = CONFIDENTIAL
    """How its clients authenticate."""

    @property
    def message(self) -> TokenMessage:
        return cast("TokenMessage", self.request)

    @property
    def form(self) -> Form:
        return self.message.form

    @abstractmethod
    async def issue(self, desk: Desk) -> IssuedToken:
        """Authenticate the client and issue the token; raises facts of `identity.errors`."""

    async def authenticated(self, desk: Desk) -> Client:
        """The client that proved itself and may use this grant."""
        client = await authenticated(desk.issuer.client, self.message, self.METHODS)
        require_grant(client, str(self.GRANT_TYPE))
        return client

    def asked(self, desk: Desk, client: Client) -> TokenRequest:
        """What the client asks for in this form."""
        return desk.issuer.request(client, self.form.get("resource"), self.form.scopes())


class AuthorizationCode(TokenGrant):
    """RFC 6749 section 4.1.3 with RFC 7636: a code for the tokens of a new family."""

    GRANT_TYPE = AUTHORIZATION_CODE
    METHODS = AUTH_METHODS

    async def issue(self, desk: Desk) -> IssuedToken:
        client = await self.authenticated(desk)
        verifier = self.form.required("code_verifier")
        if not CODE_VERIFIER_PATTERN.fullmatch(verifier):
            raise MalformedRequest(
                "The code_verifier is not 43 to 128 unreserved characters.", field="code_verifier", fix="See RFC 7636."
            )
        presented = Redemption(
            code=self.form.required("code"),
            redirect_uri=self.form.required("redirect_uri"),
            verifier=verifier,
            resource=self.form.get("resource"),
        )
        return await desk.letting.redeem(client, presented, self.message.arrival)


class RefreshToken(TokenGrant):
    """RFC 6749 section 6, rotating: each refresh token works once."""

    GRANT_TYPE = REFRESH_TOKEN
    METHODS = AUTH_METHODS

    async def issue(self, desk: Desk) -> IssuedToken:
        client = await self.authenticated(desk)
        token, resource = self.form.required("refresh_token"), self.form.get("resource")
        return await desk.letting.refresh(client, token, resource, self.form.scopes_of_family(), self.message.arrival)


class ClientCredentials(TokenGrant):
    """RFC 6749 section 4.4."""

    GRANT_TYPE = CLIENT_CREDENTIALS

    async def issue(self, desk: Desk) -> IssuedToken:
        client = await self.authenticated(desk)
        return await desk.issuer.for_client(self.asked(desk, client))


class TokenExchange(TokenGrant):
    """RFC 8693, as delegation: the authenticated client is the actor."""

    GRANT_TYPE = TOKEN_EXCHANGE
    ANSWER: ClassVar[Mapping[str, str]] = {"issued_token_type": ACCESS_TOKEN}

    async def issue(self, desk: Desk) -> IssuedToken:
        client = await self.authenticated(desk)
        presented = self.form.required("subject_token")
        if self.form.required("subject_token_type") not in {ACCESS_TOKEN, _JWT}:
            raise MalformedRequest(
                "Only access tokens are exchanged.", field="subject_token_type", fix=f"Use {ACCESS_TOKEN}."
            )
        if self.form.get("requested_token_type", ACCESS_TOKEN) not in {ACCESS_TOKEN, _JWT}:
            raise MalformedRequest(
                "Only access tokens are issued.", field="requested_token_type", fix=f"Use {ACCESS_TOKEN}."
            )
        if "actor_token" in self.form:
            raise MalformedRequest("The actor is the authenticated client.", field="actor_token", fix="Leave it out.")
        if "audience" in self.form:
            raise MalformedRequest("Audiences are not named here.", field="audience", fix="Use resource.")
        return await desk.issuer.for_exchange(self.asked(desk, client), presented)


class JwtBearer(TokenGrant):
    """RFC 7523 section 2.1: the signed assertion proves the client."""

    GRANT_TYPE = JWT_BEARER

    async def issue(self, desk: Desk) -> IssuedToken:
        assertion = self.form.required("assertion")
        if "client_secret" in self.form or "Authorization" in (self.request.headers or {}):
            raise MalformedRequest("The assertion alone proves the client.", field="client_secret", fix="Leave it out.")
        client = await desk.issuer.asserting_client(assertion)
        return await desk.issuer.for_assertion(client, self.asked(desk, client), assertion)


GRANTS: tuple[type[TokenGrant], ...] = (AuthorizationCode, RefreshToken, ClientCredentials, TokenExchange, JwtBearer)
