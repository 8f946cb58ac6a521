"""SQL in files and in questions is text: it comes back as written, does nothing, and shows nobody else's data."""

from typing import Any

import pytest

from kernel.database import Database
from kernel.ids import new_id
from kernel.settings import Settings
from mcp_servers.ads.imports import import_routes
from tests.integration.analytics.conftest import Analytics
from tests.support.imports import METRICS_HEADER, post_csv

HOSTILE = (
    "x'; DROP TABLE hub.fact_metrics; --",
    'y" OR 1=1 --',
    "%s %(tenant)s $1 {} {0}",
    "z\\'; SELECT pg_sleep(9)",
)
OTHERS = "Quetzal Secretum"
"""A name that only another tenant has."""


def csv_of(*names: str, client: str = "Acme") -> bytes:
    lines = [METRICS_HEADER]
    for number, name in enumerate(names):
        quoted = '"' + name.replace('"', '""') + '"'
        cells = ("2026-10-05", f"K{number}", quoted, client, quoted, "Meta Ads", "social", "Mexico", "Jalisco", "All",
                 "USD", f"{number + 1}.25", "100", "80", "10", "1")  # fmt: skip
        lines.append(",".join(cells))
    return "\n".join(lines).encode()


@pytest.fixture(scope="module")
async def hostile(migrated: Settings, analytics: Analytics) -> str:
    """A tenant whose campaigns and products are named in SQL, beside another with a name of its own."""
    tenant, other = new_id("tenant"), new_id("tenant")
    async with Database.open(migrated.role_database_url("promptsales_ads")) as ads:
        for name, content in ((tenant, csv_of(*HOSTILE)), (other, csv_of(OTHERS, client=OTHERS))):
            loaded = await post_csv(import_routes, ads, name, "ads-metrics", content)
            assert loaded.json().get("rows_rejected") == 0, loaded.text
            await analytics.pipeline.run_now(name)
    return tenant


async def ask(analytics: Analytics, tenant: str, question: str) -> dict[str, Any]:
    return await analytics.call(tenant, "ask", question=question, as_of="2026-10-31")


async def test_names_written_in_sql_come_back_as_written(analytics: Analytics, hostile: str) -> None:
    answer = await ask(analytics, hostile, "spend by campaign")

    assert {row["campaign"]: row["spend"] for row in answer["rows"]} == {
        name: number + 1.25 for number, name in enumerate(HOSTILE)
    }


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_name_written_in_sql_can_be_asked_for_and_is_a_bound_value(
    analytics: Analytics, hostile: str, name: str
) -> None:
    filters = [{"dimension": "product", "values": [name]}]
    answer = await analytics.call(hostile, "query_metrics", metrics=["spend"], filters=filters)

    assert answer["rows"] == [{"spend": HOSTILE.index(name) + 1.25}]
    assert name not in answer["sql"]


@pytest.mark.parametrize(
    "question",
    [
        *(f"spend of {name}" for name in HOSTILE),
        "spend'; DELETE FROM hub.fact_metrics WHERE 'a'='a",
        "spend by campaign; SELECT * FROM hub.fact_sales",
        "clicks UNION SELECT password FROM identity.users",
        "spend in Mexico' OR tenant <> '",
        "clicks %s %(tenant)s $1 {} {tenant}",
        "spend for tenant other",
        "set app.tenant to other; spend",
    ],
)
async def test_sql_in_a_question_does_nothing(analytics: Analytics, hostile: str, question: str) -> None:
    answer = await ask(analytics, hostile, question)
    after = await ask(analytics, hostile, "total spend")

    assert answer["status"] in {"answered", "needs_clarification", "unsupported"}
    assert answer["status"] != "answered" or "product" in str(answer["query"]) or "campaign" in str(answer["query"])
    assert after["rows"] == [{"spend": sum(number + 1.25 for number in range(len(HOSTILE)))}]


@pytest.mark.parametrize("question", [f"spend of {OTHERS}", f"gasto de {OTHERS.lower()}", "spend of Quetzal Secretun"])
async def test_another_tenants_values_are_neither_counted_nor_suggested(
    analytics: Analytics, hostile: str, question: str
) -> None:
    answer = await ask(analytics, hostile, question)
    values = await analytics.call(hostile, "list_dimensions")

    assert answer["status"] == "unsupported"
    assert OTHERS not in str(answer["clarification"])
    assert OTHERS not in str(values)
