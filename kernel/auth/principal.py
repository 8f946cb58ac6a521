"""The caller, as a verified token describes it. Nothing here ever comes from an argument."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from kernel.errors import Forbidden

Scope = Literal[
    "content:read",
    "content:write",
    "ads:read",
    "ads:write",
    "crm:read",
    "crm:write",
    "analytics:read",
    "hub:read",
    "hub:write",
    "approvals:read",
    "approvals:decide",
    "actions:propose",
    "actions:execute",
    "identity:admin",
    "privacy:admin",
]
Role = Literal["marketer", "sales_agent", "reviewer", "viewer", "admin"]


class InsufficientScope(Forbidden):
    """The token is valid and lacks a scope."""

    def __init__(self, *scopes: str) -> None:
        scope = " ".join(sorted(scopes))
        super().__init__(f"This needs the scope {scope}.", field="scope", fix="Use a token of a role that has it.")
        self.scope = scope


@dataclass(frozen=True, slots=True)
class Principal:
    subject: str
    tenant: str
    """Empty for a service acting for no tenant, such as the executor."""
    scopes: frozenset[str]
    roles: tuple[str, ...]
    client_id: str
    actors: tuple[str, ...]
    """Who acts for the subject, outermost first: `("ads", "agent-ads")`."""
    token_id: str
    expires_at: datetime
    token: str = field(repr=False)
    """The bearer token itself: only ever presented to the authorization server, in an exchange."""
    session: str = ""
    """The sign-in the token comes from (`sid`); empty when there was none."""
    issuer: str = ""
    """Who signed the token."""

    def require(self, scope: Scope) -> None:
        """Raise InsufficientScope unless the token has the scope."""
        if scope not in self.scopes:
            raise InsufficientScope(scope)
