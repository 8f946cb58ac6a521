"""How kinds of platforms are set."""

import pytest

from sandbox.errors import InvalidKinds
from sandbox.kinds import parse_kinds


def test_kinds_are_read_by_service_and_the_last_one_holds() -> None:
    assert parse_kinds("messenger:forgetful, ads:slow,ads:lying") == {"messenger": "forgetful", "ads": "lying"}


def test_no_setting_says_nothing() -> None:
    assert parse_kinds(" ") == {}


@pytest.mark.parametrize("text", ["ads", "ads:slow:1", "mail:slow", "ads:deaf"])
def test_a_kind_that_cannot_be_read_is_named(text: str) -> None:
    with pytest.raises(InvalidKinds, match=text):
        parse_kinds(f"publisher:slow,{text}")
