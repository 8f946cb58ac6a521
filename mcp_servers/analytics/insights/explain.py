"""What a metric is, how its figure comes about, and what its change is made of."""

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from mcp_servers.analytics.domain.model import DimensionName, Language, MetricName
from mcp_servers.analytics.domain.periods import Period
from mcp_servers.analytics.domain.query import Comparison, Filter
from mcp_servers.analytics.domain.shapes import shape
from mcp_servers.analytics.domain.wording import metric_label
from mcp_servers.analytics.errors import InvalidExplanation
from mcp_servers.analytics.insights.answers import Explanation, MeasureValue
from mcp_servers.analytics.insights.changes import Measured, explained_change, measured_by_value
from mcp_servers.analytics.insights.concluding import common, concluded, named
from mcp_servers.analytics.insights.figures import Basis, Figures
from mcp_servers.analytics.insights.wording import Texts, during, figure, say

_NAME = re.compile(r"[A-Za-z_]\w*")
_ADDITIVITY: Texts = {
    "additive": {
        "en": "Figures of days, places and campaigns add up.",
        "es": "Las cifras de días, lugares y campañas se suman.",
    },
    "overlapping": {
        "en": "Figures are summed, and the same person may be counted more than once.",
        "es": "Las cifras se suman, y una misma persona puede contarse más de una vez.",
    },
    "ratio": {
        "en": "A ratio of sums: figures of days, places or campaigns are never added up or averaged.",
        "es": "Una razón de sumas: las cifras de días, lugares o campañas no se suman ni se promedian.",
    },
}
_TEXTS: Texts = {
    "defined": {"en": "{metric}: {definition}", "es": "{metric}: {definition}"},
    "value": {"en": "It was {value} {during}.", "es": "Fue {value} {during}."},
}


class MetricExplainer:
    """Explains metrics of the model, with a tenant's figures where a period is given."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures

    async def explain(
        self,
        tenant: str,
        metric: MetricName,
        *,
        period: Period | None = None,
        compare_to: Comparison | Period | None = None,
        dimension: DimensionName | None = None,
        filters: Sequence[Filter] = (),
        limit: int = 10,
        language: Language = "en",
    ) -> Explanation:
        """The definition; with a period its figures; with a comparison the change, by values of a dimension.

        Raises InvalidExplanation where one argument needs another that is not given.
        """
        _refuse_half_requests(period, compare_to, dimension, filters)
        catalogue = await self._figures.catalogue(tenant)
        described = self._described(metric, language)

        async def conclude() -> Explanation:
            if period is None:
                return Explanation(
                    **named(metric, catalogue, language), **described, answer=self._defined(metric, language)
                )
            basis = await self._figures.basis(
                tenant,
                metric,
                language,
                period=period,
                filters=filters,
                dimensions=(dimension,) if dimension else (),
                compare_to=compare_to,
            )
            return await self._with_figures(basis, described, limit)

        return await concluded(Explanation, metric, catalogue, language, conclude, **described)

    async def _with_figures(self, basis: Basis, described: dict[str, Any], limit: int) -> Explanation:
        found = await self._figures.totals(basis)
        measures = self._figures.measures(basis.metric)
        groups = measured_by_value(basis, found.rows, measures)
        whole: dict[str, Fraction] = {
            name: sum((one.after.get(name, Fraction(0)) for one in groups), Fraction(0)) for name in measures
        }
        value = shape(basis.catalogue.model.metrics[basis.metric]).value(lambda name: whole[name])
        compared = basis.query.compared_period
        change, sentence = (
            explained_change(basis, compared, groups, found.currency, limit) if compared else (None, None)
        )
        plain = say(
            _TEXTS,
            "value",
            basis.language,
            during=during(basis.period, basis.language),
            value=figure(basis.catalogue.model, basis.metric, _plain(value), found.currency, basis.language),
        )
        return Explanation(
            **common(basis, found.currency),
            **described,
            answer=f"{self._defined(basis.metric, basis.language)} {sentence or plain}",
            value=_rounded(value),
            measures=tuple(self._measure(basis, name, whole[name], groups) for name in measures),
            computation=self._computation(basis, whole, _plain(value), found.currency),
            change=change,
        )

    def _measure(self, basis: Basis, name: MetricName, value: Fraction, groups: Sequence[Measured]) -> MeasureValue:
        before = sum((one.before.get(name, Fraction(0)) for one in groups), Fraction(0))
        return MeasureValue(
            name=name,
            label=metric_label(basis.catalogue.model, name, basis.language),
            value=round(float(value), 2),
            previous=round(float(before), 2) if basis.query.compare_to else None,
            source=basis.catalogue.model.measures[name].source,
        )

    def _computation(self, basis: Basis, whole: dict[str, Fraction], value: float | None, currency: str | None) -> str:
        """`spend / leads = 1,234.50 USD / 56 = 22.04 USD`: the formula, and with the sums in it."""
        model, language = basis.catalogue.model, basis.language
        measures = self._figures.measures(basis.metric)
        sums = {name: figure(model, name, float(whole[name]), currency, language) for name in measures}

        def filled(match: re.Match[str]) -> str:
            return sums[match.group()]

        formula = model.metrics[basis.metric].formula
        filled_in = "" if formula in sums else f"{_NAME.sub(filled, formula)} = "
        return f"{formula} = {filled_in}{figure(model, basis.metric, value, currency, language)}"

    def _defined(self, metric: MetricName, language: Language) -> str:
        model = self._figures.model
        definition = model.metrics[metric].definition[language]
        return say(_TEXTS, "defined", language, metric=metric_label(model, metric, language), definition=definition)

    def _described(self, metric: MetricName, language: Language) -> dict[str, Any]:
        model = self._figures.model
        known = model.metrics[metric]
        return {
            "definition": known.definition[language],
            "formula": known.formula,
            "model_version": model.version,
            "metric_version": known.version,
            "better": known.better,
            "additivity": known.additivity,
            "additivity_note": _ADDITIVITY[known.additivity][language],
            "sources": tuple(sorted(model.sources_of(metric))),
            "synonyms": known.synonyms.get(language, ()),
            "dimensions": known.dimensions,
        }


def _refuse_half_requests(
    period: Period | None,
    compare_to: Comparison | Period | None,
    dimension: DimensionName | None,
    filters: Sequence[Filter],
) -> None:
    if period is None and compare_to is not None:
        raise InvalidExplanation("compare_to needs a period to compare.", field="period", fix="Send period too.")
    if period is None and filters:
        raise InvalidExplanation(
            "filters need a period whose figures to filter.", field="period", fix="Send period too."
        )
    if compare_to is None and dimension is not None:
        raise InvalidExplanation(
            "dimension says by what to take a change apart, and there is no change to explain.",
            field="compare_to",
            fix="Send compare_to too, such as previous_period.",
        )


def _plain(value: Fraction | None) -> float | None:
    return None if value is None else float(value)


def _rounded(value: Fraction | None) -> float | None:
    return None if value is None else round(float(value), 6)
