"""Who calls a tool: the bearer token over HTTP, the embedded identity's user on stdio."""

import time
from typing import cast

from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.auth.provider import AccessToken
from pydantic import ConfigDict

from kernel.auth import InvalidToken, Principal, Role, TokenClient, TokenVerifier
from kernel.settings import Service, Settings

_RENEW_BEFORE = 60


class VerifiedToken(AccessToken):
    """The SDK's access token with our principal inside."""

    model_config = ConfigDict(arbitrary_types_allowed=True)
    principal: Principal

    @classmethod
    def of(cls, principal: Principal, resource: str) -> "VerifiedToken":
        # Nothing to validate: it was verified. The SDK binds state it hands out to client, issuer and subject; a
        # subject is one only within its tenant.
        return cls.model_construct(
            token=principal.token,
            client_id=principal.client_id,
            scopes=list(principal.scopes),
            expires_at=int(principal.expires_at.timestamp()),
            resource=resource,
            subject=f"{principal.tenant}|{principal.subject}",
            claims={"iss": principal.issuer},
            principal=principal,
        )


class StdioIdentity:
    """A local user of the embedded identity, whose token is renewed as long as the server runs."""

    def __init__(self, settings: Settings, service: Service, verifier: TokenVerifier, role: str) -> None:
        self._tokens = TokenClient(settings, "cli")
        self._service: Service = service
        self._verifier = verifier
        self._role: Role = cast("Role", role)
        self._principal: Principal | None = None

    async def principal(self) -> Principal:
        if self._principal is None or self._principal.expires_at.timestamp() < time.time() + _RENEW_BEFORE:
            self._principal = await self._verifier.verify(await self._tokens.assertion(self._role, self._service))
        return self._principal


def bearer_principal() -> Principal:
    """The principal of the HTTP request being served; raises InvalidToken outside one."""
    token = get_access_token()
    if not isinstance(token, VerifiedToken):
        raise InvalidToken("This needs a bearer token.")
    if not token.principal.tenant:
        raise InvalidToken("The token names no tenant.")
    return token.principal
