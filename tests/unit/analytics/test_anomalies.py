"""Anomalies: planted ones are found, noise raises few alarms, and missing days are no zeros."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from mcp_servers.analytics.domain.anomalies import (
    LEAST_HISTORY,
    THRESHOLDS,
    Findings,
    Sensitivity,
    enough_history,
    examine,
)

Array = NDArray[np.float64]
DAYS = 91
WEEKDAYS = [day % 7 for day in range(DAYS)]
RHYTHM = 1 + 0.3 * np.sin(2 * np.pi * np.array(WEEKDAYS) / 7)
SEEDS = range(40)


def counts(seed: int, times: Array | None = None) -> Array:
    mean = 150 * RHYTHM * (np.ones(DAYS) if times is None else times)
    return np.random.default_rng(seed).poisson(mean).astype(float)


def amounts(seed: int, times: Array | None = None) -> Array:
    noise = np.exp(np.random.default_rng(seed).normal(0, 0.15, DAYS))
    return 500 * RHYTHM * noise * (np.ones(DAYS) if times is None else times)


def found(values: Array, *, counted: bool, sensitivity: Sensitivity = "medium") -> Findings:
    return examine(list(values), WEEKDAYS, counted=counted, threshold=THRESHOLDS[sensitivity])


def planted(day: int, times: float) -> Array:
    result = np.ones(DAYS)
    result[day] = times
    return result


@pytest.mark.parametrize(("sensitivity", "most"), [("low", 0.002), ("medium", 0.01), ("high", 0.035)])
@pytest.mark.parametrize(("series", "counted"), [(counts, True), (amounts, False)])
def test_noise_raises_few_false_alarms(
    series: Callable[[int], Array], counted: bool, sensitivity: Sensitivity, most: float
) -> None:
    findings = [found(series(seed), counted=counted, sensitivity=sensitivity) for seed in SEEDS]

    assert sum(len(one.outliers) for one in findings) / (len(SEEDS) * DAYS) <= most
    assert sum(len(one.shifts) for one in findings) <= 0.1 * len(SEEDS)


@pytest.mark.parametrize("times", [0.3, 2.2])
@pytest.mark.parametrize(("series", "counted"), [(counts, True), (amounts, False)])
def test_a_planted_day_is_found_wherever_it_lies(
    series: Callable[[int, Array], Array], counted: bool, times: float
) -> None:
    hits = 0
    for seed in SEEDS:
        day = 30 + int(np.random.default_rng(seed).integers(0, DAYS - 30))
        outliers = found(series(seed, planted(day, times)), counted=counted).outliers
        hit = next((one for one in outliers if one.at == day), None)
        hits += hit is not None and (hit.score > 0) == (times > 1) and not hit.low <= hit.value <= hit.high

    assert hits / len(SEEDS) >= 0.95


def test_a_usual_weekend_is_no_anomaly_and_a_weekday_like_it_is() -> None:
    week = np.array([100.0, 100, 100, 100, 100, 20, 20])
    values = np.tile(week, 13) * np.exp(np.random.default_rng(3).normal(0, 0.05, DAYS))
    values[58] = 20.0
    assert WEEKDAYS[58] == 2

    outliers = found(values, counted=False).outliers
    assert max(outliers, key=lambda one: abs(one.score)).at == 58
    assert not [one for one in outliers if WEEKDAYS[one.at] >= 5]


@pytest.mark.parametrize(("series", "counted"), [(counts, True), (amounts, False)])
@pytest.mark.parametrize("times", [0.5, 1.8])
def test_a_lasting_change_is_one_shift_and_not_many_anomalies(
    series: Callable[[int, Array], Array], counted: bool, times: float
) -> None:
    start, hits, alarms = 65, 0, 0
    level = np.where(np.arange(DAYS) >= start, times, 1.0)
    for seed in SEEDS:
        findings = found(series(seed, level), counted=counted)
        hits += any(abs(shift.at - start) <= 2 and (shift.score > 0) == (times > 1) for shift in findings.shifts)
        alarms += len(findings.outliers)

    assert hits / len(SEEDS) >= 0.95
    assert alarms / (len(SEEDS) * DAYS) <= 0.02


def test_missing_days_are_left_out_and_never_taken_for_zero() -> None:
    values: list[float | None] = [float(value) for value in counts(1)]
    for day in (40, 41, 42, 60):
        values[day] = None

    findings = examine(values, WEEKDAYS, counted=True, threshold=THRESHOLDS["medium"])

    assert not {one.at for one in findings.outliers} & {40, 41, 42, 60}


def test_a_ratio_of_few_is_not_odd_where_the_same_ratio_of_many_is() -> None:
    chance = np.random.default_rng(4)
    base = np.full(DAYS, 400.0)
    base[70] = 4.0
    ratios = 0.05 * np.exp(chance.normal(0, 0.06, DAYS))
    ratios[70] = ratios[80] = 0.09

    findings = examine(list(ratios), WEEKDAYS, counted=False, threshold=THRESHOLDS["medium"], base=list(base))

    assert {one.at for one in findings.outliers} == {80}


def test_a_scale_that_begins_elsewhere_moves_nothing_but_the_figures() -> None:
    values = amounts(6, planted(70, 2.2)) / 100
    plain = found(values, counted=False)
    moved = examine(list(values - 1), WEEKDAYS, counted=False, threshold=THRESHOLDS["medium"], offset=-1.0)

    assert [one.at for one in moved.outliers] == [one.at for one in plain.outliers]
    assert 70 in {one.at for one in plain.outliers}
    for one, other in zip(moved.outliers, plain.outliers, strict=True):
        assert (one.value, one.expected, one.low) == pytest.approx((other.value - 1, other.expected - 1, other.low - 1))


def test_less_than_four_weeks_are_not_judged() -> None:
    short: list[float | None] = [10.0] * (LEAST_HISTORY - 1) + [None] * 5

    assert not enough_history(short)
    assert examine(short, WEEKDAYS[: len(short)], counted=True, threshold=3.5) == Findings((), ())


@pytest.mark.parametrize("value", [0.0, 7.0])
def test_a_series_that_never_changes_has_no_anomalies(value: float) -> None:
    assert found(np.full(DAYS, value), counted=True) == Findings((), ())
