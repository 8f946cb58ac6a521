"""What a simulated campaign allows, and when a change takes effect."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from kernel.errors import PromptSalesError
from kernel.money import InvalidMoney, Money
from sandbox.domain import Campaign, LineItem, LineKey, Terms, check_flight, check_line_items, misreported
from sandbox.errors import (
    BudgetBelowSpend,
    CampaignEnded,
    ChannelNotOffered,
    DuplicateLineItem,
    InvalidFlight,
    LineItemsDoNotAddUp,
    UnsupportedCurrency,
)

LAUNCH = datetime(2026, 11, 2, 9, tzinfo=UTC)
SEARCH = LineItem("Google Ads", "search", "Mexico", "Jalisco", "coffee lovers", Decimal("600.00"))
SOCIAL = LineItem("Meta Ads", "social", "Mexico", "Jalisco", "coffee lovers", Decimal("400.00"))
NOTHING: Mapping[LineKey, Decimal] = {}


def campaign() -> Campaign:
    return Campaign(
        id="ad_1",
        name="Geisha Roast",
        objective="sales",
        start=date(2026, 11, 2),
        end=date(2026, 11, 11),
        currency="USD",
        external_ref="cmp_1",
        launched_at=LAUNCH,
        seconds_per_day=2,
        history=(Terms(0, paused=False, line_items=(SEARCH, SOCIAL)),),
    )


def after(days: float) -> datetime:
    return LAUNCH + timedelta(seconds=2 * days)


def test_the_first_day_is_reported_at_once_and_the_flight_ends_after_its_last() -> None:
    assert campaign().days_reported(LAUNCH) == 1
    assert campaign().days_reported(after(2.5)) == 3
    assert campaign().days_reported(after(100)) == 10
    assert campaign().status(after(9.9)) == "active"
    assert campaign().status(after(10)) == "ended"


def test_a_pause_shows_at_once_and_holds_from_the_next_day() -> None:
    paused = campaign().paused(after(2.5))
    assert paused.status(after(2.5)) == "paused"
    assert not paused.terms_on(2).paused
    assert paused.terms_on(3).paused


def test_pausing_a_paused_campaign_changes_nothing() -> None:
    paused = campaign().paused(after(1))
    assert paused.paused(after(3)) is paused


@pytest.mark.parametrize("change", [Campaign.paused, Campaign.resumed])
def test_an_ended_campaign_cannot_change(change: Callable[[Campaign, datetime], Campaign]) -> None:
    with pytest.raises(CampaignEnded):
        change(campaign(), after(10))


def test_a_new_budget_is_shared_as_before_to_the_cent() -> None:
    changed = campaign().rebudgeted(after(1), Decimal("333.33"), None, NOTHING)
    assert [line.budget for line in changed.terms.line_items] == [Decimal("200.00"), Decimal("133.33")]


def test_a_cut_budget_leaves_every_line_item_what_it_has_spent() -> None:
    spent = {SEARCH.key: Decimal("10.00"), SOCIAL.key: Decimal("300.00")}
    changed = campaign().rebudgeted(after(1), Decimal("410.00"), None, spent)
    assert [line.budget for line in changed.terms.line_items] == [Decimal("70.00"), Decimal("340.00")]


def test_a_budget_below_what_was_spent_is_refused() -> None:
    with pytest.raises(BudgetBelowSpend):
        campaign().rebudgeted(after(1), Decimal("99.99"), None, {SEARCH.key: Decimal("100.00")})


def test_a_line_item_that_has_spent_cannot_be_dropped() -> None:
    with pytest.raises(BudgetBelowSpend) as refusal:
        campaign().rebudgeted(after(1), Decimal("400.00"), [SOCIAL], {SEARCH.key: Decimal("1.00")})
    assert refusal.value.field == "line_items"


@pytest.mark.parametrize(
    ("lines", "budget", "error"),
    [
        ((SEARCH, SOCIAL), Money(Decimal("1000.01"), "USD"), LineItemsDoNotAddUp),
        ((SEARCH, SEARCH), Money(Decimal(1200), "USD"), DuplicateLineItem),
        ((SEARCH,), Money(Decimal(600), "XXX"), UnsupportedCurrency),
        (
            (LineItem("TikTok", "sms", "Spain", "", "everyone", Decimal(5)),),
            Money(Decimal(5), "USD"),
            ChannelNotOffered,
        ),
        (
            (LineItem("TikTok", "video", "Spain", "", "everyone", Decimal("5.001")),),
            Money(Decimal("5.001"), "USD"),
            InvalidMoney,
        ),
    ],
)
def test_line_items_that_cannot_run_are_refused(
    lines: tuple[LineItem, ...], budget: Money, error: type[PromptSalesError]
) -> None:
    with pytest.raises(error) as refusal:
        check_line_items(lines, budget)
    assert refusal.value.fix


@pytest.mark.parametrize("days", [-1, 366])
def test_a_flight_backwards_or_over_a_year_is_refused(days: int) -> None:
    with pytest.raises(InvalidFlight):
        check_flight(date(2026, 1, 1), date(2026, 1, 1) + timedelta(days=days))


def test_a_misreported_campaign_has_a_budget_that_is_not_the_one_ordered() -> None:
    assert misreported(campaign()).terms.budget == Decimal("1100.00")
