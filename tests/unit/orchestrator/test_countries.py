import pytest
from babel import Locale

from orchestrator.understanding.countries import find_countries, resolve_country
from orchestrator.understanding.text import tidy


def codes(text: str) -> list[str]:
    return [found.value.code for found in find_countries(tidy(text))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("en Costa Rica y México", ["CR", "MX"]),
        ("in Mexico and costa rica", ["MX", "CR"]),
        ("EEUU", ["US"]),
        ("the USA", ["US"]),
        ("United States, Spain", ["US", "ES"]),
        ("República Dominicana", ["DO"]),
        ("en Panamá", ["PA"]),
        ("countries: CR, MX, CO", ["CR", "MX", "CO"]),
        ("para mexicanos y ticas", ["MX", "CR"]),
        ("for Colombian shoppers", ["CO"]),
        ("café costarricense en Guatemala", ["GT"]),
        ("escríbelo en español", []),
        ("write it in Spanish", []),
        ("lo quiero YA, NO mañana", []),
        ("Costa Rica, Costa Rica", ["CR"]),
        ("in the US", ["US"]),
        ("Geisha, MX, $3000", ["MX"]),
    ],
)
def test_countries_are_found_by_name_code_and_demonym(text: str, expected: list[str]) -> None:
    assert codes(text) == expected


def test_two_letters_of_a_shouted_text_are_no_code() -> None:
    shouted = find_countries("LANZA LA CAMPAÑA DE CAFE YA EN MEXICO", shouted=True)

    assert [found.value.code for found in shouted] == ["MX"]


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_country_is_known_by_its_own_name(language: str) -> None:
    names: dict[str, str] = dict(Locale(language).territories)
    countries = [code for code in names if len(code) == 2 and code not in {"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"}]

    for code in countries:
        found = resolve_country(names[code])
        assert found is not None, names[code]


def test_what_is_no_country_is_none() -> None:
    assert resolve_country("Wakanda") is None
    assert resolve_country("ZZ") is None
