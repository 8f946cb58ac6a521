"""Access tokens that the hub's verifier trusts."""

import time

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from kernel.auth import Scope
from kernel.ids import new_id
from kernel.settings import Settings


class Issuer:
    """Signs access tokens that the hub's verifier trusts."""

    def __init__(self, settings: Settings) -> None:
        self._key = ECKey.generate_key("P-256", {"kid": "issuer-1"})
        self._settings = settings

    async def keys(self, *, refresh: bool = False) -> KeySet:
        return KeySet([self._key])

    def headers(self, tenant: str, *scopes: Scope, audience: str | None = None) -> dict[str, str]:
        at = int(time.time())
        claims = {
            "iss": self._settings.issuer,
            "aud": audience or self._settings.audience("hub"),
            "sub": "user:marketer",
            "tenant": tenant,
            "scope": " ".join(scopes),
            "roles": ["marketer"],
            "client_id": "cli",
            "jti": new_id("tok"),
            "iat": at,
            "exp": at + 300,
        }
        token = jwt.encode({"alg": "ES256", "typ": "at+jwt", "kid": "issuer-1"}, claims, self._key)
        return {"Authorization": f"Bearer {token}"}
