"""Answers over a real hub, each against sums that plain Python makes of the same rows."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tests.integration.analytics.conftest import Analytics
from tests.integration.analytics.world import AS_OF, MEASURES, Fact, World, during

OCTOBER = {"start": "2026-10-01", "end": "2026-10-31"}
IN_OCTOBER = during("2026-10-01", "2026-10-31")
IN_SEPTEMBER = during("2026-09-01", "2026-09-30")


async def ask(analytics: Analytics, tenant: str, question: str, **arguments: Any) -> dict[str, Any]:
    return await analytics.call(tenant, "ask", question=question, **{"as_of": AS_OF.isoformat(), **arguments})


def both(*tests: Callable[[Fact], bool]) -> Callable[[Fact], bool]:
    return lambda fact: all(test(fact) for test in tests)


@pytest.mark.parametrize("measure", MEASURES)
async def test_every_measure_equals_the_sum_of_its_rows(
    analytics: Analytics, tenant: str, world: World, measure: str
) -> None:
    answer = await analytics.call(tenant, "query_metrics", metrics=[measure], time=OCTOBER)

    assert answer["status"] == "answered"
    assert Decimal(str(answer["rows"][0][measure])) == world.total(measure, IN_OCTOBER)


@pytest.mark.parametrize(
    ("metric", "above", "below", "factor"),
    [
        ("ctr", "clicks", "impressions", 1),
        ("cpc", "spend", "clicks", 1),
        ("cpm", "spend", "impressions", 1000),
        ("conversion_rate", "conversions", "clicks", 1),
        ("cpl", "spend", "leads", 1),
        ("cac", "spend", "sales", 1),
        ("average_order_value", "revenue", "sales", 1),
        ("roas", "revenue", "spend", 1),
    ],
)
@pytest.mark.parametrize("dimension", ["country", "platform", "campaign", "client"])
async def test_a_ratio_is_the_ratio_of_the_sums_of_each_group(
    analytics: Analytics, tenant: str, world: World, metric: str, above: str, below: str, factor: int, dimension: str
) -> None:
    answer = await analytics.call(tenant, "query_metrics", metrics=[metric], dimensions=[dimension], time=OCTOBER)

    over, under = world.by(dimension, above, IN_OCTOBER), world.by(dimension, below, IN_OCTOBER)
    expected = {name: float(round(factor * over[name] / under[name], 6)) for name in under}
    assert {row[dimension]: row[metric] for row in answer["rows"]} == pytest.approx(expected, abs=1e-6)


async def test_a_question_and_its_translation_get_the_same_figures(
    analytics: Analytics, tenant: str, world: World
) -> None:
    english = await ask(analytics, tenant, "How much did we spend in Mexico last month?")
    spanish = await ask(analytics, tenant, "¿Cuánto gastamos en México el mes pasado?")

    spent = world.total("spend", both(IN_OCTOBER, lambda fact: fact["country"] == "Mexico"))
    assert english["rows"] == spanish["rows"] == [{"spend": float(spent)}]
    assert (english["language"], spanish["language"]) == ("en", "es")
    assert english["answer"] == f"In October 2026 (country: Mexico), spend was {spent:,} USD."
    assert spanish["answer"] == f"En octubre de 2026 (país: Mexico), el gasto fue de {spent:,} USD."
    assert english["query"] == spanish["query"]


async def test_the_answer_is_in_the_language_asked_for(analytics: Analytics, tenant: str) -> None:
    answer = await ask(analytics, tenant, "spend in October", language="es")

    assert answer["answer"].startswith("En octubre de 2026, el gasto fue de")
    assert answer["definitions"]["spend"].startswith("Dinero gastado")


async def test_a_ranking_is_in_order_and_cut(analytics: Analytics, tenant: str, world: World) -> None:
    answer = await ask(analytics, tenant, "Top 2 campaigns by revenue in October")

    best = sorted(world.by("campaign", "revenue", IN_OCTOBER).items(), key=lambda item: -item[1])[:2]
    assert [(row["campaign"], row["revenue"]) for row in answer["rows"]] == [(n, float(v)) for n, v in best]
    assert not answer["truncated"]


async def test_a_comparison_gives_both_values_and_the_change(analytics: Analytics, tenant: str, world: World) -> None:
    answer = await ask(analytics, tenant, "revenue by platform in October compared with September")

    now, before = (world.by("platform", "revenue", when) for when in (IN_OCTOBER, IN_SEPTEMBER))
    for row in answer["rows"]:
        name = row["platform"]
        assert row["revenue"] == float(now[name])
        assert row["revenue_previous"] == float(before[name])
        assert row["revenue_change"] == pytest.approx(float((now[name] - before[name]) / before[name]), abs=1e-6)
    assert len(answer["rows"]) == len(now)
    assert [column["kind"] for column in answer["columns"]] == ["dimension", "metric", "previous", "change"]


@pytest.mark.parametrize(("grain", "key"), [("month", "%Y-%m-01"), ("date", "%Y-%m-%d"), ("year", "%Y-01-01")])
async def test_a_grain_gives_the_first_day_of_each_unit(
    analytics: Analytics, tenant: str, world: World, grain: str, key: str
) -> None:
    answer = await analytics.call(tenant, "query_metrics", metrics=["clicks"], dimensions=[grain])

    expected: dict[str, Decimal] = {}
    for day, clicks in world.by("date", "clicks").items():
        expected[day.strftime(key)] = expected.get(day.strftime(key), Decimal(0)) + clicks
    assert {row[grain]: row["clicks"] for row in answer["rows"]} == expected
    assert [row[grain] for row in answer["rows"]] == sorted(expected)


async def test_a_compared_month_is_cut_by_the_days_it_stands_against(
    analytics: Analytics, tenant: str, world: World
) -> None:
    answer = await analytics.call(
        tenant, "query_metrics", metrics=["sales"], time={**OCTOBER, "grain": "date"}, compare_to="previous_period"
    )

    now, before = world.by("date", "sales", IN_OCTOBER), world.by("date", "sales", IN_SEPTEMBER)
    rows = {row["date"]: row for row in answer["rows"]}
    assert sum(row["sales"] for row in rows.values()) == sum(now.values())
    assert sum(row["sales_previous"] for row in rows.values()) == sum(before.values())
    assert {day.replace(month=10).isoformat(): n for day, n in before.items()} == {
        day: row["sales_previous"] for day, row in rows.items() if row["sales_previous"]
    }


async def test_leaving_out_is_everything_else(analytics: Analytics, tenant: str, world: World) -> None:
    answer = await ask(analytics, tenant, "ventas por país en octubre sin contar México ni Colombia")

    expected = world.by("country", "sales", both(IN_OCTOBER, lambda f: f["country"] not in {"Mexico", "Colombia"}))
    assert {row["country"]: row["sales"] for row in answer["rows"]} == expected


async def test_an_answer_shows_where_it_comes_from(analytics: Analytics, tenant: str) -> None:
    answer = await ask(analytics, tenant, "ROAS by country in October")

    assert answer["query"]["metrics"] == ["roas"]
    assert answer["query"]["time"] == {**OCTOBER, "grain": None}
    assert "hub.monthly_totals_v1" in answer["sql"]
    assert answer["definitions"] == {"roas": "Revenue divided by spend."}
    assert answer["data_as_of"] is not None
    assert answer["chart"]["mark"] == "bar"
    assert [column["unit"] for column in answer["columns"]] == [None, "ratio"]


@pytest.mark.parametrize(
    ("question", "status", "said"),
    [
        ("leads in July", "unsupported", "from 1 August 2026 to 20 November 2026"),
        ("ventas en diciembre de 2026", "unsupported", "del 1 de agosto de 2026 al 20 de noviembre de 2026"),
        ("revenue in Spain", "unsupported", "country “Spain”"),
        ("spend on Snapchat", "unsupported", "“Snapchat”"),
        ("How much has campaign Zeta spent?", "unsupported", "“Zeta”"),
        ("gross margin in October", "unsupported", "gross margin"),
        ("spend on Facebook", "needs_clarification", "platform Meta Ads"),
        ("best campaign", "needs_clarification", "Revenue"),
        ("Robert'); DROP TABLE hub.fact_sales;--", "unsupported", "Robert"),
        ("revenue in “Mexico' OR '1'='1”", "unsupported", "Mexico' OR '1'='1"),
    ],
)
async def test_what_cannot_be_answered_has_no_rows_and_a_reason(
    analytics: Analytics, tenant: str, question: str, status: str, said: str
) -> None:
    answer = await ask(analytics, tenant, question)

    assert answer["status"] == status
    assert (answer["rows"], answer["answer"], answer["sql"]) == ([], None, None)
    given = answer["reason"] or " ".join(answer["clarification"]["options"])
    assert said.replace("'", " ").split()[0] in given.replace("'", " ")


async def test_an_injected_value_is_declined_and_the_tables_are_still_there(
    analytics: Analytics, tenant: str, world: World
) -> None:
    attack = "Mexico'; DELETE FROM hub.fact_sales; --"

    answer = await analytics.call(
        tenant, "query_metrics", metrics=["sales"], filters=[{"dimension": "country", "values": [attack]}]
    )

    assert answer["status"] == "unsupported"
    assert attack in answer["reason"]
    after = await analytics.call(tenant, "query_metrics", metrics=["sales"])
    assert after["rows"] == [{"sales": world.total("sales")}]


async def test_a_period_partly_without_data_says_what_is_covered(analytics: Analytics, tenant: str) -> None:
    answer = await ask(analytics, tenant, "revenue in Q3 2026")

    assert answer["status"] == "answered"
    assert "The data covers 1 August 2026 to 30 September 2026." in answer["answer"]
