"""The server: what it publishes, whom it serves, and what it keeps apart."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

import mcp_servers.analytics
from kernel.clock import now
from kernel.database import Database
from kernel.ids import new_id
from kernel.settings import Settings
from mcp_servers.analytics.errors import QueryTooSlow
from mcp_servers.analytics.repository import Compiled, FactsRepository
from tests.contracts import assert_contract
from tests.integration.analytics.conftest import Analytics
from tests.integration.analytics.world import AS_OF, World
from tests.integration.hub.sources import Sources
from tests.support.identity import caller

CONTRACT = Path(mcp_servers.analytics.__file__).parent / "contract.json"


async def test_the_published_surface_is_the_contract(analytics: Analytics) -> None:
    await assert_contract(analytics.server, CONTRACT)


async def test_every_tool_reads_only_and_says_so(analytics: Analytics) -> None:
    tools = {tool.name: tool for tool in await analytics.server.all_tools()}

    described = {"list_metrics", "list_dimensions", "data_freshness"}
    concluded = {"explain_metric", "rank_campaigns", "detect_anomalies", "forecast_metric"}
    assert set(tools) == {"ask", "query_metrics"} | described | concluded
    for name, tool in tools.items():
        assert tool.description
        assert tool.output_schema
        assert tool.annotations
        assert (tool.annotations.read_only_hint, tool.annotations.destructive_hint) == (True, False)
        assert analytics.server.scopes_of(name) == ("analytics:read",)


async def test_a_token_without_the_scope_sees_and_calls_nothing(analytics: Analytics, tenant: str) -> None:
    async with analytics.client(caller(tenant, scopes=("ads:read",))) as client:
        listed = await client.list_tools()
        refused = await client.call_tool("ask", {"question": "spend"})

    assert listed.tools == []
    assert refused.is_error


async def test_tenants_get_their_own_figures_and_values(analytics: Analytics) -> None:
    ours, theirs = new_id("tenant"), new_id("tenant")
    for name, country, spend in ((ours, "Chile", "1.00"), (theirs, "Peru", "2.00")):
        world = World(campaigns=[{}], metrics=[{"country": country, "spend": spend}], leads=[{}], sales=[{}])
        await analytics.fill(name, world)

    mine = await analytics.call(ours, "query_metrics", metrics=["spend"], dimensions=["country"])
    foreign = await analytics.call(ours, "ask", question="spend in Peru", as_of="2026-11-22")

    assert mine["rows"] == [{"country": "Chile", "spend": 1.0}]
    assert foreign["status"] == "unsupported"
    assert foreign["reason"] == "There is no data for country “Peru”."


async def test_a_campaign_that_has_just_arrived_can_be_asked_about(analytics: Analytics) -> None:
    tenant = new_id("tenant")
    await analytics.fill(tenant, World(campaigns=[{}], metrics=[{}], leads=[{}], sales=[{}]))
    before = await analytics.call(tenant, "ask", question="How much has campaign Aurora spent?", as_of="2026-11-22")
    sources = Sources(analytics.admin, tenant)
    await sources.add("ads.campaigns", {"campaign_id": "c-9", "name": "Aurora"})
    await sources.add("ads.metrics", {"campaign_id": "c-9", "spend": "12.34"})
    await analytics.pipeline.run_now(tenant)

    by_name = await analytics.call(tenant, "ask", question="How much has campaign Aurora spent?", as_of="2026-11-22")
    by_id = await analytics.call(tenant, "ask", question="¿Cuánto ha gastado la campaña c-9?", as_of="2026-11-22")

    assert before["status"] == "unsupported"
    assert by_name["rows"] == by_id["rows"] == [{"spend": 12.34}]


async def test_a_campaign_without_rows_has_nothing_recorded(analytics: Analytics) -> None:
    tenant = new_id("tenant")
    draft = {"campaign_id": "c-2", "name": "Tomorrow"}
    await analytics.fill(tenant, World(campaigns=[{}, draft], metrics=[{}], leads=[{}], sales=[{}]))

    answer = await analytics.call(tenant, "ask", question="spend of campaign Tomorrow", as_of="2026-11-22")

    assert answer["status"] == "answered"
    assert answer["rows"] == [{"spend": 0.0}]
    assert "nothing is recorded for spend" in answer["answer"]


async def test_campaigns_of_one_name_are_kept_apart(analytics: Analytics) -> None:
    tenant = new_id("tenant")
    twins = [{"campaign_id": key, "name": "Twins"} for key in ("c-1", "c-2")]
    metrics = [{"campaign_id": "c-1", "spend": "1.00"}, {"campaign_id": "c-2", "spend": "2.00"}]
    await analytics.fill(tenant, World(campaigns=twins, metrics=metrics, leads=[{}], sales=[{}]))

    listed = await analytics.call(tenant, "query_metrics", metrics=["spend"], dimensions=["campaign"])
    asked = await analytics.call(tenant, "ask", question="spend of campaign Twins", as_of="2026-11-22")

    assert listed["rows"] == [{"campaign": "Twins (c-2)", "spend": 2.0}, {"campaign": "Twins (c-1)", "spend": 1.0}]
    assert asked["clarification"]["options"] == ["campaign Twins (c-1)", "campaign Twins (c-2)"]


async def test_amounts_in_several_currencies_are_declined_unless_filtered_or_cut(analytics: Analytics) -> None:
    tenant = new_id("tenant")
    campaigns: list[dict[str, Any]] = [{}, {"campaign_id": "c-2", "name": "Norte", "currency": "MXN"}]
    metrics: list[dict[str, Any]] = [
        {"spend": "10.00"},
        {"campaign_id": "c-2", "country": "Mexico", "currency": "MXN", "spend": "500.00"},
    ]
    at = "2026-11-01T12:00:00Z"
    leads = [{"created_at": at}, {"lead_id": "l-2", "created_at": at, "campaign_id": "c-2", "country": "Mexico"}]
    await analytics.fill(tenant, World(campaigns=campaigns, metrics=metrics, leads=leads, sales=[{}]))

    async def query(**fields: Any) -> dict[str, Any]:
        return await analytics.call(tenant, "query_metrics", **fields)

    mixed = await query(metrics=["spend"])
    by_country = await query(metrics=["spend"], dimensions=["country"])
    in_mexico = await query(metrics=["spend"], filters=[{"dimension": "country", "values": ["Mexico"]}])
    in_pesos = await query(metrics=["cpl"], filters=[{"dimension": "currency", "values": ["MXN"]}])
    by_currency = await query(metrics=["spend"], dimensions=["currency"])
    counted = await query(metrics=["clicks"])

    assert mixed["status"] == by_country["status"] == "unsupported"
    assert "several currencies (MXN, USD)" in mixed["reason"]
    assert in_mexico["rows"] == [{"spend": 500.0}]
    assert in_mexico["columns"][0]["currency"] == "MXN"
    assert in_pesos["rows"] == [{"cpl": 500.0}]
    assert by_currency["rows"] == [{"currency": "MXN", "spend": 500.0}, {"currency": "USD", "spend": 10.0}]
    assert counted["status"] == "answered"


async def test_a_division_by_zero_is_null(analytics: Analytics) -> None:
    tenant = new_id("tenant")
    await analytics.fill(tenant, World(campaigns=[{}], metrics=[{"clicks": 0}], leads=[{}], sales=[{}]))

    answer = await analytics.call(tenant, "query_metrics", metrics=["cpc"])

    assert answer["rows"] == [{"cpc": None}]
    assert "undefined" in answer["answer"]


async def test_a_metric_without_data_is_null_beside_one_that_has_some(analytics: Analytics) -> None:
    tenant = new_id("tenant")
    await analytics.fill(tenant, World(campaigns=[{}], metrics=[{}], leads=[{}]))

    answer = await analytics.call(tenant, "query_metrics", metrics=["spend", "sales"], dimensions=["platform"])

    assert answer["rows"] == [{"platform": "Google Ads", "spend": 10.0, "sales": None}]
    assert answer["without_data"] == ["sales"]
    assert "There is no data for Sales yet." in answer["answer"]


async def test_an_empty_hub_says_that_there_is_no_data(analytics: Analytics) -> None:
    answer = await analytics.call(new_id("tenant"), "ask", question="spend last month")

    assert answer["status"] == "unsupported"
    assert answer["reason"] == "There is no data for Spend yet."


async def test_today_is_the_day_in_the_time_zone_of_the_tenant(analytics: Analytics) -> None:
    kiritimati = new_id("tenant")
    await analytics.admin.execute("INSERT INTO hub.tenants VALUES (%s, 'Pacific/Kiritimati')", (kiritimati,))
    sources = Sources(analytics.admin, kiritimati)
    await sources.add("ads.campaigns", {})
    await sources.add("ads.metrics", {"date": "2000-01-01"}, {"date": "2100-01-01"})
    await analytics.pipeline.run_now(kiritimati)

    answer = await analytics.call(kiritimati, "ask", question="spend today")

    assert answer["query"]["time"]["start"] == (now() + timedelta(hours=14)).date().isoformat()


async def test_the_model_and_the_values_can_be_listed(analytics: Analytics, tenant: str) -> None:
    metrics = await analytics.call(tenant, "list_metrics", language="es")
    dimensions = await analytics.call(tenant, "list_dimensions", values_limit=2)

    by_name = {metric["name"]: metric for metric in metrics["metrics"]}
    assert by_name["cpl"]["label"] == "Costo por lead"
    assert by_name["cpl"]["better"] == "down"
    cards = {card["name"]: card for card in dimensions["dimensions"]}
    assert [value["value"] for value in cards["country"]["values"]] == ["Colombia", "Costa Rica"]
    assert cards["country"]["values_total"] == 4
    assert cards["campaign"]["values"][0] == {"value": "Black Friday 2026", "id": "c-2"}
    assert [name for name, card in cards.items() if card["kind"] == "time"] == [
        "date", "week", "month", "quarter", "year",
    ]  # fmt: skip


async def test_freshness_names_every_source_and_the_days_it_covers(
    analytics: Analytics, tenant: str, world: World
) -> None:
    freshness = await analytics.call(tenant, "data_freshness")

    sources = {source["source"]: source for source in freshness["sources"]}
    assert sources["ads.metrics"]["rows_total"] == len(world.metrics)
    assert sources["ads.metrics"]["data_through"] == AS_OF.isoformat()
    assert freshness["data_as_of"] == min(source["last_run_at"] for source in sources.values())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"metrics": ["profit"]}, "profit"),
        ({"metrics": ["sales"], "order_by": [{"field": "spend"}]}, "no column 'spend'"),
        ({"metrics": ["sales"], "sql": "SELECT 1"}, "no argument 'sql'"),
        ({"metrics": ["sales"], "compare_to": "previous_period"}, "needs time.start"),
    ],
)
async def test_a_query_that_contradicts_itself_is_refused_naming_the_field(
    analytics: Analytics, tenant: str, arguments: dict[str, Any], words: str
) -> None:
    assert words in await analytics.refusal(tenant, "query_metrics", **arguments)


@pytest.mark.parametrize(
    "statement", ["INSERT INTO hub.tenants VALUES ('x')", "DELETE FROM hub.fact_sales", "SELECT * FROM crm.leads"]
)
async def test_the_service_role_can_read_the_hub_and_nothing_else(migrated: Settings, statement: str) -> None:
    async with (
        Database.open(migrated.role_database_url("promptsales_analytics"), max_size=1) as database,
        database.transaction("acme") as connection,
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await connection.execute(statement.encode())


async def test_a_statement_that_takes_too_long_is_stopped(migrated: Settings) -> None:
    async with Database.open(migrated.role_database_url("promptsales_analytics"), max_size=1) as database:
        repository = FactsRepository(database, timeout_ms=50)

        with pytest.raises(QueryTooSlow):
            await repository.run("acme", Compiled("SELECT pg_sleep(5)", {}))
