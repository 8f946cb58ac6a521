from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.money import InvalidMoney, Money

amounts = st.decimals(min_value=0, max_value=10**9, places=2)
weights = st.lists(st.decimals(min_value=0, max_value=1000, places=4), min_size=1, max_size=30).filter(any)


@given(amounts, weights)
def test_a_split_adds_up_exactly_and_stays_within_a_cent_of_its_share(amount: Decimal, shares: list[Decimal]) -> None:
    parts = Money(amount, "USD").split(shares)

    assert sum(part.amount for part in parts) == amount
    for part, share in zip(parts, shares, strict=True):
        assert abs(part.amount - amount * share / sum(shares)) < Decimal("0.01")


def test_a_currency_without_cents_is_split_into_whole_units() -> None:
    parts = Money(Decimal(100), "JPY").split([Decimal(1)] * 3)

    assert sorted(part.amount for part in parts) == [33, 33, 34]


@pytest.mark.parametrize("shares", [[], [Decimal(0)], [Decimal(-1), Decimal(2)]])
def test_a_split_without_positive_weights_is_refused(shares: list[Decimal]) -> None:
    with pytest.raises(InvalidMoney):
        Money(Decimal(10), "USD").split(shares)


@pytest.mark.parametrize(("amount", "currency"), [("ten", "USD"), ("NaN", "USD"), ("1.005", "USD"), ("5", "dollars")])
def test_text_that_is_not_money_is_refused(amount: str, currency: str) -> None:
    with pytest.raises(InvalidMoney):
        Money.parse(amount, currency)
