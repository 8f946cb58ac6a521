"""From a question to a MetricQuery, or to the reason why not."""

from collections.abc import Mapping
from datetime import date

from mcp_servers.analytics.domain.catalogue import Catalogue, Value
from mcp_servers.analytics.domain.model import DimensionName, Language
from mcp_servers.analytics.domain.query import Filter, MetricQuery, Operator, TimeRange
from mcp_servers.analytics.domain.reading.comparison import read_periods
from mcp_servers.analytics.domain.reading.composing import compose_ratios
from mcp_servers.analytics.domain.reading.draft import Draft
from mcp_servers.analytics.domain.reading.filters import (
    ask_about_joined,
    read_exclusions,
    read_inclusions,
    refuse_unknown,
    settle_values,
)
from mcp_servers.analytics.domain.reading.grouping import read_grouping
from mcp_servers.analytics.domain.reading.lexicon import Lexicon
from mcp_servers.analytics.domain.reading.measuring import read_metrics, refuse_unused
from mcp_servers.analytics.domain.reading.period_grammar import FAR_PAST
from mcp_servers.analytics.domain.reading.ranking import read_ranking, read_sorting
from mcp_servers.analytics.domain.reading.scan import Scanner
from mcp_servers.analytics.domain.reading.sharing import read_shares, settle_shares


def read_question(
    question: str, lexicon: Lexicon, catalogue: Catalogue, *, as_of: date, language: Language
) -> MetricQuery:
    """The query a question asks for on a day. Raises Unsupported or NeedsClarification instead of guessing."""
    items = Scanner(lexicon, catalogue, as_of).scan(question)
    draft = Draft(items, lexicon, catalogue, as_of, language)
    for step in (
        compose_ratios,
        refuse_unknown,
        settle_values,
        ask_about_joined,
        read_exclusions,
        read_shares,
        read_inclusions,
        read_periods,
        read_ranking,
        read_grouping,
        read_metrics,
        settle_shares,
        read_sorting,
        refuse_unused,
    ):
        step(draft)
    return _query(draft)


def _query(draft: Draft) -> MetricQuery:
    return MetricQuery(
        metrics=tuple(draft.metrics),
        dimensions=tuple(draft.dimensions),
        filters=(*_filters(draft.included, "in"), *_filters(draft.excluded, "not_in")),
        time=_time(draft),
        compare_to=draft.compare_to,
        order_by=(draft.order,) if draft.order else (),
        limit=draft.limit,
        share_of_total=draft.share,
    )


def _filters(chosen: Mapping[DimensionName, list[Value]], op: Operator) -> list[Filter]:
    return [
        Filter(dimension=name, op=op, values=tuple(value.key for value in values)) for name, values in chosen.items()
    ]


def _time(draft: Draft) -> TimeRange:
    if draft.period is None:
        return TimeRange(end=draft.as_of, grain=draft.grain)
    start = None if draft.period.start == FAR_PAST else draft.period.start
    return TimeRange(start=start, end=draft.period.end, grain=draft.grain)
