"""How a single period is said in English and Spanish: `yesterday`, `last week`, `1 de noviembre`, `Q1 2026`.

A mention without a year means the latest such period that has begun by the day the question is asked as of.
Units named in words are calendar units; `last 7 days` counts back from that day, which is included.
"""

from collections.abc import Callable, Sequence
from datetime import date, timedelta

from mcp_servers.analytics.domain.model import Grain
from mcp_servers.analytics.domain.periods import Period, before, containing, month, months
from mcp_servers.analytics.domain.reading.period_pieces import (
    DURING,
    LAST,
    MONTH_CONTEXT,
    OF,
    THE,
    THIS,
    Mention,
    PeriodPieces,
    Read,
    day_range,
    fixed,
    is_one_of,
    skip,
)
from mcp_servers.analytics.domain.text import Word

_SHORT_MONTHS = frozenset(
    {"jan", "feb", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec", "ene", "abr", "ago", "dic"}
)
"""Abbreviations that are no words of their own."""


class PeriodAtoms(PeriodPieces):
    """Reads the longest single period that begins at a word."""

    def single(self, words: Sequence[Word], at: int) -> Read | None:
        if at >= len(words):
            return None
        rules = (
            self._day, self._month, self._numbered, self._relative, self._last_n, self._year, self._week_of,
        )  # fmt: skip
        found = [read for rule in rules if (read := rule(words, at))]
        return max(found, key=lambda read: read[0], default=None)

    # Single periods

    def _day(self, words: Sequence[Word], at: int) -> Read | None:
        if at >= len(words):
            return None
        if day := _written_day(words[at].folded):
            return at + 1, fixed(Period(start=day, end=day), "date")
        return self.day_month(words, at) or self._month_day(words, at)

    def day_month(self, words: Sequence[Word], at: int) -> Read | None:
        """`1 November 2026`, `1st of November`, `1 de noviembre de 2026`."""
        day = self.day_number(words, at)
        start = skip(words, at + 1, OF)
        number = self.month_number(words, start)
        if day is None or number is None:
            return None
        end, year = self.optional_year(words, start + 1)
        shape = day_range(number, day, day, year)
        return (end, Mention(shape, "date", year)) if shape else None

    def _month_day(self, words: Sequence[Word], at: int) -> Read | None:
        """`November 1, 2026`."""
        number = self.month_number(words, at)
        day = self.day_number(words, at + 1)
        if number is None or day is None:
            return None
        end, year = self.optional_year(words, at + 2)
        shape = day_range(number, day, day, year)
        return (end, Mention(shape, "date", year)) if shape else None

    def _month(self, words: Sequence[Word], at: int) -> Read | None:
        if written := _written_month(words[at].folded):
            return at + 1, fixed(written, "month")
        start = skip(words, at + 1, OF) if self._unit(words, at) == "month" else at
        number = self.month_number(words, start)
        if number is None:
            return None
        end, year = self.optional_year(words, start + 1)
        if year is None and not self._says_month(words, start):
            return None
        return end, Mention(lambda y: month(y, number), "month", year)

    def _says_month(self, words: Sequence[Word], at: int) -> bool:
        """Whether a word without a year beside it is a month's name: `may` and `march` are verbs as well."""
        name = words[at].folded
        if name in {"may", "march"}:
            return at > 0 and (words[at - 1].folded in MONTH_CONTEXT or words[at].raw[0].isupper())
        if name in _SHORT_MONTHS:
            return at > 0 and words[at - 1].folded in MONTH_CONTEXT
        return name in self._time.full_months

    def _numbered(self, words: Sequence[Word], at: int) -> Read | None:
        """`Q1 2026`, `T1 de 2026`, `H1`, `first quarter of 2026`, `primer trimestre`, `2026 Q1`."""
        leading = self._year_number(words, at)
        start = at + 1 if leading else at
        part = self._numbered_part(words, start)
        if part is None:
            return None
        end, first, count = part
        end, year = (end, leading) if leading else self.optional_year(words, end)
        return end, Mention(lambda y: months(y, first, count), "quarter" if count == 3 else None, year)

    def _numbered_part(self, words: Sequence[Word], at: int) -> tuple[int, int, int] | None:
        if at >= len(words):
            return None
        word = words[at].folded
        if len(word) == 2 and word[0] in "qth" and word[1].isdecimal():
            return self._part(at + 1, int(word[1]), halves=word[0] == "h")
        if len(word) == 2 and word[1] in "qt" and word[0].isdecimal():
            return self._part(at + 1, int(word[0]), halves=False)
        ordinal = self._time.ordinal_numbers.get(word)
        if ordinal and at + 1 < len(words):
            following = words[at + 1].folded
            if following in self._time.half_words:
                return self._part(at + 2, ordinal, halves=True)
            if self._time.unit_of.get(following) == "quarter":
                return self._part(at + 2, ordinal, halves=False)
        return None

    @staticmethod
    def _part(end: int, number: int, *, halves: bool) -> tuple[int, int, int] | None:
        size = 6 if halves else 3
        return (end, (number - 1) * size + 1, size) if 1 <= number <= 12 // size else None

    def _relative(self, words: Sequence[Word], at: int) -> Read | None:
        word = words[at].folded
        day = {"today": 0, "hoy": 0, "yesterday": 1, "ayer": 1, "anteayer": 2, "antier": 2}.get(word)
        if day is not None:
            then = self.as_of - timedelta(days=day)
            return at + 1, fixed(Period(start=then, end=then), "date")
        if to_date := {"ytd": "year", "mtd": "month", "qtd": "quarter"}.get(word):
            return at + 1, self._current(_grain(to_date))
        return self._so_far(words, at) or self._adjective(words, at) or self._of_the_unit(words, at)

    def _so_far(self, words: Sequence[Word], at: int) -> Read | None:
        """`year to date`, `so far this year`, `en lo que va del año`."""
        texts = [word.folded for word in words[at : at + 6]]
        unit = self._time.unit_of.get(texts[0])
        if unit and texts[1:3] == ["to", "date"]:
            return at + 3, self._current(unit)
        for opening in (["so", "far", "this"], ["en", "lo", "que", "va", "de"], ["en", "lo", "que", "va", "del"],
                        ["lo", "que", "va", "del"], ["lo", "que", "va", "de"]):  # fmt: skip
            size = len(opening)
            if texts[:size] == opening:
                end = skip(words, at + size, THE | THIS)
                unit = self._unit(words, end)
                return (end + 1, self._current(unit)) if unit else None
        return None

    def _of_the_unit(self, words: Sequence[Word], at: int) -> Read | None:
        """`of the year`, `del mes`: the one we are in."""
        if not is_one_of(words, at, OF | DURING):
            return None
        start = skip(words, at + 1, THE)
        unit = self._unit(words, start)
        said = start > at + 1 or words[at].folded == "del"
        if unit in {None, "date"} or unit is None or not said or not self._is_the_unit(words, at + 1, unit):
            return None
        return start + 1, self._current(unit)

    def _last_n(self, words: Sequence[Word], at: int) -> Read | None:
        """`last 30 days`, `the past three months`, `últimos 7 días`, `los 7 últimos días`."""
        start = skip(words, at, THE)
        if start + 2 >= len(words) or any(word.after_comma or word.after_dash for word in words[start + 1 : start + 3]):
            return None
        first, second = words[start].folded, words[start + 1].folded
        unit = self._unit(words, start + 2)
        count = self._vocabulary.number(second) if first in LAST else None
        if count is None and second in LAST:
            count = self._vocabulary.number(first)
        if unit is None or not count or (words[start + 2].folded not in self._time.plural_units and count > 1):
            return None  # `top 3 last month` is not `the 3 last months`
        if unit == "date":
            period = Period(start=self.as_of - timedelta(days=count - 1), end=self.as_of)
        else:
            period = before(self.as_of, unit, count, self._weeks)
        return start + 3, fixed(period, None)

    def _week_of(self, words: Sequence[Word], at: int) -> Read | None:
        """`week of 9 November`, `semana del 9 de noviembre`, `week 45 of 2026`."""
        if self._unit(words, at) != "week" or at + 1 >= len(words):
            return None
        number = int(words[at + 1].folded) if words[at + 1].folded.isdecimal() else 0
        if 1 <= number <= 53:
            end, year = self.optional_year(words, at + 2)
            shape = _iso_week(number, year or self.as_of.year)
            return (end, Mention(shape, "week", year)) if shape else None
        inner = self._day(words, skip(words, at + 1, OF | THE)) if is_one_of(words, at + 1, OF) else None
        if inner is None:
            return None
        return inner[0], fixed(containing(inner[1].resolve(self.as_of).start, "week", self._weeks), "week")

    def _year(self, words: Sequence[Word], at: int) -> Read | None:
        start = at + 1 if self._unit(words, at) == "year" else at
        year = self._year_number(words, start)
        return (start + 1, fixed(months(year, 1, 12), "year")) if year else None


def _written_day(text: str) -> date | None:
    """`2026-11-05`, or `25/11/2026` and `11/25/2026` where only one order makes a date."""
    numbers = [int(part) for part in text.replace("/", "-").split("-") if part.isdecimal()]
    if len(numbers) != 3:
        return None
    a, b, c = numbers
    orders = {(a, b, c)} if "-" in text or a > 31 else {(c, b, a), (c, a, b)}
    days: set[date] = set()
    for year, number, day in orders:
        try:
            days.add(date(year, number, day))
        except ValueError:
            continue
    return days.pop() if len(days) == 1 else None


def _written_month(text: str) -> Period | None:
    """`2026-10` or `10/2026`."""
    parts = text.replace("/", "-").split("-")
    if len(parts) != 2 or not all(part.isdecimal() for part in parts):
        return None
    year, number = (int(part) for part in (parts if len(parts[0]) == 4 else reversed(parts)))
    return month(year, number) if 1 <= number <= 12 and 1900 <= year <= 2200 else None


def _iso_week(number: int, year: int) -> Callable[[int], Period] | None:
    try:
        date.fromisocalendar(year, number, 1)
    except ValueError:
        return None
    return lambda y: containing(date.fromisocalendar(y, min(number, 52) if y != year else number, 1), "week")


def _grain(name: str) -> Grain:
    return "year" if name == "year" else "quarter" if name == "quarter" else "month"
