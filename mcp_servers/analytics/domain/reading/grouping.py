"""What the numbers are cut by: `by country`, `cada canal`, `which platforms`, `monthly`, `over time`."""

from collections.abc import Iterator

from mcp_servers.analytics.domain.model import DimensionName, Grain
from mcp_servers.analytics.domain.periods import containing
from mcp_servers.analytics.domain.query import OrderBy
from mcp_servers.analytics.domain.reading.draft import LIGHT, Draft
from mcp_servers.analytics.domain.reading.lexicon import DimensionTerm, GrainTerm
from mcp_servers.analytics.domain.reading.vocabulary import Role
from mcp_servers.analytics.errors import NeedsClarification, Unsupported

_CUTTING: tuple[Role, ...] = ("by", "each", "which", "list", "comparison", "trend", "breakdown", "distribution")
_SHOWN_VALUES = 5
_COUNTED: frozenset[Role] = LIGHT | frozenset[Role]({"count"})
_ARTICLE: frozenset[Role] = frozenset({"article"})
_IN_TOTAL = {"en": "in total", "es": "en total"}


def read_grouping(draft: Draft) -> None:
    """Set dimensions, grain and the order of a listing; ask about nouns that say neither."""
    _compare_values(draft)
    _order_of_listing(draft)
    for at, item in enumerate(draft.items):
        if item.used:
            continue
        if isinstance(item.term, GrainTerm):
            _read_grain(draft, at, item.term)
        elif isinstance(item.term, DimensionTerm):
            _read_dimension(draft, at, item.term)
    _read_trend(draft)
    if list(draft.roles("where")) and not {"country", "region"} & set(draft.dimensions):
        names = [draft.dimension_name("country"), draft.dimension_name("region")]
        raise NeedsClarification("which_place", names)


def _compare_values(draft: Draft) -> None:
    """`Mexico vs Colombia`, `compare Google Ads and Meta Ads`: one row each."""
    words = [*draft.roles("versus", "comparison"), *_between(draft)]
    several: list[DimensionName] = [name for name, values in draft.included.items() if len(values) > 1]
    if words and len(several) == 1:
        draft.add_dimension(several[0])
        draft.use(*words, *_by_what_is_measured(draft))


def _by_what_is_measured(draft: Draft) -> list[int]:
    """`compare Google Ads and Meta Ads by CTR`: not a cut, where no other metric is named before it."""
    metrics = [at for at in range(len(draft.items)) if draft.metric_at(at)]
    return [at for at in draft.roles("by") if metrics and draft.after(at, skipping=_COUNTED) == metrics[0]]


def _between(draft: Draft) -> list[int]:
    """`compare leads between Mexico and Colombia`, `the difference between them`."""
    compared = bool(list(draft.roles("comparison", "growth")))
    return [at for at in draft.roles("between") if compared and draft.values_at(draft.after(at))]


def _order_of_listing(draft: Draft) -> None:
    """`campaigns by spend`: rows in the order of a metric that is not being cut by."""
    for by in list(draft.roles("by")):
        following = draft.after(by, skipping=_COUNTED)
        term = draft.metric_at(following)
        ahead = draft.before(by, skipping=_ARTICLE)
        if term is None or len(term.metrics) != 1 or draft.metric_at(ahead):
            continue
        noun = draft.dimension_at(ahead) or next((found for _, found in _nouns(draft)), None)
        if noun is None:
            continue
        draft.add_dimension(noun.dimension)
        (metric,) = term.metrics
        draft.add_metrics([metric])
        better = draft.model.metrics[metric].better
        draft.order = OrderBy(field=metric, direction="asc" if better == "down" else "desc")
        draft.use(
            *range(by, following + 1 if following is not None else by + 1),
            *(at for at, found in _nouns(draft) if found.dimension == noun.dimension),
        )


def _nouns(draft: Draft) -> Iterator[tuple[int, DimensionTerm]]:
    for at, item in enumerate(draft.items):
        if isinstance(item.term, DimensionTerm) and not item.used:
            yield at, item.term


def _cuts(draft: Draft, at: int) -> bool:
    """Whether the words before a noun make it a cut; marks them used."""
    ahead = draft.before(at, skipping=_ARTICLE)
    if draft.has_role(ahead, *_CUTTING):
        draft.use(ahead)
        further = draft.before(ahead, skipping=_ARTICLE) if ahead is not None else None
        if draft.has_role(further, "by", "list"):
            draft.use(further)
        return True
    if draft.has_role(ahead, "and") and ahead is not None:
        ahead = draft.before(ahead, skipping=_ARTICLE)
    elif not draft.items[at].after_comma:
        return False
    previous = draft.items[ahead] if ahead is not None else None
    return previous is not None and previous.used and isinstance(previous.term, DimensionTerm | GrainTerm)


def _read_grain(draft: Draft, at: int, term: GrainTerm) -> None:
    if term.every and draft.compare_to and draft.period and draft.period == containing(draft.period.start, term.grain):
        draft.use(at)  # the `monthly` change of one month is that month's
        return
    if term.every and draft.compare_to and any(draft.has_role(n, "growth") for n in range(len(draft.items))):
        return  # `monthly change in 2026`: of each month to the next, which is not among the comparisons
    if not term.every and not _cuts(draft, at):
        return  # stays unused: a bare `month` says nothing, and the question is declined
    set_grain(draft, term.grain)
    draft.use(at)


def set_grain(draft: Draft, grain: Grain) -> None:
    if draft.grain not in (None, grain):
        raise Unsupported("several_grains")
    draft.grain = grain


def _read_dimension(draft: Draft, at: int, term: DimensionTerm) -> None:
    ahead = draft.before(at, skipping=_ARTICLE)
    if draft.has_role(ahead, "how_many", "count"):
        raise Unsupported("counting", dimension=draft.items[at].text)
    if draft.has_role(ahead, "all"):
        _read_all(draft, at, ahead, term)
    elif _cuts(draft, at) or list(draft.roles("used")) or term.dimension in draft.dimensions:
        draft.add_dimension(term.dimension)
    elif not term.plural and at + 1 < len(draft.items) and draft.metric_at(at + 1):
        raise NeedsClarification(  # `channel performance`
            "total_or_each", _total_or(draft, term.dimension), dimension=draft.dimension_name(term.dimension)
        )
    elif not term.plural:
        names = [value.name for value in draft.catalogue.of(term.dimension)[:_SHOWN_VALUES]]
        raise NeedsClarification("which_value", names, dimension=draft.dimension_name(term.dimension))
    elif term.dimension != "campaign":  # `our campaigns` says no more than `we`
        raise NeedsClarification(
            "total_or_each", _total_or(draft, term.dimension), dimension=draft.dimension_name(term.dimension)
        )
    draft.use(at)


def _read_all(draft: Draft, at: int, ahead: int | None, term: DimensionTerm) -> None:
    """`list all campaigns` lists them; `in all countries` restricts nothing."""
    further = draft.before(ahead, skipping=_ARTICLE) if ahead is not None else None
    draft.use(at, ahead)
    if draft.has_role(further, "list"):
        draft.add_dimension(term.dimension)
    draft.use(further if draft.has_role(further, "list", "by") else None)


def _total_or(draft: Draft, dimension: DimensionName) -> tuple[str, str]:
    by = "by" if draft.language == "en" else "por"
    return _IN_TOTAL[draft.language], f"{by} {draft.dimension_name(dimension)}"


def _read_trend(draft: Draft) -> None:
    words = list(draft.roles("trend"))
    if not words:
        return
    draft.use(*words)
    if draft.grain is None:
        days = draft.period.days if draft.period else 366
        draft.grain = "date" if days <= 31 else "week" if days <= 92 else "month"
