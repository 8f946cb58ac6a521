"""The columns and rows of an answer, from what a statement gave."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, cast

from mcp_servers.analytics.domain.answer import Cell, Column, Row
from mcp_servers.analytics.domain.checks import Checked
from mcp_servers.analytics.domain.hidden import FACT_ROWS, OVERLAPPING, apart_column, several_column
from mcp_servers.analytics.domain.model import Format, Language, MetricName, SemanticModel
from mcp_servers.analytics.domain.query import MAX_ROWS, MetricQuery
from mcp_servers.analytics.domain.wording import dimension_label, grain_label, metric_label

Found = Mapping[str, Any]
_FRACTION = 6
"""Decimals of changes and shares in rows."""


@dataclass(frozen=True, slots=True)
class Money:
    """The currency that all amounts are in, if they share one."""

    currency: str | None
    converted: bool = False
    """Whether amounts in several currencies were converted to it."""


@dataclass(frozen=True, slots=True)
class Table:
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    truncated: bool
    """Whether there are more rows than an answer can hold."""
    empty: bool
    """Whether no fact at all is behind it."""
    overlapping: tuple[MetricName, ...]
    """Metrics that may count people more than once here."""


def table(sound: Checked, found: Sequence[Found], money: Money, model: SemanticModel, language: Language) -> Table:
    """What a checked query's statement gave, as it is shown."""
    query = sound.query
    ranked = query.limit is not None and bool(query.order_by)
    limit = MAX_ROWS if query.limit is None or ranked else query.limit
    shown = told_apart(found[:limit], query)
    several = bool(found) and (found[0].get(OVERLAPPING) or 0) > 1
    return Table(
        columns=_columns(query, model, money, language),
        rows=tuple(_row(sound, row, model) for row in shown),
        truncated=(query.limit is None or ranked) and len(found) > MAX_ROWS,
        empty=not found or found[0].get(FACT_ROWS) == 0,
        overlapping=tuple(
            name
            for name in query.metrics
            if several and name not in sound.missing and model.metrics[name].additivity == "overlapping"
        ),
    )


def _columns(query: MetricQuery, model: SemanticModel, money: Money, language: Language) -> tuple[Column, ...]:
    columns: list[Column] = []
    if query.time.grain:
        columns.append(Column(name=query.time.grain, kind="time", label=grain_label(query.time.grain, language)))
    columns.extend(
        Column(name=name, kind="dimension", label=dimension_label(model, name, language)) for name in query.dimensions
    )
    for metric in query.metrics:
        columns += [_column(name, metric, model, money, language) for name in query.metric_columns(metric)]
    return tuple(columns)


def _column(name: str, metric: MetricName, model: SemanticModel, money: Money, language: Language) -> Column:
    label, described = metric_label(model, metric, language), model.metrics[metric]
    match name.removeprefix(metric):
        case "_change":
            return Column(name=name, kind="change", label=label, unit="fraction")
        case "_share" | "_share_previous":
            return Column(name=name, kind="share", label=label, unit="fraction")
        case suffix:
            amount = described.unit == "money"
            return Column(
                name=name,
                kind="previous" if suffix else "metric",
                label=label,
                unit=described.unit,
                currency=money.currency if amount else None,
                converted=money.converted and bool(model.money_measures(metric)),
                additivity=described.additivity,
            )


def _row(sound: Checked, found: Found, model: SemanticModel) -> Row:
    query = sound.query
    row: Row = {}
    if query.time.grain:
        row[query.time.grain] = cast("date", found[query.time.grain]).isoformat()
    row.update({name: found[name] for name in query.dimensions})
    for metric in query.metrics:
        for name in query.metric_columns(metric):
            value = None if metric in sound.missing else found[name]
            itself = name in (metric, f"{metric}_previous")
            row[name] = _cell(value, model.format_of(metric) if itself else None)
    return row


def _cell(value: Decimal | int | None, written: Format | None) -> Cell:
    if value is None:
        return None
    kept = written.kept if written else _FRACTION
    rounded = round(Decimal(value), kept)
    return float(rounded) if kept else int(rounded)


def told_apart(found: Sequence[Found], query: MetricQuery) -> list[Found]:
    """Campaigns of one name with their id, regions of one name with their country."""
    return [{**row, **_labels(row, query)} for row in found]


def _labels(row: Found, query: MetricQuery) -> Found:
    return {
        name: f"{row[name]} ({row[apart_column(name)]})"
        for name in query.dimensions
        if row.get(several_column(name)) and row[name] is not None and row[apart_column(name)] is not None
    }
