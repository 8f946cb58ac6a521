"""Grants: signed by the approval queue, for one action at one server, used once, gone after a minute."""

import time
from dataclasses import dataclass
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError

from kernel.auth.keys import KeySource, RemoteKeys, published_at
from kernel.gate.errors import GrantRefused
from kernel.settings import Service, Settings

GRANT_TYPE = "grant+jwt"
GRANT_SECONDS = 60
_SKEW_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Grant:
    action_id: str
    tenant: str
    digest: str
    fence: int
    token_id: str


class GrantVerifier:
    def __init__(self, settings: Settings, server: Service, *, keys: KeySource | None = None) -> None:
        self._issuer = settings.url("approvals")
        self._audience = settings.audience(server)
        self._keys = keys or RemoteKeys(settings, published_at(f"{self._issuer}/.well-known/jwks.json"))

    async def verify(self, token: str) -> Grant:
        """The grant a token carries; raises GrantRefused."""
        try:
            decoded = jwt.decode(token, await self._keys.keys(), algorithms=["ES256"])
        except (JoseError, ValueError) as error:
            raise GrantRefused("The grant's signature is not valid.") from error
        if decoded.header.get("typ") != GRANT_TYPE:
            raise GrantRefused("This is not a grant.")
        return self._grant(dict(decoded.claims))

    def _grant(self, claims: dict[str, Any]) -> Grant:
        issued, expires, now = claims.get("iat"), claims.get("exp"), time.time()
        if claims.get("iss") != self._issuer or claims.get("aud") != self._audience:
            raise GrantRefused("The grant is for another server or from another issuer.")
        if not isinstance(issued, int) or not isinstance(expires, int) or expires - issued > GRANT_SECONDS:
            raise GrantRefused("The grant lives longer than a grant may.")
        if expires + _SKEW_SECONDS < now or issued - _SKEW_SECONDS > now:
            raise GrantRefused("The grant has lapsed.")
        try:
            return Grant(
                action_id=str(claims["sub"]),
                tenant=str(claims["tenant"]),
                digest=str(claims["dig"]),
                fence=int(claims["fence"]),
                token_id=str(claims["jti"]),
            )
        except (KeyError, ValueError) as error:
            raise GrantRefused("The grant lacks a claim.") from error
