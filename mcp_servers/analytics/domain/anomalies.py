"""Days that stand out from a series' own rhythm, and lasting changes of its level.

A day is expected to be the local level (a running median of two weeks) with the effect of its weekday (the median of
that weekday's deviations). What is left is scored in robust standard deviations (1.4826 · MAD), so that what stands out
does not hide itself. Counts are judged on a scale on which chance is the same for few and for many (Anscombe),
amounts and ratios on a logarithmic one where they are positive, and ratios of a small base with its uncertainty.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Array = NDArray[np.float64]
Scale = Literal["count", "log", "plain"]
Sensitivity = Literal["low", "medium", "high"]

THRESHOLDS: Mapping[Sensitivity, float] = {"low": 4.5, "medium": 3.5, "high": 2.8}
"""Robust standard deviations from which a day stands out."""
LEAST_HISTORY = 28
"""Days with data that a series needs to be judged: four of each weekday."""
_WEEK = 7
_LEVEL_DAYS = 15
_SHIFT_DAYS = 10
_SHIFT_THRESHOLD = 1.5
"""A lasting change has to exceed the day-to-day deviation by this, besides being unlikely."""
_MAD = 1.4826


@dataclass(frozen=True, slots=True)
class Outlier:
    """A day by its position in the series."""

    at: int
    value: float
    expected: float
    low: float
    high: float
    score: float


@dataclass(frozen=True, slots=True)
class Shift:
    """The first day of a new level; `before` and `after` are typical days of the weeks around it."""

    at: int
    before: float
    after: float
    score: float


@dataclass(frozen=True, slots=True)
class Findings:
    outliers: tuple[Outlier, ...]
    shifts: tuple[Shift, ...]


def enough_history(values: Sequence[float | None]) -> bool:
    return sum(value is not None for value in values) >= LEAST_HISTORY


def examine(
    values: Sequence[float | None],
    weekdays: Sequence[int],
    *,
    counted: bool,
    threshold: float,
    base: Sequence[float] | None = None,
    offset: float = 0.0,
) -> Findings:
    """Outliers and shifts of a daily series; none is a day without data, `base` what each day's ratio divides by.

    `offset` is where the scale begins: that of a return on investment at -1, where nothing came back.
    """
    observed = np.array([np.nan if value is None else value - offset for value in values], dtype=np.float64)
    known = ~np.isnan(observed)
    if not enough_history(values):
        return Findings((), ())
    scale = _scale(observed[known], counted=counted)
    y = _forward(observed, scale)
    days = np.array(weekdays)
    level, season = _rhythm(y, days, known)
    shifts = _shifts(y - season, known, observed, threshold, scale)
    if shifts:
        level = _levels_between(y - season, known, [shift.at for shift in shifts])
    steadiness = _steadiness(base, known)
    residual = (y - level - season) * steadiness
    spread = max(_deviation(residual[known]), _least(scale, y[known]))
    score = residual / spread
    expected = _backward(level + season, scale)
    reach = threshold * spread / steadiness
    low, high = _backward(level + season - reach, scale), _backward(level + season + reach, scale)
    outliers = [
        Outlier(
            int(at),
            float(observed[at]) + offset,
            float(expected[at]) + offset,
            float(low[at]) + offset,
            float(high[at]) + offset,
            float(score[at]),
        )
        for at in np.flatnonzero(known)
        if abs(score[at]) >= threshold
    ]
    moved = [replace(shift, before=shift.before + offset, after=shift.after + offset) for shift in shifts]
    return Findings(tuple(outliers), tuple(moved))


def _rhythm(y: Array, days: NDArray[np.int_], known: NDArray[np.bool_]) -> tuple[Array, Array]:
    """The local level and the weekday's effect of every day, each found with the other taken off."""
    season = np.zeros_like(y)
    level = _running_median(y, known)
    for _ in range(3):
        effects = np.zeros(_WEEK)
        for day in range(_WEEK):
            chosen = known & (days == day)
            effects[day] = np.median((y - level)[chosen]) if chosen.any() else 0.0
        effects -= effects.mean()
        season = effects[days]
        level = _running_median(y - season, known)
    return level, season


def _running_median(y: Array, known: NDArray[np.bool_]) -> Array:
    """Of the days with data around each day; a day without takes the level of the last one with data."""
    padded = np.pad(y[known], _LEVEL_DAYS // 2, constant_values=np.nan)
    levels = np.nanmedian(sliding_window_view(padded, _LEVEL_DAYS), axis=1)
    return levels[np.maximum(np.cumsum(known) - 1, 0)]


def _shifts(y: Array, known: NDArray[np.bool_], observed: Array, threshold: float, scale: Scale) -> list[Shift]:
    """Where the median of the days after differs most from that of the days before, one at a time."""
    noise = max(_deviation(np.diff(y[known])) / np.sqrt(2), _least(scale, y[known]))
    positions = np.flatnonzero(known)
    series = y[positions]
    found: list[tuple[float, int]] = []
    medians = np.median(sliding_window_view(series, _SHIFT_DAYS), axis=1)
    for at, gap in enumerate(medians[_SHIFT_DAYS:] - medians[:-_SHIFT_DAYS], start=_SHIFT_DAYS):
        # The median of n normal values scatters by 1.2533 · sd / √n; there are two.
        score = float(gap) / (noise * 1.2533 * np.sqrt(2 / _SHIFT_DAYS))
        if abs(score) >= threshold + 1 and abs(gap) >= _SHIFT_THRESHOLD * noise:
            found.append((score, at))
    chosen: list[tuple[float, int]] = []
    for score, at in sorted(found, key=lambda one: (-abs(one[0]), one[1])):
        if all(abs(at - other) >= _SHIFT_DAYS for _, other in chosen):
            chosen.append((score, _sharpest(series, at)))
    return [
        Shift(
            int(positions[at]),
            float(np.median(observed[positions[max(0, at - 2 * _WEEK) : at]])),
            float(np.median(observed[positions[at : at + 2 * _WEEK]])),
            score,
        )
        for score, at in sorted(chosen, key=lambda one: one[1])
    ]


def _sharpest(series: Array, near: int) -> int:
    """The day at which cutting the weeks around in two leaves least deviation from two levels."""
    first, last = max(0, near - _SHIFT_DAYS), min(len(series), near + _SHIFT_DAYS)

    def left_over(at: int) -> float:
        before, after = series[first:at], series[at:last]
        return float(np.abs(before - np.median(before)).sum() + np.abs(after - np.median(after)).sum())

    return min(range(max(first + 3, near - 5), min(last - 3, near + 5) + 1), key=left_over)


def _levels_between(y: Array, known: NDArray[np.bool_], cuts: Sequence[int]) -> Array:
    """The running median of each stretch between changes of level, so that none bleeds into the next."""
    result = np.empty_like(y)
    for start, end in zip([0, *cuts], [*cuts, len(y)], strict=True):
        stretch = slice(start, end)
        if known[stretch].any():
            result[stretch] = _running_median(y[stretch], known[stretch])
    return result


def _steadiness(base: Sequence[float] | None, known: NDArray[np.bool_]) -> Array:
    """How much a day's ratio is to be trusted against a usual day's: the root of what it divides by."""
    if base is None:
        return np.ones(len(known))
    over = np.array(base, dtype=np.float64)
    usual = float(np.median(over[known])) or 1.0
    return np.sqrt(np.clip(over / usual, 1e-6, 1.0))


def _deviation(values: Array) -> float:
    """1.4826 · MAD; where more than half are equal, the mean deviation stands in."""
    apart = np.abs(values - np.median(values))
    return float(_MAD * np.median(apart)) or float(1.2533 * apart.mean())


def _scale(values: Array, *, counted: bool) -> Scale:
    if counted and (values >= 0).all():
        return "count"
    return "log" if (values > 0).all() else "plain"


def _least(scale: Scale, y: Array) -> float:
    """Less scatter than this is not believed: that of pure chance for counts, one percent for amounts."""
    if scale == "count":
        return 1.0
    return 0.01 if scale == "log" else max(0.01 * float(np.median(np.abs(y))), 1e-9)


def _forward(values: Array, scale: Scale) -> Array:
    if scale == "count":
        return 2 * np.sqrt(values + 3 / 8)
    return np.log(values) if scale == "log" else values


def _backward(values: Array, scale: Scale) -> Array:
    if scale == "count":
        return np.maximum((np.maximum(values, 0) / 2) ** 2 - 3 / 8, 0)
    return np.exp(values) if scale == "log" else values
