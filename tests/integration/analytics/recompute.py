"""A second computation of metric queries: plain Python over facts, sharing no code with the server's.

A fact is a dict with a `date`, its dimensions (None where it has no name) and the measures of one source.
"""

from calendar import monthrange
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

Fact = Mapping[str, Any]
Sums = Mapping[str, Fraction]
Value = Fraction | None
Expected = dict[str, Any]

SOURCES = {
    **dict.fromkeys(("spend", "impressions", "reach", "clicks", "conversions"), "spend"),
    "leads": "leads",
    "sales": "sales",
    "revenue": "sales",
}
"""Measure → the measure by which facts of its source are known."""
FORMULAS: dict[str, tuple[tuple[str, ...], Callable[[Sums], Value]]] = {
    **{name: ((name,), lambda sums, name=name: sums[name]) for name in SOURCES},
    "ctr": (("clicks", "impressions"), lambda s: over(s["clicks"], s["impressions"])),
    "cpc": (("spend", "clicks"), lambda s: over(s["spend"], s["clicks"])),
    "cpm": (("spend", "impressions"), lambda s: over(1000 * s["spend"], s["impressions"])),
    "conversion_rate": (("conversions", "clicks"), lambda s: over(s["conversions"], s["clicks"])),
    "cpl": (("spend", "leads"), lambda s: over(s["spend"], s["leads"])),
    "cac": (("spend", "sales"), lambda s: over(s["spend"], s["sales"])),
    "average_order_value": (("revenue", "sales"), lambda s: over(s["revenue"], s["sales"])),
    "roas": (("revenue", "spend"), lambda s: over(s["revenue"], s["spend"])),
    "roi": (("revenue", "spend"), lambda s: over(s["revenue"] - s["spend"], s["spend"])),
}
ADDING = tuple(SOURCES)
"""Metrics that add up, of which there are shares."""


def over(a: Fraction, b: Fraction) -> Value:
    """A quotient, or nothing where it would divide by zero."""
    return a / b if b else None


@dataclass(frozen=True)
class Span:
    start: date
    end: date

    def holds(self, day: date) -> bool:
        return self.start <= day <= self.end


def recompute(query: Mapping[str, Any], facts: Sequence[Fact], now: Span, before: Span | None) -> list[Expected]:
    """Every row of a query over the days of `now` and `before`: before order and limit, with exact values.

    `_place` is what tells values of one name apart: a campaign's id, a region's country.
    """
    wanted = {SOURCES[measure] for metric in query["metrics"] for measure in FORMULAS[metric][0]}
    kept = [fact for fact in facts if wanted & set(fact) and _passes(fact, query.get("filters", ()))]
    groups: dict[tuple[Any, ...], dict[bool, list[Fact]]] = {}
    for fact in kept:
        for span, current in ((now, True), (before, False)):
            if span and span.holds(fact["date"]):
                key = _key(fact, query, fact["date"] if current else _opposite(fact["date"], now, span))
                groups.setdefault(key, {True: [], False: []})[current].append(fact)
    names = (*_keys(query), "_place")
    if not _keys(query) and not groups:
        groups[((),)] = {True: [], False: []}
    rows = [dict(zip(names, key, strict=True)) | _figures(query, sides, before) for key, sides in groups.items()]
    if query.get("share_of_total"):
        _add_shares(query, rows, before)
    return rows


def places_in_doubt(query: Mapping[str, Any], facts: Sequence[Fact], now: Span, before: Span | None) -> set[str]:
    """Regions a query filters by that lie in several countries, as far as nothing else in it says which is meant."""
    filters = query["filters"]
    if {"region", "country"} & set(query["dimensions"]) or any(item["dimension"] == "country" for item in filters):
        return set()
    named = {value for item in filters if item["dimension"] == "region" for value in item["values"]}
    others = [item for item in filters if item["dimension"] != "region"]
    wanted = {SOURCES[measure] for metric in query["metrics"] for measure in FORMULAS[metric][0]}
    countries: dict[str, set[str]] = {}
    for fact in facts:
        seen = any(span and span.holds(fact["date"]) for span in (now, before))
        if seen and wanted & set(fact) and fact["region"] in named and _passes(fact, others):
            countries.setdefault(fact["region"], set()).add(fact["country"])
    return {region for region, found in countries.items() if len(found) > 1}


def _keys(query: Mapping[str, Any]) -> tuple[str, ...]:
    grain = query.get("time", {}).get("grain")
    return (*((grain,) if grain else ()), *query.get("dimensions", ()))


def _passes(fact: Fact, filters: Sequence[Mapping[str, Any]]) -> bool:
    for item in filters:
        value = fact["campaign_id" if item["dimension"] == "campaign" else item["dimension"]]
        if (value in item["values"]) != (item["op"] == "in"):
            return False
    return True


def _key(fact: Fact, query: Mapping[str, Any], day: date) -> tuple[Any, ...]:
    dimensions = tuple(query.get("dimensions", ()))
    grain = query.get("time", {}).get("grain")
    place: list[Any] = []
    if "campaign" in dimensions:
        place.append(fact["campaign_id"])
    if "region" in dimensions and "country" not in dimensions:
        place.append(fact["country"] if fact["region"] else None)
    return (*((first_day(day, grain),) if grain else ()), *(fact[name] for name in dimensions), tuple(place))


def label_apart(query: Mapping[str, Any], rows: Sequence[Expected]) -> None:
    """Write the id or the country beside names that are several things in the result."""
    dimensions = query.get("dimensions", ())
    apart = [name for name in ("campaign", "region") if name in dimensions]
    if "country" in dimensions:
        apart = [name for name in apart if name != "region"]
    for at, name in enumerate(apart):
        places: dict[str, set[Any]] = {}
        for row in rows:
            places.setdefault(row[name], set()).add(row["_place"][at])
        for row in rows:
            if len(places[row[name]]) > 1 and row["_place"][at]:
                row[name] = f"{row[name]} ({row['_place'][at]})"


def first_day(day: date, grain: str) -> date:
    """Of the calendar unit a day lies in, weeks from Monday."""
    starts = {
        "date": day,
        "week": day - timedelta(days=day.isoweekday() - 1),
        "month": day.replace(day=1),
        "quarter": day.replace(month=3 * ((day.month + 2) // 3) - 2, day=1),
        "year": day.replace(month=1, day=1),
    }
    return starts[grain]


def _opposite(day: date, now: Span, before: Span) -> date:
    """The day that a compared one stands against: as many months on where both begin on one day, else days."""
    if now.start.day != before.start.day:
        return day + (now.start - before.start)
    index = day.year * 12 + day.month - 1 + (now.start.year - before.start.year) * 12
    index += now.start.month - before.start.month
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _figures(query: Mapping[str, Any], sides: Mapping[bool, Sequence[Fact]], before: Span | None) -> Expected:
    found: Expected = {}
    for metric in query["metrics"]:
        measures, formula = FORMULAS[metric]
        current, previous = (
            formula(
                {name: sum((Fraction(fact.get(name, 0)) for fact in sides[side]), Fraction(0)) for name in measures}
            )
            for side in (True, False)
        )
        found[metric] = current
        if before:
            found[f"{metric}_previous"] = previous
            found[f"{metric}_change"] = _change(current, previous)
    return found


def _change(current: Value, previous: Value) -> Value:
    return None if current is None or previous is None else over(current - previous, abs(previous))


def _add_shares(query: Mapping[str, Any], rows: Sequence[Expected], before: Span | None) -> None:
    grain = query.get("time", {}).get("grain")
    unit = grain if grain and query.get("dimensions") else None
    for metric in query["metrics"]:
        for value, share in ((metric, "_share"), (f"{metric}_previous", "_share_previous")):
            if value in (rows[0] if rows else {}):
                totals: dict[Any, Fraction] = {}
                for row in rows:
                    whole = row[unit] if unit else None
                    totals[whole] = totals.get(whole, Fraction(0)) + row[value]
                for row in rows:
                    row[f"{metric}{share}"] = over(row[value], totals[row[unit] if unit else None])


def ranked(query: Mapping[str, Any], rows: Sequence[Expected]) -> list[Expected]:
    """The rows that a limit with an order lets through: named ones, with all that equal the last."""
    dimensions = query.get("dimensions", ())
    named: list[Expected] = [row for row in rows if all(row[name] is not None for name in dimensions)]
    named.sort(key=lambda row: rank(query, row))
    limit: int = query["limit"]
    if len(named) <= limit:
        return named
    last = rank(query, named[limit - 1])
    return [row for row in named if rank(query, row) <= last]


def rank(query: Mapping[str, Any], row: Mapping[str, Any]) -> list[tuple[bool, Any]]:
    """Where a row stands in the order asked for; what does not exist stands last."""
    places: list[tuple[bool, Any]] = []
    for order in query.get("order_by", ()):
        value = row[order["field"]]
        if value is None:
            places.append((True, 0))
        elif isinstance(value, date):
            places.append((False, value.toordinal() * (-1 if order["direction"] == "desc" else 1)))
        else:
            places.append((False, -value if order["direction"] == "desc" else value))
    return places
