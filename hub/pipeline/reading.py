"""Read a source's change: rows whose last writer finished between two points of the source's own history.

`change_id` is the transaction that wrote a row last. A run reads from the last watermark up to the oldest transaction
that is still open, so a transaction that commits late is read by a later run, and nothing is read twice.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from hub.errors import SourceUnavailable
from hub.pipeline.passing import Stage, pass_rows, typed
from hub.pipeline.sources import TENANT_VIEWS, Source
from kernel.database import Connection, Database

BEGINNING = "0"
_POLL_SECONDS = 0.05
_MISSING = (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName, psycopg.errors.InsufficientPrivilege)


@dataclass(frozen=True, slots=True)
class Change:
    """An open read of a source, all of it in one snapshot."""

    watermark: str
    """Where the next run begins: what is written from here on is still in flux."""
    _connection: Connection
    _source: Source

    def rewound(self, since: str) -> bool:
        """Whether the source was restored or moved since: its history began anew."""
        return int(since) > int(self.watermark)

    def as_of(self, watermark: str) -> "Change":
        """The same snapshot, seen as by a run that stopped at a watermark: what came after is in flux."""
        return replace(self, watermark=watermark)

    def rows(self, since: str, stage: Stage) -> AsyncGenerator[int]:
        """Fill a stage in the hub with changed rows, a part at a time."""
        query = self._changed(typed(self._source.columns), since, self.watermark)
        return pass_rows(query, self._connection, stage, self._source.columns)

    async def months(self, since: str) -> list[date]:
        """The months that changed rows are of."""
        changed = self._changed(sql.SQL("{} AS month").format(month_of(self._source.day())), since, self.watermark)
        cursor = await self._connection.execute(
            sql.SQL("SELECT DISTINCT month FROM ({}) AS changed ORDER BY month").format(changed)
        )
        return [row["month"] for row in await cursor.fetchall()]

    def deletions(self, since: str, stage: Stage) -> AsyncGenerator[int]:
        """Fill a stage in the hub with the keys of rows that are gone."""
        query = self._deleted(since, self.watermark)
        return pass_rows(query, self._connection, stage, self.key)

    async def in_flux(self, stage: Stage) -> None:
        """Fill a stage in the hub with keys and moments of rows that a later run will bring, with keys of others."""
        dated: dict[str, LiteralString] = {**self.key, self._source.moment: self._source.columns[self._source.moment]}
        for columns, query in (
            (dated, self._changed(typed(dated), self.watermark)),
            (self.key, self._deleted(self.watermark)),
        ):
            async for _ in pass_rows(query, self._connection, stage, columns):
                pass  # one part is all

    async def sums(self, months: Sequence[date] | None) -> list[dict[str, Any]]:
        """Rows and measures by month: of these months, or of all."""
        query = monthly_sums(self._source, sql.Identifier(self._source.schema, self._source.view), months)
        return await (await self._connection.execute(query)).fetchall()

    @property
    def key(self) -> dict[str, LiteralString]:
        """The columns of the key with their types."""
        return {name: self._source.columns[name] for name in self._source.key}

    def _changed(self, columns: sql.Composable, since: str, until: str | None = None) -> sql.Composed:
        """Rows of which something changed in [since, until). Each part of the union is found by an index."""
        selects: list[sql.Composed] = []
        changes = self._source.changed_by
        for n, change in enumerate(changes):
            bounds = [sql.SQL("{} >= {}::xid8").format(sql.Identifier(change), sql.Literal(since))]
            bounds += [sql.SQL("{} < {}::xid8").format(sql.Identifier(c), sql.Literal(since)) for c in changes[:n]]
            if until:
                bounds += [sql.SQL("{} < {}::xid8").format(sql.Identifier(c), sql.Literal(until)) for c in changes]
            selects.append(
                sql.SQL("SELECT {} FROM {} WHERE {}").format(
                    columns,
                    sql.Identifier(self._source.schema, self._source.view),
                    sql.SQL(" AND ").join(bounds),
                )
            )
        return sql.SQL(" UNION ALL ").join(selects)

    def _deleted(self, since: str, until: str | None = None) -> sql.Composed:
        before = sql.SQL(" AND change_id < {}::xid8").format(sql.Literal(until)) if until else sql.SQL("")
        return sql.SQL("SELECT {} FROM {} WHERE relation = {} AND change_id >= {}::xid8{}").format(
            sql.SQL(", ").join(
                sql.SQL("(key ->> {})::{}").format(sql.Literal(name), sql.SQL(kind)) for name, kind in self.key.items()
            ),
            sql.Identifier(self._source.schema, "export_deletions_v1"),
            sql.Literal(self._source.relation),
            sql.Literal(since),
            before,
        )


def monthly_sums(source: Source, relation: sql.Composable, months: Sequence[date] | None) -> sql.Composed:
    """SELECT month, rows and the source's measures of a relation that has the source's columns."""
    day = source.day()
    ranges = [
        sql.SQL("({day} >= {first} AND {day} < {first} + interval '1 month')").format(
            day=day, first=sql.SQL("{}::date").format(sql.Literal(month.isoformat()))
        )
        for month in months or ()
    ]
    return sql.SQL("SELECT {month} AS month, count(*) AS rows{sums} FROM {relation} WHERE {when} GROUP BY 1").format(
        month=month_of(day),
        sums=sql.SQL("").join(
            sql.SQL(", sum({})::numeric AS {}").format(sql.SQL(measure), sql.Identifier(name))
            for name, measure in source.measures.items()
        ),
        relation=relation,
        when=sql.SQL(" OR ").join(ranges) if ranges else sql.SQL("true"),
    )


def month_of(day: sql.Composable) -> sql.Composed:
    """The first day of a day's month."""
    return sql.SQL("date_trunc('month', {}::timestamp)::date").format(day)


@asynccontextmanager
async def open_change(sources: Database, source: Source, tenant: str) -> AsyncGenerator[Change]:
    """A source as it is now, in one snapshot. Raises SourceUnavailable where its views are missing."""
    try:
        async with sources.system() as connection:
            await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            await connection.execute("SELECT set_config('app.tenant', %s, true)", (tenant,))
            row = await (
                await connection.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS xmin")
            ).fetchone()
            assert row is not None  # noqa: S101 - a SELECT without FROM gives one row
            yield Change(row["xmin"], connection, source)
    except _MISSING as error:
        raise SourceUnavailable(f"{source.schema}.{source.view} cannot be read ({type(error).__name__}).") from error


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
