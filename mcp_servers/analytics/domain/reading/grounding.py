"""Whether a query that somebody else read says what the question says, no more and no less."""

from datetime import date

from rapidfuzz import fuzz

from mcp_servers.analytics.domain.catalogue import Catalogue, Value
from mcp_servers.analytics.domain.model import DimensionName
from mcp_servers.analytics.domain.query import MetricQuery
from mcp_servers.analytics.domain.reading.lexicon import (
    AbsentTerm,
    DimensionTerm,
    GrainTerm,
    Lexicon,
    MetricTerm,
    NumberTerm,
    PeriodTerm,
    RoleTerm,
    UnknownTerm,
    ValueTerm,
)
from mcp_servers.analytics.domain.reading.scan import Item, Scanner
from mcp_servers.analytics.domain.reading.vocabulary import Role
from mcp_servers.analytics.domain.text import fold

_NAMED = 85
"""Similarity, of 100, from which a value's name counts as being in the question."""
_RANKING: tuple[Role, ...] = ("top", "bottom", "best", "worst", "most", "least")


def ungrounded(
    query: MetricQuery, exact: MetricQuery, question: str, lexicon: Lexicon, catalogue: Catalogue, *, as_of: date
) -> str | None:
    """What keeps a query from being a question's, or None. `exact` is the query with its values as the data has them.

    Everything that is recognised in the question has to be in the query; every value, period, number, exclusion and
    ranking of the query has to be in the question. A metric may be other words' meaning only where words are unknown.
    """
    items = Scanner(lexicon, catalogue, as_of).scan(question)
    return (
        _absent(items)
        or _metrics(query, items, lexicon)
        or _values(exact, items, question, catalogue)
        or _dimensions(exact, items)
        or _periods(query, items, as_of)
        or _structure(query, items)
    )


def _absent(items: list[Item]) -> str | None:
    return next((f"no {item.text} in the data" for item in items if isinstance(item.term, AbsentTerm)), None)


def _metrics(query: MetricQuery, items: list[Item], lexicon: Lexicon) -> str | None:
    metrics = lexicon.model.metrics
    measured = {measure for name in query.metrics for measure in metrics[name].measures}
    said: set[str] = set()
    for item in items:
        if isinstance(item.term, MetricTerm):
            said.update(item.term.metrics)
            needed = [metrics[name].measures for name in item.term.metrics]
            wanted = (
                any(measures <= measured for measures in needed)
                if item.term.one_of
                else all(measures <= measured for measures in needed)
            )
            if not wanted:
                return f"{item.text} is not in the query"
    unknown = any(isinstance(item.term, UnknownTerm) for item in items)
    added = [name for name in query.metrics if name not in said]
    return f"{added[0]} is not in the question" if added and not unknown and said else None


def _values(exact: MetricQuery, items: list[Item], question: str, catalogue: Catalogue) -> str | None:
    chosen: set[tuple[DimensionName, str]] = {(item.dimension, key) for item in exact.filters for key in item.values}
    for item in items:
        if isinstance(item.term, ValueTerm) and not any(
            _chosen(value, chosen) or _is_part(value, exact) for value in item.term.values
        ):
            return f"{item.text} is not in the query"
    named = {(value.dimension, value.key) for item in items for value in _of(item)}
    for dimension, key in chosen - named:
        name = next((value.name for value in catalogue.find(dimension, key)), key)
        if fuzz.partial_ratio(fold(name), fold(question)) < _NAMED or len(name) < 4:
            return f"{name} is not in the question"
    return None


def _chosen(value: Value, chosen: set[tuple[DimensionName, str]]) -> bool:
    return (value.dimension, value.key) in chosen


def _is_part(value: Value, exact: MetricQuery) -> bool:
    """Whether a value is one of the rows whose shares of the total are shown."""
    return exact.share_of_total and value.dimension in exact.dimensions


def _of(item: Item) -> tuple[Value, ...]:
    return item.term.values if isinstance(item.term, ValueTerm) else ()


def _dimensions(exact: MetricQuery, items: list[Item]) -> str | None:
    said = {item.term.dimension for item in items if isinstance(item.term, DimensionTerm)}
    filtered = {item.dimension for item in exact.filters}
    listed = {item.dimension for item in exact.filters if len(item.values) > 1}
    listed |= {value.dimension for item in items for value in _of(item) if _is_part(value, exact)}
    if missing := said - filtered - set(exact.dimensions):
        return f"{min(missing)} is not in the query"
    if added := set(exact.dimensions) - said - listed:
        return f"{min(added)} is not in the question"
    grains = {item.term.grain for item in items if isinstance(item.term, GrainTerm)}
    return "a grain is said or meant, not both" if {exact.time.grain} - {None} != grains else None


def _periods(query: MetricQuery, items: list[Item], as_of: date) -> str | None:
    said = [item.term.mention.resolve(as_of) for item in items if isinstance(item.term, PeriodTerm)]
    meant = [period for period in (query.period, query.compared_period) if period]
    if not said:
        return "the question names no period" if query.time.start or query.compare_to else None
    if len(said) == 1 and query.compare_to in {"previous_period", "previous_year"}:
        meant = meant[:1]
    known = {(period.start, min(period.end, as_of)) for period in said}
    return None if {(period.start, min(period.end, as_of)) for period in meant} == known else "another period is meant"


def _structure(query: MetricQuery, items: list[Item]) -> str | None:
    excluding = any(item.op == "not_in" for item in query.filters)
    numbers = {item.term.number for item in items if isinstance(item.term, NumberTerm)}
    if excluding != _says(items, "exclude"):
        return "an exclusion is said or meant, not both"
    if bool(query.order_by) != _says(items, *_RANKING):
        return "a ranking is said or meant, not both"
    if query.share_of_total and not _says(items, "share", "distribution", "breakdown", "by"):
        return "no share is asked for"
    if _says(items, "share") and not query.share_of_total:
        return "a share is asked for"
    if query.limit not in {None, 1, *numbers}:
        return f"{query.limit} is not in the question"
    return None


def _says(items: list[Item], *roles: Role) -> bool:
    return any(isinstance(item.term, RoleTerm) and item.term.role in roles for item in items)
