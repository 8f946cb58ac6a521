"""Empirical Bayes over many campaigns: each one's rate, shrunk towards what the others show.

Rates of counted events have a gamma posterior, proportions a beta one. Events of one day come in bunches, so what is
counted is first divided by how much more the days vary than chance alone would make them (`dispersion`).
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import special

Array = NDArray[np.float64]

LEAST_EVENTS = 10.0
"""Events a campaign of its size would be expected to have; with fewer it is neither judged nor taken for an example."""
_LEAST_SHAPE = 0.5
"""Of a prior: below it, its mean lies outside of its middle."""
_MOST_WEIGHT = 1e6
_TOO_FEW_GROUPS = 3
"""With fewer, how much campaigns differ cannot be estimated, and the prior weighs next to nothing."""


class Posterior(Protocol):
    """What is believed of each campaign's rate."""

    @property
    def mean(self) -> Array: ...

    def quantile(self, share: float) -> Array: ...

    def draws(self, chosen: NDArray[np.intp], count: int, chance: np.random.Generator) -> Array:
        """`count` draws for each chosen campaign: one row for each draw."""
        ...


@dataclass(frozen=True, slots=True)
class GammaPosterior:
    shape: Array
    rate: Array

    @property
    def mean(self) -> Array:
        return self.shape / self.rate

    def quantile(self, share: float) -> Array:
        return _array(special.gammaincinv(self.shape, share)) / self.rate

    def draws(self, chosen: NDArray[np.intp], count: int, chance: np.random.Generator) -> Array:
        return chance.gamma(self.shape[chosen], 1 / self.rate[chosen], (count, len(chosen)))


@dataclass(frozen=True, slots=True)
class BetaPosterior:
    successes: Array
    failures: Array

    @property
    def mean(self) -> Array:
        return self.successes / (self.successes + self.failures)

    def quantile(self, share: float) -> Array:
        return _array(special.betaincinv(self.successes, self.failures, share))

    def draws(self, chosen: NDArray[np.intp], count: int, chance: np.random.Generator) -> Array:
        return chance.beta(self.successes[chosen], self.failures[chosen], (count, len(chosen)))


@dataclass(frozen=True, slots=True)
class NormalPosterior:
    centre: Array
    deviation: Array

    @property
    def mean(self) -> Array:
        return self.centre

    def quantile(self, share: float) -> Array:
        return self.centre + self.deviation * float(special.ndtri(share))

    def draws(self, chosen: NDArray[np.intp], count: int, chance: np.random.Generator) -> Array:
        return chance.normal(self.centre[chosen], self.deviation[chosen], (count, len(chosen)))


def gamma_posterior(events: Array, exposure: Array) -> tuple[GammaPosterior, float]:
    """Posterior rates of events for each unit of exposure, and the mean rate of the prior."""
    mean = max(float(events.sum()), _LEAST_SHAPE) / float(exposure.sum())
    shape = _LEAST_SHAPE
    large = mean * exposure >= LEAST_EVENTS
    if large.sum() >= _TOO_FEW_GROUPS:
        fits = (_gamma_fit(events[large], exposure[large], weight) for weight in _weights(_LEAST_SHAPE))
        _, shape, mean = max(fits, key=lambda fit: fit[0])
    return GammaPosterior(shape + events, shape / mean + exposure), mean


def _gamma_fit(events: Array, exposure: Array, shape: float) -> tuple[float, float, float]:
    """The likelihood of a prior of this shape with the mean that fits best."""
    mean = max(float(events.sum()), _LEAST_SHAPE) / float(exposure.sum())
    for _ in range(5):
        weights = exposure / (1 + exposure * mean / shape)
        mean = max(float((weights * events / exposure).sum() / weights.sum()), 1e-12 * mean)
    rate = shape / mean
    likelihood = (
        _array(special.gammaln(shape + events))
        - float(special.gammaln(shape))
        + shape * np.log(rate)
        + events * np.log(exposure)
        - (shape + events) * np.log(rate + exposure)
    )
    return float(likelihood.sum()) + _unequal(shape), shape, mean


def beta_posterior(successes: Array, trials: Array) -> tuple[BetaPosterior, float]:
    """Posterior proportions, and the mean proportion of the prior."""
    failures = np.maximum(trials - successes, 0)
    mean = (float(successes.sum()) + _LEAST_SHAPE) / (float(trials.sum()) + 2 * _LEAST_SHAPE)
    least = _LEAST_SHAPE / min(mean, 1 - mean)
    weight = least
    large = mean * trials >= LEAST_EVENTS
    if large.sum() >= _TOO_FEW_GROUPS:
        fits = (_beta_fit(successes[large], trials[large], weight) for weight in _weights(least))
        _, weight, mean = max(fits, key=lambda fit: fit[0])
    return BetaPosterior(weight * mean + successes, weight * (1 - mean) + failures), mean


def _beta_fit(successes: Array, trials: Array, weight: float) -> tuple[float, float, float]:
    weights = trials / (1 + np.maximum(trials - 1, 0) / (weight + 1))
    fitted = float((weights * successes / trials).sum() / weights.sum())
    fitted = min(max(fitted, _LEAST_SHAPE / weight), 1 - _LEAST_SHAPE / weight)
    likelihood = _array(
        special.betaln(weight * fitted + successes, weight * (1 - fitted) + np.maximum(trials - successes, 0))
    ) - float(special.betaln(weight * fitted, weight * (1 - fitted)))
    return float(likelihood.sum()) + _unequal(weight), weight, fitted


def _unequal(weight: float) -> float:
    """A prior of the spread between campaigns that is zero where there is none.

    A few alike campaigns would else be taken for exactly equal, and their intervals for points.
    """
    return -0.5 * float(np.log(weight))


def normal_posterior(values: Array, errors: Array) -> tuple[NormalPosterior, float]:
    """Posterior values of estimates with standard errors, and the mean they are drawn to (DerSimonian and Laird)."""
    weights = 1 / errors**2
    mean = float((weights * values).sum() / weights.sum())
    between = np.inf
    if len(values) >= _TOO_FEW_GROUPS:
        spread = float((weights * (values - mean) ** 2).sum())
        scale = float(weights.sum() - (weights**2).sum() / weights.sum())
        between = max(0.0, (spread - (len(values) - 1)) / scale) if scale > 0 else np.inf
        weights = 1 / (errors**2 + between)
        mean = float((weights * values).sum() / weights.sum()) if between < np.inf else mean
    own = between / (between + errors**2) if between < np.inf else np.ones_like(values)
    deviation = errors * np.sqrt(np.maximum(own, 0.05))
    return NormalPosterior(own * values + (1 - own) * mean, deviation), mean


def dispersion(excess: Array, expected: Array, days: Array, *, floor: float) -> Array:
    """How much more each campaign's events vary than their own number, drawn towards the middle of all campaigns.

    `excess` is the variance of the events over days, `expected` what it would be by chance alone.
    """
    known = (days >= _TOO_FEW_GROUPS) & (expected > 0)
    if not known.any():
        return np.full_like(days, floor or max(1e-9, float(np.max(expected, initial=0.0))))
    own = np.divide(excess, expected, out=np.zeros_like(excess), where=known)
    middle = max(float(np.median(own[known])), floor, 1e-9)
    freedom = np.where(known, days - 1, 0)
    drawn = (freedom * own + _SHARED_DAYS * middle) / (freedom + _SHARED_DAYS)
    return np.maximum(drawn, max(floor, 1e-9))


_SHARED_DAYS = 7.0
"""How many days of its own a campaign needs for its dispersion to count as much as that of all the others."""


def _weights(least: float) -> list[float]:
    return [float(weight) for weight in np.geomspace(least, max(_MOST_WEIGHT, least * 10), 80)]


def _array(value: object) -> Array:
    """scipy's functions have no annotations."""
    return np.asarray(value, dtype=np.float64)
