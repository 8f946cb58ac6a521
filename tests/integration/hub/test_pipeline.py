import asyncio
from decimal import Decimal
from typing import Any

import pytest
from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row

from hub.pipeline.run import Pipeline
from hub.pipeline.schedule import run_forever
from hub.pipeline.sources import SOURCES
from hub.schemas import PipelineRun, SourceRun
from kernel.database import Database
from kernel.ids import new_id
from kernel.settings import Settings
from tests.integration.hub.sources import METRIC, Sources, rows_of


def of(run: PipelineRun, name: str) -> SourceRun:
    return next(source for source in run.sources if source.source == name)


async def facts(admin: AsyncConnection[DictRow], tenant: str, columns: str = "*") -> list[dict[str, Any]]:
    query = f"SELECT {columns} FROM hub.facts_v1 WHERE tenant = %s ORDER BY source, date, campaign_id, region"
    return list(await rows_of(admin, query, tenant))


async def test_a_run_brings_every_source_and_a_second_run_brings_nothing(
    pipeline: Pipeline, sources: Sources, tenant: str
) -> None:
    await sources.add("ads.campaigns", {})
    await sources.add("ads.metrics", *({"date": f"2026-11-{day:02}"} for day in range(1, 9)))
    await sources.add("crm.leads", {}, {"lead_id": "l-2"})
    await sources.add("crm.sales", {})

    first = await pipeline.run_now(tenant)
    second = await pipeline.run_now(tenant)

    assert {source.source: source.rows_inserted for source in first.sources if source.rows_inserted} == {
        "ads.campaigns": 1,
        "ads.metrics": 8,
        "crm.leads": 2,
        "crm.sales": 1,
    }
    assert first.rows_read == 12
    assert second.rows_read == 0
    assert [source.status for source in second.sources] == ["ok"] * len(SOURCES)
    assert of(second, "ads.metrics").lag_seconds is not None


async def test_a_corrected_row_is_brought_again_and_replaces_the_old_one(
    pipeline: Pipeline, sources: Sources, admin: AsyncConnection[DictRow], tenant: str
) -> None:
    await sources.add("ads.campaigns", {})
    await sources.add("ads.metrics", {"date": "2026-10-01"}, {"date": "2026-10-02"})
    await pipeline.run_now(tenant)

    await sources.correct("ads.metrics", {"date": "2026-10-01"}, spend=Decimal("99.50"), country="Mexico")
    run = await pipeline.run_now(tenant)

    assert (run.rows_read, of(run, "ads.metrics").rows_updated) == (1, 1)
    assert [(str(row["spend"]), row["country"]) for row in await facts(admin, tenant)] == [
        ("99.50", "Mexico"),
        ("10.00", "Costa Rica"),
    ]


async def test_a_transaction_that_commits_late_is_not_missed(
    pipeline: Pipeline, sources: Sources, migrated: Settings, admin: AsyncConnection[DictRow], tenant: str
) -> None:
    await sources.add("ads.campaigns", {})
    async with await AsyncConnection[DictRow].connect(migrated.admin_database_url(), row_factory=dict_row) as late:
        await Sources(late, tenant).add("ads.metrics", {"date": "2026-11-01", "spend": Decimal("1.00")})
        await sources.add("ads.metrics", {"date": "2026-11-02", "spend": Decimal("2.00")})  # begins later, ends first
        while_open = await pipeline.run(tenant)
        await late.commit()

    after = await pipeline.run_now(tenant)
    again = await pipeline.run_now(tenant)

    assert of(while_open, "ads.metrics").rows_read == 0
    assert of(after, "ads.metrics").rows_read == 2
    assert again.rows_read == 0
    assert [str(row["spend"]) for row in await facts(admin, tenant)] == ["1.00", "2.00"]


async def test_a_requested_run_waits_for_a_write_that_is_still_open(
    pipeline: Pipeline, sources: Sources, migrated: Settings, admin: AsyncConnection[DictRow], tenant: str
) -> None:
    polling = "SELECT 1 FROM pg_stat_activity WHERE usename = 'promptsales_pipeline' AND query LIKE '%%snapshot_xmin%%'"
    await sources.add("ads.campaigns", {})
    async with await AsyncConnection[DictRow].connect(migrated.admin_database_url(), row_factory=dict_row) as other:
        await other.execute("SELECT pg_current_xact_id()")  # a write elsewhere that holds back what comes after it
        await sources.add("ads.metrics", {})
        running = asyncio.create_task(pipeline.run_now(tenant))
        while not await rows_of(admin, polling):
            pass
        await other.commit()

    run = await running

    assert of(run, "ads.metrics").rows_read == 1


async def test_a_run_that_dies_halfway_leaves_rows_and_watermark_as_they_were(
    pipeline: Pipeline, sources: Sources, admin: AsyncConnection[DictRow], tenant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sources.add("ads.campaigns", {})
    await sources.add("ads.metrics", *({"date": f"2026-11-{day:02}"} for day in range(1, 6)))

    async def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("hub.pipeline.watermarks.advance", killed)
        with pytest.raises(KeyboardInterrupt):
            await pipeline.run(tenant)
    marks = await rows_of(admin, "SELECT source FROM hub.watermarks WHERE tenant = %s", tenant)
    before = await facts(admin, tenant)
    run = await pipeline.run_now(tenant)

    assert (marks, before) == ([], [])
    assert of(run, "ads.metrics").rows_inserted == 5


async def test_rows_the_hub_cannot_hold_fail_their_source_and_no_other(
    pipeline: Pipeline, sources: Sources, admin: AsyncConnection[DictRow], tenant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sources.add("crm.leads", {})
    await sources.add("crm.sales", {})
    await admin.execute(
        "ALTER TABLE hub.fact_leads ADD CONSTRAINT refuse CHECK (tenant <> '%s')".replace("%s", tenant).encode()
    )
    try:
        run = await pipeline.run_now(tenant)
    finally:
        await admin.execute("ALTER TABLE hub.fact_leads DROP CONSTRAINT refuse")
    recovered = await pipeline.run_now(tenant)

    assert of(run, "crm.leads").status == "failed"
    assert "refuse" in str(of(run, "crm.leads").reason)
    assert of(run, "crm.sales").rows_inserted == 1
    assert of(recovered, "crm.leads").rows_inserted == 1


async def test_a_source_that_is_not_there_is_reported_and_the_others_run(
    pipeline: Pipeline, sources: Sources, admin: AsyncConnection[DictRow], tenant: str
) -> None:
    await sources.add("crm.leads", {})
    await admin.execute("REVOKE SELECT ON content.export_assets_v1 FROM promptsales_pipeline")
    try:
        run = await pipeline.run(tenant)
        again = await pipeline.run(tenant)
        logged = await pipeline.runs(tenant)
    finally:
        await admin.execute("GRANT SELECT ON content.export_assets_v1 TO promptsales_pipeline")

    assert of(run, "content.assets").status == "unavailable"
    assert "content.export_assets_v1" in str(of(run, "content.assets").reason)
    assert of(run, "crm.leads").rows_inserted == 1
    assert [entry.run_id for entry in logged] == [run.run_id]  # what lasts is not logged at every turn
    assert of(again, "content.assets").status == "unavailable"


async def test_tenants_do_not_see_each_other(
    pipeline: Pipeline, migrated: Settings, admin: AsyncConnection[DictRow]
) -> None:
    ours, theirs = new_id("tenant"), new_id("tenant")
    for name, spend in ((ours, "1.00"), (theirs, "2.00")):
        source = Sources(admin, name)
        await source.add("ads.campaigns", {})
        await source.add("ads.metrics", {"spend": Decimal(spend)})

    await pipeline.run_all()

    async with Database.open(migrated.role_database_url("promptsales_analytics")) as reader:
        for name, spend in ((ours, "1.00"), (theirs, "2.00")):
            async with reader.transaction(name) as connection:
                seen = await (await connection.execute("SELECT tenant, spend FROM hub.facts_v1")).fetchall()
            assert [(row["tenant"], str(row["spend"])) for row in seen] == [(name, spend)]
        async with reader.system() as connection:
            assert await (await connection.execute("SELECT 1 FROM hub.facts_v1")).fetchall() == []


async def test_leads_and_sales_take_what_they_lack_from_a_campaign_that_agrees_with_itself(
    pipeline: Pipeline, sources: Sources, admin: AsyncConnection[DictRow], tenant: str
) -> None:
    await sources.add("ads.campaigns", {}, {"campaign_id": "c-2", "name": "Everywhere"})
    await sources.add(
        "ads.metrics",
        {},
        {"campaign_id": "c-2", "line_item": "a"},
        {"campaign_id": "c-2", "line_item": "b", "platform": "Meta Ads"},
    )
    await sources.add(
        "crm.leads", {}, {"lead_id": "l-2", "campaign_id": "c-2"}, {"lead_id": "l-3", "campaign_id": None}
    )
    await sources.add("crm.sales", {"platform": None, "channel": None}, {"sale_id": "s-2", "platform": "TikTok"})
    await pipeline.run_now(tenant)

    found = await rows_of(
        admin,
        "SELECT source, campaign, product, platform, channel, currency, leads, sales, revenue::text AS revenue"
        " FROM hub.facts_v1 WHERE tenant = %s AND source <> 'ads.metrics' ORDER BY source, campaign, platform",
        tenant,
    )

    assert [tuple(row.values()) for row in found] == [
        ("crm.leads", "Everywhere", "Geisha Roast", None, "search", "USD", 1, 0, "0"),
        ("crm.leads", "Geisha in November", "Geisha Roast", "Google Ads", "search", "USD", 1, 0, "0"),
        ("crm.leads", None, None, None, None, None, 1, 0, "0"),
        ("crm.sales", "Geisha in November", "Geisha Roast", "Google Ads", "search", "USD", 0, 1, "80.00"),
        ("crm.sales", "Geisha in November", "Geisha Roast", "TikTok", "search", "USD", 0, 1, "80.00"),
    ]


async def test_freshness_and_values_tell_what_a_run_brought(
    pipeline: Pipeline, sources: Sources, admin: AsyncConnection[DictRow], tenant: str
) -> None:
    await sources.add("ads.campaigns", {})
    await sources.add("ads.metrics", {"date": "2026-10-05"}, {"date": "2026-11-07", "country": "Mexico", "region": ""})
    await sources.add("crm.leads", {"created_at": "2026-11-02T23:30:00-06:00"})
    await pipeline.run_now(tenant)
    await pipeline.run_now(tenant)

    freshness = await rows_of(admin, "SELECT * FROM hub.freshness_v1 WHERE tenant = %s ORDER BY source", tenant)
    values = await rows_of(
        admin, "SELECT dimension, value, id FROM hub.values_v1 WHERE tenant = %s ORDER BY 1, 2", tenant
    )

    told = {
        row["source"]: (row["rows_total"], str(row["data_from"]), str(row["data_through"]), row["data_version"] > 0)
        for row in freshness
    }
    assert told["ads.metrics"] == (2, "2026-10-05", "2026-11-07", True)
    assert told["crm.leads"] == (1, "2026-11-03", "2026-11-03", True)  # the day in UTC
    assert told["crm.sales"] == (0, "None", "None", False)
    assert ("country", "Mexico", None) in [tuple(row.values()) for row in values]
    assert ("campaign", "Geisha in November", "c-1") in [tuple(row.values()) for row in values]
    assert not [row for row in values if row["value"] == ""]


async def test_clients_and_products_that_facts_name_are_registered(
    pipeline: Pipeline, sources: Sources, admin: AsyncConnection[DictRow], tenant: str
) -> None:
    await sources.add("ads.campaigns", {}, {"campaign_id": "c-2", "client": "Acme", "product": "Shoes"})
    await sources.add("crm.sales", {"client": "Walk-in", "product": "Beans"})

    await pipeline.run_now(tenant)

    products = await rows_of(admin, "SELECT client, name FROM hub.products WHERE tenant = %s ORDER BY 1", tenant)
    assert [tuple(row.values()) for row in products] == [
        ("Acme", "Shoes"),
        ("Cafe Alta", "Geisha Roast"),
        ("Walk-in", "Beans"),
    ]


async def test_a_source_whose_history_began_anew_is_read_from_the_beginning(
    pipeline: Pipeline, sources: Sources, admin: AsyncConnection[DictRow], tenant: str
) -> None:
    await sources.add("ads.campaigns", {})
    await sources.add("ads.metrics", {})
    await pipeline.run_now(tenant)
    await admin.execute("UPDATE hub.watermarks SET watermark = '9000000000' WHERE tenant = %s", (tenant,))

    run = await pipeline.run_now(tenant)

    assert of(run, "ads.metrics").from_beginning
    assert of(run, "ads.metrics").rows_unchanged == 1


async def test_the_schedule_outlives_a_turn_that_fails(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    turns: list[str] = []

    async def turn() -> None:
        turns.append("turn")
        if len(turns) == 3:
            raise KeyboardInterrupt
        raise ValueError("something nobody thought of")

    monkeypatch.setattr(pipeline, "run_all", turn)
    with pytest.raises(KeyboardInterrupt):
        await run_forever(pipeline, every_seconds=0)

    assert len(turns) == 3


async def test_sums_in_the_hub_equal_the_sums_of_what_was_written(
    pipeline: Pipeline, sources: Sources, admin: AsyncConnection[DictRow], tenant: str
) -> None:
    written: list[dict[str, Any]] = [
        {"date": f"2026-10-{1 + n % 28:02}", "region": f"r{n // 28}", "spend": Decimal(n) / 100 + 1, "clicks": n}
        for n in range(400)
    ]
    await sources.add("ads.campaigns", {})
    await sources.add("ads.metrics", *written)

    await pipeline.run_now(tenant)

    query = "SELECT sum(spend) AS spend, sum(clicks) AS clicks, sum(reach) AS reach FROM hub.facts_v1 WHERE tenant = %s"
    [sums] = await rows_of(admin, query, tenant)
    assert sums["spend"] == sum(row["spend"] for row in written)
    assert sums["clicks"] == sum(row["clicks"] for row in written)
    assert sums["reach"] == 400 * METRIC["reach"]


async def test_months_that_come_part_by_part_find_their_partitions(
    pipeline: Pipeline, sources: Sources, admin: AsyncConnection[DictRow], tenant: str
) -> None:
    """A part is three rows here: each month comes when the months before are written."""
    days = [f"2031-{month:02}-{day:02}" for month in range(1, 13) for day in (1, 8, 15, 22)]
    await sources.add("ads.campaigns", {})
    for day in days:
        await sources.add("ads.metrics", {"date": day})

    run = await pipeline.run_now(tenant)

    assert of(run, "ads.metrics").status == "ok"
    found = await rows_of(admin, "SELECT date::text AS day FROM hub.fact_metrics WHERE tenant = %s ORDER BY 1", tenant)
    assert [row["day"] for row in found] == days


async def test_a_new_month_comes_with_the_deletion_of_an_old_day(
    pipeline: Pipeline, sources: Sources, admin: AsyncConnection[DictRow], tenant: str
) -> None:
    await sources.add("ads.campaigns", {})
    await sources.add("ads.metrics", {"date": "2032-01-05"})
    await pipeline.run_now(tenant)
    await sources.remove("ads.metrics", {"date": "2032-01-05"})
    await sources.add("ads.metrics", {"date": "2032-02-05"})

    run = await pipeline.run_now(tenant)

    assert (of(run, "ads.metrics").status, of(run, "ads.metrics").rows_deleted) == ("ok", 1)
    found = await rows_of(admin, "SELECT date::text AS day FROM hub.fact_metrics WHERE tenant = %s", tenant)
    assert [row["day"] for row in found] == ["2032-02-05"]
