"""What may be stored as text, and how text messages are written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_servers.content.domain.gsm7 import septets, to_gsm7
from mcp_servers.content.domain.text import clean, clean_line, clean_optional
from mcp_servers.content.errors import HiddenCharacters


@pytest.mark.parametrize("hidden", ["\u202e", "\u2066", "\u200b", "\x00", "\x1b", "\ufeff", "\u2028", "\U000e0041"])
def test_text_with_characters_a_reviewer_cannot_see_is_refused(hidden: str) -> None:
    with pytest.raises(HiddenCharacters) as refused:
        clean(f"Buy{hidden} now", "body")

    assert refused.value.field == "body"


def test_text_is_trimmed_composed_and_keeps_its_paragraphs_and_emoji() -> None:
    assert clean("  Cafe\u0301\r\n\r\nfamily 👩\u200d👧 ", "body") == "Café\n\nfamily 👩\u200d👧"


def test_one_line_texts_lose_their_line_ends() -> None:
    assert clean_line("Geisha\n\n Roast", "product") == "Geisha Roast"
    assert clean_optional(" \n ", "headline") is None


def test_accents_that_text_messages_lack_are_written_plain_and_the_others_kept() -> None:
    assert to_gsm7("¿Más café mañana? «Sí»…") == '¿Mas café mañana? "Si"...'


def test_letters_of_another_script_cannot_be_written_in_a_text_message() -> None:
    assert to_gsm7("咖啡") is None
    assert septets("咖啡") is None


def test_the_euro_sign_takes_two_places_of_a_text_message() -> None:
    assert septets("5 €") == 4


@given(st.text(max_size=80))
def test_what_can_be_written_as_a_text_message_can_be_counted(text: str) -> None:
    written = to_gsm7(text)

    assert written is None or septets(written) is not None
