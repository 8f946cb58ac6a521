"""What copy is asked for, what comes back, and the rules that hold whoever writes it."""

import re
from dataclasses import dataclass
from typing import Literal

from mcp_servers.content.domain.asset import Author, Language
from mcp_servers.content.domain.countries import Country
from mcp_servers.content.domain.formats import CALL_TO_ACTION_MOST, Format
from mcp_servers.content.domain.text import fold, is_hidden

Tone = Literal["professional", "friendly", "bold", "playful", "inspiring"]
Framework = Literal[
    "attention-interest-desire-action",
    "problem-agitation-solution",
    "before-after-bridge",
    "features-advantages-benefits",
    "benefit-led",
]

_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")
_OFFERS: dict[Language, re.Pattern[str]] = {
    "en": re.compile(
        r"\b(?:free|discounts?|sale|percent off|coupon|refund|guaranteed?|best|cheapest|lowest|proven|certified"
        r"|award\w*|number one|limited time|last chance|only today|hurry)\b|[%$€£₡]"
    ),
    "es": re.compile(
        r"\b(?:gratis|gratuit[oa]s?|descuentos?|ofertas?|rebajas?|cupon(?:es)?|reembolsos?|garantizad[oa]s?|garantias?"
        r"|(?:el|la|los|las) mejor(?:es)?|numero uno|mas barat[oa]s?|comprobad[oa]s?|certificad[oa]s?|premiad[oa]s?"
        r"|tiempo limitado|ultima oportunidad|solo hoy)\b|[%$€£₡]"
    ),
}


@dataclass(frozen=True, slots=True)
class CopyBrief:
    client: str
    product: str
    audience: str
    place: Format
    language: Language
    country: Country | None = None
    key_message: str | None = None
    """Said word for word, or not at all."""
    tone: Tone | None = None
    call_to_action: str | None = None
    count: int = 3

    @property
    def locale(self) -> str:
        return self.country.locale(self.language) if self.country else self.language

    @property
    def facts(self) -> str:
        """Everything the brief states as true: the only source of figures and offers."""
        return " ".join(filter(None, (self.client, self.product, self.key_message, self.call_to_action)))


@dataclass(frozen=True, slots=True)
class Variant:
    headline: str | None
    body: str
    call_to_action: str
    framework: Framework


@dataclass(frozen=True, slots=True)
class Copy:
    engine: Author
    variants: tuple[Variant, ...]
    warnings: tuple[str, ...] = ()
    """What of the brief could not be honoured."""


def violations(brief: CopyBrief, variant: Variant) -> list[str]:
    """Every rule a variant breaks, in words its writer can act on; empty when it can be used."""
    return [*_length_violations(brief.place, variant), *_claim_violations(brief, variant)]


def _length_violations(place: Format, variant: Variant) -> list[str]:
    found: list[str] = []
    if place.headline is None and variant.headline is not None:
        found.append("headline must be null: the format has none")
    if place.headline and not variant.headline:
        found.append("headline is missing")
    if variant.headline and "\n" in variant.headline:
        found.append("headline must be one line")
    if place.headline and variant.headline and not place.shows_headline(variant.headline):
        found.append(f"headline has {len(variant.headline)} characters, at most {place.headline.shown} fit")
    if not variant.body.strip():
        found.append("body is blank")
    length = place.length(variant.body)
    if length is None:
        found.append("body has characters outside the GSM 7-bit alphabet")
    elif length > place.body.shown:
        found.append(f"body has {length} {place.unit}, at most {place.body.shown} fit")
    if not 0 < len(variant.call_to_action) <= CALL_TO_ACTION_MOST:
        found.append(f"call_to_action must have 1 to {CALL_TO_ACTION_MOST} characters")
    if place.channel == "sms" and "STOP" not in variant.body:
        found.append("body must say how to opt out, with the word STOP")
    return found


def _claim_violations(brief: CopyBrief, variant: Variant) -> list[str]:
    words = " ".join(filter(None, (variant.headline, variant.body, variant.call_to_action)))
    found: list[str] = []
    if any(is_hidden(character) for character in words):
        found.append("text has invisible characters")
    known = set(_FIGURE.findall(brief.facts))
    found += [f"figure {figure} is not in the brief" for figure in _FIGURE.findall(words) if figure not in known]
    stated = fold(brief.facts)
    claims = _OFFERS[brief.language].findall(fold(words))
    found += [f"claim {claim!r} is not in the brief" for claim in claims if claim not in stated]
    return list(dict.fromkeys(found))
