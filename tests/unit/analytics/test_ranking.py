"""A ranking that chance cannot win."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcp_servers.analytics.domain.model import MetricName, SemanticModel
from mcp_servers.analytics.domain.ranking import Ranking, Sums, rank
from mcp_servers.analytics.domain.shapes import reading


def summed(x: Sequence[float], y: Sequence[float] | None = None) -> Sums:
    """The sums of a campaign's days."""
    events = np.array(x, dtype=float)
    exposure = np.ones_like(events) if y is None else np.array(y, dtype=float)
    return Sums(
        *(float(value) for value in (
            events.sum(), exposure.sum(), (events**2).sum(), (events * exposure).sum(), (exposure**2).sum(),
        )),
        days=len(events),
    )  # fmt: skip


def ranked(model: SemanticModel, metric: MetricName, sums: Sequence[Sums], *, higher_first: bool = True) -> Ranking:
    return rank(reading(model.metrics[metric], model), sums, days=30, higher_first=higher_first)


def clicks(rate: float, impressions: int, days: int, seed: int) -> Sums:
    drawn = np.random.default_rng(seed).binomial(impressions, rate, days)
    return summed(drawn.tolist(), [impressions] * days)


def test_a_campaign_with_three_clicks_does_not_win(model: SemanticModel) -> None:
    campaigns = [clicks(0.02, 2_000, 30, 1), clicks(0.03, 2_000, 30, 2), summed([3], [3]), clicks(0.025, 2_000, 30, 3)]

    ranking = ranked(model, "ctr", campaigns)

    assert [one.index for one in ranking.standings] == [1, 3, 0, 2]
    lucky = ranking.standings[-1]
    assert (lucky.estimate, lucky.verdict) == (1.0, "too_little_data")
    assert lucky.shrunk < 0.05
    assert lucky.probability_first == 0


def test_a_campaign_without_sales_is_no_infinite_cost_and_does_not_lead(model: SemanticModel) -> None:
    chance = np.random.default_rng(5)
    sold = [summed(chance.poisson(rate, 30).tolist(), [100.0] * 30) for rate in (1.0, 2.0, 0.5, 1.2)]
    nothing = summed([0] * 30, [100.0] * 30)

    ranking = ranked(model, "cac", [*sold, nothing], higher_first=False)

    assert ranking.standings[0].index == 1
    last = ranking.standings[-1]
    assert (last.index, last.estimate, last.verdict) == (4, None, "ranked")
    assert np.isfinite([last.shrunk, last.low, last.high]).all()
    assert last.apart_from_first


@pytest.mark.parametrize("metric", ["ctr", "cpc", "cac", "roas", "roi", "average_order_value", "leads", "spend"])
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_an_interval_contains_its_estimate_and_chances_sum_to_one(
    metric: MetricName, model: SemanticModel, data: st.DataObject
) -> None:
    events, exposure = st.integers(0, 60), st.integers(60, 500)
    days = st.lists(st.tuples(events, exposure), min_size=1, max_size=12)
    campaigns = [summed(*zip(*one, strict=True)) for one in data.draw(st.lists(days, min_size=1, max_size=6))]

    ranking = ranked(model, metric, campaigns, higher_first=metric not in ("cpc", "cac"))

    for one in ranking.standings:
        assert one.low <= one.shrunk <= one.high
        assert one.days >= 3 or one.verdict == "too_little_data"
    judged = [one for one in ranking.standings if one.verdict == "ranked"]
    assert ranking.standings[: len(judged)] == tuple(judged)
    assert sum(one.probability_first for one in judged) == pytest.approx(1 if judged else 0)


def test_intervals_hold_the_true_rate_about_as_often_as_they_say(model: SemanticModel) -> None:
    chance = np.random.default_rng(11)
    held, total = 0, 0
    for _ in range(40):
        rates = chance.beta(20, 980, 25)
        sizes = chance.integers(100, 3_000, 25)
        campaigns = [
            summed(chance.binomial(size, rate, 20).tolist(), [int(size)] * 20)
            for rate, size in zip(rates, sizes, strict=True)
        ]
        for one in ranked(model, "ctr", campaigns).standings:
            held += one.low <= rates[one.index] <= one.high
            total += 1

    assert 0.86 <= held / total <= 0.97


def test_shrinking_brings_estimates_nearer_to_the_truth(model: SemanticModel) -> None:
    chance = np.random.default_rng(13)
    rates = chance.gamma(20, 0.001, 60)
    spend = chance.integers(5, 60, 60)
    campaigns = [
        summed(chance.poisson(rate * cost, 15).tolist(), [float(cost)] * 15)
        for rate, cost in zip(rates * 10, spend, strict=True)
    ]
    standings = {one.index: one for one in ranked(model, "roas", campaigns).standings}

    off = np.array(
        [[standings[n].shrunk - rates[n] * 10, (standings[n].estimate or 0) - rates[n] * 10] for n in range(60)]
    )
    assert np.abs(off[:, 0]).mean() < 0.85 * np.abs(off[:, 1]).mean()


def test_bunched_days_widen_the_interval(model: SemanticModel) -> None:
    others = [clicks(0.01 * seed, 1_000, 30, seed) for seed in range(1, 7)]
    even = summed([19.0, 21.0] * 15, [1_000.0] * 30)
    bunched = summed([0.0, 40.0] * 15, [1_000.0] * 30)

    wide = {one.index: one.high - one.low for one in ranked(model, "ctr", [even, bunched, *others]).standings}

    assert wide[1] > 2 * wide[0]


def test_the_worst_are_those_that_are_surely_bad(model: SemanticModel) -> None:
    campaigns = [clicks(0.02, 2_000, 30, 1), clicks(0.01, 2_000, 30, 2), clicks(0.03, 2_000, 30, 3), summed([0], [40])]

    ranking = ranked(model, "ctr", campaigns, higher_first=False)

    assert [one.index for one in ranking.standings] == [1, 0, 2, 3]


def test_the_same_data_gives_the_same_ranking(model: SemanticModel) -> None:
    campaigns = [clicks(0.02, 500, 20, seed) for seed in range(8)]

    assert ranked(model, "ctr", campaigns) == ranked(model, "ctr", campaigns)


@pytest.mark.parametrize("metric", ["ctr", "cac", "roas", "leads", "average_order_value"])
def test_one_campaign_alone_is_ranked_first(metric: MetricName, model: SemanticModel) -> None:
    alone = summed([12.0, 14.0, 9.0, 11.0, 15.0], [300.0, 310.0, 290.0, 305.0, 300.0])

    (only,) = ranked(model, metric, [alone]).standings

    assert (only.verdict, only.probability_first) == ("ranked", 1.0)
