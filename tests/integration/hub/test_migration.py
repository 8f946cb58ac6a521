"""From the schema before: the facts there are answer every question as they did, before any run and after one."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from psycopg import AsyncConnection, sql
from psycopg.rows import DictRow, dict_row

from hub.__main__ import CONTEXT
from kernel.migrations import migrate
from kernel.settings import Settings

BEFORE = "0002"
FILLED = """
INSERT INTO hub.campaigns (tenant, campaign_id, name, client, product, objective, status, start_date, end_date,
                           currency, platform, channel, audience)
VALUES ('acme', 'c-1', 'Launch', 'Acme', 'Shoes', '', 'active', '2026-01-01', '2026-12-31', 'EUR', 'TikTok', 'video',
        '');
INSERT INTO hub.fact_metrics
    SELECT tenant, '2026-09-29'::date + n, 'c-1', 'Launch', 'Acme', 'Shoes',
           CASE WHEN n % 3 = 0 THEN 'TikTok' ELSE '' END, 'video', 'Mexico',
           CASE WHEN n % 2 = 0 THEN 'CDMX' ELSE '' END, '', 'EUR', n, n, n, n, n, line
    FROM generate_series(1, 40) AS n, unnest(ARRAY['acme', 'other']) AS tenant, unnest(ARRAY['', 'a']) AS line;
INSERT INTO hub.fact_leads
    SELECT 'acme', 'l-' || n, '2026-10-01T23:30:00Z'::timestamptz + n * interval '1 hour',
           CASE WHEN n % 2 = 0 THEN 'c-1' END, 'Acme', 'web', 'Mexico', '', 'new'
    FROM generate_series(1, 30) AS n;
INSERT INTO hub.fact_sales
    SELECT 'acme', 's-' || n, '2026-10-01T23:30:00Z'::timestamptz + n * interval '1 day', NULL,
           (ARRAY['c-1', 'c-9', NULL])[1 + n % 3], 'Acme', CASE WHEN n % 2 = 0 THEN 'Shoes' ELSE '' END, 'Mexico',
           'CDMX', NULL, CASE WHEN n % 4 = 0 THEN 'Meta Ads' END, n, 'USD'
    FROM generate_series(1, 30) AS n;
"""
NAMES = "client, product, campaign_id, campaign, platform, channel, country, region, audience, currency"
MEASURES = "spend, impressions, reach, clicks, conversions, leads, sales, revenue"
_PARTITIONS = (
    "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'hub.fact_metrics'::regclass ORDER BY 1"
)
ALL = f'SELECT tenant, source, date, {NAMES}, {MEASURES} FROM hub.facts_v1 ORDER BY facts_v1::text COLLATE "C"'


def sums(view: str, day: str, names: str) -> str:
    added = ", ".join(f"sum({name}) AS {name}" for name in MEASURES.split(", "))
    return (
        f"SELECT tenant, source, {day} AS day, {names}, {added} FROM hub.{view}"
        f" GROUP BY tenant, source, {day}, {names} ORDER BY tenant, source, day, {names}"
    )


@pytest.fixture
async def former(migrated: Settings) -> AsyncIterator[tuple[Settings, AsyncConnection[DictRow]]]:
    """A database of its own whose hub is at the schema before, with facts of two tenants."""
    async with await AsyncConnection[DictRow].connect(
        migrated.admin_database_url(), autocommit=True, row_factory=dict_row
    ) as admin:
        await admin.execute("CREATE DATABASE former")
    settings = migrated.model_copy(update={"database_url": _in_database(migrated.admin_database_url(), "former")})
    migrate(settings, CONTEXT, target=BEFORE)
    async with await AsyncConnection[DictRow].connect(
        settings.admin_database_url(), autocommit=True, row_factory=dict_row
    ) as connection:
        await connection.execute(FILLED.encode())
        yield settings, connection
    async with await AsyncConnection[DictRow].connect(migrated.admin_database_url(), autocommit=True) as admin:
        await admin.execute(sql.SQL("DROP DATABASE former WITH (FORCE)"))


async def read(connection: AsyncConnection[DictRow], query: str) -> list[dict[str, Any]]:
    return await (await connection.execute(query.encode())).fetchall()


async def test_facts_answer_as_before_and_rollups_agree_with_them(
    former: tuple[Settings, AsyncConnection[DictRow]],
) -> None:
    settings, connection = former
    before = await read(connection, ALL)

    migrate(settings, CONTEXT)

    after = await read(connection, ALL)
    assert len(before) == 220
    assert sorted(map(str, after)) == sorted(map(str, before))
    month = "date_trunc('month', date)::date"
    assert await read(connection, sums("monthly_facts_v1", "date", NAMES)) == await read(
        connection, sums("facts_v1", month, NAMES)
    )
    totalled = "client, platform, channel, country, currency"
    for totals, day in (("daily_totals_v1", "date"), ("monthly_totals_v1", month)):
        assert await read(connection, sums(totals, "date", totalled)) == await read(
            connection, sums("facts_v1", day, totalled)
        )
    found = await read(connection, _PARTITIONS)
    assert [row["name"] for row in found if "2026" in row["name"]] == [
        "hub_facts.metrics_2026_09", "hub_facts.metrics_2026_10", "hub_facts.metrics_2026_11",
    ]  # fmt: skip


def _in_database(url: str, name: str) -> str:
    return f"{url.rpartition('/')[0]}/{name}"
