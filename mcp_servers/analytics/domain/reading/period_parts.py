"""Parts of periods, and those that need another beside them: `first half of May`, `the 3` of `3 to 17 May`."""

from collections.abc import Sequence
from datetime import timedelta

from mcp_servers.analytics.domain.model import Grain
from mcp_servers.analytics.domain.periods import Period, add_months, before, containing, month, months
from mcp_servers.analytics.domain.reading.period_atoms import PeriodAtoms
from mcp_servers.analytics.domain.reading.period_pieces import (
    AGO,
    FIRST,
    LAST,
    OF,
    THE,
    Mention,
    Read,
    fixed,
    is_one_of,
    skip,
)
from mcp_servers.analytics.domain.text import Word


class PeriodParts(PeriodAtoms):
    """Reads the longest single period, whole or part of another, that begins at a word."""

    def single(self, words: Sequence[Word], at: int) -> Read | None:
        if at >= len(words):
            return None
        rules = (super().single, self._part_of_month, self._edge, self._ago)
        return max((read for rule in rules if (read := rule(words, at))), key=lambda read: read[0], default=None)

    def _part_of_month(self, words: Sequence[Word], at: int) -> Read | None:
        """`first half of May`, `segunda quincena de mayo de 2026`."""
        start = skip(words, at, THE)
        if start + 2 >= len(words):
            return None
        half = self._time.ordinal_numbers.get(words[start].folded)
        if half not in {1, 2} or words[start + 1].folded not in self._time.half_words | self._time.fortnights:
            return None
        number = self.month_number(words, skip(words, start + 2, OF))
        if number is None or not is_one_of(words, start + 2, OF):
            return None
        end, year = self.optional_year(words, skip(words, start + 2, OF) + 1)
        first, last = (1, 15) if half == 1 else (16, 31)

        def shape(of_year: int) -> Period:
            whole = month(of_year, number)
            return Period(start=whole.start.replace(day=first), end=whole.end.replace(day=min(last, whole.end.day)))

        return end, Mention(shape, None, year)

    def _edge(self, words: Sequence[Word], at: int) -> Read | None:
        """`first 15 days of May`, `the last three months of 2025`, `últimos 10 días de julio`."""
        start = skip(words, at, THE)
        if start + 2 >= len(words):
            return None
        first, count, noun = words[start].folded, self._vocabulary.number(words[start + 1].folded), start + 2
        if count is None:
            count, noun = 1, start + 1
        from_start = first in FIRST
        unit = self._unit(words, noun)
        if unit is None or unit == "week" or not (from_start or first in LAST) or not is_one_of(words, noun + 1, OF):
            return None
        whole = self.single(words, skip(words, noun + 1, OF | THE))
        if whole is None or count < 1 or whole[1].unit == unit:
            return None

        def shape(year: int) -> Period:
            return _edge_of(whole[1].shape(year), unit, count, from_start=from_start)

        return whole[0], Mention(shape, None, whole[1].year)

    def _ago(self, words: Sequence[Word], at: int) -> Read | None:
        """`two months ago`, `hace tres semanas`: that calendar unit."""
        spanish = words[at].folded == "hace"
        start = at + 1 if spanish else at
        if start + 1 >= len(words):
            return None
        count, unit = self._vocabulary.number(words[start].folded), self._unit(words, start + 1)
        if not count or unit is None or unit == "year" or not (spanish or is_one_of(words, start + 2, AGO)):
            return None
        there = self.as_of
        for _ in range(count):
            there = before(there, unit, 1, self._weeks).start
        return start + (2 if spanish else 3), fixed(containing(there, unit, self._weeks), unit)

    def bare_day(self, words: Sequence[Word], at: int) -> Read | None:
        """The `1` of `1 to 30 November`: its month comes from the other end."""
        day = self.day_number(words, at)
        if day is None:
            return None
        end = next((n for n in range(at + 1, min(at + 4, len(words))) if self.day_number(words, n)), None)
        other = self.day_month(words, end) if end else None
        if other is None:
            return None
        last = other[1].resolve(self.as_of)
        if day > last.start.day:
            return None
        first = last.start.replace(day=day)
        return at + 1, fixed(Period(start=first, end=first), "date")

    def bare_month(self, words: Sequence[Word], at: int) -> Read | None:
        """The `Jan` of `Jan to Mar 2026`, which alone would be too short to be sure of."""
        number = self.month_number(words, at)
        last = next((n for n in range(at + 1, min(at + 3, len(words))) if self._month(words, n)), None)
        if number is None or last is None:
            return None
        return at + 1, Mention(lambda y: month(y, number), "month")

    def bare_ordinal(self, words: Sequence[Word], at: int) -> Read | None:
        """The `second` of `between the second and the third quarter`."""
        ordinal = self._time.ordinal_numbers.get(words[at].folded) if at < len(words) else None
        end = next((n for n in range(at + 1, min(at + 4, len(words))) if self._numbered(words, n)), None)
        other = self._numbered(words, end) if ordinal and end else None
        part = self._numbered_part(words, end) if other and end else None
        if ordinal is None or other is None or part is None or (ordinal - 1) * part[2] >= 12:
            return None
        return at + 1, Mention(lambda y: months(y, (ordinal - 1) * part[2] + 1, part[2]), other[1].unit)


def _edge_of(whole: Period, unit: Grain, count: int, *, from_start: bool) -> Period:
    """The first or last units of a period; weeks are seven days from its edge."""
    if unit in {"month", "quarter"}:
        size = count * (3 if unit == "quarter" else 1)
        if from_start:
            return Period(start=whole.start, end=min(whole.end, add_months(whole.start, size) - timedelta(days=1)))
        return Period(start=max(whole.start, add_months(whole.end + timedelta(days=1), -size)), end=whole.end)
    days = count * (7 if unit == "week" else 1)
    if from_start:
        return Period(start=whole.start, end=min(whole.end, whole.start + timedelta(days=days - 1)))
    return Period(start=max(whole.start, whole.end - timedelta(days=days - 1)), end=whole.end)
