"""Opaque secrets that name their tenant in clear: `<kind>_<tenant>.<43 url-safe characters of 256 random bits>`.

The tenant says in whose transaction to look; only the SHA-256 of the whole text is ever stored.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass
from typing import Literal

Kind = Literal["psc", "psr", "pss", "psi"]
CODE: Kind = "psc"
REFRESH_TOKEN: Kind = "psr"  # noqa: S105 - a kind's name
BROWSER_SESSION: Kind = "pss"
INVITATION: Kind = "psi"

_FORM = re.compile(r"(?P<kind>ps[crsi])_(?P<tenant>[a-z0-9][a-z0-9-]{0,62})\.[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class OpaqueSecret:
    """Where to look a secret up. That it has the right form says nothing about whether it was ever issued."""

    tenant: str
    secret_hash: bytes
    """32 bytes."""


def make(kind: Kind, tenant: str) -> str:
    """A new secret of a kind for a tenant."""
    return f"{kind}_{tenant}.{secrets.token_urlsafe(32)}"


def read(kind: Kind, text: str) -> OpaqueSecret | None:
    """Where to look up a secret of that kind; None for a text of another form or kind."""
    found = _FORM.fullmatch(text)
    if found is None or found["kind"] != kind:
        return None
    return OpaqueSecret(found["tenant"], hashlib.sha256(text.encode()).digest())
