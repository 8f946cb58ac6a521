"""The rules that hold whoever writes the copy."""

import pytest

from mcp_servers.content.domain.asset import Language
from mcp_servers.content.domain.copy import CopyBrief, Variant, violations
from mcp_servers.content.domain.formats import format_of


def brief(language: Language = "en", key_message: str | None = None) -> CopyBrief:
    place = format_of("Meta Ads", "social")
    return CopyBrief("Cafe Alta", "Geisha 1931", "coffee lovers", place, language, key_message=key_message)


def broken(text: str, language: Language = "en", key_message: str | None = None) -> list[str]:
    return violations(brief(language, key_message), Variant("A headline", text, "Learn more", "benefit-led"))


def test_copy_that_states_what_the_brief_states_may_be_used() -> None:
    assert broken("Geisha 1931, tasted at last.") == []
    assert broken("20% off until Friday.", key_message="20% off until Friday") == []


@pytest.mark.parametrize(
    ("text", "language", "claim"),
    [
        ("From 12 dollars.", "en", "figure 12"),
        ("Only $ today.", "en", "claim '$'"),
        ("The best coffee.", "en", "claim 'best'"),
        ("Envío gratis.", "es", "claim 'gratis'"),
        ("Última oportunidad.", "es", "claim 'ultima oportunidad'"),
        ("El mejor café.", "es", "claim 'el mejor'"),
        ("Con garantía.", "es", "claim 'garantia'"),
    ],
)
def test_figures_offers_and_superlatives_of_its_own_are_named(text: str, language: Language, claim: str) -> None:
    assert broken(text, language) == [f"{claim} is not in the brief"]


def test_words_that_only_look_like_an_offer_in_another_language_are_fine() -> None:
    assert broken("Sale del tostador hoy, cada vez mejor.", "es") == []


def test_a_variant_must_fill_its_format() -> None:
    found = violations(brief(), Variant(None, " ", "", "benefit-led"))

    assert found == ["headline is missing", "body is blank", "call_to_action must have 1 to 30 characters"]


def test_a_text_message_must_say_how_to_leave() -> None:
    asked = CopyBrief("Cafe Alta", "Geisha", "coffee lovers", format_of("Twilio", "sms"), "en")

    assert violations(asked, Variant("Hello", "Taste 咖啡", "Learn more", "benefit-led")) == [
        "headline must be null: the format has none",
        "body has characters outside the GSM 7-bit alphabet",
        "body must say how to opt out, with the word STOP",
    ]
