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

    async def run(self, tenant: str, compiled: Compiled) -> list[dict[str, Any]]:
        """Rows of a compiled query. Raises QueryTooSlow when the database needs more than the time allowed."""
        async with self._reading(tenant) as connection:
            cursor = await connection.execute(SQL(cast("Any", compiled.sql)), compiled.parameters)
            return await cursor.fetchall()

    async def coverage(self, tenant: str) -> tuple[int, dict[str, SourceData]]:
        """What moves whenever the pipeline changed a row of the tenant, and each source's extent."""
        async with self._reading(tenant) as connection:
            return await _coverage(connection)

    async def sources(self, tenant: str) -> list[dict[str, Any]]:
        """Freshness of every source the pipeline has read for the tenant."""
        async with self._reading(tenant) as connection:
            cursor = await connection.execute(
                "SELECT source, last_run_at, watermark::text AS watermark, rows_total, data_from, data_through,"
                " data_version FROM hub.freshness_v1 ORDER BY source"
            )
            return await cursor.fetchall()

    async def facts(self, tenant: str) -> Facts:
        """Everything a catalogue is built from."""
        async with self._reading(tenant) as connection:
            # The version first: what changes meanwhile is then read again.
            version, sources = await _coverage(connection)
            cursor = await connection.execute("SELECT dimension, value, id FROM hub.values_v1 ORDER BY 1, 2, 3")
            values = tuple(Value(row["dimension"], row["value"], row["id"]) for row in await cursor.fetchall())
            cursor = await connection.execute("SELECT time_zone, reporting_currency FROM hub.tenants")
            tenant_row = await cursor.fetchone() or {}
        return Facts(
            version,
            tenant_row.get("time_zone", self._default_time_zone),
            values,
            sources,
            tenant_row.get("reporting_currency"),
        )

    @asynccontextmanager
    async def _reading(self, tenant: str) -> AsyncGenerator[Connection]:
        async with self._database.transaction(tenant) as connection:
            try:
                await connection.execute(
                    "SELECT set_config('transaction_read_only', 'on', true), set_config('statement_timeout', %s, true)",
                    (str(self._timeout_ms),),
                )
                yield connection
            except QueryCanceled as error:
                raise QueryTooSlow(
                    f"The query took more than {self._timeout_ms} ms.", fix="Ask for a shorter period or fewer rows."
                ) from error


async def _coverage(connection: Connection) -> tuple[int, dict[str, SourceData]]:
    cursor = await connection.execute(
        "SELECT source, rows_total AS rows, data_from AS first_day, data_through AS last_day, last_run_at,"
        " data_version FROM hub.freshness_v1"
    )
    rows = await cursor.fetchall()
    version = sum(cast("int", row.pop("data_version")) for row in rows)
    return version, {row["source"]: SourceData(**row) for row in rows}
