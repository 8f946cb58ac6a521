"""Whatever is queried, the rows are those of a second computation, and nothing ends in an internal error."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mcp.client import Client

from kernel.ids import new_id
from tests.integration.analytics.conftest import Analytics
from tests.integration.analytics.recompute import (
    ADDING,
    FORMULAS,
    Expected,
    Fact,
    Span,
    label_apart,
    places_in_doubt,
    rank,
    ranked,
    recompute,
)
from tests.integration.analytics.world import World
from tests.support.identity import caller

FIRST, LAST = date(2026, 9, 14), date(2026, 11, 8)
DAYS = (LAST - FIRST).days + 1
DIMENSIONS = ("client", "product", "campaign", "platform", "channel", "country", "region", "audience", "currency")
GRAINS = ("date", "week", "month", "quarter", "year")
CAMPAIGNS = (
    ("c-1", "Twins", "Cafe Alta", "Geisha", "Google Ads", "search", "students"),
    ("c-2", "Twins", "Cafe Alta", "Cold Brew", "Meta Ads", "social", "students"),
    ("c-3", "Run", "Acme", "Shoes", "TikTok", "social", "runners"),
)
PLACES = (("Argentina", "Córdoba"), ("Spain", "Córdoba"), ("Spain", "Madrid"), ("Mexico", ""))
HALF = Fraction(5, 10_000_000)
"""The most that rounding to six decimals can change a figure by; to cents, ten thousand times as much."""


def uneven_world() -> tuple[World, list[Fact]]:
    """Few rows with small numbers, so that many are equal; names that are two things, and rows without a name."""
    chance = random.Random(11)
    world, facts = World(), list[Fact]()
    placed: dict[str, dict[str, Any]] = {}
    for key, name, client, product, platform, channel, audience in CAMPAIGNS:
        world.campaigns.append({"campaign_id": key, "name": name, "client": client, "product": product})
        ran = {"platform": platform, "channel": channel, "audience": audience}
        placed[key] = {"campaign_id": key, "campaign": name, "client": client, "product": product, **ran}
    nowhere = dict.fromkeys(placed["c-1"]) | {"client": "Acme"}
    for n in range(DAYS):
        day = FIRST + timedelta(days=n)
        at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        for campaign in (CAMPAIGNS[n % 3], CAMPAIGNS[(n + 1) % 3])[: 1 + n % 2]:
            country, region = PLACES[(n // 3) % 4]
            measured = {
                "spend": chance.randint(0, 3),
                "impressions": 10 * chance.randint(1, 3),
                "reach": 5 * chance.randint(0, 2),
                "clicks": chance.randint(0, 4),
                "conversions": chance.randint(0, 2),
            }
            where = {"date": day, "campaign_id": campaign[0], "country": country, "region": region}
            ran = dict(zip(("platform", "channel", "audience"), campaign[4:], strict=True))
            world.metrics.append({**where, **ran, **measured})
            facts.append({**placed[campaign[0]], **_place(country, region), "date": day, "currency": "USD", **measured})
        if n % 3 == 0:
            lead, known = f"l-{n}", chance.choice(["c-1", "c-3", None])
            country, region = chance.choice(PLACES)
            world.leads.append(
                {"lead_id": lead, "created_at": at, "campaign_id": known, "client": "Acme", "country": country}
                | {"region": region, "email": f"{lead}@example.com"}
            )
            by = {**(placed[known] if known else nowhere), "client": "Acme"}
            currency = "USD" if known else None
            facts.append({**by, **_place(country, region), "date": day, "currency": currency, "leads": 1})
        if n % 4 == 0:
            known, amount = chance.choice(["c-2", "c-3"]), 10 * chance.randint(1, 2)
            country, region = chance.choice(PLACES)
            sold = {"client": placed[known]["client"], "product": "Shoes", "country": country, "region": region}
            world.sales.append({"sale_id": f"s-{n}", "sold_at": at, "campaign_id": known, "amount": amount, **sold})
            facts.append(
                {**placed[known], "product": "Shoes", **_place(country, region), "date": day, "currency": "USD"}
                | {"sales": 1, "revenue": amount}
            )
    return world, facts


def _place(country: str, region: str) -> dict[str, str | None]:
    return {"country": country or None, "region": region or None}


WORLD, FACTS = uneven_world()


@dataclass(frozen=True)
class Queried:
    client: Client

    async def __call__(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        result = await self.client.call_tool("query_metrics", dict(arguments))
        assert not result.is_error, result.content
        assert result.structured_content is not None
        return result.structured_content


days = st.integers(0, DAYS - 1).map(lambda n: FIRST + timedelta(days=n))


@st.composite
def spans(draw: st.DrawFn) -> Span:
    if draw(st.booleans()):
        return draw(st.sampled_from([Span(FIRST, LAST), Span(date(2026, 10, 1), date(2026, 10, 31))]))
    return Span(*sorted((draw(days), draw(days))))


@st.composite
def filters(draw: st.DrawFn) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for dimension in draw(st.lists(st.sampled_from(DIMENSIONS), max_size=2, unique=True)):
        known = sorted({fact["campaign_id" if dimension == "campaign" else dimension] for fact in FACTS} - {None})
        values = draw(st.lists(st.sampled_from(known), min_size=1, max_size=3, unique=True))
        found.append({"dimension": dimension, "op": draw(st.sampled_from(["in", "not_in"])), "values": values})
    return found


@st.composite
def queries(draw: st.DrawFn) -> tuple[dict[str, Any], Span, Span | None]:
    """A query that can be answered, and both its periods."""
    now, before = draw(spans()), draw(st.none() | spans())
    share = draw(st.booleans())
    metrics = draw(st.lists(st.sampled_from(ADDING if share else tuple(FORMULAS)), min_size=1, max_size=3, unique=True))
    grain = draw(st.none() | st.sampled_from(GRAINS))
    dimensions = draw(st.lists(st.sampled_from(DIMENSIONS), max_size=2, unique=True))
    query: dict[str, Any] = {"metrics": metrics, "dimensions": dimensions, "filters": draw(filters())}
    query["time"] = {"start": now.start.isoformat(), "end": now.end.isoformat(), "grain": grain}
    if before:
        query["compare_to"] = {"start": before.start.isoformat(), "end": before.end.isoformat()}
    query["share_of_total"] = share and bool(grain or dimensions)
    endings = ["", *(["_previous", "_change"] if before else []), *(["_share"] if query["share_of_total"] else [])]
    columns = [f"{metric}{ending}" for metric in metrics for ending in endings] + ([grain] if grain else [])
    fields = draw(st.lists(st.sampled_from(columns), max_size=2, unique=True))
    query["order_by"] = [{"field": name, "direction": draw(st.sampled_from(["asc", "desc"]))} for name in fields]
    query["limit"] = draw(st.none() | st.integers(1, 6))
    return query, now, before


def close(given_value: Any, exact: Any, decimals: int) -> bool:
    """Whether a cell is an exact value as it is rounded for rows."""
    if exact is None or given_value is None:
        return given_value is exact
    return abs(Fraction(str(given_value)) - exact) <= HALF * 10 ** (6 - decimals)


def is_row(query: Mapping[str, Any], given_row: Mapping[str, Any], exact: Expected) -> bool:
    for name, value in given_row.items():
        expected = exact[name]
        if isinstance(expected, date):
            expected = expected.isoformat()
        if name in query["dimensions"] or name in GRAINS:
            if value != expected:
                return False
        else:
            kept = 2 if name.removesuffix("_previous") in {"spend", "revenue"} else 6
            if not close(value, expected, kept):
                return False
    return True


def matched(query: Mapping[str, Any], rows: Sequence[dict[str, Any]], expected: Sequence[Expected]) -> list[Expected]:
    """The expected row behind each given one, every one used once; fails where there is none."""
    left, found = list(expected), list[Expected]()
    for row in rows:
        at = next((n for n, exact in enumerate(left) if is_row(query, row, exact)), None)
        assert at is not None, (row, left)
        found.append(left.pop(at))
    return found


@pytest.fixture(scope="module")
async def uneven(analytics: Analytics) -> str:
    name = new_id("tenant")
    await analytics.fill(name, WORLD)
    return name


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(queries())
async def test_the_rows_are_those_of_a_second_computation(
    analytics: Analytics, uneven: str, drawn: tuple[dict[str, Any], Span, Span | None]
) -> None:
    query, now, before = drawn
    async with analytics.client(caller(uneven, scopes=("analytics:read",))) as client:
        answer = await Queried(client)(query)

    if doubted := places_in_doubt(query, FACTS, now, before):
        assert answer["status"] == "needs_clarification"
        assert all(option.partition(" (")[0] in doubted for option in answer["clarification"]["options"])
        return
    assert answer["status"] == "answered", answer
    expected = recompute(query, FACTS, now, before)
    label_apart(query, expected)
    if query["limit"] and query["order_by"]:
        expected = ranked(query, expected)
    found = matched(query, answer["rows"], expected)
    assert len(found) == min(len(expected), query["limit"] or len(expected)) or query["order_by"]
    if not query["limit"] or query["order_by"]:
        assert len(found) == len(expected)
    assert [rank(query, row) for row in found] == sorted(rank(query, row) for row in found)
    if not query["order_by"] and not query["time"]["grain"] and query["dimensions"]:
        first = query["metrics"][0]
        by_metric = {"order_by": [{"field": first, "direction": "desc"}]}
        order = sorted(rank(by_metric, row) for row in expected)
        assert [rank(by_metric, row) for row in found] == order[: len(found)]
    assert not answer["truncated"]
