"""Copy by rule: it fits, it invents nothing, it speaks as people speak where it runs."""

import asyncio
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mcp_servers.content.domain.copy import Copy, CopyBrief, violations
from mcp_servers.content.domain.formats import CALL_TO_ACTION_MOST, FORMATS, format_of
from mcp_servers.content.errors import HiddenCharacters
from mcp_servers.content.generation.address import Person, forms
from mcp_servers.content.generation.audiences import PLURAL, theme_of
from mcp_servers.content.generation.lexicon import Lexicon
from mcp_servers.content.generation.lexicon.english import ENGLISH
from mcp_servers.content.generation.lexicon.spanish import SPANISH
from mcp_servers.content.generation.playbook import PlaybookEngine
from mcp_servers.content.service import brief_of

PERSONS: tuple[Person, ...] = ("tú", "vos", "usted", "vosotros", "ustedes")


def written(**changes: Any) -> tuple[CopyBrief, Copy]:
    asked: dict[str, Any] = {
        "client": "Cafe Alta",
        "product": "Geisha Roast",
        "audience": "coffee lovers",
        "platform": "Meta Ads",
        "channel": "social",
        "language": "en",
    }
    brief = brief_of(**{**asked, **changes})
    return brief, asyncio.run(PlaybookEngine().write(brief))


words = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=120)


@settings(max_examples=300, deadline=None)
@given(
    place=st.sampled_from(FORMATS),
    client=words,
    product=words,
    audience=words,
    language=st.sampled_from(["en", "es"]),
    country=st.sampled_from([None, "Spain", "Costa Rica", "Mexico", "United States", "Germany"]),
    key_message=st.none() | st.text(min_size=1, max_size=500),
    tone=st.sampled_from([None, "professional", "friendly", "bold", "playful", "inspiring"]),
    call_to_action=st.none() | st.text(min_size=1, max_size=CALL_TO_ACTION_MOST),
    count=st.integers(1, 5),
)
def test_whatever_the_brief_every_variant_fits_its_format_and_claims_nothing_new(
    place: Any, count: int, **asked: Any
) -> None:
    assume(all(text.strip() for text in (asked["client"], asked["product"], asked["audience"])))
    try:
        brief, copy = written(platform=place.platform, channel=place.channel, count=count, **asked)
    except HiddenCharacters:
        assume(False)
        return

    assert 1 <= len(copy.variants) <= count
    assert len({(variant.headline, variant.body) for variant in copy.variants}) == len(copy.variants)
    for variant in copy.variants:
        assert violations(brief, variant) == []


@pytest.mark.parametrize("place", FORMATS, ids=lambda place: f"{place.platform} {place.channel}")
@pytest.mark.parametrize("language", ["en", "es"])
def test_every_format_gets_five_different_variants_that_name_the_product(place: Any, language: str) -> None:
    _, copy = written(platform=place.platform, channel=place.channel, language=language, country="Spain", count=5)

    assert len({variant.body for variant in copy.variants}) == 5
    assert len({variant.framework for variant in copy.variants}) == 5
    assert all("Geisha Roast" in variant.body for variant in copy.variants)
    assert copy.warnings == ()


def test_the_same_brief_gives_the_same_copy_and_more_variants_begin_with_the_fewer() -> None:
    assert written(count=3) == written(count=3)
    assert written(count=5)[1].variants[:3] == written(count=3)[1].variants


def test_the_playbook_says_that_it_wrote_the_copy() -> None:
    assert written()[1].engine == "playbook"


def test_the_key_message_is_said_word_for_word() -> None:
    message = "20% off the first bag, until 30 November, for orders over $25"
    _, copy = written(key_message=message)

    assert all(message in variant.body for variant in copy.variants)
    assert copy.warnings == ()


@pytest.mark.parametrize(("language", "told"), [("en", "left out of 3 variants"), ("es", "se omitió en 3 variantes")])
def test_a_key_message_that_does_not_fit_is_left_out_whole_and_that_is_told(language: str, told: str) -> None:
    _, copy = written(platform="Google Ads", channel="search", key_message="half price " * 10, language=language)

    assert not any("half" in variant.body for variant in copy.variants)
    assert told in copy.warnings[0]


def test_the_call_to_action_asked_for_is_used_and_closes_a_body_without_a_button() -> None:
    _, copy = written(platform="Google Ads", channel="search", call_to_action="Book a tasting")

    assert all(variant.call_to_action == "Book a tasting" for variant in copy.variants)
    assert all(variant.body.endswith("Book a tasting.") for variant in copy.variants)


def test_a_text_message_names_its_sender_and_says_how_to_leave() -> None:
    _, copy = written(platform="Twilio", channel="sms", language="es", country="Costa Rica")

    for variant in copy.variants:
        assert variant.body.startswith("Cafe Alta: ")
        assert variant.body.endswith("STOP para salir.")


def test_an_email_greets_closes_and_has_paragraphs() -> None:
    _, copy = written(platform="Mailchimp", channel="email")

    for variant in copy.variants:
        assert variant.body.startswith("Hello,\n\n")
        assert variant.body.endswith("\n\nThe Cafe Alta team")


@pytest.mark.parametrize(
    ("country", "tone", "audience", "verbs"),
    [
        ("Mexico", None, "coffee lovers", {"Conoce", "Descubre", "Mira", "Empieza"}),
        ("Costa Rica", None, "coffee lovers", {"Conocé", "Descubrí", "Mirá", "Empezá"}),
        ("Spain", None, "coffee lovers", {"Conoce", "Descubre", "Mira", "Empieza"}),
        ("Spain", None, "familias con niños", {"Conoced", "Descubrid", "Mirad", "Empezad"}),
        ("Mexico", None, "familias con niños", {"Conozcan", "Descubran", "Miren", "Empiecen"}),
        ("Costa Rica", "professional", "coffee lovers", {"Conozca", "Descubra", "Mire", "Empiece"}),
    ],
)
def test_spanish_addresses_people_as_the_country_does(
    country: str, tone: str | None, audience: str, verbs: set[str]
) -> None:
    _, copy = written(
        language="es", country=country, tone=tone, audience=audience, platform="LinkedIn" if tone else "Meta Ads"
    )

    headlines = " ".join(variant.headline or "" for variant in copy.variants)
    used = {word.strip("¿¡,.") for variant in copy.variants for word in f"{headlines} {variant.body}".split()}
    every_form = {
        form for who in PERSONS for name, form in forms(who).items() if name in ("Meet", "Discover", "Look", "Start")
    }
    assert used & verbs
    assert used & every_form <= verbs


@pytest.mark.parametrize(
    ("audience", "theme"),
    [
        ("young professionals 25-34", "professionals"),
        ("profesionales jóvenes", "professionals"),
        ("professionals who love travel", "travel"),
        ("Familias con niños", "families"),
        ("dueños de pymes", "business"),
        ("amantes del café", "food"),
        ("gamers", "technology"),
        ("runners", "sport"),
        ("left-handed people", "everyone"),
    ],
)
def test_an_audience_is_written_to_by_what_it_cares_for(audience: str, theme: str) -> None:
    assert theme_of(audience) == theme


def test_copy_never_repeats_who_the_audience_is() -> None:
    _, copy = written(audience="divorced women over 60 with debts")

    text = " ".join(variant.body + (variant.headline or "") for variant in copy.variants)
    assert not any(word in text for word in ("divorced", "women", "60", "debts"))


@pytest.mark.parametrize("lexicon", [ENGLISH, SPANISH], ids=["en", "es"])
@pytest.mark.parametrize("who", PERSONS)
def test_short_lines_are_short_in_every_form(lexicon: Lexicon, who: Person) -> None:
    slots = forms(who) | {"product": "", "client": ""}
    headlines = [line for line in lexicon.headlines if "{product}" not in line]
    short = [line for voice in lexicon.voices.values() for line in voice.short]
    calls = [line for lines in lexicon.calls.values() for line in lines]

    for line in (*headlines, *short, *calls):
        assert len(line.format_map(slots)) <= CALL_TO_ACTION_MOST == 30


def test_the_lexicons_have_a_voice_for_every_theme_and_make_no_claims() -> None:
    assert ENGLISH.voices.keys() == SPANISH.voices.keys()
    assert set(ENGLISH.voices) >= PLURAL
    for language in ("en", "es"):
        for theme in ENGLISH.voices:
            _, copy = written(language=language, audience=theme, platform="Mailchimp", channel="email", count=5)
            assert len(copy.variants) == 5


def test_a_name_too_long_for_a_headline_gives_headlines_without_it() -> None:
    _, copy = written(product="P" * 120, platform="Google Ads", channel="search", count=5)

    place = format_of("Google Ads", "search")
    assert all(place.shows_headline(variant.headline or "") for variant in copy.variants)
    assert not any("PPP" in (variant.headline or "") for variant in copy.variants)
