"""What a person lets a client do, and what it gets of that later."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.clients.client import Machine
from identity.domain import (
    ACCESS_SECONDS,
    CLIENT_CREDENTIALS,
    PROTOCOL_SCOPES,
    Family,
    TokenRequest,
    User,
    issue_to_client,
    issue_to_family,
    lettable,
)
from identity.errors import NothingToLet, Refusal, ScopeTooWide, TargetRefused
from kernel.auth import Role, Scope
from kernel.auth.roles import ALL_SCOPES, RESOURCE_SCOPES, RESOURCES, ROLE_SCOPES, Resource, scopes_of
from tests.support.clients import application

NOW = 1_800_000_000
ROLES = st.lists(st.sampled_from(sorted(ROLE_SCOPES)), min_size=1, max_size=3, unique=True).map(tuple)
SOME_RESOURCES = st.lists(st.sampled_from(RESOURCES), min_size=1, max_size=3, unique=True).map(tuple)
SOME_SCOPES = st.frozensets(st.sampled_from([*sorted(ALL_SCOPES), *sorted(PROTOCOL_SCOPES), "no:such"]))
REACHES = st.dictionaries(
    st.sampled_from(RESOURCES), st.frozensets(st.sampled_from(sorted(ALL_SCOPES))), min_size=1, max_size=4
)


def family(*resources: Resource, scopes: frozenset[str], lives: int = 86400) -> Family:
    return Family("acme", "fam_1", "user:a", "app", "An application", resources, scopes, NOW - 60, NOW + lives)


def person(*roles: Role) -> User:
    return User("acme", "user:a", roles)


@given(roles=ROLES, resources=SOME_RESOURCES, asked=SOME_SCOPES, reaches=REACHES)
def test_nobody_lets_more_than_is_asked_theirs_and_the_clients(
    roles: tuple[Role, ...],
    resources: tuple[Resource, ...],
    asked: frozenset[str],
    reaches: dict[Resource, frozenset[Scope]],
) -> None:
    try:
        scopes, protocol = lettable(application(reaches=reaches), resources, asked, person(*roles))
    except Refusal:
        return

    assert scopes <= scopes_of(roles)
    assert scopes <= frozenset[str]().union(*(reaches.get(resource, frozenset()) for resource in resources))
    assert scopes <= asked or not asked - PROTOCOL_SCOPES
    assert protocol == asked & PROTOCOL_SCOPES
    assert scopes or ("identity" in resources and "openid" in protocol)


@given(
    granted=SOME_SCOPES,
    resources=SOME_RESOURCES,
    resource=st.sampled_from(RESOURCES),
    asked=st.none() | SOME_SCOPES,
    roles=ROLES,
    reaches=REACHES,
    lives=st.integers(1, 100_000),
)
def test_token_is_never_wider_than_family_role_and_client(
    granted: frozenset[str],
    resources: tuple[Resource, ...],
    resource: Resource,
    asked: frozenset[str] | None,
    roles: tuple[Role, ...],
    reaches: dict[Resource, frozenset[Scope]],
    lives: int,
) -> None:
    let = family(*resources, scopes=granted, lives=lives)
    try:
        issue = issue_to_family(TokenRequest(application(reaches=reaches), resource, asked), let, person(*roles), NOW)
    except Refusal:
        return

    carried = issue.scopes - PROTOCOL_SCOPES
    assert resource in resources
    assert issue.scopes <= granted
    assert asked is None or issue.scopes <= asked
    assert carried <= scopes_of(roles) & reaches.get(resource, frozenset())
    assert carried == issue.scopes or resource == "identity"
    assert issue.expires_at == NOW + min(ACCESS_SECONDS, lives)
    assert (issue.session, issue.tenant, issue.actors) == ("fam_1", "acme", ())


def test_without_scope_all_that_is_allowed_is_let() -> None:
    scopes, protocol = lettable(application(), ["content"], frozenset(), person("viewer"))

    assert (scopes, protocol) == ({"content:read"}, frozenset())


def test_protocol_scopes_alone_ask_for_all_of_a_resource() -> None:
    scopes, protocol = lettable(application(), ["content"], frozenset({"offline_access"}), person("viewer"))

    assert (scopes, protocol) == ({"content:read"}, {"offline_access"})


def test_issuer_is_reached_by_openid_and_gives_nothing_else() -> None:
    openid = frozenset({"openid", "identity:admin"})

    assert lettable(application(), ["identity"], openid, person("admin")) == (frozenset(), {"openid"})
    with pytest.raises(TargetRefused):
        lettable(application(), ["identity"], frozenset({"identity:admin"}), person("admin"))


def test_nothing_in_common_is_said() -> None:
    with pytest.raises(NothingToLet):
        lettable(application(), ["ads"], frozenset({"ads:write"}), person("viewer"))


def test_empty_scope_of_a_token_request_means_nothing_and_is_refused() -> None:
    let = family("content", scopes=frozenset({"content:read"}))

    with pytest.raises(ScopeTooWide, match="No scope is left"):
        issue_to_family(TokenRequest(application(), "content", frozenset()), let, person("viewer"), NOW)


def test_application_that_acts_unattended_is_its_tenants_and_no_wider_than_its_roles() -> None:
    reaches: dict[Resource, frozenset[Scope]] = {"content": RESOURCE_SCOPES["content"]}
    unattended = application(reaches=reaches, machine=Machine("acme", ("viewer",)))
    allowed = TokenRequest(replace(unattended, grants=frozenset({CLIENT_CREDENTIALS})), "content")

    issue = issue_to_client(allowed, NOW)

    assert (issue.subject, issue.tenant, issue.roles, issue.scopes) == ("app", "acme", ("viewer",), {"content:read"})
