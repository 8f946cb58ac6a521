"""`promptsales tenants`, `promptsales clients` and `promptsales keys`."""

from pathlib import Path
from typing import Any

import pytest

from identity.keys import initialise
from tests.unit.cli.conftest import Command, Services
from tests.unit.cli.test_people import SENT

ACME: dict[str, Any] = {
    "tenant": "acme",
    "name": "Acme",
    "time_zone": "America/Costa_Rica",
    "operator": False,
    "created_at": "2026-11-22T10:00:00Z",
    "disabled_at": None,
}
CLIENT: dict[str, Any] = {
    "client_id": "cli_1",
    "name": "Desk",
    "source": "registered",
    "confidential": True,
    "redirect_uris": ["https://desk.example/back"],
    "grant_types": ["authorization_code", "refresh_token"],
    "resources": ["ads"],
    "machine": None,
    "created_at": "2026-11-22T10:00:00Z",
    "last_used_at": None,
    "disabled_at": None,
}


@pytest.fixture
def identity(services: Services) -> Services:
    services.answers = {
        "GET /v1/tenants": (200, {"items": [ACME]}),
        "GET /v1/tenant": (200, ACME),
        "GET /v1/tenants/acme": (200, ACME),
        "PATCH /v1/tenant": (200, ACME | {"name": "Acme Norte"}),
        "POST /v1/tenants": (201, ACME | {"invitation": SENT}),
        "POST /v1/tenants/acme/invitations": (201, SENT),
        "POST /v1/tenants/acme/disable": (200, ACME | {"disabled_at": "2026-11-22T11:00:00Z"}),
        "POST /v1/tenants/acme/enable": (200, ACME),
        "GET /v1/clients": (200, {"clients": [CLIENT]}),
        "POST /v1/clients": (201, CLIENT | {"client_secret": "the-secret"}),
        "POST /v1/clients/cli_1/disable": (200, CLIENT | {"disabled_at": "2026-11-22T11:00:00Z"}),
    }
    return services


def test_organisation_is_made_and_its_administrators_link_shown(identity: Services, promptsales: Command) -> None:
    result = promptsales(
        *("tenants", "create", "acme", "--name", "Acme", "--time-zone", "America/Costa_Rica"),
        *("--admin-email", "luz@example.com"),
    )
    body = {
        "tenant": "acme",
        "name": "Acme",
        "time_zone": "America/Costa_Rica",
        "admin_email": "luz@example.com",
        "language": "en",
    }
    assert identity.requests == [("POST /v1/tenants", body)]
    assert SENT["link"] in result.out.splitlines()


@pytest.mark.parametrize(
    ("arguments", "request_line"),
    [
        (["list"], "GET /v1/tenants"),
        (["show"], "GET /v1/tenant"),
        (["show", "acme"], "GET /v1/tenants/acme"),
        (["disable", "acme"], "POST /v1/tenants/acme/disable"),
        (["enable", "acme"], "POST /v1/tenants/acme/enable"),
    ],
    ids=str,
)
def test_organisations_are_shown(
    identity: Services, promptsales: Command, arguments: list[str], request_line: str
) -> None:
    result = promptsales("tenants", *arguments)
    assert [request for request, _ in identity.requests] == [request_line]
    assert result.status == 0
    assert "America/Costa_Rica" in result.out
    assert "disabled" in result.out if "disable" in arguments else "active" in result.out


def test_own_organisation_is_changed_by_what_is_given(identity: Services, promptsales: Command) -> None:
    promptsales("tenants", "change", "--name", "Acme Norte")
    assert identity.requests == [("PATCH /v1/tenant", {"name": "Acme Norte"})]
    assert promptsales("tenants", "change").status == 2


def test_administrator_is_invited_anew(identity: Services, promptsales: Command) -> None:
    result = promptsales("tenants", "invite-admin", "acme", "luz@example.com")
    assert identity.requests[-1][1] == {"email": "luz@example.com", "language": "en"}
    assert SENT["link"] in result.out.splitlines()


def test_client_is_added_and_its_secret_shown(identity: Services, promptsales: Command) -> None:
    result = promptsales(
        *("clients", "add", "Desk", "--confidential", "--redirect", "https://desk.example/back", "--server", "ads"),
        *("--machine-tenant", "acme", "--machine-role", "viewer"),
    )
    body = {
        "name": "Desk",
        "confidential": True,
        "redirect_uris": ["https://desk.example/back"],
        "resources": ["ads"],
        "machine": {"tenant": "acme", "roles": ["viewer"]},
    }
    assert identity.requests == [("POST /v1/clients", body)]
    assert "the-secret" in result.out.splitlines()


def test_clients_are_listed_and_disabled(identity: Services, promptsales: Command) -> None:
    assert "registered, confidential" in promptsales("clients", "list").out
    assert "disabled since 2026-11-22" in promptsales("clients", "disable", "cli_1").out


@pytest.mark.parametrize(
    "arguments",
    [
        ["tenants", "create", "acme"],
        ["tenants", "disable"],
        ["clients", "add"],
        ["clients", "add", "Desk", "--server", "hub"],
        ["clients", "add", "Desk", "--machine-role", "viewer"],
        ["clients", "add", "Desk", "--machine-tenant", "acme", "--machine-role", "admin"],
    ],
    ids=" ".join,
)
def test_wrong_usage_ends_with_status_2(promptsales: Command, arguments: list[str]) -> None:
    assert promptsales(*arguments).status == 2


def test_keys_are_rotated_here_and_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, promptsales: Command
) -> None:
    monkeypatch.setenv("PROMPTSALES_DATA_DIR", str(tmp_path))
    initialise(tmp_path / "keys")

    rotated = promptsales("keys", "rotate", "--json").document["keys"]
    assert [key["state"] for key in rotated] == ["signing", "next"]
    refused = promptsales("keys", "rotate")
    assert refused.status == 1
    assert "is published already" in refused.err
    assert "after a compromise" in refused.err
    replaced = promptsales("keys", "rotate", "--now", "--json").document["keys"]
    assert [key["state"] for key in replaced] == ["signing"]
    listed = promptsales("keys", "list")
    assert replaced[0]["kid"] in listed.out
    assert "signing" in listed.out


def test_keys_that_do_not_exist_are_a_failure_with_a_fix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, promptsales: Command
) -> None:
    monkeypatch.setenv("PROMPTSALES_DATA_DIR", str(tmp_path))
    result = promptsales("keys", "rotate")
    assert result.status == 1
    assert "promptsales up" in result.err
