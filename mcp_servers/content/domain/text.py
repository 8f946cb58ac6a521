"""Text as it is kept: composed Unicode, no characters that hide or reorder what a reviewer sees."""

import unicodedata

from mcp_servers.content.errors import HiddenCharacters

_SEEN = frozenset("\n\t\u200d")
"""Line ends, tabs, and the joiner inside emoji."""
_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def clean(text: str, field: str) -> str:
    """Trimmed NFC text with `\\n` line ends. Raises HiddenCharacters naming `field`."""
    tidy = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    for character in tidy:
        if is_hidden(character):
            raise HiddenCharacters(
                f"{field} has the invisible character U+{ord(character):04X}.", field=field, fix="Remove it."
            )
    return tidy


def clean_optional(text: str | None, field: str) -> str | None:
    """Like `clean_line`; nothing and blank text are both None."""
    return (clean_line(text, field) or None) if text else None


def clean_line(text: str, field: str) -> str:
    """Like `clean`, with every run of white space as one space."""
    return " ".join(clean(text, field).split())


def is_hidden(character: str) -> bool:
    """Whether a character can hide or reorder text."""
    return character not in _SEEN and unicodedata.category(character) in _HIDDEN_CATEGORIES


def fold(text: str) -> str:
    """Lower case without accents, for comparing words."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))
