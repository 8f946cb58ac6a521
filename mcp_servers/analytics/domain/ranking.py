"""A ranking that chance cannot win: by what is left of a campaign's figure after its uncertainty is taken off."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mcp_servers.analytics.domain.posteriors import (
    LEAST_EVENTS,
    Array,
    GammaPosterior,
    NormalPosterior,
    Posterior,
    beta_posterior,
    dispersion,
    gamma_posterior,
    normal_posterior,
)
from mcp_servers.analytics.domain.shapes import Reading

CREDIBILITY = 0.9
"""Probability that the true figure lies in an interval."""
LEAST_DAYS = 3
_TAIL = (1 - CREDIBILITY) / 2
_CONTENDERS = 200
_DRAWS = 4_000
_SEED = 20_260
Verdict = Literal["ranked", "too_little_data"]
Method = Literal["beta_binomial", "gamma_poisson", "negative_binomial", "normal"]


@dataclass(frozen=True, slots=True)
class Sums:
    """Over a campaign's days: events x, exposure y, their squares and product, and how many days have rows."""

    x: float
    y: float
    xx: float
    xy: float
    yy: float
    days: int


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one campaign stands. `low` and `high` bound the true figure; `evidence` is what was counted over."""

    index: int
    estimate: float | None
    shrunk: float
    low: float
    high: float
    evidence: float
    days: int
    verdict: Verdict
    probability_first: float
    apart_from_first: bool


@dataclass(frozen=True, slots=True)
class Ranking:
    standings: tuple[Standing, ...]
    """Ranked campaigns, best first, then those with too little data."""
    typical: float
    """The figure that campaigns are drawn towards."""
    method: Method


def rank(reading: Reading, sums: Sequence[Sums], *, days: int, higher_first: bool) -> Ranking:
    """Rank campaigns over a period of `days`; `higher_first` says whether the highest figures lead."""
    table = _Table(sums)
    posterior, typical, method, enough = _posterior(reading, table, days)
    low, high = _figure(reading, posterior.quantile(_TAIL)), _figure(reading, posterior.quantile(1 - _TAIL))
    low, high = np.minimum(low, high), np.maximum(low, high)
    shrunk = _figure(reading, posterior.mean)
    bound = low if higher_first else -high
    order = sorted(range(len(sums)), key=lambda n: (not enough[n], -bound[n], n))
    ranked = [n for n in order if enough[n]]
    first, apart = _chances(reading, posterior, ranked, higher_first=higher_first)
    standings = tuple(
        Standing(
            index=n,
            estimate=_estimate(reading, sums[n]),
            shrunk=float(shrunk[n]),
            low=float(low[n]),
            high=float(high[n]),
            evidence=_evidence(reading, sums[n]),
            days=sums[n].days,
            verdict="ranked" if enough[n] else "too_little_data",
            probability_first=first.get(n, 0.0),
            apart_from_first=n in apart,
        )
        for n in order
    )
    return Ranking(standings, float(_figure(reading, np.array([typical]))[0]), method)


class _Table:
    """The sums of all campaigns, column by column."""

    def __init__(self, sums: Sequence[Sums]) -> None:
        self.x, self.y, self.xx, self.xy, self.yy = (
            np.array([getattr(one, name) for one in sums], dtype=np.float64) for name in ("x", "y", "xx", "xy", "yy")
        )
        self.days = np.array([one.days for one in sums], dtype=np.float64)

    def residual(self, slope: Array) -> Array:
        """Variance of the sum of x given y, from how its days scatter about `slope · y`."""
        scatter = np.maximum(self.xx - 2 * slope * self.xy + slope**2 * self.yy, 0)
        return scatter * self.days / np.maximum(self.days - 1, 1)


def _posterior(reading: Reading, table: _Table, days: int) -> tuple[Posterior, float, Method, NDArray[np.bool_]]:
    seen = table.days >= LEAST_DAYS
    floor = 1.0 if reading.counted else 0.0
    if reading.family == "total" and (table.x >= 0).all():
        scatter = np.maximum(table.xx - table.x**2 / days, 0) * days / max(days - 1, 1)
        spread = dispersion(scatter, table.x, table.days, floor=floor)
        counted = GammaPosterior(np.maximum(table.x / spread, 0.5), 1 / spread)
        return counted, float(table.x.mean()), "negative_binomial", seen
    if reading.family == "difference" or (table.x < 0).any() or (table.y < 0).any():
        return _normal(reading, table, days, seen)
    slope = np.divide(table.x, table.y, out=np.zeros_like(table.x), where=table.y > 0)
    proportion = reading.family == "proportion" and bool((table.x <= table.y).all())
    by_chance = table.x * (1 - slope) if proportion else table.x
    spread = dispersion(table.residual(slope), by_chance, table.days, floor=floor)
    exposure = np.maximum(table.y / spread, 1e-9)
    if proportion:
        beta, mean = beta_posterior(table.x / spread, exposure)
        return beta, mean, "beta_binomial", seen & (mean * exposure >= LEAST_EVENTS)
    events = np.where(table.y > 0, table.x, 0)  # what came without any exposure has no rate
    gamma, mean = gamma_posterior(events / spread, exposure)
    return gamma, mean, "gamma_poisson", seen & (mean * exposure >= LEAST_EVENTS)


def _normal(
    reading: Reading, table: _Table, days: int, seen: NDArray[np.bool_]
) -> tuple[Posterior, float, Method, NDArray[np.bool_]]:
    if not reading.exposure:
        scatter = np.maximum(table.xx - table.x**2 / days, 0) * days / max(days - 1, 1)
        deviation = np.sqrt(np.maximum(scatter, 1e-12))
        return NormalPosterior(table.x, deviation), float(table.x.mean()), "normal", seen
    defined = table.y > 0
    slope = np.divide(table.x, table.y, out=np.zeros_like(table.x), where=defined)
    error = np.divide(np.sqrt(table.residual(slope)), table.y, out=np.full_like(slope, np.inf), where=defined)
    usable = seen & defined & (error > 0)
    widest = float(error[usable].max()) if usable.any() else 1.0
    posterior, mean = normal_posterior(slope, np.where(usable, error, 10 * widest))
    return posterior, mean, "normal", usable & (table.days >= 2 * LEAST_DAYS)


def _figure(reading: Reading, rate: Array) -> Array:
    """The metric of a rate of events."""
    scale, offset = float(reading.scale), float(reading.offset)
    if reading.family == "cost":
        return scale / np.maximum(rate, 1e-300)
    return offset + scale * rate


def _estimate(reading: Reading, sums: Sums) -> float | None:
    """The figure as it is, nothing taken off."""
    scale, offset = float(reading.scale), float(reading.offset)
    if not reading.exposure:
        return scale * sums.x
    over, under = (sums.y, sums.x) if reading.family == "cost" else (sums.x, sums.y)
    return offset + scale * over / under if under else None


def _evidence(reading: Reading, sums: Sums) -> float:
    """What the metric divides by; for totals what was counted."""
    return sums.y if reading.exposure and reading.family != "cost" else sums.x


def _chances(
    reading: Reading, posterior: Posterior, ranked: Sequence[int], *, higher_first: bool
) -> tuple[dict[int, float], set[int]]:
    """How likely each contender is to be truly first; and who is almost surely behind the first of the ranking."""
    if not ranked:
        return {}, set()
    contenders = np.array(ranked[:_CONTENDERS], dtype=np.intp)
    drawn = _figure(reading, posterior.draws(contenders, _DRAWS, np.random.default_rng(_SEED)))
    good = drawn if higher_first else -drawn
    wins = np.bincount(good.argmax(axis=1), minlength=len(contenders)) / _DRAWS
    behind = (good < good[:, :1]).mean(axis=0)
    apart = {int(n) for n, share in zip(contenders, behind, strict=True) if share >= 1 - _TAIL}
    return {int(n): float(share) for n, share in zip(contenders, wins, strict=True)}, apart | set(ranked[_CONTENDERS:])
