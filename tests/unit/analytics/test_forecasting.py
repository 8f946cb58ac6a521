"""Forecasts: better than repeating last week, with intervals that hold, and sums that have their own."""

from fractions import Fraction

import numpy as np
import pytest
from numpy.typing import NDArray

from mcp_servers.analytics.domain.forecasting import Forecast, forecast, needed_history
from mcp_servers.analytics.domain.shapes import Shape

Array = NDArray[np.float64]
ONE = Shape({"clicks": Fraction(1)}, None)
RATIO = Shape({"spend": Fraction(1)}, {"clicks": Fraction(1)})
RETURN = Shape({"revenue": Fraction(1), "spend": Fraction(-1)}, {"spend": Fraction(1)})
HISTORY, HORIZON = 126, 21
DAYS = np.arange(HISTORY + HORIZON)
RHYTHM = 1 + 0.35 * np.sin(2 * np.pi * DAYS / 7)


def counts(seed: int) -> Array:
    return np.random.default_rng(seed).poisson(40 * RHYTHM).astype(float)


def amounts(seed: int) -> Array:
    growth = 1 + 0.4 * DAYS / len(DAYS)
    return 300 * RHYTHM * growth * np.exp(np.random.default_rng(seed).normal(0, 0.15, len(DAYS)))


def of(made: Shape, **measures: Array) -> Forecast:
    return forecast(
        made, {name: series[:HISTORY] for name, series in measures.items()}, HORIZON, (80, 95), lambda: None
    )


@pytest.fixture(scope="module", params=[counts, amounts], ids=["counts", "amounts"])
def forecasts(request: pytest.FixtureRequest) -> list[tuple[Array, Forecast]]:
    return [(series := request.param(seed), of(ONE, clicks=series)) for seed in range(8)]


def test_a_seasonal_series_is_forecast_better_than_by_repeating_last_week(
    forecasts: list[tuple[Array, Forecast]],
) -> None:
    ours, naive = 0.0, 0.0
    for series, made in forecasts:
        truth = series[HISTORY:]
        ours += np.abs(truth - [day.value for day in made.days]).mean()
        naive += np.abs(truth - np.resize(series[HISTORY - 7 : HISTORY], HORIZON)).mean()

    assert ours < 0.9 * naive


def test_intervals_hold_about_as_many_days_as_they_say(forecasts: list[tuple[Array, Forecast]]) -> None:
    for level, least, most in ((80, 0.68, 0.92), (95, 0.87, 1.0)):
        held = [
            day.intervals[level][0] <= value <= day.intervals[level][1]
            for series, made in forecasts
            for value, day in zip(series[HISTORY:], made.days, strict=True)
        ]
        assert least <= np.mean(held) <= most, level


def test_the_total_has_its_own_interval_narrower_than_the_sum_of_the_days(
    forecasts: list[tuple[Array, Forecast]],
) -> None:
    held = 0
    for series, made in forecasts:
        low, high = made.total.intervals[95]
        days = sum(day.intervals[95][1] - day.intervals[95][0] for day in made.days)
        assert high - low < 0.8 * days
        assert made.total.value == pytest.approx(sum(day.value for day in made.days))
        held += low <= series[HISTORY:].sum() <= high

    assert held >= len(forecasts) - 2


def test_estimates_lie_in_their_intervals_and_wider_ones_hold_narrower_ones(
    forecasts: list[tuple[Array, Forecast]],
) -> None:
    for _, made in forecasts:
        for one in (*made.days, made.total):
            (low95, high95), (low80, high80) = one.intervals[95], one.intervals[80]
            assert 0 <= low95 <= low80 <= one.value <= high80 <= high95


def test_the_back_test_says_how_the_models_did(forecasts: list[tuple[Array, Forecast]]) -> None:
    for _, made in forecasts:
        assert (made.trial.origins, made.trial.days) == (4, 56)
        assert made.trial.mase is not None
        assert 0 < made.trial.mase < 1.3
        assert set(made.trial.coverage) == {80, 95}


def test_a_ratio_is_that_of_its_sums_and_keeps_what_both_have_in_common() -> None:
    clicks = counts(3) * 10
    spend = 0.5 * clicks * np.exp(np.random.default_rng(8).normal(0, 0.02, len(DAYS)))

    made = of(RATIO, spend=spend, clicks=clicks)

    low, high = made.total.intervals[95]
    assert low <= 0.5 <= high
    assert high - low < 0.05
    assert made.chosen.keys() == {"spend", "clicks"}


def test_a_return_may_be_negative_though_no_measure_is() -> None:
    made = of(RETURN, revenue=amounts(1) * 0.2, spend=amounts(2))

    assert made.total.value == pytest.approx(-0.8, abs=0.05)
    assert all(day.intervals[95][0] >= -1 for day in made.days)


def test_the_same_series_gives_the_same_forecast() -> None:
    assert of(ONE, clicks=counts(1)) == of(ONE, clicks=counts(1))


def test_work_stops_where_it_is_told_to() -> None:
    def stop() -> None:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        forecast(ONE, {"clicks": counts(1)}, 7, (80,), stop)


@pytest.mark.parametrize(("horizon", "days"), [(1, 42), (21, 42), (28, 56), (90, 180)])
def test_a_longer_horizon_needs_more_history(horizon: int, days: int) -> None:
    assert needed_history(horizon) == days


def test_the_shortest_history_that_is_let_through_can_be_forecast() -> None:
    made = forecast(ONE, {"clicks": counts(1)[:42]}, 21, (80,), lambda: None)

    assert len(made.days) == 21
    assert made.trial.origins == 1
