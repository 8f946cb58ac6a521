"""What a day's deviation comes from: the values of dimensions that differ most from their own usual day."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

from mcp_servers.analytics.domain.contributions import decompose
from mcp_servers.analytics.domain.hidden import apart_column
from mcp_servers.analytics.domain.model import DimensionName
from mcp_servers.analytics.domain.query import Filter
from mcp_servers.analytics.domain.shapes import shape
from mcp_servers.analytics.insights.answers import Driver
from mcp_servers.analytics.insights.daily import DailySeries, Group
from mcp_servers.analytics.insights.figures import Basis, Figures, Row

LOOKED_AT: tuple[DimensionName, ...] = ("campaign", "platform", "country")
_WEEKS = 4
_LISTED = 2
_LEAST_SHARE = 0.1
"""Of the deviation: what adds less explains nothing."""


async def drivers(figures: Figures, basis: Basis, series: DailySeries, day: date) -> tuple[Driver, ...]:
    """The largest contributions to how a day differs from the same weekday of the weeks before."""
    usual = _usual_days(series, day)
    filters = _filters(series.group)
    if not usual or filters is None:
        return ()
    found: list[Driver] = []
    cut = {item.dimension for item in filters}
    for dimension in LOOKED_AT:
        if dimension in cut or dimension not in figures.model.metrics[basis.metric].dimensions:
            continue
        update = {"dimensions": (dimension,), "filters": (*basis.query.filters, *filters)}
        narrowed = replace(basis, query=basis.query.model_copy(update=update))
        rows = (await figures.against_days(narrowed, day, usual)).rows
        found += _largest(figures, narrowed, dimension, rows)
    return tuple(found)


def _usual_days(series: DailySeries, day: date) -> list[date]:
    known = {at for at, value in zip(series.days, series.values, strict=True) if value is not None}
    return [before for n in range(1, _WEEKS + 1) if (before := day - timedelta(weeks=n)) in known]


def _filters(group: Group) -> tuple[Filter, ...] | None:
    """What a series is of; none when it is of what has no name, which no filter can say."""
    keys: list[tuple[DimensionName, str | None]] = [
        (dimension, key if dimension == "campaign" else value) for dimension, value, key in group
    ]
    named = [Filter(dimension=dimension, values=(key,)) for dimension, key in keys if key is not None]
    return tuple(named) if len(named) == len(keys) else None


def _largest(figures: Figures, basis: Basis, dimension: DimensionName, rows: Sequence[Row]) -> list[Driver]:
    measures = figures.measures(basis.metric)
    keys = [(row[dimension], row.get(apart_column(dimension))) for row in rows]
    usual = [{name: _exact(row[f"{name}_usual"]) for name in measures} for row in rows]
    now = [{name: _exact(row[name]) for name in measures} for row in rows]
    before: Mapping[tuple[str | None, str | None], Mapping[str, Fraction]] = dict(zip(keys, usual, strict=True))
    change = decompose(shape(figures.model.metrics[basis.metric]), before, dict(zip(keys, now, strict=True)))
    whole = change.difference
    if not whole:
        return []
    pulling = [part for part in change.parts if part.contribution / whole >= _LEAST_SHARE]
    return [
        Driver(
            dimension=dimension,
            value=part.key[0],
            usual=round(float(part.before or 0), 6),
            actual=round(float(part.after or 0), 6),
            contribution=round(float(part.contribution), 6),
        )
        for part in pulling[:_LISTED]
    ]


def _exact(value: float) -> Fraction:
    return Fraction(str(round(value, 6)))
