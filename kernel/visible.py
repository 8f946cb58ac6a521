"""Characters that nobody sees but that change what is seen or done, and text in which they can be seen.

Bidirectional controls turn text around, invisible characters hide in it, control characters command a terminal.
Emoji and the scripts that need joiners keep theirs.
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import Any, Literal, cast

from kernel.lookalikes import disguised

HiddenKind = Literal["bidi", "tag", "control", "private_use", "invisible"]

_BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_BIDI_MARKS = frozenset("\u200e\u200f\u061c")
_JOINERS = frozenset("\u200c\u200d")
_PRINTABLE_BUT_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_PRESENTATION = frozenset("\ufe0e\ufe0f")
_KEYCAP = "\u20e3"
_TAKES_PRESENTATION = frozenset("‼⁉ℹ〰〽")
_FLAG = re.compile("\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f")
"""The flag of a part of a country, such as Scotland's."""
_LAYOUT = frozenset("\n\t")
_PERHAPS = re.compile(r"[^\x20-\x7e\n\t\u00a1-\u00ac\u00ae-\u02ff]")
"""All but ASCII and the letters and signs of Western Europe."""
_VIRAMA = 9


def hidden(text: str) -> list[tuple[int, HiddenKind]]:
    """Where a text has characters that nobody sees, and what kind they are; line breaks and tabs are none."""
    if text.isascii() and text.isprintable():
        return []
    flags = {place for flag in _FLAG.finditer(text) for place in range(*flag.span())}
    marks_belong = any(mark in text for mark in _BIDI_MARKS) and _is_right_to_left(text)
    found: list[tuple[int, HiddenKind]] = []
    for at in (place.start() for place in _PERHAPS.finditer(text)):
        kind = _kind(text, at)
        if kind and at not in flags and not (marks_belong and text[at] in _BIDI_MARKS):
            found.append((at, kind))
    return found


def visible(text: str, *, one_line: bool = False) -> str:
    """The text with hidden characters and letters in disguise written as ‹U+202E›; in one line, breaks and tabs too."""
    if text.isascii() and text.isprintable():
        return text
    places = {at for at, _ in hidden(text)} | set(disguised(text))
    if one_line:
        places |= {at for at, character in enumerate(text) if character in _LAYOUT or character == "\r"}
    return marked(text, places)


def visible_document(value: Any) -> Any:
    """A JSON document with every text in it, keys included, made visible."""
    match value:
        case str():
            return visible(value)
        case dict():
            return {visible(key): visible_document(item) for key, item in cast("dict[str, Any]", value).items()}
        case list():
            return [visible_document(item) for item in cast("list[Any]", value)]
        case _:
            return value


def tame(piece: str) -> str:
    """A piece of a longer text without power over a terminal or over the direction of writing."""
    if piece.isprintable():
        return piece
    return marked(piece, [at for at, letter in enumerate(piece) if _is_control(piece, at) or letter in _BIDI_CONTROLS])


def marked(text: str, places: Iterable[int]) -> str:
    """The text with the characters at these places written as their code points."""
    chosen = set(places)
    return "".join(f"‹{code_point(character)}›" if at in chosen else character for at, character in enumerate(text))


def code_point(character: str) -> str:
    return f"U+{ord(character):04X}"


def _kind(text: str, at: int) -> HiddenKind | None:
    character = text[at]
    if character.isascii():
        return "control" if _is_control(text, at) else None
    if character in _BIDI_CONTROLS or character in _BIDI_MARKS:
        return "bidi"
    if 0xE0000 <= ord(character) <= 0xE007F:
        return "tag"
    category = unicodedata.category(character)
    if category in ("Cc", "Zl", "Zp"):
        return "control"
    if category == "Co":
        return "private_use"
    return "invisible" if _is_unseen(text, at, category) else None


def _is_unseen(text: str, at: int, category: str) -> bool:
    character, before, after = text[at], _before(text, at), text[at + 1 : at + 2]
    if character in _JOINERS:
        return not (_joins_emoji(text, at) or _joins_letters(before, after))
    if character in _PRESENTATION:
        return not (_is_symbol(before) or before in _TAKES_PRESENTATION or after == _KEYCAP)
    return category == "Cf" or character in _PRINTABLE_BUT_UNSEEN or _is_variation(character)


def _is_control(text: str, at: int) -> bool:
    """A carriage return belongs to the line feed after it."""
    character = text[at]
    if character in _LAYOUT or text[at : at + 2] == "\r\n":
        return False
    return unicodedata.category(character) == "Cc"


def _is_right_to_left(text: str) -> bool:
    return any(unicodedata.bidirectional(character) in ("R", "AL") and character.isalpha() for character in text)


def _joins_emoji(text: str, at: int) -> bool:
    """A joiner between two emoji; before it, the first may have its presentation and a colour of skin."""
    first = text[max(at - 2, 0) : at].rstrip("\ufe0f")
    return text[at] == "\u200d" and _is_symbol(first[-1:]) and _is_symbol(text[at + 1 : at + 2])


def _joins_letters(before: str, after: str) -> bool:
    """Persian keeps letters apart with one, and Indic scripts write conjuncts with one."""
    if not before or not after:
        return False
    arabic = unicodedata.bidirectional(before) == unicodedata.bidirectional(after) == "AL"
    return arabic or unicodedata.combining(before) == _VIRAMA


def _is_symbol(character: str) -> bool:
    """An emoji, or a sign such as ™ that can be shown as one; also those that this Unicode does not know yet."""
    if not character:
        return False
    return unicodedata.category(character) in ("So", "Sm", "Sk") or 0x1F000 <= ord(character) <= 0x1FBFF


def _is_variation(character: str) -> bool:
    return (
        0xFE00 <= ord(character) <= 0xFE0F or 0xE0100 <= ord(character) <= 0xE01EF or "\u180b" <= character <= "\u180f"
    )


def _before(text: str, at: int) -> str:
    return text[at - 1] if at else ""
