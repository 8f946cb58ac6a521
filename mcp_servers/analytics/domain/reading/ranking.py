"""Best, worst, most, top five: what is ranked, by which metric, in which direction, and how many are wanted."""

from mcp_servers.analytics.domain.model import DimensionName, MetricName
from mcp_servers.analytics.domain.query import MAX_ROWS, Direction, OrderBy
from mcp_servers.analytics.domain.reading.draft import LIGHT, Draft
from mcp_servers.analytics.domain.reading.lexicon import DimensionTerm, GrainTerm, NumberTerm, PeriodTerm
from mcp_servers.analytics.domain.reading.vocabulary import Role
from mcp_servers.analytics.domain.wording import quoted
from mcp_servers.analytics.errors import NeedsClarification, Unsupported

_LOOSE: tuple[Role, ...] = ("top", "bottom", "best", "worst")
_EXPLICIT: tuple[Role, ...] = ("most", "least", "more", "less", "minus", "cheap")
_PASSED: frozenset[Role] = LIGHT | frozenset[Role]({"count", "dear"})
_COSTS: frozenset[MetricName] = frozenset[MetricName]({"spend", "cpc", "cpm", "cpl", "cac"})
_CUTTING: tuple[Role, ...] = ("by", "each")
_DIRECTIONS = {"en": ("highest first", "lowest first"), "es": ("más alto primero", "más bajo primero")}
_PLURAL = frozenset(["days", "weeks", "months", "quarters", "years", "dias", "semanas", "meses", "trimestres", "anos"])


def read_ranking(draft: Draft) -> None:
    """Set order and limit when the question ranks; the rest of the grouping is read elsewhere."""
    loose, explicit = list(draft.roles(*_LOOSE)), list(draft.roles(*_EXPLICIT))
    if not loose and not explicit:
        return
    if len(loose) > 1 or len(explicit) > 1 or (loose and explicit and not draft.has_role(loose[0], "top", "best")):
        raise Unsupported("rank_several")
    if any(draft.has_role(at, "growth") for at in range(len(draft.items))):
        raise Unsupported("rank_by_change")
    _refuse_day_or_number(draft, loose)
    limit = _count(draft, [*loose, *explicit])
    target, one = _target(draft)
    metric = _ranked_metric(draft, explicit)
    _use_dear(draft, metric)
    draft.add_metrics([metric])
    _use_bundles(draft)
    draft.order = OrderBy(field=metric, direction=_direction(draft, metric, loose, explicit))
    draft.limit = _limit(limit, one=one)
    if isinstance(target, str):
        draft.add_dimension(target)
    draft.use(*loose, *explicit)


def _limit(count: int | None, *, one: bool) -> int | None:
    """None for as many rows as an answer can hold: it says itself when there are more."""
    if count is None:
        return 1 if one else None
    return count if count <= MAX_ROWS else None


def _use_dear(draft: Draft, metric: MetricName) -> None:
    """`the most expensive` and `the cheapest` are said of costs alone."""
    words = list(draft.roles("dear", "cheap"))
    if words and metric not in _COSTS:
        raise Unsupported("unused_words", words=quoted([draft.items[at].text for at in words]))
    draft.use(*(at for at in words if draft.has_role(at, "dear")))


def _refuse_day_or_number(draft: Draft, loose: list[int]) -> None:
    """`top 5 November` may be the fifth of November or five of something."""
    for at in loose:
        beside = at + 1 if at + 1 < len(draft.items) else None
        text = draft.items[beside].text if beside is not None else ""
        if isinstance(draft.items[at + 1].term if beside else None, PeriodTerm) and text[:1].isdecimal():
            raise Unsupported("unused_words", words=quoted([text]))


def _count(draft: Draft, words: list[int]) -> int | None:
    """The five of `top 5`, `las 5 mejores` and `the 5 campaigns with the most`."""
    for at, item in enumerate(draft.items):
        if not isinstance(item.term, NumberTerm) or item.used:
            continue
        beside = {at - 1, at + 1} & set(words)
        noun = draft.dimension_at(at + 1 if at + 1 < len(draft.items) else None)
        if (beside or noun) and item.term.number > 0:
            draft.use(at)
            return item.term.number
    return None


def _target(draft: Draft) -> tuple[DimensionName | None, bool]:
    """The dimension to rank (None for a unit of time, set as grain) and whether one alone is wanted."""
    free: list[tuple[int, DimensionTerm | GrainTerm]] = []
    cut: list[int] = []
    for at, item in enumerate(draft.items):
        if item.used or not isinstance(item.term, DimensionTerm | GrainTerm):
            continue
        ahead = draft.before(at, skipping=frozenset({"article"}))
        if draft.has_role(ahead, *_CUTTING) or (isinstance(item.term, GrainTerm) and item.term.every):
            cut.append(at)
        else:
            free.append((at, item.term))
    if free and cut:
        raise Unsupported("rank_within", dimension=draft.items[cut[0]].text)
    if not free and cut:
        return None, False  # `highest revenue by country`: grouped by what `by` says, in order
    if not free:
        return _compared_values(draft), False
    if len(free) > 1:
        raise Unsupported("rank_several")
    at, term = free[0]
    draft.use(at)
    if isinstance(term, GrainTerm):
        draft.grain = term.grain
        return None, draft.items[at].said not in _PLURAL
    return term.dimension, not term.plural


def _compared_values(draft: Draft) -> DimensionName:
    """`which had more sales, Mexico or Colombia`: the dimension of values that are held against each other."""
    for dimension, values in draft.included.items():
        if len(values) > 1:
            return dimension
    if list(draft.roles("where")):
        names = [draft.dimension_name(name) for name in ("country", "region")]
        raise NeedsClarification("which_place", names)
    options = [draft.dimension_name(name) for name in ("campaign", "platform", "country", "product")]
    raise NeedsClarification("rank_what", options)


def _ranked_metric(draft: Draft, explicit: list[int]) -> MetricName:
    for by in draft.roles("by"):
        following = draft.after(by, skipping=_PASSED)
        term = draft.metric_at(following)
        if term and following is not None:
            draft.use(*range(by, following + 1))
            return _single(draft, term.metrics)
    after = draft.after(explicit[0], skipping=_PASSED) if explicit else None
    term = draft.metric_at(after)
    if term is not None:
        draft.use(after)
        return _single(draft, term.metrics)
    found = [term for at in range(len(draft.items)) if (term := draft.metric_at(at))]
    if len(found) == 1:
        return _single(draft, found[0].metrics)
    raise NeedsClarification("rank_by", draft.metric_names(("roas", "revenue", "sales", "conversions")))


def _use_bundles(draft: Draft) -> None:
    """`which platform performed best by ROAS`: the metric ranked by says what performing means."""
    for at in range(len(draft.items)):
        term = draft.metric_at(at)
        if term and len(term.metrics) > 1 and not term.one_of:
            draft.use(at)


def _single(draft: Draft, metrics: tuple[MetricName, ...]) -> MetricName:
    if len(metrics) == 1:
        return metrics[0]
    raise NeedsClarification("rank_by", draft.metric_names(metrics))


def _direction(draft: Draft, metric: MetricName, loose: list[int], explicit: list[int]) -> Direction:
    if explicit:
        return "desc" if draft.has_role(explicit[0], "most", "more") else "asc"
    better = draft.model.metrics[metric].better
    upper = draft.has_role(loose[0], "top", "best")
    judged = draft.has_role(loose[0], "best", "worst")
    if (judged and better == "neutral") or (not judged and better == "down"):
        name = draft.metric_names([metric])[0]
        raise NeedsClarification("rank_direction", _DIRECTIONS[draft.language], metric=name)
    return "desc" if upper == (better != "down") else "asc"


def read_sorting(draft: Draft) -> None:
    """`in descending order`, `de menor a mayor`: rows by the first metric, when there are rows to put in order."""
    words = list(draft.roles("ascending", "descending"))
    if not words or not (draft.dimensions or draft.grain) or len(words) > 1:
        return
    ranked = draft.order.field if draft.order else draft.metrics[0]
    if draft.limit is None:
        ascending = draft.has_role(words[0], "ascending")
        draft.order = OrderBy(field=ranked, direction="asc" if ascending else "desc")
        draft.use(*words)
