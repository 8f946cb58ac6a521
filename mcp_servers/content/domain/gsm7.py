"""The GSM 7-bit alphabet (3GPP TS 23.038) of text messages: what it has, and how to write without what it lacks."""

import unicodedata

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")
_PLAIN = str.maketrans(
    {
        "‘": "'",
        "’": "'",
        "‚": "'",
        "“": '"',
        "”": '"',
        "„": '"',
        "«": '"',
        "»": '"',
        "–": "-",
        "—": "-",
        "…": "...",
        "•": "-",
        "·": "-",
        "\u00a0": " ",
        "\u202f": " ",
        "\t": " ",
    }
)


def septets(text: str) -> int | None:
    """How many 7-bit units a text takes (160 fit into one message), or None when it needs another alphabet."""
    total = 0
    for character in text:
        if character in _BASIC:
            total += 1
        elif character in _EXTENDED:
            total += 2
        else:
            return None
    return total


def to_gsm7(text: str) -> str | None:
    """The text with typographic marks and missing accents replaced (`á` → `a`), or None when letters would be lost."""
    out: list[str] = []
    for character in text.translate(_PLAIN):
        if character in _BASIC or character in _EXTENDED:
            out.append(character)
            continue
        base = unicodedata.normalize("NFD", character)[0]
        if base == character or base not in _BASIC:
            return None
        out.append(base)
    return "".join(out)
