"""How far each source was read, and who may read on: one run at a time works for a tenant."""

from dataclasses import dataclass
from datetime import datetime

from psycopg import sql

from hub.pipeline.reading import BEGINNING
from hub.pipeline.rollups import Counts
from hub.pipeline.sources import Source
from kernel.database import Connection


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a run begins."""

    since: str
    last_run_at: datetime | None
    """None when the source was never read."""
    mismatch: bool
    """Whether the hub was found to differ from the source."""


async def lock(connection: Connection, tenant: str) -> None:
    """Keep other runs of this tenant, and whoever else changes its facts, waiting until the transaction ends."""
    await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"hub/{tenant}",))


async def mark_of(connection: Connection, source: Source) -> Mark:
    cursor = await connection.execute(
        "SELECT watermark::text AS watermark, last_run_at, mismatch FROM hub.watermarks WHERE source = %s",
        (source.name,),
    )
    row = await cursor.fetchone()
    return Mark(row["watermark"], row["last_run_at"], row["mismatch"]) if row else Mark(BEGINNING, None, False)


async def advance(
    connection: Connection, source: Source, tenant: str, watermark: str, counts: Counts, *, mismatch: bool
) -> None:
    """Move the watermark on, and with rows that changed what is known of the source's data.

    A version of the data is a time in milliseconds, or one more than the last: a hub that was restored from a backup
    does not give a version again that something else was remembered for.
    """
    await connection.execute(
        """
        INSERT INTO hub.watermarks AS kept (tenant, source, watermark, rows_total, mismatch, data_version)
        VALUES (%(tenant)s, %(source)s, %(watermark)s::xid8, %(more)s, %(mismatch)s,
                CASE WHEN %(changed)s THEN (extract(epoch FROM clock_timestamp()) * 1000)::bigint ELSE 0 END)
        ON CONFLICT (tenant, source) DO UPDATE SET
            watermark = excluded.watermark, last_run_at = now(), mismatch = excluded.mismatch,
            rows_total = kept.rows_total + excluded.rows_total,
            data_version = CASE WHEN %(changed)s THEN greatest(kept.data_version + 1, excluded.data_version)
                                ELSE kept.data_version END
        """,
        {
            "tenant": tenant,
            "source": source.name,
            "watermark": watermark,
            "more": counts.inserted - counts.deleted,
            "changed": bool(counts),
            "mismatch": mismatch,
        },
    )
    if counts:
        await _note_days(connection, source, tenant)


async def _note_days(connection: Connection, source: Source, tenant: str) -> None:
    if source.facts:
        day: sql.Composable = sql.SQL("date")
        days: sql.Composable = sql.SQL("hub.daily_totals WHERE source = %(source)s AND tenant = %(tenant)s")
    else:
        day = source.day()
        days = sql.SQL("{} WHERE tenant = %(tenant)s").format(sql.Identifier("hub", source.table))
    await connection.execute(
        sql.SQL(
            "UPDATE hub.watermarks SET (data_from, data_through) = (SELECT min({day}), max({day}) FROM {days})"
            " WHERE tenant = %(tenant)s AND source = %(source)s"
        ).format(day=day, days=days),
        {"tenant": tenant, "source": source.name},
    )
