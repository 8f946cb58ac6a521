"""Sentences of conclusions in English and Spanish."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

from mcp_servers.analytics.domain.model import Language, MetricName, SemanticModel
from mcp_servers.analytics.domain.wording import number
from mcp_servers.analytics.insights.answers import Verdict

Texts = Mapping[str, Mapping[Language, str]]


def figure(
    model: SemanticModel, metric: MetricName, value: float | Decimal | None, currency: str | None, language: Language
) -> str:
    """A value with its unit, as answers to questions write it."""
    return number(value, model.metrics[metric].unit, currency, language)


def say(texts: Texts, name: str, language: Language, **facts: object) -> str:
    """A text in a language, with its facts."""
    return texts[name][language].format(**facts)


def verdict(better: Literal["up", "down", "neutral"], *, rises: bool) -> Verdict:
    """Whether a rise or a fall is good."""
    if better == "neutral":
        return "neutral"
    return "good" if (better == "up") == rises else "bad"
