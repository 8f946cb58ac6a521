"""What rows are grouped by: the first day of a unit of time, and what tells values of one name apart."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Date, Integer, case, func, literal_column

from mcp_servers.analytics.domain.hidden import CAMPAIGN_ID, apart_column, several_column
from mcp_servers.analytics.domain.model import DimensionName, Grain, SemanticModel, Weekday
from mcp_servers.analytics.domain.periods import days_after_monday
from mcp_servers.analytics.domain.query import MetricQuery
from mcp_servers.analytics.repository.facts_view import FactsView

Keys = Mapping[str, ColumnElement[Any]]


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


def several(keys: Keys, apart: Keys, unique: Collection[DimensionName]) -> dict[str, ColumnElement[Any]]:
    """Whether the result has more than one thing of a row's name, for names that are not known to be unique."""
    found: dict[str, ColumnElement[Any]] = {}
    for name, key in keys.items():
        mark = apart.get(apart_column(name))
        if mark is not None and name not in unique:
            known = func.coalesce(mark, literal_column("''"))
            first, last = (of(known).over(partition_by=key) for of in (func.min, func.max))
            found[several_column(name)] = first != last
    return found


def first_day(grain: Grain, day: ColumnElement[Any], week_start: Weekday) -> ColumnElement[Any]:
    """The first day of the unit of time that a day lies in."""
    if grain == "date":
        return day
    # The unit is a word of ours, written out: as a parameter it would make SELECT and GROUP BY differ.
    unit: ColumnElement[Any] = literal_column(f"'{grain}'")
    shift = days_after_monday(week_start) if grain == "week" else 0
    if not shift:
        return func.date_trunc(unit, day).cast(Date)
    days = literal_column(str(shift), Integer)
    return func.date_trunc(unit, day - days).cast(Date) + days
