"""Metrics as SQL: ratios of sums, each period apart, shares of totals, and what is needed to judge the sums."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Integer, Numeric, and_, func, literal, literal_column, or_

from mcp_servers.analytics.domain.formula import Constant
from mcp_servers.analytics.domain.hidden import CURRENCY_HIGH, CURRENCY_LOW, OVERLAPPING, UNRATED
from mcp_servers.analytics.domain.model import MetricName, SemanticModel
from mcp_servers.analytics.domain.periods import Period
from mcp_servers.analytics.domain.query import MetricQuery
from mcp_servers.analytics.repository.facts_view import FactsView

_DECIMALS = 12
"""Of quotients: far beyond what rows show, and few enough that equal ratios of other sums are equal."""
_ZERO: ColumnElement[int] = literal_column("0", Integer)
Number = ColumnElement[Any]


class Figures:
    """The columns that a query's metrics give."""

    def __init__(
        self, query: MetricQuery, model: SemanticModel, facts: FactsView, periods: list[Period], *, reporting: bool
    ) -> None:
        self._query = query
        self._model = model
        self._facts = facts
        self._periods = periods
        self._reporting = reporting

    def columns(self, keys: Mapping[str, ColumnElement[Any]]) -> dict[str, Number]:
        """Name → expression, in the order of the query's columns."""
        found: dict[str, Number] = {}
        for name in self._query.metrics:
            current, *before = [self._metric(name, period) for period in self._each_apart()]
            found[name] = current
            for previous in before:
                found[f"{name}_previous"] = previous
                found[f"{name}_change"] = _quotient(current - previous, func.abs(previous))
            if self._query.share_of_total:
                found[f"{name}_share"] = self._share(current, keys)
                found |= {f"{name}_share_previous": self._share(previous, keys) for previous in before}
        return found

    def _each_apart(self) -> list[Period | None]:
        """Both periods of a comparison; without one, all rows are of the period."""
        return [None] if len(self._periods) == 1 else [*self._periods]

    def _metric(self, name: MetricName, period: Period | None) -> Number:
        def total(measure: str) -> Number:
            value = func.sum(self._facts.c[self._column(measure)])
            if period:
                value = value.filter(self._facts.c.date.between(period.start, period.end))
            return func.coalesce(value, _ZERO)

        metric = self._model.metrics[name]
        value = metric.compute(total, _constant, _divide)
        return func.round(value, literal_column(str(_DECIMALS))) if metric.additivity == "ratio" else value

    def _column(self, measure: str) -> str:
        return (self._model.measures[measure].reporting or measure) if self._reporting else measure

    def _share(self, value: Number, keys: Mapping[str, ColumnElement[Any]]) -> Number:
        """Of the total of all rows; of the row's unit of time where rows are cut by something else besides."""
        grain = self._query.time.grain
        whole = func.sum(value).over(partition_by=keys[grain] if grain and self._query.dimensions else None)
        return _quotient(value, whole)


def currencies(
    query: MetricQuery, model: SemanticModel, facts: FactsView, *, grouped: bool, reporting: bool
) -> list[ColumnElement[Any]]:
    """The first and last currency of any amount the query adds up, over all rows; how many amounts lack a rate."""
    amounts = _amounts(query, model)
    if not amounts or "currency" in query.dimensions:
        return []
    if reporting:
        missing = func.count().filter(unrated(query, model, facts))
        return [(func.sum(missing).over() if grouped else missing).label(UNRATED)]
    counted = and_(facts.c.currency.is_not(None), or_(*(facts.c[name] != _ZERO for name in amounts)))
    low = func.min(facts.c.currency).filter(counted)
    high = func.max(facts.c.currency).filter(counted)
    if not grouped:
        return [low.label(CURRENCY_LOW), high.label(CURRENCY_HIGH)]
    return [func.min(low).over().label(CURRENCY_LOW), func.max(high).over().label(CURRENCY_HIGH)]


def unrated(query: MetricQuery, model: SemanticModel, facts: FactsView) -> ColumnElement[bool]:
    """Whether a fact has an amount of the query's that could not be converted; an amount is never taken for nothing."""
    pairs = [(name, model.measures[name].reporting) for name in _amounts(query, model)]
    return or_(*(and_(facts.c[name] != _ZERO, facts.c[other].is_(None)) for name, other in pairs if other))


def facts_of_a_figure(
    query: MetricQuery, model: SemanticModel, facts: FactsView, periods: list[Period], *, grouped: bool
) -> list[ColumnElement[Any]]:
    """The most facts that any one figure adds up of a metric that counts people more than once."""
    measures = {
        measure
        for name in query.metrics
        if model.metrics[name].additivity == "overlapping"
        for measure in model.metrics[name].measures
    }
    if not measures:
        return []
    something = or_(*(facts.c[measure] != _ZERO for measure in sorted(measures)))
    within = [func.count().filter(something, facts.c.date.between(it.start, it.end)) for it in periods]
    counted = within[0] if len(within) == 1 else func.greatest(*within)
    return [(func.max(counted).over() if grouped else counted).label(OVERLAPPING)]


def _amounts(query: MetricQuery, model: SemanticModel) -> list[str]:
    return sorted({measure for metric in query.metrics for measure in model.money_measures(metric)})


def _constant(value: Constant) -> Number:
    return literal(value, Integer if isinstance(value, int) else Numeric)


def _quotient(a: Number, b: Number) -> Number:
    return func.round(_divide(a, b), literal_column(str(_DECIMALS)))


def _divide(a: Number, b: Number) -> Number:
    return a.cast(Numeric) / func.nullif(b, _ZERO)
