"""What an audience has in common, as a theme to write about. Copy speaks to the interest, never of age, sex or means:
ad platforms do not accept text that asserts personal attributes."""

import re
from typing import Literal

from mcp_servers.content.domain.text import fold

Theme = Literal[
    "everyone",
    "professionals",
    "students",
    "families",
    "business",
    "sport",
    "travel",
    "technology",
    "home",
    "food",
    "style",
    "wellbeing",
]
PLURAL: frozenset[Theme] = frozenset({"families", "business"})
"""Themes whose readers are addressed as several people."""

_WORDS: tuple[tuple[Theme, str], ...] = (  # interests before roles: they say more
    (
        "sport",
        r"fit|fitness|gym|gimnasio|sports?|deport\w*|runn\w+|correr|corredor\w*|athlet\w*|atlet\w*|cicl\w+|bik\w+",
    ),
    ("travel", r"travel\w*|viaj\w+|touris\w+|turis\w+|holiday\w*|vacacion\w*|aventur\w+|adventur\w+|beach\w*|playa\w*"),
    ("technology", r"tech\w*|tecn\w+|gam(?:er|ing)\w*|gadget\w*|developer\w*|desarrollador\w*|digital\w*|audio\w*"),
    (
        "food",
        r"food\w*|coffee|cafe\w*|barista\w*|cocin\w+|cook\w*|chef\w*|gastr\w+|comida\w*|restaurant\w*|restaurante\w*",
    ),
    (
        "style",
        r"fashion\w*|moda|style\w*|estilo\w*|beauty|belleza|maquillaje|makeup|ropa|shoes|zapat\w+|jewel\w*|joya\w*",
    ),
    ("wellbeing", r"health\w*|salud\w*|wellness|bienestar|yoga|mindful\w*|organic\w*|sleep|spa|skin\s?care"),
    ("home", r"homeowners?|home|hogar\w*|casas?|decor\w*|garden\w*|jardin\w*|furniture|muebles?|pets?|mascotas?"),
    (
        "business",
        r"business\w*|negoci\w+|empres\w+|emprend\w+|entrepreneur\w*|smbs?|smes?|pymes?|b2b|compan\w+|startup\w*",
    ),
    ("families", r"famil\w+|parent\w*|padres|madres|mothers?|moms?|kids|children|ninos|ninas|hijos"),
    ("students", r"student\w*|estudiant\w+|universit\w*|college|campus|teen\w*|adolescent\w*|gen z|generacion z"),
    (
        "professionals",
        r"profes\w+|executive\w*|ejecutiv\w+|manager\w*|gerent\w+|worker\w*|trabajador\w*|office|oficina",
    ),
)
_PATTERNS: tuple[tuple[Theme, re.Pattern[str]], ...] = tuple(
    (theme, re.compile(rf"\b(?:{words})\b")) for theme, words in _WORDS
)


def theme_of(audience: str) -> Theme:
    """The theme an audience's description points to, in English or Spanish; `everyone` when it names none."""
    folded = fold(audience)
    for theme, pattern in _PATTERNS:
        if pattern.search(folded):
            return theme
    return "everyone"
