"""Column types for CSV imports: what a cell may hold, and what its sender is told when it holds something else."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any, TypeVar, cast

from babel.core import get_global
from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

ValueT = TypeVar("ValueT")

_TERRITORIES = cast("dict[str, list[tuple[str, Any, Any, bool]]]", get_global("territory_currencies"))
_CURRENCIES = frozenset(
    code for periods in _TERRITORIES.values() for code, _, ended, tender in periods if tender and ended is None
)
_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_INSTANT = _DATE + r"([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})?)?"
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def column(parse: Callable[[str], ValueT | None], reason: str) -> BeforeValidator:
    """For an Annotated type: `parse` makes the value; None or a ValueError from it rejects the cell for this reason."""

    def validate(cell: object) -> object:
        if not isinstance(cell, str):
            return cell
        try:
            value = parse(cell)
        except (ValueError, OverflowError):
            value = None
        if value is None:
            raise PydanticCustomError("cell", "{reason}", {"reason": reason if cell else f"Is empty. {reason}"})
        return value

    return BeforeValidator(validate)


def _where(pattern: str, convert: Callable[[str], ValueT]) -> Callable[[str], ValueT | None]:
    return lambda cell: convert(cell) if re.fullmatch(pattern, cell) else None


def _text(cell: str) -> str | None:
    return None if _UNPRINTABLE.search(cell) or len(cell) > 300 else cell


def _instant(cell: str) -> datetime:
    value = datetime.fromisoformat(cell)
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


Text = Annotated[str, column(lambda cell: _text(cell) or None, "Must be text of 1 to 300 characters.")]
BlankableText = Annotated[str, column(_text, "Must be text of at most 300 characters.")]
OptionalText = Annotated[  # the last validator comes first
    str | None, BeforeValidator(lambda cell: cell or None), column(_text, "Must be text of at most 300 characters.")
]
Amount = Annotated[
    Decimal, column(_where(r"[0-9]{1,12}(\.[0-9]{1,2})?", Decimal), "Must be zero or more, at most 2 decimals: 12.50.")
]
Count = Annotated[int, column(_where(r"[0-9]{1,15}", int), "Must be a whole number of zero or more.")]
Currency = Annotated[
    str, column(lambda cell: cell if cell in _CURRENCIES else None, "Must be an ISO 4217 code in use, such as USD.")
]
Day = Annotated[date, column(_where(_DATE, date.fromisoformat), "Must be an ISO date: 2026-01-31.")]
Instant = Annotated[
    datetime, column(_where(_INSTANT, _instant), "Must be an ISO date or time: 2026-01-31 or 2026-01-31T14:05:00Z.")
]
