from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.canonical import NotCanonical, canonical_bytes, digest

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda children: (
        st.lists(children, max_size=4) | st.dictionaries(st.text("abcé", max_size=3), children, max_size=4)
    ),
    max_leaves=10,
)


@given(st.dictionaries(st.text("abcdefé", min_size=1), json_values))
def test_the_order_of_keys_does_not_change_the_bytes(value: dict[str, object]) -> None:
    assert canonical_bytes(value) == canonical_bytes(dict(reversed(value.items())))


def test_composed_and_decomposed_letters_are_the_same() -> None:
    assert digest({"caf\u00e9": "ma\u00f1ana"}) == digest({"cafe\u0301": "man\u0303ana"})


def test_money_and_dates_travel_as_text() -> None:
    assert canonical_bytes({"b": Decimal("12.50"), "a": date(2026, 11, 1)}) == b'{"a":"2026-11-01","b":"12.50"}'


@pytest.mark.parametrize("value", [float("nan"), 2**53, "\ud800", {1, 2}, b"bytes"])
def test_what_has_no_canonical_form_is_refused(value: object) -> None:
    with pytest.raises(NotCanonical):
        canonical_bytes({"value": value})
