"""A metric query as one SELECT over `hub.facts_v1`, every value bound."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Integer,
    Numeric,
    Select,
    Text,
    and_,
    bindparam,
    case,
    column,
    func,
    literal,
    literal_column,
    or_,
    select,
    table,
)
from sqlalchemy.dialects.postgresql import ARRAY, psycopg

from mcp_servers.analytics.domain.model import Grain, MetricName, SemanticModel
from mcp_servers.analytics.domain.periods import Period
from mcp_servers.analytics.domain.query import MAX_ROWS, Filter, MetricQuery
from mcp_servers.analytics.repository.relations import reading_from, relation_of

CURRENCY_LOW = "_currency_low"
CURRENCY_HIGH = "_currency_high"
CAMPAIGN_ID = "_campaign_id"
FACT_ROWS = "_fact_rows"

_TEXT = ("tenant", "source", "client", "product", "campaign_id", "campaign", "platform", "channel")
_MEASURES = ("impressions", "reach", "clicks", "conversions", "leads", "sales")
FACTS = table(
    "facts_v1",
    column("date", Date),
    *(column(name, Text) for name in (*_TEXT, "country", "region", "audience", "currency")),
    *(column(name, Numeric) for name in ("spend", "revenue")),
    *(column(name, BigInteger) for name in _MEASURES),
    schema="hub",
).alias("facts")
_ZERO: ColumnElement[int] = literal_column("0", Integer)
_DIALECT = psycopg.dialect()  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType, reportAttributeAccessIssue]

Number = ColumnElement[Any]


@dataclass(frozen=True, slots=True)
class Compiled:
    sql: str
    parameters: Mapping[str, Any]


def compile_query(query: MetricQuery, model: SemanticModel) -> Compiled:
    """The statement of a checked query, whose period has both ends. It asks for one row more than the limit."""
    compiled = statement(query, model).compile(dialect=_DIALECT)
    return Compiled(reading_from(str(compiled), "facts_v1", relation_of(query)), compiled.params)


def statement(query: MetricQuery, model: SemanticModel) -> Select[Any]:
    """SELECT keys, metrics, and what is needed to judge them; the tenant comes from the session."""
    period = query.period
    if period is None:
        raise ValueError("a query is compiled after it was checked: both ends of its period are set")
    periods = [period, query.compared_period] if query.compared_period else [period]
    keys = _keys(query, period)
    metrics = _metrics(query, model, period)
    grouping = [*keys.values(), FACTS.c.campaign_id] if "campaign" in keys else [*keys.values()]
    hidden = [func.sum(func.count()).over().label(FACT_ROWS) if grouping else func.count().label(FACT_ROWS)]
    if "campaign" in keys:
        hidden.append(FACTS.c.campaign_id.label(CAMPAIGN_ID))
    hidden += _currencies(query, model, grouped=bool(grouping))
    return (
        select(*(value.label(name) for name, value in {**keys, **metrics}.items()), *hidden)
        .where(
            FACTS.c.tenant == func.current_setting(literal_column("'app.tenant'")),
            FACTS.c.source == func.any(_array("sources", _sources(query, model))),
            or_(*(FACTS.c.date.between(item.start, item.end) for item in periods)),
            *(_condition(item, n) for n, item in enumerate(query.filters)),
            *_ranked_only(query, keys),
        )
        .group_by(*grouping)
        .order_by(*_order(query, keys, metrics))
        .limit((query.limit or MAX_ROWS) + 1)
    )


def _sources(query: MetricQuery, model: SemanticModel) -> list[str]:
    return sorted({source for metric in query.metrics for source in model.sources_of(metric)})


def _array(name: str, values: list[str]) -> ColumnElement[Any]:
    return bindparam(name, values, ARRAY(Text))


def _condition(item: Filter, n: int) -> ColumnElement[bool]:
    target = FACTS.c["campaign_id" if item.dimension == "campaign" else item.dimension]
    values = _array(f"{item.dimension}_{n}", list(item.values))
    if item.op == "in":
        return target == func.any(values)
    return or_(target.is_(None), target != func.all(values))


def _ranked_only(query: MetricQuery, keys: Mapping[str, ColumnElement[Any]]) -> list[ColumnElement[bool]]:
    """A ranking cut to its first rows leaves out what has no name."""
    if not (query.limit and query.order_by):
        return []
    return [value.is_not(None) for name, value in keys.items() if name in query.dimensions]


def _keys(query: MetricQuery, period: Period) -> dict[str, ColumnElement[Any]]:
    keys: dict[str, ColumnElement[Any]] = {}
    if query.time.grain:
        keys[query.time.grain] = _first_day(query.time.grain, _aligned_day(query, period))
    return keys | {name: FACTS.c[name] for name in query.dimensions}


def _first_day(grain: Grain, day: ColumnElement[Any]) -> ColumnElement[Any]:
    if grain == "date":
        return day
    # The unit is a word of ours, written out: as a parameter it would make SELECT and GROUP BY differ.
    return func.date_trunc(literal_column(f"'{grain}'"), day).cast(Date)


def _aligned_day(query: MetricQuery, period: Period) -> ColumnElement[Any]:
    """The day; for the compared period the day it stands against."""
    before = query.compared_period
    if before is None:
        return FACTS.c.date
    months = (period.start.year - before.start.year) * 12 + period.start.month - before.start.month
    if period.start.day == before.start.day:
        shift = func.make_interval(0, months)
    else:
        shift = func.make_interval(0, 0, 0, (period.start - before.start).days)
    moved = (FACTS.c.date + shift).cast(Date)
    return case((FACTS.c.date.between(period.start, period.end), FACTS.c.date), else_=moved)


def _metrics(query: MetricQuery, model: SemanticModel, period: Period) -> dict[str, Number]:
    columns: dict[str, Number] = {}
    before = query.compared_period
    for name in query.metrics:
        columns[name] = _metric(name, model, period if before else None)
        if before:
            columns[f"{name}_previous"] = _metric(name, model, before)
            previous = columns[f"{name}_previous"]
            columns[f"{name}_change"] = _divide(columns[name] - previous, func.abs(previous))
    return columns


def _metric(name: MetricName, model: SemanticModel, period: Period | None) -> Number:
    def total(measure: str) -> Number:
        value = func.sum(FACTS.c[measure])
        if period:
            return func.coalesce(value.filter(FACTS.c.date.between(period.start, period.end)), _ZERO)
        return func.coalesce(value, _ZERO)

    def constant(value: int) -> Number:
        return literal(value, Integer)

    return model.metrics[name].compute(total, constant, _divide)


def _divide(a: Number, b: Number) -> Number:
    return a.cast(Numeric) / func.nullif(b, _ZERO)


def _currencies(query: MetricQuery, model: SemanticModel, *, grouped: bool) -> list[ColumnElement[Any]]:
    """The first and last currency of any amount the query adds up, over all rows."""
    amounts = sorted({measure for metric in query.metrics for measure in model.money_measures(metric)})
    if not amounts or "currency" in query.dimensions:
        return []
    counted = and_(FACTS.c.currency.is_not(None), or_(*(FACTS.c[name] != _ZERO for name in amounts)))
    low = func.min(FACTS.c.currency).filter(counted)
    high = func.max(FACTS.c.currency).filter(counted)
    if not grouped:
        return [low.label(CURRENCY_LOW), high.label(CURRENCY_HIGH)]
    return [func.min(low).over().label(CURRENCY_LOW), func.max(high).over().label(CURRENCY_HIGH)]


def _order(
    query: MetricQuery, keys: Mapping[str, ColumnElement[Any]], metrics: Mapping[str, Number]
) -> list[ColumnElement[Any]]:
    """As asked; else time forwards, or the first metric from the top. Keys decide between equals."""
    columns = {**keys, **metrics}
    order = [
        (columns[item.field].desc() if item.direction == "desc" else columns[item.field].asc()).nulls_last()
        for item in query.order_by
    ]
    if not order and keys and not query.time.grain:
        order = [metrics[query.metrics[0]].desc().nulls_last()]
    return [*order, *(value.asc().nulls_last() for value in keys.values())]
