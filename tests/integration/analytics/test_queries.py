"""What metric queries answer beside plain sums: ties, shares, places of one name, versions; and what they refuse."""

from typing import Any

import pytest

from kernel.ids import new_id
from tests.integration.analytics.conftest import Analytics
from tests.integration.analytics.world import World, during

OCTOBER = {"start": "2026-10-01", "end": "2026-10-31"}
IN_OCTOBER = during("2026-10-01", "2026-10-31")
PLACES = (
    ("Argentina", "Córdoba", 4),
    ("Spain", "Córdoba", 3),
    ("Spain", "Madrid", 3),
    ("Mexico", "Puebla", 3),
    ("Peru", "Lima", 1),
)


@pytest.fixture(scope="module")
async def places(analytics: Analytics) -> str:
    """A tenant with a region of one name in two countries, and equal figures."""
    name = new_id("tenant")
    metrics = [
        {"country": country, "region": region, "line_item": country, "spend": f"{n}.00", "clicks": n, "reach": n}
        for country, region, n in PLACES
    ]
    await analytics.fill(name, World(campaigns=[{}], metrics=metrics, leads=[{}], sales=[{}]))
    return name


async def test_regions_of_one_name_are_told_apart_by_their_country(analytics: Analytics, places: str) -> None:
    rows = (await analytics.call(places, "query_metrics", metrics=["spend"], dimensions=["region"]))["rows"]
    asked = await analytics.call(places, "ask", question="gasto por región", as_of="2026-11-22", language="es")
    by_both = await analytics.call(places, "query_metrics", metrics=["spend"], dimensions=["region", "country"])

    assert [row["region"] for row in rows] == ["Córdoba (Argentina)", "Córdoba (Spain)", "Madrid", "Puebla", "Lima"]
    assert "Córdoba (Argentina): 4.00 USD; Córdoba (Spain): 3.00 USD; Madrid: 3.00 USD" in asked["answer"]
    assert [value["region"] for value in asked["chart"]["data"]["values"]][:2] == [
        "Córdoba (Argentina)",
        "Córdoba (Spain)",
    ]
    assert {"region": "Córdoba", "country": "Spain", "spend": 3.0} in by_both["rows"]


async def test_a_region_that_lies_in_two_countries_is_asked_about(analytics: Analytics, places: str) -> None:
    english = await analytics.call(places, "ask", question="spend in Córdoba", as_of="2026-11-22")
    spanish = await analytics.call(places, "ask", question="gasto sin contar Córdoba", as_of="2026-11-22")
    query = await analytics.call(
        places, "query_metrics", metrics=["spend"], filters=[{"dimension": "region", "values": ["Córdoba", "Madrid"]}]
    )

    assert english["clarification"] == {
        "question": "“Córdoba” is the name of several things. Which one?",
        "options": ["Córdoba (Argentina)", "Córdoba (Spain)"],
    }
    assert spanish["clarification"]["question"] == "“Córdoba” es el nombre de varias cosas. ¿Cuál?"
    ranking = await analytics.call(
        places,
        "rank_campaigns",
        metric="ctr",
        period={"start": "2026-01-01", "end": "2026-12-31"},
        filters=[{"dimension": "region", "values": ["Córdoba"]}],
    )
    assert [query["status"], ranking["status"]] == ["needs_clarification", "needs_clarification"]


@pytest.mark.parametrize(
    ("question", "spend"),
    [
        ("spend in Córdoba (Argentina)", [4.0]),
        ("spend in Córdoba, Spain", [3.0]),
        ("gasto en Madrid", [3.0]),
        ("spend in Córdoba by country", [4.0, 3.0]),
    ],
)
async def test_a_region_is_not_asked_about_once_its_country_is_said(
    analytics: Analytics, places: str, question: str, spend: list[float]
) -> None:
    answer = await analytics.call(places, "ask", question=question, as_of="2026-11-22")

    assert [row["spend"] for row in answer["rows"]] == spend


async def test_a_ranking_cut_to_one_of_two_places_still_says_which(analytics: Analytics, places: str) -> None:
    answer = await analytics.call(
        places, "query_metrics", metrics=["spend"], dimensions=["region"], order_by=[{"field": "spend"}], limit=1
    )

    assert answer["rows"] == [{"region": "Córdoba (Argentina)", "spend": 4.0}]


async def test_a_limit_keeps_what_equals_the_last_row_and_the_sentence_says_so(
    analytics: Analytics, places: str
) -> None:
    answer = await analytics.call(
        places, "query_metrics", metrics=["clicks"], dimensions=["region"], order_by=[{"field": "clicks"}], limit=2
    )

    assert [row["clicks"] for row in answer["rows"]] == [4, 3, 3, 3]
    assert "The last place is shared, so there are more rows than asked for." in answer["answer"]
    assert answer["truncated"] is False


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Which country had the fewest clicks?", "the country with the lowest clicks was Peru, with 1"),
        ("Which country had the most clicks excluding Spain and Argentina?", "was Mexico, with 3"),
    ],
)
async def test_one_winner_is_named(analytics: Analytics, places: str, question: str, said: str) -> None:
    assert said in (await analytics.call(places, "ask", question=question, as_of="2026-11-22"))["answer"]


async def test_winners_that_tie_are_all_named(analytics: Analytics, places: str) -> None:
    english = await analytics.call(
        places, "ask", question="Which region had the most clicks excluding Argentina?", as_of="2026-11-22"
    )
    spanish = await analytics.call(
        places, "ask", question="¿Qué región tuvo más clics sin contar Argentina?", as_of="2026-11-22"
    )

    assert [row["region"] for row in english["rows"]] == ["Córdoba", "Madrid", "Puebla"]
    assert "several share the highest clicks by region: Córdoba: 3; Madrid: 3; Puebla: 3." in english["answer"]
    assert "varios comparten el valor más alto de clics por región" in spanish["answer"]


async def test_shares_are_of_all_rows_whatever_the_limit(analytics: Analytics, places: str) -> None:
    answer = await analytics.call(
        places,
        "query_metrics",
        metrics=["spend"],
        dimensions=["country"],
        share_of_total=True,
        order_by=[{"field": "spend_share"}],
        limit=1,
    )

    assert answer["rows"] == [{"country": "Spain", "spend": 6.0, "spend_share": pytest.approx(6 / 14, abs=1e-6)}]
    assert (
        "the country with the highest share of spend was Spain, with 6.00 USD (42.9 % of the total)" in answer["answer"]
    )
    assert answer["columns"][-1] == {
        "name": "spend_share", "kind": "share", "label": "Spend", "unit": "fraction", "currency": None,
        "converted": False, "additivity": None,
    }  # fmt: skip


async def test_shares_of_each_month_add_up_to_one(analytics: Analytics, tenant: str) -> None:
    answer = await analytics.call(
        tenant, "query_metrics", metrics=["revenue"], dimensions=["month", "platform"], share_of_total=True
    )

    sums: dict[str, float] = {}
    for row in answer["rows"]:
        sums[row["month"]] = sums.get(row["month"], 0) + row["revenue_share"]
    assert len(sums) == 4
    assert all(total == pytest.approx(1, abs=1e-5) for total in sums.values())


@pytest.mark.parametrize(
    ("language", "reason"),
    [("en", "Return on ad spend is a ratio, which does not add up"), ("es", "es una razón, que no suma un total")],
)
async def test_a_ratio_has_no_share(analytics: Analytics, tenant: str, language: str, reason: str) -> None:
    answer = await analytics.call(
        tenant, "query_metrics", metrics=["roas"], dimensions=["country"], share_of_total=True, language=language
    )

    assert answer["status"] == "unsupported"
    assert reason in answer["reason"]


async def test_reach_over_several_days_is_said_to_count_people_more_than_once(
    analytics: Analytics, tenant: str, places: str
) -> None:
    whole = await analytics.call(tenant, "ask", question="reach in October", as_of="2026-11-20")
    spanish = await analytics.call(tenant, "ask", question="alcance por país en octubre", as_of="2026-11-20")
    one_each = await analytics.call(places, "query_metrics", metrics=["reach"], dimensions=["region"])
    clicks = await analytics.call(tenant, "ask", question="clicks in October", as_of="2026-11-20")

    assert (
        "Reach adds up days, places and campaigns, so it may count the same people more than once." in whole["answer"]
    )
    assert "puede contar a las mismas personas más de una vez" in spanish["answer"]
    assert "more than once" not in one_each["answer"]
    assert "more than once" not in clicks["answer"]
    assert (whole["columns"][0]["additivity"], clicks["columns"][0]["additivity"]) == ("overlapping", "additive")


async def test_an_answer_names_the_versions_it_follows(analytics: Analytics, tenant: str) -> None:
    answer = await analytics.call(tenant, "query_metrics", metrics=["roas", "spend"], time=OCTOBER)
    model = await analytics.call(tenant, "list_metrics")

    assert answer["model_version"] == model["model_version"]
    assert answer["metric_versions"] == {"roas": 1, "spend": 1}


async def test_dimensions_are_listed_with_what_they_are_drilled_down_by(analytics: Analytics, tenant: str) -> None:
    listed = await analytics.call(tenant, "list_dimensions", language="es", values_limit=0)

    cards = {card["name"]: card for card in listed["dimensions"]}
    levels = {name: (card["hierarchy"], card["parent"], card["child"]) for name, card in cards.items()}
    assert levels["country"] == ("geografía", None, "region")
    assert levels["region"] == ("geografía", "country", None)
    assert levels["platform"] == ("medios", None, "channel")
    assert levels["channel"] == ("medios", "platform", None)
    assert levels["client"] == (None, None, None)
    assert listed["week_start"] == "monday"


async def test_periods_that_share_days_count_each_day_in_both(analytics: Analytics, tenant: str, world: World) -> None:
    answer = await analytics.call(
        tenant,
        "query_metrics",
        metrics=["clicks"],
        time={"start": "2026-09-01", "end": "2026-10-31", "grain": "month"},
        compare_to={"start": "2026-08-01", "end": "2026-09-30"},
    )

    august, september = (
        world.total("clicks", during(f"2026-{n}-01", f"2026-{n}-{d}")) for n, d in (("08", 31), ("09", 30))
    )
    october = world.total("clicks", IN_OCTOBER)
    assert [(row["month"], row["clicks"], row["clicks_previous"]) for row in answer["rows"]] == [
        ("2026-09-01", september, august),
        ("2026-10-01", october, september),
    ]


def where(**fields: Any) -> dict[str, Any]:
    return {"metrics": ["spend"], "filters": [{"dimension": "country", "values": ["Mexico"], **fields}]}


ODD: list[tuple[dict[str, Any], str]] = [
    ({"metrics": ["spnd"]}, "metrics.0: no metric 'spnd'; did you mean spend?"),
    ({"metrics": []}, "metrics"),
    ({"metrics": [""]}, "metrics.0: no metric ''; there are spend"),
    ({"metrics": ["x" * 10_000]}, "metrics.0: no metric 'xxx"),
    ({"metrics": ["spend"] * 60}, "metrics: Tuple should have at most 50 items"),
    ({"metrics": ["spend", "spend"]}, "metrics: 'spend' is named twice"),
    ({"metrics": ["spend"], "dimensions": ["contry"]}, "dimensions.0: no dimension 'contry'; did you mean country?"),
    ({"metrics": ["spend"], "dimensions": ["month", "week"]}, "dimensions: one time grain at a time"),
    ({"metrics": ["spend"], "filters": where()["filters"] * 1000}, "filters"),
    (where(values=[]), "filters.0.values"),
    (where(values=["Mexico"] * 300), "filters.0.values"),
    (where(values=["Mexico", " "]), "filters.0.values.1: an empty text is no value"),
    (where(values=["a\x00b"]), "filters.0.values.0: the value has control characters"),
    (where(values=["y" * 5000]), "filters.0.values.0: the value is longer than 500 characters"),
    (where(dimension="land"), "filters.0.dimension: no dimension 'land'"),
    (where(op="like"), "filters.0.op"),
    ({"metrics": ["spend"], "time": {"start": "2026-13-01"}}, "time.start"),
    ({"metrics": ["spend"], "time": {"start": "2026-10-02", "end": "2026-10-01"}}, "end is before start"),
    ({"metrics": ["spend"], "time": {"start": "0001-01-01", "end": "0001-01-31"}, "compare_to": "previous_period"},
     "compare_to: the calendar has no such period before 0001-01-01"),
    ({"metrics": ["spend"], "compare_to": "previous_year"}, "compare_to: a comparison needs time.start and time.end"),
    ({"metrics": ["spend"], "limit": 0}, "limit"),
    ({"metrics": ["spend"], "limit": 1001}, "limit"),
    ({"metrics": ["spend"], "order_by": [{"field": "clicks"}]}, "order_by.0.field: no column 'clicks'; there are"),
    ({"metrics": ["spend"], "order_by": [{"field": "spend_share"}]}, "order_by.0.field: no column 'spend_share'"),
    ({"metrics": ["spend"], "order_by": [{"field": "spend"}] * 2}, "order_by: 'spend' is named twice"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "words"), ODD)
async def test_what_makes_no_query_is_refused_naming_the_field(
    analytics: Analytics, tenant: str, arguments: dict[str, Any], words: str
) -> None:
    said = await analytics.refusal(tenant, "query_metrics", **arguments)

    assert words in said
    assert "nternal" not in said


@pytest.mark.parametrize(
    "time", [{"start": "0001-01-01", "end": "9999-12-31"}, {"start": "0001-01-01"}, {"end": "9999-12-31"}, {}]
)
@pytest.mark.parametrize("grain", [None, "date", "week", "year"])
async def test_a_period_as_long_as_the_calendar_is_all_the_data(
    analytics: Analytics, tenant: str, world: World, time: dict[str, str], grain: str | None
) -> None:
    answer = await analytics.call(tenant, "query_metrics", metrics=["clicks"], time={**time, "grain": grain})

    assert sum(row["clicks"] for row in answer["rows"]) == world.total("clicks")


async def test_filters_that_contradict_each_other_are_declined(analytics: Analytics, tenant: str) -> None:
    filters = [
        {"dimension": "country", "values": ["Mexico"]},
        {"dimension": "country", "op": "not_in", "values": ["MX"]},
    ]

    answer = await analytics.call(tenant, "query_metrics", metrics=["spend"], filters=filters, language="es")

    assert answer["status"] == "unsupported"
    assert answer["reason"] == "Los filtros de país se contradicen: piden “Mexico” y lo dejan todo fuera."
