"""The hub beside its sources: what differs is said, heals at the next run, and what is in flux is not called wrong."""

from decimal import Decimal

import pytest
from psycopg import AsyncConnection, sql
from psycopg.rows import DictRow, dict_row

from hub.pipeline.run import Pipeline
from hub.pipeline.sources import SOURCES
from kernel.settings import Settings
from tests.integration.hub.oracle import differences
from tests.integration.hub.sources import Sources
from tests.integration.hub.test_pipeline import of


async def test_a_run_compares_the_months_it_changed(pipeline: Pipeline, sources: Sources, tenant: str) -> None:
    await sources.add("ads.campaigns", {})
    await sources.add("ads.metrics", {"date": "2026-09-30"}, {"date": "2026-10-01"}, {"date": "2026-11-01"})
    await pipeline.run_now(tenant)

    await sources.correct("ads.metrics", {"date": "2026-10-01"}, clicks=7)
    run = await pipeline.run_now(tenant)

    found = of(run, "ads.metrics").reconciled
    assert found is not None
    assert (found.months, found.pending, found.differences) == (1, [], [])
    assert of(run, "crm.leads").reconciled is None


async def test_a_difference_is_said_with_its_sums_and_heals_at_the_next_run(
    pipeline: Pipeline, sources: Sources, admin: AsyncConnection[DictRow], tenant: str
) -> None:
    await sources.add("ads.campaigns", {})
    await sources.add("ads.metrics", {"date": "2026-10-01"}, {"date": "2026-10-02"})
    await pipeline.run_now(tenant)
    await admin.execute("UPDATE hub.fact_metrics SET spend = 0 WHERE tenant = %s AND date = '2026-10-01'", (tenant,))
    await sources.correct("ads.metrics", {"date": "2026-10-02"}, clicks=7)

    run = of(await pipeline.run_now(tenant), "ads.metrics")
    healing = of(await pipeline.run_now(tenant), "ads.metrics")
    after = of(await pipeline.run_now(tenant), "ads.metrics")

    assert run.status == "mismatch"
    assert run.reconciled is not None
    [difference] = run.reconciled.differences
    assert difference.model_dump() == {
        "month": "2026-10",
        "measure": "spend",
        "source": Decimal("20.00"),
        "hub": Decimal("10.00"),
        "rollup": Decimal("20.00"),
    }
    assert (healing.status, healing.from_beginning, healing.rows_updated, healing.rows_unchanged) == ("ok", True, 1, 1)
    assert (after.status, after.rows_read) == ("ok", 0)
    assert await differences(admin, tenant) == {}


@pytest.mark.parametrize("rollup", ["monthly_facts", "monthly_totals"])
async def test_a_rollup_that_drifted_is_found_and_made_anew(
    rollup: str, pipeline: Pipeline, sources: Sources, admin: AsyncConnection[DictRow], tenant: str
) -> None:
    await sources.add("crm.sales", {})
    await pipeline.run_now(tenant)
    await admin.execute(
        sql.SQL("UPDATE {} SET revenue = 1 WHERE tenant = %s").format(sql.Identifier("hub", rollup)), (tenant,)
    )

    found = await pipeline.reconcile(tenant)
    run = await pipeline.run_now(tenant, from_beginning=True)

    assert {source.source for source in found.sources if source.status == "mismatch"} == {"crm.sales"}
    assert [source.status for source in run.sources] == ["ok"] * len(SOURCES)
    assert await differences(admin, tenant) == {}


async def test_a_month_with_rows_in_flux_is_pending(
    pipeline: Pipeline, sources: Sources, migrated: Settings, tenant: str
) -> None:
    await sources.add("crm.sales", {"sale_id": "s-1", "sold_at": "2026-09-05T10:00:00Z"}, {"sale_id": "s-2"})
    await pipeline.run_now(tenant)
    async with await AsyncConnection[DictRow].connect(migrated.admin_database_url(), row_factory=dict_row) as holding:
        await sources.correct("crm.sales", {"sale_id": "s-2"}, amount=Decimal(1))
        await holding.execute("SELECT pg_current_xact_id()")
        await sources.correct("crm.sales", {"sale_id": "s-1"}, sold_at="2026-08-05T10:00:00Z")  # out of one month
        await sources.add("crm.sales", {"sale_id": "s-3", "sold_at": "2026-07-05T10:00:00Z"})

        run = of(await pipeline.run(tenant), "crm.sales")
        everything = next(found for found in (await pipeline.reconcile(tenant)).sources if found.source == "crm.sales")
        await holding.commit()
    after = of(await pipeline.run_now(tenant), "crm.sales")

    assert run.status == "ok"
    assert run.reconciled is not None
    assert run.reconciled.pending == everything.pending == ["2026-07", "2026-08", "2026-09"]
    assert everything.differences == []
    assert after.reconciled is not None
    assert (after.status, after.reconciled.pending) == ("ok", [])
