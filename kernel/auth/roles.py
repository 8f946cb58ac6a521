"""What each role may do, as scopes, and what a person's token can carry at each resource.

| scope | marketer | sales_agent | reviewer | viewer | admin |
|---|---|---|---|---|---|
| content:read | x | x | x | x | x |
| content:write | x | | | | x |
| ads:read | x | | x | x | x |
| ads:write | x | | | | x |
| crm:read | x | x | x | x | x |
| crm:write | x | x | | | x |
| analytics:read | x | x | x | x | x |
| hub:read | x | x | x | x | x |
| hub:write | x | | | | x |
| approvals:read | x | x | x | | x |
| approvals:decide | | | x | | x |
| actions:propose | x | x | | | x |
| identity:admin, privacy:admin | | | | | x |

`actions:execute` belongs to no role: only the executor, a service, can be given it.
"""

from collections.abc import Iterable, Mapping
from typing import Literal, get_args

from kernel.auth.principal import Role, Scope

ALL_SCOPES: frozenset[Scope] = frozenset(get_args(Scope))
EXECUTE: Scope = "actions:execute"
USER_SCOPES: frozenset[Scope] = ALL_SCOPES - {EXECUTE}

Resource = Literal["content", "ads", "crm", "analytics", "approvals", "hub", "orchestrator", "identity"]
"""Who accepts tokens; `identity` has the issuer itself as its audience."""
RESOURCES: tuple[Resource, ...] = get_args(Resource)
GATED_SERVERS: tuple[Resource, ...] = ("content", "ads", "crm")

RESOURCE_SCOPES: Mapping[Resource, frozenset[Scope]] = {
    "content": frozenset({"content:read", "content:write", "actions:propose", "approvals:read"}),
    "ads": frozenset({"ads:read", "ads:write", "actions:propose", "approvals:read"}),
    "crm": frozenset({"crm:read", "crm:write", "actions:propose", "approvals:read", "privacy:admin"}),
    "analytics": frozenset({"analytics:read"}),
    "approvals": frozenset({"approvals:read", "approvals:decide", "actions:propose"}),
    "hub": frozenset({"hub:read", "hub:write", "privacy:admin"}),
    "orchestrator": USER_SCOPES,
    "identity": frozenset({"identity:admin"}),
}
"""The scopes a person's own token can carry at each resource."""

_READ_EVERYTHING: frozenset[Scope] = frozenset({"content:read", "ads:read", "crm:read", "analytics:read", "hub:read"})

_WRITE_EVERYTHING: frozenset[Scope] = frozenset({"content:write", "ads:write", "crm:write", "hub:write"})
_SELL: frozenset[Scope] = frozenset({"content:read", "crm:read", "crm:write", "analytics:read", "hub:read"})
_PROPOSE: frozenset[Scope] = frozenset({"approvals:read", "actions:propose"})
_DECIDE: frozenset[Scope] = frozenset({"approvals:read", "approvals:decide"})

ROLE_SCOPES: Mapping[Role, frozenset[Scope]] = {
    "marketer": _READ_EVERYTHING | _WRITE_EVERYTHING | _PROPOSE,
    "sales_agent": _SELL | _PROPOSE,
    "reviewer": _READ_EVERYTHING | _DECIDE,
    "viewer": _READ_EVERYTHING,
    "admin": USER_SCOPES,
}


def scopes_of(roles: Iterable[Role]) -> frozenset[Scope]:
    """Every scope that at least one of the roles carries."""
    return frozenset[Scope]().union(*(ROLE_SCOPES[role] for role in roles))
