"""How a process gets tokens of its own from the authorization server. A received token is never passed on."""

import asyncio
import base64
import json
import time
from collections.abc import Iterable
from typing import Any, cast

import httpx2
from joserfc import jwt
from joserfc.jwk import ECKey

from kernel.auth.principal import Role, Scope
from kernel.errors import Forbidden, Unavailable
from kernel.ids import new_id
from kernel.settings import Service, Settings
from kernel.tls import service_http

_RENEW_BEFORE = 20
_CACHE_SIZE = 1024
_ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105 - a type's name


class TokenRefused(Forbidden):
    """The authorization server does not give this token."""


class IdentityUnavailable(Unavailable):
    """The authorization server does not answer."""


class TokenClient:
    """Tokens for one OAuth client, kept until shortly before they expire. Close it, or use it in `async with`."""

    def __init__(self, settings: Settings, client_id: str, *, http: httpx2.AsyncClient | None = None) -> None:
        self._settings = settings
        self._client_id = client_id
        self._http = http or service_http(settings, timeout=10)
        self._cache: dict[tuple[str, ...], tuple[float, str]] = {}
        self._locks: dict[tuple[str, ...], asyncio.Lock] = {}

    async def __aenter__(self) -> "TokenClient":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def client_credentials(self, service: Service, scopes: Iterable[Scope]) -> str:
        """A token for this client itself, for one service."""
        scope = " ".join(sorted(scopes))
        return await self._token(
            ("self", service, scope), {"grant_type": "client_credentials", "scope": scope}, service
        )

    async def exchange(self, subject_token: str, service: Service, scopes: Iterable[Scope]) -> str:
        """A short-lived token for the same subject at another service, this client named in `act` (RFC 8693)."""
        scope = " ".join(sorted(scopes))
        form = {
            "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
            "subject_token": subject_token,
            "subject_token_type": _ACCESS_TOKEN,
            "requested_token_type": _ACCESS_TOKEN,
            "scope": scope,
        }
        return await self._token((subject_token, service, scope), form, service)

    async def assertion(self, role: Role, service: Service) -> str:
        """A token for the embedded identity's user of a role; only for who can read the key directory (RFC 7523)."""
        form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": self._assertion(role)}
        return await self._token(("role", role, service), form, service)

    def _assertion(self, role: Role) -> str:
        key = ECKey.import_key(json.loads(self._settings.key_file("cli-assertion.json").read_text()))
        issued = int(time.time())
        claims = {
            "iss": self._client_id,
            "sub": f"user:{role}",
            "aud": f"{self._settings.issuer}/oauth/token",
            "iat": issued,
            "exp": issued + 60,
            "jti": new_id("asr"),
        }
        return jwt.encode({"alg": "ES256"}, claims, key)

    async def _token(self, key: tuple[str, ...], form: dict[str, str], service: Service) -> str:
        lock = self._locks.setdefault(key, asyncio.Lock())
        async with lock:
            cached = self._cache.get(key)
            if cached and cached[0] > time.time():
                return cached[1]
            answer = await self._request({**form, "resource": self._settings.audience(service)})
            token = str(answer["access_token"])
            lifetime = int(answer.get("expires_in", 60))
            self._forget_expired()
            self._cache[key] = (time.time() + lifetime - min(_RENEW_BEFORE, lifetime // 2), token)
            return token

    def _forget_expired(self) -> None:
        if len(self._cache) >= _CACHE_SIZE:
            self._cache = {key: kept for key, kept in self._cache.items() if kept[0] > time.time()}
            self._locks = {key: lock for key, lock in self._locks.items() if key in self._cache or lock.locked()}

    async def _request(self, form: dict[str, str]) -> dict[str, Any]:
        headers: dict[str, str] = {}
        if "assertion" not in form:
            secret = self._settings.client_secret(self._client_id)
            basic = base64.b64encode(f"{self._client_id}:{secret}".encode()).decode()
            headers["Authorization"] = f"Basic {basic}"
        try:
            response = await self._http.post(f"{self._settings.issuer}/oauth/token", data=form, headers=headers)
        except httpx2.HTTPError as error:
            raise IdentityUnavailable(f"No answer from {self._settings.issuer} ({type(error).__name__}).") from error
        if response.status_code >= 500:
            raise IdentityUnavailable(f"{self._settings.issuer} answered {response.status_code}.")
        body = cast("dict[str, Any]", response.json())
        if response.status_code != 200:
            raise TokenRefused(f"{body.get('error')}: {body.get('error_description', 'no reason given')}")
        return body
