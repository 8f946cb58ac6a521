"""`promptsales users` and `promptsales invitations`."""

from typing import Any

import pytest

from tests.unit.cli.conftest import Command, Services

ANA: dict[str, Any] = {
    "subject": "user:usr_1",
    "email": "ana@example.com",
    "display_name": "Ana [Mora]",
    "roles": ["marketer", "viewer"],
    "language": "es",
    "has_password": True,
    "created_at": "2026-11-22T10:00:00Z",
    "disabled_at": None,
    "locked_until": None,
}
SENT: dict[str, Any] = {
    "id": "inv_1",
    "email": "luz@example.com",
    "status": "open",
    "roles": ["reviewer"],
    "language": "en",
    "subject": None,
    "invited_by": "user:admin",
    "created_at": "2026-11-22T10:00:00Z",
    "expires_at": "2026-11-29T10:00:00Z",
    "link": "https://id.example/invitation?token=psi_acme.aaaa",
    "delivery": "Hand the link over yourself.",
}


@pytest.fixture
def identity(services: Services) -> Services:
    services.answers = {
        "GET /v1/users": (200, {"items": [ANA], "next_cursor": None}),
        "GET /v1/users/user%3Ausr_1": (200, ANA),
        "PATCH /v1/users/user%3Ausr_1": (200, ANA | {"roles": ["admin"]}),
        "POST /v1/users/user%3Ausr_1/disable": (200, ANA | {"disabled_at": "2026-11-22T11:00:00Z"}),
        "POST /v1/users/user%3Ausr_1/enable": (200, ANA),
        "POST /v1/users/user%3Ausr_1/unlock": (200, ANA),
        "POST /v1/users/user%3Ausr_1/sign-out": (200, ANA),
        "POST /v1/users/user%3Ausr_1/reset-password": (201, SENT | {"subject": "user:usr_1"}),
        "POST /v1/invitations": (201, SENT),
        "GET /v1/invitations": (200, {"items": [SENT], "next_cursor": None}),
        "POST /v1/invitations/inv_1/revoke": (200, SENT | {"status": "revoked"}),
    }
    return services


def test_list_shows_everybody_as_they_are(identity: Services, promptsales: Command) -> None:
    result = promptsales("users", "list")
    assert result.status == 0
    for words in ("user:usr_1", "ana@example.com", "Ana [Mora]", "marketer, viewer", "active"):
        assert words in result.out


def test_list_follows_every_page(services: Services, promptsales: Command) -> None:
    class Pages(dict[str, tuple[int, Any]]):
        def __getitem__(self, key: str) -> tuple[int, Any]:
            number = len(services.requests)
            following = f"c{number}" if number < 3 else None
            return 200, {"items": [ANA | {"subject": f"user:{number}"}], "next_cursor": following}

    services.answers = Pages()
    result = promptsales("users", "list", "--json")
    assert [user["subject"] for user in result.document["items"]] == ["user:1", "user:2", "user:3"]
    assert [path for path, _ in services.requests] == [
        "GET /v1/users?limit=200",
        "GET /v1/users?limit=200&cursor=c1",
        "GET /v1/users?limit=200&cursor=c2",
    ]


@pytest.mark.parametrize("who", ["user:usr_1", "ana@example.com"])
def test_one_is_shown_by_subject_or_address(identity: Services, promptsales: Command, who: str) -> None:
    assert promptsales("users", "show", who, "--json").document == ANA


def test_nobody_by_that_address_is_a_failure_with_a_fix(services: Services, promptsales: Command) -> None:
    services.answers = {"GET /v1/users": (200, {"items": [], "next_cursor": None})}
    result = promptsales("users", "disable", "nobody@example.com")
    assert result.status == 1
    assert "Nobody has the e-mail address nobody@example.com" in result.err
    assert "promptsales users list" in result.err


def test_roles_are_replaced(identity: Services, promptsales: Command) -> None:
    result = promptsales("users", "roles", "ana@example.com", "--role", "admin", "--role", "viewer")
    assert identity.requests[-1] == ("PATCH /v1/users/user%3Ausr_1", {"roles": ["admin", "viewer"]})
    assert "every session and token has ended" in result.out


@pytest.mark.parametrize(
    ("verb", "words"),
    [
        ("disable", "disabled since 2026-11-22 11:00 UTC"),
        ("enable", "can sign in again"),
        ("unlock", "can try to sign in again"),
        ("sign-out", "has ended"),
    ],
)
def test_verbs_say_what_they_did(identity: Services, promptsales: Command, verb: str, words: str) -> None:
    result = promptsales("users", verb, "user:usr_1")
    assert identity.requests == [(f"POST /v1/users/user%3Ausr_1/{verb}", {})]
    assert result.status == 0
    assert words in " ".join(result.out.split())


def test_invitation_prints_its_link_whole_and_alone_on_a_line(identity: Services, promptsales: Command) -> None:
    result = promptsales("users", "invite", "luz@example.com", "--role", "reviewer", "--language", "es")
    body = {"email": "luz@example.com", "roles": ["reviewer"], "language": "es"}
    assert identity.requests == [("POST /v1/invitations", body)]
    assert SENT["link"] in result.out.splitlines()
    assert "Hand the link over yourself." in result.err


def test_reset_prints_the_link_for_a_new_password(identity: Services, promptsales: Command) -> None:
    result = promptsales("users", "reset-password", "ana@example.com")
    assert identity.requests[-1] == ("POST /v1/users/user%3Ausr_1/reset-password", {})
    assert SENT["link"] in result.out.splitlines()


def test_invitations_are_listed_without_links(identity: Services, promptsales: Command) -> None:
    result = promptsales("invitations", "list")
    assert "inv_1" in result.out
    assert "joining" in result.out
    assert "psi_" not in result.out


def test_revoking_names_the_invitation(identity: Services, promptsales: Command) -> None:
    assert promptsales("invitations", "revoke", "inv_1", "--json").document["status"] == "revoked"


def test_refusal_is_shown_with_its_fix(services: Services, promptsales: Command) -> None:
    problem = {"detail": "user:a is the last administrator.", "fix": "Make somebody else an administrator first."}
    services.answers = {"POST /v1/users/user%3Aa/disable": (409, problem)}
    result = promptsales("users", "disable", "user:a")
    assert result.status == 1
    assert "last administrator" in result.err
    assert "Make somebody else" in result.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["users", "invite", "luz@example.com"],
        ["users", "invite", "luz@example.com", "--role", "emperor"],
        ["users", "roles", "ana@example.com"],
        ["users", "invite", "luz@example.com", "--role", "viewer", "--language", "fr"],
        ["invitations", "revoke"],
    ],
    ids=" ".join,
)
def test_wrong_usage_ends_with_status_2(promptsales: Command, arguments: list[str]) -> None:
    assert promptsales(*arguments).status == 2
