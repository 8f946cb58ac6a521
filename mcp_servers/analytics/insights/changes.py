"""The change of a metric between two periods, put into figures that sum and into words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from mcp_servers.analytics.domain.contributions import Change, decompose
from mcp_servers.analytics.domain.contributions import Part as ChangePart
from mcp_servers.analytics.domain.hidden import apart_column
from mcp_servers.analytics.domain.model import MetricName
from mcp_servers.analytics.domain.periods import Period
from mcp_servers.analytics.domain.shapes import shape
from mcp_servers.analytics.domain.table import told_apart
from mcp_servers.analytics.domain.wording import change as change_words
from mcp_servers.analytics.domain.wording import dimension_label
from mcp_servers.analytics.insights.answers import Contribution, Explained, Verdict
from mcp_servers.analytics.insights.figures import Basis, Row
from mcp_servers.analytics.insights.wording import Texts, difference, during, figure, say, verdict

Key = tuple[str | None, str | None]
"""A value of a dimension and, for campaigns, its id."""
_DIGITS = 6
_TEXTS: Texts = {
    "changed": {
        "en": "It went from {before} {compared} to {after} {during} ({fraction}).",
        "es": "Pasó de {before} {compared} a {after} {during} ({fraction}).",
    },
    "from_nothing": {
        "en": "It went from {before} {compared} to {after} {during}.",
        "es": "Pasó de {before} {compared} a {after} {during}.",
    },
    "unchanged": {
        "en": "It was {after} {during}, the same as {compared}.",
        "es": "Fue {after} {during}, igual que {compared}.",
    },
    "most": {
        "en": "By {dimension}, {value} weighed most: {contribution} of a change of {change}.",
        "es": "Por {dimension}, lo que más pesó fue {value}: {contribution} de un cambio de {change}.",
    },
    "unattributed": {"en": "unattributed", "es": "sin atribuir"},
    "good": {"en": "That is a change for the better.", "es": "Es un cambio para bien."},
    "bad": {"en": "That is a change for the worse.", "es": "Es un cambio para mal."},
}


@dataclass(frozen=True, slots=True)
class Measured:
    """The measures of one value of a dimension in both periods."""

    key: Key
    before: Mapping[str, Fraction]
    after: Mapping[str, Fraction]


def measured_by_value(basis: Basis, rows: Sequence[Row], measures: Sequence[MetricName]) -> list[Measured]:
    """Rows of a query as exact numbers, by the one dimension it may have."""
    compared = basis.query.compare_to is not None
    dimension = basis.query.dimensions[0] if basis.query.dimensions else None
    return [
        Measured(
            key=(row[dimension], row.get(apart_column(dimension))) if dimension else (None, None),
            before={name: _exact(row[f"{name}_previous"]) for name in measures} if compared else {},
            after={name: _exact(row[name]) for name in measures},
        )
        for row in told_apart(rows, basis.query)
    ]


def explained_change(
    basis: Basis, compared: Period, groups: Sequence[Measured], currency: str | None, limit: int
) -> tuple[Explained, str]:
    """The change with its largest contributions and the rest of them as one, and the sentence that says it."""
    metric = basis.catalogue.model.metrics[basis.metric]
    change = decompose(shape(metric), {one.key: one.before for one in groups}, {one.key: one.after for one in groups})
    difference = change.difference
    parts, others = _listed(change, limit) if basis.query.dimensions else ((), None)
    judged: Verdict = "unchanged" if not difference else verdict(metric.better, rises=difference > 0)
    explained = Explained(
        compared_period=compared,
        before=_float(change.before),
        after=_float(change.after),
        change=_float(difference),
        change_fraction=_float(difference / abs(change.before)) if difference is not None and change.before else None,
        verdict=judged,
        dimension=basis.query.dimensions[0] if basis.query.dimensions else None,
        contributions=parts,
        others=others,
    )
    return explained, _sentence(basis, explained, currency)


def _listed(change: Change[Key], limit: int) -> tuple[tuple[Contribution, ...], Contribution | None]:
    """Contributions rounded so that they still sum to the rounded change: the last listed takes what rounding left."""
    whole = change.difference
    if whole is None:
        return (), None
    shown, rest = change.parts[:limit], change.parts[limit:]
    rounded = [_decimal(part.contribution) for part in shown]
    left = _decimal(whole) - sum(rounded, Decimal(0))
    if not rest and rounded:
        rounded[0] += left
    parts = tuple(_contribution(part, value, whole) for part, value in zip(shown, rounded, strict=True))
    if not rest:
        return parts, None
    share = float(Fraction(left) / whole) if whole else None
    return parts, Contribution(
        value=None, before=None, after=None, contribution=float(left), share_of_change=_rounded(share)
    )


def _contribution(part: ChangePart[Key], value: Decimal, whole: Fraction) -> Contribution:
    return Contribution(
        value=part.key[0],
        id=part.key[1],
        before=_float(part.before),
        after=_float(part.after),
        contribution=float(value),
        share_of_change=_float(part.contribution / whole) if whole else None,
        rate=_float(part.rate),
        mix=_float(part.mix),
    )


def _sentence(basis: Basis, explained: Explained, currency: str | None) -> str:
    language, model = basis.language, basis.catalogue.model

    def worded(value: float | None) -> str:
        return figure(model, basis.metric, value, currency, language)

    facts = {
        "before": worded(explained.before),
        "after": worded(explained.after),
        "during": during(basis.period, language),
        "compared": during(explained.compared_period, language),
    }
    if explained.change_fraction is not None and explained.change:
        fraction = change_words(explained.change_fraction, language)
        said = [say(_TEXTS, "changed", language, fraction=fraction, **facts)]
    elif explained.change == 0:
        said = [say(_TEXTS, "unchanged", language, **facts)]
    else:
        said = [say(_TEXTS, "from_nothing", language, **facts)]
    if explained.verdict in ("good", "bad"):
        said.append(say(_TEXTS, explained.verdict, language))
    if explained.contributions and explained.change and explained.dimension:
        most = explained.contributions[0]
        said.append(
            say(
                _TEXTS,
                "most",
                language,
                dimension=dimension_label(model, explained.dimension, language),
                value=most.value or say(_TEXTS, "unattributed", language),
                contribution=difference(model, basis.metric, most.contribution, currency, language),
                change=difference(model, basis.metric, explained.change, currency, language),
            )
        )
    return " ".join(said)


def _exact(value: object) -> Fraction:
    return Fraction(str(value or 0))


def _decimal(value: Fraction) -> Decimal:
    return round(Decimal(value.numerator) / Decimal(value.denominator), _DIGITS)


def _float(value: Fraction | None) -> float | None:
    return None if value is None else round(float(value), _DIGITS)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, _DIGITS)
