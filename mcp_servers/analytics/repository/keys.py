"""What rows are grouped by: the first day of a unit of time, and what tells values of one name apart."""

from typing import Any

from sqlalchemy import ColumnElement, Date, Integer, case, func, literal_column

from mcp_servers.analytics.domain.hidden import CAMPAIGN_ID, apart_column
from mcp_servers.analytics.domain.model import Grain, SemanticModel, Weekday
from mcp_servers.analytics.domain.periods import Period, days_after_monday
from mcp_servers.analytics.domain.query import MetricQuery
from mcp_servers.analytics.repository.facts_view import FactsView


def apart_keys(query: MetricQuery, model: SemanticModel, facts: FactsView) -> dict[str, ColumnElement[Any]]:
    """Grouped by besides the keys: a campaign's id, and the country of a region when rows are not cut by it."""
    apart: dict[str, ColumnElement[Any]] = {}
    for name in query.dimensions:
        parent = model.told_apart_by(name)
        if name == "campaign":
            apart[CAMPAIGN_ID] = facts.c.campaign_id
        elif parent and parent not in query.dimensions:
            apart[apart_column(name)] = case((facts.c[name].is_not(None), facts.c[parent]))
    return apart


def first_days(grain: Grain, facts: FactsView, periods: list[Period], week_start: Weekday) -> ColumnElement[Any]:
    """The first day of the unit a fact lies in; in the compared period, of the day it stands against."""
    day = _aligned_day(facts, periods)
    if grain == "date":
        return day
    # The unit is a word of ours, written out: as a parameter it would make SELECT and GROUP BY differ.
    unit: ColumnElement[Any] = literal_column(f"'{grain}'")
    shift = days_after_monday(week_start) if grain == "week" else 0
    if not shift:
        return func.date_trunc(unit, day).cast(Date)
    days = literal_column(str(shift), Integer)
    return func.date_trunc(unit, day - days).cast(Date) + days


def _aligned_day(facts: FactsView, periods: list[Period]) -> ColumnElement[Any]:
    if len(periods) == 1:
        return facts.c.date
    period, before = periods
    months = (period.start.year - before.start.year) * 12 + period.start.month - before.start.month
    if period.start.day == before.start.day:
        shift = func.make_interval(0, months)
    else:
        shift = func.make_interval(0, 0, 0, (period.start - before.start).days)
    moved = (facts.c.date + shift).cast(Date)
    return case((facts.c.date.between(period.start, period.end), facts.c.date), else_=moved)
