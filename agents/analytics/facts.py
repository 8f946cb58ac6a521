"""Facts and evidence from the analytics server's answers: every figure is a cell of a returned row."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, cast

from agents.analytics.outputs import AnalyticsFacts, PlaceRecord
from agents.assignment import Assignment, GoalMetric, Language
from agents.playbook.policy import answers
from agents.report import Evidence, ToolResult

PLACE_DIMENSIONS = ("platform", "channel", "country", "currency")
Row = dict[str, Any]
_PREFERRED: dict[GoalMetric, tuple[str, ...]] = {
    "sales": ("cac", "sales", "conversions"),
    "revenue": ("roas", "revenue"),
    "leads": ("cpl", "leads"),
    "conversions": ("conversion_rate", "conversions", "cac"),
    "clicks": ("cpc", "clicks"),
    "reach": ("cpc", "clicks"),
    "impressions": ("cpc", "clicks"),
}
"""Which figure supports a goal best; the first that the row has."""
_MONEY = frozenset({"cac", "cpl", "cpc", "average_order_value", "revenue", "spend"})
_CLAIMS: dict[Language, str] = {
    "en": "Past results of {client}: {metric} of {where} was {value}",
    "es": "Resultados anteriores de {client}: {metric} de {where} fue {value}",
}


def facts_of(assignment: Assignment, results: Sequence[ToolResult]) -> tuple[AnalyticsFacts, tuple[Evidence, ...]]:
    """Places of the assignment's countries and currency in which money was spent, and the figure each one gives."""
    evidence: list[Evidence] = []
    places: list[PlaceRecord] = []
    through: date | None = None
    for answer in answers(results, "query_metrics"):
        covered = _covered(answer, assignment)
        for row in _rows(answer, assignment):
            found = _evidence(assignment, answer, row, covered, len(evidence) + 1)
            if found is None:
                continue
            evidence.append(found)
            if "platform" in row and row.get("spend"):
                places.append(_place(row, found.id))
                through = max(through or covered, covered)
    return AnalyticsFacts(places=tuple(places), data_through=through), tuple(evidence)


def _rows(answer: ToolResult, assignment: Assignment) -> list[Row]:
    """Rows of the countries with a place that can be planned for, in the one currency that most can be said in."""
    countries = {country.name for country in assignment.countries}
    rows = [
        row
        for row in cast("list[Row]", answer.fields.get("rows") or [])
        if row.get("country") in countries and ("platform" not in row or (row["platform"] and row["channel"]))
    ]
    currencies = Counter(str(row["currency"]) for row in rows if row.get("currency"))
    if not currencies:
        return []
    own = assignment.budget.currency
    chosen = own if own in currencies else currencies.most_common(1)[0][0]
    return [row for row in rows if row["currency"] == chosen]


def _place(row: Row, evidence_id: str) -> PlaceRecord:
    return PlaceRecord(
        platform=row["platform"],
        channel=row["channel"],
        country=row["country"],
        currency=row["currency"],
        spend=Decimal(str(row["spend"])),
        clicks=int(row.get("clicks") or 0),
        conversions=int(row.get("conversions") or 0),
        leads=int(row.get("leads") or 0),
        sales=int(row.get("sales") or 0),
        revenue=Decimal(str(row.get("revenue") or 0)),
        evidence_id=evidence_id,
    )


def _evidence(assignment: Assignment, answer: ToolResult, row: Row, covered: date, number: int) -> Evidence | None:
    metric = next((name for name in _PREFERRED[assignment.goal.metric] if row.get(name) is not None), None)
    if metric is None:
        return None
    where = " · ".join(str(row[name]) for name in ("platform", "channel", "country") if row.get(name))
    value = _plain(row[metric])
    unit = str(row["currency"]) if metric in _MONEY else ""
    return Evidence(
        id=f"analytics-{number}",
        claim=_CLAIMS[assignment.language].format(
            client=assignment.client, metric=metric, where=where, value=f"{value} {unit}".strip()
        ),
        metric=metric,
        value=value,
        unit=unit,
        query=cast("dict[str, Any]", answer.fields.get("query") or answer.args),
        as_of=covered,
        source="analytics.query_metrics",
    )


def _covered(answer: ToolResult, assignment: Assignment) -> date:
    """The last day the answer covers: the end of its period, else the day the hub last looked."""
    query = cast("dict[str, Any]", answer.fields.get("query") or {})
    end = cast("dict[str, Any]", query.get("time") or {}).get("end") or answer.fields.get("data_as_of")
    return min(date.fromisoformat(str(end)[:10]), assignment.as_of) if end else assignment.as_of


def _plain(value: Any) -> str:
    return f"{Decimal(str(value)).normalize():f}"
