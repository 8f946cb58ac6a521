"""A server with a semantic model of its own: what it defines in YAML can be asked for at once."""

import dataclasses
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from kernel.clock import now
from kernel.mcp import open_context
from kernel.settings import Settings
from mcp_servers.analytics.errors import InvalidModel
from mcp_servers.analytics.server import compose
from mcp_servers.analytics.settings import SEMANTIC_MODEL
from tests.integration.analytics.conftest import Analytics
from tests.integration.analytics.world import World, during
from tests.support.identity import caller

SETTING = "PROMPTSALES_ANALYTICS_SEMANTIC_MODEL"
OCTOBER = {"start": "2026-10-01", "end": "2026-10-31"}
IN_OCTOBER = during("2026-10-01", "2026-10-31")
OURS = """
metrics:
  cost_per_conversion:
    version: 3
    label: {en: Cost per conversion, es: Costo por conversión}
    sentence: {en: the cost per conversion was, es: el costo por conversión fue de}
    definition: {en: Spend divided by conversions., es: Gasto dividido por conversiones.}
    formula: spend / conversions
    unit: money
    format: unit_cost
    better: down
    additivity: ratio
    dimensions: [client, product, campaign, platform, channel, country, region, audience, currency]
    synonyms: {en: [cost per conversion, cpa], es: [costo por conversion, cpa]}
  engagement:
    version: 1
    label: {en: Engagement, es: Interacción}
    sentence: {en: engagement was, es: la interacción fue de}
    definition: {en: Clicks plus five and a half for each conversion., es: Clics más cinco y medio por conversión.}
    formula: clicks + 5.5 * conversions
    unit: count
    format: tenths
    better: up
    additivity: additive
    dimensions: [platform, country]
    synonyms: {en: [engagement, engagement points], es: [interaccion, puntos de interaccion]}
formats:
  tenths: {style: number, decimals: 1, kept: 1, noun: {en: points, es: puntos}}
time: {week_start: sunday, default_time_zone: Pacific/Kiritimati}
"""


def write_model(path: Path) -> Path:
    """The model that ships, with the metrics above, in a file."""
    model = yaml.load(SEMANTIC_MODEL.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    ours = yaml.safe_load(OURS)
    for section, entries in ours.items():
        model[section] = {**model[section], **entries}
    model["version"] = 77
    model["dimensions"]["platform"]["aliases"]["TikTok"] = ["clips"]
    path.write_text(yaml.safe_dump(model, allow_unicode=True), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
async def extended(
    analytics: Analytics, migrated: Settings, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Analytics]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(SETTING, str(write_model(tmp_path_factory.mktemp("model") / "model.yaml")))
        async with open_context(migrated, "analytics") as resources, compose(resources) as composition:
            yield dataclasses.replace(analytics, server=composition.server)


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("What was the cost per conversion in October?", "In October 2026, the cost per conversion was"),
        ("¿Cuál fue el costo por conversión en octubre?", "En octubre de 2026, el costo por conversión fue de"),
        ("cpa in October 2026", "In October 2026, the cost per conversion was"),
    ],
)
async def test_a_metric_that_only_the_file_defines_is_asked_for_in_both_languages(
    extended: Analytics, tenant: str, world: World, question: str, said: str
) -> None:
    answer = await extended.call(tenant, "ask", question=question, as_of="2026-11-20")

    expected = world.total("spend", IN_OCTOBER) / world.total("conversions", IN_OCTOBER)
    assert answer["rows"][0]["cost_per_conversion"] == pytest.approx(float(expected), abs=1e-6)
    assert answer["answer"] == f"{said} {expected:.2f} USD."
    assert (answer["model_version"], answer["metric_versions"]) == (77, {"cost_per_conversion": 3})


async def test_a_metric_with_weights_is_queried_by_its_name(extended: Analytics, tenant: str, world: World) -> None:
    answer = await extended.call(
        tenant, "query_metrics", metrics=["engagement"], dimensions=["platform"], time=OCTOBER, share_of_total=True
    )
    asked = await extended.call(tenant, "ask", question="puntos de interacción en clips en octubre", as_of="2026-11-20")

    clicks, conversions = (world.by("platform", name, IN_OCTOBER) for name in ("clicks", "conversions"))
    expected = {name: float(clicks[name]) + 5.5 * float(conversions[name]) for name in clicks}
    assert {row["platform"]: row["engagement"] for row in answer["rows"]} == expected
    assert sum(row["engagement_share"] for row in answer["rows"]) == pytest.approx(1, abs=1e-5)
    assert asked["answer"].endswith(f"la interacción fue de {expected['TikTok']:,.1f} puntos.")


async def test_the_names_of_the_file_are_published_and_others_refused(extended: Analytics, tenant: str) -> None:
    tools = {tool.name: tool for tool in await extended.server.all_tools()}
    listed = await extended.call(tenant, "list_metrics")

    schema = tools["query_metrics"].input_schema
    assert "engagement" in schema["properties"]["metrics"]["items"]["enum"]
    assert "country" in schema["$defs"]["Filter"]["properties"]["dimension"]["enum"]
    assert "month" in schema["properties"]["dimensions"]["items"]["enum"]
    assert listed["model_version"] == 77
    assert {"cost_per_conversion": 3, "engagement": 1}.items() <= {
        metric["name"]: metric["version"] for metric in listed["metrics"]
    }.items()
    refused = await extended.refusal(tenant, "query_metrics", metrics=["engagment"])
    assert "metrics.0: no metric 'engagment'; did you mean engagement?" in refused
    by_region = await extended.call(tenant, "query_metrics", metrics=["engagement"], dimensions=["region"])
    assert by_region["reason"] == "Engagement cannot be cut by region."


async def test_weeks_begin_where_the_file_says_in_rows_sentences_and_questions(
    extended: Analytics, tenant: str, world: World
) -> None:
    rows = await extended.call(tenant, "query_metrics", metrics=["clicks"], dimensions=["week"], time=OCTOBER)
    asked = await extended.call(tenant, "ask", question="clicks last week", as_of="2026-11-18")

    expected = {
        start: int(world.total("clicks", during(start, end)))
        for start, end in (("2026-10-04", "2026-10-10"), ("2026-10-25", "2026-10-31"))
    }
    assert [row["week"] for row in rows["rows"]][:2] == ["2026-09-27", "2026-10-04"]
    assert expected.items() <= {row["week"]: row["clicks"] for row in rows["rows"]}.items()
    assert "4 to 10 October 2026: " in rows["answer"]
    assert (asked["query"]["time"]["start"], asked["query"]["time"]["end"]) == ("2026-11-08", "2026-11-14")
    assert (await extended.call(tenant, "list_dimensions"))["week_start"] == "sunday"


async def test_today_is_the_day_in_the_time_zone_of_the_file_for_a_tenant_without_one(
    extended: Analytics, tenant: str
) -> None:
    answer = await extended.call(tenant, "ask", question="clicks today")

    assert answer["query"]["time"]["start"] == (now() + timedelta(hours=14)).date().isoformat()


async def test_the_resource_is_the_file_that_is_served(extended: Analytics) -> None:
    async with extended.client(caller("acme", scopes=("analytics:read",))) as client:
        read = await client.read_resource("analytics://semantic-model")

    assert "cost_per_conversion" in read.model_dump_json()


async def test_a_server_does_not_start_with_a_model_that_is_wrong(
    migrated: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = write_model(tmp_path / "model.yaml")
    path.write_text(path.read_text().replace("spend / conversions", "spend / conversion"))
    monkeypatch.setenv(SETTING, str(path))

    async with open_context(migrated, "analytics") as resources:
        with pytest.raises(InvalidModel, match=r"cost_per_conversion.formula: no measure 'conversion'; did you mean"):
            async with compose(resources):
                pass
