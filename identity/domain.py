"""Which client gets which token: values in, a decision out.

A decision is the intersection of limits (the subject token, the user's roles, what the client may carry to the
resource). An explicit scope that any limit lacks is refused, never silently dropped; no scope means all that is left.
Where a person lets a client act, in a browser, it is otherwise: what is not allowed is left out, and the answer says
what there is (`identity.families` keeps it, `lettable` and `issue_to_family` decide).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from identity.errors import GrantNotAllowed, NothingToLet, ScopeTooWide, SubjectTokenInvalid, TargetRefused
from kernel.auth.principal import Role, Scope
from kernel.auth.roles import ALL_SCOPES, EXECUTE, GATED_SERVERS, RESOURCE_SCOPES, Resource, scopes_of

GrantType = Literal[
    "authorization_code",
    "refresh_token",
    "client_credentials",
    "urn:ietf:params:oauth:grant-type:token-exchange",
    "urn:ietf:params:oauth:grant-type:jwt-bearer",
]
AUTHORIZATION_CODE: GrantType = "authorization_code"
REFRESH_TOKEN: GrantType = "refresh_token"  # noqa: S105 - a grant's name
CLIENT_CREDENTIALS: GrantType = "client_credentials"
TOKEN_EXCHANGE: GrantType = "urn:ietf:params:oauth:grant-type:token-exchange"  # noqa: S105 - a grant's name
JWT_BEARER: GrantType = "urn:ietf:params:oauth:grant-type:jwt-bearer"

CODE_SECONDS = 60
ACCESS_SECONDS = 900
"""An access token by code or refresh."""
REFRESH_IDLE_SECONDS = 14 * 24 * 3600
FAMILY_SECONDS = 30 * 24 * 3600
"""How long a client may act without the person consenting again, however often it refreshes."""
BROWSER_SESSION_SECONDS = 12 * 3600
SERVICE_SECONDS = 300
EXCHANGED_SECONDS = 300
USER_SECONDS = 3600
MAX_ACTORS = 8
"""Longest delegation chain; resource servers read no further."""

OPENID = "openid"
PROTOCOL_SCOPES: frozenset[str] = frozenset({OPENID, "profile", "email", "offline_access"})
"""Scopes about signing in: no resource's, and carried by no access token but those for the issuer itself."""


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
    # Where people sign in to PromptSales itself; it acts for them with all they may do there.
    "portal": ClientPolicy(
        frozenset({AUTHORIZATION_CODE, REFRESH_TOKEN}),
        None,
        {name: RESOURCE_SCOPES[name] for name in ("orchestrator", "approvals", "hub", "identity")},
    ),
}
KEYED_CLIENTS = frozenset(client for client, policy in CLIENTS.items() if JWT_BEARER in policy.grants)
"""Clients that prove themselves with a key instead of a secret."""


class ActsIn(Protocol):
    """For whom a client acts when nobody is there."""

    @property
    def tenant(self) -> str: ...
    @property
    def roles(self) -> tuple[Role, ...]: ...


class Asker(Protocol):
    """A client, as far as decisions about it go."""

    @property
    def client_id(self) -> str: ...
    @property
    def grants(self) -> frozenset[GrantType]: ...
    @property
    def serves(self) -> Resource | None: ...
    @property
    def reaches(self) -> Mapping[Resource, frozenset[Scope]]: ...
    @property
    def machine(self) -> ActsIn | None: ...


@dataclass(frozen=True, slots=True)
class User:
    """A person of a tenant, or an application that acts there unattended."""

    tenant: str
    subject: str
    roles: tuple[Role, ...]


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """What every grant asks for; `scopes` None means all that is allowed."""

    client: Asker
    resource: Resource
    scopes: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class SubjectToken:
    """A verified access token, presented for exchange or to be looked at."""

    subject: str
    tenant: str
    """Empty for a service's own."""
    scopes: frozenset[str]
    actors: tuple[str, ...]
    """Outermost first."""
    expires_at: int
    token_id: str = ""
    client_id: str = ""
    session: str = ""
    """The family it comes from; empty when nobody signed in for it in a browser."""
    issued_at: int = 0


@dataclass(frozen=True, slots=True)
class Family:
    """What a person let a client do, once. Times are seconds since the epoch."""

    tenant: str
    family_id: str
    subject: str
    client_id: str
    client_name: str
    resources: tuple[Resource, ...]
    scopes: frozenset[str]
    """Scopes of all the resources together, and protocol scopes."""
    signed_in_at: int
    expires_at: int
    browser_session: bytes | None = None
    """The hash of the browser session it was let in."""


@dataclass(frozen=True, slots=True)
class Issue:
    """A token to be signed. Times are seconds since the epoch; `tenant` is None for a service acting for itself."""

    client_id: str
    resource: Resource
    subject: str
    scopes: frozenset[str]
    issued_at: int
    expires_at: int
    tenant: str | None = None
    roles: tuple[Role, ...] = ()
    actors: tuple[str, ...] = ()
    session: str = ""


def issue_to_client(request: TokenRequest, now: int) -> Issue:
    """A token for the client itself: a service of the system, or an application that acts unattended in a tenant."""
    limits = {_bound(request): _carried(request, CLIENT_CREDENTIALS)}
    machine = request.client.machine
    if machine is not None:
        limits[f"roles of {request.client.client_id}"] = scopes_of(machine.roles)
    return Issue(
        client_id=request.client.client_id,
        resource=request.resource,
        subject=request.client.client_id,
        scopes=_narrowed(request, limits),
        issued_at=now,
        expires_at=now + SERVICE_SECONDS,
        tenant=machine.tenant if machine else None,
        roles=machine.roles if machine else (),
    )


def issue_to_user(request: TokenRequest, user: User, now: int) -> Issue:
    """A token for a person at a local command line."""
    carried = _carried(request, JWT_BEARER)
    limits = {f"roles of {user.subject}": scopes_of(user.roles), _bound(request): carried}
    return Issue(
        client_id=request.client.client_id,
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
        client_id=request.client.client_id,
        resource=request.resource,
        subject=user.subject,
        scopes=_narrowed(request, limits),
        issued_at=now,
        expires_at=min(now + EXCHANGED_SECONDS, token.expires_at),
        tenant=user.tenant,
        roles=user.roles,
        actors=(request.client.client_id, *token.actors),
        session=token.session,
    )


def lettable(
    client: Asker, resources: Collection[Resource], asked: frozenset[str], user: User
) -> tuple[frozenset[Scope], frozenset[str]]:
    """What a person may let a client do at some resources: their scopes, and the protocol scopes asked for.

    Without a resource's scope among those asked for, all of them are meant. Raises TargetRefused for a resource the
    client does not reach (the issuer itself is reached by `openid`), NothingToLet when no scope is left.
    """
    protocol = asked & PROTOCOL_SCOPES
    for resource in resources:
        if resource not in client.reaches and not (resource == "identity" and OPENID in protocol):
            raise _out_of_reach(client, resource)
    carried = frozenset[Scope]().union(*(client.reaches.get(resource, frozenset()) for resource in resources))
    scopes = carried & scopes_of(user.roles)
    if asked - PROTOCOL_SCOPES:
        scopes &= asked
    if not scopes and not ("identity" in resources and OPENID in protocol):
        raise NothingToLet(
            "Your roles and what this application may do have nothing in common.",
            field="scope",
            fix="Sign in as somebody with another role, or ask for other scopes.",
        )
    return scopes, protocol


def issue_to_family(request: TokenRequest, family: Family, user: User, now: int) -> Issue:
    """A token of a family: never wider than it, nor than the person's roles and the client's reach are today."""
    if request.resource not in family.resources:
        raise TargetRefused(
            f"The person was not asked about {request.resource}.",
            field="resource",
            fix=f"Name one of: {' '.join(family.resources)}, or send the person to sign in again.",
        )
    asked = family.scopes if request.scopes is None else request.scopes
    if excess := asked - family.scopes:
        raise ScopeTooWide(
            f"The person did not allow: {' '.join(sorted(excess))}.",
            field="scope",
            fix="Ask for less, or leave scope out for all that was allowed.",
        )
    granted: frozenset[str] = asked & scopes_of(user.roles) & request.client.reaches.get(request.resource, frozenset())
    if request.resource == "identity":
        granted |= asked & PROTOCOL_SCOPES
    if not granted:
        raise ScopeTooWide(
            f"No scope is left at {request.resource}: the person's roles or the client's reach changed.",
            field="scope",
            fix="Send the person to sign in again.",
        )
    return Issue(
        client_id=family.client_id,
        resource=request.resource,
        subject=family.subject,
        scopes=granted,
        issued_at=now,
        expires_at=min(now + ACCESS_SECONDS, family.expires_at),
        tenant=family.tenant,
        roles=user.roles,
        session=family.family_id,
    )


def require_grant(client: Asker, grant: str) -> None:
    """Raise GrantNotAllowed unless the client may use a grant."""
    if grant not in client.grants:
        raise GrantNotAllowed(f"Client {client.client_id} may not use the grant {grant}.", field="grant_type")


def _carried(request: TokenRequest, grant: GrantType) -> frozenset[Scope]:
    require_grant(request.client, grant)
    if request.resource not in request.client.reaches:
        raise _out_of_reach(request.client, request.resource)
    return request.client.reaches[request.resource]


def _out_of_reach(client: Asker, resource: Resource) -> TargetRefused:
    return TargetRefused(
        f"Client {client.client_id} may not ask for tokens for {resource}.",
        field="resource",
        fix=f"It reaches: {', '.join(sorted(client.reaches))}.",
    )


def _bound(request: TokenRequest) -> str:
    return f"client {request.client.client_id} at {request.resource}"


def _narrowed(request: TokenRequest, limits: Mapping[str, frozenset[str]]) -> frozenset[str]:
    for name, limit in limits.items():
        if request.scopes and (excess := request.scopes - limit):
            raise ScopeTooWide(
                f"The {name} may not carry: {' '.join(sorted(excess))}.",
                field="scope",
                fix="Ask for less, or leave scope out for all that is allowed.",
            )
    granted: frozenset[str] = request.scopes or ALL_SCOPES
    for limit in limits.values():
        granted &= limit
    if not granted:
        raise ScopeTooWide(
            f"No scope is left: the {' and the '.join(limits)} have none in common.",
            field="scope",
            fix="Use a token or a role with a scope of that resource.",
        )
    return granted
