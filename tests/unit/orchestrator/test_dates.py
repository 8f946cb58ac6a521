from datetime import date, timedelta

import pytest
from babel.dates import format_date
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.understanding.dates import find_period
from orchestrator.understanding.text import tidy

TODAY = date(2026, 11, 22)
DAYS = st.dates(min_value=date(2026, 1, 1), max_value=date(2029, 12, 31))


def period(text: str, *, english: bool = False) -> tuple[str | None, str | None]:
    found, _ = find_period(tidy(text), TODAY, month_first=english)
    start, end = found.start, found.end
    return (start.isoformat() if start else None, end.isoformat() if end else None)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("del 1 al 30 de noviembre de 2026", "2026-11-01", "2026-11-30"),
        ("from November 1 to 30, 2026", "2026-11-01", "2026-11-30"),
        ("1-30 November 2026", "2026-11-01", "2026-11-30"),
        ("Nov 1–30, 2026", "2026-11-01", "2026-11-30"),
        ("2026-11-01 to 2026-11-30", "2026-11-01", "2026-11-30"),
        ("desde 2026-11-01 hasta el 2026-11-30", "2026-11-01", "2026-11-30"),
        ("1 Nov 2026 – 15 Dec 2026", "2026-11-01", "2026-12-15"),
        ("del 15 de noviembre al 10 de enero de 2027", "2026-11-15", "2027-01-10"),
        ("December 1st, 2026 through January 15th, 2027", "2026-12-01", "2027-01-15"),
        ("November 15 to January 10", "2026-11-15", "2027-01-10"),
        ("primero de diciembre al 5 de diciembre", "2026-12-01", "2026-12-05"),
        ("en noviembre", "2026-11-01", "2026-11-30"),
        ("in December", "2026-12-01", "2026-12-31"),
        ("la campaña de mayo", "2027-05-01", "2027-05-31"),
        ("300 ventas, diciembre, Costa Rica", "2026-12-01", "2026-12-31"),
        ("de noviembre a diciembre de 2026", "2026-11-01", "2026-12-31"),
        ("February 2028", "2028-02-01", "2028-02-29"),
        ("Q1 2027", "2027-01-01", "2027-03-31"),
        ("primer trimestre de 2027", "2027-01-01", "2027-03-31"),
        ("next month", "2026-12-01", "2026-12-31"),
        ("el próximo mes", "2026-12-01", "2026-12-31"),
        ("el mes que viene", "2026-12-01", "2026-12-31"),
        ("este mes", "2026-11-22", "2026-11-30"),
        ("next quarter", "2027-01-01", "2027-03-31"),
        ("next week", "2026-11-23", "2026-11-29"),
        ("6 semanas a partir del 1 de diciembre", "2026-12-01", "2027-01-11"),
        ("starting December 1, 2026 for 30 days", "2026-12-01", "2026-12-30"),
        ("por 2 meses desde el 1 de diciembre de 2026", "2026-12-01", "2027-01-31"),
        ("1/12/2026 al 31/12/2026", "2026-12-01", "2026-12-31"),
        ("desde el 1 de diciembre", "2026-12-01", None),
        ("until December 31", None, "2026-12-31"),
        ("you may launch 300 sales", None, None),
        ("goal 300 sales, budget $12,000", None, None),
    ],
)
def test_a_period_is_read_as_people_write_it(text: str, start: str | None, end: str | None) -> None:
    assert period(text) == (start, end)


def test_slashed_dates_follow_the_language_unless_only_one_reading_exists() -> None:
    assert period("12/01/2026 - 12/09/2026", english=True) == ("2026-12-01", "2026-12-09")
    assert period("12/01/2026 - 14/01/2026", english=True) == ("2026-01-12", "2026-01-14")
    assert period("01/12/2026 al 09/12/2026") == ("2026-12-01", "2026-12-09")
    assert period("12/01/2026 - 12/31/2026") == ("2026-12-01", "2026-12-31")


def test_a_date_the_calendar_does_not_have_is_told_and_not_moved() -> None:
    found, _ = find_period("del 1 al 31 de noviembre de 2026", TODAY, month_first=False)

    assert found.start is None
    assert found.invalid == "1 al 31 de noviembre de 2026"


def test_an_end_before_the_start_is_kept_as_said() -> None:
    assert period("from Nov 30 to Nov 1, 2026") == ("2026-11-30", "2026-11-01")


@given(DAYS, st.integers(min_value=0, max_value=300))
def test_any_two_dates_survive_writing_and_reading(start: date, days: int) -> None:
    end = start + timedelta(days=days)
    written = [
        f"{start} to {end}",
        f"del {format_date(start, 'long', 'es')} al {format_date(end, 'long', 'es')}",
        f"from {format_date(start, 'long', 'en')} to {format_date(end, 'long', 'en')}",
    ]

    for text in written:
        assert period(text) == (start.isoformat(), end.isoformat()), text


@given(DAYS)
def test_a_month_without_a_year_is_never_over(day: date) -> None:
    month = format_date(day, "MMMM", "es")

    _, end = period(f"en {month}")

    assert end is not None
    assert TODAY <= date.fromisoformat(end) <= TODAY + timedelta(days=370)
