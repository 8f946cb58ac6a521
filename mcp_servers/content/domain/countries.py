"""Countries by any of their names, and how each is addressed in Spanish."""

from dataclasses import dataclass
from functools import cache

from babel import Locale

from mcp_servers.content.domain.text import fold
from mcp_servers.content.errors import UnknownCountry

_VOSEO = frozenset({"AR", "CR", "NI", "PY", "UY"})
_ENGLISH = frozenset({"US", "GB", "CA", "AU", "NZ", "IE", "ZA", "IN", "SG", "JM"})
_SPANISH = frozenset(
    {"AR", "BO", "CL", "CO", "CR", "CU", "DO", "EC", "ES", "GQ", "GT", "HN", "MX", "NI", "PA", "PE", "PR", "PY", "SV"}
    | {"US", "UY", "VE"}
)
_ALSO_KNOWN_AS = {"usa": "US", "us": "US", "uk": "GB", "eeuu": "US", "ee. uu.": "US", "estados unidos de america": "US"}


@dataclass(frozen=True, slots=True)
class Country:
    code: str
    """ISO 3166-1 alpha-2."""
    name: str
    """English name."""

    @property
    def voseo(self) -> bool:
        """Whether advertising there says `vos` to one person it is on first-name terms with."""
        return self.code in _VOSEO

    @property
    def vosotros(self) -> bool:
        """Whether several people one is on first-name terms with are `vosotros`."""
        return self.code == "ES"

    def locale(self, language: str) -> str:
        """The language's tag there, e.g. `es-CR`; the bare language where it is not at home."""
        at_home = _SPANISH if language == "es" else _ENGLISH
        return f"{language}-{self.code}" if self.code in at_home else language


def country_of(text: str) -> Country:
    """A country by English or Spanish name or ISO code (alpha-2). Raises UnknownCountry."""
    code = _codes().get(fold(text.strip()))
    if code is None:
        raise UnknownCountry(
            f"{text!r} is not a country.", field="country", fix="Send an English name such as Costa Rica, or CR."
        )
    return Country(code, _names("en")[code])


@cache
def _names(language: str) -> dict[str, str]:
    territories: dict[str, str] = dict(Locale.parse(language).territories)
    return {code: name for code, name in territories.items() if len(code) == 2 and code.isalpha() and code != "ZZ"}


@cache
def _codes() -> dict[str, str]:
    named = {fold(name): code for language in ("es", "en") for code, name in _names(language).items()}
    return {**named, **{fold(code): code for code in _names("en")}, **_ALSO_KNOWN_AS}
