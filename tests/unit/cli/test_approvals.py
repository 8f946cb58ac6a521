"""`promptsales approvals`."""

from typing import Any

import pytest

from tests.unit.cli.conftest import Command, Services

ACTION: dict[str, Any] = {
    "id": "act_1",
    "server": "ads",
    "tool": "launch_campaign",
    "args": {"campaign_id": "cmp_1", "budget": "1200.00", "days": 30},
    "status": "pending",
    "revision": 3,
    "digest": "sha256:" + "0" * 64,
    "summary": "Launch “Cold Brew” [MX] for 1200.00 USD",
    "exposure": {"amount": "1200.00", "currency": "USD"},
    "reversible": True,
    "evidence": [{"title": "ROAS", "detail": "4.2 last month"}],
    "proposer": "user:marketer",
    "actors": ["ads", "agent-ads"],
    "required_approvals": 2,
    "approvals": 0,
    "decisions": [],
    "expires_at": "2026-11-25T10:00:00Z",
    "dispatch_after": None,
    "client": "Cafe Alta",
    "receipt": None,
    "reason": None,
    "diff": [{"path": "/args/budget", "kind": "changed", "before": "900.00", "after": "1200.00"}],
    "history": [{"at": "2026-11-22T10:00:00Z", "event": "proposed", "actor": "user:marketer"}],
}


@pytest.fixture
def queue(services: Services) -> Services:
    services.answers = {
        "GET /v1/actions": (200, {"items": [ACTION], "next_cursor": None}),
        "GET /v1/actions/act_1": (200, ACTION),
        "POST /v1/actions/act_1/approve": (200, ACTION | {"approvals": 1}),
        "POST /v1/actions/act_1/reject": (200, ACTION | {"status": "rejected"}),
        "POST /v1/actions/act_1/edit": (200, ACTION | {"revision": 4}),
        "POST /v1/actions/act_1/cancel": (200, ACTION | {"status": "cancelled"}),
    }
    return services


def test_list_asks_for_what_waits_and_shows_it(queue: Services, promptsales: Command) -> None:
    result = promptsales("approvals", "list", "--client", "Cafe Alta")
    assert queue.requests == [("GET /v1/actions?status=pending&client=Cafe+Alta", None)]
    assert queue.tokens == {"Bearer the-token"}
    assert result.status == 0
    assert "act_1" in result.out
    assert "1200.00 USD" in result.out


def test_list_of_any_status_filters_nothing(queue: Services, promptsales: Command) -> None:
    promptsales("approvals", "list", "--status", "any")
    assert queue.requests == [("GET /v1/actions", None)]


def test_json_is_the_services_document_on_one_line(queue: Services, promptsales: Command) -> None:
    assert promptsales("approvals", "show", "act_1", "--json").document == ACTION


def test_show_tells_what_exactly_is_approved_and_why(queue: Services, promptsales: Command) -> None:
    result = promptsales("approvals", "show", "act_1")
    for words in ("“Cold Brew” [MX]", '"budget": "1200.00"', "4.2 last month", "900.00 → 1200.00", "0 of 2"):
        assert words in result.out


def test_approving_without_a_revision_binds_to_what_was_just_shown(queue: Services, promptsales: Command) -> None:
    result = promptsales("approvals", "approve", "act_1")
    body = {"revision": 3, "reason": None, "digest": ACTION["digest"]}
    assert queue.requests[-1] == ("POST /v1/actions/act_1/approve", body)
    assert "Revision 3: Launch" in result.err
    assert "still needs 1 more" in result.out


def test_approving_a_named_revision_sends_exactly_that(queue: Services, promptsales: Command) -> None:
    promptsales("approvals", "approve", "act_1", "--revision", "2", "--reason", "seen")
    assert queue.requests == [("POST /v1/actions/act_1/approve", {"revision": 2, "reason": "seen"})]


def test_edit_changes_one_argument_and_keeps_its_kind(queue: Services, promptsales: Command) -> None:
    promptsales("approvals", "edit", "act_1", "--set", "budget=900", "--set", "days=10", "--reason", "cheaper")
    body = {"revision": 3, "args": {"campaign_id": "cmp_1", "budget": "900", "days": 10}, "reason": "cheaper"}
    assert queue.requests[-1] == ("POST /v1/actions/act_1/edit", body)


def test_edit_of_an_argument_that_is_not_there_is_wrong_usage(queue: Services, promptsales: Command) -> None:
    result = promptsales("approvals", "edit", "act_1", "--set", "bugdet=900", "--reason", "cheaper")
    assert result.status == 2
    assert "campaign_id, budget, days" in result.err


def test_refusal_is_shown_with_its_fix(services: Services, promptsales: Command) -> None:
    services.answers = {
        "POST /v1/actions/act_1/approve": (409, {"detail": "Revision 2 is stale.", "fix": "Look at revision 3."})
    }
    result = promptsales("approvals", "approve", "act_1", "--revision", "2", "--json")
    assert result.status == 1
    assert "Revision 2 is stale." in result.err
    assert "Look at revision 3." in result.err
    assert result.out == ""


def test_withdrawing_names_no_digest(queue: Services, promptsales: Command) -> None:
    promptsales("approvals", "cancel", "act_1")
    assert queue.requests[-1] == ("POST /v1/actions/act_1/cancel", {"revision": 3, "reason": None})
