"""Statements for statistics: days one by one, and the sums over days that an uncertainty is computed from.

Each is built around the statement of a metric query, so filters, tenant and currencies mean the same everywhere.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

from sqlalchemy import ColumnElement, Double, Select, Subquery, and_, case, cast, func, literal, select, true, union_all
from sqlalchemy.dialects.postgresql import psycopg

from mcp_servers.analytics.domain.hidden import CURRENCY_HIGH, CURRENCY_LOW
from mcp_servers.analytics.domain.model import SemanticModel
from mcp_servers.analytics.domain.query import MetricQuery, TimeRange
from mcp_servers.analytics.repository.compile import Compiled, statement
from mcp_servers.analytics.repository.facts_view import facts_view
from mcp_servers.analytics.repository.keys import apart_keys

Linear = Mapping[str, Fraction]
"""A sum of metrics, each with its coefficient."""

_DIALECT = psycopg.dialect()  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType, reportAttributeAccessIssue]  # the dialect has no annotations


def totals(query: MetricQuery, model: SemanticModel) -> Compiled:
    """Every row of a query: as it is compiled for an answer, with no limit."""
    return _compiled(statement(query, model).limit(None))


def daily(query: MetricQuery, model: SemanticModel) -> Compiled:
    """One row for each day that has facts, in order: `date`, the metrics, and the currencies where there are any."""
    return _compiled(_days(query, model).order_by("date"))


def daily_by_group(query: MetricQuery, model: SemanticModel, volume: str, groups: int) -> Compiled:
    """As `daily`, for the `groups` combinations of the query's dimensions that have most of the metric `volume`.

    `_groups` is how many combinations there are.
    """
    days = _days(query, model).cte("days")
    keys = [days.c[name] for name in _keys(query, model)]
    ranked = (
        select(*keys, func.count().over().label("_groups"))
        .group_by(*keys)
        .order_by(func.sum(days.c[volume]).desc(), *keys)
        .limit(groups)
        .cte("ranked")
    )
    same = and_(true(), *(days.c[name].is_not_distinct_from(ranked.c[name]) for name in _keys(query, model)))
    columns: list[ColumnElement[Any]] = [*days.c, ranked.c["_groups"]]
    return _compiled(select(*columns).join_from(days, ranked, same).order_by(days.c.date))


def moments(query: MetricQuery, model: SemanticModel, x: Linear, y: Linear) -> Compiled:
    """For each combination of the query's dimensions: sums over its days of x, y, x², xy and y², and how many days."""
    days = _days(query, model).subquery("days")
    first, second = _sum_of(days, x), _sum_of(days, y)
    sums = {
        "x": func.sum(first),
        "y": func.sum(second),
        "xx": func.sum(first * first),
        "xy": func.sum(first * second),
        "yy": func.sum(second * second),
        "days": func.count(),
    }
    keys = [days.c[name] for name in _keys(query, model)]
    currencies = [end(days.c[name]).label(name) for name, end in _CURRENCY_ENDS.items() if name in days.c]
    columns = [value.label(name) for name, value in sums.items()]
    return _compiled(select(*keys, *columns, *currencies).group_by(*keys).order_by(*keys))


def against_days(query: MetricQuery, model: SemanticModel, day: date, others: Sequence[date]) -> Compiled:
    """By the query's dimensions: its metrics on a day, and `<metric>_usual`, their mean over other days."""
    parts: list[Select[Any]] = []
    for one in (day, *others):
        single = query.model_copy(update={"time": TimeRange(start=one, end=one, grain="date")})
        parts.append(_days(single, model))
    days = union_all(*parts).subquery("days")
    keys = [days.c[name] for name in _keys(query, model)]
    columns: list[ColumnElement[float]] = []
    for name in query.metrics:
        value = cast(days.c[name], Double)
        now = func.sum(case((days.c.date == day, value), else_=0.0))
        usual = func.sum(case((days.c.date == day, 0.0), else_=value)) / float(max(1, len(others)))
        columns += [now.label(name), usual.label(f"{name}_usual")]
    return _compiled(select(*keys, *columns).group_by(*keys).order_by(*keys))


def _days(query: MetricQuery, model: SemanticModel) -> Select[Any]:
    dated = query.model_copy(update={"time": query.time.model_copy(update={"grain": "date"}), "limit": None})
    return statement(dated, model).order_by(None).limit(None)


def _keys(query: MetricQuery, model: SemanticModel) -> list[str]:
    return [*query.dimensions, *apart_keys(query, model, facts_view("facts_v2"))]


def _sum_of(days: Subquery, terms: Linear) -> ColumnElement[float]:
    total: ColumnElement[float] = literal(0.0, Double)
    for name, coefficient in terms.items():
        total = total + cast(days.c[name], Double) * literal(float(coefficient), Double)
    return total if terms else literal(1.0, Double)


_CURRENCY_ENDS = {CURRENCY_LOW: func.min, CURRENCY_HIGH: func.max}


def _compiled(select_statement: Select[Any]) -> Compiled:
    compiled = select_statement.compile(dialect=_DIALECT)
    return Compiled(str(compiled), compiled.params)
