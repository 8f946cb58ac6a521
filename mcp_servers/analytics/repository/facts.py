"""What the hub holds for a tenant, read as `promptsales_analytics`, which can read and nothing else."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, cast

from psycopg.errors import QueryCanceled
from psycopg.sql import SQL

from kernel.database import Connection, Database
from mcp_servers.analytics.domain.catalogue import Facts, SourceData, Value
from mcp_servers.analytics.errors import QueryTooSlow
from mcp_servers.analytics.repository.compile import Compiled


class FactsRepository:
    def __init__(self, database: Database, *, timeout_ms: int, default_time_zone: str = "UTC") -> None:
        self._database = database
        self._timeout_ms = timeout_ms
        self._default_time_zone = default_time_zone

    @asynccontextmanager
    async def reading(self, tenant: str) -> "AsyncGenerator[TenantFacts]":
        """The tenant's data at one moment. Raises QueryTooSlow when a statement needs more than the time allowed."""
        async with self._database.snapshot(tenant, timeout_ms=self._timeout_ms) as connection:
            try:
                yield TenantFacts(connection, self._default_time_zone)
            except QueryCanceled as error:
                raise QueryTooSlow(
                    f"The query took more than {self._timeout_ms} ms.", fix="Ask for a shorter period or fewer rows."
                ) from error

    async def run(self, tenant: str, compiled: Compiled) -> list[dict[str, Any]]:
        """Rows of one compiled query. Raises QueryTooSlow."""
        async with self.reading(tenant) as data:
            return await data.run(compiled)

    async def sources(self, tenant: str) -> list[dict[str, Any]]:
        """Freshness of every source the pipeline has read for the tenant."""
        async with self.reading(tenant) as data:
            return await data.sources()


class TenantFacts:
    """One tenant's data at one moment: whatever is read through it belongs together."""

    def __init__(self, connection: Connection, default_time_zone: str) -> None:
        self._connection = connection
        self._default_time_zone = default_time_zone

    async def run(self, compiled: Compiled) -> list[dict[str, Any]]:
        """Rows of a compiled query."""
        cursor = await self._connection.execute(SQL(cast("Any", compiled.sql)), compiled.parameters)
        return await cursor.fetchall()

    async def coverage(self) -> tuple[int, dict[str, SourceData]]:
        """What moves whenever the pipeline changed a row of the tenant, and each source's extent."""
        cursor = await self._connection.execute(
            "SELECT source, rows_total AS rows, data_from AS first_day, data_through AS last_day, last_run_at,"
            " data_version FROM hub.freshness_v1"
        )
        rows = await cursor.fetchall()
        version = sum(cast("int", row.pop("data_version")) for row in rows)
        return version, {row["source"]: SourceData(**row) for row in rows}

    async def facts(self) -> Facts:
        """Everything a catalogue is built from."""
        version, sources = await self.coverage()
        cursor = await self._connection.execute("SELECT dimension, value, id FROM hub.values_v1 ORDER BY 1, 2, 3")
        values = tuple(Value(row["dimension"], row["value"], row["id"]) for row in await cursor.fetchall())
        cursor = await self._connection.execute("SELECT time_zone, reporting_currency FROM hub.tenants")
        tenant = await cursor.fetchone() or {}
        return Facts(
            version,
            tenant.get("time_zone", self._default_time_zone),
            values,
            sources,
            tenant.get("reporting_currency"),
        )

    async def sources(self) -> list[dict[str, Any]]:
        """Freshness of every source the pipeline has read."""
        cursor = await self._connection.execute(
            "SELECT source, last_run_at, watermark::text AS watermark, rows_total, data_from, data_through,"
            " data_version FROM hub.freshness_v1 ORDER BY source"
        )
        return await cursor.fetchall()
