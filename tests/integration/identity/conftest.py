"""An issuer over a real database, reached in process."""

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx2
import psycopg
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from cli.stack.keys import ensure_passwords
from cli.stack.postgres import EmbeddedPostgres
from cli.stack.valkey import EmbeddedValkey
from identity.__main__ import CONTEXT
from identity.app import open_app
from identity.keys import CLI_ASSERTION, TOKEN_SIGNING, SigningKeys, initialise
from kernel.auth import Principal, Role, TokenClient, TokenVerifier
from kernel.ids import new_id
from kernel.migrations import migrate
from kernel.settings import Service, Settings
from tests.conftest import free_offset
from tests.support.browser import Application, Browser, give_passwords

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"


class PublishedKeys:
    """The keys a resource server sees."""

    def __init__(self, http: httpx2.AsyncClient) -> None:
        self._http = http

    async def keys(self, *, refresh: bool = False) -> KeySet:
        return KeySet.import_key_set((await self._http.get("/.well-known/jwks.json")).json())


@dataclass(frozen=True)
class Issuer:
    """The issuer under test, with what its clients hold."""

    settings: Settings
    http: httpx2.AsyncClient
    signing: SigningKeys
    transport: httpx2.ASGITransport

    def browser(self) -> Browser:
        """A browser that nobody is signed in with."""
        return Browser(self.settings.issuer, self.transport)

    def application(self) -> Application:
        """A public application of a third party."""
        return Application(self.http, self.settings)

    async def post(self, form: dict[str, str], client: str | None = None) -> httpx2.Response:
        """POST /oauth/token, authenticated by HTTP Basic as `client`."""
        headers = self.basic(client, self.settings.client_secret(client)) if client else {}
        return await self.http.post("/oauth/token", data=form, headers=headers)

    def basic(self, client: str, secret: str) -> dict[str, str]:
        return {"Authorization": f"Basic {base64.b64encode(f'{client}:{secret}'.encode()).decode()}"}

    async def exchange(self, client: str, presented: str, service: Service, **form: str) -> httpx2.Response:
        body = {
            "grant_type": EXCHANGE,
            "subject_token": presented,
            "subject_token_type": ACCESS_TOKEN,
            "resource": self.settings.audience(service),
        }
        return await self.post(body | form, client)

    async def assert_user(self, assertion: str, service: Service, **form: str) -> httpx2.Response:
        body = {"grant_type": JWT_BEARER, "assertion": assertion, "resource": self.settings.audience(service)}
        return await self.post(body | form)

    def tokens_for(self, client: str) -> TokenClient:
        return TokenClient(self.settings, client, http=self.http)

    async def user_token(self, role: Role, service: Service) -> str:
        """A fresh token of a demonstration user, as the command line gets it."""
        return await self.tokens_for("cli").assertion(role, service)

    async def verify(self, token: str, service: Service) -> Principal:
        """Read a token as that service does, with the keys this issuer publishes."""
        async with TokenVerifier(self.settings, self.settings.audience(service), keys=PublishedKeys(self.http)) as own:
            return await own.verify(token)

    def assertion(self, changes: dict[str, object] | None = None, *, key: ECKey | None = None) -> str:
        """An assertion of the command line about the marketer, changed as asked; None drops a claim."""
        now = int(time.time())
        stated: dict[str, object] = {
            "iss": "cli",
            "sub": "user:marketer",
            "aud": f"{self.settings.issuer}/oauth/token",
            "iat": now,
            "exp": now + 60,
            "jti": new_id("asr"),
        }
        claims = {name: value for name, value in (stated | (changes or {})).items() if value is not None}
        own = ECKey.import_key(json.loads(self.settings.key_file(CLI_ASSERTION).read_text()))
        return jwt.encode({"alg": "ES256"}, claims, key or own)

    def token(self, **changes: object) -> str:
        """An access token of the marketer at the orchestrator, signed by the issuer, changed as asked."""
        now = int(time.time())
        claims: dict[str, object] = {
            "iss": self.settings.issuer,
            "sub": "user:marketer",
            "aud": self.settings.audience("orchestrator"),
            "scope": "ads:read ads:write actions:propose",
            "tenant": "solid-demo",
            "roles": ["marketer"],
            "client_id": "cli",
            "jti": new_id("tok"),
            "iat": now,
            "exp": now + 3600,
        }
        return self.signing.sign({name: value for name, value in (claims | changes).items() if value is not None})


@pytest.fixture(scope="session")
async def settings(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Settings]:
    """A stack of its own, with nothing but the issuer's schema."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("data"), port_offset=free_offset())
    ensure_passwords(settings)
    initialise(settings.keys_dir)
    server = EmbeddedPostgres(settings, durable=False)
    cache = EmbeddedValkey(settings)
    await asyncio.gather(server.start(), cache.start())
    try:
        await asyncio.to_thread(migrate, settings, CONTEXT)
        yield settings
    finally:
        await asyncio.gather(server.stop(), cache.stop())


@pytest.fixture(scope="session")
async def issuer(settings: Settings) -> AsyncIterator[Issuer]:
    async with open_app(settings) as app:
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url=settings.issuer) as http:
            yield Issuer(settings, http, SigningKeys.load(settings.key_file(TOKEN_SIGNING)), transport)


@pytest.fixture
async def admin(settings: Settings) -> AsyncIterator[psycopg.AsyncConnection]:
    """The database as its administrator sees it."""
    async with await psycopg.AsyncConnection.connect(settings.admin_database_url(), autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="session")
async def marketer(issuer: Issuer) -> AsyncIterator[Browser]:
    """A browser in which the marketer is signed in."""
    await give_passwords(issuer.settings, "user:marketer")
    async with issuer.browser() as browser:
        assert (await browser.sign_in("marketer@demo.example")).headers["location"] == "/account"
        yield browser


def refusal(response: httpx2.Response) -> tuple[int, str, str]:
    """Status, error code and description of a refused request."""
    body = response.json()
    assert set(body) == {"error", "error_description"}
    assert response.headers["cache-control"] == "no-store"
    return response.status_code, body["error"], body["error_description"]
