"""Which metrics are asked for, and whether every word that belongs to one has it beside it."""

from mcp_servers.analytics.domain.model import MetricName
from mcp_servers.analytics.domain.reading.draft import Draft
from mcp_servers.analytics.domain.reading.lexicon import MetricTerm, SupportTerm
from mcp_servers.analytics.domain.reading.small_words import use_small_words
from mcp_servers.analytics.domain.wording import quoted
from mcp_servers.analytics.errors import NeedsClarification, Unsupported

_OFFERED: tuple[MetricName, ...] = ("spend", "revenue", "sales", "leads", "conversions", "roas")


def read_metrics(draft: Draft) -> None:
    """Set the draft's metrics; ask when none is named or a word names several."""
    _refuse_side_by_side(draft)
    several: list[MetricTerm] = []
    for item in draft.items:
        if isinstance(item.term, MetricTerm) and not item.used:
            item.used = True
            if item.term.one_of:
                several.append(item.term)
            else:
                draft.add_metrics(_with_data(draft, item.term.metrics))
    for term in several:
        draft.add_metrics(_meant(draft, term))
    _ask_amount_or_number(draft)
    _read_seen(draft)
    _read_earned(draft)
    if not draft.metrics and list(draft.roles("used")) and draft.dimensions:
        draft.add_metrics(["spend"])
    if not draft.metrics:
        raise NeedsClarification("which_metric", draft.metric_names(_OFFERED))


def _read_seen(draft: Draft) -> None:
    """`how many people saw our ads`, `how many times were they seen`: who or what is counted names the metric."""
    words = list(draft.roles("seen"))
    counted = [item.term.metrics for item in draft.items if isinstance(item.term, SupportTerm)]
    named: list[MetricName] = [name for name in ("reach", "impressions") if (name,) in counted]
    if words and not draft.metrics and len(named) == 1 and list(draft.roles("how_many", "count")):
        draft.add_metrics(named)
    if set(named) & set(draft.metrics):
        draft.use(*words)


def _read_earned(draft: Draft) -> None:
    """`how much money did it make`: money that comes in is revenue."""
    money = any(isinstance(item.term, SupportTerm) and "revenue" in item.term.metrics for item in draft.items)
    if money and not draft.metrics and list(draft.roles("how_much")) and list(draft.roles("earned")):
        draft.add_metrics(["revenue"])


def _with_data(draft: Draft, metrics: tuple[MetricName, ...]) -> list[MetricName]:
    """Of several metrics meant by one word (`performance`), those that the hub has data for."""
    known = draft.catalogue.facts.sources
    filled = {name for name, source in known.items() if source.first_day}
    kept: list[MetricName] = [name for name in metrics if draft.model.sources_of(name) <= filled]
    return kept if len(metrics) > 1 and kept else list(metrics)


def _refuse_side_by_side(draft: Draft) -> None:
    """Two metrics with nothing but `of` and the like between them are not a list: `cost of sales`."""
    for at in range(len(draft.items)):
        following = draft.after(at)
        first, second = draft.metric_at(at), draft.metric_at(following)
        if first is None or second is None or following is None or _same_thing(first, second):
            continue
        if any(draft.items[n].after_comma for n in range(at + 1, following + 1)):
            continue
        if set(first.metrics) < set(second.metrics) and not second.one_of:
            draft.use(following)  # `how is spend performing`
        else:
            names = [draft.metric_names(term.metrics)[0] for term in (first, second)]
            raise NeedsClarification("several_metrics", names, first=names[0], second=names[1])


def _same_thing(first: MetricTerm, second: MetricTerm) -> bool:
    return bool(set(first.metrics) & set(second.metrics)) and any(
        term.one_of and not term.ask for term in (first, second)
    )


def _meant(draft: Draft, term: MetricTerm) -> list[MetricName]:
    """Which of its metrics a word like `sold` means here."""
    if not term.ask and any(name in draft.metrics for name in term.metrics):
        return []
    chosen: MetricName | None = None
    if list(draft.roles("how_much")):
        chosen = term.how_much
    elif list(draft.roles("how_many")):
        chosen = term.how_many
    if chosen is None:
        raise NeedsClarification("which_metric", draft.metric_names(term.metrics))
    return [chosen]


def _ask_amount_or_number(draft: Draft) -> None:
    """`How much sales` and `sales in dollars` ask for an amount of something that is counted."""
    amount = list(draft.roles("how_much")) or (
        draft.included.get("currency") and not list(draft.roles("how_many", "count"))
    )
    if draft.metrics == ["sales"] and amount:
        raise NeedsClarification("amount_or_number", draft.metric_names(("sales", "revenue")))


def refuse_unused(draft: Draft) -> None:
    """Decline a question when a word of it changed nothing in the query."""
    _use_averages(draft)
    use_small_words(draft)
    for item in draft.items:
        if isinstance(item.term, SupportTerm) and set(item.term.metrics) & set(draft.metrics):
            item.used = True
    if list(draft.roles("breakdown", "distribution")):
        options = [draft.dimension_name(name) for name in ("platform", "channel", "country", "campaign")]
        raise NeedsClarification("cut_by", options)
    if list(draft.roles("average")):
        raise Unsupported("averaging", words=", ".join(draft.metric_names(("average_order_value", "cpc", "cpl"))))
    if unused := [item.text for item in draft.items if not item.used]:
        raise Unsupported("unused_words", words=quoted(unused))


def _use_averages(draft: Draft) -> None:
    """`average CPC` is the CPC: ratios are averages already."""
    for at in list(draft.roles("average")):
        for beside in (draft.after(at), draft.before(at)):
            term = draft.metric_at(beside)
            if term and all(draft.model.metrics[name].additivity == "ratio" for name in term.metrics):
                draft.use(at)
