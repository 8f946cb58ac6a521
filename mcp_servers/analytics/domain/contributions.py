"""What a change is made of: how much each value of a dimension adds to it. The parts sum to the whole, exactly."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Generic, TypeVar

from mcp_servers.analytics.domain.shapes import Linear, Shape, total

Key = TypeVar("Key", bound=Hashable)
Measures = Mapping[str, Fraction]
"""Sums of the measures of a metric."""
_NONE = Fraction(0)


@dataclass(frozen=True, slots=True)
class Part(Generic[Key]):
    """What one value adds to the change. For a ratio it is split into what its own ratio did (`rate`) and what its
    share of the denominator did (`mix`), where it has a ratio in a period at all.
    """

    key: Key
    before: Fraction | None
    after: Fraction | None
    contribution: Fraction
    rate: Fraction | None = None
    mix: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Change(Generic[Key]):
    before: Fraction | None
    after: Fraction | None
    parts: tuple[Part[Key], ...]
    """Largest contributions first; empty where a period has no value to compare."""

    @property
    def difference(self) -> Fraction | None:
        return None if self.before is None or self.after is None else self.after - self.before


def decompose(made: Shape, before: Mapping[Key, Measures], after: Mapping[Key, Measures]) -> Change[Key]:
    """The change of a metric between two periods, by the values of a dimension."""
    keys = list(dict.fromkeys([*before, *after]))
    whole_before = made.value(lambda name: _sum(before, name))
    whole_after = made.value(lambda name: _sum(after, name))
    if whole_before is None or whole_after is None:
        return Change(whole_before, whole_after, ())
    if made.denominator is None:
        parts = [_added(made, key, before.get(key, {}), after.get(key, {})) for key in keys]
    else:
        parts = _shared(made.numerator, made.denominator, keys, before, after)
    return Change(whole_before, whole_after, tuple(sorted(parts, key=lambda part: -abs(part.contribution))))


def _added(made: Shape, key: Key, before: Measures, after: Measures) -> Part[Key]:
    first, last = _of(made.numerator, before), _of(made.numerator, after)
    return Part(key, first, last, last - first)


def _shared(
    numerator: Linear,
    denominator: Linear,
    keys: Sequence[Key],
    before: Mapping[Key, Measures],
    after: Mapping[Key, Measures],
) -> list[Part[Key]]:
    """With N over D: each value's N/D of the whole D, less what its share would have brought at the mean ratio.

    Shares sum to one in both periods, so what is taken off sums to nothing.
    """
    whole = [sum((_of(denominator, period.get(key, {})) for key in keys), _NONE) for period in (before, after)]
    over = [sum((_of(numerator, period.get(key, {})) for key in keys), _NONE) for period in (before, after)]
    mean = (over[0] / whole[0] + over[1] / whole[1]) / 2
    parts: list[Part[Key]] = []
    for key in keys:
        n = [_of(numerator, period.get(key, {})) for period in (before, after)]
        d = [_of(denominator, period.get(key, {})) for period in (before, after)]
        shares = [d[0] / whole[0], d[1] / whole[1]]
        contribution = n[1] / whole[1] - n[0] / whole[0] - mean * (shares[1] - shares[0])
        ratios = [n[at] / d[at] if d[at] else None for at in (0, 1)]
        rate, mix = _split(ratios, n, shares, contribution, mean)
        parts.append(Part(key, ratios[0], ratios[1], contribution, rate, mix))
    return parts


def _split(
    ratios: Sequence[Fraction | None],
    n: Sequence[Fraction],
    shares: Sequence[Fraction],
    contribution: Fraction,
    mean: Fraction,
) -> tuple[Fraction | None, Fraction | None]:
    first, last = ratios
    if first is not None and last is not None:
        rate = (shares[0] + shares[1]) / 2 * (last - first)
        return rate, ((first + last) / 2 - mean) * (shares[1] - shares[0])
    absent_whole = all(ratio is not None or not over for ratio, over in zip(ratios, n, strict=True))
    return (_NONE, contribution) if absent_whole else (None, None)


def _of(terms: Linear, measures: Measures) -> Fraction:
    return total(terms, lambda name: measures.get(name, _NONE))


def _sum(groups: Mapping[Key, Measures], name: str) -> Fraction:
    return sum((measures.get(name, _NONE) for measures in groups.values()), _NONE)
