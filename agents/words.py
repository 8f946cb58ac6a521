"""Countries and goals in the reader's language."""

from collections.abc import Iterable, Mapping
from typing import cast

from babel import Locale

from agents.assignment import Country, Goal, GoalMetric, Language

_METRICS: dict[Language, dict[GoalMetric, str]] = {
    "en": {
        "sales": "sales",
        "revenue": "of revenue",
        "leads": "leads",
        "conversions": "conversions",
        "clicks": "clicks",
        "reach": "people reached",
        "impressions": "impressions",
    },
    "es": {
        "sales": "ventas",
        "revenue": "de ingresos",
        "leads": "leads",
        "conversions": "conversiones",
        "clicks": "clics",
        "reach": "personas alcanzadas",
        "impressions": "impresiones",
    },
}


def territories(language: Language) -> Mapping[str, str]:
    """Names of the world's territories by ISO 3166 code, in a language (CLDR)."""
    return cast("Mapping[str, str]", Locale(language).territories)


def country_label(country: Country, language: Language) -> str:
    return territories(language).get(country.code, country.name)


def country_labels(countries: Iterable[Country], language: Language) -> str:
    return ", ".join(country_label(country, language) for country in countries)


def metric_label(metric: GoalMetric, language: Language) -> str:
    return _METRICS[language][metric]


def goal_label(goal: Goal, currency: str, language: Language) -> str:
    """`300 sales`, `50,000 USD of revenue`."""
    unit = f"{currency} " if goal.metric == "revenue" else ""
    return f"{goal.value.normalize():,f} {unit}{metric_label(goal.metric, language)}"
