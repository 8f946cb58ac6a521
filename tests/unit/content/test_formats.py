"""The table of formats, and countries by their names."""

import pytest

from mcp_servers.content.domain.countries import country_of
from mcp_servers.content.domain.formats import FORMATS, format_of
from mcp_servers.content.errors import UnknownCountry, UnsupportedFormat


def test_every_format_shows_no_more_than_its_platform_takes_and_names_its_source() -> None:
    for place in FORMATS:
        assert 0 < place.body.shown <= place.body.most
        assert place.headline is None or 0 < place.headline.shown <= place.headline.most
        assert place.source
        assert format_of(place.platform, place.channel) is place


@pytest.mark.parametrize(
    ("platform", "channel", "headline", "body"),
    [
        ("Google Ads", "search", 30, 90),
        ("Meta Ads", "social", 40, 125),
        ("LinkedIn", "social", 70, 150),
        ("Mailchimp", "email", 50, 1200),
    ],
)
def test_limits_are_those_the_platforms_publish(platform: str, channel: str, headline: int, body: int) -> None:
    place = next(entry for entry in FORMATS if (entry.platform, entry.channel) == (platform, channel))

    assert place.headline is not None
    assert (place.headline.shown, place.body.shown) == (headline, body)


def test_a_channel_the_platform_does_not_have_is_refused_with_those_it_has() -> None:
    with pytest.raises(UnsupportedFormat, match=r"search, video"):
        format_of("Google Ads", "sms")


def test_longer_than_shown_is_told_and_longer_than_taken_is_refused() -> None:
    place = format_of("Meta Ads", "social")

    assert place.shortened("h" * 41, "b" * 126) == [
        "The body has 126 characters; 125 are shown at once.",
        "The headline has 41 characters; 40 are shown.",
    ]
    assert place.refused("h" * 41, "b" * 126) == []
    assert len(place.refused("h" * 256, "b" * 2201)) == 2


def test_a_text_message_counts_in_its_own_alphabet() -> None:
    place = format_of("Twilio", "sms")

    assert place.length("€" * 80) == 160
    assert place.shows("€" * 80)
    assert not place.shows("€" * 81)
    assert place.shortened(None, "hola 👋") == [
        "The body has characters outside the GSM 7-bit alphabet, so a message holds 70 of them."
    ]


@pytest.mark.parametrize("name", ["Costa Rica", "costa rica", " CR ", "cr"])
def test_a_country_is_known_by_name_and_code(name: str) -> None:
    assert country_of(name).name == "Costa Rica"


@pytest.mark.parametrize(
    ("name", "english", "locale"),
    [
        ("España", "Spain", "es-ES"),
        ("mexico", "Mexico", "es-MX"),
        ("Estados Unidos", "United States", "es-US"),
        ("USA", "United States", "es-US"),
        ("Alemania", "Germany", "es"),
    ],
)
def test_a_country_is_known_in_spanish_without_accents_too(name: str, english: str, locale: str) -> None:
    country = country_of(name)

    assert (country.name, country.locale("es")) == (english, locale)


def test_what_is_no_country_is_refused() -> None:
    with pytest.raises(UnknownCountry):
        country_of("Atlantis")
