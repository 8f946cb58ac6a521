"""E-mail addresses, people's names and time zones as they are stored; what cannot be stored is refused by field."""

import re
import unicodedata
from functools import cache
from zoneinfo import available_timezones

from kernel.errors import InvalidInput

_ADDRESS = re.compile(r"[!-?A-~]+@[!-?A-~]+")
_MAX_ADDRESS = 254
_MAX_NAME = 100
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


class NotAnAddress(InvalidInput):
    """The text is no e-mail address."""


class NotAName(InvalidInput):
    """The text is empty, too long, or holds characters that nobody sees."""


class NotATimeZone(InvalidInput):
    """The text is no name of the IANA time zone database."""


def email_address(text: str) -> str:
    """An e-mail address in lower case; raises NotAnAddress."""
    address = text.strip().lower()
    if len(address) > _MAX_ADDRESS or not _ADDRESS.fullmatch(address):
        raise NotAnAddress("This is not an e-mail address.", field="email", fix="Write it like ana@example.com.")
    return address


def display_name(text: str) -> str:
    """A name as people see it, in composed characters (NFC); raises NotAName."""
    name = unicodedata.normalize("NFC", " ".join(text.split()))
    if not 0 < len(name) <= _MAX_NAME or any(unicodedata.category(character) in _HIDDEN for character in name):
        raise NotAName(
            f"A name has 1 to {_MAX_NAME} visible characters.", field="display_name", fix="Write it as people read it."
        )
    return name


def time_zone(text: str) -> str:
    """The name of a time zone; raises NotATimeZone."""
    if text not in _zones():
        raise NotATimeZone(
            "This is not a time zone.", field="time_zone", fix="Write it like America/Mexico_City or Europe/Madrid."
        )
    return text


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())
