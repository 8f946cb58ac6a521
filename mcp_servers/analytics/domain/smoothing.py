"""Models of one daily series: what they expect of the days to come, and how far off they were on each day so far.

All work on square roots, on which a count's scatter does not grow with the count and an amount's grows less.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
ModelName = Literal["seasonal_naive", "weekday_means", "smoothing", "smoothing_with_trend"]
WEEK = 7
_WEEKS_AVERAGED = 6
_LEVELS = (0.05, 0.15, 0.3, 0.6)
_SEASONS = (0.05, 0.2)
_TREND, _DAMPING = 0.05, 0.95


class Fitted(Protocol):
    """A model that knows a series. `errors` are those of the day ahead, for the last days of the series."""

    @property
    def errors(self) -> Array: ...

    def paths(self, errors: Array) -> Array:
        """Ways the series may go on: one column for each column of drawn errors, one row for each day."""
        ...


Fit = Callable[[Array], Fitted]


@dataclass(frozen=True, slots=True)
class SeasonalNaive:
    """Next week is like this one."""

    series: Array

    @property
    def errors(self) -> Array:
        return self.series[WEEK:] - self.series[:-WEEK]

    def paths(self, errors: Array) -> Array:
        result = np.empty_like(errors)
        for ahead in range(len(errors)):
            before = result[ahead - WEEK] if ahead >= WEEK else self.series[ahead - WEEK]
            result[ahead] = before + errors[ahead]
        return result


@dataclass(frozen=True, slots=True)
class WeekdayMeans:
    """Each day is like the mean of its weekday in the last weeks."""

    series: Array

    @property
    def errors(self) -> Array:
        weeks = len(self.series) // WEEK
        rows = self.series[len(self.series) - weeks * WEEK :].reshape(weeks, WEEK)
        before = np.array([rows[max(0, at - _WEEKS_AVERAGED) : at].mean(axis=0) for at in range(1, weeks)])
        return (rows[1:] - before).ravel()

    def paths(self, errors: Array) -> Array:
        weeks = min(_WEEKS_AVERAGED, len(self.series) // WEEK)
        means = self.series[len(self.series) - weeks * WEEK :].reshape(weeks, WEEK).mean(axis=0)
        return np.resize(means, len(errors))[:, np.newaxis] + errors


@dataclass(frozen=True, slots=True)
class _Smoothed:
    result: Any
    """statsmodels has no annotations."""

    @property
    def errors(self) -> Array:
        return np.asarray(self.result.resid, dtype=np.float64)

    def paths(self, errors: Array) -> Array:
        simulated = self.result.simulate(
            len(errors), anchor="end", repetitions=errors.shape[1], error="add", random_errors=errors
        )
        return np.asarray(simulated, dtype=np.float64).reshape(errors.shape)


def load() -> None:
    """Import the library of the smoothing models, which takes seconds the first time."""
    import_module("statsmodels.tsa.holtwinters")


def models(series: Array) -> Mapping[ModelName, Fit]:
    """Every model, with smoothing constants chosen on a series: those that were least off a day ahead.

    They come from a grid: an optimiser would be slower, and at times not converge.
    """
    return {
        "seasonal_naive": SeasonalNaive,
        "weekday_means": WeekdayMeans,
        "smoothing": _smoothing(series, trend=False),
        "smoothing_with_trend": _smoothing(series, trend=True),
    }


def _smoothing(series: Array, *, trend: bool) -> Fit:
    """Holt-Winters with additive weekdays, without a trend or with a damped one."""
    from statsmodels.tsa.holtwinters import ExponentialSmoothing  # noqa: PLC0415  # 3 s and 130 MB, for who forecasts

    fixed: dict[str, float] = {"smoothing_trend": _TREND, "damping_trend": _DAMPING} if trend else {}

    def model(of: Array) -> Any:
        return ExponentialSmoothing(
            of,
            trend="add" if trend else None,
            damped_trend=trend,
            seasonal="add",
            seasonal_periods=WEEK,
            initialization_method="heuristic",
        )

    def fit(of: Any, constants: Mapping[str, float]) -> Any:
        return of.fit(**constants, optimized=False)

    grid = [
        {"smoothing_level": level, "smoothing_seasonal": season, **fixed} for level in _LEVELS for season in _SEASONS
    ]
    first = model(series)
    best = min(grid, key=lambda constants: float(fit(first, constants).sse))
    return lambda of: _Smoothed(fit(model(of), best))
