"""The period of a query and the one it is compared with, as conditions on facts."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Date, FromClause, and_, case, column, func, not_, or_, true, values

from mcp_servers.analytics.domain.periods import Period
from mcp_servers.analytics.domain.query import MetricQuery
from mcp_servers.analytics.repository.facts_view import FactsView


class Spans:
    """Both periods; where they share days and rows are cut by time, a fact of such a day stands in two rows."""

    def __init__(self, query: MetricQuery, facts: FactsView) -> None:
        if query.period is None:
            raise ValueError("a query is compiled after it was checked: both ends of its period are set")
        self._facts = facts
        self._now = query.period
        self._before = query.compared_period
        twice = self._before is not None and self._before.overlaps(self._now) and query.time.grain is not None
        self._sides = values(column("compared", Boolean), name="sides", literal_binds=True).data([(False,), (True,)])
        self._compared: ColumnElement[bool] | None = self._sides.c.compared if twice else None

    @property
    def source(self) -> FromClause:
        """What is selected from."""
        return self._facts if self._compared is None else self._facts.join(self._sides, true())

    def each(self) -> Sequence[ColumnElement[bool] | None]:
        """Whether a fact is of the period, and of the compared one; None without one: every fact is of the period."""
        return [None] if self._before is None else self._both(self._before)

    def _both(self, before: Period) -> list[ColumnElement[bool]]:
        return [self._within(self._now, compared=False), self._within(before, compared=True)]

    def where(self) -> list[ColumnElement[bool]]:
        """What facts are read; the days alone first, which an index and partitions can tell."""
        periods = [self._now, self._before] if self._before else [self._now]
        days = or_(*(self._facts.c.date.between(item.start, item.end) for item in periods))
        if self._before is None or self._compared is None:
            return [days]
        return [days, or_(*self._both(self._before))]

    def day(self) -> ColumnElement[Any]:
        """The day a fact stands at: in the compared period, the day it is held against."""
        date: ColumnElement[Any] = self._facts.c.date
        if self._before is None:
            return date
        months = (self._now.start.year - self._before.start.year) * 12 + self._now.start.month
        months -= self._before.start.month
        if self._now.start.day == self._before.start.day:
            shift = func.make_interval(0, months)
        else:
            shift = func.make_interval(0, 0, 0, (self._now.start - self._before.start).days)
        return case((self._within(self._now, compared=False), date), else_=(date + shift).cast(Date))

    def _within(self, period: Period, *, compared: bool) -> ColumnElement[bool]:
        days = self._facts.c.date.between(period.start, period.end)
        if self._compared is None:
            return days
        return and_(self._compared if compared else not_(self._compared), days)
