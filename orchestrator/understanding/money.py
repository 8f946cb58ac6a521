"""Amounts of money in Spanish and English text."""

import re
from dataclasses import dataclass
from decimal import Decimal

from orchestrator.understanding.numbers import NUMBER, number
from orchestrator.understanding.text import Found, alternatives, fold, free

_SYMBOLS = {
    "us$": "USD", "u$s": "USD", "mx$": "MXN", "r$": "BRL", "s/": "PEN", "$": "USD", "€": "EUR", "£": "GBP",
    "₡": "CRC", "¥": "JPY",
}  # fmt: skip
_CODES = frozenset(
    re.findall(
        r"\w+",
        """
    USD EUR GBP CRC MXN COP ARS CLP PEN BRL UYU PYG BOB DOP GTQ HNL NIO PAB CAD AUD CHF JPY CNY INR NZD SEK
    NOK DKK PLN
    """,
    )
)
_ALSO_WORDS = frozenset({"PEN", "BOB", "NOK"})  # only read as codes in capitals
_NAMES = {
    r"pesos? mexicanos?|mexican pesos?": "MXN",
    r"pesos? colombianos?|colombian pesos?": "COP",
    r"pesos? argentinos?|argentin(?:e|ian) pesos?": "ARS",
    r"pesos? chilenos?|chilean pesos?": "CLP",
    r"dolar(?:es)? canadienses?|canadian dollars?": "CAD",
    r"dolar(?:es)?(?: (?:americanos|estadounidenses))?|(?:us )?dollars?|bucks": "USD",
    r"euros?": "EUR",
    r"colon(?:es)?(?: costarricenses)?": "CRC",
    r"libras?(?: esterlinas)?|pounds?(?: sterling)?": "GBP",
    r"reales|reais": "BRL",
    r"soles": "PEN",
    r"quetzal(?:es)?": "GTQ",
    r"lempiras?": "HNL",
    r"cordobas?": "NIO",
    r"balboas?": "PAB",
    r"pesos?": "",
}
PESO_OF = {"MX": "MXN", "CO": "COP", "AR": "ARS", "CL": "CLP", "UY": "UYU", "DO": "DOP"}
"""The peso of a country, for `pesos` said of one country alone."""

_SIGN = r"(?P<sign>(?<![\w\d])-|\b(?:menos|minus|negative|negativo) )?"
_CODE = rf"\b(?:{alternatives(code.lower() for code in _CODES)})\b"
_BEFORE = rf"(?:{alternatives(_SYMBOLS)}|{_CODE})"
_AFTER = rf"(?:{_CODE}|\b(?:{'|'.join(_NAMES)})\b|[$€£₡])"
CURRENCY = rf"(?:{_BEFORE}|{_AFTER})"
"""Matches one currency in folded text: a symbol, a code or a name."""
_LEADING = re.compile(
    rf"{_SIGN}(?P<before>{_BEFORE}) ?(?P<inner>-)?(?P<number>{NUMBER})(?: ?(?P<after>{_AFTER}))?(?!\w)"
)
_TRAILING = re.compile(rf"{_SIGN}(?P<number>{NUMBER}) ?(?:de |of )?(?P<after>{_AFTER})(?!\w)")
_BARE = re.compile(
    r"\b(?:presupuesto|budget|inversion|invertir|gastar|spend|invest)\b[^\d\n.;$€£₡-]{0,40}?"
    rf"{_SIGN}(?P<number>{NUMBER})(?! ?%)"
)
_RANGE = re.compile(rf"(?P<number>{NUMBER}) ?(?:-|a|to|o|or) ?$|\b(?:entre|between) (?P<least>{NUMBER}) (?:y|and) $")


@dataclass(frozen=True, slots=True)
class Mention:
    """An amount; the currency is None where none was said, or `pesos` of no country were."""

    amount: Decimal
    currency: str | None
    pesos: bool = False


def find_money(text: str) -> list[Found[Mention]]:
    """Every amount with a currency, in the order said."""
    folded = fold(text)
    found: list[Found[Mention]] = []
    for pattern in (_LEADING, _TRAILING):
        for match in pattern.finditer(folded):
            span, mention = match.span(), _mention(match, text)
            if mention and free(span, (item.span for item in found)):
                found += [*_lower_end(folded[: span[0]], mention), Found(mention, span)]
    return sorted(found, key=lambda item: item.span)


def find_bare(text: str) -> list[Found[Mention]]:
    """Numbers without a currency that follow a word for budget."""
    return [
        Found(_mention(match, text) or Mention(number(match["number"]), None), _from_number(match))
        for match in _BARE.finditer(fold(text))
    ]


def _from_number(match: re.Match[str]) -> tuple[int, int]:
    return (match.start("sign") if match["sign"] else match.start("number"), match.end("number"))


def _lower_end(before: str, upper: Mention) -> list[Found[Mention]]:
    """The other amount of `10000-12000 USD`: two amounts, so that nobody picks one of them silently."""
    match = _RANGE.search(before)
    if match is None:
        return []
    name = "number" if match["number"] else "least"
    return [Found(Mention(number(match[name]), upper.currency, upper.pesos), match.span(name))]


def _mention(match: re.Match[str], text: str) -> Mention | None:
    groups = match.groupdict()
    amount = number(match["number"])
    if groups["sign"] or groups.get("inner"):
        amount = -amount
    said = [match.span(name) for name in ("after", "before") if groups.get(name)]
    codes = [currency_named(text[start:end]) for start, end in said]
    if any(code is None for code in codes):
        return None
    currency = next((code for code in codes if code), None)
    return Mention(amount, currency, pesos=bool(codes) and not currency)


def currency_named(said: str) -> str | None:
    """The code of what was said, an empty string for pesos of no country, None where it is another word."""
    folded = fold(said)
    if folded in _SYMBOLS:
        return _SYMBOLS[folded]
    if folded.upper() in _CODES:
        return None if folded.upper() in _ALSO_WORDS and not said.isupper() else folded.upper()
    return next(code for pattern, code in _NAMES.items() if re.fullmatch(pattern, folded))
