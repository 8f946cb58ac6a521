from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from mcp_servers.analytics.domain.model import MetricName, SemanticModel
from mcp_servers.analytics.domain.query import Filter, MetricQuery, OrderBy, TimeRange
from mcp_servers.analytics.domain.reading import Lexicon
from mcp_servers.analytics.domain.text import phrase, words

PUBLISHED = (
    "spend impressions reach clicks conversions leads sales revenue ctr cpc cpm conversion_rate cpl cac"
    " average_order_value roas roi"
)


def test_the_model_that_ships_has_the_published_names(model: SemanticModel) -> None:
    assert set(PUBLISHED.split()) <= set(model.metrics)
    assert {"client", "product", "campaign", "platform", "channel", "country", "region", "audience"} <= set(
        model.dimensions
    )


def test_no_phrase_has_two_roles(lexicon: Lexicon) -> None:
    owners: dict[tuple[str, ...], set[str]] = {}
    for role, phrases in lexicon.vocabulary.roles.items():
        for texts in phrases.values():
            for text in texts:
                owners.setdefault(phrase(text), set()).add(role)

    assert {words: roles for words, roles in owners.items() if len(roles) > 1} == {}


@pytest.mark.parametrize(
    "word",
    [
        "not",
        "never",
        "no",
        "without",
        "sin",
        "if",
        "si",
        "unless",
        "why",
        "next",
        "except",
        "than",
        "above",
        "under",
        "per",
        "cada",
    ],
)
def test_words_that_change_a_meaning_are_not_filler(word: str, lexicon: Lexicon) -> None:
    filler = {text for texts in lexicon.vocabulary.roles["filler"].values() for text in texts}

    assert word not in filler


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        ("ctr", "0.05"),
        ("cpc", "0.2"),
        ("cpm", "10"),
        ("conversion_rate", "0.1"),
        ("cpl", "25"),
        ("cac", "50"),
        ("average_order_value", "150"),
        ("roas", "3"),
        ("roi", "2"),
        ("spend", "100"),
    ],
)
def test_formulas_compute_what_they_are_defined_as(metric: MetricName, expected: str, model: SemanticModel) -> None:
    measures = {"spend": 100, "impressions": 10_000, "clicks": 500, "conversions": 50, "leads": 4, "sales": 2}
    measures["revenue"] = 300

    value = model.metrics[metric].compute(lambda name: Decimal(measures[name]), Decimal, lambda a, b: a / b)

    assert value == Decimal(expected)


def test_a_grain_among_the_dimensions_becomes_the_grain() -> None:
    query = MetricQuery.model_validate({"metrics": ["sales"], "dimensions": ["country", "month"]})

    assert (query.dimensions, query.time.grain) == (("country",), "month")
    assert query.columns == ("month", "country", "sales")


def test_a_comparison_adds_its_columns() -> None:
    time = TimeRange.model_validate({"start": "2026-10-01", "end": "2026-10-31"})
    query = MetricQuery(metrics=("sales",), time=time, compare_to="previous_period")

    assert query.columns == ("sales", "sales_previous", "sales_change")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"metrics": []}, "at least 1"),
        ({"metrics": ["sales", "sales"]}, "twice"),
        ({"metrics": ["sales"], "dimensions": ["country", "country"]}, "dimensions: 'country' is named twice"),
        ({"metrics": ["sales"], "order_by": [{"field": "sales"}, {"field": "sales"}]}, "order_by: 'sales' is named"),
        ({"metrics": ["sales"], "dimensions": "country"}, "tuple"),
        ({"metrics": ["sales"], "time": 7}, "dictionary"),
        ({"metrics": ["sales"], "filters": [{"dimension": "country", "values": ["x"]}] * 51}, "at most 50"),
        (
            {"metrics": ["sales"], "time": {"start": "0001-01-01", "end": "0001-02-01"}, "compare_to": "previous_year"},
            "compare_to: the calendar has no such period",
        ),
        ({"metrics": ["sales"], "dimensions": ["month", "week"]}, "one time grain"),
        ({"metrics": ["sales"], "order_by": [{"field": "spend"}]}, "no column 'spend'"),
        ({"metrics": ["sales"], "compare_to": "previous_year"}, "needs time.start"),
        ({"metrics": ["sales"], "time": {"start": "2026-02-01", "end": "2026-01-01"}}, "end is before start"),
        ({"metrics": ["sales"], "limit": 0}, "greater than or equal to 1"),
        ({"metrics": ["sales"], "sql": "DROP TABLE"}, "Extra inputs"),
    ],
)
def test_a_query_that_contradicts_itself_is_refused(fields: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        MetricQuery.model_validate(fields)


def test_a_share_adds_its_columns_beside_a_comparison() -> None:
    time = TimeRange.model_validate({"start": "2026-10-01", "end": "2026-10-31"})
    fields: dict[str, Any] = {"metrics": ("sales",), "dimensions": ("country",), "share_of_total": True}

    alone = MetricQuery(**fields)
    compared = MetricQuery(**fields, time=time, compare_to="previous_year")

    assert alone.columns == ("country", "sales", "sales_share")
    assert compared.columns[1:] == ("sales", "sales_previous", "sales_change", "sales_share", "sales_share_previous")


def test_a_query_survives_a_round_trip_through_json() -> None:
    query = MetricQuery(
        metrics=("spend", "roas"),
        dimensions=("campaign",),
        filters=(Filter(dimension="country", op="not_in", values=("Mexico",)),),
        order_by=(OrderBy(field="roas"),),
        limit=5,
    )

    assert MetricQuery.model_validate_json(query.model_dump_json()) == query


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("¿Cuánto gastó México?", "cuanto gasto mexico"),
        ("Acme's spend didn’t grow", "acme spend did not grow"),
        ("I'd like EE. UU.", "i like ee uu"),
        ("cmp_01AB vs C-002", "cmp_01ab vs c 002"),
        ("on 2026-11-05, 50%", "on 2026-11-05 50 %"),
    ],
)
def test_words_are_folded_and_contractions_undone(text: str, expected: str) -> None:
    assert " ".join(word.folded for word in words(text)) == expected
