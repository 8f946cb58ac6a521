"""A forecast that has shown on past days how good it is.

For each measure of a metric the model is chosen that was least off on days hidden from it, from several past days on
(rolling origin). Intervals come from simulated futures that draw their surprises from those of the past, the same day's
for all measures, so that a ratio of two keeps what they have in common and a sum over the horizon has its own interval.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from mcp_servers.analytics.domain.shapes import Linear, Shape
from mcp_servers.analytics.domain.smoothing import WEEK, Fit, ModelName, models

Array = NDArray[np.float64]
Measures = Mapping[str, Array]
"""A daily series of each measure of a metric, all of the same days, none below zero."""

LEAST_HISTORY = 42
"""Days: four weeks to learn from and two to be tried on."""
MOST_HISTORY = 26 * WEEK
_LEAST_TRAINING = 28
_MOST_ORIGINS = 4
_TRIED_DAYS = 14
_MOST_STRETCH = 2.5
_FUTURES = 1_000
_FUTURES_TRIED = 300
_SEED = 20_261


@dataclass(frozen=True, slots=True)
class Trial:
    """How the chosen models did on hidden days: MASE, sMAPE and the share of days inside each interval."""

    origins: int
    days: int
    mase: float | None
    smape: float | None
    coverage: Mapping[int, float]
    stretch: float
    """How much further past totals strayed than simulated ones: what intervals of a total are widened by."""


@dataclass(frozen=True, slots=True)
class Estimate:
    value: float
    intervals: Mapping[int, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Forecast:
    days: tuple[Estimate, ...]
    total: Estimate
    chosen: Mapping[str, ModelName]
    trial: Trial


def needed_history(horizon: int) -> int:
    """Days of history a horizon needs: twice as many, and never fewer than six weeks."""
    return max(LEAST_HISTORY, 2 * horizon)


def forecast(
    made: Shape, measures: Measures, horizon: int, levels: Sequence[int], go_on: Callable[[], None]
) -> Forecast:
    """The days after the series, with intervals of `levels` percent. `go_on` may raise to stop the work."""
    roots = {name: np.sqrt(series) for name, series in measures.items()}
    length = len(next(iter(roots.values())))
    origins = _origins(length, horizon)
    ahead = min(horizon, _TRIED_DAYS, length - origins[0])
    candidates: dict[str, Mapping[ModelName, Fit]] = {}
    for name, series in roots.items():
        go_on()
        candidates[name] = models(series[: origins[0]])
    chosen: dict[str, ModelName] = {
        name: _best(candidates[name], measures[name], roots[name], origins, ahead, go_on) for name in measures
    }
    go_on()
    trial = _trial(made, measures, roots, {n: candidates[n][chosen[n]] for n in chosen}, origins, ahead, levels)
    go_on()
    final = {name: models(roots[name])[chosen[name]] for name in measures}
    futures = _futures(roots, final, horizon, _FUTURES)
    over, under = _sum_of(made.numerator, futures), None
    if made.denominator is not None:
        under = _sum_of(made.denominator, futures)
    days = tuple(_estimate(over[day], None if under is None else under[day], levels) for day in range(horizon))
    total = _estimate(over.sum(axis=0), None if under is None else under.sum(axis=0), levels)
    return Forecast(days, _widened(total, trial.stretch), chosen, trial)


def _origins(length: int, horizon: int) -> list[int]:
    """Past days to forecast from, oldest first: each with days after it to be tried on."""
    ahead = min(horizon, _TRIED_DAYS)
    count = max(1, min(_MOST_ORIGINS, (length - _LEAST_TRAINING) // ahead))
    return [length - ahead * n for n in range(count, 0, -1)]


def _best(
    fits: Mapping[ModelName, Fit],
    series: Array,
    roots: Array,
    origins: Sequence[int],
    ahead: int,
    go_on: Callable[[], None],
) -> ModelName:
    """The model with the smallest mean absolute error over all origins; the plainer one between equals."""
    errors: dict[ModelName, float] = {}
    for name, fit in fits.items():
        off: list[float] = []
        for origin in origins:
            go_on()
            expected = _futures({"": roots[:origin]}, {"": fit}, ahead, _FUTURES_TRIED)[""].mean(axis=1)
            off.append(float(np.abs(series[origin : origin + ahead] - expected).mean()))
        errors[name] = float(np.mean(off))
    return min(errors, key=lambda name: errors[name])


def _trial(
    made: Shape,
    measures: Measures,
    roots: Measures,
    fits: Mapping[str, Fit],
    origins: Sequence[int],
    ahead: int,
    levels: Sequence[int],
) -> Trial:
    actual = _metric(made, measures)
    off: list[Array] = []
    relative: list[Array] = []
    strayed: list[float] = []
    inside: dict[int, list[NDArray[np.bool_]]] = {level: [] for level in levels}
    for origin in origins:
        futures = _futures({name: root[:origin] for name, root in roots.items()}, fits, ahead, _FUTURES_TRIED)
        over = _sum_of(made.numerator, futures)
        under = _sum_of(made.denominator, futures) if made.denominator is not None else None
        hidden = actual[origin : origin + ahead]
        strayed.append(_strayed(made, {n: one[origin : origin + ahead] for n, one in measures.items()}, over, under))
        days = [_estimate(over[day], None if under is None else under[day], levels) for day in range(ahead)]
        expected = np.array([day.value for day in days])
        known = ~(np.isnan(hidden) | np.isnan(expected))
        off.append(np.abs(hidden - expected)[known])
        size = np.abs(hidden) + np.abs(expected)
        relative.append(np.divide(2 * np.abs(hidden - expected), size, out=np.zeros_like(size), where=size > 0)[known])
        for level in levels:
            low, high = (np.array([day.intervals[level][end] for day in days]) for end in (0, 1))
            inside[level].append(((hidden >= low) & (hidden <= high))[known])
    scale = _weekly_error(actual[: origins[0]])
    errors = np.concatenate(off)
    count = len(errors)
    return Trial(
        origins=len(origins),
        days=count,
        mase=float(errors.mean()) / scale if count and scale else None,
        smape=float(np.concatenate(relative).mean()) if count else None,
        coverage={level: float(np.concatenate(inside[level]).mean()) for level in levels if count},
        stretch=float(np.clip(np.sqrt(np.mean(np.square(strayed))), 1.0, _MOST_STRETCH)),
    )


def _strayed(made: Shape, hidden: Measures, over: Array, under: Array | None) -> float:
    """How far the hidden days' total lies from the simulated totals' mean, in their standard deviations."""
    truth = made.value(lambda name: Fraction(float(hidden[name].sum())))
    sums = over.sum(axis=0)
    if under is not None:
        sums = np.divide(sums, under.sum(axis=0), out=np.full_like(sums, np.nan), where=under.sum(axis=0) > 0)
    known = sums[~np.isnan(sums)]
    deviation = float(known.std()) if len(known) else 0.0
    return (float(truth) - float(known.mean())) / deviation if truth is not None and deviation else 1.0


def _widened(total: Estimate, times: float) -> Estimate:
    """The same estimate with wider intervals; no lower than zero where it was not before."""
    intervals: dict[int, tuple[float, float]] = {}
    for level, (low, high) in total.intervals.items():
        lower = total.value - times * (total.value - low)
        intervals[level] = (max(lower, 0.0) if low >= 0 else lower, total.value + times * (high - total.value))
    return Estimate(total.value, intervals)


def _futures(roots: Measures, fits: Mapping[str, Fit], horizon: int, count: int) -> dict[str, Array]:
    """Simulated futures of every measure, day by future, in which one past day's surprises come together."""
    fitted = {name: fits[name](series) for name, series in roots.items()}
    errors = {name: model.errors for name, model in fitted.items()}
    shared = min(len(one) for one in errors.values())
    drawn = np.random.default_rng(_SEED).integers(0, shared, (horizon, count))
    futures: dict[str, Array] = {}
    for name, model in fitted.items():
        recent = errors[name][-shared:]
        futures[name] = np.square(np.maximum(model.paths((recent - recent.mean())[drawn]), 0))
    return futures


def _estimate(over: Array, under: Array | None, levels: Sequence[int]) -> Estimate:
    """Of simulated values: the mean, for a ratio that of the means, and the middle `levels` percent of them."""
    if under is None:
        values, centre = over, float(over.mean())
    else:
        values = over[under > 0] / under[under > 0]
        centre = float(over.mean() / under.mean()) if under.mean() > 0 else float("nan")
    if not len(values):
        return Estimate(centre, dict.fromkeys(levels, (centre, centre)))
    intervals: dict[int, tuple[float, float]] = {}
    for level in levels:
        low, high = np.quantile(values, [(1 - level / 100) / 2, (1 + level / 100) / 2])
        intervals[level] = (min(float(low), centre), max(float(high), centre))
    return Estimate(centre, intervals)


def _metric(made: Shape, measures: Measures) -> Array:
    over = _sum_of(made.numerator, measures)
    if made.denominator is None:
        return over
    under = _sum_of(made.denominator, measures)
    return np.divide(over, under, out=np.full_like(over, np.nan), where=under > 0)


def _sum_of(terms: Linear, series: Mapping[str, Array]) -> Array:
    result = np.zeros_like(next(iter(series.values())))
    for name, factor in terms.items():
        result = result + float(factor) * series[name]
    return result


def _weekly_error(series: Array) -> float:
    """How far off repeating the week before was, on average."""
    off = np.abs(series[WEEK:] - series[:-WEEK])
    known = off[~np.isnan(off)]
    return float(known.mean()) if len(known) else 0.0
