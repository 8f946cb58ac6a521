"""Verify access tokens against the keys of the issuers that are trusted here."""

import hashlib
import json
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, cast

from joserfc import jws
from joserfc.errors import InvalidKeyIdError, JoseError, UnsupportedAlgorithmError
from joserfc.jwk import KeySet

from kernel.auth.claims import Claims, InvalidToken, Read, read_foreign, read_own
from kernel.auth.issuers import TrustedIssuer, embedded_issuer, other_issuers
from kernel.auth.keys import KeySource
from kernel.auth.principal import Principal
from kernel.auth.resource import ProtectedResource
from kernel.auth.revocations import Denylist
from kernel.auth.roles import RESOURCES, Resource
from kernel.settings import NotConfigured, Settings

MAX_TOKEN_BYTES = 8192
_MAX_HEADER_BYTES = 2048
_CACHE_SECONDS = 60
_CACHE_SIZE = 4096
_UNREADABLE = (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError)


class Revocations(Protocol):
    """What a verifier asks of a `Denylist`."""

    @property
    def epoch(self) -> int | None: ...

    async def covers(
        self, *, token_id: str, session: str, tenant: str, subject: str, issued_at: int, client_id: str
    ) -> bool: ...

    async def ping(self) -> None: ...

    async def aclose(self) -> None: ...


class TokenVerifier:
    """Verifies tokens for one audience. Close it, or use it in `async with`.

    Positive results are kept for at most a minute, until anything is revoked anywhere. While nobody can say what was
    revoked, no token is accepted.
    """

    def __init__(
        self,
        settings: Settings,
        audience: str,
        *,
        keys: KeySource | None = None,
        denylist: Revocations | None = None,
    ) -> None:
        """`audience` is a service's of the settings; `keys` replaces the embedded issuer's published ones."""
        self._audience = audience
        self._resource: Resource = _resource(settings, audience)
        self.protected = ProtectedResource.of(settings, self._resource)
        """The resource that the tokens are for."""
        self._denylist: Revocations = denylist or Denylist(settings)
        self._issuers: Mapping[str, _Issuer] = _issuers(settings, keys)
        self._cache: OrderedDict[bytes, tuple[float, Principal]] = OrderedDict()
        self._cached_in: int | None = None

    async def __aenter__(self) -> "TokenVerifier":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Stop following revocations."""
        await self._denylist.aclose()

    async def verify(self, token: str) -> Principal:
        """The principal a token stands for; raises InvalidToken, IssuerUnavailable or DenylistUnavailable."""
        if len(token) > MAX_TOKEN_BYTES:
            raise InvalidToken("The token is too long.")
        key = hashlib.sha256(token.encode(errors="replace")).digest()
        epoch = self._denylist.epoch
        if epoch != self._cached_in:
            self._cache.clear()
            self._cached_in = epoch
        cached = self._cache.get(key)
        if epoch is not None and cached is not None and cached[0] > time.monotonic():
            return cached[1]
        principal = await self._verified(token)
        if epoch is not None and epoch == self._denylist.epoch == self._cached_in:
            left = principal.expires_at.timestamp() - time.time()
            self._cache[key] = (time.monotonic() + min(_CACHE_SECONDS, left), principal)
            if len(self._cache) > _CACHE_SIZE:
                self._cache.popitem(last=False)
        return principal

    async def ping(self) -> None:
        """Raise Unavailable while no token can be verified: the first issuer's keys, or what is revoked, is unknown."""
        await next(iter(self._issuers.values())).keys.keys()
        await self._denylist.ping()

    async def _verified(self, token: str) -> Principal:
        envelope = _opened(token)
        issuer = self._issuers.get(envelope.issuer)
        if issuer is None:
            raise InvalidToken("The token comes from another issuer.")
        await issuer.check(envelope.signed)
        read = self._read(issuer.trusted, envelope.claims, token)
        principal = read.principal
        if await self._denylist.covers(
            token_id=principal.token_id,
            session=principal.session,
            tenant=principal.tenant,
            subject=principal.subject,
            issued_at=read.issued_at,
            client_id="" if issuer.trusted else principal.client_id,
        ):
            raise InvalidToken("The token was revoked.")
        return principal

    def _read(self, issuer: TrustedIssuer | None, claims: Claims, token: str) -> Read:
        if issuer is None:
            return read_own(claims, str(claims["iss"]), self._audience, token, time.time())
        return read_foreign(claims, issuer, self._resource, self._audience, token, time.time())


@dataclass(frozen=True, slots=True)
class _Envelope:
    """A token taken apart: nothing of it is believed yet."""

    signed: jws.CompactSignature
    claims: Claims
    issuer: str


class _Issuer:
    """One issuer's keys, and the algorithms and token types that go with these keys and no others."""

    def __init__(self, described: TrustedIssuer, keys: KeySource, trusted: TrustedIssuer | None) -> None:
        self.trusted = trusted
        """None for the embedded issuer."""
        self.keys = keys
        self._types = frozenset(described.token_types)
        self._registry = _Registry(algorithms=described.algorithms, strict_check_header=False)

    async def check(self, signed: jws.CompactSignature) -> None:
        """Check signature, algorithm and type; raises InvalidToken or IssuerUnavailable."""
        if str(signed.protected.get("typ", "")).lower().removeprefix("application/") not in self._types:
            raise InvalidToken("This is not an access token.")
        if "crit" in signed.protected:  # no issuer of ours asks for more than a signature
            raise InvalidToken("The token asks for what is not understood.")
        try:
            valid = self._validates(signed, await self.keys.keys())
        except InvalidKeyIdError:  # the issuer may have rotated its keys
            try:
                valid = self._validates(signed, await self.keys.keys(refresh=True))
            except InvalidKeyIdError as error:
                raise InvalidToken("The token was signed with an unknown key.") from error
        if not valid:
            raise InvalidToken("The token's signature is not valid.")

    def _validates(self, signed: jws.CompactSignature, keys: KeySet) -> bool:
        try:
            return jws.validate_compact(signed, keys, registry=self._registry)
        except InvalidKeyIdError:
            raise
        except _UNREADABLE as error:
            raise InvalidToken("The token's signature or form is not valid.") from error


class _Registry(jws.JWSRegistry):
    """An allow-list and nothing else: what is not on it does not exist."""

    max_header_length = _MAX_HEADER_BYTES

    def get_alg(self, name: str) -> Any:
        if not isinstance(name, str) or name not in (self.allowed or ()):  # pyright: ignore[reportUnnecessaryIsInstance] - a header's value
            raise UnsupportedAlgorithmError("The algorithm is not allowed.")
        return self.algorithms[name]


def _opened(token: str) -> _Envelope:
    try:
        signed = jws.extract_compact(token.encode("ascii"), registry=_OPENING)
        claims = json.loads(signed.payload)
        issuer = claims["iss"]
    except _UNREADABLE as error:
        raise InvalidToken("The token cannot be read.") from error
    if (
        not isinstance(issuer, str)
        or not isinstance(claims, dict)
        or not isinstance(cast("Any", signed.protected), dict)
    ):
        raise InvalidToken("The token cannot be read.")
    return _Envelope(signed, cast("Claims", claims), issuer)


_OPENING = _Registry(strict_check_header=False)


def _issuers(settings: Settings, keys: KeySource | None) -> dict[str, _Issuer]:
    """By name, the embedded one first."""
    issuers: dict[str, _Issuer] = {}
    if settings.embedded_identity:
        own = embedded_issuer(settings)
        issuers[own.issuer] = _Issuer(own, keys or own.remote_keys(settings), None)
    for other in other_issuers(settings):
        issuers[other.issuer] = _Issuer(other, other.remote_keys(settings), other)
    return issuers


def _resource(settings: Settings, audience: str) -> Resource:
    for resource in RESOURCES:
        if settings.audience(resource) == audience:
            return resource
    raise NotConfigured(f"{audience} is no service of this system.")
