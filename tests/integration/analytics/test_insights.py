"""The concluding tools through the server: figures that equal plain sums, reasons in two languages, tenants apart."""

from collections import defaultdict
from datetime import date, timedelta
from typing import Any

import pytest
from mcp.shared.exceptions import MCPError
from mcp_types import PromptReference, ResourceTemplateReference, TextContent, TextResourceContents

from kernel.ids import new_id
from mcp_servers.analytics.chart_app import CHART_URI
from mcp_servers.analytics.insights.campaign import CampaignCard
from tests.integration.analytics.conftest import Analytics
from tests.integration.analytics.world import AS_OF, LAST, Fact, World, during, make_world
from tests.support.identity import caller

OCTOBER = {"start": "2026-10-01", "end": "2026-10-31"}
IN_OCTOBER = during("2026-10-01", "2026-10-31")
IN_SEPTEMBER = during("2026-09-01", "2026-09-30")
SCOPES = ("analytics:read",)


async def test_a_ranking_has_the_plain_figures_and_a_cautious_order(
    analytics: Analytics, tenant: str, world: World
) -> None:
    ranking = await analytics.call(tenant, "rank_campaigns", metric="cpl", period=OCTOBER)

    spend, leads = world.by("campaign", "spend", IN_OCTOBER), world.by("campaign", "leads", IN_OCTOBER)
    assert len(ranking["campaigns"]) == 4
    for one in ranking["campaigns"]:
        assert one["estimate"] == pytest.approx(float(spend[one["campaign"]] / leads[one["campaign"]]), abs=1e-5)
        assert one["evidence"] == float(leads[one["campaign"]])
        assert one["interval"]["low"] <= one["shrunk"] <= one["interval"]["high"]
    highs = [one["interval"]["high"] for one in ranking["campaigns"]]
    assert highs == sorted(highs)
    assert (ranking["currency"], ranking["evidence_label"]) == ("USD", "Leads")
    assert ranking["answer"].startswith("By cost per lead in October 2026, ")
    assert sum(one["probability_first"] for one in ranking["campaigns"]) == pytest.approx(1, abs=1e-3)


async def test_a_campaign_with_three_clicks_is_listed_and_not_ranked(analytics: Analytics) -> None:
    tenant = new_id("tenant")
    campaigns = [{"campaign_id": f"c-{n}", "name": f"Campaign {n}"} for n in range(4)]
    metrics: list[dict[str, Any]] = [
        {"campaign_id": f"c-{n}", "date": f"2026-10-{day:02}", "impressions": 5_000, "clicks": 90 + 15 * n + day % 3}
        for n in range(3)
        for day in range(1, 21)
    ]
    metrics.append({"campaign_id": "c-3", "date": "2026-10-20", "impressions": 3, "clicks": 3})
    await analytics.fill(tenant, World(campaigns=campaigns, metrics=metrics))

    ranking = await analytics.call(tenant, "rank_campaigns", metric="ctr", period=OCTOBER, language="es")

    assert [one["campaign_id"] for one in ranking["campaigns"]] == ["c-2", "c-1", "c-0"]
    (lucky,) = ranking["too_little_data"]
    assert (lucky["campaign_id"], lucky["estimate"], lucky["rank"]) == ("c-3", 1.0, None)
    assert ranking["answer"].endswith("1 campaña tiene muy pocos datos para entrar en la clasificación.")


async def test_filters_and_the_limit_narrow_a_ranking(analytics: Analytics, tenant: str) -> None:
    filters = [{"dimension": "client", "values": ["Acme"]}]
    worst = await analytics.call(
        tenant, "rank_campaigns", metric="ctr", period=OCTOBER, filters=filters, direction="worst", limit=1
    )

    assert worst["campaigns_ranked"] == 2
    (only,) = worst["campaigns"]
    assert only["campaign"] in {"Run Further", "Newsletter"}


async def test_a_metric_is_explained_without_figures(analytics: Analytics, tenant: str) -> None:
    told = await analytics.call(tenant, "explain_metric", metric="roas", language="es")

    assert told["answer"] == "Retorno de la inversión publicitaria: Ingresos divididos por gasto."
    assert (told["formula"], told["better"], told["additivity"]) == ("revenue / spend", "up", "ratio")
    assert told["sources"] == ["ads.metrics", "crm.sales"]
    assert "retorno del gasto publicitario" in told["synonyms"]
    assert (told["value"], told["change"]) == (None, None)


async def test_a_figure_is_explained_by_its_measures(analytics: Analytics, tenant: str, world: World) -> None:
    told = await analytics.call(tenant, "explain_metric", metric="cpl", period=OCTOBER)

    spend, leads = world.total("spend", IN_OCTOBER), world.total("leads", IN_OCTOBER)
    assert {one["name"]: one["value"] for one in told["measures"]} == {"spend": float(spend), "leads": float(leads)}
    assert told["value"] == pytest.approx(float(spend / leads), abs=1e-6)
    assert told["computation"] == f"spend / leads = {spend:,.2f} USD / {leads} = {spend / leads:,.2f} USD"


@pytest.mark.parametrize("metric", ["leads", "revenue", "cpl", "roi"])
@pytest.mark.parametrize(("dimension", "limit"), [("platform", 10), ("country", 2)])
async def test_contributions_of_a_change_sum_to_it(
    analytics: Analytics, tenant: str, metric: str, dimension: str, limit: int
) -> None:
    told = await analytics.call(
        tenant,
        "explain_metric",
        metric=metric,
        period=OCTOBER,
        compare_to="previous_period",
        dimension=dimension,
        limit=limit,
    )

    change = told["change"]
    parts = [*change["contributions"], *([change["others"]] if change["others"] else [])]
    assert len(change["contributions"]) == min(4, limit)
    assert sum(part["contribution"] for part in parts) == pytest.approx(change["change"], abs=1e-9)
    assert change["after"] - change["before"] == pytest.approx(change["change"], abs=2e-6)


async def test_a_change_of_a_sum_is_the_plain_difference_by_value(
    analytics: Analytics, tenant: str, world: World
) -> None:
    told = await analytics.call(
        tenant, "explain_metric", metric="leads", period=OCTOBER, compare_to="previous_period", dimension="platform"
    )

    now, before = world.by("platform", "leads", IN_OCTOBER), world.by("platform", "leads", IN_SEPTEMBER)
    expected = {name: float(now[name] - before[name]) for name in now}
    assert {part["value"]: part["contribution"] for part in told["change"]["contributions"]} == expected


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"compare_to": "previous_period"}, "invalid_explanation [period]"),
        ({"period": OCTOBER, "dimension": "platform"}, "invalid_explanation [compare_to]"),
        ({"filters": [{"dimension": "client", "values": ["Acme"]}]}, "invalid_explanation [period]"),
    ],
)
async def test_half_a_request_is_refused_naming_what_is_missing(
    analytics: Analytics, tenant: str, arguments: dict[str, Any], words: str
) -> None:
    assert words in await analytics.refusal(tenant, "explain_metric", metric="cpl", **arguments)


@pytest.mark.parametrize("tool", ["rank_campaigns", "explain_metric", "detect_anomalies"])
async def test_unknown_values_and_days_without_data_are_declined_as_in_queries(
    analytics: Analytics, tenant: str, tool: str
) -> None:
    nowhere = [{"dimension": "country", "values": ["Atlantis"]}]
    unknown = await analytics.call(tenant, tool, metric="spend", period=OCTOBER, filters=nowhere)
    early = {"start": "2020-01-01", "end": "2020-01-31"}
    before = await analytics.call(tenant, tool, metric="spend", period=early, language="es")

    assert unknown["status"] == before["status"] == "unsupported"
    assert "Atlantis" in unknown["reason"]
    assert before["reason"].startswith("No hay datos de Gasto en ese período")
    assert unknown["answer"] is None


@pytest.fixture(scope="module")
async def odd(analytics: Analytics) -> str:
    """A tenant whose spend tripled on one day in Mexico, and who has no ad data of another day."""
    name, world = new_id("tenant"), make_world(11)
    calm: list[dict[str, Any]] = []
    for row in world.metrics:
        if row["date"] == date(2026, 11, 3):
            continue
        day = row["date"].toordinal()
        row["spend"] = 100 + 5 * (day % 7) + (day * 5 + int(row["campaign_id"][2:])) % 11
        if (row["date"], row["country"]) == (date(2026, 10, 14), "Mexico"):
            row["spend"] = 800
        calm.append(row)
    world.metrics = calm
    await analytics.fill(name, world)
    return name


async def test_an_odd_day_is_found_with_what_drove_it_and_missing_days_are_said(analytics: Analytics, odd: str) -> None:
    period = {"start": "2026-10-01", "end": AS_OF.isoformat()}
    report = await analytics.call(odd, "detect_anomalies", metric="spend", period=period)

    (day,) = report["anomalies"]
    assert (day["day"], day["direction"], day["verdict"]) == ("2026-10-14", "above", "neutral")
    assert day["interval"]["low"] < day["expected"] < day["interval"]["high"] < day["value"]
    country = [driver for driver in day["drivers"] if driver["dimension"] == "country"]
    assert [driver["value"] for driver in country] == ["Mexico"]
    assert report["missing_days"] == ["2026-11-03"]
    assert "14 October 2026" in report["answer"]
    assert report["answer"].endswith("1 day has no data: it was left out, not counted as zero.")


async def test_series_of_a_dimension_are_judged_each_by_itself(analytics: Analytics, odd: str) -> None:
    period = {"start": "2026-10-01", "end": AS_OF.isoformat()}
    report = await analytics.call(
        odd, "detect_anomalies", metric="spend", period=period, dimensions=["country"], language="es"
    )

    assert report["series_checked"] == 4
    assert {(day["group"]["country"], day["day"]) for day in report["anomalies"]} == {("Mexico", "2026-10-14")}
    assert "(Mexico)" in report["answer"]


async def test_too_short_a_history_is_said_with_what_it_takes(analytics: Analytics) -> None:
    tenant = new_id("tenant")
    metrics = [{"date": f"2026-10-{day:02}"} for day in range(1, 21)]
    await analytics.fill(tenant, World(campaigns=[{}], metrics=metrics))

    report = await analytics.call(tenant, "detect_anomalies", metric="clicks", period=OCTOBER)
    forecast = await analytics.call(tenant, "forecast_metric", metric="clicks", horizon_days=30, language="es")

    assert report["reason"].startswith("It takes 28 days with data")
    assert report["reason"].endswith("there are 20.")
    assert forecast["reason"] == "Para pronosticar 30 días de clics hacen falta 60 días de historia; hay 20."
    assert forecast["status"] == "unsupported"


async def test_a_forecast_goes_on_from_the_last_day_and_says_how_good_it_was(
    analytics: Analytics, tenant: str, world: World
) -> None:
    forecast = await analytics.call(tenant, "forecast_metric", metric="spend", horizon_days=14)

    days = [LAST + timedelta(days=n) for n in range(1, 15)]
    assert [point["day"] for point in forecast["points"]] == [day.isoformat() for day in days]
    daily: dict[date, float] = defaultdict(float)
    for fact in world.facts:
        daily[fact["date"]] += float(fact.get("spend", 0))
    usual = sum(daily.values()) / len(daily)
    assert forecast["total"] == pytest.approx(14 * usual, rel=0.15)
    assert forecast["total_intervals"]["80"]["low"] < forecast["total"] < forecast["total_intervals"]["80"]["high"]
    assert forecast["back_test"]["mase"] < 1
    assert (forecast["currency"], forecast["history"]["end"]) == ("USD", LAST.isoformat())
    assert "with 80 % probability" in forecast["answer"]


async def test_a_ratio_is_forecast_by_its_measures(analytics: Analytics, tenant: str, world: World) -> None:
    forecast = await analytics.call(tenant, "forecast_metric", metric="ctr", horizon_days=7, intervals=[90])

    assert set(forecast["models"]) == {"clicks", "impressions"}
    usual = float(world.total("clicks") / world.total("impressions"))
    assert forecast["total"] == pytest.approx(usual, rel=0.2)
    assert set(forecast["points"][0]["intervals"]) == {"90"}


@pytest.mark.parametrize("arguments", [{"horizon_days": 91}, {"intervals": [100]}, {"intervals": []}])
async def test_a_forecast_out_of_range_is_refused_naming_the_field(
    analytics: Analytics, tenant: str, arguments: dict[str, Any]
) -> None:
    assert next(iter(arguments)) in await analytics.refusal(tenant, "forecast_metric", metric="spend", **arguments)


async def test_a_series_that_never_changes_is_not_forecast(analytics: Analytics) -> None:
    tenant = new_id("tenant")
    metrics = [{"date": (date(2026, 8, 1) + timedelta(days=n)).isoformat(), "clicks": 5} for n in range(60)]
    await analytics.fill(tenant, World(campaigns=[{}], metrics=metrics))

    forecast = await analytics.call(tenant, "forecast_metric", metric="clicks", horizon_days=7)

    assert forecast["status"] == "unsupported"
    assert "never changed" in forecast["reason"]


async def test_nothing_of_another_tenant_is_seen(analytics: Analytics, tenant: str) -> None:
    other = new_id("tenant")

    ranking = await analytics.call(other, "rank_campaigns", metric="ctr", period=OCTOBER)
    async with analytics.client(caller(other, scopes=SCOPES)) as client:
        with pytest.raises(MCPError, match="campaign_not_found"):
            await client.read_resource("analytics://campaigns/c-1")

    assert (ranking["status"], ranking["campaigns"]) == ("unsupported", [])


async def test_a_campaign_can_be_read_by_its_id(analytics: Analytics, tenant: str, world: World) -> None:
    async with analytics.client(caller(tenant, scopes=SCOPES)) as client:
        (content,) = (await client.read_resource("analytics://campaigns/c-2")).contents
        model = (await client.read_resource("analytics://model")).contents[0]
        same = (await client.read_resource("analytics://semantic-model")).contents[0]
        freshness = (await client.read_resource("analytics://freshness")).contents[0]

    assert isinstance(content, TextResourceContents)
    card = CampaignCard.model_validate_json(content.text)

    def own(fact: Fact) -> bool:
        return fact["campaign_id"] == "c-2"

    assert (card.name, card.last_data_day, card.currency) == ("Black Friday 2026", LAST, "USD")
    assert card.attributes["platform"] == ("Meta Ads",)
    assert card.attributes["country"] == ("Colombia", "Costa Rica", "Mexico", "United States")
    assert card.lifetime is not None
    assert card.last_30_days is not None
    assert card.lifetime.metrics["spend"] == float(world.total("spend", own))
    lately = during("2026-10-22", "2026-11-20")

    def recent(fact: Fact) -> bool:
        return own(fact) and lately(fact)

    assert card.last_30_days.metrics["leads"] == float(world.total("leads", recent))
    assert isinstance(model, TextResourceContents)
    assert isinstance(same, TextResourceContents)
    assert model.text == same.text
    assert isinstance(freshness, TextResourceContents)
    assert '"crm.sales"' in freshness.text


@pytest.mark.parametrize(
    ("argument", "typed", "found"),
    [
        ("campaign", "geis", ["Geisha Launch"]),
        ("campaign", "FRIDAY", ["Black Friday 2026"]),
        ("client", "acm", ["Acme"]),
        ("region", "san jose", ["San José"]),
        ("platform", "tik", ["TikTok"]),
        ("country", "rica", ["Costa Rica"]),
        ("metric", "cp", ["cpc", "cpm", "cpl"]),
        ("language", "", ["en", "es"]),
        ("product", "x", []),
    ],
)
async def test_arguments_of_prompts_are_completed_from_the_tenants_own_names(
    analytics: Analytics, tenant: str, argument: str, typed: str, found: list[str]
) -> None:
    async with analytics.client(caller(tenant, scopes=SCOPES)) as client:
        completion = await client.complete(PromptReference(name="weekly_report"), {"name": argument, "value": typed})

    assert completion.completion.values == found


async def test_campaign_ids_are_completed_by_id_or_by_name(analytics: Analytics, tenant: str) -> None:
    template = ResourceTemplateReference(uri="analytics://campaigns/{campaign_id}")
    async with analytics.client(caller(tenant, scopes=SCOPES)) as client:
        by_name = await client.complete(template, {"name": "campaign_id", "value": "news"})
        by_id = await client.complete(template, {"name": "campaign_id", "value": "c-"})

    assert by_name.completion.values == ["c-4"]
    assert sorted(by_id.completion.values) == ["c-1", "c-2", "c-3", "c-4"]


@pytest.mark.parametrize(
    ("prompt", "arguments", "tools"),
    [
        ("weekly_report", {"week_ending": "2026-11-15"}, {"detect_anomalies", "rank_campaigns", "forecast_metric"}),
        ("campaign_post_mortem", {"campaign": "Newsletter"}, {"explain_metric", "rank_campaigns", "query_metrics"}),
        ("budget_reallocation", {"client": "Acme", "period": "October 2026"}, {"rank_campaigns", "explain_metric"}),
    ],
)
async def test_prompts_name_tools_that_exist_in_both_languages(
    analytics: Analytics, tenant: str, prompt: str, arguments: dict[str, str], tools: set[str]
) -> None:
    async with analytics.client(caller(tenant, scopes=SCOPES)) as client:
        texts: dict[str, str] = {}
        for language in ("en", "es"):
            rendered = await client.get_prompt(prompt, {**arguments, "language": language})
            content = rendered.messages[0].content
            assert isinstance(content, TextContent)
            texts[language] = content.text
        listed = {tool.name for tool in (await client.list_tools()).tools}

    assert tools <= listed
    for text in texts.values():
        assert all(tool in text for tool in tools)
        assert all(value in text for value in arguments.values())
        assert "{" not in text
    assert texts["en"].endswith("Write in English.")
    assert texts["es"].endswith("Escribe en español.")


async def test_answers_with_figures_are_shown_by_the_chart(analytics: Analytics, tenant: str) -> None:
    async with analytics.client(caller(tenant, scopes=SCOPES)) as client:
        tools = {tool.name: tool.meta for tool in (await client.list_tools()).tools}
        (page,) = (await client.read_resource(CHART_URI)).contents

    shown = {name for name, meta in tools.items() if meta and "ui" in meta}
    assert shown == {"ask", "query_metrics", "forecast_metric"}
    assert tools["ask"] == {"ui": {"resourceUri": CHART_URI, "visibility": ["model", "app"]}}
    assert page.meta is not None
    assert not any(page.meta["ui"]["csp"].values())
