"""The issuer over real servers, and its administration as several organisations' people see it."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, cast

import httpx2
import psycopg
import pytest
from argon2 import PasswordHasher
from redis.asyncio import Redis

from cli.stack.postgres import EmbeddedPostgres
from cli.stack.valkey import EmbeddedValkey
from identity.__main__ import CONTEXT
from identity.administration.routes import Administration
from identity.app import ROLE, open_app
from identity.keys import TOKEN_SIGNING, SigningKeys
from identity.people.attempts import Attempts
from identity.people.passwords import Passwords
from identity.revoking import Revoker
from kernel.auth.revocations import Denylist
from kernel.database import Database
from kernel.ids import new_id
from kernel.migrations import migrate
from kernel.settings import Settings

OPERATOR = "solid-demo"
PASSWORD = "four unrelated words here"


@dataclass(frozen=True)
class Server:
    """The running issuer, and its use cases over the same database."""

    settings: Settings
    http: httpx2.AsyncClient
    signing: SigningKeys
    administration: Administration
    database: Database
    passwords: Passwords
    attempts: Attempts

    def token(
        self,
        subject: str = "user:admin",
        tenant: str = OPERATOR,
        *,
        scope: str = "identity:admin",
        audience: str | None = None,
        actors: tuple[str, ...] = (),
    ) -> str:
        """A token as the issuer makes it."""
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self.settings.issuer,
            "sub": subject,
            "aud": audience or self.settings.issuer,
            "scope": scope,
            "tenant": tenant,
            "roles": ["admin"],
            "client_id": "cli",
            "jti": new_id("tok"),
            "iat": now,
            "exp": now + 900,
        }
        for actor in reversed(actors):
            claims["act"] = {"sub": actor, **({"act": claims["act"]} if "act" in claims else {})}
        return self.signing.sign(claims)

    def administrator(self, subject: str = "user:admin", tenant: str = OPERATOR) -> "Caller":
        return Caller(self.http, self.token(subject, tenant))

    def holder(self, token: str) -> "Caller":
        return Caller(self.http, token)

    async def join(self, link: str, name: str = "Ana Pérez") -> str:
        """Accept an invitation; the subject it led to."""
        accepted = await self.administration.invitations.accept(secret_of(link), name, PASSWORD)
        return accepted.subject

    async def user(self, *roles: str, email: str | None = None) -> str:
        """A new user of the operator's organisation; the subject."""
        body = {"email": email or f"{new_id('p')}@example.com", "roles": roles or ["viewer"]}
        sent = (await self.administrator().post("/v1/invitations", body)).json()
        return await self.join(sent["link"])

    async def tenant(self) -> tuple[str, str]:
        """A new organisation with an administrator: its name and their subject."""
        name = new_id("t").replace("_", "-")
        body = {
            "tenant": name,
            "name": "Acme",
            "time_zone": "America/Costa_Rica",
            "admin_email": f"admin@{name}.example",
        }
        made = await self.administrator().post("/v1/tenants", body)
        assert made.status_code == 201, made.text
        return name, await self.join(made.json()["invitation"]["link"])


@dataclass(frozen=True)
class Caller:
    """Calls the API with one token."""

    http: httpx2.AsyncClient
    token: str

    async def get(self, path: str, **params: str | int) -> httpx2.Response:
        return await self.http.get(path, params=params, headers=self._headers())

    async def post(self, path: str, body: object = None) -> httpx2.Response:
        return await self.http.post(path, json=body if body is not None else {}, headers=self._headers())

    async def patch(self, path: str, body: object) -> httpx2.Response:
        return await self.http.patch(path, json=body, headers=self._headers())

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@pytest.fixture(scope="session")
async def server(settings: Settings, postgres: EmbeddedPostgres, valkey: EmbeddedValkey) -> AsyncIterator[Server]:
    await asyncio.to_thread(migrate, settings, CONTEXT)
    async with AsyncExitStack() as stack:
        app = await stack.enter_async_context(open_app(settings))
        transport = httpx2.ASGITransport(app=app)
        http = await stack.enter_async_context(httpx2.AsyncClient(transport=transport, base_url=settings.issuer))
        database = await stack.enter_async_context(Database.open(settings.role_database_url(ROLE)))
        denylist = Denylist(settings)
        stack.push_async_callback(denylist.aclose)
        passwords = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        stack.callback(passwords.close)
        cache = cast("Redis", cast("Any", Redis).from_url(settings.cache_url()))
        stack.push_async_callback(cache.aclose)
        attempts, revoker = Attempts(cache), Revoker(database, denylist)
        administration = Administration.over(database, settings.issuer, passwords, attempts, revoker)
        signing = SigningKeys.load(settings.key_file(TOKEN_SIGNING))
        yield Server(settings, http, signing, administration, database, passwords, attempts)


@pytest.fixture
async def admin(settings: Settings, server: Server) -> AsyncIterator[psycopg.AsyncConnection]:
    """The database as its administrator sees it."""
    async with await psycopg.AsyncConnection.connect(settings.admin_database_url(), autocommit=True) as connection:
        yield connection


def secret_of(link: str) -> str:
    """The secret in a link."""
    return link.partition("token=")[2]


def problem(response: httpx2.Response) -> tuple[int, str, str | None]:
    """Status, code and field of a refusal."""
    body = response.json()
    assert response.headers["content-type"] == "application/problem+json", response.text
    return response.status_code, body["code"], body.get("field")
