"""Countries by the names people write: CLDR's in English and Spanish, and the model's own."""

from collections.abc import Mapping
from functools import cache
from typing import cast

from babel import Locale

from mcp_servers.analytics.domain.text import phrase

Extra = Mapping[str, tuple[str, ...]]
_NOT_COUNTRIES = frozenset({"ZZ", "EU", "EZ", "UN", "XA", "XB"})


@cache
def _territories() -> Mapping[str, tuple[tuple[str, ...], ...]]:
    """ISO 3166 code → the country's names."""
    english, spanish = (cast("Mapping[str, str]", Locale(language).territories) for language in ("en", "es"))
    codes = [code for code in english if len(code) == 2 and code.isalpha() and code not in _NOT_COUNTRIES]
    return {code: (phrase(english[code]), phrase(spanish.get(code, english[code]))) for code in codes}


@cache
def _codes() -> Mapping[tuple[str, ...], str]:
    return {name: code for code, names in _territories().items() for name in names}


def names_of(code: str, extra: Extra) -> list[tuple[str, ...]]:
    """Every name of a country, as folded words."""
    return [*_territories().get(code, ()), *(phrase(name) for name in extra.get(code, ()))]


def every_name(extra: Extra) -> dict[tuple[str, ...], str]:
    """Name of any country, as folded words → its ISO 3166 code."""
    return {**_codes(), **{phrase(name): code for code, names in extra.items() for name in names}}


def code_of(name: str, extra: Extra) -> str | None:
    """The ISO 3166 code of a country by any of its names, or by the code itself in capitals."""
    return name if is_code(name) else every_name(extra).get(phrase(name))


def is_code(text: str) -> bool:
    """Whether a text is an ISO 3166 code in capitals; in small letters many are words (`in`, `es`, `no`)."""
    return len(text) == 2 and text.isupper() and text in _territories()
