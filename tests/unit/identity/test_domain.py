import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.domain import (
    CLIENTS,
    EXCHANGED_SECONDS,
    MAX_ACTORS,
    USER_SECONDS,
    SubjectToken,
    TokenRequest,
    User,
    issue_in_exchange,
    issue_to_client,
    issue_to_user,
)
from identity.errors import GrantNotAllowed, Refusal, ScopeTooWide, SubjectTokenInvalid, TargetRefused
from kernel.auth import Role, Scope
from kernel.auth.roles import (
    ALL_SCOPES,
    EXECUTE,
    GATED_SERVERS,
    RESOURCE_SCOPES,
    RESOURCES,
    ROLE_SCOPES,
    Resource,
    scopes_of,
)
from tests.support.clients import built_in

NOW = 1_800_000_000
ROLES = st.sampled_from(sorted(ROLE_SCOPES))
SCOPES = st.frozensets(st.sampled_from(sorted(ALL_SCOPES)))
ASKED = st.builds(
    TokenRequest,
    st.sampled_from(sorted(CLIENTS)).map(built_in),
    st.sampled_from(RESOURCES),
    st.one_of(st.none(), SCOPES),
)


def user(*roles: Role) -> User:
    return User("solid-demo", f"user:{roles[0]}", roles)


def token(scopes: frozenset[Scope], *, actors: tuple[str, ...] = (), lives: int = 3600) -> SubjectToken:
    return SubjectToken("user:marketer", "solid-demo", scopes, actors, NOW + lives)


@given(
    asked=ASKED,
    carried=SCOPES,
    roles=st.lists(ROLES, min_size=1, max_size=3, unique=True),
    lives=st.integers(1, 7200),
)
def test_exchange_never_widens(asked: TokenRequest, carried: frozenset[Scope], roles: list[Role], lives: int) -> None:
    presented = token(carried, actors=("agent-ads",), lives=lives)
    try:
        issue = issue_in_exchange(asked, presented, user(*roles), NOW)
    except Refusal:
        return

    assert issue.scopes
    assert issue.scopes <= carried & scopes_of(roles)
    assert EXECUTE not in issue.scopes
    assert not asked.scopes or issue.scopes == asked.scopes
    assert NOW < issue.expires_at <= min(presented.expires_at, NOW + EXCHANGED_SECONDS)
    assert issue.actors == (asked.client.client_id, "agent-ads")


@given(
    asked=ASKED,
    role=ROLES,
)
def test_a_person_never_executes(asked: TokenRequest, role: Role) -> None:
    try:
        issue = issue_to_user(asked, user(role), NOW)
    except Refusal:
        return

    assert asked.client.client_id == "cli"
    assert issue.scopes <= scopes_of([role]) & RESOURCE_SCOPES[asked.resource]
    assert issue.expires_at == NOW + USER_SECONDS
    assert issue.actors == ()


def test_only_the_executor_reaches_execution_and_only_at_gated_servers() -> None:
    reaching = {
        (client, resource)
        for client, policy in CLIENTS.items()
        for resource, scopes in policy.reaches.items()
        if EXECUTE in scopes
    }

    assert reaching == {("executor", server) for server in GATED_SERVERS}
    assert CLIENTS["executor"].grants == {"client_credentials"}


def test_deciding_is_never_delegated_towards_the_queue() -> None:
    deciders = {
        client for client, policy in CLIENTS.items() if "approvals:decide" in policy.reaches.get("approvals", ())
    }

    assert deciders == {"cli", "portal"}, "where people act themselves"
    assert not any("urn:ietf:params:oauth:grant-type:token-exchange" in CLIENTS[client].grants for client in deciders)


@pytest.mark.parametrize("server", ["content", "ads", "crm", "analytics"])
def test_agent_reaches_its_server_alone(server: Resource) -> None:
    assert set(CLIENTS[f"agent-{server}"].reaches) == {server}
    assert set(CLIENTS[server].reaches) == {"approvals"}


def test_executor_gets_execution_for_itself() -> None:
    issue = issue_to_client(TokenRequest(built_in("executor"), "ads"), NOW)

    assert (issue.subject, issue.tenant, issue.scopes, issue.roles) == ("executor", None, {EXECUTE}, ())


def test_executor_cannot_ask_for_more_than_execution() -> None:
    with pytest.raises(ScopeTooWide, match="ads:write"):
        issue_to_client(TokenRequest(built_in("executor"), "ads", frozenset({EXECUTE, "ads:write"})), NOW)


@pytest.mark.parametrize("resource", sorted(set(RESOURCES) - set(GATED_SERVERS)))
def test_executor_reaches_gated_servers_alone(resource: Resource) -> None:
    with pytest.raises(TargetRefused):
        issue_to_client(TokenRequest(built_in("executor"), resource), NOW)


@pytest.mark.parametrize("client", sorted(set(CLIENTS) - {"executor"}))
def test_no_other_client_acts_for_itself(client: str) -> None:
    with pytest.raises(GrantNotAllowed):
        issue_to_client(TokenRequest(built_in(client), "ads"), NOW)


def test_unknown_client_has_no_grant() -> None:
    with pytest.raises(GrantNotAllowed):
        issue_to_client(TokenRequest(built_in("stranger"), "ads"), NOW)


def test_refusal_names_the_limit_and_the_scope() -> None:
    presented = token(frozenset({"ads:read"}))

    with pytest.raises(ScopeTooWide, match=r"subject token may not carry: ads:write"):
        issue_in_exchange(
            TokenRequest(built_in("agent-ads"), "ads", frozenset({"ads:read", "ads:write"})),
            presented,
            user("marketer"),
            NOW,
        )


def test_role_lost_since_the_token_was_issued_is_lost_in_exchange() -> None:
    presented = token(frozenset({"ads:read", "ads:write"}))

    issue = issue_in_exchange(TokenRequest(built_in("agent-ads"), "ads"), presented, user("viewer"), NOW)

    assert issue.scopes == {"ads:read"}
    assert issue.roles == ("viewer",)


def test_exchange_with_nothing_left_is_refused() -> None:
    with pytest.raises(ScopeTooWide, match="No scope is left"):
        issue_in_exchange(
            TokenRequest(built_in("agent-ads"), "ads"), token(frozenset({"hub:read"})), user("marketer"), NOW
        )


def test_delegation_chain_ends() -> None:
    presented = token(frozenset({"ads:read"}), actors=("ads",) * MAX_ACTORS)

    with pytest.raises(SubjectTokenInvalid, match="passed through"):
        issue_in_exchange(TokenRequest(built_in("agent-ads"), "ads"), presented, user("marketer"), NOW)
