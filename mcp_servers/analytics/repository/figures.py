"""Metrics as SQL: ratios of sums, each period apart, shares of totals, and what is needed to judge the sums."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Function, Integer, Numeric, and_, func, literal, literal_column, or_

from mcp_servers.analytics.domain.formula import Constant
from mcp_servers.analytics.domain.hidden import CURRENCY_HIGH, CURRENCY_LOW, OVERLAPPING, UNRATED
from mcp_servers.analytics.domain.model import MetricName, SemanticModel
from mcp_servers.analytics.domain.query import MetricQuery
from mcp_servers.analytics.repository.facts_view import FactsView
from mcp_servers.analytics.repository.spans import Spans

_DECIMALS = 12
"""Of quotients: far beyond what rows show, and few enough that equal ratios of other sums are equal."""
_ZERO: ColumnElement[int] = literal_column("0", Integer)
Number = ColumnElement[Any]
Judged = tuple[Number, Callable[[Number], Function[Any]]]
"""What a group of rows says, and how the groups are taken together."""


class Figures:
    """The columns that a query's metrics give."""

    def __init__(
        self,
        query: MetricQuery,
        model: SemanticModel,
        facts: FactsView,
        spans: Spans,
        *,
        reporting: bool,
        currency: str | None,
    ) -> None:
        """`currency` is the one that all amounts are known to be in, if they are."""
        self._query = query
        self._model = model
        self._facts = facts
        self._spans = spans
        self._reporting = reporting
        self._currency = currency

    def columns(self, keys: Mapping[str, ColumnElement[Any]]) -> dict[str, Number]:
        """Name → expression, in the order of the query's columns."""
        found: dict[str, Number] = {}
        for name in self._query.metrics:
            current, *before = [self._metric(name, within) for within in self._spans.each()]
            found[name] = current
            for previous in before:
                found[f"{name}_previous"] = previous
                found[f"{name}_change"] = _quotient(current - previous, func.abs(previous))
            if self._query.share_of_total:
                found[f"{name}_share"] = self._share(current, keys)
                found |= {f"{name}_share_previous": self._share(previous, keys) for previous in before}
        return found

    def judged(self, *, grouped: bool) -> dict[str, Number]:
        """Hidden columns, the same in every row, that say whether the sums may be shown and what to say of them."""
        judged = self._currencies() | self._facts_of_a_figure()
        return {name: of(value).over() if grouped else value for name, (value, of) in judged.items()}

    def _metric(self, name: MetricName, within: ColumnElement[bool] | None) -> Number:
        def total(measure: str) -> Number:
            value = func.sum(self._facts.c[self._column(measure)])
            return func.coalesce(value if within is None else value.filter(within), _ZERO)

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

    def _currencies(self) -> dict[str, Judged]:
        """The first and last currency of any amount that is added up; how many amounts lack a rate."""
        amounts = _amounts(self._query, self._model)
        if not amounts or self._currency or "currency" in self._query.dimensions:
            return {}
        if self._reporting:
            return {UNRATED: (func.count().filter(unrated(self._query, self._model, self._facts)), func.sum)}
        currency = self._facts.c.currency
        counted = and_(currency.is_not(None), or_(*(self._facts.c[name] != _ZERO for name in amounts)))
        return {
            CURRENCY_LOW: (func.min(currency).filter(counted), func.min),
            CURRENCY_HIGH: (func.max(currency).filter(counted), func.max),
        }

    def _facts_of_a_figure(self) -> dict[str, Judged]:
        """The most facts that any one figure adds up of a metric that counts people more than once."""
        people = [name for name in self._query.metrics if self._model.metrics[name].additivity == "overlapping"]
        measures = sorted({measure for name in people for measure in self._model.metrics[name].measures})
        if not measures:
            return {}
        something = or_(*(self._facts.c[measure] != _ZERO for measure in measures))
        facts = func.sum(self._facts.c.rows)
        within = [facts.filter(something if span is None else and_(something, span)) for span in self._spans.each()]
        return {OVERLAPPING: (within[0] if len(within) == 1 else func.greatest(*within), func.max)}


def unrated(query: MetricQuery, model: SemanticModel, facts: FactsView) -> ColumnElement[bool]:
    """Whether a fact has an amount of the query's that could not be converted; an amount is never taken for nothing."""
    pairs = [(name, model.measures[name].reporting) for name in _amounts(query, model)]
    return or_(*(and_(facts.c[name] != _ZERO, facts.c[other].is_(None)) for name, other in pairs if other))


def _amounts(query: MetricQuery, model: SemanticModel) -> list[str]:
    return sorted({measure for metric in query.metrics for measure in model.money_measures(metric)})


def _constant(value: Constant) -> Number:
    return literal(value, Integer if isinstance(value, int) else Numeric)


def _quotient(a: Number, b: Number) -> Number:
    return func.round(_divide(a, b), literal_column(str(_DECIMALS)))


def _divide(a: Number, b: Number) -> Number:
    return a.cast(Numeric) / func.nullif(b, _ZERO)
