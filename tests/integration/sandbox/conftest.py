"""The sandbox over a real database, reached in process, with a clock that the test moves."""

import asyncio
import secrets
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from cli.stack.postgres import EmbeddedPostgres
from kernel.ids import new_id
from kernel.migrations import migrate
from kernel.settings import Settings
from sandbox.__main__ import CONTEXT
from sandbox.app import create_app
from sandbox.settings import SandboxSettings

ORDER: dict[str, Any] = {
    "name": "Geisha Roast Harvest",
    "objective": "sales",
    "start": "2026-11-02",
    "end": "2026-11-11",
    "currency": "USD",
    "budget": "1000.00",
    "line_items": [
        {
            "platform": "Google Ads",
            "channel": "search",
            "country": "Mexico",
            "region": "Jalisco",
            "audience": "coffee lovers",
            "budget": "600.00",
        },
        {
            "platform": "Meta Ads",
            "channel": "social",
            "country": "Costa Rica",
            "region": "",
            "audience": "young professionals",
            "budget": "400.00",
        },
    ],
    "external_ref": "cmp_1",
}
POST: dict[str, Any] = {
    "channel": "instagram",
    "title": "Harvest",
    "body": "The new Geisha is here.",
    "asset_ref": "ast_1",
    "media": {"url": "https://example.com/geisha.png"},
}
MESSAGE: dict[str, Any] = {
    "channel": "email",
    "to": "ana@example.com",
    "subject": "Hello",
    "body": "Your order is ready.",
    "lead_ref": "lead_1",
}


@dataclass
class Clock:
    """The sandbox's time: a simulated day is two seconds of it."""

    moment: datetime = field(default_factory=lambda: datetime(2026, 11, 2, 9, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.moment

    def pass_days(self, days: float) -> None:
        self.moment += timedelta(seconds=2 * days)


@dataclass
class Account:
    """One account's client of the sandbox."""

    http: httpx2.AsyncClient
    name: str
    clock: Clock

    async def get(self, path: str, **query: str) -> httpx2.Response:
        return await self.http.get(path, params=query, headers={"X-Account": self.name})

    async def write(self, method: str, path: str, body: object = None, *, key: str | None = None) -> httpx2.Response:
        headers = {"X-Account": self.name, "Idempotency-Key": key or secrets.token_hex(8)}
        return await self.http.request(method, path, json=body, headers=headers)

    async def launch(self, **changes: object) -> str:
        """The id of a new campaign."""
        response = await self.write("POST", "/ads/campaigns", ORDER | changes)
        assert response.status_code == 201, response.text
        return str(response.json()["id"])

    async def inject(self, service: str, kind: str, count: int = 1, **more: str) -> None:
        body = {"service": service, "kind": kind, "count": count, **more}
        response = await self.http.put("/control/faults", json=body, headers={"X-Account": self.name})
        assert response.status_code == 200, response.text

    async def state(self) -> dict[str, Any]:
        return (await self.get("/control/state")).json()


@pytest.fixture(scope="session")
async def ready(settings: Settings, postgres: EmbeddedPostgres) -> Settings:
    """The settings of a database that has the sandbox's schema."""
    assert postgres.pid
    await asyncio.to_thread(migrate, settings, CONTEXT)
    return settings


@asynccontextmanager
async def serving(
    settings: Settings, clock: Clock, *, faults: str = "", kinds: str = "", slow_seconds: float = 0.05
) -> AsyncGenerator[httpx2.AsyncClient]:
    """A client, with the API key, of a sandbox with these random faults and kinds of platforms."""
    options = SandboxSettings(timeout_seconds=0.05, faults=faults, kinds=kinds, slow_seconds=slow_seconds)
    app = create_app(settings, options, clock=clock)
    headers = {"Authorization": f"Bearer {settings.client_secret('sandbox')}"}
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=app), base_url="http://sandbox", headers=headers
        ) as client,
    ):
        yield client


@pytest.fixture(scope="session")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
async def http(ready: Settings, clock: Clock) -> AsyncIterator[httpx2.AsyncClient]:
    async with serving(ready, clock) as client:
        yield client


@pytest.fixture
def account(http: httpx2.AsyncClient, clock: Clock) -> Account:
    return Account(http, new_id("acc"), clock)
