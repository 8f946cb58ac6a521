"""A metric query as one SELECT over the hub's facts, every value bound."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, Text, bindparam, func, literal_column, or_, select
from sqlalchemy.dialects.postgresql import ARRAY, psycopg

from mcp_servers.analytics.domain.catalogue import NOTHING_CERTAIN, Certain
from mcp_servers.analytics.domain.hidden import FACT_ROWS
from mcp_servers.analytics.domain.model import DimensionName, SemanticModel
from mcp_servers.analytics.domain.query import MAX_ROWS, Filter, MetricQuery
from mcp_servers.analytics.repository.facts_view import FactsView, facts_view
from mcp_servers.analytics.repository.figures import Figures, unrated
from mcp_servers.analytics.repository.keys import apart_keys, first_day, several
from mcp_servers.analytics.repository.relations import relation_of
from mcp_servers.analytics.repository.spans import Spans

_DIALECT = psycopg.dialect()  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType, reportAttributeAccessIssue]


@dataclass(frozen=True, slots=True)
class Compiled:
    sql: str
    parameters: Mapping[str, Any]


def compile_query(
    query: MetricQuery, model: SemanticModel, *, reporting: bool = False, certain: Certain = NOTHING_CERTAIN
) -> Compiled:
    """The statement of a checked query, whose period has both ends. It asks for one row more than may be given.

    With `reporting`, amounts are those in the tenant's reporting currency. What is `certain` is not looked for.
    """
    return _compiled(statement(query, model, reporting=reporting, certain=certain))


def compile_places(query: MetricQuery, model: SemanticModel, n: int) -> Compiled:
    """For the values of a query's filter number n: `value, within`, once for each of what tells them apart."""
    facts = facts_view(relation_of(query))
    spans = Spans(query, facts)
    item = query.filters[n]
    target, parent = facts.c[item.dimension], facts.c[_parent(item.dimension, model)]
    others = query.model_copy(update={"filters": (*query.filters[:n], *query.filters[n + 1 :])})
    named = _condition(item.model_copy(update={"op": "in"}), len(query.filters), facts)
    return _compiled(
        select(target.label("value"), parent.label("within"))
        .distinct()
        .select_from(spans.source)
        .where(*_where(others, model, spans, facts), named, parent.is_not(None))
        .order_by(target, parent)
    )


def _parent(dimension: DimensionName, model: SemanticModel) -> DimensionName:
    parent = model.told_apart_by(dimension)
    if parent is None:
        raise ValueError(f"{dimension}: nothing tells its values of one name apart")
    return parent


def compile_missing_rates(query: MetricQuery, model: SemanticModel) -> Compiled:
    """For each currency whose amounts in a query lack a rate: `currency, first_day, last_day`."""
    facts = facts_view("facts_v2")  # a rollup knows no days
    spans = Spans(query, facts)
    day = facts.c.date
    return _compiled(
        select(facts.c.currency, func.min(day).label("first_day"), func.max(day).label("last_day"))
        .select_from(spans.source)
        .where(*_where(query, model, spans, facts), unrated(query, model, facts))
        .group_by(facts.c.currency)
        .order_by(facts.c.currency)
    )


def _compiled(selected: Select[*tuple[Any, ...]]) -> Compiled:
    compiled = selected.compile(dialect=_DIALECT)
    return Compiled(str(compiled), compiled.params)


def statement(
    query: MetricQuery, model: SemanticModel, *, reporting: bool = False, certain: Certain = NOTHING_CERTAIN
) -> Select[Any]:
    """SELECT keys, metrics, and what is needed to judge them; the tenant comes from the session."""
    facts = facts_view(relation_of(query))
    spans = Spans(query, facts)
    keys = _keys(query, model, spans, facts)
    apart = apart_keys(query, model, facts)
    grouping = [*keys.values(), *apart.values()]
    figures = Figures(query, model, facts, spans, reporting=reporting, currency=certain.currency)
    columns = keys | figures.columns(keys)
    hidden = {
        **({} if grouping else {FACT_ROWS: func.count()}),
        **apart,
        **several(keys, apart, certain.unique),
        **figures.judged(grouped=bool(grouping)),
    }
    grouped = (
        select(*(value.label(name) for name, value in (columns | hidden).items()))
        .select_from(spans.source)
        .where(*_where(query, model, spans, facts), *_named(query, keys))
        .group_by(*grouping)
    )
    if query.limit and query.order_by:
        return _ranked(query, query.limit, grouped, list(apart))
    order = _asked_order(query, columns) or _usual_order(query, columns)
    return grouped.order_by(*order, *_ascending(grouping)).limit((query.limit or MAX_ROWS) + 1)


def _keys(query: MetricQuery, model: SemanticModel, spans: Spans, facts: FactsView) -> dict[str, ColumnElement[Any]]:
    keys: dict[str, ColumnElement[Any]] = {}
    if query.time.grain:
        keys[query.time.grain] = first_day(query.time.grain, spans.day(), model.time.week_start)
    return keys | {name: facts.c[name] for name in query.dimensions}


def _where(query: MetricQuery, model: SemanticModel, spans: Spans, facts: FactsView) -> list[ColumnElement[bool]]:
    sources = sorted({source for metric in query.metrics for source in model.sources_of(metric)})
    return [
        facts.c.tenant == func.current_setting(literal_column("'app.tenant'"), literal_column("true")),
        facts.c.source == func.any(_array("sources", sources)),
        *spans.where(),
        *(_condition(item, n, facts) for n, item in enumerate(query.filters)),
    ]


def _array(name: str, values: list[str]) -> ColumnElement[Any]:
    return bindparam(name, values, ARRAY(Text))


def _condition(item: Filter, n: int, facts: FactsView) -> ColumnElement[bool]:
    target = facts.c["campaign_id" if item.dimension == "campaign" else item.dimension]
    values = _array(f"{item.dimension}_{n}", list(item.values))
    if item.op == "in":
        return target == func.any(values)
    return or_(target.is_(None), target != func.all(values))


def _named(query: MetricQuery, keys: Mapping[str, ColumnElement[Any]]) -> list[ColumnElement[bool]]:
    """A ranking cut to its first rows leaves out what has no name; for a share it still counts into the total."""
    if not (query.limit and query.order_by) or query.share_of_total:
        return []
    return [keys[name].is_not(None) for name in query.dimensions]


def _ranked(query: MetricQuery, limit: int, grouped: Select[Any], apart: list[str]) -> Select[Any]:
    """The first rows in the order asked for, with those that equal the last; keys decide the order among equals."""
    groups = grouped.subquery("groups")
    named = [groups.c[name].is_not(None) for name in query.dimensions if query.share_of_total]
    first = select(groups).where(*named).order_by(*_asked_order(query, _columns(groups))).fetch(limit, with_ties=True)
    ranked = first.subquery("ranked")
    keys = [ranked.c[name] for name in (*query.keys, *apart)]
    return select(ranked).order_by(*_asked_order(query, _columns(ranked)), *_ascending(keys)).limit(MAX_ROWS + 1)


def _columns(rows: Subquery) -> Mapping[str, ColumnElement[Any]]:
    return {name: rows.c[name] for name in rows.c.keys()}  # noqa: SIM118  a column collection iterates over its columns


def _asked_order(query: MetricQuery, columns: Mapping[str, ColumnElement[Any]]) -> list[ColumnElement[Any]]:
    return [
        (columns[item.field].desc() if item.direction == "desc" else columns[item.field].asc()).nulls_last()
        for item in query.order_by
    ]


def _usual_order(query: MetricQuery, columns: Mapping[str, ColumnElement[Any]]) -> list[ColumnElement[Any]]:
    """Time forwards, which its key does; else the first metric from the top."""
    if query.time.grain or not query.keys:
        return []
    return [columns[query.metrics[0]].desc().nulls_last()]


def _ascending(keys: Sequence[ColumnElement[Any]]) -> list[ColumnElement[Any]]:
    return [value.asc().nulls_last() for value in keys]
