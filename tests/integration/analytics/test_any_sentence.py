"""The sentence of an answer says no number that is not in its rows, its periods or its filters."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, assume, given, settings

from tests.integration.analytics.conftest import Analytics
from tests.integration.analytics.recompute import Span, places_in_doubt
from tests.integration.analytics.test_any_query import FACTS, FIRST, GRAINS, LAST, queries, uneven
from tests.support.identity import caller

__all__ = ["uneven"]
NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")


def figures(answer: Mapping[str, Any]) -> Iterator[Decimal]:
    """What may be said of the rows: their figures, as they are or as percentages."""
    fractions = {column["name"] for column in answer["columns"] if column["unit"] in {"percent", "fraction"}}
    for row in answer["rows"]:
        for name, value in row.items():
            if isinstance(value, int | float):
                yield abs(Decimal(str(value))) * (100 if name in fractions else 1)


def written(answer: Mapping[str, Any], query: Mapping[str, Any], *spans: Span) -> set[str]:
    """Numbers that are parts of names and dates."""
    said = {text for item in query["filters"] for value in item["values"] for text in NUMBER.findall(value)}
    days = {day for span in spans for day in (span.start, span.end)}
    for row in answer["rows"]:
        for name, value in row.items():
            if name in GRAINS:
                first = date.fromisoformat(value)
                days |= {first, last_day(first, name)}
            elif isinstance(value, str):
                said |= set(NUMBER.findall(value))
    return said | {str(part) for day in days for part in (day.day, day.year)}


def last_day(first: date, grain: str) -> date:
    """Of the unit of time that begins on a day."""
    if grain in {"date", "week"}:
        return first + timedelta(days=6 if grain == "week" else 0)
    months = first.month + {"month": 1, "quarter": 3, "year": 12}[grain]
    return date(first.year + (months - 1) // 12, (months - 1) % 12 + 1, 1) - timedelta(days=1)


def is_said_of(token: str, known: list[Decimal]) -> bool:
    """Whether a number is one of the figures, rounded to the decimals it is written with."""
    number = Decimal(token.replace(",", ""))
    half = Decimal(5).scaleb(-1 - len(token.partition(".")[2]))
    return any(abs(number - figure) <= half for figure in known)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(queries())
async def test_every_number_of_a_sentence_is_in_the_rows_or_the_query(
    analytics: Analytics, uneven: str, drawn: tuple[dict[str, Any], Span, Span | None]
) -> None:
    query, now, before = drawn
    assume(not places_in_doubt(query, FACTS, now, before))
    spans = [now, Span(FIRST, LAST), *([before] if before else [])]
    async with analytics.client(caller(uneven, scopes=("analytics:read",))) as client:
        results = [
            await client.call_tool("query_metrics", {**query, "language": language}) for language in ("en", "es")
        ]

    for result in results:
        answer = result.structured_content
        assert answer is not None
        known, names = list(figures(answer)), written(answer, query, *spans)
        said = NUMBER.findall(answer["answer"])
        invented = [token for token in said if token not in names and not is_said_of(token, known)]
        assert not invented, (answer["answer"], answer["rows"])
