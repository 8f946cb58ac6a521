"""Letters that pass for Latin ones."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.lookalikes import TWINS, disguised, skeleton


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("Cаfe Alta", [1]),
        ("Сafe", [0]),
        ("Αlta", [0]),
        ("gοοgle.com", [1, 2]),
        ("З00 USD", [0]),
        ("1О00.00", [1]),
        ("send to сосо now", [8, 9, 10, 11]),
        ("cmp_а1", [4]),
        ("ᏚAFE", [0]),
        ("pɑypal", [1]),
        ("Cafё", [3]),
    ],
)
def test_letters_in_disguise_are_found(text: str, places: list[int]) -> None:
    assert disguised(text) == places


@pytest.mark.parametrize(
    "text",
    [
        "Campaña de otoño: ¡más café, güey!",
        "Кофе из Коста-Рики, сахар и молоко",
        "Campaign for Москва and Αθήνα",
        "5 μm, 10 kΩ, ΔT, π and Σ",
        "α, β and γ testing",
        "Łódź, İzmir, Ærø, Straße, Ẽ, naïve",
        "コーヒー 咖啡 قهوة",
    ],
)
def test_other_scripts_and_signs_are_no_disguise(text: str) -> None:
    assert disguised(text) == []


def test_every_twin_is_of_another_script_and_stands_for_ascii() -> None:
    for twin, latin in TWINS.items():
        assert not twin.isascii()
        assert latin.isascii()
        name = unicodedata.name(twin)
        assert name.split()[0] in {"CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE"} or twin in "ɡɑ", name
        assert unicodedata.normalize("NFD", twin) == twin


@pytest.mark.parametrize(
    ("name", "other"),
    [("Cafe Alta", "Саfе Аltа"), ("Plan I", "Plan l"), ("Plan 1", "Plan l"), ("Modern", "Modem"), ("ROAST", "R0AST")],
)
def test_names_that_look_alike_have_one_skeleton(name: str, other: str) -> None:
    assert skeleton(name) == skeleton(other)


@pytest.mark.parametrize(("name", "other"), [("Café", "Cafe"), ("Año", "Ano"), ("Plan 1", "Plan 2"), ("Alta", "Alto")])
def test_names_that_look_different_keep_different_skeletons(name: str, other: str) -> None:
    assert skeleton(name) != skeleton(other)


@given(st.sampled_from(sorted(TWINS)), st.text(st.sampled_from("bdfzñáü"), min_size=1), st.integers(0, 9))
def test_a_twin_in_a_latin_word_is_found_wherever_it_stands(twin: str, word: str, at: int) -> None:
    at = min(at, len(word))
    text = f"{word[:at]}{twin}{word[at:]}"

    assert disguised(text) == [at]
    assert skeleton(text) == skeleton(f"{word[:at]}{TWINS[twin]}{word[at:]}")
