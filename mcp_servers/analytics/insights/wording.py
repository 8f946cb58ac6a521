"""Sentences of conclusions in English and Spanish."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

from mcp_servers.analytics.domain.model import Grain, Language, MetricName, SemanticModel
from mcp_servers.analytics.domain.periods import Period, containing
from mcp_servers.analytics.domain.wording import number
from mcp_servers.analytics.domain.wording import period as period_words
from mcp_servers.analytics.insights.answers import Verdict

_NAMED_UNITS: tuple[Grain, ...] = ("month", "year")
Texts = Mapping[str, Mapping[Language, str]]


def figure(
    model: SemanticModel, metric: MetricName, value: float | Decimal | None, currency: str | None, language: Language
) -> str:
    """A value with its unit, as answers to questions write it."""
    return number(value, model.metrics[metric].unit, currency, language)


def difference(model: SemanticModel, metric: MetricName, value: float, currency: str | None, language: Language) -> str:
    """A difference of two values with its unit; of percentages, in points."""
    text = figure(model, metric, value, currency, language)
    points = " percentage points" if language == "en" else " puntos porcentuales"
    return text.replace(" %", points)


def during(period: Period, language: Language) -> str:
    """`in October 2026`, `from 1 to 15 October 2026`, `on 3 October 2026`."""
    words = period_words(period, language)
    if period.start == period.end:
        return f"on {words}" if language == "en" else f"el {words}"
    if any(period == containing(period.start, unit) for unit in _NAMED_UNITS):
        return f"in {words}" if language == "en" else f"en {words}"
    return f"from {words}" if language == "en" else f"del {words}"


def say(texts: Texts, name: str, language: Language, **facts: object) -> str:
    """A text in a language, with its facts."""
    return texts[name][language].format(**facts)


def verdict(better: Literal["up", "down", "neutral"], *, rises: bool) -> Verdict:
    """Whether a rise or a fall is good."""
    if better == "neutral":
        return "neutral"
    return "good" if (better == "up") == rises else "bad"
