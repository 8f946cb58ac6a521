"""Folding text so that accents, case and typographic marks do not matter, position by position."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
Span = tuple[int, int]

_MARKS = str.maketrans(
    {"–": "-", "—": "-", "−": "-", "‐": "-", "‑": "-", "’": "'", "‘": "'", "“": '"', "”": '"', "«": '"', "»": '"'}
)


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """A value and where in the text it was said."""

    value: T
    span: Span


def tidy(text: str) -> str:
    """NFC, plain dashes, quotes and spaces: the text every parser here reads."""
    composed = unicodedata.normalize("NFC", text).translate(_MARKS)
    return re.sub(r"[^\S\n]", " ", composed).strip()


def fold(text: str) -> str:
    """Lower case without accents, of the same length as `text`, so that spans hold in both."""
    return "".join(unicodedata.normalize("NFD", character)[0].lower()[:1] for character in text)


def key(text: str) -> str:
    """What two names have in common when only accents, case, spacing or punctuation differ."""
    return " ".join(re.findall(r"\w+", fold(tidy(text))))


def blank(text: str, spans: Iterable[Span]) -> str:
    """The text with some spans taken out, everything else at its place; `·` stops phrases from running across."""
    for start, end in spans:
        text = text[:start] + "·" * (end - start) + text[end:]
    return text


def alternatives(names: Iterable[str]) -> str:
    """A regular expression for any of the names, the longest first."""
    return "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))


def free(span: Span, taken: Iterable[Span]) -> bool:
    """Whether a span touches none of those already taken."""
    return all(span[1] <= start or end <= span[0] for start, end in taken)
