"""Slips of spelling are read as what they can only be; what could be something else is left as it was typed."""

from dataclasses import replace

import pytest

from mcp_servers.analytics.domain.catalogue import Catalogue, Value
from mcp_servers.analytics.domain.reading import Lexicon
from mcp_servers.analytics.domain.reading.known import known_names
from mcp_servers.analytics.domain.text import words
from tests.unit.analytics.conftest import facts


def mended(text: str, lexicon: Lexicon, catalogue: Catalogue) -> str:
    return " ".join(word.folded for word in known_names(lexicon, catalogue).mender.mended(words(text)))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("spend in Mexcio", "spend in mexico"),
        ("Gogle Ads", "google ads"),
        ("Colmbia", "colombia"),
        ("revnue", "revenue"),
        ("impreciones", "impresiones"),
        ("clcis", "clics"),
        ("convertion rate", "conversion rate"),
        ("by platfrom", "by platform"),
        ("in Ocotber", "in october"),
        ("excluidng", "excluding"),
        ("SPNED", "spend"),
    ],
)
def test_a_slip_is_put_right(typed: str, meant: str, lexicon: Lexicon, catalogue: Catalogue) -> None:
    assert mended(typed, lexicon, catalogue) == meant


@pytest.mark.parametrize(
    "typed",
    [
        "clips",  # a word of its own, one letter from clics
        "rentas",
        "form",
        "load",
        "spend for Marco",  # a name, not marzo
        "spend for Juno",
        "median",
        "“Mexcio”",  # quoted: a name as it is written
        "C-003",
        "Spain2",
        "austria",  # not australia
        "accept",
        "including",
        "laest",  # least, or last
        "vieo",  # video, or vino
    ],
)
def test_what_may_be_a_word_of_its_own_stays(typed: str, lexicon: Lexicon, catalogue: Catalogue) -> None:
    assert mended(typed, lexicon, catalogue) == " ".join(word.folded for word in words(typed))


def test_a_slip_of_two_names_is_of_neither(lexicon: Lexicon) -> None:
    values = (Value("client", "Marlena"), Value("client", "Marlina"))
    catalogue = Catalogue(lexicon.model, replace(facts(), values=values))

    assert mended("spend of Marlna", lexicon, catalogue) == "spend of marlna"


def test_nothing_is_mended_into_a_word_that_is_passed_over(lexicon: Lexicon, catalogue: Catalogue) -> None:
    """`there` is filler: to read a slip as it would drop what was said."""
    assert mended("theer befroe", lexicon, catalogue).split()[0] == "theer"
