"""Daily series of a metric, put together from those of its measures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from mcp_servers.analytics.domain.hidden import apart_column
from mcp_servers.analytics.domain.model import DimensionName, SemanticModel
from mcp_servers.analytics.domain.shapes import Linear, Shape, shape
from mcp_servers.analytics.insights.figures import Basis, Row, days_of

Group = tuple[tuple[DimensionName, str | None, str | None], ...]
"""Dimension, value and, for campaigns, id; nothing for the series of everything."""


@dataclass(frozen=True, slots=True)
class DailySeries:
    """A value for each day; none where there is no data or nothing to divide by."""

    group: Group
    days: tuple[date, ...]
    values: tuple[float | None, ...]
    base: tuple[float, ...] | None
    """What a ratio divides by."""

    @property
    def missing(self) -> tuple[date, ...]:
        return tuple(day for day, value in zip(self.days, self.values, strict=True) if value is None)


def of_everything(basis: Basis, measures: Mapping[str, Mapping[date, float | None]]) -> DailySeries:
    """The series of all that the filters let through."""
    made = shape(basis.catalogue.model.metrics[basis.metric])
    days = days_of(basis.period)
    return _series((), days, made, [{name: by_day[day] for name, by_day in measures.items()} for day in days])


def of_groups(basis: Basis, rows: Sequence[Row], measures: Sequence[str], model: SemanticModel) -> list[DailySeries]:
    """One series for each combination of the query's dimensions in the rows."""
    made = shape(model.metrics[basis.metric])
    whole = any(model.sources[name].through == "own" for name in model.sources_of(basis.metric))
    nothing: dict[str, float | None] = dict.fromkeys(measures, None if whole else 0.0)
    groups: dict[Group, dict[date, dict[str, float | None]]] = {}
    for row in rows:
        group: Group = tuple((name, row[name], row.get(apart_column(name))) for name in basis.query.dimensions)
        groups.setdefault(group, {})[row["date"]] = {name: float(row[name]) for name in measures}
    days = days_of(basis.period)
    return [_series(group, days, made, [by_day.get(day, nothing) for day in days]) for group, by_day in groups.items()]


def _series(
    group: Group, days: Sequence[date], made: Shape, measured: Sequence[Mapping[str, float | None]]
) -> DailySeries:
    started = next((at for at, one in enumerate(measured) if any(one.values())), len(days))
    values: list[float | None] = []
    base: list[float] = []
    for one in measured[started:]:
        over = _total(made.numerator, one)
        under = 1.0 if made.denominator is None else _total(made.denominator, one)
        base.append(under or 0.0)
        values.append(over / under if over is not None and under else None)
    return DailySeries(group, tuple(days[started:]), tuple(values), tuple(base) if made.denominator else None)


def _total(terms: Linear, measured: Mapping[str, float | None]) -> float | None:
    total = 0.0
    for name, factor in terms.items():
        value = measured[name]
        if value is None:
            return None
        total += float(factor) * value
    return total
