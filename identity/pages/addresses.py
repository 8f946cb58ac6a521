"""Addresses that pages show, allow and lead to, whoever they come from."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from kernel.errors import InvalidInput

Place = Literal["site", "computer", "app"]
_LONGEST_NAME = 80
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*")
_PORTS = {"http": 80, "https": 443}
_RETURNS = ("/oauth/authorize", "/account")
_ACCOUNT = "/account"


class AddressUnusable(InvalidInput):
    """A redirect address that a browser could not be sent to."""

    def __init__(self) -> None:
        super().__init__("The redirect address is none that a browser can be sent to.", field="redirect_uri")


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a browser is sent with an answer: a site's host, this computer, or the app of a scheme."""

    place: Place
    name: str
    """The host (with a port that is not the scheme's), or the scheme."""
    form_action: str
    """The source expression that lets a form lead there (CSP `form-action` holds for redirects too)."""


def destination(uri: str) -> Destination:
    """Where a redirect address leads; raises AddressUnusable."""
    try:
        parts = urlsplit(uri)
        host, port = (parts.hostname or "").lower(), parts.port
        host = host if host.isascii() else host.encode("idna").decode()
    except ValueError as error:
        raise AddressUnusable from error
    scheme = parts.scheme.lower()
    if scheme not in _PORTS:
        if not _SCHEME.fullmatch(scheme):
            raise AddressUnusable
        return Destination("app", scheme, f"{scheme}:")
    shown_port = f":{port}" if port and port != _PORTS[scheme] else ""
    if host == "::1":  # CSP has no way to write an IPv6 address
        return Destination("computer", f"[::1]{shown_port}", f"{scheme}:")
    if not _HOST.fullmatch(host):
        raise AddressUnusable
    place: Place = "computer" if host in {"127.0.0.1", "localhost"} else "site"
    return Destination(place, f"{host}{shown_port}", f"{scheme}://{host}{shown_port}")


def local_return(path: str) -> str:
    """A path of this server that signing in may lead to: an authorization request or the account page, else that."""
    if not path.isascii() or not path.isprintable() or "\\" in path or len(path) > 8192:
        return _ACCOUNT
    try:
        parts = urlsplit(path)
    except ValueError:
        return _ACCOUNT
    return path if not parts.scheme and not parts.netloc and parts.path in _RETURNS else _ACCOUNT


def shown_name(name: str) -> str:
    """A name from outside, on one line: characters that are invisible or turn the writing around are spelled out."""
    shown = "".join(_visible(character) for character in " ".join(name.split()))
    return shown if len(shown) <= _LONGEST_NAME else f"{shown[:_LONGEST_NAME]}…"


def _visible(character: str) -> str:
    category = unicodedata.category(character)
    if character == " " or category[0] in "LNPSM":
        return character
    return f"‹U+{ord(character):04X}›"
