"""Ratios said in pieces: `spend per click`, `how much does a lead cost us`, `the cheapest channel per sale`."""

from mcp_servers.analytics.domain.model import MetricName
from mcp_servers.analytics.domain.reading.draft import LIGHT, Draft
from mcp_servers.analytics.domain.reading.lexicon import MetricTerm, RoleTerm
from mcp_servers.analytics.domain.reading.scan import Item
from mcp_servers.analytics.domain.reading.vocabulary import Role

_ONE = frozenset({"a", "an", "un", "una", "one", "single", "each", "every", "cada", "per"})
PER = frozenset({"per", "por", "per each", "for each", "por cada", "each", "every", "cada"})
_SINGULAR = frozenset(
    {"click", "clic", "lead", "prospect", "prospecto", "sale", "venta", "purchase", "compra", "order", "pedido", "deal"}
)


def compose_ratios(draft: Draft) -> None:
    """Put the ratio itself in the place of its pieces and the words between."""
    _read_dear_things(draft)
    at = 0
    while at < len(draft.items):
        dear = draft.has_role(at, "dear", "cheap")
        above = "spend" if dear else _metric(draft, at)
        joint = draft.after(at)
        if dear and draft.dimension_at(joint) and joint is not None:
            joint = draft.after(joint)  # `the most expensive channel per click`
        below = _divisor(draft, joint) if above else None
        if above and joint is not None and below is not None:
            _merge(draft, above, joint if dear else at, below)
        at += 1
    _read_price(draft)


def _read_dear_things(draft: Draft) -> None:
    """`the cheapest leads`, `los clics más caros`: what is dear about them is what one costs."""
    for at in range(len(draft.items)):
        if not draft.has_role(at, "dear", "cheap"):
            continue
        ahead = draft.before(at, skipping=LIGHT | frozenset[Role]({"most", "least", "more", "less", "minus"}))
        for thing in (at + 1 if at + 1 < len(draft.items) else None, ahead):
            counted = _metric(draft, thing)
            ratio = _ratio(draft, "spend", counted) if counted else None
            if ratio and thing is not None:
                draft.items[thing].term = MetricTerm((ratio,))
                break


def _divisor(draft: Draft, joint: int | None) -> int | None:
    """The metric after `per` or `each`, `por cada`."""
    if joint is None or draft.items[joint].said not in PER or not draft.has_role(joint, "by", "each"):
        return None
    following = draft.after(joint, skipping=LIGHT | frozenset[Role]({"each"}))
    return following if _metric(draft, following) else None


def _merge(draft: Draft, above: MetricName, first: int, below: int) -> None:
    divisor = _metric(draft, below)
    ratio = _ratio(draft, above, divisor) if divisor else None
    if ratio is None:
        return
    whole = draft.items[first : below + 1]
    text, said = " ".join(item.text for item in whole), " ".join(item.said for item in whole)
    merged = Item(MetricTerm((ratio,)), text, said, whole[0].start, whole[-1].end, whole[0].after_comma)
    draft.items[first : below + 1] = [merged]


def _read_price(draft: Draft) -> None:
    """`how much does a lead cost us`, `¿cuánto nos cuesta cada venta?`: one of something, and `cost`."""
    costs = [at for at in range(len(draft.items)) if _metric(draft, at) == "spend"]
    if len(costs) != 1 or not list(draft.roles("how_much", "which")):
        return
    for at in range(1, len(draft.items)):
        below = _metric(draft, at)
        one = draft.items[at - 1].said in _ONE and draft.items[at].said in _SINGULAR
        ratio = _ratio(draft, "spend", below) if one and below else None
        if ratio:
            draft.items[at].term = MetricTerm((ratio,))
            for passed in (at - 1, costs[0]):
                draft.items[passed].term = RoleTerm("filler")


def _metric(draft: Draft, at: int | None) -> MetricName | None:
    """The only metric a place stands for, when nothing has used it."""
    term = draft.metric_at(at)
    if at is None or term is None or len(term.metrics) != 1 or draft.items[at].used:
        return None
    return term.metrics[0]


def _ratio(draft: Draft, above: MetricName, below: MetricName) -> MetricName | None:
    formula = f"{above} / {below}"
    return next((name for name, metric in draft.model.metrics.items() if metric.formula == formula), None)
