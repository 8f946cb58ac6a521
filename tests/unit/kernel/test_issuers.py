"""Which issuers the settings name, and what their tokens may carry here whatever they claim."""

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.auth.claims import InvalidToken, read_foreign, read_own
from kernel.auth.issuers import TrustedIssuer, authorization_servers, other_issuers
from kernel.auth.principal import InsufficientScope
from kernel.auth.resource import ProtectedResource
from kernel.auth.roles import RESOURCE_SCOPES, RESOURCES, ROLE_SCOPES, Resource
from kernel.settings import NotConfigured, Settings

ISSUER: dict[str, Any] = {"issuer": "https://id.example/realms/acme", "role_map": {"editor": "marketer"}}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
CLAIMS = st.dictionaries(
    st.sampled_from(["sub", "tenant", "scope", "roles", "client_id", "sid", "jti", "aud", "exp", "nbf", "iat", "act"]),
    JSON | st.sampled_from(["editor", "executor", "acme", "here", "actions:execute privacy:admin ads:read"]),
)


def configured(*entries: dict[str, Any], **more: Any) -> Settings:
    return Settings(issuers=list(entries), **more)


def test_the_embedded_issuer_comes_first() -> None:
    settings = configured(ISSUER)

    assert authorization_servers(settings) == [settings.issuer, ISSUER["issuer"]]


def test_issuers_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMPTSALES_ISSUERS", '[{"issuer": "https://id.example", "role_map": {"a": "viewer"}}]')
    monkeypatch.setenv("PROMPTSALES_EMBEDDED_IDENTITY", "false")

    assert authorization_servers(Settings()) == ["https://id.example"]


@pytest.mark.parametrize(
    "changes",
    [
        {"algorithms": ["HS256"]},
        {"algorithms": ["none"]},
        {"algorithms": ["RS256", "HS512"]},
        {"algorithms": []},
        {"token_types": []},
        {"issuer": "http://id.example"},
        {"jwks_uri": "http://id.example/certs"},
        {"role_map": {"editor": "owner"}},
        {"role_map": {}},
        {"scopes": "all"},
        {"services": {"x": "orchestrator"}},
        {"audience_map": {"sandbox": "x"}},
        {"tenant": "Not A Tenant"},
        {"colour": "red"},
    ],
)
def test_a_description_that_would_let_too_much_in_stops_the_start(changes: dict[str, Any]) -> None:
    with pytest.raises(NotConfigured) as refused:
        other_issuers(configured({**ISSUER, **changes}))

    assert refused.value.field == "PROMPTSALES_ISSUERS"


def test_the_same_issuer_twice_or_no_issuer_at_all_stops_the_start() -> None:
    for settings in (
        configured(ISSUER, ISSUER),
        configured({**ISSUER, "issuer": Settings().issuer}),
        configured(embedded_identity=False),
    ):
        with pytest.raises(NotConfigured):
            other_issuers(settings)


@given(st.sampled_from(RESOURCES), CLAIMS, st.sampled_from(["from_roles", "from_claim"]), st.booleans())
def test_whatever_another_issuer_claims_a_person_carries_no_more_than_role_and_resource_allow(
    resource: Resource, claims: dict[str, Any], scopes: Any, mapped: bool
) -> None:
    trusted = TrustedIssuer(
        issuer=ISSUER["issuer"],
        scopes=scopes,
        role_map={"editor": "marketer"} if mapped else {},
        services={"e": "executor"},
    )
    now = time.time()
    sound = {"exp": int(now) + 60, "aud": "here", "sub": "s", "tenant": "acme"}

    try:
        caller = read_foreign({**sound, **claims}, trusted, resource, "here", "t", now).principal
    except InvalidToken:
        return

    limit = RESOURCE_SCOPES[resource] & ROLE_SCOPES["marketer"] if mapped else RESOURCE_SCOPES[resource]
    assert caller.scopes <= limit
    assert "actions:execute" not in caller.scopes
    assert (caller.actors, caller.tenant != "") == ((), True)


@given(CLAIMS)
def test_claims_of_our_own_issuer_that_make_no_sense_are_an_invalid_token(claims: dict[str, Any]) -> None:
    now = time.time()
    sound = {"exp": int(now) + 60, "iat": int(now), "aud": "here", "sub": "s", "jti": "t"}

    try:
        caller = read_own({**sound, **claims}, "i", "here", "t", now).principal
    except InvalidToken:
        return

    assert caller.subject
    assert caller.token_id


@pytest.mark.parametrize("missing", ["jti", "sub", "exp", "iat", "aud"])
def test_our_own_issuer_says_everything(missing: str) -> None:
    now = int(time.time())
    claims = {"exp": now + 60, "iat": now, "aud": "here", "sub": "s", "jti": "t"}
    del claims[missing]

    with pytest.raises(InvalidToken):
        read_own(claims, "i", "here", "t", now)


@given(st.text())
def test_a_challenge_is_always_a_well_formed_header(message: str) -> None:
    resource = ProtectedResource.of(Settings(), "ads")

    header = resource.challenge(InvalidToken(message), presented=True)["WWW-Authenticate"]

    described = header.partition('error_description="')[2].partition('"')[0]
    assert all(0x20 <= ord(character) <= 0x7E and character not in '"\\' for character in described)
    assert header.count('"') == 8


def test_a_resource_under_a_path_names_its_metadata_between_host_and_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMPTSALES_ADS_URL", "https://sales.example/ads")

    resource = ProtectedResource.of(Settings(), "ads")

    assert resource.metadata_url == "https://sales.example/.well-known/oauth-protected-resource/ads/mcp"
    assert resource.metadata()["resource"] == "https://sales.example/ads/mcp"


def test_administration_is_asked_for_only_when_it_is_needed() -> None:
    resource = ProtectedResource.of(Settings(), "crm")

    invited = resource.challenge(InvalidToken("No token."), presented=False)["WWW-Authenticate"]
    stepping_up = resource.challenge(InsufficientScope("privacy:admin"), presented=True)["WWW-Authenticate"]

    assert "privacy:admin" not in invited
    assert 'scope="privacy:admin"' in stepping_up
    assert "privacy:admin" in resource.metadata()["scopes_supported"]  # pyright: ignore[reportOperatorIssue] - JSON
