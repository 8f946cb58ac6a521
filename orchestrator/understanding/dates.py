"""Dates and periods in Spanish and English text."""

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from orchestrator.understanding import relative
from orchestrator.understanding.text import Found, Span, alternatives, fold, free

_MONTHS = {
    name: index
    for index, names in enumerate(
        (
            "january enero jan ene", "february febrero feb", "march marzo mar", "april abril apr abr", "may mayo",
            "june junio jun", "july julio jul", "august agosto aug ago", "september septiembre setiembre sep sept",
            "october octubre oct", "november noviembre nov", "december diciembre dec dic",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_DAY = r"(?:(?:el |the )?(?:dia )?(?P<{0}>\d{{1,2}}|primero|first)(?:st|nd|rd|th|ro|º|°)?)"
_MONTH = rf"(?P<{{0}}>{alternatives(_MONTHS)})\b\.?"
_YEAR = r"(?:(?:,| de| del| of|)(?: ano)? ?(?P<{0}>20\d\d)\b)?"
_OF = r" ?(?:de |of )?"
_JOIN = r" ?(?:-|\b(?:to|al?|hasta|until|through|thru|till|y|and|e)\b)(?: (?:el|the))? ?"

_ISO = re.compile(r"\b(?P<y>20\d\d)[-/](?P<m>\d{1,2})[-/](?P<d>\d{1,2})\b")
_SLASHED = re.compile(r"\b(?P<d>\d{1,2})[/.-](?P<m>\d{1,2})[/.-](?P<y>20\d\d)\b")
_DAY_MONTH = re.compile(rf"\b{_DAY.format('d')}{_OF}{_MONTH.format('m')}{_YEAR.format('y')}")
_MONTH_DAY = re.compile(rf"\b{_MONTH.format('m')} {_DAY.format('d')}\b(?!\d|[.,]\d| ?%){_YEAR.format('y')}")
_DAYS_MONTH = re.compile(rf"\b{_DAY.format('d')}{_JOIN}{_DAY.format('d2')}{_OF}{_MONTH.format('m')}{_YEAR.format('y')}")
_MONTH_DAYS = re.compile(rf"\b{_MONTH.format('m')} {_DAY.format('d')}{_JOIN}{_DAY.format('d2')}\b{_YEAR.format('y')}")
_MONTHS_RANGE = re.compile(
    rf"\b{_MONTH.format('m')}{_YEAR.format('y')}{_JOIN}{_MONTH.format('m2')}{_YEAR.format('y2')}"
)
_WHOLE_MONTH = re.compile(
    r"(?P<cue>\b(?:en|in|during|durante|for|para|de|of|mes de|month of) |(?:^|[,;.·\n]) ?)?(?:todo |all of )?"
    rf"\b{_MONTH.format('m')}{_YEAR.format('y')}"
)
_ONLY_END = re.compile(
    r"\b(?:until|till|hasta(?: el)?|antes del?|by|before|through|end(?:s|ing)?(?: on)?|termina(?: el)?) $"
)


@dataclass(frozen=True, slots=True)
class PeriodMention:
    """Dates said; `invalid` is a date that the calendar does not have, as it was written."""

    start: date | None = None
    end: date | None = None
    invalid: str | None = None


@dataclass(frozen=True, slots=True)
class _Day:
    day: int
    month: int
    year: int | None
    span: Span


def find_period(text: str, today: date, *, month_first: bool) -> tuple[PeriodMention, list[Span]]:
    """The period said, and the spans it was said in. `month_first` reads 03/04/2026 as March 4 (English)."""
    folded = fold(text)
    ranged = _range_in_one_month(folded) or _range_of_months(folded)
    if ranged:
        return _resolved(text, *ranged.value, [ranged.span], today)
    days = sorted(_single_days(folded, month_first=month_first), key=lambda item: item.span)
    if days:
        return _from_days(text, folded, days, today)
    whole = _whole_month(text, folded, today)
    if whole:
        return whole
    said = relative.find_relative(folded, today)
    return (PeriodMention(*said.value), [said.span]) if said else (PeriodMention(), [])


def _from_days(text: str, folded: str, days: list[_Day], today: date) -> tuple[PeriodMention, list[Span]]:
    spans = [item.span for item in days]
    if len(days) >= 2:
        return _resolved(text, days[0], days[1], spans, today)
    only = days[0]
    length = relative.find_length(folded, spans)
    is_end = _ONLY_END.search(folded[: only.span[0]]) is not None
    mention, _ = _resolved(text, only, only, spans, today)
    if mention.invalid or mention.start is None:
        return mention, spans
    if length is None:
        return (PeriodMention(end=mention.start) if is_end else PeriodMention(start=mention.start)), spans
    spans = [*spans, length.span]
    if is_end:
        return PeriodMention(length.value.before(mention.start), mention.start), spans
    return PeriodMention(mention.start, length.value.after(mention.start)), spans


def _range_in_one_month(folded: str) -> Found[tuple[_Day, _Day]] | None:
    match = _DAYS_MONTH.search(folded) or _MONTH_DAYS.search(folded)
    if match is None:
        return None
    month, year = _MONTHS[match["m"]], int(match["y"]) if match["y"] else None
    first, last = (_Day(_day(match[name]), month, year, match.span()) for name in ("d", "d2"))
    return Found((first, last), match.span())


def _range_of_months(folded: str) -> Found[tuple[_Day, _Day]] | None:
    match = _MONTHS_RANGE.search(folded)
    if match is None:
        return None
    first = _Day(1, _MONTHS[match["m"]], int(match["y"]) if match["y"] else None, match.span())
    last = _Day(0, _MONTHS[match["m2"]], int(match["y2"]) if match["y2"] else None, match.span())
    return Found((first, last), match.span())


def _single_days(folded: str, *, month_first: bool) -> Iterator[_Day]:
    taken: list[Span] = []
    slashed = list(_SLASHED.finditer(folded))
    if any(int(match["m"]) > 12 for match in slashed):
        month_first = True
    elif any(int(match["d"]) > 12 for match in slashed):
        month_first = False
    for pattern in (_ISO, _SLASHED, _DAY_MONTH, _MONTH_DAY):
        for match in pattern.finditer(folded):
            if not free(match.span(), taken):
                continue
            taken.append(match.span())
            month = _MONTHS.get(match["m"]) or int(match["m"])
            day = _day(match["d"])
            if pattern is _SLASHED and month_first:
                day, month = month, day
            yield _Day(day, month, int(match["y"]) if match["y"] else None, match.span())


def _whole_month(text: str, folded: str, today: date) -> tuple[PeriodMention, list[Span]] | None:
    for match in _WHOLE_MONTH.finditer(folded):
        if match["y"] or (match["cue"] is not None and _ends(folded, match)):
            month, year = _MONTHS[match["m"]], int(match["y"]) if match["y"] else None
            first, last = (_Day(day, month, year, match.span()) for day in (1, 0))
            return _resolved(text, first, last, [match.span()], today)
    return None


def _ends(folded: str, match: re.Match[str]) -> bool:
    """A month after a preposition, or alone between separators (`…, diciembre, …`)."""
    return match["cue"].strip(" ,;.·\n") != "" or re.match(r" ?(?:[,;.·\n]|$)", folded[match.end() :]) is not None


def _resolved(text: str, first: _Day, last: _Day, spans: list[Span], today: date) -> tuple[PeriodMention, list[Span]]:
    start_year, end_year = _years(first, last, today)
    try:
        return PeriodMention(_date(start_year, first), _date(end_year, last)), spans
    except ValueError:
        return PeriodMention(invalid=text[spans[0][0] : spans[-1][1]].strip()), spans


def _years(first: _Day, last: _Day, today: date) -> tuple[int, int]:
    """A year said once holds for both ends; with none said, the period is the next that is not over."""
    over_new_year = first.month > last.month
    if first.year and last.year:
        return first.year, last.year
    if last.year:
        return last.year - over_new_year, last.year
    if first.year:
        return first.year, first.year + over_new_year
    end_year = today.year + over_new_year
    past = (last.month, last.day or 31) < (today.month, today.day)
    if past and not over_new_year:
        end_year += 1
    return end_year - over_new_year, end_year


def _date(year: int, item: _Day) -> date:
    """Day 0 is the month's last."""
    return date(year, item.month, item.day or calendar.monthrange(year, item.month)[1])


def _day(said: str) -> int:
    return int(said) if said.isdigit() else 1
