"""The pages over a real database and cache, and browsers that visit them."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import count

import httpx2
import psycopg
import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from psycopg import sql
from redis.asyncio import Redis

from identity import opaque
from identity.administration.invitations import Invitations
from identity.app import ROLE
from identity.clients.client import Client
from identity.clients.registry import ClientRegistry
from identity.clients.repository import ClientRepository
from identity.keys import TOKEN_SIGNING, SigningKeys
from identity.pages.pages import Pages
from identity.pages.routes import page_routes
from identity.people.passwords import Passwords
from identity.people.people import People
from identity.revoking import Revoker
from kernel.auth.revocations import Denylist
from kernel.database import Database
from kernel.ids import new_id
from kernel.settings import Settings

PASSWORD = "a quiet lighthouse at noon"
_numbers = count(1)


class CountingPasswords(Passwords):
    """Real hashing, made quick; knows how often a stored password was really tried."""

    def __init__(self) -> None:
        super().__init__(PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
        self.tried = 0
        self.pretended = 0

    async def match(self, password: str, stored: str | None) -> bool:
        if stored is None:
            self.pretended += 1
        else:
            self.tried += 1
        return await super().match(password, stored)


class NoDocuments:
    """Nobody publishes a client in these tests."""

    async def client(self, client_id: str) -> Client:
        raise AssertionError(client_id)


@dataclass(frozen=True)
class Person:
    tenant: str
    subject: str
    email: str
    password: str = PASSWORD


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append((given["action"], {}))
        elif tag == "input" and given.get("type") == "hidden":
            self.forms[-1][1][given["name"]] = given["value"]


def hidden(page: httpx2.Response, action: str) -> dict[str, str]:
    """The hidden fields of a page's first form that posts to an address."""
    reader = _Reader()
    reader.feed(page.text)
    return next(fields for posts_to, fields in reader.forms if posts_to == action)


@dataclass
class Browser:
    """Keeps cookies and fills in forms as a person does."""

    http: httpx2.AsyncClient

    async def get(self, path: str, **headers: str) -> httpx2.Response:
        return await self.http.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    async def send(self, page: httpx2.Response, action: str, **fields: str) -> httpx2.Response:
        """Fill in the form of a page and send it."""
        return await self.post(action, hidden(page, action) | fields)

    async def post(self, action: str, fields: Mapping[str, str], **headers: str) -> httpx2.Response:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.post(action, data=dict(fields), headers=given)

    async def sign_in(
        self, email: str, password: str = PASSWORD, return_to: str = "/account", **fields: str
    ) -> httpx2.Response:
        page = await self.http.get("/sign-in", params={"return_to": return_to})
        return await self.send(page, "/sign-in", email=email, password=password, **fields)

    @property
    def secret(self) -> str | None:
        return self.http.cookies.get("promptsales-session")


@dataclass
class Site:
    settings: Settings
    app: FastAPI
    people: People
    passwords: CountingPasswords
    invitations: Invitations
    keys: SigningKeys
    database: Database
    admin: psycopg.AsyncConnection
    tenants: list[str] = field(default_factory=list[str])
    _browsers: list[httpx2.AsyncClient] = field(default_factory=list[httpx2.AsyncClient])

    def browser(self, address: str = "203.0.113.5") -> Browser:
        transport = httpx2.ASGITransport(app=self.app, client=(address, 40000))
        http = httpx2.AsyncClient(transport=transport, base_url=self.settings.issuer)
        self._browsers.append(http)
        return Browser(http)

    async def tenant(self, name: str = "Northern Lights") -> str:
        tenant = f"t{next(_numbers)}-{new_id('x')[-8:]}"
        await self.admin.execute(
            "INSERT INTO identity.tenants (tenant, name, time_zone) VALUES (%s, %s, 'UTC')", (tenant, name)
        )
        self.tenants.append(tenant)
        return tenant

    async def person(
        self, tenant: str | None = None, *, email: str = "", password: str = PASSWORD, language: str = "en"
    ) -> Person:
        """Somebody with an account, in an organization of their own unless one is named."""
        home = tenant or await self.tenant()
        subject = f"user:{new_id('usr')}"
        email = email or f"{new_id('p')}@people.example"
        stored = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(password)
        await self.admin.execute(
            """
            INSERT INTO identity.users (tenant, subject, display_name, roles, email, password_hash, language)
            VALUES (%s, %s, 'Ada Example', '{marketer}', %s, %s, %s)
            """,
            (home, subject, email, stored, language),
        )
        return Person(home, subject, email, password)

    async def signed_in(self, person: Person | None = None) -> tuple[Browser, Person]:
        known = person or await self.person()
        browser = self.browser()
        assert (await browser.sign_in(known.email, known.password)).status_code == 303
        return browser, known

    async def family(self, person: Person, browser: Browser | None = None, *, client_name: str = "Tide") -> str:
        """An application that a person connected, from a browser."""
        family_id = new_id("fam")
        place = opaque.read("pss", browser.secret or "") if browser else None
        await self.admin.execute(
            """
            INSERT INTO identity.families (tenant, family_id, subject, client_id, client_name, resources, scopes,
                browser_session, signed_in_at, expires_at)
            VALUES (%s, %s, %s, 'tide', %s, '{ads,content}', '{ads:read,openid}', %s, now(), now() + interval '1 day')
            """,
            (person.tenant, family_id, person.subject, client_name, place.secret_hash if place else None),
        )
        return family_id

    async def why_revoked(self, family_id: str) -> str | None:
        rows = await self.admin.execute(
            "SELECT revoked_because FROM identity.families WHERE family_id = %s", (family_id,)
        )
        row = await rows.fetchone()
        assert row is not None
        return row[0]

    async def clear(self) -> None:
        """Leave the database as it was: other tests share it."""
        await asyncio.gather(*(http.aclose() for http in self._browsers))
        for table in ("families", "browser_sessions", "invitations", "users", "tenants"):
            statement = sql.SQL("DELETE FROM identity.{} WHERE tenant = ANY(%s)").format(sql.Identifier(table))
            await self.admin.execute(statement, (self.tenants,))
        await self.admin.execute("DELETE FROM identity.clients WHERE name = 'Tide'")
        self.tenants.clear()
        self._browsers.clear()


@asynccontextmanager
async def open_site(settings: Settings) -> AsyncGenerator[Site]:
    """The pages, wired as the app wires them, with quick hashing and no wait after a refusal."""
    keys = SigningKeys.load(settings.key_file(TOKEN_SIGNING))
    passwords = CountingPasswords()
    denylist = Denylist(settings)
    async with (
        await psycopg.AsyncConnection.connect(settings.admin_database_url(), autocommit=True) as admin,
        Database.open(settings.role_database_url(ROLE)) as database,
    ):
        revoker = Revoker(database, denylist)
        async with People.open(settings, database, revoker, passwords=passwords, refusal_seconds=0) as people:
            invitations = Invitations(database, settings.issuer, passwords, revoker)
            registry = ClientRegistry(settings, ClientRepository(database), NoDocuments())
            pages = Pages(settings, people.sessions)
            app = FastAPI()
            app.include_router(page_routes(settings, people, pages, registry, revoker, keys, invitations))
            site = Site(settings, app, people, passwords, invitations, keys, database, admin)
            yield site
            await site.clear()
        await denylist.aclose()


@pytest.fixture(scope="session")
async def shared_site(settings: Settings) -> AsyncIterator[Site]:
    async with open_site(settings) as site:
        yield site


@pytest.fixture
async def site(shared_site: Site) -> AsyncIterator[Site]:
    """The pages, with no failures counted yet."""
    async with Redis.from_url(shared_site.settings.cache_url()) as cache:  # pyright: ignore[reportUnknownMemberType]
        async for key in cache.scan_iter("promptsales:sign-in:*"):  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
            await cache.delete(key)  # pyright: ignore[reportUnknownArgumentType]
    shared_site.passwords.tried = shared_site.passwords.pretended = 0
    yield shared_site
    await shared_site.clear()
