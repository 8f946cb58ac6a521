"""A small Vega-Lite chart of an answer's rows: a line over time, bars otherwise, none for a single figure."""

from collections.abc import Sequence
from typing import Any

from mcp_servers.analytics.domain.answer import Column, Row

_BARS = 30


def chart(columns: Sequence[Column], rows: Sequence[Row], title: str) -> dict[str, Any] | None:
    """The specification, with its data inside; the first metric is drawn."""
    keys = [column for column in columns if column.kind in {"time", "dimension"}]
    metric = next((column for column in columns if column.kind == "metric"), None)
    if not keys or metric is None or len(rows) < 2:
        return None
    time = next((column for column in keys if column.kind == "time"), None)
    others = [column for column in keys if column is not time]
    encoding: dict[str, Any] = {"y": {"field": metric.name, "type": "quantitative", "title": _title(metric)}}
    if time:
        encoding["x"] = {"field": time.name, "type": "temporal", "title": time.label}
    else:
        first, *others = others
        encoding["x"] = {"field": first.name, "type": "nominal", "title": first.label, "sort": None}
    if others:
        encoding["color"] = {"field": others[0].name, "type": "nominal", "title": others[0].label}
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "title": title,
        "data": {"values": list(rows if time else rows[:_BARS])},
        "mark": {"type": "line", "point": True} if time else "bar",
        "encoding": encoding,
    }


def _title(column: Column) -> str:
    return f"{column.label} ({column.currency})" if column.currency else column.label
