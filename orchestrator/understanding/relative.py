"""Lengths (`6 weeks`, `30 días`) and calendar periods said relative to today or by quarter."""

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta

from orchestrator.understanding.text import Found, Span, free

_LENGTH = re.compile(
    r"\b(?P<n>\d{1,3}|un|una|one|a|two|dos|three|tres) (?P<unit>days?|dias?|weeks?|semanas?|months?|mes(?:es)?)\b"
)
_QUARTER = re.compile(
    r"\b(?:q(?P<n>[1-4])|(?P<word>primer|first|segundo|second|tercer|third|cuarto|fourth)o? (?:trimestre|quarter))"
    r"(?:,| de| del| of)? ?(?P<y>20\d\d)\b"
)
_RELATIVE = re.compile(
    r"\b(?:(?P<next>next|proxim[oa]|siguiente) (?P<unit>week|semana|month|mes|quarter|trimestre|year|ano)"
    r"|(?:el )?(?P<unit2>semana|mes|trimestre|ano) (?P<next2>que viene|proxim[oa]|siguiente)"
    r"|(?:this|este|esta) (?P<unit3>month|mes|quarter|trimestre|year|ano))\b"
)
_WORDS = {"un": 1, "una": 1, "one": 1, "a": 1, "two": 2, "dos": 2, "three": 3, "tres": 3}
_ORDINALS = {"primer": 1, "first": 1, "segundo": 2, "second": 2, "tercer": 3, "third": 3, "cuarto": 4, "fourth": 4}


@dataclass(frozen=True, slots=True)
class Length:
    days: int = 0
    months: int = 0

    def after(self, start: date) -> date:
        """The last day of a period of this length that begins on `start`."""
        return _shifted(start, self.months) + timedelta(days=self.days - 1)

    def before(self, end: date) -> date:
        """The first day of a period of this length that ends on `end`."""
        return _shifted(end, -self.months) - timedelta(days=self.days - 1)


def find_length(folded: str, taken: list[Span]) -> Found[Length] | None:
    for match in _LENGTH.finditer(folded):
        if free(match.span(), taken):
            count = int(match["n"]) if match["n"].isdigit() else _WORDS[match["n"]]
            unit = match["unit"]
            if unit.startswith("m"):
                return Found(Length(months=count), match.span())
            return Found(Length(days=count * (1 if unit.startswith("d") else 7)), match.span())
    return None


def find_relative(folded: str, today: date) -> Found[tuple[date, date]] | None:
    """A quarter, or `next month` and the like, as the calendar period it names."""
    match = _QUARTER.search(folded)
    if match:
        quarter = int(match["n"]) if match["n"] else _ORDINALS[match["word"]]
        start = date(int(match["y"]), quarter * 3 - 2, 1)
        return Found((start, Length(months=3).after(start)), match.span())
    match = _RELATIVE.search(folded)
    if match is None:
        return None
    coming = bool(match["next"] or match["next2"])
    unit = match["unit"] or match["unit2"] or match["unit3"]
    return Found(_calendar(unit, today, coming=coming), match.span())


def _calendar(unit: str, today: date, *, coming: bool) -> tuple[date, date]:
    if unit in ("week", "semana"):
        monday = today - timedelta(days=today.weekday()) + timedelta(days=7 if coming else 0)
        return monday, monday + timedelta(days=6)
    months = 1 if unit in ("month", "mes") else 3 if unit in ("quarter", "trimestre") else 12
    first = today.replace(day=1, month=(today.month - 1) // months * months + 1)
    start = _shifted(first, months) if coming else first
    end = _shifted(start, months) - timedelta(days=1)
    return (start, end) if coming else (today, end)


def _shifted(day: date, months: int) -> date:
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
