"""What goes from a source goes from the hub, and nothing that is there goes with it."""

from typing import Any

import pytest
from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row

from hub.pipeline.run import Pipeline
from kernel.settings import Settings
from tests.integration.hub.oracle import differences
from tests.integration.hub.sources import Sources, rows_of
from tests.integration.hub.test_pipeline import of

ROWS: dict[str, tuple[str, dict[str, Any]]] = {
    "ads.metrics": ("ads.metrics", {"date": "2026-11-01"}),
    "crm.leads": ("crm.leads", {"lead_id": "l-1"}),
    "crm.sales": ("crm.sales", {"sale_id": "s-1"}),
    "content.assets": ("content.assets", {"id": "a-1"}),
}


async def fill(sources: Sources) -> None:
    for table in ("ads.campaigns", *ROWS):
        await sources.add(table, {})


@pytest.mark.parametrize("source", ROWS)
async def test_a_deleted_row_goes_and_takes_no_other_with_it(
    source: str, pipeline: Pipeline, sources: Sources, admin: AsyncConnection[DictRow], tenant: str
) -> None:
    await fill(sources)
    await pipeline.run_now(tenant)
    table, where = ROWS[source]

    await sources.remove(table, where)
    run = await pipeline.run_now(tenant)
    again = await pipeline.run_now(tenant)

    assert {found.source: found.rows_deleted for found in run.sources if found.rows_deleted} == {source: 1}
    assert (run.rows_read, again.rows_read) == (1, 0)
    assert await differences(admin, tenant) == {}


async def test_a_campaign_that_is_deleted_leaves_its_leads_with_its_id(
    pipeline: Pipeline, sources: Sources, admin: AsyncConnection[DictRow], tenant: str
) -> None:
    await fill(sources)
    await pipeline.run_now(tenant)

    await sources.remove("ads.metrics", {"campaign_id": "c-1"})
    await sources.remove("ads.campaigns", {"campaign_id": "c-1"})
    await pipeline.run_now(tenant)

    named = await rows_of(
        admin, "SELECT DISTINCT campaign, platform FROM hub.monthly_facts_v1 WHERE tenant = %s", tenant
    )
    assert [tuple(row.values()) for row in named] == [("c-1", None)]
    assert await differences(admin, tenant) == {}


async def test_a_key_deleted_late_and_put_again_early_is_kept(
    pipeline: Pipeline, sources: Sources, migrated: Settings, admin: AsyncConnection[DictRow], tenant: str
) -> None:
    """The transaction that deletes has the higher id; the one that puts the row again began before it."""
    await fill(sources)
    await pipeline.run_now(tenant)
    async with (
        await AsyncConnection[DictRow].connect(migrated.admin_database_url(), row_factory=dict_row) as early,
        await AsyncConnection[DictRow].connect(migrated.admin_database_url(), row_factory=dict_row) as holding,
    ):
        await early.execute("SELECT pg_current_xact_id()")
        await holding.execute("SELECT pg_current_xact_id()")  # between them: the first run reads up to here
        await sources.remove("crm.leads", {"lead_id": "l-1"})
        await Sources(early, tenant).add("crm.leads", {"status": "won"})
        await early.commit()

        between = await pipeline.run(tenant)
        await holding.commit()
    after = await pipeline.run_now(tenant)

    assert (of(between, "crm.leads").rows_updated, of(after, "crm.leads").rows_deleted) == (1, 0)
    assert await differences(admin, tenant) == {}


async def test_rows_of_a_table_that_is_emptied_at_once_go(
    pipeline: Pipeline, sources: Sources, migrated: Settings, tenant: str
) -> None:
    await fill(sources)
    async with await AsyncConnection[DictRow].connect(migrated.admin_database_url(), row_factory=dict_row) as admin:
        await admin.execute("TRUNCATE content.assets CASCADE")
        noted = await rows_of(admin, "SELECT key FROM content.deletions WHERE tenant = %s", tenant)
        await admin.rollback()

    assert [row["key"] for row in noted] == [{"asset_id": "a-1"}]


async def test_a_source_that_was_restored_takes_what_it_no_longer_has_from_the_hub(
    pipeline: Pipeline, sources: Sources, admin: AsyncConnection[DictRow], tenant: str
) -> None:
    await fill(sources)
    await sources.add("ads.metrics", {"date": "2026-10-09"})
    await pipeline.run_now(tenant)
    await admin.execute("SET session_replication_role = replica")  # as a restored source: no tombstone says so
    try:
        await sources.remove("ads.metrics", {"date": "2026-10-09"})
        await sources.remove("crm.leads", {"lead_id": "l-1"})
    finally:
        await admin.execute("RESET session_replication_role")
    await admin.execute("UPDATE hub.watermarks SET watermark = '9000000000' WHERE tenant = %s", (tenant,))

    run = await pipeline.run_now(tenant)

    assert {found.source: found.rows_deleted for found in run.sources if found.rows_deleted} == {
        "ads.metrics": 1,
        "crm.leads": 1,
    }
    assert await differences(admin, tenant) == {}


async def test_tombstones_are_seen_by_their_tenant_alone(
    pipeline: Pipeline, sources: Sources, source_database: Any, tenant: str
) -> None:
    await fill(sources)
    await sources.remove("crm.leads", {"lead_id": "l-1"})

    async with source_database.transaction(tenant) as connection:
        ours = await (await connection.execute("SELECT key FROM crm.export_deletions_v1")).fetchall()
    async with source_database.transaction(f"{tenant}-2") as connection:
        theirs = await (await connection.execute("SELECT key FROM crm.export_deletions_v1")).fetchall()

    assert (ours, theirs) == ([{"key": {"lead_id": "l-1"}}], [])
