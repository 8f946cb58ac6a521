"""What a metric's formula is made of: one sum over another, read off the formula itself."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from mcp_servers.analytics.domain.model import Metric, SemanticModel

Linear = Mapping[str, Fraction]
"""A sum of measures, each with its coefficient."""
Polynomial = Mapping[tuple[str, ...], Fraction]
"""Products of measures with their coefficients; the product of none is a constant."""

_ONE: Polynomial = {(): Fraction(1)}


@dataclass(frozen=True, slots=True)
class _Quotient:
    """A formula as one polynomial over another."""

    over: Polynomial
    under: Polynomial

    def __add__(self, other: "_Quotient", /) -> "_Quotient":
        if self.under == other.under:
            return _Quotient(_sum(self.over, other.over), self.under)
        crossed = _sum(_product(self.over, other.under), _product(other.over, self.under))
        return _Quotient(crossed, _product(self.under, other.under))

    def __sub__(self, other: "_Quotient", /) -> "_Quotient":
        return self + _Quotient({term: -factor for term, factor in other.over.items()}, other.under)

    def __mul__(self, other: "_Quotient", /) -> "_Quotient":
        return _Quotient(_product(self.over, other.over), _product(self.under, other.under))

    def divided_by(self, other: "_Quotient") -> "_Quotient":
        return _Quotient(_product(self.over, other.under), _product(self.under, other.over))


@dataclass(frozen=True, slots=True)
class Shape:
    """A metric as a sum of measures, or as one such sum over another."""

    numerator: Linear
    denominator: Linear | None

    def value(self, measures: Callable[[str], Fraction]) -> Fraction | None:
        """The metric of given sums of measures; none where it would divide by zero."""
        over = total(self.numerator, measures)
        if self.denominator is None:
            return over
        under = total(self.denominator, measures)
        return over / under if under else None


class NotARatio(ValueError):
    """A formula that is not a sum of measures over another."""


def total(terms: Linear, measures: Callable[[str], Fraction]) -> Fraction:
    return sum((factor * measures(name) for name, factor in terms.items()), Fraction(0))


def shape(metric: Metric) -> Shape:
    """What a metric is made of. Raises NotARatio for products of measures and the like."""
    quotient = metric.compute(
        lambda name: _Quotient({(name,): Fraction(1)}, _ONE),
        lambda number: _Quotient({(): Fraction(number)}, _ONE),
        lambda over, under: over.divided_by(under),
    )
    under = _without_zeros(quotient.under)
    constant = under.get(()) if set(under) == {()} else None
    if constant:
        over = {term: factor / constant for term, factor in _without_zeros(quotient.over).items()}
        return Shape(_linear(metric, over), None)
    return Shape(_linear(metric, _without_zeros(quotient.over)), _linear(metric, under))


Family = Literal["proportion", "rate", "cost", "total", "difference"]
"""How a metric's uncertainty is modelled: `rate` is events for each unit of exposure, `cost` the reverse of one."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A metric as events over exposure: `offset + scale · events / exposure`, or for costs `scale · exposure / events`.

    A total has no exposure; a difference is whatever is not one thing counted against another.
    """

    family: Family
    events: Linear
    exposure: Linear
    offset: Fraction = Fraction(0)
    scale: Fraction = Fraction(1)
    counted: bool = True
    """Whether events are counted, one by one, and not amounts."""


def reading(metric: Metric, model: SemanticModel) -> Reading:
    """How to judge the uncertainty of a metric. Raises NotARatio."""
    made = shape(metric)
    money = {name for name in metric.measures if model.measures[name].money}
    if made.denominator is None:
        only = next(iter(made.numerator.items())) if len(made.numerator) == 1 else None
        if only is None or only[1] <= 0:
            return Reading("difference", made.numerator, {}, counted=not money)
        return Reading("total", {only[0]: Fraction(1)}, {}, scale=only[1], counted=not money)
    parts = _events_over_exposure(made)
    if parts is None:
        return Reading("difference", made.numerator, made.denominator, counted=False)
    events, exposure, offset, scale = parts
    one_source = len({model.measures[name].source for name in (events, exposure)}) == 1
    if one_source and not money and (offset, scale) == (0, 1):
        return Reading("proportion", _single(events), _single(exposure))
    if metric.better == "down" and not offset:
        return Reading("cost", _single(exposure), _single(events), scale=scale, counted=exposure not in money)
    return Reading("rate", _single(events), _single(exposure), offset, scale, counted=events not in money)


def _events_over_exposure(made: Shape) -> tuple[str, str, Fraction, Fraction] | None:
    """events, exposure, offset and scale of `offset + scale · events / exposure`, where it has that form."""
    denominator = made.denominator or {}
    if len(denominator) != 1:
        return None
    exposure, divisor = next(iter(denominator.items()))
    others = [name for name in made.numerator if name != exposure]
    if len(others) != 1 or made.numerator[others[0]] / divisor <= 0:
        return None
    offset = made.numerator.get(exposure, Fraction(0)) / divisor
    return others[0], exposure, offset, made.numerator[others[0]] / divisor


def _single(name: str) -> Linear:
    return {name: Fraction(1)}


def _linear(metric: Metric, polynomial: Polynomial) -> Linear:
    if any(len(term) != 1 for term in polynomial):
        raise NotARatio(f"{metric.formula} is not a sum of measures over another.")
    return {term[0]: factor for term, factor in polynomial.items()}


def _sum(first: Polynomial, second: Polynomial) -> Polynomial:
    return {term: first.get(term, Fraction(0)) + second.get(term, Fraction(0)) for term in _ordered(first, second)}


def _product(first: Polynomial, second: Polynomial) -> Polynomial:
    result: dict[tuple[str, ...], Fraction] = {}
    for one, factor in first.items():
        for other, by in second.items():
            term = tuple(sorted((*one, *other)))
            result[term] = result.get(term, Fraction(0)) + factor * by
    return result


def _without_zeros(polynomial: Polynomial) -> Polynomial:
    return {term: factor for term, factor in polynomial.items() if factor}


def _ordered(*polynomials: Iterable[tuple[str, ...]]) -> list[tuple[str, ...]]:
    return list(dict.fromkeys(term for polynomial in polynomials for term in polynomial))
