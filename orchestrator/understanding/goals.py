"""What the campaign is to achieve: a metric and how much of it."""

import re
from dataclasses import dataclass
from decimal import Decimal

from agents.assignment import GoalMetric
from orchestrator.understanding.money import Mention
from orchestrator.understanding.numbers import NUMBER, number
from orchestrator.understanding.text import Found, Span, blank, fold, free

_METRICS: dict[GoalMetric, str] = {
    "sales": r"ventas?|sales?|unidades(?: vendidas)?|units(?: sold)?|pedidos|orders|compras|purchases|clientes nuevos"
    r"|nuevos clientes|new customers|customers|compradores|buyers",
    "leads": r"leads?|prospectos?|contactos|registros|sign-?ups|oportunidades|inscripciones",
    "conversions": r"conversion(?:es|s)?",
    "clicks": r"clic(?:s|k|ks)?|visitas?|visits?",
    "impressions": r"impresiones|impressions",
    "reach": r"personas alcanzadas|people reached|alcance|reach",
    "revenue": r"ingresos|facturacion|revenue|turnover",
}
_METRIC = "(?P<metric>" + "|".join(f"(?:{words})" for words in _METRICS.values()) + r")\b"
_SIGN = r"(?P<sign>(?<![\w\d])-|\b(?:menos|minus) )?"
_QUALIFIER = r"(?: (?:nuev[oa]s|new|more|mas|qualified|calificad[oa]s|cerrad[oa]s|closed|online|en linea|de))*"
_COUNT_FIRST = re.compile(rf"{_SIGN}(?P<count>{NUMBER}){_QUALIFIER} {_METRIC}")
_METRIC_FIRST = re.compile(
    rf"\b{_METRIC} ?(?:mensuales|monthly)?(?:[:=]| (?:de|of|to|a|son|is|por lo menos|al menos|at least))* ?"
    rf"{_SIGN}(?P<count>{NUMBER})(?! ?%)"
)
_SELL = re.compile(
    rf"\b(?:vender|sell|vendamos|venda) (?:at least |al menos |unas |unos |about )?(?P<count>{NUMBER})\b"
)
_REVENUE_AFTER = re.compile(r"^ ?(?:en|in|de|of)? ?(?:ventas|sales|ingresos|revenue|facturacion|turnover)\b")
_REVENUE_BEFORE = re.compile(
    r"\b(?:ingresos|revenue|facturacion|facturar|turnover|(?:meta|objetivo|goal|target)(?: de ventas| in sales)?)"
    r"(?:[:=]| (?:de|of|por|is|es|to))* ?$"
)


@dataclass(frozen=True, slots=True)
class GoalMention:
    metric: GoalMetric
    value: Decimal
    currency: str | None = None
    """Of a revenue goal said as money."""


def find_goal(text: str, amounts: list[Found[Mention]]) -> Found[GoalMention] | None:
    """The first goal said; `amounts` are the money already found, of which one may be a revenue goal."""
    folded = fold(text)
    for amount in amounts:
        if _is_revenue(folded, amount.span):
            return Found(GoalMention("revenue", amount.value.amount, amount.value.currency), amount.span)
    rest = blank(folded, (amount.span for amount in amounts))
    for pattern in (_COUNT_FIRST, _METRIC_FIRST, _SELL):
        for match in pattern.finditer(rest):
            if free(match.span("count"), (amount.span for amount in amounts)):
                return Found(_goal(match), match.span())
    return None


def _is_revenue(folded: str, span: Span) -> bool:
    return bool(_REVENUE_AFTER.match(folded[span[1] :]) or _REVENUE_BEFORE.search(folded[: span[0]]))


def _goal(match: re.Match[str]) -> GoalMention:
    groups = match.groupdict()
    value = number(match["count"])
    if groups.get("sign"):
        value = -value
    said = groups.get("metric")
    metric = metric_named(said) if said else "sales"
    return GoalMention(metric or "sales", value)


def metric_named(said: str) -> GoalMetric | None:
    """The metric a word stands for, in either language."""
    folded = fold(said)
    return next((metric for metric, words in _METRICS.items() if re.fullmatch(words, folded)), None)
