"""How a single period is said in English and Spanish: `yesterday`, `last week`, `1 de noviembre`, `Q1 2026`.

A mention without a year means the latest such period that has begun by the day the question is asked as of.
Units named in words are calendar units; `last 7 days` counts back from that day, which is included.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from mcp_servers.analytics.domain.model import Grain, Weekday
from mcp_servers.analytics.domain.periods import Period, before, containing, month, months
from mcp_servers.analytics.domain.reading.vocabulary import TimeWords, Vocabulary
from mcp_servers.analytics.domain.text import Word

THIS = frozenset({"this", "current", "este", "esta", "actual", "presente"})
LAST = frozenset({"last", "past", "previous", "prior", "preceding", "ultimo", "ultima", "ultimos", "ultimas",
                  "pasado", "pasada", "pasados", "pasadas", "anterior", "anteriores", "previo", "previa"})  # fmt: skip
PREVIOUS = frozenset({"previous", "prior", "preceding", "anterior", "anteriores", "previo", "previa", "before"})
_BEHIND = frozenset({"pasado", "pasada", "anterior", "previo", "previa", "before"})
NEXT = frozenset({"next", "coming", "upcoming", "proximo", "proxima", "proximos", "proximas", "siguiente"})
OF = frozenset({"of", "de", "del"})
THE = frozenset({"the", "el", "la", "los", "las"})
MONTH_CONTEXT = frozenset(
    {"in", "of", "during", "since", "from", "to", "last", "for", "and", "between", "vs", "versus", "en", "de"}
)


@dataclass(frozen=True, slots=True)
class Mention:
    """A period as said. Without a year it is a shape that still needs one."""

    shape: Callable[[int], Period]
    unit: Grain | None = None
    year: int | None = None
    relative: bool = False
    """`previous month`: relative to whatever it is compared with."""
    parts: tuple["Mention", "Mention"] | None = None
    """Both ends of `from September to October`."""
    said: tuple["Mention", "Mention"] | None = None
    """The same, each as it would be meant by itself."""
    backwards: bool = False
    """Whether the later end was said first, as in `this month to last month`."""

    def resolve(self, as_of: date) -> Period:
        """The period meant on a day."""
        year = self.year or as_of.year
        period = self.shape(year)
        return self.shape(year - 1) if self.year is None and period.start > as_of else period


Read = tuple[int, Mention]
"""Index after the words read, and what they mean."""


class PeriodAtoms:
    """Reads the longest single period that begins at a word."""

    def __init__(self, vocabulary: Vocabulary, as_of: date, week_start: Weekday = "monday") -> None:
        self._vocabulary = vocabulary
        self._time: TimeWords = vocabulary.time
        self.as_of = as_of
        self._week_start: Weekday = week_start

    def single(self, words: Sequence[Word], at: int) -> Read | None:
        if at >= len(words):
            return None
        rules = (self._day, self._month, self._numbered, self._relative, self._last_n, self._year, self._week_of)
        found = [read for rule in rules if (read := rule(words, at))]
        return max(found, key=lambda read: read[0], default=None)

    # Single periods

    def _day(self, words: Sequence[Word], at: int) -> Read | None:
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

    def _month(self, words: Sequence[Word], at: int) -> Read | None:
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
        return self._so_far(words, at) or self._adjective(words, at)

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

    def _adjective(self, words: Sequence[Word], at: int) -> Read | None:
        """`this week`, `last month`, `el mes pasado`, `next quarter`."""
        start = skip(words, at, THE)
        if start + 1 >= len(words) or words[start + 1].after_comma:
            return None
        first, second = words[start].folded, words[start + 1].folded
        pairs = ((first, second, False), (second, first, True))
        for adjective, noun, behind in pairs:
            unit = self._time.unit_of.get(noun)
            if unit and (mention := self._qualified(adjective, unit, behind=behind)):
                return start + 2, mention
        number = self._time.month_numbers.get(second)
        if first in {"last", "this"} and number and second in self._time.full_months:
            return start + 2, self._recent_month(number, last=first == "last")
        if first in self._time.full_months and second in {"pasado"}:
            return start + 2, self._recent_month(self._time.month_numbers[first], last=True)
        return None

    def _qualified(self, adjective: str, unit: Grain, *, behind: bool) -> Mention | None:
        if adjective in THIS and (not behind or adjective in {"actual", "presente", "current"}):
            return self._current(unit)
        if adjective in (_BEHIND if behind else LAST):
            return Mention(
                lambda _: before(self.as_of, unit, 1, self._week_start), unit, 1, relative=adjective in PREVIOUS
            )
        if adjective in NEXT:
            last_day = containing(self.as_of, unit, self._week_start).end
            return fixed(containing(last_day + timedelta(days=1), unit, self._week_start), unit)
        return None

    def _recent_month(self, number: int, *, last: bool) -> Mention:
        period = month(self.as_of.year, number)
        if period.start > self.as_of or (last and period.end >= self.as_of):
            period = month(self.as_of.year - 1, number)
        return fixed(period, "month")

    def _last_n(self, words: Sequence[Word], at: int) -> Read | None:
        """`last 30 days`, `the past three months`, `últimos 7 días`, `los 7 últimos días`."""
        start = skip(words, at, THE)
        if start + 2 >= len(words) or any(word.after_comma for word in words[start + 1 : start + 3]):
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
            period = before(self.as_of, unit, count, self._week_start)
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
        return inner[0], fixed(containing(inner[1].resolve(self.as_of).start, "week", self._week_start), "week")

    def _year(self, words: Sequence[Word], at: int) -> Read | None:
        start = at + 1 if self._unit(words, at) == "year" else at
        year = self._year_number(words, start)
        return (start + 1, fixed(months(year, 1, 12), "year")) if year else None

    # Pieces

    def _current(self, unit: Grain) -> Mention:
        return fixed(containing(self.as_of, unit, self._week_start).until(self.as_of), unit)

    def _unit(self, words: Sequence[Word], at: int) -> Grain | None:
        return self._time.unit_of.get(words[at].folded) if at < len(words) else None

    def month_number(self, words: Sequence[Word], at: int) -> int | None:
        return self._time.month_numbers.get(words[at].folded) if at < len(words) else None

    @staticmethod
    def day_number(words: Sequence[Word], at: int) -> int | None:
        if at >= len(words):
            return None
        text = words[at].folded.removesuffix("st").removesuffix("nd").removesuffix("rd").removesuffix("th")
        text = {"primero": "1", "1o": "1", "1ro": "1"}.get(text, text)
        return int(text) if text.isdecimal() and 1 <= int(text) <= 31 and len(text) <= 2 else None

    @staticmethod
    def _year_number(words: Sequence[Word], at: int) -> int | None:
        text = words[at].folded if at < len(words) else ""
        return int(text) if text.isdecimal() and len(text) == 4 and text[:2] in {"19", "20"} else None

    def optional_year(self, words: Sequence[Word], at: int) -> tuple[int, int | None]:
        """A year here, perhaps after `of`; `last year` and `del año pasado` count."""
        start = skip(words, at, OF)
        if year := self._year_number(words, start):
            return start + 1, year
        read = self._adjective(words, start) if start < len(words) else None
        if read and read[1].unit == "year":
            return read[0], read[1].resolve(self.as_of).start.year
        return at, None


def skip(words: Sequence[Word], at: int, what: frozenset[str]) -> int:
    """The index of the first word from `at` on that is none of these."""
    while at < len(words) and words[at].folded in what:
        at += 1
    return at


def is_one_of(words: Sequence[Word], at: int, what: frozenset[str]) -> bool:
    return at < len(words) and words[at].folded in what


def fixed(period: Period, unit: Grain | None) -> Mention:
    return Mention(lambda _: period, unit, period.start.year)


def day_range(number: int, first: int, last: int, year: int | None) -> Callable[[int], Period] | None:
    """Days of a month, or None where the month (of that year) does not have them."""
    if max(first, last) > month(year or 2000, number).end.day:
        return None

    def shape(of_year: int) -> Period:
        end = month(of_year, number).end.day
        return Period(start=date(of_year, number, min(first, end)), end=date(of_year, number, min(last, end)))

    return shape


def _written_day(text: str) -> date | None:
    """`2026-11-05`, or `25/11/2026` and `11/25/2026` where only one order makes a date."""
    numbers = [int(part) for part in text.replace("/", "-").split("-") if part.isdecimal()]
    if len(numbers) != 3:
        return None
    a, b, c = numbers
    orders = {(a, b, c)} if "-" in text else {(c, b, a), (c, a, b)}
    days: set[date] = set()
    for year, number, day in orders:
        try:
            days.add(date(year, number, day))
        except ValueError:
            continue
    return days.pop() if len(days) == 1 else None


def _iso_week(number: int, year: int) -> Callable[[int], Period] | None:
    try:
        date.fromisocalendar(year, number, 1)
    except ValueError:
        return None
    return lambda y: containing(date.fromisocalendar(y, min(number, 52) if y != year else number, 1), "week")


def _grain(name: str) -> Grain:
    return "year" if name == "year" else "quarter" if name == "quarter" else "month"
