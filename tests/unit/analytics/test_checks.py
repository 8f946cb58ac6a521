from datetime import date
from typing import Any

import pytest

from mcp_servers.analytics.domain.catalogue import Catalogue, Facts, SourceData
from mcp_servers.analytics.domain.checks import checked
from mcp_servers.analytics.domain.model import SemanticModel
from mcp_servers.analytics.domain.query import MetricQuery
from mcp_servers.analytics.domain.reading import Lexicon, read_question
from mcp_servers.analytics.domain.wording import reason
from mcp_servers.analytics.errors import NeedsClarification, UnknownName, Unsupported
from tests.unit.analytics.conftest import facts


def query(**fields: Any) -> MetricQuery:
    return MetricQuery.model_validate({"metrics": ["sales"], **fields})


def where(dimension: str, *values: str) -> list[dict[str, Any]]:
    return [{"dimension": dimension, "values": list(values)}]


@pytest.mark.parametrize(
    ("dimension", "said", "exact"),
    [
        ("country", "méxico", "Mexico"),
        ("country", "MEXICO", "Mexico"),
        ("country", "MX", "Mexico"),
        ("country", "cr", "Costa Rica"),
        ("country", "Estados Unidos", "United States"),
        ("country", "EE. UU.", "United States"),
        ("country", "España", "Spain"),
        ("client", "cafe britt", "Café Britt"),
        ("platform", "meta ads", "Meta Ads"),
        ("campaign", "spring launch", "C-002"),
        ("campaign", "c-002", "C-002"),
        ("campaign", "cmp_6", "cmp_6"),
    ],
)
def test_a_value_is_found_whatever_its_case_accents_or_language(
    dimension: str, said: str, exact: str, catalogue: Catalogue
) -> None:
    found = checked(query(filters=where(dimension, said)), catalogue, "en")

    assert found.query.filters[0].values == (exact,)


def test_a_value_that_resembles_another_is_suggested_and_never_replaced(catalogue: Catalogue) -> None:
    with pytest.raises(NeedsClarification) as asked:
        checked(query(filters=where("country", "Mexixo")), catalogue, "en")

    assert (asked.value.topic, asked.value.options) == ("did_you_mean", ("Mexico",))


@pytest.mark.parametrize(
    ("dimension", "value"), [("country", "Peru"), ("platform", "Snapchat"), ("country", "Google Ads"), ("region", "x")]
)
def test_a_value_that_does_not_exist_is_declined(dimension: str, value: str, catalogue: Catalogue) -> None:
    with pytest.raises(Unsupported) as refusal:
        checked(query(filters=where(dimension, value)), catalogue, "es")

    assert value in reason(refusal.value.topic, refusal.value.facts, "es")


def test_two_campaigns_of_one_name_have_to_be_told_apart_by_id(catalogue: Catalogue) -> None:
    with pytest.raises(NeedsClarification) as asked:
        checked(query(filters=where("campaign", "Twins")), catalogue, "en")

    assert asked.value.options == ("Twins (cmp_5)", "Twins (cmp_6)")


def test_a_query_without_a_period_gets_all_the_days_there_are(catalogue: Catalogue) -> None:
    time = checked(query(), catalogue, "en").query.time

    assert (time.start, time.end) == (date(2025, 9, 1), date(2026, 11, 22))


@pytest.mark.parametrize(("start", "end"), [("2024-01-01", "2024-12-31"), ("2026-12-01", "2026-12-31")])
def test_a_period_without_data_is_declined_saying_what_there_is(start: str, end: str, catalogue: Catalogue) -> None:
    with pytest.raises(Unsupported) as refusal:
        checked(query(time={"start": start, "end": end}), catalogue, "en")

    assert refusal.value.topic == "outside_data"
    assert "from 1 September 2025 to 22 November 2026" in reason(refusal.value.topic, refusal.value.facts, "en")


def test_a_comparison_with_a_period_without_data_is_declined(catalogue: Catalogue) -> None:
    time = {"start": "2025-09-01", "end": "2025-09-30"}

    with pytest.raises(Unsupported) as refusal:
        checked(query(time=time, compare_to="previous_period"), catalogue, "en")

    assert refusal.value.topic == "outside_compared"
    assert "August 2025" in refusal.value.facts["period"]


def test_a_period_partly_without_data_is_answered_saying_what_is_covered(catalogue: Catalogue) -> None:
    covered = checked(query(time={"start": "2025-07-01", "end": "2025-09-30"}), catalogue, "en").covered

    assert covered is not None
    assert (covered.start, covered.end) == (date(2025, 9, 1), date(2025, 9, 30))


def sources(**days: tuple[date, date] | None) -> dict[str, SourceData]:
    named = {name.replace("_", "."): span for name, span in days.items()}
    return {
        name: SourceData(name, 1 if span else 0, span[0] if span else None, span[1] if span else None, None)
        for name, span in named.items()
    }


def test_a_metric_whose_source_is_empty_has_no_data(model: SemanticModel) -> None:
    some = (date(2026, 1, 1), date(2026, 1, 31))
    world = Facts(1, "UTC", facts().values, sources(ads_metrics=some, crm_leads=None, crm_sales=some))
    catalogue = Catalogue(model, world)

    with pytest.raises(Unsupported) as refusal:
        checked(query(metrics=["cpl"]), catalogue, "en")

    assert refusal.value.topic == "no_data"
    assert checked(query(metrics=["roas"]), catalogue, "en")


def test_a_metric_without_data_is_missing_beside_one_that_has_some(model: SemanticModel) -> None:
    some = (date(2026, 1, 1), date(2026, 1, 31))
    world = Facts(1, "UTC", facts().values, sources(ads_metrics=some, crm_leads=None, crm_sales=some))
    catalogue = Catalogue(model, world)

    found = checked(query(metrics=["spend", "leads", "roas"]), catalogue, "en")

    assert list(found.missing) == ["leads"]
    with pytest.raises(Unsupported):
        checked(query(metrics=["spend", "leads"], order_by=[{"field": "leads"}]), catalogue, "en")


def test_performance_is_told_by_the_metrics_that_have_data(lexicon: Lexicon) -> None:
    some = (date(2026, 1, 1), date(2026, 1, 31))
    world = Facts(1, "UTC", facts().values, sources(ads_metrics=some, crm_leads=some, crm_sales=None))
    catalogue = Catalogue(lexicon.model, world)

    found = read_question("performance in January", lexicon, catalogue, as_of=date(2026, 2, 1), language="en")

    assert found.metrics == ("spend", "impressions", "clicks", "conversions", "leads")


def test_days_without_sales_count_as_none_but_days_without_metrics_are_missing(model: SemanticModel) -> None:
    spans = sources(
        ads_metrics=(date(2026, 1, 1), date(2026, 1, 20)),
        crm_leads=(date(2026, 1, 1), date(2026, 1, 31)),
        crm_sales=(date(2026, 1, 1), date(2026, 1, 10)),
    )
    catalogue = Catalogue(model, Facts(1, "UTC", facts().values, spans))
    late = {"start": "2026-01-25", "end": "2026-01-31"}

    assert checked(query(time=late), catalogue, "en")
    with pytest.raises(Unsupported):
        checked(query(metrics=["spend"], time=late), catalogue, "en")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"metrics": ["spnd"]}, "metrics.0: no metric 'spnd'; did you mean spend?"),
        ({"metrics": ["spend", "zzzz"]}, "metrics.1: no metric 'zzzz'; there are spend, impressions"),
        ({"dimensions": ["contry"]}, "dimensions.0: no dimension 'contry'; did you mean country?"),
        ({"filters": [{"dimension": "plataform", "values": ["x"]}]}, "filters.0.dimension: no dimension 'plataform'"),
    ],
)
def test_a_name_that_the_model_does_not_have_is_refused_with_near_ones(
    fields: dict[str, Any], words: str, catalogue: Catalogue
) -> None:
    with pytest.raises(UnknownName) as refused:
        checked(query(**fields), catalogue, "en")

    assert words in str(refused.value)
    assert refused.value.field
    assert words.startswith(refused.value.field)


@pytest.mark.parametrize(
    "filters",
    [
        [("country", "in", ["Mexico"]), ("country", "not_in", ["MX"])],
        [("country", "in", ["Mexico", "Spain"]), ("country", "not_in", ["Spain", "México"])],
        [("country", "in", ["Mexico"]), ("country", "in", ["Spain"])],
        [("platform", "in", ["TikTok"]), ("country", "in", ["Mexico"]), ("country", "not_in", ["Mexico"])],
    ],
)
def test_filters_that_leave_nothing_are_declined(
    filters: list[tuple[str, str, list[str]]], catalogue: Catalogue
) -> None:
    written = [{"dimension": name, "op": op, "values": values} for name, op, values in filters]

    with pytest.raises(Unsupported) as refused:
        checked(query(filters=written), catalogue, "en")

    assert refused.value.topic == "contradictory_filters"
    assert "country" in reason(refused.value.topic, refused.value.facts, "en")


def test_filters_that_leave_something_are_not_contradictory(catalogue: Catalogue) -> None:
    written = [
        {"dimension": "country", "op": "in", "values": ["Mexico", "Spain"]},
        {"dimension": "country", "op": "not_in", "values": ["Spain"]},
    ]

    assert len(checked(query(filters=written), catalogue, "en").query.filters) == 2


@pytest.mark.parametrize(
    ("fields", "topic"),
    [
        ({"metrics": ["sales", "roas"], "dimensions": ["country"]}, "share_of_ratio"),
        ({"metrics": ["sales"]}, "share_of_nothing"),
    ],
)
def test_a_share_of_what_does_not_add_up_is_declined(fields: dict[str, Any], topic: str, catalogue: Catalogue) -> None:
    with pytest.raises(Unsupported) as refused:
        checked(query(**fields, share_of_total=True), catalogue, "es")

    assert refused.value.topic == topic
    assert reason(refused.value.topic, refused.value.facts, "es")


def test_people_have_shares_and_so_have_units_of_time(catalogue: Catalogue) -> None:
    assert checked(query(metrics=["reach"], dimensions=["country"], share_of_total=True), catalogue, "en")
    assert checked(query(time={"grain": "month"}, share_of_total=True), catalogue, "en")
