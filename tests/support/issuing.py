"""Access tokens that the verifier of one service trusts."""

import time
from collections.abc import Sequence
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from kernel.auth import Scope
from kernel.ids import new_id
from kernel.settings import Service, Settings
from tests.support.identity import MARKETER


class Issuer:
    """Signs tokens for a service; give it to the service's verifier as its keys."""

    def __init__(self, settings: Settings, service: Service) -> None:
        self._key = ECKey.generate_key("P-256", {"kid": "issuer-1"})
        self._settings = settings
        self._service: Service = service

    async def keys(self, *, refresh: bool = False) -> KeySet:
        return KeySet([self._key])

    def token(self, tenant: str = "acme", *, scopes: Sequence[Scope] = MARKETER, **changes: Any) -> str:
        """A marketer's token that lives five minutes, with other claims where they are named."""
        now = int(time.time())
        claims = {
            "iss": self._settings.issuer,
            "aud": self._settings.audience(self._service),
            "sub": "user:marketer",
            "tenant": tenant,
            "scope": " ".join(scopes),
            "roles": ["marketer"],
            "client_id": "cli",
            "jti": new_id("tok"),
            "iat": now,
            "exp": now + 300,
        }
        return jwt.encode({"alg": "ES256", "typ": "at+jwt", "kid": "issuer-1"}, {**claims, **changes}, self._key)

    def headers(self, tenant: str, *scopes: Scope, **changes: Any) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token(tenant, scopes=scopes, **changes)}"}
