"""Read a source's change: rows whose last writer finished between two points of the source's own history.

`change_id` is the transaction that wrote a row last. A run reads from the last watermark up to the oldest transaction
that is still open, so a transaction that commits late is read by a later run, and nothing is read twice.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import tuple_row

from hub.errors import SourceUnavailable
from hub.pipeline.sources import TENANT_VIEWS, Source
from kernel.database import Connection, Database

BEGINNING = "0"
_POLL_SECONDS = 0.05
_MISSING = (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName, psycopg.errors.InsufficientPrivilege)


@dataclass(frozen=True, slots=True)
class Change:
    """An open read of a source."""

    watermark: str
    """Where the next run begins."""
    _connection: Connection
    _source: Source
    _since: str
    _batch_rows: int

    async def batches(self) -> AsyncGenerator[list[tuple[Any, ...]]]:
        """Changed rows in the order of the source's columns, in batches."""
        query = sql.SQL("SELECT {} FROM {} WHERE change_id >= %s::xid8 AND change_id < %s::xid8").format(
            sql.SQL(", ").join(map(sql.Identifier, self._source.columns)), sql.Identifier(*self._source.view)
        )
        async with self._connection.cursor("change", row_factory=tuple_row) as cursor:
            await cursor.execute(query, (self._since, self.watermark))
            while rows := await cursor.fetchmany(self._batch_rows):
                yield rows


@asynccontextmanager
async def open_change(
    sources: Database, source: Source, tenant: str, since: str, batch_rows: int
) -> AsyncGenerator[Change]:
    """The change since a watermark, seen in one snapshot. Raises SourceUnavailable where the view is missing."""
    try:
        async with sources.system() as connection:
            await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            await connection.execute("SELECT set_config('app.tenant', %s, true)", (tenant,))
            row = await (
                await connection.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS xmin")
            ).fetchone()
            assert row is not None  # noqa: S101 - a SELECT without FROM gives one row
            rewound = int(since) > int(row["xmin"])  # the source was restored or moved: its history began anew
            yield Change(row["xmin"], connection, source, BEGINNING if rewound else since, batch_rows)
    except _MISSING as error:
        raise SourceUnavailable(f"{'.'.join(source.view)} cannot be read ({type(error).__name__}).") from error


async def settled(sources: Database, *, patience_seconds: float) -> None:
    """Wait until what is committed now can be read: a write that is still open elsewhere holds back later ones."""
    async with sources.system() as connection, asyncio.timeout(patience_seconds):
        row = await (await connection.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS now")).fetchone()
        while row is not None:
            later = await connection.execute(
                "SELECT 1 WHERE pg_snapshot_xmin(pg_current_snapshot()) >= %s::xid8", (row["now"],)
            )
            if await later.fetchone():
                return
            await asyncio.sleep(_POLL_SECONDS)


async def tenants(sources: Database) -> set[str]:
    """Every tenant that has something in a source that can be read."""
    found: set[str] = set()
    for view in TENANT_VIEWS:
        try:
            async with sources.system() as connection:
                rows = await connection.execute(sql.SQL("SELECT tenant FROM {}").format(sql.Identifier(*view)))
                found |= {row["tenant"] for row in await rows.fetchall()}
        except _MISSING:
            continue
    return found
