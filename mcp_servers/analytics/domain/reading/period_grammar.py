"""How spans of time are said: `from 1 to 30 November`, `del 1 al 15`, `January to March 2026`, `since October`."""

from collections.abc import Sequence
from datetime import date, timedelta

from mcp_servers.analytics.domain.periods import Period
from mcp_servers.analytics.domain.reading.period_parts import PeriodParts
from mcp_servers.analytics.domain.reading.period_pieces import (
    LAST,
    NEXT,
    OF,
    PREVIOUS,
    THE,
    THIS,
    Mention,
    Read,
    day_range,
    fixed,
    is_one_of,
    skip,
)
from mcp_servers.analytics.domain.text import Word

OPEN_RANGE = frozenset({"from", "between", "del", "desde", "de", "entre"})
TO = frozenset({"to", "through", "thru", "until", "till", "al", "a", "hasta"})
AND = frozenset({"and", "y"})
SINCE = frozenset({"since", "desde"})
UNTIL = frozenset({"until", "till", "hasta"})
BEFORE = frozenset({"before"})
AFTER = frozenset({"after"})
FAR_PAST = date(1970, 1, 1)
STARTING = frozenset({"in", "from", "on", "with"})
START = frozenset({"beginning", "start", "inicio", "inicios", "principio", "principios", "comienzo", "comienzos"})
END = frozenset({"end", "final", "finales", "fin", "fines"})
NOW = (("to", "date"), ("to", "now"), ("until", "now"), ("till", "now"), ("up", "to", "now"), ("a", "la", "fecha"),
       ("hasta", "la", "fecha"), ("hasta", "ahora"))  # fmt: skip
UP = frozenset({"up"})
UP_TO = frozenset({"to", "until", "till"})
OVER = frozenset({"over", "throughout"})
DAYS = frozenset({"today", "yesterday", "hoy", "ayer", "anteayer", "antier"})
PERIOD_WORDS = OPEN_RANGE | TO | SINCE | UNTIL | BEFORE | AFTER | OVER | DAYS | THIS | LAST | PREVIOUS | NEXT
"""Single words that spans and relative periods are said with."""


class PeriodGrammar(PeriodParts):
    """Reads the longest period, single or a span, that begins at a word."""

    def read(self, words: Sequence[Word], at: int) -> Read | None:
        if is_one_of(words, at, UP) and is_one_of(words, at + 1, UP_TO):  # `up to October`
            return self._open(words, at + 1)
        if is_one_of(words, at, OVER):  # `over the last 90 days`; `over 2000` is no year
            inner = self.read(words, at + 1) if at + 1 < len(words) else None
            if inner and not (inner[0] == at + 2 and words[at + 1].folded.isdecimal()):
                return inner
            return self.single(words, at)
        found = [read for rule in (self._range, self._open, self.single) if (read := rule(words, at))]
        return max(found, key=lambda read: read[0], default=None)

    def _range(self, words: Sequence[Word], at: int) -> Read | None:
        opened = is_one_of(words, at, OPEN_RANGE)
        start = skip(words, at + 1, THE) if opened else at
        joined = TO | AND if opened else TO
        bare = (self.bare_day, self.bare_month, self.bare_ordinal)
        first = self.single(words, start) or next((read for rule in bare if (read := rule(words, start))), None)
        if first is None:
            return self._days_after_month(words, at)
        middle = first[0]
        if middle >= len(words):
            return None
        if now := _says_now(words, middle):
            return middle + now, self._between(first[1], fixed(Period(start=self.as_of, end=self.as_of), "date"))
        if words[middle].folded in joined:
            middle = skip(words, middle + 1, THE)
        elif not words[middle].after_dash:
            return self._days_after_month(words, start)
        last = self.single(words, middle)
        if last is None or last[0] == middle:
            return self._days_after_month(words, start)
        return last[0], self._between(first[1], last[1])

    def _days_after_month(self, words: Sequence[Word], at: int) -> Read | None:
        """`November 1 to 30, 2026`."""
        start = skip(words, at, OPEN_RANGE | THE)
        number = self.month_number(words, start)
        first = self.day_number(words, start + 1)
        if number is None or first is None:
            return None
        middle = start + 2
        if is_one_of(words, middle, TO | AND):
            middle += 1
        elif middle >= len(words) or not words[middle].after_dash:
            return None
        last = self.day_number(words, middle)
        if last is None or last < first:
            return None
        end, year = self.optional_year(words, middle + 1)
        shape = day_range(number, first, last, year)
        return (end, Mention(shape, "date", year)) if shape else None

    def _between(self, first: Mention, last: Mention) -> Mention:
        end_period = last.resolve(self.as_of)
        year = first.year
        if year is None:
            year = end_period.start.year
            if first.shape(year).start > end_period.end:
                year -= 1
        start_period = first.shape(year)
        if last.year is None and end_period.end < start_period.start:
            end_period = last.shape(start_period.start.year)
            if end_period.end < start_period.start:
                end_period = last.shape(start_period.start.year + 1)
        backwards = end_period.end < start_period.start
        if backwards:
            start_period, end_period = end_period, start_period
        whole = Period(start=start_period.start, end=end_period.end)
        parts = (fixed(start_period, first.unit), fixed(end_period, last.unit))
        return Mention(lambda _: whole, None, whole.start.year, parts=parts, said=(first, last), backwards=backwards)

    def _open(self, words: Sequence[Word], at: int) -> Read | None:
        """`since October`, `until 15 November`, `before March 2026`, `antes de marzo`."""
        word = words[at].folded
        start, since = self._opening(words, at)
        edge = _past_edge(words, start, START if since or words[at].folded in SINCE | OPEN_RANGE else END)
        edged, start = edge > start, edge
        inner = self.single(words, start)
        if inner is None and edged and self._is_the_unit(words, start, self._unit(words, start) or "date"):
            inner = start + 1, self._current(self._unit(words, start) or "date")  # `the start of the year`
        if inner is None:
            return None
        period = inner[1].resolve(self.as_of)
        until = word in {"through", "thru"} and (at == 0 or inner[1].unit in {"date", "month"})
        onwards = _onwards(words, inner[0])
        if word in SINCE or since or ((onwards or edged) and word in OPEN_RANGE):
            inner = (inner[0] + onwards, inner[1])
            bounds = period.start, max(self.as_of, period.start)
        elif word in UNTIL or until or (word == "to" and is_one_of(words, at - 1, UP)):
            bounds = FAR_PAST, period.end
        elif word in BEFORE or word == "antes":
            bounds = FAR_PAST, period.start - timedelta(days=1)
        elif word in AFTER or word == "despues":
            first = period.end + timedelta(days=1)
            bounds = first, max(self.as_of, first)
        else:
            return None
        return inner[0], fixed(Period(start=bounds[0], end=bounds[1]), None)

    @staticmethod
    def _opening(words: Sequence[Word], at: int) -> tuple[int, bool]:
        """Where the period begins after the words that open a span, and whether these say `since`."""
        texts = [word.folded for word in words[at : at + 3]]
        if texts[:2] == ["a", "partir"] and texts[2:] and texts[2] in {"de", "del"}:
            return skip(words, at + 3, THE), True
        if texts[0] in {"starting", "beginning"}:
            return skip(words, at + 1, THE | STARTING), True
        spanish = texts[0] in {"antes", "despues"} and texts[1:] and texts[1] in {"de", "del"}
        return skip(words, at + (2 if spanish else 1), THE), False


def _past_edge(words: Sequence[Word], at: int, edge: frozenset[str]) -> int:
    """Past `the start of` or `finales de`, which say of a period no more than `since` and `until` do."""
    if is_one_of(words, at, edge) and is_one_of(words, at + 1, OF):
        return skip(words, at + 2, THE)
    return at


def _says_now(words: Sequence[Word], at: int) -> int:
    """How many words here say `to date`."""
    texts = tuple(word.folded for word in words[at : at + 3])
    return next((len(said) for said in NOW if texts[: len(said)] == said), 0)


def _onwards(words: Sequence[Word], at: int) -> int:
    """How many words here say that a span goes on to today: `from July on`, `desde julio en adelante`."""
    texts = [word.folded for word in words[at : at + 2]]
    if texts[:1] and texts[0] in {"onward", "onwards"}:
        return 1
    return 2 if texts == ["en", "adelante"] else 0
