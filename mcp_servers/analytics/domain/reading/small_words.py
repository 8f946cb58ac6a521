"""Words that say something only together with others: used up where these are there."""

from mcp_servers.analytics.domain.reading.draft import Draft
from mcp_servers.analytics.domain.reading.lexicon import SupportTerm
from mcp_servers.analytics.domain.reading.vocabulary import Role

_STRUCTURE: tuple[Role, ...] = (
    "article",
    "filler",
    "earned",
    "and",
    "or",
    "list",
    "all",
    "which",
    "how_much",
    "how_many",
    "used",
)


def use_small_words(draft: Draft) -> None:
    """Mark used the words that the query accounts for; what is left makes the question one that is declined."""
    draft.use(*draft.roles(*_STRUCTURE))
    _use_by(draft)
    _use_counts(draft)
    _use_among(draft)
    _use_versus(draft)
    if draft.dimensions or draft.grain:
        draft.use(*draft.roles("breakdown", "distribution"))
    if not draft.grain and draft.compare_to is None:
        draft.use(*draft.roles("cumulative"))  # a total is accumulated already; a running one is not among the metrics
    if draft.dimensions or len(draft.metrics) > 1:
        draft.use(*draft.roles("comparison"))
    if {"country", "region"} & set(draft.dimensions):
        draft.use(*draft.roles("where"))


def _use_by(draft: Draft) -> None:
    """`ventas por Google Ads`: by way of it."""
    for at in list(draft.roles("by")):
        following = draft.after(at)
        if draft.dimension_at(following) and following is not None and draft.items[following].used:
            following = draft.after(following)  # `por la campaña X`
        if draft.values_at(following) or draft.period_at(following):
            draft.use(at)


def _use_counts(draft: Draft) -> None:
    """`number of leads`, `number of people`."""
    for at in list(draft.roles("count")):
        following = draft.after(at)
        supported = following is not None and isinstance(draft.items[following].term, SupportTerm)
        if draft.metric_at(following) or supported:
            draft.use(at)


def _use_among(draft: Draft) -> None:
    """`among Coffee Lovers`, `entre Padres Primerizos`; `between` two values would say more than a filter."""
    for at in list(draft.roles("among", "between")):
        values = draft.values_at(draft.after(at))
        several = values and len(draft.included.get(values[0].dimension, ())) > 1
        if values and (draft.has_role(at, "among") or not several):
            draft.use(at)


def _use_versus(draft: Draft) -> None:
    """`spend vs revenue`: both; `Mexico vs Spain`: a row each."""
    for at in list(draft.roles("versus")):
        if draft.metric_at(draft.before(at)) and draft.metric_at(draft.after(at)):
            draft.use(at)
    if any(len(draft.included.get(name, ())) > 1 for name in draft.dimensions):
        draft.use(*draft.roles("versus"))
