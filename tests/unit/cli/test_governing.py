"""`promptsales approvals …` beyond deciding, and `promptsales policies`."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli.conftest import Command, Services
from tests.unit.cli.test_approvals import ACTION

SEEN = {"id": "act_1", "revision": 3, "digest": ACTION["digest"]}
DELEGATION: dict[str, Any] = {
    "id": "dlg_1",
    "delegator": "user:reviewer",
    "delegate": "user:admin",
    "starts_at": "2026-12-01T00:00:00Z",
    "ends_at": "2026-12-15T00:00:00Z",
    "reason": "Holidays",
    "revoked_at": None,
}


@pytest.fixture
def queue(services: Services) -> Services:
    refusal = {"status": 409, "code": "already_decided", "detail": "It was rejected by user:b."}
    services.answers = {
        "GET /v1/actions/act_1": (200, ACTION),
        "POST /v1/actions/act_1/break-glass": (200, ACTION | {"broke_glass": False}),
        "POST /v1/actions/act_1/compensate": (201, ACTION | {"id": "act_2"}),
        "POST /v1/actions/act_1/reconcile": (200, ACTION | {"status": "succeeded"}),
        "POST /v1/actions/bulk-decision": (200, {"results": [{"id": "act_1", "action": None, "refusal": refusal}]}),
        "GET /v1/exposures": (200, {"items": [], "next_cursor": None}),
        "GET /v1/post-reviews": (200, {"items": [], "next_cursor": None}),
        "POST /v1/post-reviews/act_1/close": (200, {"action_id": "act_1"}),
        "POST /v1/delegations": (201, DELEGATION),
        "GET /v1/delegations": (200, {"items": [DELEGATION], "next_cursor": None}),
        "POST /v1/delegations/dlg_1/revoke": (200, DELEGATION | {"revoked_at": "2026-12-02T00:00:00Z"}),
        "PUT /v1/policies/house": (200, {"version": "house-2"}),
    }
    return services


def test_breaking_the_glass_names_what_was_looked_at(queue: Services, promptsales: Command) -> None:
    result = promptsales("approvals", "break-glass", "act_1", "--reason", "Misprint")

    body = {"revision": 3, "digest": ACTION["digest"], "reason": "Misprint"}
    assert queue.requests[-1] == ("POST /v1/actions/act_1/break-glass", body)
    assert "A second administrator" in result.out


def test_bulk_shows_a_result_for_each(queue: Services, promptsales: Command) -> None:
    result = promptsales("approvals", "bulk", "approve", "act_1")

    assert queue.requests[-1][1] == {"decision": "approve", "items": [SEEN], "reason": None}
    assert "It was rejected by user:b." in result.out


def test_taking_back_shows_what_was_proposed(queue: Services, promptsales: Command) -> None:
    assert "act_2" in promptsales("approvals", "compensate", "act_1").out


def test_settling_sends_what_was_found(queue: Services, promptsales: Command) -> None:
    done = promptsales("approvals", "reconcile", "act_1", "--finding", "look_up", "--reason", "Asked", "--json")

    assert queue.requests[-1][1] == {"finding": "look_up", "reason": "Asked"}
    assert done.document["status"] == "succeeded"


def test_delegating_is_from_now_unless_told(queue: Services, promptsales: Command) -> None:
    promptsales("approvals", "delegate", "user:admin", "--until", "2030-12-15", "--reason", "Holidays")

    sent = queue.requests[-1][1]
    assert (sent["delegate"], sent["ends_at"][:10], sent["reason"]) == ("user:admin", "2030-12-15", "Holidays")
    assert sent["starts_at"] < sent["ends_at"]


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (("delegations",), "user:admin"),
        (("revoke", "dlg_1"), "2026-12-02"),
        (("exposures",), "Nothing is committed."),
        (("reviews",), "The glass has not been broken."),
        (("review", "act_1", "--finding", "Justified"), "Reviewed."),
    ],
)
def test_shows_what_there_is(queue: Services, promptsales: Command, arguments: tuple[str, ...], shown: str) -> None:
    result = promptsales("approvals", *arguments)

    assert (result.status, shown in result.out) == (0, True), result.out


def test_policy_comes_from_a_file(queue: Services, promptsales: Command, tmp_path: Path) -> None:
    file = tmp_path / "house.json"
    file.write_text(json.dumps({"applies_to": ["*"]}))

    assert "house-2 is in force." in promptsales("policies", "put", "house", str(file)).out
    assert queue.requests[-1] == ("PUT /v1/policies/house", {"applies_to": ["*"]})

    file.write_text("{")
    broken = promptsales("policies", "put", "house", str(file))
    assert (broken.status, "holds no JSON" in broken.err) == (2, True)
