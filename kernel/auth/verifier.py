"""Verify RFC 9068 access tokens against the issuer's published keys."""

import asyncio
import hashlib
import time
from collections import OrderedDict
from datetime import UTC, datetime
from typing import Any, Protocol, cast

import httpx2
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from kernel.auth.principal import Principal
from kernel.errors import Unauthenticated, Unavailable
from kernel.settings import Settings

_ALGORITHMS = ["ES256"]
_SKEW_SECONDS = 5
_CACHE_SECONDS = 60
_CACHE_SIZE = 4096
_KEYS_MAX_AGE = 300
_KEYS_MIN_AGE = 5


class InvalidToken(Unauthenticated):
    """The token is missing, malformed, expired, or not for this service."""


class IssuerUnavailable(Unavailable):
    """The authorization server's keys cannot be fetched."""


class KeySource(Protocol):
    async def keys(self, *, refresh: bool = False) -> KeySet: ...


class RemoteKeys:
    """A JWKS document, fetched when first needed and again for an unknown key, at most every few seconds."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._keys: KeySet | None = None
        self._fetched_at = 0.0
        self._lock = asyncio.Lock()

    async def keys(self, *, refresh: bool = False) -> KeySet:
        async with self._lock:
            age = time.monotonic() - self._fetched_at
            if self._keys is None or age > _KEYS_MAX_AGE or (refresh and age > _KEYS_MIN_AGE):
                self._keys = await self._fetch()
                self._fetched_at = time.monotonic()
            return self._keys

    async def _fetch(self) -> KeySet:
        try:
            async with httpx2.AsyncClient(timeout=5, trust_env=False) as client:
                response = (await client.get(self._url)).raise_for_status()
            return KeySet.import_key_set(response.json())
        except (httpx2.HTTPError, ValueError, KeyError, JoseError) as error:
            if self._keys is not None:
                return self._keys
            raise IssuerUnavailable(f"No signing keys from {self._url} ({type(error).__name__}).") from error


class TokenVerifier:
    """Verifies tokens for one audience. Positive results are kept for at most a minute."""

    def __init__(self, settings: Settings, audience: str, *, keys: KeySource | None = None) -> None:
        self._issuer = settings.issuer
        self._audience = audience
        self._keys = keys or RemoteKeys(f"{settings.issuer}/.well-known/jwks.json")
        self._cache: OrderedDict[bytes, tuple[float, Principal]] = OrderedDict()

    async def verify(self, token: str) -> Principal:
        """The principal a token stands for; raises InvalidToken or IssuerUnavailable."""
        key = hashlib.sha256(token.encode()).digest()
        cached = self._cache.get(key)
        if cached and cached[0] > time.monotonic() and cached[1].expires_at > datetime.now(UTC):
            return cached[1]
        principal = self._principal(await self._claims(token), token)
        self._cache[key] = (time.monotonic() + _CACHE_SECONDS, principal)
        if len(self._cache) > _CACHE_SIZE:
            self._cache.popitem(last=False)
        return principal

    async def ping(self) -> None:
        """Raise IssuerUnavailable while the signing keys are unknown."""
        await self._keys.keys()

    async def _claims(self, token: str) -> dict[str, Any]:
        try:
            return _decode(token, await self._keys.keys())
        except InvalidKeyIdError:  # the issuer may have rotated its keys
            try:
                return _decode(token, await self._keys.keys(refresh=True))
            except InvalidKeyIdError as error:
                raise InvalidToken("The token was signed with an unknown key.") from error

    def _principal(self, claims: dict[str, Any], token: str) -> Principal:
        if claims.get("iss") != self._issuer:
            raise InvalidToken("The token comes from another issuer.")
        audiences: Any = claims.get("aud")
        if self._audience not in (cast("list[object]", audiences) if isinstance(audiences, list) else [audiences]):
            raise InvalidToken("The token was issued for another resource.")
        now = time.time()
        expires, not_before = claims.get("exp"), claims.get("nbf", 0)
        if not isinstance(expires, int) or not isinstance(not_before, int):
            raise InvalidToken("The token has no valid lifetime.")
        if expires + _SKEW_SECONDS < now:
            raise InvalidToken("The token has expired.")
        if not_before - _SKEW_SECONDS > now:
            raise InvalidToken("The token is not valid yet.")
        subject, token_id = claims.get("sub"), claims.get("jti")
        if not isinstance(subject, str) or not isinstance(token_id, str):
            raise InvalidToken("The token names no subject or has no id.")
        return Principal(
            subject=subject,
            tenant=str(claims.get("tenant", "")),
            scopes=frozenset(str(claims.get("scope", "")).split()),
            roles=tuple(claims.get("roles", ())),
            client_id=str(claims.get("client_id", "")),
            actors=_actors(claims.get("act")),
            token_id=token_id,
            expires_at=datetime.fromtimestamp(expires, UTC),
            token=token,
        )


def _decode(token: str, keys: KeySet) -> dict[str, Any]:
    """Check signature, algorithm and type. Raises InvalidKeyIdError for an unknown key, else InvalidToken."""
    try:
        decoded = jwt.decode(token, keys, algorithms=_ALGORITHMS)
    except InvalidKeyIdError:
        raise
    except (JoseError, ValueError) as error:
        raise InvalidToken("The token's signature or form is not valid.") from error
    if str(decoded.header.get("typ", "")).lower().removeprefix("application/") != "at+jwt":
        raise InvalidToken("This is not an access token.")
    return dict(decoded.claims)


def _actors(act: object) -> tuple[str, ...]:
    chain: list[str] = []
    while isinstance(act, dict) and len(chain) < 8:
        claim = cast("dict[str, object]", act)
        chain.append(str(claim.get("sub", "")))
        act = claim.get("act")
    return tuple(chain)
