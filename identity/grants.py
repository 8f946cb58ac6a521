"""The grants of the token endpoint: read the form, prove the client, ask the service."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar, Literal, cast

from authlib.oauth2.rfc6749 import BaseGrant, ClientMixin, TokenEndpointMixin

from identity.domain import CLIENT_CREDENTIALS, JWT_BEARER, TOKEN_EXCHANGE, TokenRequest, policy_for
from identity.errors import MalformedRequest, ScopeTooWide
from identity.repository import Credentials
from identity.roles import ALL_SCOPES
from identity.service import IssuedToken, TokenIssuer
from kernel.auth.principal import Scope

AuthMethod = Literal["client_secret_basic", "client_secret_post"]
AUTH_METHODS: tuple[AuthMethod, ...] = ("client_secret_basic", "client_secret_post")
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105 - a type's name
_JWT = "urn:ietf:params:oauth:token-type:jwt"


class Form(dict[str, str]):
    """The parameters of a token request, each given once; one without a value counts as left out."""

    def required(self, name: str) -> str:
        """A parameter's value; raises MalformedRequest naming it when it is missing."""
        value = self.get(name)
        if not value:
            raise MalformedRequest(f"The parameter {name} is missing.", field=name)
        return value

    def scopes(self) -> frozenset[Scope] | None:
        """The scopes asked for, None for whatever is allowed; raises ScopeTooWide for one that does not exist."""
        asked = frozenset(self.get("scope", "").split())
        if unknown := asked - ALL_SCOPES:
            raise ScopeTooWide(f"There is no scope {' '.join(sorted(unknown))}.", field="scope")
        return cast("frozenset[Scope]", asked) or None

    def request(self, issuer: TokenIssuer, client_id: str) -> TokenRequest:
        """What a client asks for in this form."""
        return issuer.request(client_id, self.get("resource"), self.scopes())


class OAuthClient(ClientMixin):
    """A client as Authlib asks about it."""

    def __init__(self, credentials: Credentials) -> None:
        self.client_id = credentials.client_id
        self._credentials = credentials

    def check_client_secret(self, client_secret: str) -> bool:
        return self._credentials.accepts(client_secret)

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return endpoint == "token" and method in AUTH_METHODS


class TokenGrant(BaseGrant, TokenEndpointMixin, ABC):
    """One grant of one request. Authlib finds it by `GRANT_TYPE`; `issue` has the token made."""

    ANSWER: ClassVar[Mapping[str, str]] = {}
    """Members that the grant adds to a token response."""

    @property
    def form(self) -> Form:
        return cast("Form", self.request.form)

    @abstractmethod
    async def issue(self, issuer: TokenIssuer) -> IssuedToken:
        """Authenticate the client and issue the token; raises facts of `identity.errors`."""

    def authenticated(self) -> str:
        """The id of the client that proved itself and may use this grant."""
        client = cast("OAuthClient", self.server.authenticate_client(self.request, AUTH_METHODS))
        policy_for(client.client_id, str(self.GRANT_TYPE))
        return client.client_id


class ClientCredentials(TokenGrant):
    """RFC 6749 section 4.4."""

    GRANT_TYPE = CLIENT_CREDENTIALS

    async def issue(self, issuer: TokenIssuer) -> IssuedToken:
        return await issuer.for_client(self.form.request(issuer, self.authenticated()))


class TokenExchange(TokenGrant):
    """RFC 8693, as delegation: the authenticated client is the actor."""

    GRANT_TYPE = TOKEN_EXCHANGE
    ANSWER: ClassVar[Mapping[str, str]] = {"issued_token_type": ACCESS_TOKEN}

    async def issue(self, issuer: TokenIssuer) -> IssuedToken:
        client_id = self.authenticated()
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
        return await issuer.for_exchange(self.form.request(issuer, client_id), presented)


class JwtBearer(TokenGrant):
    """RFC 7523 section 2.1: the signed assertion proves the client."""

    GRANT_TYPE = JWT_BEARER

    async def issue(self, issuer: TokenIssuer) -> IssuedToken:
        assertion = self.form.required("assertion")
        if "client_secret" in self.form or "Authorization" in (self.request.headers or {}):
            raise MalformedRequest("The assertion alone proves the client.", field="client_secret", fix="Leave it out.")
        client_id = await issuer.asserting_client(assertion)
        return await issuer.for_assertion(self.form.request(issuer, client_id), assertion)


GRANTS: tuple[type[TokenGrant], ...] = (ClientCredentials, TokenExchange, JwtBearer)
