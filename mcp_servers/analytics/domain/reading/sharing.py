"""Shares of a total: `share of spend by platform`, `¿qué porcentaje del gasto fue en Google Ads?`.

A value that is a part of the total becomes a row of the breakdown by its dimension, never a filter: filtered, it would
be all of its own total.
"""

from mcp_servers.analytics.domain.reading.draft import LIGHT, Draft
from mcp_servers.analytics.domain.reading.lexicon import GrainTerm, MetricTerm, PeriodTerm, RoleTerm, Term
from mcp_servers.analytics.domain.reading.vocabulary import Role
from mcp_servers.analytics.domain.wording import quoted
from mcp_servers.analytics.errors import NeedsClarification, Unsupported

_OF = frozenset({"of", "de", "del", "sobre", "en", "se"})
_AS = frozenset({"as", "in", "como", "en"})
_IN = frozenset({"in", "of", "en", "de", "del", "sobre"})
_COUNTED: frozenset[Role] = LIGHT | frozenset[Role]({"count"})
_BY: tuple[Role, ...] = ("by", "each")
_LINKED: frozenset[Role] = LIGHT | frozenset[Role]({"by"})


def read_shares(draft: Draft) -> None:
    """Whether shares of the total are asked for, and which values are parts of it; words of shares become light."""
    places = [at for at in draft.roles("share") if _asks(draft, at)]
    split = _says_how(draft) and _is_split(draft)
    if not places and not split and not list(draft.roles("distribution")):
        return
    for at in list(draft.roles("among", "between")):
        if draft.dimension_at(draft.after(at)):
            draft.items[at].term = RoleTerm("by")  # `entre plataformas`
    if not places:
        return
    _ask_rate_or_share(draft, places)
    draft.share = True
    _pass_over_the_whole(draft, places)
    _read_parts(draft, places)
    for at in places:
        draft.items[at].term = RoleTerm("filler")
    draft.use(*draft.roles("part"))


def settle_shares(draft: Draft) -> None:
    """Shares of a `distribution` where its metrics add up; refuse one metric as a share of another."""
    words = list(draft.roles("distribution")) or (_says_how(draft) and _is_split(draft))
    ratios = any(draft.model.metrics[name].additivity == "ratio" for name in draft.metrics)
    filtered = set(draft.included) & set(draft.dimensions)
    if words and (draft.dimensions or draft.grain) and not ratios and not filtered:
        draft.share = True
    elif draft.share and len(draft.metrics) > 1 and not _listed(draft):
        names = draft.metric_names(draft.metrics[:2])
        raise NeedsClarification("several_metrics", names, first=names[0], second=names[1])


def _asks(draft: Draft, at: int) -> bool:
    """Whether a word such as `percentage` is said of a metric, not of a change and not as `share this with me`."""
    said = tuple(draft.items[at].said.split())
    following = draft.after(at)
    last = at + 1 if isinstance(_term(draft, at + 1), GrainTerm) else at  # `participación mensual de los leads`
    behind = draft.items[last + 1].said if last + 1 < len(draft.items) else ""
    if said[-1] in _OF or behind in _OF:
        return _is_of_metric(draft, last, said)
    if said[0] in _AS:
        return not list(draft.roles("growth", "versus", "comparison"))
    ahead = draft.before(at)
    if draft.items[at].after_comma or draft.has_role(ahead, "and"):
        return False  # `clics y participación por canal`: something else of the same sort
    told = draft.metric_at(ahead) or draft.has_role(ahead, "distribution", "breakdown")
    return bool(told) or (following is not None and draft.has_role(following, *_BY))


def _term(draft: Draft, at: int) -> Term | None:
    return draft.items[at].term if at < len(draft.items) else None


def _is_of_metric(draft: Draft, at: int, said: tuple[str, ...]) -> bool:
    """`share of spend`, `share of Mexico in spend`; `as a percentage of the total` where the metric comes before."""
    following = draft.after(at, skipping=_COUNTED)
    if said[0] in _AS or following is None:
        return any(draft.metric_at(n) for n in range(at))
    while following is not None and _may_come_first(draft, following):
        following = draft.after(following, skipping=_COUNTED)
    return draft.metric_at(following) is not None or any(draft.metric_at(n) for n in range(at))


def _may_come_first(draft: Draft, at: int) -> bool:
    """What may stand between `share of` and the metric: a value, a period, or `each platform`."""
    each = draft.dimension_at(at) and draft.has_role(draft.before(at), "each")
    return bool(draft.values_at(at) or draft.period_at(at) or each or draft.has_role(at, "each"))


def _pass_over_the_whole(draft: Draft, places: list[int]) -> None:
    """`Google Ads spend as a percentage of total spend`: the second spend only says what the total is of."""
    for at in places:
        following = draft.after(at)
        whole = draft.metric_at(following)
        if whole and following is not None and any(draft.metric_at(n) == whole for n in range(at)):
            draft.items[following].term = RoleTerm("filler")


def _ask_rate_or_share(draft: Draft, places: list[int]) -> None:
    """`porcentaje de conversiones` may be the conversion rate: what it is divided by is not said."""
    if any(draft.values_at(at) for at in range(len(draft.items))):
        return
    for at in places:
        term = _term(draft, at + 1)
        if not isinstance(term, MetricTerm) or not draft.items[at].said.endswith("porcentaje de"):
            continue
        rates = [
            name
            for name, metric in draft.model.metrics.items()
            if metric.unit == "percent" and metric.formula and metric.formula.split(" / ")[0] in term.metrics
        ]
        if rates:
            raise NeedsClarification("which_metric", draft.metric_names([*rates, *term.metrics]))


def _read_parts(draft: Draft, places: list[int]) -> None:
    values = [at for at, item in enumerate(draft.items) if draft.values_at(at) and not item.used]
    nouns = {
        at: noun.dimension for at, item in enumerate(draft.items) if not item.used and (noun := draft.dimension_at(at))
    }
    parts = [at for at in values if _is_part(draft, at, places)]
    parts = parts or [at for at in values if draft.values_at(at)[0].dimension in nouns.values()]
    if not parts and not nouns and values:
        parts = _only_values(draft, values)
    if not parts:
        return
    dimension = draft.values_at(parts[0])[0].dimension
    listed = draft.list_of_values(parts[0], dimension)
    others = [at for at in (*parts, *values) if at > parts[0] and at not in listed]
    if others or set(nouns.values()) - {dimension} or (nouns and len(listed) > 1):
        raise Unsupported("unused_words", words=quoted([draft.items[at].text for at in (others or [*nouns])]))
    draft.add_dimension(dimension)
    draft.use(*listed, *(at for at in draft.roles("versus") if listed[0] < at < listed[-1]))


def _only_values(draft: Draft, values: list[int]) -> list[int]:
    """`percentage of sales in Mexico`: with nothing else to cut by, the part that the values are."""
    kinds = {draft.values_at(at)[0].dimension for at in values}
    timed = any(isinstance(item.term, GrainTerm) for item in draft.items)
    if len(kinds) > 1 or timed:
        raise Unsupported("unused_words", words=quoted([draft.items[at].text for at in values]))
    return values


def _is_part(draft: Draft, at: int, places: list[int]) -> bool:
    """`spend that went to X`, `X's share of spend`, `does X account for`, `participación de X en el gasto`."""
    if _owns(draft, at, places) or draft.has_role(draft.after(at), "part"):
        return True
    ahead, linked = at - 1, False
    while ahead >= 0 and (draft.has_role(ahead, *_LINKED, "part") or isinstance(draft.items[ahead].term, PeriodTerm)):
        linked |= draft.has_role(ahead, "part") or draft.items[ahead].said.split()[0] in draft.lexicon.vocabulary.links
        if ahead in places:
            break
        ahead -= 1
    if ahead in places:
        behind = at + 1
        inside = behind < len(draft.items) and draft.items[behind].said in _IN
        return inside and draft.metric_at(draft.after(at, skipping=_COUNTED)) is not None
    return linked and any(draft.metric_at(n) for n in range(ahead + 1))


def _owns(draft: Draft, at: int, places: list[int]) -> bool:
    """`Mexico's share of revenue`, not `in Mexico, share of revenue` nor `in Mexico what share of revenue`."""
    if at + 1 not in places or draft.items[at + 1].after_comma:
        return False
    return draft.items[at + 1].said.split()[0] not in {"what", "which", "que", "cual"}


def _says_how(draft: Draft) -> bool:
    return any(item.said in {"how", "como"} for item in draft.items)


def _is_split(draft: Draft) -> bool:
    """`how is spend split by platform`, `¿cómo se divide el gasto por canal?`: into which shares."""
    return any(
        draft.has_role(at, "breakdown") or (draft.has_role(at, "by") and item.said.split()[0] in {"split", "dividido"})
        for at, item in enumerate(draft.items)
    )


def _listed(draft: Draft) -> bool:
    """Whether the metrics stand side by side: `share of clicks and impressions by platform`."""
    places = [at for at, item in enumerate(draft.items) if isinstance(item.term, MetricTerm)]
    between = (draft.items[at] for at in range(places[0], places[-1]))
    return all(isinstance(item.term, MetricTerm) or item.term in _BETWEEN for item in between)


_BETWEEN = (RoleTerm("and"), RoleTerm("article"))
