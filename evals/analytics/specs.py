"""What is asked for in the words of the CSV files, and the rows that are right."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

Key = str | None
GoldRow = dict[str, Key | Decimal]
DIMENSIONS = ("client", "product", "campaign", "platform", "channel", "country", "region", "audience", "currency")
GRAINS = ("date", "week", "month", "quarter", "year")


@dataclass(frozen=True, slots=True)
class Span:
    """Days from the first to the last, both included."""

    first: date
    last: date

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class Spec:
    """What is asked for, in the words of the files."""

    metrics: tuple[str, ...]
    by: tuple[str, ...] = ()
    """Dimensions, and at most one grain of time."""
    within: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    without: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    time: Span | None = None
    versus: Span | None = None
    order: str | None = None
    """A column; from the top when a minus stands before it."""
    limit: int | None = None
    share: bool = False
    """Whether rows tell their share of the total: of all rows, or of their unit of time when cut further."""
