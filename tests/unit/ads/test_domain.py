from datetime import date
from decimal import Decimal

import pytest

from kernel.money import Money
from mcp_servers.ads.domain import LineItem, check_period, check_plan, rescale
from mcp_servers.ads.errors import BudgetMismatch, InvalidPeriod, InvalidPlan

SEARCH = LineItem("Google Ads", "search", "Mexico", "", "coffee lovers", Decimal("700.00"))
VIDEO = LineItem("TikTok", "video", "Mexico", "", "coffee lovers", Decimal("300.00"))


def usd(amount: str) -> Money:
    return Money(Decimal(amount), "USD")


def test_line_items_that_add_up_to_the_budget_are_a_plan() -> None:
    check_plan(usd("1000.00"), [SEARCH, VIDEO])


def test_line_items_one_cent_off_are_refused() -> None:
    with pytest.raises(BudgetMismatch, match=r"1000\.00.*999\.99"):
        check_plan(usd("999.99"), [SEARCH, VIDEO])


@pytest.mark.parametrize(
    ("budget", "lines"),
    [
        ("0", [SEARCH]),
        ("1000", []),
        ("1400", [SEARCH, SEARCH]),
        ("700", [LineItem("LinkedIn", "sms", "Mexico", "", "coffee lovers", Decimal(700))]),
        ("700", [SEARCH, LineItem("TikTok", "video", "Mexico", "", "coffee lovers", Decimal(0))]),
    ],
)
def test_an_impossible_plan_is_refused(budget: str, lines: list[LineItem]) -> None:
    with pytest.raises(InvalidPlan):
        check_plan(usd(budget), lines)


@pytest.mark.parametrize("end", [date(2026, 10, 31), date(2027, 11, 2)])
def test_a_flight_that_ends_before_it_starts_or_lasts_over_a_year_is_refused(end: date) -> None:
    with pytest.raises(InvalidPeriod):
        check_period(date(2026, 11, 1), end)


def test_another_budget_keeps_the_proportions_and_adds_up() -> None:
    lines = rescale([SEARCH, VIDEO], usd("500.01"))

    assert [line.budget for line in lines] == [Decimal("350.01"), Decimal("150.00")]
