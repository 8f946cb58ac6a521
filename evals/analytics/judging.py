"""Whether an answer is the right one: rows to the cent, their order, and a sentence that says nothing else."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from evals.analytics.arranging import first
from evals.analytics.gold import Market
from evals.analytics.recompute import spec_of
from evals.analytics.specs import GRAINS, GoldRow, Spec

Answer = Mapping[str, Any]
_MONEY = ("spend", "revenue")
_COUNTS = ("impressions", "reach", "clicks", "conversions", "leads", "sales")
_MOST_ROWS = 1000
_NUMBER = re.compile(r"[-+]?\d[\d,]*(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Fault:
    kind: str
    """wrong: answered with other rows · declined: not answered · computed, sentence: caught by a second look."""
    detail: str


def faults_of(answer: Answer, spec: Spec | None, market: Market) -> list[Fault]:
    """What is wrong with an answer to a question whose right answer is `spec`; None where there is none."""
    answered = answer["status"] == "answered"
    if spec is None:
        return [Fault("wrong", f"answered what has no answer: {answer['answer']}")] if answered else []
    if market.is_refused(spec):
        return [Fault("wrong", "several currencies or places of one name added up")] if answered else []
    if not answered:
        return [Fault("declined", str(answer.get("reason") or answer.get("clarification")))]
    found: list[Fault] = []
    rows: Sequence[Mapping[str, Any]] = answer["rows"]
    if difference := differing(rows, market.rows(spec), spec):
        found.append(Fault("wrong", difference))
    again = spec_of(answer["query"])
    if difference := differing(rows, market.rows(again), again):
        found.append(Fault("computed", difference))
    if strays := list(stray_numbers(answer, market)):
        found.append(Fault("sentence", f"{', '.join(strays)} in: {answer['answer']}"))
    return found


def differing(rows: Sequence[Mapping[str, Any]], gold: Sequence[GoldRow], spec: Spec) -> str | None:
    """How rows differ from the right ones, or None. Rows that are equal in what orders them may change places."""
    wanted = {_key(row, spec): row for row in gold}
    shown = min(len(first(gold, spec)), _MOST_ROWS)
    if len(rows) != shown:
        return f"{len(rows)} rows instead of {shown}"
    columns = [column for metric in spec.metrics for column in _columns(metric, spec)]
    for row in rows:
        if missing := [name for name in (*spec.by, *columns) if name not in row]:
            return f"no column {missing[0]}"
        right = wanted.get(_key(row, spec))
        if right is None:
            return f"a row {_key(row, spec)} that should not be there"
        for column in columns:
            if not same(row[column], right[column], column):
                return f"{column} of {_key(row, spec)} is {row[column]}, should be {right[column]}"
    if spec.order:
        column = spec.order.lstrip("-")
        got, should = [row[column] for row in rows], [row[column] for row in gold[: len(rows)]]
        if not all(same(a, b, column) for a, b in zip(got, should, strict=True)):
            return f"the order is {got}, should be {should}"
    return None


def same(found: object, right: object, column: str) -> bool:
    """Whether a cell equals the exact value, as far as its column is rounded."""
    if found is None or right is None:
        return found is None and right is None
    value, exact = Decimal(str(found)), Decimal(str(right))
    if column in _MONEY or column.removesuffix("_previous") in _MONEY:
        return value == exact.quantize(Decimal("0.01"))
    if column.removesuffix("_previous") in _COUNTS:
        return value == exact
    return abs(value - exact) <= Decimal("0.000001")


def stray_numbers(answer: Answer, market: Market) -> Iterator[str]:
    """Numbers of the sentence that are neither in the rows nor in the names and days of the query."""
    text = str(answer["answer"])
    query = answer["query"]
    names = [value for item in query["filters"] for value in item["values"]]
    names += [market.names[name] for name in names if name in market.names]
    names += [str(cell) for row in answer["rows"] for cell in row.values() if isinstance(cell, str)]
    for name in sorted(set(names), key=len, reverse=True):
        text = text.replace(name, " ")
    allowed = {form for row in answer["rows"] for name, cell in row.items() for form in _written(name, cell)}
    allowed |= _days_written(answer, market)
    yield from (number for number in _NUMBER.findall(text) if number.rstrip(",") not in allowed)


def _written(column: str, cell: object) -> Iterator[str]:
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        return
    value = Decimal(str(cell))
    for amount in (value, value * 100):
        for pattern in (",.0f", ",.1f", ",.2f", "+,.1f", "+,.2f"):
            yield format(amount, pattern)
    if column.endswith("_change"):
        yield format(value * 100, "+,.1f")


def _days_written(answer: Answer, market: Market) -> set[str]:
    spec = spec_of(answer["query"])
    days: list[date] = [fact for span in (spec.time, spec.versus) if span for fact in (span.first, span.last)]
    all_days = [fact.day for fact in market.facts]
    days += [min(all_days), max(all_days)]
    for source in ("ads", "leads", "sales"):
        own = [fact.day for fact in market.facts if fact.source == source]
        days += [min(own), max(own)]
    for row in answer["rows"]:
        for name, cell in row.items():
            if name in GRAINS and isinstance(cell, str):
                days += _unit(date.fromisoformat(cell), name)
    return {form for day in days for form in (str(day.day), str(day.year))}


def _unit(first: date, grain: str) -> list[date]:
    """First and last day of a unit of time."""
    if grain in {"date", "week"}:
        return [first, date.fromordinal(first.toordinal() + (6 if grain == "week" else 0))]
    months = {"month": 1, "quarter": 3, "year": 12}[grain]
    index = first.year * 12 + first.month - 1 + months
    last = date.fromordinal(date(index // 12, index % 12 + 1, 1).toordinal() - 1)
    return [first, last]


def _columns(metric: str, spec: Spec) -> tuple[str, ...]:
    compared = (f"{metric}_previous", f"{metric}_change") if spec.versus else ()
    shared = (f"{metric}_share", *([f"{metric}_share_previous"] if spec.versus else ())) if spec.share else ()
    return (metric, *compared, *shared)


def _key(row: Mapping[str, Any], spec: Spec) -> tuple[object, ...]:
    return tuple(row.get(name) for name in spec.by)
