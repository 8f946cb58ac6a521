"""A metric's days to come, from its measures' days so far."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from mcp_servers.analytics.domain.forecasting import (
    MOST_HISTORY,
    Array,
    Estimate,
    Forecast,
    Trial,
    forecast,
    needed_history,
)
from mcp_servers.analytics.domain.model import Language, MetricName
from mcp_servers.analytics.domain.periods import Period
from mcp_servers.analytics.domain.query import Filter
from mcp_servers.analytics.domain.shapes import shape
from mcp_servers.analytics.domain.smoothing import load
from mcp_servers.analytics.domain.wording import day as day_words
from mcp_servers.analytics.errors import ForecastTooSlow, TooLittleData
from mcp_servers.analytics.insights.answers import BackTest, ForecastDay, Interval, MetricForecast
from mcp_servers.analytics.insights.concluding import common, concluded
from mcp_servers.analytics.insights.figures import Basis, Figures, days_of
from mcp_servers.analytics.insights.forecast_wording import REFUSALS, forecast_sentence, method
from mcp_servers.analytics.insights.wording import say

_MOST_MISSING = 0.2
"""Share of the history's days that may be filled in."""
_SILENT_DAYS = 14
"""After as many days without data there is nothing that goes on."""
_AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class _History:
    period: Period
    measures: Mapping[str, Array]
    filled: int


class MetricForecaster:
    """Forecasts a tenant's metrics, a few at once, each in a thread of its own."""

    def __init__(self, figures: Figures, *, seconds: float) -> None:
        """`seconds` is how long the models of one forecast may take."""
        self._figures = figures
        self._seconds = seconds
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def forecast(
        self,
        tenant: str,
        metric: MetricName,
        horizon: int,
        *,
        filters: Sequence[Filter] = (),
        levels: Sequence[int] = (80, 95),
        language: Language = "en",
    ) -> MetricForecast:
        """`horizon` days from the last whole day of data on. Raises ForecastTooSlow."""

        async def conclude() -> MetricForecast:
            basis = await self._figures.basis(tenant, metric, language, filters=filters)
            whole = self._figures.history(basis, 0)
            measures, currency = await self._figures.daily(whole)
            history = _history(whole, measures, horizon)
            made = shape(self._figures.model.metrics[metric])
            async with self._turns:
                await asyncio.to_thread(load)  # before the clock starts
                found = await asyncio.to_thread(
                    forecast, made, history.measures, horizon, sorted(levels), self._deadline()
                )
            return self._worded(whole, history, found, currency)

        catalogue = await self._figures.catalogue(tenant)
        return await concluded(MetricForecast, metric, catalogue, language, conclude)

    def _deadline(self) -> Callable[[], None]:
        end = time.monotonic() + self._seconds

        def go_on() -> None:
            if time.monotonic() > end:
                raise ForecastTooSlow(
                    f"The forecast took more than {self._seconds:g} s.", fix="Ask for fewer days, or again later."
                )

        return go_on

    def _worded(self, basis: Basis, history: _History, found: Forecast, currency: str | None) -> MetricForecast:
        first = history.period.end + timedelta(days=1)
        fields: dict[str, Any] = common(basis, currency) | {"period": None}
        digits = 2 if self._figures.model.metrics[basis.metric].additivity != "ratio" else 6
        days = [first + timedelta(days=n) for n in range(len(found.days))]
        answer = MetricForecast(
            **fields,
            method=method(basis.language),
            horizon=Period(start=first, end=days[-1]),
            points=tuple(_point(day, one, digits) for day, one in zip(days, found.days, strict=True)),
            total=round(found.total.value, digits),
            total_intervals=_intervals(found.total, digits),
            history=history.period,
            models=dict(found.chosen),
            back_test=_back_test(found.trial),
            filled_days=history.filled,
        )
        return answer.model_copy(update={"answer": forecast_sentence(answer, self._figures.model)})


def _history(basis: Basis, measures: Mapping[str, Mapping[date, float | None]], horizon: int) -> _History:
    """The last half year at most, from the first day with anything on, with days without data filled in.

    Raises TooLittleData for a history that is too short, has too many holes, has ended, or never changes.
    """
    days = days_of(basis.period)
    started = [day for day in days if any(by_day[day] for by_day in measures.values())]
    days = [day for day in days if started and day >= started[0]][-MOST_HISTORY:]
    needed = needed_history(horizon)
    if len(days) < needed:
        raise _refusal(basis, "short", needed=needed, horizon=horizon, known=len(days))
    missing = [day for day in days if any(by_day[day] is None for by_day in measures.values())]
    if set(days[-_SILENT_DAYS:]) <= set(missing):
        last = max(set(days) - set(missing), default=days[0])
        raise _refusal(basis, "ended", day=day_words(last, basis.language))
    if len(missing) > _MOST_MISSING * len(days):
        raise _refusal(basis, "holes", missing=len(missing), days=len(days))
    filled = {name: _filled([by_day[day] for day in days]) for name, by_day in measures.items()}
    made = shape(basis.catalogue.model.metrics[basis.metric])
    if any(not filled[name].any() for name in made.denominator or ()) or _never_changes(list(filled.values())):
        raise _refusal(basis, "constant")
    return _History(Period(start=days[0], end=days[-1]), filled, len(missing))


def _filled(values: Sequence[float | None]) -> Array:
    """Days without data get the value of their weekday a week before, else of the first week after that has one."""
    result: list[float] = []
    for at, value in enumerate(values):
        if value is None:
            before = result[at - 7] if at >= 7 else None
            after = next((one for one in values[at % 7 :: 7] if one is not None), 0.0)
            value = after if before is None else before  # noqa: PLW2901  # the day's value, filled in
        result.append(max(value, 0.0))
    return np.array(result)


def _never_changes(measures: Sequence[Array]) -> bool:
    return all(bool((series == series[0]).all()) for series in measures)


def _refusal(basis: Basis, name: str, **facts: object) -> TooLittleData:
    label = basis.catalogue.model.metrics[basis.metric].label[basis.language].lower()
    return TooLittleData(say(REFUSALS, name, basis.language, metric=label, **facts))


def _point(day: date, one: Estimate, digits: int) -> ForecastDay:
    return ForecastDay(day=day, value=round(one.value, digits), intervals=_intervals(one, digits))


def _intervals(one: Estimate, digits: int) -> dict[str, Interval]:
    return {
        str(level): Interval(low=round(low, digits), high=round(high, digits))
        for level, (low, high) in one.intervals.items()
    }


def _back_test(trial: Trial) -> BackTest:
    return BackTest(
        origins=trial.origins,
        days=trial.days,
        mase=None if trial.mase is None else round(trial.mase, 4),
        smape=None if trial.smape is None else round(trial.smape, 4),
        coverage={str(level): round(share, 4) for level, share in trial.coverage.items()},
    )
