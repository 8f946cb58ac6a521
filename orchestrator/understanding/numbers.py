"""Numbers as people write them: 12000, 12,000.50, 12.000,50, 12 000, 12k, 12 mil, 1.5 million, doce mil."""

import re
from decimal import Decimal

from orchestrator.understanding.text import alternatives

_SCALES = {
    "k": 1_000, "mil": 1_000, "thousand": 1_000, "miles": 1_000,
    "m": 1_000_000, "mm": 1_000_000, "millon": 1_000_000, "millones": 1_000_000,
    "million": 1_000_000, "millions": 1_000_000,
}  # fmt: skip
_UNITS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60,
    "seventy": 70, "eighty": 80, "ninety": 90, "uno": 1, "un": 1, "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5,
    "seis": 6, "siete": 7, "ocho": 8, "nueve": 9, "diez": 10, "once": 11, "doce": 12, "quince": 15, "veinte": 20,
    "veinticinco": 25, "treinta": 30, "cuarenta": 40, "cincuenta": 50, "sesenta": 60, "setenta": 70, "ochenta": 80,
    "noventa": 90, "cien": 100, "ciento": 100, "doscientos": 200, "doscientas": 200, "trescientos": 300,
    "trescientas": 300, "cuatrocientos": 400, "cuatrocientas": 400, "quinientos": 500, "quinientas": 500,
    "seiscientos": 600, "seiscientas": 600, "setecientos": 700, "setecientas": 700, "ochocientos": 800,
    "ochocientas": 800, "novecientos": 900, "novecientas": 900,
}  # fmt: skip
_WORD_SCALES = {"mil": 1_000, "thousand": 1_000, "millon": 1_000_000, "millones": 1_000_000, "million": 1_000_000}

_DIGITS = r"\d{1,3}(?:[.,' ]\d{3})+(?:[.,]\d{1,2})?(?![\d.,]*\d)|\d+(?:[.,]\d+)?(?![\d.,]*\d)"
_SCALE = rf"(?: ?(?:{alternatives(_SCALES)})\b)?"
_WORD = rf"(?:{alternatives([*_UNITS, *_WORD_SCALES, 'hundred'])})"
_WORDS = rf"\b{_WORD}(?:(?: | y | and |-){_WORD}){{0,8}}\b"

NUMBER = rf"(?:(?<![\w.,])(?:{_DIGITS}){_SCALE}|{_WORDS})"
"""Matches one number in folded text; give what it matched to `number`."""


def number(text: str) -> Decimal:
    """The value of a text that NUMBER matched."""
    if not text[0].isdigit():
        return Decimal(_words(text))
    match = re.fullmatch(rf"({_DIGITS}) ?([a-z]*)", text)
    if match is None:
        raise ValueError(f"{text!r} is not a number")
    return _digits(match[1]) * _SCALES.get(match[2], 1)


def _digits(text: str) -> Decimal:
    """A lone separator before exactly three digits groups thousands; any other last separator is the decimal one."""
    compact = text.replace(" ", "").replace("'", "")
    separators = [character for character in compact if character in ".,"]
    if not separators:
        return Decimal(compact)
    last = separators[-1]
    head, _, tail = compact.rpartition(last)
    grouped = len(tail) == 3 and set(separators) == {last} and 1 <= len(re.split(r"[.,]", head)[0].lstrip("0")) <= 3
    if grouped:
        return Decimal(re.sub(r"[.,]", "", compact))
    return Decimal(f"{re.sub(r'[.,]', '', head)}.{tail}")


def _words(text: str) -> int:
    total = current = 0
    for word in re.findall(r"[a-z]+", text):
        if word == "hundred":
            current = max(current, 1) * 100
        elif word in _WORD_SCALES:
            total += max(current, 1) * _WORD_SCALES[word]
            current = 0
        else:
            current += _UNITS.get(word, 0)
    return total + current
