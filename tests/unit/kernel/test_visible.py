"""Hidden characters: seen where they deceive, left alone where people write with them."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kernel.visible import HiddenKind, hidden, marked, tame, visible, visible_document

HONEST = [
    "¿Qué tal, señor Muñoz? ¡El pingüino toma café!",
    "“Geisha Roast” – 1 kilo for 29,90 €… it’s Peet’s®, Café Alta™ and ½ more",
    "Ahorra 1\u202f000 USD\u00a0hoy",
    "Two lines\nand\ta tab, and one as Windows ends it\r\n",
    "man\u0303ana, decomposed as some keyboards send it",
    "👩\U0001f3fd\u200d🚀 👨\u200d👩\u200d👧\u200d👦",
    "❤\ufe0f\u200d🔥 🏳\ufe0f\u200d🌈 🧑\u200d⚕\ufe0f 👁\ufe0f\u200d🗨\ufe0f 🐻\u200d❄\ufe0f",
    "™\ufe0f ©\ufe0f ☕\ufe0e 1\ufe0f\u20e3 #\ufe0f\u20e3 ‼\ufe0f ℹ\ufe0f ↔\ufe0f 🇨🇷 🇲🇽",
    "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f Scotland",
    "\U0001fae9 an emoji newer than some Unicode data, and in a family \U0001fae9\u200d🔥",
    "שלום \u200fעולם",
    "می\u200cخواهم",
    "क्\u200dष",
]


@pytest.mark.parametrize("text", HONEST)
def test_what_people_write_is_left_as_it_is(text: str) -> None:
    assert hidden(text) == []
    assert visible(text) == text


@pytest.mark.parametrize(
    ("text", "kind", "shown"),
    [
        ("pay \u202e0001 USD", "bidi", "pay ‹U+202E›0001 USD"),
        ("\u2066budget\u2069", "bidi", "‹U+2066›budget‹U+2069›"),
        ("plain \u200ftext", "bidi", "plain ‹U+200F›text"),
        ("Cafe\u200bAlta", "invisible", "Cafe‹U+200B›Alta"),
        ("co\u00adfee", "invisible", "co‹U+00AD›fee"),
        ("a\u200db", "invisible", "a‹U+200D›b"),
        ("👩\u200d\u200d🚀", "invisible", "👩‹U+200D›‹U+200D›🚀"),
        ("a\ufe0fb", "invisible", "a‹U+FE0F›b"),
        ("☕\ufe0f\ufe0f", "invisible", "☕\ufe0f‹U+FE0F›"),
        ("x\U000e0101", "invisible", "x‹U+E0101›"),
        ("\u3164", "invisible", "‹U+3164›"),
        ("\ufeffhi", "invisible", "‹U+FEFF›hi"),
        ("hi\U000e0068\U000e0069", "tag", "hi‹U+E0068›‹U+E0069›"),
        ("🏴\U000e0061\U000e0070\U000e0070\U000e0072\U000e006f\U000e0076\U000e0065\U000e007f", "tag", None),
        ("\x1b[2J\x1b[31mApproved", "control", "‹U+001B›[2J‹U+001B›[31mApproved"),
        ("\x9b31m", "control", "‹U+009B›31m"),
        ("1000 USD\r1 USD", "control", "1000 USD‹U+000D›1 USD"),
        ("a\x08b\x07\x00\x7f", "control", "a‹U+0008›b‹U+0007›‹U+0000›‹U+007F›"),
        ("one\u2028two", "control", "one‹U+2028›two"),
        ("\ue000", "private_use", "‹U+E000›"),
    ],
)
def test_what_hides_is_found_and_shown(text: str, kind: HiddenKind, shown: str | None) -> None:
    found = hidden(text)

    assert {kind for _, kind in found} == {kind}
    assert visible(text) == (shown or marked(text, [at for at, _ in found]))


def test_in_one_line_breaks_are_shown_too() -> None:
    assert visible("All well\napprovals 2 of 2\t", one_line=True) == "All well‹U+000A›approvals 2 of 2‹U+0009›"
    assert visible("ñ\nü", one_line=True) == "ñ‹U+000A›ü"


def test_a_document_is_made_visible_through_and_through() -> None:
    document = {"a\u200b": ["x\x1b", {"b": 1, "c": None}], "d": True}

    assert visible_document(document) == {"a‹U+200B›": ["x‹U+001B›", {"b": 1, "c": None}], "d": True}


def test_a_piece_of_a_stream_keeps_its_joiners_but_commands_nothing() -> None:
    assert tame("👩\u200d") == "👩\u200d"
    assert tame("\x1b]0;title\x07 \u202e") == "‹U+001B›]0;title‹U+0007› ‹U+202E›"


WESTERN = st.characters(codec="latin-1", categories=("L", "N", "P", "S", "Zs"))


@given(st.text(WESTERN))
def test_no_text_in_spanish_or_english_letters_is_touched(text: str) -> None:
    assert visible(text) == text


@given(st.text())
@example("\r\n")
def test_visible_text_has_nothing_left_to_hide(text: str) -> None:
    shown = visible(text, one_line=True)

    assert hidden(shown) == []
    assert not any(unicodedata.category(letter) == "Cc" for letter in shown)
    assert visible(shown) == shown


@given(st.text(), st.sampled_from("\x1b\x9b\u202e\u2066\u200b\U000e0041"), st.text(WESTERN))
def test_a_hidden_character_is_found_wherever_it_stands(before: str, character: str, after: str) -> None:
    places = [at for at, _ in hidden(f"{before}{character}{after}")]

    assert len(before) in places
