from datetime import date, timedelta
from typing import get_args

import pytest

from mcp_servers.analytics.domain.model import Weekday
from mcp_servers.analytics.domain.periods import Period, before, containing, previous, year_before
from mcp_servers.analytics.domain.reading import Lexicon
from mcp_servers.analytics.domain.reading.period_grammar import FAR_PAST, PeriodGrammar
from mcp_servers.analytics.domain.text import words
from tests.unit.analytics.conftest import AS_OF

SAID: list[tuple[str, str]] = [
    # relative
    ("today", "2026-11-22..2026-11-22"),
    ("hoy", "2026-11-22..2026-11-22"),
    ("yesterday", "2026-11-21..2026-11-21"),
    ("ayer", "2026-11-21..2026-11-21"),
    ("this week", "2026-11-16..2026-11-22"),
    ("esta semana", "2026-11-16..2026-11-22"),
    ("last week", "2026-11-09..2026-11-15"),
    ("la semana pasada", "2026-11-09..2026-11-15"),
    ("this month", "2026-11-01..2026-11-22"),
    ("este mes", "2026-11-01..2026-11-22"),
    ("last month", "2026-10-01..2026-10-31"),
    ("el mes pasado", "2026-10-01..2026-10-31"),
    ("el mes anterior", "2026-10-01..2026-10-31"),
    ("último mes", "2026-10-01..2026-10-31"),
    ("this quarter", "2026-10-01..2026-11-22"),
    ("last quarter", "2026-07-01..2026-09-30"),
    ("el trimestre pasado", "2026-07-01..2026-09-30"),
    ("this year", "2026-01-01..2026-11-22"),
    ("last year", "2025-01-01..2025-12-31"),
    ("el año pasado", "2025-01-01..2025-12-31"),
    ("next month", "2026-12-01..2026-12-31"),
    ("el próximo trimestre", "2027-01-01..2027-03-31"),
    ("last 7 days", "2026-11-16..2026-11-22"),
    ("los últimos 7 días", "2026-11-16..2026-11-22"),
    ("the past 30 days", "2026-10-24..2026-11-22"),
    ("last two weeks", "2026-11-02..2026-11-15"),
    ("últimas 2 semanas", "2026-11-02..2026-11-15"),
    ("last three months", "2026-08-01..2026-10-31"),
    ("últimos tres meses", "2026-08-01..2026-10-31"),
    ("last 2 quarters", "2026-04-01..2026-09-30"),
    ("year to date", "2026-01-01..2026-11-22"),
    ("so far this month", "2026-11-01..2026-11-22"),
    ("en lo que va del año", "2026-01-01..2026-11-22"),
    # named
    ("October", "2026-10-01..2026-10-31"),
    ("octubre", "2026-10-01..2026-10-31"),
    ("December", "2025-12-01..2025-12-31"),
    ("octubre de 2025", "2025-10-01..2025-10-31"),
    ("Oct 2025", "2025-10-01..2025-10-31"),
    ("last October", "2026-10-01..2026-10-31"),
    ("October last year", "2025-10-01..2025-10-31"),
    ("octubre del año pasado", "2025-10-01..2025-10-31"),
    ("mes de octubre", "2026-10-01..2026-10-31"),
    ("Q1 2026", "2026-01-01..2026-03-31"),
    ("2025 Q4", "2025-10-01..2025-12-31"),
    ("Q3", "2026-07-01..2026-09-30"),
    ("T2 de 2026", "2026-04-01..2026-06-30"),
    ("first quarter of 2026", "2026-01-01..2026-03-31"),
    ("primer trimestre de 2026", "2026-01-01..2026-03-31"),
    ("tercer trimestre", "2026-07-01..2026-09-30"),
    ("H1 2026", "2026-01-01..2026-06-30"),
    ("segundo semestre de 2025", "2025-07-01..2025-12-31"),
    ("2025", "2025-01-01..2025-12-31"),
    ("año 2025", "2025-01-01..2025-12-31"),
    ("week 45", "2026-11-02..2026-11-08"),
    ("semana 1 de 2026", "2025-12-29..2026-01-04"),
    ("week of 11 November", "2026-11-09..2026-11-15"),
    ("semana del 11 de noviembre", "2026-11-09..2026-11-15"),
    # days
    ("2026-11-05", "2026-11-05..2026-11-05"),
    ("5 November", "2026-11-05..2026-11-05"),
    ("November 5th, 2025", "2025-11-05..2025-11-05"),
    ("1st of November 2026", "2026-11-01..2026-11-01"),
    ("5 de noviembre de 2026", "2026-11-05..2026-11-05"),
    ("5 December", "2025-12-05..2025-12-05"),
    ("25/11/2025", "2025-11-25..2025-11-25"),
    ("11/25/2025", "2025-11-25..2025-11-25"),
    # spans
    ("from 1 to 30 November 2026", "2026-11-01..2026-11-30"),
    ("del 1 al 30 de noviembre de 2026", "2026-11-01..2026-11-30"),
    ("November 1 to 15, 2026", "2026-11-01..2026-11-15"),
    ("1-15 November 2026", "2026-11-01..2026-11-15"),
    ("between November 1 and November 15", "2026-11-01..2026-11-15"),
    ("entre el 1 y el 15 de noviembre", "2026-11-01..2026-11-15"),
    ("from 2026-10-05 to 2026-11-04", "2026-10-05..2026-11-04"),
    ("January to March 2026", "2026-01-01..2026-03-31"),
    ("de enero a marzo de 2026", "2026-01-01..2026-03-31"),
    ("Jan-Mar 2026", "2026-01-01..2026-03-31"),
    ("from November 2025 to January 2026", "2025-11-01..2026-01-31"),
    ("del 15 de diciembre de 2025 al 15 de enero de 2026", "2025-12-15..2026-01-15"),
    ("November to January 2026", "2025-11-01..2026-01-31"),
    ("Q1 to Q3 2026", "2026-01-01..2026-09-30"),
    ("since October", "2026-10-01..2026-11-22"),
    ("desde el 15 de octubre", "2026-10-15..2026-11-22"),
    ("until 15 November", f"{FAR_PAST}..2026-11-15"),
    ("hasta octubre", f"{FAR_PAST}..2026-10-31"),
    ("before March 2026", f"{FAR_PAST}..2026-02-28"),
    ("antes de marzo", f"{FAR_PAST}..2026-02-28"),
    ("after 10 November", "2026-11-11..2026-11-22"),
    ("después del 10 de noviembre", "2026-11-11..2026-11-22"),
]


@pytest.mark.parametrize(("said", "meant"), SAID, ids=[said for said, _ in SAID])
def test_a_period_is_read_whole_as_it_is_said(said: str, meant: str, lexicon: Lexicon) -> None:
    spoken = words(said)

    read = PeriodGrammar(lexicon.vocabulary, AS_OF).read(spoken, 0)

    assert read is not None
    end, mention = read
    period = mention.resolve(AS_OF)
    assert (end, f"{period.start}..{period.end}") == (len(spoken), meant)


@pytest.mark.parametrize(
    "said", ["may", "mar", "set", "31 June", "05/11/2026", "2026-02-30", "Q5 2026", "week 60", "last", "this", "first"]
)
def test_what_is_no_period_or_might_be_two_is_not_read(said: str, lexicon: Lexicon) -> None:
    read = PeriodGrammar(lexicon.vocabulary, AS_OF).read(words(said), 0)

    assert read is None


@pytest.mark.parametrize(
    ("start", "end", "before"),
    [
        ("2026-10-01", "2026-10-31", "2026-09-01..2026-09-30"),
        ("2026-03-01", "2026-03-31", "2026-02-01..2026-02-28"),
        ("2026-07-01", "2026-09-30", "2026-04-01..2026-06-30"),
        ("2026-01-01", "2026-12-31", "2025-01-01..2025-12-31"),
        ("2026-11-01", "2026-11-22", "2026-10-01..2026-10-22"),
        ("2026-11-09", "2026-11-15", "2026-11-02..2026-11-08"),
        ("2026-11-01", "2026-11-01", "2026-10-31..2026-10-31"),
    ],
)
def test_the_period_before_keeps_whole_months_whole(start: str, end: str, before: str) -> None:
    found = previous(Period(start=date.fromisoformat(start), end=date.fromisoformat(end)))

    assert f"{found.start}..{found.end}" == before


def test_a_year_before_february_ends_with_its_last_day() -> None:
    found = year_before(Period(start=date(2025, 2, 1), end=date(2025, 2, 28)))

    assert (found.start, found.end) == (date(2024, 2, 1), date(2024, 2, 29))


@pytest.mark.parametrize(
    ("start", "week"),
    [
        ("monday", "2026-11-16..2026-11-22"),
        ("sunday", "2026-11-22..2026-11-28"),
        ("saturday", "2026-11-21..2026-11-27"),
    ],
)
def test_weeks_begin_on_the_day_asked_for(start: Weekday, week: str) -> None:
    found = containing(AS_OF, "week", start)
    earlier = before(AS_OF, "week", 2, start)

    assert f"{found.start}..{found.end}" == week
    assert (earlier.end, earlier.days) == (found.start - timedelta(days=1), 14)


@pytest.mark.parametrize("day", [date.min, date.max])
def test_weeks_at_the_ends_of_the_calendar_have_the_days_there_are(day: date) -> None:
    for start in get_args(Weekday):
        assert 1 <= containing(day, "week", start).days <= 7
