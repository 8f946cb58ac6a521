"""Fill an empty tenant with the demo history, through the same doors that anybody's data comes in by.

The clients come last, so that they mean that everything before them is there: a run that was cut short is simply run
again, and what it had loaded counts as unchanged. Once the clients are there, there is nothing to do.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal
from urllib.parse import quote
from zoneinfo import ZoneInfo

import httpx2

from cli.demo.files import Row, as_csv
from cli.demo.generator import History, generate_history
from cli.demo.world import CLIENTS, CURRENCY, TIME_ZONE, Client
from cli.session import document, unreachable
from cli.stack.tasks import together
from kernel.auth import TokenClient
from kernel.clock import now
from kernel.settings import Service, Settings
from kernel.tls import service_http

SeedStatus = Literal["seeded", "already_seeded", "other_data"]

_ROWS_IN_A_FILE = 8_000
_TIMEOUT = httpx2.Timeout(60, connect=3)


@dataclass(frozen=True, slots=True)
class SeedReport:
    """What seeding did. `rows` counts what the imports read; `inserted` what was new to them."""

    status: SeedStatus
    seconds: float
    clients: int = 0
    rows: dict[str, int] = field(default_factory=dict[str, int])
    inserted: dict[str, int] = field(default_factory=dict[str, int])


async def seed_demo(
    settings: Settings, *, today: date | None = None, http: httpx2.AsyncClient | None = None
) -> SeedReport:
    """Load the demo history up to yesterday, unless it or another client's data is there.

    Needs identity, hub, ads and crm to be up. Safe to run again after any failure. Raises Unreachable and Refused.
    """
    begin = time.monotonic()
    async with http or service_http(settings, timeout=_TIMEOUT) as client:
        doors = _Doors(settings, TokenClient(settings, "cli", http=client), client)
        status, missing = _judge(await doors.clients())
        if status != "seeded":
            return SeedReport(status, time.monotonic() - begin)
        day = today or now().astimezone(ZoneInfo(TIME_ZONE)).date()
        reports = await _load(doors, await asyncio.to_thread(generate_history, day))
        await doors.call("hub", "PUT", "/v1/tenant", json={"time_zone": TIME_ZONE})
        await doors.call("hub", "POST", "/v1/pipeline/runs", json={})
        for absent in missing:
            await doors.call("hub", "PUT", f"/v1/clients/{quote(absent.name)}", json=_profile(absent))
    return SeedReport(
        "seeded",
        time.monotonic() - begin,
        clients=len(missing),
        rows={kind: sum(report["rows_read"] for report in files) for kind, files in reports.items()},
        inserted={kind: sum(report["inserted"] for report in files) for kind, files in reports.items()},
    )


def _judge(present: Mapping[str, bool]) -> tuple[SeedStatus, list[Client]]:
    """What to do about a tenant whose clients are these, each complete or not: the outcome and the clients to add."""
    missing = [client for client in CLIENTS if not present.get(client.name)]
    if not missing:
        return "already_seeded", []
    if present and not any(client.name in present for client in CLIENTS):
        return "other_data", []
    return "seeded", missing


@dataclass(frozen=True, slots=True)
class _Doors:
    """The services' REST APIs, as the marketer."""

    settings: Settings
    tokens: TokenClient
    http: httpx2.AsyncClient

    async def clients(self) -> dict[str, bool]:
        """The hub's clients by name, and whether each is complete: the pipeline registers names alone."""
        found: Any = await self.call("hub", "GET", "/v1/clients")
        return {client["name"]: bool(client["industry"]) for client in found["clients"]}

    async def call(self, service: Service, method: str, path: str, **arguments: Any) -> Any:
        token = await self.tokens.assertion("marketer", service)
        headers = {"Authorization": f"Bearer {token}", **arguments.pop("headers", {})}
        url = self.settings.url(service)
        try:
            response = await self.http.request(method, f"{url}{path}", headers=headers, **arguments)
        except httpx2.HTTPError as error:
            raise unreachable(url, error) from error
        return document(response)

    async def send(self, service: Service, kind: str, rows: Sequence[Row]) -> list[dict[str, Any]]:
        """Import rows as files of a bearable size; returns the imports' reports."""
        files = [rows[at : at + _ROWS_IN_A_FILE] for at in range(0, len(rows), _ROWS_IN_A_FILE)]
        return [
            await self.call(
                service,
                "POST",
                f"/v1/imports/{kind}",
                content=as_csv(file).encode(),
                headers={"Content-Type": "text/csv; charset=utf-8"},
            )
            for file in files
        ]


async def _load(doors: _Doors, history: History) -> dict[str, list[dict[str, Any]]]:
    """Metrics beside leads; sales after the leads they close. Returns the imports' reports by kind."""
    reports: dict[str, list[dict[str, Any]]] = {}

    async def ads() -> None:
        reports["ads-metrics"] = await doors.send("ads", "ads-metrics", history.metrics)

    async def crm() -> None:
        reports["leads"] = await doors.send("crm", "leads", history.leads)
        reports["sales"] = await doors.send("crm", "sales", history.sales)

    await together(ads(), crm())
    return reports


def _profile(client: Client) -> dict[str, Any]:
    return {
        "industry": client.industry,
        "products": [
            {
                "name": product.name,
                "price": str(product.price),
                "currency": CURRENCY,
                "description": product.description,
            }
            for product in client.products
        ],
        "audiences": list(client.audiences),
        "markets": list(client.markets),
        "monthly_budget": str(client.monthly_budget),
        "currency": CURRENCY,
        "time_zone": client.time_zone,
    }
