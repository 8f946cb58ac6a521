"""An issuer's public keys, fetched when first needed and kept as long as they are good."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, Protocol, cast
from urllib.parse import urlsplit

import httpx2
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, KeySet

from kernel.errors import Unavailable
from kernel.settings import Settings
from kernel.tls import service_http

_MAX_AGE_SECONDS = 300
_MIN_AGE_SECONDS = 5
_STALE_SECONDS = 3600
_ASK_AGAIN_SECONDS = 1
_FETCH_SECONDS = 5
_ASYMMETRIC = ("EC", "RSA", "OKP")
_MIN_RSA_BITS = 2048


class IssuerUnavailable(Unavailable):
    """The authorization server's keys cannot be fetched."""


class KeySource(Protocol):
    async def keys(self, *, refresh: bool = False) -> KeySet: ...


Locate = Callable[[httpx2.AsyncClient], Awaitable[str]]
"""Finds the address of a JWKS document; raises ValueError or an HTTP error when it cannot."""


class RemoteKeys:
    """A JWKS document, fetched again every few minutes, and for an unknown key at most every few seconds.

    While the issuer does not answer, the last keys serve for up to an hour.
    """

    def __init__(self, settings: Settings, locate: Locate, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._locate = locate
        self._clock = clock
        self._keys: KeySet | None = None
        self._fetched_at = float("-inf")
        self._asked_at = float("-inf")
        self._failure: IssuerUnavailable | None = None
        self._lock = asyncio.Lock()

    async def keys(self, *, refresh: bool = False) -> KeySet:
        """The keys; with `refresh` because one is missing. Raises IssuerUnavailable when that cannot be known."""
        async with self._lock:
            if self._due(refresh):
                await self._ask()
            usable = self._keys is not None and self._clock() - self._fetched_at <= _STALE_SECONDS
            if self._keys is None or not usable or (refresh and self._failure is not None):
                raise self._failure or IssuerUnavailable("The signing keys are too old.")
            return self._keys

    def _due(self, refresh: bool) -> bool:
        now = self._clock()
        if self._keys is None:
            return now - self._asked_at > _ASK_AGAIN_SECONDS
        return now - self._asked_at > _MIN_AGE_SECONDS and (refresh or now - self._fetched_at > _MAX_AGE_SECONDS)

    async def _ask(self) -> None:
        where = "the issuer"
        try:
            async with service_http(self._settings, timeout=_FETCH_SECONDS) as http:
                where = await self._locate(http)
                document = cast("object", (await http.get(where)).raise_for_status().json())
            self._keys = public_keys(document)
            self._fetched_at = self._clock()
            self._failure = None
        except (httpx2.HTTPError, ValueError, JoseError) as error:
            self._failure = IssuerUnavailable(f"No signing keys from {where} ({type(error).__name__}).")
            self._failure.__cause__ = error
        finally:
            self._asked_at = self._clock()


def published_at(url: str) -> Locate:
    """The keys of a JWKS document whose address is known."""

    async def locate(_http: httpx2.AsyncClient) -> str:
        return url

    return locate


def discovered_from(issuer: str) -> Locate:
    """The keys that an issuer's own metadata names (OpenID Connect Discovery, else RFC 8414)."""
    parts = urlsplit(issuer)
    path = parts.path.rstrip("/")
    places = (
        f"{issuer.rstrip('/')}/.well-known/openid-configuration",
        f"{parts.scheme}://{parts.netloc}/.well-known/oauth-authorization-server{path}",
    )

    async def locate(http: httpx2.AsyncClient) -> str:
        for place in places:
            answer = await http.get(place)
            if answer.status_code != 200:
                continue
            metadata = cast("dict[str, object]", answer.json())
            address = metadata.get("jwks_uri")
            if metadata.get("issuer") != issuer or not isinstance(address, str) or not is_safe_address(address):
                raise ValueError(f"{place} is not the metadata of {issuer}")
            return address
        raise ValueError(f"{issuer} publishes no metadata")

    return locate


def is_safe_address(url: str) -> bool:
    """Whether what is read there can be believed: https, or http on this machine."""
    parts = urlsplit(url)
    loopback = parts.hostname in ("127.0.0.1", "::1", "localhost")
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and loopback))


def public_keys(document: object) -> KeySet:
    """The keys of a JWKS document that verify signatures; symmetric, private, weak and unreadable ones are ignored.

    Raises ValueError when it is none, or none is left.
    """
    listed = cast("dict[str, object]", document).get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        raise ValueError("not a JWKS document")
    usable = [key for key in map(_public_key, cast("list[object]", listed)) if key is not None]
    if not usable:
        raise ValueError("no usable key")
    return KeySet(usable)


def _public_key(entry: object) -> Any:
    if not isinstance(entry, dict):
        return None
    fields = cast("dict[str, Any]", entry)
    if fields.get("kty") not in _ASYMMETRIC or fields.get("use", "sig") != "sig" or "d" in fields:
        return None
    try:
        if "verify" not in fields.get("key_ops", ["verify"]):
            return None
        if fields["kty"] == "RSA" and len(fields["n"]) * 6 < _MIN_RSA_BITS:
            return None
        return JWKRegistry.import_key(fields)
    except (JoseError, ValueError, KeyError, TypeError):
        return None  # RFC 7517 §5: a key that is not understood is passed over
