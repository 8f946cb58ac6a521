"""Which relation of the hub a query reads: the smallest that gives exactly the same answer.

All have the same columns as far as a query that reads them can name them; sums of sums are the sums.
"""

from typing import Literal

from mcp_servers.analytics.domain.periods import Period, containing
from mcp_servers.analytics.domain.query import MetricQuery

Relation = Literal["facts_v2", "monthly_facts_v1", "daily_totals_v1", "monthly_totals_v1"]
_OF_TOTALS = frozenset({"client", "platform", "channel", "country", "currency"})
_WITHIN_MONTHS = frozenset({"date", "week"})


def relation_of(query: MetricQuery) -> Relation:
    """Months where only whole months are asked, totals where they have every name asked, else all facts."""
    periods = [period for period in (query.period, query.compared_period) if period]
    by_month = bool(periods) and query.time.grain not in _WITHIN_MONTHS and all(map(_whole_months, periods))
    totalled = {*query.dimensions, *(item.dimension for item in query.filters)} <= _OF_TOTALS
    if by_month:
        return "monthly_totals_v1" if totalled else "monthly_facts_v1"
    return "daily_totals_v1" if totalled else "facts_v2"


def _whole_months(period: Period) -> bool:
    return period.start.day == 1 and period.end == containing(period.end, "month").end
