"""The analytics playbook: read what past money achieved, place by place, and say where it worked better or worse."""

from collections.abc import Sequence
from decimal import Decimal
from statistics import median
from typing import Any

from agents.analytics.facts import PLACE_DIMENSIONS, facts_of
from agents.analytics.outputs import AnalyticsOutput, ChannelAdvice, Emphasis, PlaceRecord
from agents.assignment import Assignment, GoalMetric, Language
from agents.playbook.policy import Policy, ToolCall
from agents.report import ToolResult
from agents.words import country_labels

_BETTER, _WORSE = Decimal("0.8"), Decimal("1.25")
_NAMES: dict[Language, dict[GoalMetric, str]] = {
    "en": {"leads": "lead", "conversions": "conversion", "sales": "sale", "revenue": "sale"},
    "es": {"leads": "lead", "conversions": "conversión", "sales": "venta", "revenue": "venta"},
}
_CLICK: dict[Language, str] = {"en": "click", "es": "clic"}
_TEXT: dict[Language, dict[str, str]] = {
    "en": {
        "found": "Past results of {client} cover {count} places in {countries}; "
        "a {unit} typically cost {cost} {currency}.",
        "none": "There are no past results of {client} in {countries} to learn from.",
        "more": "A {unit} cost {cost} {currency} here, less than the typical {typical}.",
        "less": "A {unit} cost {cost} {currency} here, more than the typical {typical}.",
        "same": "A {unit} cost {cost} {currency} here, about the typical {typical}.",
    },
    "es": {
        "found": "Los resultados anteriores de {client} cubren {count} lugares en {countries}; "
        "por lo general cada {unit} costó {cost} {currency}.",
        "none": "No hay resultados anteriores de {client} en {countries} de los cuales aprender.",
        "more": "Aquí cada {unit} costó {cost} {currency}, menos que los {typical} habituales.",
        "less": "Aquí cada {unit} costó {cost} {currency}, más que los {typical} habituales.",
        "same": "Aquí cada {unit} costó {cost} {currency}, cerca de los {typical} habituales.",
    },
}


def calls(assignment: Assignment) -> list[ToolCall]:
    metrics = ["spend", "clicks", "conversions", "leads", "sales", "revenue", "cac", "cpl", "cpc", "roas"]
    of_client = {"dimension": "client", "values": [assignment.client]}
    of_products = {"dimension": "product", "values": list(assignment.products)}
    by_place: dict[str, Any] = {
        "metrics": metrics,
        "dimensions": list(PLACE_DIMENSIONS),
        "filters": [of_client],
        "limit": 500,
    }
    by_country: dict[str, Any] = {
        "metrics": ["sales", "leads", "conversion_rate", "average_order_value", "cac", "cpl", "roas"],
        "dimensions": ["country", "currency"],
        "filters": [of_client, of_products],
        "limit": 100,
    }
    return [
        ToolCall(tool="query_metrics", args={**by_place, "language": assignment.language}),
        ToolCall(tool="query_metrics", args={**by_country, "language": assignment.language}),
        ToolCall(tool="data_freshness"),
    ]


def conclude(assignment: Assignment, results: Sequence[ToolResult]) -> AnalyticsOutput:
    facts, _ = facts_of(assignment, results)
    text, goal = _TEXT[assignment.language], assignment.goal.metric
    countries = country_labels(assignment.countries, assignment.language)
    costs = {place: cost for place in facts.places if (cost := _cost(place, goal)) is not None}
    if not costs:
        return AnalyticsOutput(summary=text["none"].format(client=assignment.client, countries=countries))
    typical = median(costs.values())
    unit = _NAMES[assignment.language].get(goal, _CLICK[assignment.language])
    currency = facts.places[0].currency
    words = {"unit": unit, "currency": currency, "typical": f"{typical:.2f}"}
    summary = text["found"].format(
        client=assignment.client, count=len(costs), countries=countries, cost=f"{typical:.2f}", **words
    )
    advice: dict[tuple[str, str], ChannelAdvice] = {}
    for place, cost in sorted(costs.items(), key=lambda item: item[1]):
        emphasis = _emphasis(cost, typical)
        reason = text[emphasis].format(cost=f"{cost:.2f}", **words)
        known = ChannelAdvice(platform=place.platform, channel=place.channel, emphasis=emphasis, reason=reason)
        advice.setdefault((place.platform, place.channel), known)
    return AnalyticsOutput(summary=summary, advice=tuple(advice.values()))


def _cost(place: PlaceRecord, goal: GoalMetric) -> Decimal | None:
    count = place.results(goal)
    return place.spend / count if count else None


def _emphasis(cost: Decimal, typical: Decimal) -> Emphasis:
    if cost < typical * _BETTER:
        return "more"
    return "less" if cost > typical * _WORSE else "same"


POLICY: Policy[AnalyticsOutput] = Policy(calls=calls, conclude=conclude)
