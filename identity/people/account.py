"""What the people pages know about a person. Times are seconds since the epoch."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Language = Literal["en", "es"]


@dataclass(frozen=True, slots=True)
class Account:
    """A person in one organization."""

    tenant: str
    subject: str


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who a browser is signed in as."""

    tenant: str
    subject: str
    display_name: str
    email: str
    language: Language
    signed_in_at: int
    session_hash: bytes
    """What the session is stored under: the hash of the cookie's secret."""
    organization: str
    """The tenant's name."""


@dataclass(frozen=True, slots=True)
class Connected:
    """An application that a person let act for them."""

    family_id: str
    client_name: str
    resources: Sequence[str]
    scopes: Sequence[str]
    since: int
