"""Which client gets which token: values in, a decision out.

A decision is the intersection of limits (the subject token, the user's roles, what the client may carry to the
resource). An explicit scope that any limit lacks is refused, never silently dropped; no scope means all that is left.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from identity.errors import GrantNotAllowed, ScopeTooWide, SubjectTokenInvalid, TargetRefused
from identity.roles import ALL_SCOPES, EXECUTE, USER_SCOPES, scopes_of
from kernel.auth.principal import Role, Scope

GrantType = Literal[
    "client_credentials",
    "urn:ietf:params:oauth:grant-type:token-exchange",
    "urn:ietf:params:oauth:grant-type:jwt-bearer",
]
CLIENT_CREDENTIALS: GrantType = "client_credentials"
TOKEN_EXCHANGE: GrantType = "urn:ietf:params:oauth:grant-type:token-exchange"  # noqa: S105 - a grant's name
JWT_BEARER: GrantType = "urn:ietf:params:oauth:grant-type:jwt-bearer"

Resource = Literal["content", "ads", "crm", "analytics", "approvals", "hub", "orchestrator"]
RESOURCES: tuple[Resource, ...] = get_args(Resource)
GATED_SERVERS: tuple[Resource, ...] = ("content", "ads", "crm")

SERVICE_SECONDS = 300
EXCHANGED_SECONDS = 300
USER_SECONDS = 3600
MAX_ACTORS = 8
"""Longest delegation chain; resource servers read no further."""

RESOURCE_SCOPES: Mapping[Resource, frozenset[Scope]] = {
    "content": frozenset({"content:read", "content:write", "actions:propose", "approvals:read"}),
    "ads": frozenset({"ads:read", "ads:write", "actions:propose", "approvals:read"}),
    "crm": frozenset({"crm:read", "crm:write", "actions:propose", "approvals:read", "privacy:admin"}),
    "analytics": frozenset({"analytics:read"}),
    "approvals": frozenset({"approvals:read", "approvals:decide", "actions:propose"}),
    "hub": frozenset({"hub:read", "hub:write", "privacy:admin"}),
    "orchestrator": USER_SCOPES,
}
"""The scopes a person's own token can carry at each resource."""


@dataclass(frozen=True, slots=True)
class ClientPolicy:
    """What one client may ask for."""

    grants: frozenset[GrantType] = frozenset()
    serves: Resource | None = None
    """The resource whose tokens it receives, and so the only audience it may present in an exchange."""
    reaches: Mapping[Resource, frozenset[Scope]] = field(default_factory=dict[Resource, frozenset[Scope]])
    """The resources it may ask tokens for, with the widest scope at each."""


def _exchanger(serves: Resource, reaches: Mapping[Resource, frozenset[Scope]]) -> ClientPolicy:
    return ClientPolicy(frozenset({TOKEN_EXCHANGE}), serves, reaches)


def _agent(server: Resource) -> ClientPolicy:
    return _exchanger("orchestrator", {server: RESOURCE_SCOPES[server] - {"privacy:admin"}})


# Deciding is never delegated towards the queue: no client that acts for a person carries approvals:decide there.
_QUEUE: Mapping[Resource, frozenset[Scope]] = {"approvals": frozenset({"actions:propose", "approvals:read"})}

CLIENTS: Mapping[str, ClientPolicy] = {
    "cli": ClientPolicy(frozenset({JWT_BEARER}), None, RESOURCE_SCOPES),
    "orchestrator": _exchanger("orchestrator", {**_QUEUE, "hub": frozenset({"hub:read", "hub:write"})}),
    "agent-content": _agent("content"),
    "agent-ads": _agent("ads"),
    "agent-crm": _agent("crm"),
    "agent-analytics": _agent("analytics"),
    "content": _exchanger("content", _QUEUE),
    "ads": _exchanger("ads", _QUEUE),
    "crm": _exchanger("crm", _QUEUE),
    "analytics": _exchanger("analytics", _QUEUE),
    # Re-validating an edit: the queue shows the owning server that a decider asks.
    "approvals": _exchanger(
        "approvals", {server: frozenset({"approvals:read", "approvals:decide"}) for server in GATED_SERVERS}
    ),
    "executor": ClientPolicy(
        frozenset({CLIENT_CREDENTIALS}), None, {server: frozenset({EXECUTE}) for server in GATED_SERVERS}
    ),
    "hub": ClientPolicy(),  # calls nobody yet
}
KEYED_CLIENTS = frozenset(client for client, policy in CLIENTS.items() if JWT_BEARER in policy.grants)
"""Clients that prove themselves with a key instead of a secret."""


@dataclass(frozen=True, slots=True)
class User:
    """A person of a tenant."""

    tenant: str
    subject: str
    roles: tuple[Role, ...]


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """What every grant asks for; `scopes` None means all that is allowed."""

    client_id: str
    resource: Resource
    scopes: frozenset[Scope] | None = None


@dataclass(frozen=True, slots=True)
class SubjectToken:
    """A verified access token, presented for exchange."""

    subject: str
    tenant: str
    scopes: frozenset[str]
    actors: tuple[str, ...]
    """Outermost first."""
    expires_at: int


@dataclass(frozen=True, slots=True)
class Issue:
    """A token to be signed. Times are seconds since the epoch; `tenant` is None for a service acting for itself."""

    client_id: str
    resource: Resource
    subject: str
    scopes: frozenset[Scope]
    issued_at: int
    expires_at: int
    tenant: str | None = None
    roles: tuple[Role, ...] = ()
    actors: tuple[str, ...] = ()


def issue_to_client(request: TokenRequest, now: int) -> Issue:
    """A token for the client itself."""
    carried = _carried(request, CLIENT_CREDENTIALS)
    return Issue(
        client_id=request.client_id,
        resource=request.resource,
        subject=request.client_id,
        scopes=_narrowed(request, {_bound(request): carried}),
        issued_at=now,
        expires_at=now + SERVICE_SECONDS,
    )


def issue_to_user(request: TokenRequest, user: User, now: int) -> Issue:
    """A token for a person at a local command line."""
    carried = _carried(request, JWT_BEARER)
    limits = {f"roles of {user.subject}": scopes_of(user.roles), _bound(request): carried}
    return Issue(
        client_id=request.client_id,
        resource=request.resource,
        subject=user.subject,
        scopes=_narrowed(request, limits),
        issued_at=now,
        expires_at=now + USER_SECONDS,
        tenant=user.tenant,
        roles=user.roles,
    )


def issue_in_exchange(request: TokenRequest, token: SubjectToken, user: User, now: int) -> Issue:
    """A token for the same person at another resource, the client added to who acts for them."""
    carried = _carried(request, TOKEN_EXCHANGE)
    if len(token.actors) >= MAX_ACTORS:
        raise SubjectTokenInvalid(f"The token was already passed through {MAX_ACTORS} services.")
    limits: dict[str, frozenset[str]] = {
        "subject token": token.scopes,
        f"roles of {user.subject}": scopes_of(user.roles),
        _bound(request): carried,
    }
    return Issue(
        client_id=request.client_id,
        resource=request.resource,
        subject=user.subject,
        scopes=_narrowed(request, limits),
        issued_at=now,
        expires_at=min(now + EXCHANGED_SECONDS, token.expires_at),
        tenant=user.tenant,
        roles=user.roles,
        actors=(request.client_id, *token.actors),
    )


def policy_for(client_id: str, grant: str) -> ClientPolicy:
    """The policy of a client that may use a grant; raises GrantNotAllowed otherwise."""
    policy = CLIENTS.get(client_id, ClientPolicy())
    if grant not in policy.grants:
        raise GrantNotAllowed(f"Client {client_id} may not use the grant {grant}.", field="grant_type")
    return policy


def _carried(request: TokenRequest, grant: GrantType) -> frozenset[Scope]:
    reaches = policy_for(request.client_id, grant).reaches
    if request.resource not in reaches:
        raise TargetRefused(
            f"Client {request.client_id} may not ask for tokens for {request.resource}.",
            field="resource",
            fix=f"It reaches: {', '.join(sorted(reaches))}.",
        )
    return reaches[request.resource]


def _bound(request: TokenRequest) -> str:
    return f"client {request.client_id} at {request.resource}"


def _narrowed(request: TokenRequest, limits: Mapping[str, frozenset[str]]) -> frozenset[Scope]:
    for name, limit in limits.items():
        if request.scopes and (excess := request.scopes - limit):
            raise ScopeTooWide(
                f"The {name} may not carry: {' '.join(sorted(excess))}.",
                field="scope",
                fix="Ask for less, or leave scope out for all that is allowed.",
            )
    granted: frozenset[Scope] = request.scopes or ALL_SCOPES
    for limit in limits.values():
        granted &= limit
    if not granted:
        raise ScopeTooWide(
            f"No scope is left: the {' and the '.join(limits)} have none in common.",
            field="scope",
            fix="Use a token or a role with a scope of that resource.",
        )
    return granted
