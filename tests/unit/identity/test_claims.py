from typing import Any

import pytest

from identity import claims
from identity.domain import Issue
from identity.errors import AssertionInvalid, SubjectTokenInvalid

NOW = 1_800_000_000
ISSUER = "http://127.0.0.1:8130"
ADS = "http://127.0.0.1:8102/mcp"
AUDIENCES = (ISSUER, f"{ISSUER}/oauth/token")
ISSUE = Issue(
    client_id="ads",
    resource="approvals",
    subject="user:marketer",
    scopes=frozenset({"approvals:read", "actions:propose"}),
    issued_at=NOW,
    expires_at=NOW + 300,
    tenant="solid-demo",
    roles=("marketer",),
    actors=("ads", "agent-ads"),
)
ASSERTION: dict[str, Any] = {
    "iss": "cli",
    "sub": "user:marketer",
    "aud": f"{ISSUER}/oauth/token",
    "iat": NOW,
    "exp": NOW + 60,
    "jti": "asr_1",
}


def written(issue: Issue = ISSUE) -> dict[str, Any]:
    return claims.access_token_claims(issue, issuer=ISSUER, audience=ADS, token_id="tok_1")


def read_assertion(**changes: object) -> claims.Assertion:
    stated = {name: value for name, value in {**ASSERTION, **changes}.items() if value is not None}
    return claims.assertion(stated, client_id="cli", audiences=AUDIENCES, now=NOW)


def test_actor_chain_nests_outermost_first() -> None:
    assert written()["act"] == {"sub": "ads", "act": {"sub": "agent-ads"}}


def test_token_read_back_says_what_was_written() -> None:
    read = claims.subject_token(written(), issuer=ISSUER, audience=ADS, now=NOW)

    assert (read.subject, read.tenant, read.scopes) == (ISSUE.subject, ISSUE.tenant, ISSUE.scopes)
    assert (read.actors, read.expires_at) == (ISSUE.actors, ISSUE.expires_at)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"iss": "https://elsewhere.example"}, "another issuer"),
        ({"aud": "http://127.0.0.1:8103/mcp"}, "another resource"),
        ({"aud": [ADS]}, "another resource"),
        ({"exp": NOW}, "expired"),
        ({"exp": float("nan")}, "expired"),
        ({"exp": True}, "expired"),
        ({"tenant": None}, "no user"),
    ],
)
def test_subject_token_that_does_not_fit_is_refused(change: dict[str, object], reason: str) -> None:
    with pytest.raises(SubjectTokenInvalid, match=reason):
        claims.subject_token(written() | change, issuer=ISSUER, audience=ADS, now=NOW)


@pytest.mark.parametrize("audience", [ISSUER, f"{ISSUER}/oauth/token", ["https://other.example", ISSUER]])
def test_assertion_names_this_server(audience: object) -> None:
    assert read_assertion(aud=audience).subject == "user:marketer"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"iss": "ads"}, "iss"),
        ({"aud": ADS}, "audience"),
        ({"aud": [7, {"a": 1}]}, "audience"),
        ({"aud": None}, "audience"),
        ({"exp": None}, "whole seconds"),
        ({"exp": float("inf")}, "whole seconds"),
        ({"exp": NOW}, "expired"),
        ({"exp": NOW + 3600}, "too long"),
        ({"iat": NOW + 600, "exp": NOW + 60}, "future"),
        ({"jti": None}, "jti"),
        ({"jti": "x" * 201}, "jti"),
        ({"jti": "nul\0"}, "jti"),
        ({"sub": 7}, "sub"),
        ({"tenant": ""}, "tenant"),
    ],
)
def test_assertion_that_does_not_fit_is_refused(change: dict[str, object], reason: str) -> None:
    with pytest.raises(AssertionInvalid, match=reason):
        read_assertion(**change)
