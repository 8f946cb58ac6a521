"""Write a source's change into the hub: staged by COPY, merged by key, the watermark in the same transaction."""

from datetime import datetime
from typing import Any

from psycopg import sql

from hub.pipeline.reading import BEGINNING
from hub.pipeline.sources import Source
from kernel.database import Connection


async def lock_watermark(connection: Connection, source: Source, tenant: str) -> tuple[str, datetime | None]:
    """Keep other runs of this tenant and source waiting; where this one begins, and when the last one ended."""
    await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"{tenant}/{source.name}",))
    cursor = await connection.execute(
        "SELECT watermark::text AS watermark, last_run_at FROM hub.watermarks WHERE source = %s", (source.name,)
    )
    row = await cursor.fetchone()
    return (row["watermark"], row["last_run_at"]) if row else (BEGINNING, None)


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
    await _register_clients(connection, source, tenant)
    await _note_values(connection, source, tenant)
    return counts["inserted"], counts["updated"]


async def _register_clients(connection: Connection, source: Source, tenant: str) -> None:
    """Register the clients and products that staged rows name and nobody registered."""
    await connection.execute(
        "INSERT INTO hub.clients (tenant, name) SELECT DISTINCT %s, client FROM staged WHERE client <> ''"
        " ON CONFLICT DO NOTHING",
        (tenant,),
    )
    if "product" in source.columns:
        await connection.execute(
            "INSERT INTO hub.products (tenant, client, name) SELECT DISTINCT %s, client, product FROM staged"
            " WHERE client <> '' AND product <> '' ON CONFLICT DO NOTHING",
            (tenant,),
        )


async def _note_values(connection: Connection, source: Source, tenant: str) -> None:
    """Remember the values of dimensions that staged rows have."""
    named = sql.SQL(", ").join(
        sql.SQL("({}, {}::text)").format(sql.Literal(column), sql.Identifier(column)) for column in source.naming
    )
    await connection.execute(
        sql.SQL(
            """
            INSERT INTO hub.dimension_values (tenant, dimension, value)
            SELECT DISTINCT %s, named.dimension, named.value
            FROM staged CROSS JOIN LATERAL (VALUES {named}) AS named (dimension, value) WHERE named.value <> ''
            ON CONFLICT DO NOTHING
            """
        ).format(named=named),
        (tenant,),
    )


async def advance(connection: Connection, source: Source, tenant: str, watermark: str) -> None:
    """Move the watermark on after a run that brought nothing."""
    await connection.execute(
        """
        INSERT INTO hub.watermarks (tenant, source, watermark, rows_total) VALUES (%s, %s, %s::xid8, 0)
        ON CONFLICT (tenant, source) DO UPDATE SET watermark = excluded.watermark, last_run_at = now()
        """,
        (tenant, source.name, watermark),
    )


async def advance_with_rows(connection: Connection, source: Source, tenant: str, watermark: str, inserted: int) -> None:
    """Move the watermark on, and what is known of the source's data with it."""
    statement = sql.SQL(
        """
        INSERT INTO hub.watermarks AS kept
            (tenant, source, watermark, rows_total, data_from, data_through, data_version)
        SELECT %(tenant)s, %(source)s, %(watermark)s::xid8, %(inserted)s,
               {first}, {last}, 1
        FROM {table}
        ON CONFLICT (tenant, source) DO UPDATE SET
            watermark = excluded.watermark, last_run_at = now(), rows_total = kept.rows_total + excluded.rows_total,
            data_from = excluded.data_from, data_through = excluded.data_through, data_version = kept.data_version + 1
        """
    ).format(
        first=sql.SQL(source.day).format(sql.SQL("min({})").format(sql.Identifier(source.moment))),
        last=sql.SQL(source.day).format(sql.SQL("max({})").format(sql.Identifier(source.moment))),
        table=sql.Identifier("hub", source.table),
    )
    await connection.execute(
        statement, {"tenant": tenant, "source": source.name, "watermark": watermark, "inserted": inserted}
    )
