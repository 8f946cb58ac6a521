"""A client: an application that asks for tokens, for itself or for a person who signs in."""

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from identity.domain import GrantType
from identity.repository import hash_of
from kernel.auth.principal import Role, Scope
from kernel.auth.roles import Resource

Source = Literal["built-in", "registered", "dynamic", "document"]

_LOOPBACK = re.compile(r"(http://(?:127\.0\.0\.1|\[::1\]|localhost))(?::[0-9]{1,5})?((?:[/?].*)?)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Machine:
    """For whom a client acts when nobody is there: a tenant, with roles that decide nothing."""

    tenant: str
    roles: tuple[Role, ...]


@dataclass(frozen=True, slots=True)
class Client:
    """Who asks, how it proves that, where a person's browser may be sent back to, and what it may reach."""

    client_id: str
    name: str
    """Shown on the consent page."""
    source: Source
    redirect_uris: tuple[str, ...]
    grants: frozenset[GrantType]
    reaches: Mapping[Resource, frozenset[Scope]]
    """The resources it may ask tokens for, with the widest scope at each."""
    serves: Resource | None
    """The resource whose tokens it receives, and so the only audience it may present in an exchange."""
    first_party: bool
    """No consent page: the application is PromptSales itself."""
    secret_hash: bytes | None
    public_keys: Mapping[str, Any] | None
    machine: Machine | None = None
    """Set for a client that acts unattended, by client credentials, in one tenant."""

    @property
    def public(self) -> bool:
        """It has neither secret nor keys: it authenticates with `none`, and PKCE alone binds its codes."""
        return self.secret_hash is None and self.public_keys is None

    def accepts(self, secret: str) -> bool:
        """Whether this is the client's secret, compared in constant time."""
        return self.secret_hash is not None and hmac.compare_digest(self.secret_hash, hash_of(secret))

    def allows_redirect(self, uri: str) -> bool:
        """Whether it registered exactly this address; at http on loopback any port may stand (RFC 8252 section 7.3)."""
        if uri in self.redirect_uris:
            return True
        asked = _without_port(uri)
        return asked is not None and any(asked == _without_port(known) for known in self.redirect_uris)


def _without_port(uri: str) -> tuple[str, str] | None:
    """Origin and rest of an http address on loopback, None for any other."""
    found = _LOOPBACK.fullmatch(uri)
    return (found[1], found[2]) if found else None
