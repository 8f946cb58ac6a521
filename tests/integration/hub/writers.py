"""Several sessions that change one tenant's rows at once, each in a transaction of its own, as a random script says."""

from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any, Self

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row

from tests.integration.hub.sources import Sources

_FIRST = datetime(2026, 9, 20, 12, tzinfo=UTC)
_REFUSED = (
    psycopg.errors.LockNotAvailable,
    psycopg.errors.DeadlockDetected,
    psycopg.errors.UniqueViolation,
    psycopg.errors.ForeignKeyViolation,
)
"""What happens when sessions meet; the one that meets it gives its transaction up."""


@dataclass
class Writers:
    """A few sessions and what they may do next; every choice comes from `chance`."""

    url: str
    tenant: str
    chance: Random
    sessions: int = 4
    _open: list[AsyncConnection[DictRow]] = field(default_factory=list[AsyncConnection[DictRow]])
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def __aenter__(self) -> Self:
        for _ in range(self.sessions):
            connection = await self._stack.enter_async_context(
                await AsyncConnection[DictRow].connect(self.url, row_factory=dict_row)
            )
            self._open.append(connection)
        return self

    async def __aexit__(self, *exc: object) -> None:
        for connection in self._open:
            await connection.rollback()
        await self._stack.aclose()

    async def step(self) -> None:
        """One session does one thing: changes something, commits, or thinks better of it."""
        connection = self.chance.choice(self._open)
        match self.chance.choices(["change", "commit", "roll back"], weights=[70, 25, 5])[0]:
            case "commit":
                await connection.commit()
            case "roll back":
                await connection.rollback()
            case _:
                try:
                    await connection.execute("SET LOCAL lock_timeout = '30ms'")
                    await self._change(connection)
                except _REFUSED:
                    await connection.rollback()

    async def settle(self) -> None:
        """Commit whatever is open."""
        for connection in self._open:
            await connection.commit()

    async def _change(self, connection: AsyncConnection[DictRow]) -> None:
        source = Sources(connection, self.tenant)
        kind = self.chance.choices(["campaign", "metric", "lead", "sale", "asset"], weights=[20, 45, 15, 15, 5])[0]
        match kind:
            case "campaign":
                await self._change_campaign(source)
            case "metric":
                await self._change_metric(source)
            case "lead":
                await self._change_row(source, "crm.leads", "lead_id", f"l-{self.chance.randrange(8)}", self._lead())
            case "sale":
                await self._change_row(source, "crm.sales", "sale_id", f"s-{self.chance.randrange(8)}", self._sale())
            case _:
                await self._change_row(source, "content.assets", "id", f"a-{self.chance.randrange(3)}", self._asset())

    async def _change_row(self, source: Sources, table: str, key: str, name: str, values: dict[str, Any]) -> None:
        """Insert, correct, delete or rename a row; what is not there is not changed."""
        match self.chance.choices(["put", "delete", "rename"], weights=[60, 25, 15])[0]:
            case "put":
                found = await source.connection.execute(
                    f"SELECT 1 FROM {table} WHERE tenant = %s AND {key} = %s".encode(), (self.tenant, name)
                )
                if await found.fetchone():
                    await source.correct(table, {key: name}, **values)
                else:
                    await source.add(table, {key: name, **values})
            case "delete":
                await source.remove(table, {key: name})
            case _:
                await source.correct(table, {key: name}, **{key: f"{name[:2]}{self.chance.randrange(8)}"})

    async def _change_campaign(self, source: Sources) -> None:
        name = self._campaign_id()
        match self.chance.choices(["put", "correct", "delete"], weights=[40, 40, 20])[0]:
            case "put":
                await source.add("ads.campaigns", {"campaign_id": name, **self._campaign()})
            case "correct":
                await source.correct("ads.campaigns", {"campaign_id": name}, **self._campaign())
            case _:
                await source.remove("ads.metrics", {"campaign_id": name})
                await source.remove("ads.campaigns", {"campaign_id": name})

    async def _change_metric(self, source: Sources) -> None:
        key = self._metric_key()
        match self.chance.choices(["put", "correct", "delete", "move"], weights=[45, 25, 20, 10])[0]:
            case "put":
                await source.add("ads.metrics", {**key, **self._metric()})
            case "correct":
                await source.correct("ads.metrics", key, **self._metric())
            case "delete":
                await source.remove("ads.metrics", key)
            case _:
                await source.correct("ads.metrics", key, **self._metric_key())

    def _campaign_id(self) -> str:
        return f"c-{self.chance.randrange(5)}"

    def _campaign(self) -> dict[str, Any]:
        return {
            "name": f"Campaign {self.chance.randrange(4)}",
            "client": self.chance.choice(["Acme", "Cafe Alta"]),
            "product": self.chance.choice(["", "Shoes", "Geisha"]),
            "currency": self.chance.choice(["USD", "EUR"]),
        }

    def _metric_key(self) -> dict[str, Any]:
        return {
            "campaign_id": self._campaign_id(),
            "date": (_FIRST + timedelta(days=self.chance.randrange(80))).date(),
            "region": self.chance.choice(["", "San José", "CDMX"]),
            "line_item": self.chance.choice(["", "a"]),
        }

    def _metric(self) -> dict[str, Any]:
        return {
            "platform": self.chance.choice(["Google Ads", "TikTok"]),
            "channel": self.chance.choice(["search", "video"]),
            "country": self.chance.choice(["Costa Rica", "Mexico"]),
            "audience": self.chance.choice(["", "young"]),
            "currency": self.chance.choice(["USD", "EUR", "MXN"]),
            "spend": Decimal(self.chance.randrange(0, 500)) / 100,
            "impressions": self.chance.randrange(1000),
            "clicks": self.chance.randrange(50),
        }

    def _moment(self) -> datetime:
        return _FIRST + timedelta(hours=self.chance.randrange(80 * 24))

    def _lead(self) -> dict[str, Any]:
        return {
            "created_at": self._moment(),
            "campaign_id": self.chance.choice([None, self._campaign_id()]),
            "client": self.chance.choice(["Acme", "Cafe Alta"]),
            "status": self.chance.choice(["new", "won"]),
        }

    def _sale(self) -> dict[str, Any]:
        return {
            "sold_at": self._moment(),
            "campaign_id": self.chance.choice([None, self._campaign_id()]),
            "product": self.chance.choice(["", "Shoes"]),
            "platform": self.chance.choice([None, "", "TikTok"]),
            "amount": Decimal(self.chance.randrange(0, 9_000)) / 100,
            "currency": self.chance.choice(["USD", "EUR", "MXN"]),
        }

    def _asset(self) -> dict[str, Any]:
        return {"product": self.chance.choice(["Shoes", "Geisha"]), "updated_at": self._moment()}
