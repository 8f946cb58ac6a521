"""What administration stores, from whatever text people send."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.administration.cursors import page, position
from identity.administration.demo import readable_password
from identity.administration.errors import BadCursor
from identity.administration.names import (
    NotAnAddress,
    NotAName,
    NotATimeZone,
    display_name,
    email_address,
    time_zone,
)
from identity.people.passwords import require_suitable

STORED_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")


@given(st.one_of(st.text(), st.emails(), st.from_regex(r"\A[\w.+ ]+@[\w.\s]+\Z")))
def test_address_is_refused_or_one_that_the_table_takes(text: str) -> None:
    try:
        address = email_address(text)
    except NotAnAddress:
        return
    assert address == address.lower() == email_address(address)
    assert STORED_ADDRESS.fullmatch(address)
    assert len(address) <= 254


@pytest.mark.parametrize("text", ["ana@example.com", " Ana@Example.COM ", "ana@EXAMPLE.com\n"])
def test_one_address_is_stored_in_one_form(text: str) -> None:
    assert email_address(text) == "ana@example.com"


@given(st.text())
def test_name_is_refused_or_visible_and_composed(text: str) -> None:
    try:
        name = display_name(text)
    except NotAName:
        return
    assert display_name(name) == name == name.strip()
    assert unicodedata.is_normalized("NFC", name)
    assert 0 < len(name) <= 100
    assert not any(unicodedata.category(character).startswith("C") for character in name)


@pytest.mark.parametrize("text", ["José", "María  José\tde la O", "李小龍", "O'Brien-Núñez", "محمد"])
def test_peoples_names_are_taken(text: str) -> None:
    assert display_name(text)


@pytest.mark.parametrize(
    "text", ["", "UTC+1", "Localtime", "/etc/passwd", "America/New_York\x00", "posix/UTC", "Factory "]
)
def test_what_is_no_time_zone_is_refused(text: str) -> None:
    with pytest.raises(NotATimeZone):
        time_zone(text)


@given(st.lists(st.text("abc:_0", min_size=1), max_size=9), st.integers(1, 5))
def test_cursor_goes_on_after_the_last_item_of_its_page(found: list[str], limit: int) -> None:
    items, cursor = page(found, limit, str)
    assert list(items) == found[:limit]
    assert (cursor is None) == (len(found) <= limit)
    assert position(cursor) == (items[-1] if cursor else None)


@given(st.text())
def test_any_other_cursor_is_refused_or_a_printable_id(text: str) -> None:
    try:
        found = position(text)
    except BadCursor:
        return
    assert found is not None
    assert found.isprintable()
    assert found.isascii()


def test_demonstration_passwords_are_taken_like_any_other() -> None:
    for _ in range(200):
        require_suitable(readable_password(), email="admin@demo.example")
