from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from mcp_servers.analytics.domain.answer import Column, Row
from mcp_servers.analytics.domain.catalogue import Catalogue
from mcp_servers.analytics.domain.chart import chart
from mcp_servers.analytics.domain.checks import Checked
from mcp_servers.analytics.domain.model import Format, Language, MetricName
from mcp_servers.analytics.domain.narrate import Narrator
from mcp_servers.analytics.domain.periods import Period
from mcp_servers.analytics.domain.query import MetricQuery
from mcp_servers.analytics.domain.table import Table
from mcp_servers.analytics.domain.wording import REASONS, number, period
from mcp_servers.analytics.errors import ClarificationTopic, Unsupported, UnsupportedTopic

OCTOBER = {"start": "2026-10-01", "end": "2026-10-31"}
MONEY = (Column(name="spend", kind="metric", label="Spend", unit="money", currency="USD"),)
CASES: list[tuple[Language, dict[str, Any], list[Row], str]] = [
    ("en", {"metrics": ["spend"]}, [{"spend": 1234.5}], "In October 2026, spend was 1,234.50 USD."),
    ("es", {"metrics": ["spend"]}, [{"spend": 1234.5}], "En octubre de 2026, el gasto fue de 1,234.50 USD."),
    (
        "en",
        {"metrics": ["roas"], "filters": [{"dimension": "campaign", "values": ["C-002"]}]},
        [{"roas": 2.5}],
        "In October 2026 (campaign: Spring Launch), the return on ad spend (ROAS) was 2.50.",
    ),
    (
        "es",
        {"metrics": ["leads"], "filters": [{"dimension": "country", "op": "not_in", "values": ["Mexico"]}]},
        [{"leads": 1200}],
        "En octubre de 2026 (sin país: Mexico), los leads fueron 1,200.",
    ),
    (
        "en",
        {"metrics": ["spend"], "dimensions": ["country"]},
        [{"country": "Mexico", "spend": 2.0}, {"country": None, "spend": 1.0}],
        "In October 2026, spend by country: Mexico: 2.00 USD; unattributed: 1.00 USD.",
    ),
    (
        "es",
        {"metrics": ["spend"], "compare_to": "previous_period"},
        [{"spend": 3.0, "spend_previous": 2.0, "spend_change": 0.5}],
        "En octubre de 2026, el gasto fue de 3.00 USD (+50.0 % frente a 2.00 USD), comparado con septiembre de 2026.",
    ),
    (
        "en",
        {"metrics": ["ctr"], "dimensions": ["platform"], "order_by": [{"field": "ctr"}], "limit": 1},
        [{"platform": "TikTok", "ctr": 0.0123}],
        "In October 2026, the platform with the highest click-through rate was TikTok, with 1.23 %.",
    ),
    (
        "en",
        {"metrics": ["cpl"]},
        [{"cpl": None}],
        "In October 2026, the cost per lead was undefined (divided by zero).",
    ),
]


def said(
    catalogue: Catalogue,
    language: Language,
    fields: dict[str, Any],
    rows: list[Row],
    *,
    empty: bool = False,
    covered: Period | None = None,
    missing: Mapping[MetricName, Unsupported] | None = None,
    columns: tuple[Column, ...] = (),
    overlapping: tuple[MetricName, ...] = (),
) -> str:
    query = MetricQuery.model_validate({"time": OCTOBER, **fields})
    sound = Checked(query, missing or {}, covered)
    shown = Table(columns or MONEY, tuple(rows), truncated=False, empty=empty, overlapping=overlapping)
    return Narrator(sound, catalogue, shown, language).sentence()


@pytest.mark.parametrize(("language", "fields", "rows", "sentence"), CASES, ids=[case[3] for case in CASES])
def test_the_sentence_says_the_rows_with_unit_and_period(
    language: Language, fields: dict[str, Any], rows: list[Row], sentence: str, catalogue: Catalogue
) -> None:
    assert said(catalogue, language, fields, rows) == sentence


SHARED: list[tuple[Language, dict[str, Any], list[Row], str]] = [
    (
        "en",
        {"metrics": ["spend"], "dimensions": ["country"], "share_of_total": True},
        [
            {"country": "Mexico", "spend": 3.0, "spend_share": 0.75},
            {"country": None, "spend": 1.0, "spend_share": 0.25},
        ],
        "In October 2026, spend by country: Mexico: 3.00 USD (75.0 % of the total);"
        " unattributed: 1.00 USD (25.0 % of the total).",
    ),
    (
        "es",
        {"metrics": ["sales"], "dimensions": ["month", "country"], "share_of_total": True},
        [{"month": "2026-10-01", "country": "Spain", "sales": 1, "sales_share": 1.0}],
        "En octubre de 2026, ventas por mes y país: octubre de 2026 · Spain: 1 (100.0 % del total de su mes).",
    ),
    (
        "en",
        {"metrics": ["sales"], "dimensions": ["country"], "share_of_total": True, "compare_to": "previous_period"},
        [{"country": "Spain", "sales": 3, "sales_previous": 1, "sales_change": 2.0, "sales_share": 0.6,
          "sales_share_previous": 0.5}],
        "In October 2026, sales by country: Spain: 3 (+200.0 % against 1; 60.0 % of the total against 50.0 %),"
        " compared with September 2026.",
    ),
    (
        "en",
        {"metrics": ["sales"], "dimensions": ["country"], "share_of_total": True},
        [{"country": "Spain", "sales": 0, "sales_share": None}, {"country": "Peru", "sales": 0, "sales_share": None}],
        "In October 2026, sales by country: Spain: 0; Peru: 0.",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("language", "fields", "rows", "sentence"), SHARED, ids=[case[3] for case in SHARED])
def test_the_sentence_says_the_share(
    language: Language, fields: dict[str, Any], rows: list[Row], sentence: str, catalogue: Catalogue
) -> None:
    assert said(catalogue, language, fields, rows) == sentence


def test_a_share_that_is_asked_for_is_named_beside_those_before_it(catalogue: Catalogue) -> None:
    rows: list[Row] = [{"platform": f"P{n}", "spend": 1, "spend_share": 0.1} for n in range(10)]
    query = {"metrics": ["spend"], "dimensions": ["platform"], "share_of_total": True}

    assert "P9: 1.00 USD (10.0 % of the total)." in said(catalogue, "en", query, rows)


def test_a_tie_for_the_first_place_names_all_who_share_it(catalogue: Catalogue) -> None:
    fields = {"metrics": ["sales"], "dimensions": ["country"], "order_by": [{"field": "sales"}], "limit": 1}
    rows: list[Row] = [{"country": name, "sales": 7} for name in ("Colombia", "Mexico", "Spain")]

    assert said(catalogue, "en", fields, rows) == (
        "In October 2026, several share the highest sales by country: Colombia: 7; Mexico: 7; Spain: 7."
    )
    assert said(catalogue, "es", fields, rows) == (
        "En octubre de 2026, varios comparten el valor más alto de ventas por país: Colombia: 7; Mexico: 7; Spain: 7."
    )


def test_a_tie_for_the_last_place_is_said(catalogue: Catalogue) -> None:
    fields = {"metrics": ["sales"], "dimensions": ["country"], "order_by": [{"field": "sales"}], "limit": 2}
    rows: list[Row] = [
        {"country": "Mexico", "sales": 9},
        {"country": "Peru", "sales": 7},
        {"country": "Spain", "sales": 7},
    ]

    assert said(catalogue, "en", fields, rows).endswith(
        "The last place is shared, so there are more rows than asked for."
    )
    assert said(catalogue, "es", fields, rows).endswith("por eso hay más filas de las pedidas.")
    assert "shared" not in said(catalogue, "en", fields, rows[:2])


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("sales_change", "the country with the highest change of sales was Spain, with 3 (+200.0 % against 1)"),
        ("sales_previous", "the country with the highest sales before was Spain"),
        ("country", "sales by country: Spain: 3"),
    ],
)
def test_a_winner_is_told_by_what_the_rows_are_ranked_by(field: str, words: str, catalogue: Catalogue) -> None:
    fields: dict[str, Any] = {"metrics": ["sales"], "dimensions": ["country"], "limit": 1}
    fields |= {"order_by": [{"field": field}], "compare_to": "previous_period"}
    row: Row = {"country": "Spain", "sales": 3, "sales_previous": 1, "sales_change": 2.0}

    assert words in said(catalogue, "en", fields, [row])


def test_people_who_may_be_counted_twice_are_said_so(catalogue: Catalogue) -> None:
    row: Row = {"reach": 1200}

    cases: tuple[tuple[Language, str], ...] = (
        ("en", "Reach adds up days, places and campaigns, so it may count the same people more than once."),
        ("es", "Alcance suma días, lugares y campañas, por lo que puede contar a las mismas personas más de una vez."),
    )
    for language, words in cases:
        sentence = said(catalogue, language, {"metrics": ["reach"]}, [row], overlapping=("reach",))
        assert sentence.endswith(words)
    assert "more than once" not in said(catalogue, "en", {"metrics": ["reach"]}, [row])


def test_converted_amounts_are_said_so(catalogue: Catalogue) -> None:
    columns = (MONEY[0].model_copy(update={"converted": True}),)
    row: Row = {"spend": 12.0}

    english = said(catalogue, "en", {"metrics": ["spend"]}, [row], columns=columns)
    spanish = said(catalogue, "es", {"metrics": ["spend"]}, [row], columns=columns)

    assert english == (
        "In October 2026, spend was 12.00 USD. Amounts in several currencies were converted to USD at dated rates."
    )
    assert "se convirtieron a USD con tipos de cambio por fecha" in spanish


def test_a_long_filter_is_cut_short(catalogue: Catalogue) -> None:
    filters = [{"dimension": "country", "values": [f"c{n}" for n in range(30)]}]

    assert "c9, and others)" in said(catalogue, "en", {"metrics": ["sales"], "filters": filters}, [{"sales": 1}])


def test_a_long_listing_says_that_it_leaves_rows_out(catalogue: Catalogue) -> None:
    rows: list[Row] = [{"country": f"c{n}", "spend": 1.0} for n in range(8)]

    assert said(catalogue, "es", {"metrics": ["spend"], "dimensions": ["country"]}, rows).endswith("; y otros.")


def test_nothing_recorded_is_said_and_so_is_what_the_data_covers(catalogue: Catalogue) -> None:
    covered = Period(start=date(2026, 10, 5), end=date(2026, 10, 31))

    sentence = said(catalogue, "en", {"metrics": ["sales"]}, [{"sales": 0}], empty=True, covered=covered)

    assert sentence == (
        "In October 2026, nothing is recorded for sales. The data covers 5 October 2026 to 31 October 2026."
    )


def test_a_metric_without_data_is_said_beside_the_others(catalogue: Catalogue) -> None:
    missing: dict[MetricName, Unsupported] = {"leads": Unsupported("no_data", metric="Leads")}
    rows: list[Row] = [{"spend": 2.0, "leads": None}]

    sentence = said(catalogue, "en", {"metrics": ["spend", "leads"]}, rows, missing=missing)

    assert sentence == "In October 2026, spend was 2.00 USD. There is no data for Leads yet."


@pytest.mark.parametrize(
    ("start", "end", "english", "spanish"),
    [
        ("2026-10-01", "2026-10-31", "October 2026", "octubre de 2026"),
        ("2026-01-01", "2026-12-31", "2026", "2026"),
        ("2026-10-05", "2026-10-05", "5 October 2026", "5 de octubre de 2026"),
        ("2026-10-05", "2026-10-09", "5 to 9 October 2026", "5 al 9 de octubre de 2026"),
        ("2026-10-05", "2026-11-09", "5 October to 9 November 2026", "5 de octubre al 9 de noviembre de 2026"),
    ],
)
def test_periods_are_worded_in_both_languages(start: str, end: str, english: str, spanish: str) -> None:
    found = Period(start=date.fromisoformat(start), end=date.fromisoformat(end))

    assert (period(found, "en"), period(found, "es")) == (english, spanish)


def test_every_reason_is_worded_in_both_languages() -> None:
    topics = set(UnsupportedTopic.__args__) | set(ClarificationTopic.__args__)

    assert set(REASONS) == topics
    assert all(set(texts) == {"en", "es"} for texts in REASONS.values())


def test_numbers_are_written_alike_in_both_languages() -> None:
    for language in ("en", "es"):
        assert number(1234567.891, "money", "USD", language) == "1,234,567.89 USD"


def test_numbers_are_written_as_the_model_says() -> None:
    written = Format(style="number", decimals=1, kept=3, noun={"en": "points", "es": "puntos"})

    assert number(1234.56, "ratio", None, "en", written) == "1,234.6 points"
    assert number(0.12345, "percent", None, "es", Format(style="percent", decimals=1, kept=6)) == "12.3 %"
    assert number(9.999, "money", "CRC", "en", Format(style="currency", decimals=0, kept=0)) == "10 CRC"


def test_a_chart_is_a_line_over_time_and_bars_otherwise() -> None:
    metric = MONEY[0]
    month = Column(name="month", kind="time", label="month")
    country = Column(name="country", kind="dimension", label="country")
    over_time: list[Row] = [{"month": "2026-09-01", "spend": 1.0}, {"month": "2026-10-01", "spend": 2.0}]
    by_country: list[Row] = [{"country": "Mexico", "spend": 1.0}, {"country": "Spain", "spend": 2.0}]

    line, bars = chart([month, metric], over_time, "Spend"), chart([country, metric], by_country, "Spend")

    assert line is not None
    assert bars is not None
    assert (line["mark"]["type"], line["encoding"]["x"]["type"]) == ("line", "temporal")
    assert (bars["mark"], bars["encoding"]["y"]["title"]) == ("bar", "Spend (USD)")
    assert bars["data"]["values"] == by_country
    assert chart([metric], [{"spend": 1.0}], "Spend") is None
