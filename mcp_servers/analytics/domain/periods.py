"""Calendar periods: inclusive ranges of days, and how they are shifted and cut. Weeks begin on the day asked for."""

from calendar import monthrange
from datetime import date, timedelta
from typing import Self, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from mcp_servers.analytics.domain.model import Grain, Weekday

_WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)


class Period(BaseModel):
    """Days from start to end, both included."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    start: date = Field(description="First day, included (ISO 8601).")
    end: date = Field(description="Last day, included (ISO 8601).")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.end < self.start:
            raise ValueError("end is before start: send start <= end")
        return self

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1

    def overlaps(self, other: "Period") -> bool:
        return self.start <= other.end and other.start <= self.end

    def until(self, day: date) -> "Period":
        """The part up to a day, when some of it is."""
        return Period(start=self.start, end=min(self.end, day)) if self.start <= day else self


def days_after_monday(day: Weekday) -> int:
    """0 for Monday to 6 for Sunday."""
    return _WEEKDAYS.index(day)


def containing(day: date, unit: Grain, week_start: Weekday = "monday") -> Period:
    """The calendar unit a day lies in."""
    match unit:
        case "date":
            return Period(start=day, end=day)
        case "week":
            return _week(day, week_start)
        case "month":
            return month(day.year, day.month)
        case "quarter":
            return months(day.year, day.month - (day.month - 1) % 3, 3)
        case "year":
            return months(day.year, 1, 12)


def _week(day: date, week_start: Weekday) -> Period:
    """The seven days; at the ends of the calendar, those of them that there are."""
    first = day.toordinal() - (day.weekday() - days_after_monday(week_start)) % 7
    last = min(first + 6, date.max.toordinal())
    return Period(start=date.fromordinal(max(first, 1)), end=date.fromordinal(last))


def month(year: int, number: int) -> Period:
    return months(year, number, 1)


def months(year: int, first: int, count: int) -> Period:
    """`count` whole months from a month of a year on."""
    last = first + count - 1
    end_year, end_month = year + (last - 1) // 12, (last - 1) % 12 + 1
    return Period(start=date(year, first, 1), end=date(end_year, end_month, monthrange(end_year, end_month)[1]))


def before(day: date, unit: Grain, count: int = 1, week_start: Weekday = "monday") -> Period:
    """The `count` whole units before the one a day lies in."""
    last_day = containing(day, unit, week_start).start - timedelta(days=1)
    first = containing(last_day, unit, week_start)
    for _ in range(count - 1):
        first = containing(first.start - timedelta(days=1), unit, week_start)
    return Period(start=first.start, end=last_day)


def add_months(day: date, count: int) -> date:
    """The same day of another month, or its last day when it is shorter."""
    index = day.year * 12 + day.month - 1 + count
    year, number = index // 12, index % 12 + 1
    return date(year, number, min(day.day, monthrange(year, number)[1]))


def previous(period: Period) -> Period:
    """The period before one: the same number of whole months, the same part of the month before, or the same days."""
    starts_month = period.start.day == 1
    last = monthrange(period.end.year, period.end.month)[1]
    count = (period.end.year - period.start.year) * 12 + period.end.month - period.start.month + 1
    if starts_month and period.end.day == last:
        start = add_months(period.start, -count)
        return Period(start=start, end=period.start - timedelta(days=1))
    if starts_month and count == 1 and period.days > 1:
        return Period(start=add_months(period.start, -1), end=add_months(period.end, -1))
    return Period(
        start=period.start - timedelta(days=period.days),
        end=period.start - timedelta(days=1),
    )


def year_before(period: Period) -> Period:
    """The same days a year earlier; a whole month stays whole."""
    start, end = add_months(period.start, -12), add_months(period.end, -12)
    if period.end == containing(period.end, "month").end:
        end = containing(end, "month").end
    return Period(start=start, end=end)
