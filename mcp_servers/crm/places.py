"""Countries by the names people use, and the language spoken there. Pure."""

from functools import lru_cache
from typing import cast

from babel import Locale
from babel.languages import get_official_languages

from mcp_servers.crm.domain import Language


def _territories(language: Language) -> dict[str, str]:
    return cast("dict[str, str]", Locale(language).territories)  # pyright: ignore[reportUnknownMemberType]


@lru_cache
def _codes() -> dict[str, str]:
    """ISO 3166 alpha-2 code by code and by English and Spanish name, in lower case."""
    codes: dict[str, str] = {}
    for language in ("es", "en"):
        for code, name in _territories(language).items():
            if len(code) == 2 and code.isalpha():
                codes |= {code.lower(): code, name.lower(): code}
    return codes


def country_code(country: str) -> str | None:
    """The ISO 3166 alpha-2 code of a country; None for a name that is not known."""
    return _codes().get(country.strip().lower())


def country_name(country: str) -> str:
    """The English name for a code or an English or Spanish name; an unknown name stays as it is."""
    code = country_code(country)
    return _territories("en")[code] if code else country.strip()


@lru_cache(maxsize=512)
def language_of(country: str) -> Language:
    """The language to write to people of a country in: Spanish where it is official, otherwise English."""
    code = country_code(country)
    return "es" if code and "es" in get_official_languages(code, de_facto=True) else "en"
