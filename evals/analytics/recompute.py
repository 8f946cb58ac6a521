"""A second computation of a server's answer: the query it returned, worked out again from the CSV files."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from evals.analytics.specs import Span, Spec


def spec_of(query: Mapping[str, Any]) -> Spec:
    """What a MetricQuery, as JSON, asks for. Raises ValueError for a part that this does not know."""
    known = {"metrics", "dimensions", "filters", "time", "compare_to", "order_by", "limit", "share_of_total"}
    if strange := {name for name, value in query.items() if value} - known:
        raise ValueError(f"a MetricQuery with {', '.join(sorted(strange))}")
    time = query["time"]
    span = Span(date.fromisoformat(time["start"]), date.fromisoformat(time["end"]))
    orders: Sequence[Mapping[str, str]] = query.get("order_by") or ()
    return Spec(
        metrics=tuple(query["metrics"]),
        by=(*([time["grain"]] if time.get("grain") else []), *(query.get("dimensions") or ())),
        within=_filters(query, "in"),
        without=_filters(query, "not_in"),
        time=span,
        versus=_versus(query.get("compare_to"), span),
        order=next(("-" if order.get("direction") == "desc" else "") + order["field"] for order in orders)
        if orders
        else None,
        limit=query.get("limit"),
        share=bool(query.get("share_of_total")),
    )


def _filters(query: Mapping[str, Any], op: str) -> dict[str, tuple[str, ...]]:
    found: Sequence[Mapping[str, Any]] = query.get("filters") or ()
    return {item["dimension"]: tuple(item["values"]) for item in found if item.get("op", "in") == op}


def _versus(compared: str | Mapping[str, str] | None, span: Span) -> Span | None:
    """The days compared with. Words name calendar periods: whole months by months, anything else by days."""
    if compared is None:
        return None
    if not isinstance(compared, str):
        return Span(date.fromisoformat(compared["start"]), date.fromisoformat(compared["end"]))
    if compared == "previous_year":
        return Span(_months_on(span.first, -12), _same_end(span.last, -12))
    return _previous(span)


def _previous(span: Span) -> Span:
    whole = span.first.day == 1 and _is_last(span.last)
    months = (span.last.year - span.first.year) * 12 + span.last.month - span.first.month + 1
    if whole:
        return Span(_months_on(span.first, -months), span.first.fromordinal(span.first.toordinal() - 1))
    if span.first.day == 1 and months == 1 and span.last != span.first:
        return Span(_months_on(span.first, -1), _months_on(span.last, -1))
    days = span.last.toordinal() - span.first.toordinal() + 1
    return Span(date.fromordinal(span.first.toordinal() - days), date.fromordinal(span.first.toordinal() - 1))


def _is_last(day: date) -> bool:
    return date.fromordinal(day.toordinal() + 1).day == 1


def _same_end(day: date, months: int) -> date:
    moved = _months_on(day, months)
    if not _is_last(day):
        return moved
    return date.fromordinal(_months_on(moved.replace(day=1), 1).toordinal() - 1)


def _months_on(day: date, months: int) -> date:
    """The same day of another month, or its last one."""
    index = day.year * 12 + day.month - 1 + months
    for last in (day.day, 30, 29, 28):
        try:
            return date(index // 12, index % 12 + 1, min(day.day, last))
        except ValueError:
            continue
    raise ValueError(day)
