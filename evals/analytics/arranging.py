"""Right rows as they are shown: with shares, names told apart, in order, cut to a limit."""

from collections.abc import Sequence
from decimal import Decimal

from evals.analytics.specs import GRAINS, GoldRow, Key, Spec

APART = "\n"
"""Between a name and what tells it apart from others of the same name."""


def with_shares(rows: list[GoldRow], spec: Spec) -> list[GoldRow]:
    """Each amount as a part of the total of all rows, or of the row's unit of time where rows are cut further."""
    grain = next((name for name in spec.by if name in GRAINS), None) if len(spec.by) > 1 else None
    pairs = [(name, f"{name}_share") for name in spec.metrics]
    if spec.versus:
        pairs += [(f"{name}_previous", f"{name}_share_previous") for name in spec.metrics]
    wholes: dict[tuple[object, str], Decimal] = {}
    for row in rows:
        for column, _ in pairs:
            unit = row[grain] if grain else None
            wholes[unit, column] = wholes.get((unit, column), Decimal(0)) + _amount(row[column])
    return [
        row
        | {share: _part(_amount(row[column]), wholes[row[grain] if grain else None, column]) for column, share in pairs}
        for row in rows
    ]


def _amount(cell: Key | Decimal) -> Decimal:
    if not isinstance(cell, Decimal):
        raise ValueError(f"{cell} is no amount: ratios have no share")
    return cell


def _part(amount: Decimal, whole: Decimal) -> Decimal | None:
    return amount / whole if whole else None


def told_apart(rows: list[GoldRow], name: str) -> list[GoldRow]:
    """Values of a column by name; those of one name with what tells them apart."""
    split = [str(row[name]).split(APART) if row[name] is not None else None for row in rows]
    known = {(parts[0], parts[1]) for parts in split if parts}
    several = {value for value, _ in known if sum(other == value for other, _ in known) > 1}
    return [
        {**row, name: None if parts is None else f"{parts[0]} ({parts[1]})" if parts[0] in several else parts[0]}
        for row, parts in zip(rows, split, strict=True)
    ]


def ordered(rows: list[GoldRow], spec: Spec) -> list[GoldRow]:
    """In the order asked for; a ranking leaves out rows without a name."""
    if spec.order is None:
        return rows
    column, top = spec.order.lstrip("-"), spec.order.startswith("-")
    if spec.limit:
        rows = [row for row in rows if all(row[name] is not None for name in spec.by)]
    known = [row for row in rows if isinstance(row[column], Decimal)]
    known.sort(key=lambda row: row[column], reverse=top)  # pyright: ignore[reportArgumentType, reportCallIssue]
    return [*known, *(row for row in rows if not isinstance(row[column], Decimal))]


def first(rows: Sequence[GoldRow], spec: Spec) -> Sequence[GoldRow]:
    """The rows that a limit leaves; in a ranking also those that equal the last."""
    if spec.limit is None or len(rows) <= spec.limit:
        return rows
    if spec.order is None:
        return rows[: spec.limit]
    column = spec.order.lstrip("-")
    last = rows[spec.limit - 1][column]
    return [row for n, row in enumerate(rows) if n < spec.limit or row[column] == last]
