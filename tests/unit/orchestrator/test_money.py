from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.understanding.money import find_bare, find_money
from orchestrator.understanding.numbers import NUMBER, number
from orchestrator.understanding.text import fold, tidy


def amounts(text: str) -> list[tuple[Decimal, str | None]]:
    return [(found.value.amount, found.value.currency) for found in find_money(tidy(text))]


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        ("12000 USD", "12000", "USD"),
        ("$12,000", "12000", "USD"),
        ("12 mil dólares", "12000", "USD"),
        ("€5.000", "5000", "EUR"),
        ("5.000 €", "5000", "EUR"),
        ("5 000 €", "5000", "EUR"),
        ("US$ 1.5 million", "1500000", "USD"),
        ("2 millones de colones", "2000000", "CRC"),
        ("$12k", "12000", "USD"),
        ("12k usd", "12000", "USD"),
        ("doce mil dólares", "12000", "USD"),
        ("twelve thousand dollars", "12000", "USD"),
        ("quinientos euros", "500", "EUR"),
        ("$12,000 MXN", "12000", "MXN"),
        ("MX$9,500", "9500", "MXN"),
        ("12.000,50 euros", "12000.50", "EUR"),
        ("1,234.56 GBP", "1234.56", "GBP"),
        ("800 libras", "800", "GBP"),
        ("3000 pesos colombianos", "3000", "COP"),
        ("3000 Mexican pesos", "3000", "MXN"),
        ("R$ 7.500", "7500", "BRL"),
        ("0 USD", "0", "USD"),
        ("-500 USD", "-500", "USD"),
        ("−500 USD", "-500", "USD"),
        ("$-500", "-500", "USD"),
        ("-$500", "-500", "USD"),
        ("menos 500 dólares", "-500", "USD"),
        ("minus 500 dollars", "-500", "USD"),
        ("¢ con presupuesto de 300000 ₡", "300000", "CRC"),
    ],
)
def test_an_amount_is_read_as_people_write_it(text: str, amount: str, currency: str) -> None:
    assert amounts(text) == [(Decimal(amount), currency)]


def test_pesos_of_no_country_have_no_currency_yet() -> None:
    (found,) = find_money("12 mil pesos")

    assert (found.value.amount, found.value.currency, found.value.pesos) == (Decimal(12000), None, True)


@pytest.mark.parametrize("text", ["10000-12000 USD", "10000 a 12000 USD", "entre 10000 y 12000 USD"])
def test_a_range_is_two_amounts_so_that_nobody_picks_one(text: str) -> None:
    assert amounts(text) == [(Decimal(10000), "USD"), (Decimal(12000), "USD")]


@pytest.mark.parametrize("text", ["presupuesto 12k", "budget: 12,000", "quiero invertir 12000", "budget of 12 000"])
def test_a_budget_without_a_currency_is_seen_as_one(text: str) -> None:
    (found,) = find_bare(text)

    assert (found.value.amount, found.value.currency) == (Decimal(12000), None)
    assert find_money(text) == []


@pytest.mark.parametrize("text", ["meta 300 ventas", "jóvenes de 25 a 35 años", "2026-11-30", "un pen de 12 puntas"])
def test_numbers_that_are_no_money_are_left_alone(text: str) -> None:
    assert find_money(text) == []


@given(
    st.decimals(min_value=1, max_value=Decimal("9999999.99"), places=2),
    st.sampled_from(["{:,.2f}", "{:.2f}"]),
    st.booleans(),
    st.sampled_from(["USD", "EUR", "CRC", "MXN", "GBP"]),
)
def test_any_amount_survives_writing_and_reading(value: Decimal, form: str, spanish: bool, currency: str) -> None:
    written = form.format(value)
    if spanish:
        written = written.translate(str.maketrans(",.", ".,"))

    assert amounts(f"un presupuesto de {written} {currency} en total") == [(value, currency)]


@given(st.integers(min_value=1, max_value=9_999_999))
def test_any_grouped_whole_number_is_read_in_both_customs(value: int) -> None:
    for written in (str(value), f"{value:,}", f"{value:,}".replace(",", "."), f"{value:,}".replace(",", " ")):
        assert number(written) == value


@given(st.integers(min_value=1, max_value=999))
def test_thousands_said_in_either_language_are_thousands(value: int) -> None:
    for written in (f"{value}k", f"{value} mil", f"{value} thousand"):
        assert number(written) == value * 1000


def test_number_words_are_read_whole() -> None:
    said = {"doce mil quinientos": 12500, "treinta y cinco": 35, "three hundred": 300, "two million": 2_000_000}

    assert {text: int(number(text)) for text in said} == said
    assert NUMBER
    assert fold("Ñandú") == "nandu"
