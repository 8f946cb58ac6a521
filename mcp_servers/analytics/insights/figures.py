"""The figures a conclusion rests on: a request checked against the model and the data, and what the hub holds of it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, cast
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from mcp_servers.analytics.domain.catalogue import Catalogue
from mcp_servers.analytics.domain.checks import checked
from mcp_servers.analytics.domain.hidden import CURRENCY_HIGH, CURRENCY_LOW
from mcp_servers.analytics.domain.model import DimensionName, Grain, Language, MetricName, SemanticModel
from mcp_servers.analytics.domain.naming import check_names, check_values
from mcp_servers.analytics.domain.periods import Period
from mcp_servers.analytics.domain.query import Comparison, Filter, MetricQuery, TimeRange
from mcp_servers.analytics.domain.shapes import Linear
from mcp_servers.analytics.errors import InvalidQuery, TooLittleData, Unsupported
from mcp_servers.analytics.insights.wording import Texts, say
from mcp_servers.analytics.namesakes import tell_apart
from mcp_servers.analytics.repository import Compiled, FactsRepository, series

Row = Mapping[str, Any]
_TEXTS: Texts = {
    "no_whole_day": {
        "en": "There is no day of this period yet that is over and has data.",
        "es": "Todavía no hay en este período un día terminado y con datos.",
    }
}


@dataclass(frozen=True, slots=True)
class Basis:
    """One metric of a tenant, with filters as the data writes them and both ends of the period set."""

    tenant: str
    metric: MetricName
    catalogue: Catalogue
    query: MetricQuery
    language: Language
    today: date

    @property
    def period(self) -> Period:
        """The days asked for, as far as both ends are known: they are, once checked."""
        return cast("Period", self.query.period)


@dataclass(frozen=True, slots=True)
class Found:
    """Rows, and the currency all their amounts share."""

    rows: Sequence[Row]
    currency: str | None


class Figures:
    """Reads what conclusions are drawn from; every statement goes through the same checks as a query's."""

    def __init__(
        self,
        repository: FactsRepository,
        model: SemanticModel,
        catalogue: Callable[[str], Awaitable[Catalogue]],
        clock: Callable[[], datetime],
    ) -> None:
        """`catalogue` gives what exists in a tenant's data. Raises ValueError for a measure that no metric shows."""
        self._repository = repository
        self.model = model
        self.catalogue = catalogue
        self._clock = clock
        self._shown_by: dict[str, MetricName] = {name: metric_showing(name, model) for name in model.measures}

    async def basis(
        self,
        tenant: str,
        metric: MetricName,
        language: Language,
        *,
        period: Period | None = None,
        filters: Sequence[Filter] = (),
        dimensions: Sequence[DimensionName] = (),
        compare_to: Comparison | Period | None = None,
    ) -> Basis:
        """What is asked for, checked. Raises Unanswered as a query would, and InvalidQuery naming the field."""
        check_names(self.model, metrics=(metric,), dimensions=dimensions, filtered=[item.dimension for item in filters])
        check_values([item.values for item in filters])
        catalogue = await self.catalogue(tenant)
        time = TimeRange(start=period.start, end=period.end) if period else TimeRange()
        try:
            query = MetricQuery.model_validate({
                "metrics": (metric,),
                "filters": tuple(filters),
                "dimensions": tuple(dimensions),
                "time": time,
                "compare_to": compare_to,
            })  # fmt: skip
        except ValidationError as error:
            raise InvalidQuery(error) from error
        exact = checked(query, catalogue, language).query
        await tell_apart(exact, self.model, partial(self._repository.run, tenant))
        today = self._clock().astimezone(ZoneInfo(catalogue.facts.time_zone)).date()
        return Basis(tenant, metric, catalogue, exact, language, today)

    async def totals(self, basis: Basis) -> Found:
        """The metric's measures by the query's dimensions, and `<measure>_previous` where periods are compared."""
        return await self._run(basis, series.totals(self._measured(basis), self.model))

    async def moments(self, basis: Basis, x: Linear, y: Linear) -> Found:
        """The sums over days that an uncertainty is computed from, by the query's dimensions."""
        return await self._run(basis, series.moments(self._measured(basis), self.model, x, y))

    async def daily(self, basis: Basis) -> tuple[dict[str, dict[date, float | None]], str | None]:
        """Each measure of the metric day by day, and the currency of amounts.

        A day without rows is none where the source writes rows for every day, else zero.
        """
        result: dict[str, dict[date, float | None]] = {}
        currency: str | None = None
        for source in sorted(self.model.sources_of(basis.metric)):
            measures = [name for name in self.measures(basis.metric) if self.model.measures[name].source == source]
            query = basis.query.model_copy(update={"metrics": tuple(measures), "dimensions": ()})
            found = await self._run(basis, series.daily(query, self.model))
            currency = currency or found.currency
            by_day = {cast("date", row["date"]): row for row in found.rows}
            nothing = None if self.model.sources[source].through == "own" else 0.0
            for name in measures:
                result[name] = {
                    day: float(by_day[day][name]) if day in by_day else nothing for day in days_of(basis.period)
                }
        return result, currency

    async def daily_by_group(self, basis: Basis, volume: str, groups: int) -> Found:
        """Measures by day for the largest combinations of the query's dimensions."""
        return await self._run(basis, series.daily_by_group(self._measured(basis), self.model, volume, groups))

    async def against_days(self, basis: Basis, day: date, others: Sequence[date]) -> Found:
        """Measures of a day, and `<measure>_usual`, their mean over other days, by the query's dimensions."""
        compiled = series.against_days(self._measured(basis), self.model, day, others)
        return Found(await self._repository.run(basis.tenant, compiled), None)

    async def facts_by(
        self, basis: Basis, dimensions: Sequence[DimensionName] = (), grain: Grain | None = None
    ) -> Found:
        """Every metric of the query by dimensions or by time, whatever their currencies."""
        time = basis.query.time.model_copy(update={"grain": grain})
        query = basis.query.model_copy(update={"dimensions": tuple(dimensions), "time": time})
        return Found(await self._repository.run(basis.tenant, series.totals(query, self.model)), None)

    def every_measure(self) -> list[MetricName]:
        """The metrics that show a measure each, in the order of the model."""
        return list(self._shown_by.values())

    def measures(self, metric: MetricName) -> list[MetricName]:
        """The metrics that show the measures a metric is computed from, in the order of the model."""
        wanted = self.model.metrics[metric].measures
        return [self._shown_by[name] for name in self.model.measures if name in wanted]

    def history(self, basis: Basis, days: int) -> Basis:
        """The same with its period begun `days` earlier, cut to the days that are over and have data of every source.

        Raises TooLittleData where no day is left.
        """
        sources = basis.catalogue.facts.sources
        used = [(sources[name], self.model.sources[name].through) for name in self.model.sources_of(basis.metric)]
        newest = max((source.last_day for source in sources.values() if source.last_day), default=date.min)
        ends = [source.last_day if through == "own" and source.last_day else newest for source, through in used]
        start = max(basis.period.start - timedelta(days=days), *(source.first_day or date.max for source, _ in used))
        end = min(basis.period.end, basis.today - timedelta(days=1), *ends)
        if start > end:
            raise TooLittleData(say(_TEXTS, "no_whole_day", basis.language))
        time = TimeRange(start=start, end=end)
        return replace(basis, query=basis.query.model_copy(update={"time": time, "compare_to": None}))

    def _measured(self, basis: Basis) -> MetricQuery:
        return basis.query.model_copy(update={"metrics": tuple(self.measures(basis.metric)), "order_by": ()})

    async def _run(self, basis: Basis, compiled: Compiled) -> Found:
        rows = await self._repository.run(basis.tenant, compiled)
        ends = {row.get(end) for row in rows for end in (CURRENCY_LOW, CURRENCY_HIGH)} - {None}
        if len(ends) > 1:
            names = [value.name for value in basis.catalogue.of("currency")]
            raise Unsupported("mixed_currency", names=", ".join(names))
        return Found(rows, cast("str | None", next(iter(ends), None)))


def metric_showing(measure: str, model: SemanticModel) -> MetricName:
    """The metric that is a measure and nothing else, under the measure's own name."""
    for name, metric in model.metrics.items():
        if name == measure and metric.formula == measure:
            return name
    raise ValueError(f"measure {measure}: there has to be a metric of this name and formula")


def days_of(period: Period) -> list[date]:
    return [period.start + timedelta(days=n) for n in range(period.days)]


def data_as_of(catalogue: Catalogue) -> datetime | None:
    """The oldest of the last runs of the sources that facts come from."""
    sources = catalogue.facts.sources
    runs = [sources[name].last_run_at for name in catalogue.model.sources if name in sources]
    return min((run for run in runs if run), default=None)
