"""Leads and sales from files, into PostgreSQL as sets: staged by COPY, then merged by key.

A row is taken over when it is new, or when it differs from the table and from what the last file said of it. So a file
loaded again changes nothing, not even what was changed here in between.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, LiteralString

from psycopg import sql

from kernel.database import Connection

Values = tuple[Any, ...]

LEAD_COLUMNS: tuple[LiteralString, ...] = (
    "lead_id", "created_at", "campaign_id", "client", "source", "country", "region", "email", "status",
)  # fmt: skip
SALE_COLUMNS: tuple[LiteralString, ...] = (
    "sale_id", "sold_at", "lead_id", "campaign_id", "client", "product", "country", "region", "channel", "platform",
    "amount", "currency",
)  # fmt: skip

_MERGE_LEADS = sql.SQL(
    """
    WITH merged AS (
        INSERT INTO crm.leads AS known (tenant, {columns}, language, imported)
        SELECT %(tenant)s, {columns}, language, imported FROM staged
        ON CONFLICT (tenant, lead_id) DO UPDATE SET
            ({columns}) = ROW({excluded}), imported = excluded.imported,
            consent_email = known.consent_email AND known.email = excluded.email
        WHERE {changed}
        RETURNING new.lead_id, old.status AS previous, new.status AS stage
    ), moved AS (
        INSERT INTO crm.stage_changes (tenant, stage_change_id, lead_id, at, previous, stage, reason, by)
        SELECT %(tenant)s, 'stg_' || gen_random_uuid(), lead_id, now(), previous, stage, 'A file says so.', 'import'
        FROM merged WHERE previous <> stage
    )
    SELECT count(*) FILTER (WHERE previous IS NULL) AS inserted, count(previous) AS updated FROM merged
    """
)
_MERGE_SALES = sql.SQL(
    """
    WITH merged AS (
        INSERT INTO crm.sales AS known (tenant, {columns}, imported)
        SELECT %(tenant)s, {columns}, imported FROM staged
        ON CONFLICT (tenant, sale_id) DO UPDATE SET ({columns}) = ROW({excluded}), imported = excluded.imported
        WHERE {changed}
        RETURNING old.sale_id AS previous
    )
    SELECT count(*) FILTER (WHERE previous IS NULL) AS inserted, count(previous) AS updated FROM merged
    """
)


@dataclass(frozen=True, slots=True)
class MergeCounts:
    inserted: int
    updated: int


async def merge_leads(connection: Connection, tenant: str, rows: Iterable[tuple[Values, str]]) -> MergeCounts:
    """Merge rows of LEAD_COLUMNS, each with the language of a new lead."""
    staged = ((*values, language, _digest(values)) for values, language in rows)
    await _stage(connection, tenant, "leads", (*LEAD_COLUMNS, "language"), staged)
    return await _merge(connection, tenant, _MERGE_LEADS, LEAD_COLUMNS)


async def merge_sales(connection: Connection, tenant: str, rows: Iterable[Values]) -> MergeCounts:
    """Merge rows of SALE_COLUMNS."""
    await _stage(connection, tenant, "sales", SALE_COLUMNS, ((*values, _digest(values)) for values in rows))
    return await _merge(connection, tenant, _MERGE_SALES, SALE_COLUMNS)


def _digest(values: Values) -> bytes:
    return hashlib.sha256(repr(values).encode()).digest()


async def _stage(
    connection: Connection, tenant: str, table: LiteralString, columns: Sequence[str], rows: Iterable[Values]
) -> None:
    """Put rows into the temporary table `staged`; one import of a tenant's table at a time."""
    lock = f"crm\x1f{tenant}\x1fimport\x1f{table}"
    await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (lock,))
    names = sql.SQL(", ").join(sql.Identifier(name) for name in (*columns, "imported"))
    await connection.execute(
        sql.SQL("CREATE TEMPORARY TABLE staged ON COMMIT DROP AS SELECT {} FROM {} LIMIT 0").format(
            names, sql.Identifier("crm", table)
        )
    )
    async with connection.cursor() as cursor, cursor.copy(sql.SQL("COPY staged ({}) FROM STDIN").format(names)) as copy:
        for row in rows:
            await copy.write_row(row)


async def _merge(connection: Connection, tenant: str, merge: sql.SQL, columns: Sequence[str]) -> MergeCounts:
    def listed(prefix: LiteralString) -> sql.Composed:
        return sql.SQL(", ").join(sql.SQL(prefix) + sql.Identifier(name) for name in columns)

    changed = sql.SQL("known.imported IS DISTINCT FROM excluded.imported AND ({}) IS DISTINCT FROM ({})").format(
        listed("known."), listed("excluded.")
    )
    query = merge.format(columns=listed(""), excluded=listed("excluded."), changed=changed)
    row = await (await connection.execute(query, {"tenant": tenant})).fetchone()
    assert row is not None  # noqa: S101 - an aggregate gives one row
    return MergeCounts(row["inserted"], row["updated"])
