"""Write a source's change into the hub: staged by COPY, merged by key, the watermark in the same transaction."""

from typing import Any

from psycopg import sql

from hub.pipeline.sources import Source
from kernel.database import Connection

BEGINNING = "0"


async def lock_watermark(connection: Connection, source: Source, tenant: str) -> str:
    """Keep other runs of this tenant and source waiting; where this one begins."""
    await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"{tenant}/{source.name}",))
    cursor = await connection.execute("SELECT watermark::text FROM hub.watermarks WHERE source = %s", (source.name,))
    row = await cursor.fetchone()
    return row["watermark"] if row else BEGINNING


async def stage(connection: Connection, source: Source, rows: list[tuple[Any, ...]]) -> None:
    """Put a batch beside the table, to be merged at the end."""
    columns = sql.SQL(", ").join(map(sql.Identifier, source.columns))
    await connection.execute(
        sql.SQL("CREATE TEMPORARY TABLE IF NOT EXISTS staged ON COMMIT DROP AS SELECT {} FROM {} WITH NO DATA").format(
            columns, sql.Identifier("hub", source.table)
        )
    )
    async with (
        connection.cursor() as cursor,
        cursor.copy(sql.SQL("COPY staged ({}) FROM STDIN").format(columns)) as copy,
    ):
        for row in rows:
            await copy.write_row(row)


async def merge(connection: Connection, source: Source, tenant: str) -> tuple[int, int]:
    """Merge what was staged: how many rows are new and how many were corrected."""
    statement = sql.SQL(
        """
        WITH merged AS (
            INSERT INTO {table} AS kept (tenant, {columns}) SELECT %s, {columns} FROM staged
            ON CONFLICT (tenant, {key}) DO UPDATE SET {assignments} RETURNING (xmax = 0) AS fresh
        )
        SELECT count(*) FILTER (WHERE fresh) AS inserted, count(*) FILTER (WHERE NOT fresh) AS updated FROM merged
        """
    ).format(
        table=sql.Identifier("hub", source.table),
        columns=sql.SQL(", ").join(map(sql.Identifier, source.columns)),
        key=sql.SQL(", ").join(map(sql.Identifier, source.key)),
        assignments=sql.SQL(", ").join(
            sql.SQL("{0} = excluded.{0}").format(sql.Identifier(column))
            for column in source.columns
            if column not in source.key
        ),
    )
    counts = await (await connection.execute(statement, (tenant,))).fetchone()
    assert counts is not None  # noqa: S101 - aggregates without GROUP BY give one row
    if source.places_campaigns:
        await connection.execute("SELECT hub.place_campaigns_v1()")
    await connection.execute("SELECT hub.register_clients_v1()")
    return counts["inserted"], counts["updated"]


async def advance(connection: Connection, source: Source, tenant: str, watermark: str, inserted: int) -> None:
    """Move the watermark on, and what is known of the source's freshness with it."""
    statement = sql.SQL(
        """
        INSERT INTO hub.watermarks AS kept (tenant, source, watermark, rows_total, data_through)
        VALUES (%(tenant)s, %(source)s, %(watermark)s::xid8, %(inserted)s, (SELECT max({day}) FROM {table}))
        ON CONFLICT (tenant, source) DO UPDATE SET watermark = excluded.watermark, last_run_at = now(),
            rows_total = kept.rows_total + excluded.rows_total, data_through = excluded.data_through
        """
    ).format(day=sql.SQL(source.day), table=sql.Identifier("hub", source.table))
    await connection.execute(
        statement, {"tenant": tenant, "source": source.name, "watermark": watermark, "inserted": inserted}
    )
