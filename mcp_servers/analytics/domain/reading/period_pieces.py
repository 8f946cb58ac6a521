"""What the rules of periods are put together from: mentions, units, numbers, and which one `last` or `this` means."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from mcp_servers.analytics.domain.model import Grain, Weekday
from mcp_servers.analytics.domain.periods import Period, before, containing, month
from mcp_servers.analytics.domain.reading.vocabulary import TimeWords, Vocabulary
from mcp_servers.analytics.domain.text import Word

THIS = frozenset({"this", "current", "este", "esta", "actual", "presente"})
LAST = frozenset({"last", "past", "previous", "prior", "preceding", "ultimo", "ultima", "ultimos", "ultimas",
                  "pasado", "pasada", "pasados", "pasadas", "anterior", "anteriores", "previo", "previa"})  # fmt: skip
PREVIOUS = frozenset({"previous", "prior", "preceding", "anterior", "anteriores", "previo", "previa", "before"})
_BEHIND = frozenset({"pasado", "pasada", "anterior", "previo", "previa", "before"})
NEXT = frozenset({"next", "coming", "upcoming", "proximo", "proxima", "proximos", "proximas", "siguiente"})
OF = frozenset({"of", "de", "del"})
FIRST = frozenset({"first", "primer", "primero", "primera", "primeros", "primeras"})
AGO = frozenset({"ago", "atras"})
THE = frozenset({"the", "el", "la", "los", "las"})
DURING = frozenset({"during", "over", "throughout", "durante"})
TELLING_WHICH = frozenset({"with", "con", "that", "que", "when", "cuando", "in", "en", "where", "donde", "of", "de",
                           "del", "pasado", "pasada", "anterior", "previo", "previa", "before", "to",
                           "siguiente"})  # fmt: skip
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


class PeriodPieces:
    """Single words of periods, and the calendar units that adjectives point at."""

    def __init__(self, vocabulary: Vocabulary, as_of: date, week_start: Weekday = "monday") -> None:
        self._vocabulary = vocabulary
        self._weeks: Weekday = week_start
        self._time: TimeWords = vocabulary.time
        self.as_of = as_of

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
        return self._unit_in_course(words, start) or self._named_month(first, second, start)

    def _unit_in_course(self, words: Sequence[Word], at: int) -> Read | None:
        """`mes en curso`."""
        unit = self._unit(words, at)
        in_course = is_one_of(words, at + 1, frozenset({"en"})) and is_one_of(words, at + 2, frozenset({"curso"}))
        return (at + 3, self._current(unit)) if unit and in_course else None

    def _named_month(self, first: str, second: str, start: int) -> Read | None:
        """`last October`, `this October`, `octubre pasado`, `el pasado octubre`."""
        months = self._time.full_months
        if first in {"last", "this", "pasado"} and second in months:
            return start + 2, self._recent_month(self._time.month_numbers[second], last=first != "this")
        if first in months and second == "pasado":
            return start + 2, self._recent_month(self._time.month_numbers[first], last=True)
        return None

    def _is_the_unit(self, words: Sequence[Word], at: int, unit: Grain) -> bool:
        """Whether `the year` stands here and nothing says which one."""
        start = skip(words, at, THE)
        if self._unit(words, start) != unit or words[start].folded in self._time.plural_units:
            return False
        return start + 1 == len(words) or words[start + 1].folded not in TELLING_WHICH

    def _qualified(self, adjective: str, unit: Grain, *, behind: bool) -> Mention | None:
        if adjective in THIS and (not behind or adjective in {"actual", "presente", "current"}):
            return self._current(unit)
        if adjective in (_BEHIND if behind else LAST):
            return Mention(lambda _: before(self.as_of, unit, 1, self._weeks), unit, 1, relative=adjective in PREVIOUS)
        if adjective in NEXT:
            last_day = containing(self.as_of, unit, self._weeks).end
            following = containing(last_day + timedelta(days=1), unit, self._weeks)
            return fixed(following, unit)
        return None

    def _recent_month(self, number: int, *, last: bool) -> Mention:
        period = month(self.as_of.year, number)
        if period.start > self.as_of or (last and period.end >= self.as_of):
            period = month(self.as_of.year - 1, number)
        return fixed(period, "month")

    def _current(self, unit: Grain) -> Mention:
        return fixed(containing(self.as_of, unit, self._weeks).until(self.as_of), unit)

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
        if is_one_of(words, at, OF) and self._is_the_unit(words, start, "year"):
            return skip(words, start, THE) + 1, self.as_of.year
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
