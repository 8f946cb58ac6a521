"""What the gate's documents and outcomes say, without a database."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from kernel.canonical import canonical_bytes
from kernel.gate.documents import approved_action
from kernel.gate.errors import ActionFormChanged, NotReversible, OutcomeUnknown, PayloadAltered, TargetDrifted
from kernel.gate.models import ActionView, CachedContent, Exposure, Preparation, outcome

DOCUMENT: dict[str, Any] = {
    "v": 2,
    "tenant": "acme",
    "server": "ads",
    "tool": "pause_campaign",
    "tool_schema_hash": "sha256:0",
    "args": {"campaign_id": "cmp_1", "reason": "Sold out"},
    "target_account": "sandbox-ads:acme",
    "target_state_digest": "sha256:1",
    "target": {"status": "active"},
    "exposure": {"client": "Cafe Alta"},
    "summary": "Pause it.",
    "reversible": False,
    "evidence": [{"title": "Stage", "detail": "Live", "source": None}],
    "provenance": {"requested_by": "user:ana", "via": ["ads"], "engine": None, "cached": [], "untrusted": []},
    "compensates": None,
    "policy_version": "1",
}


def preparation(target: dict[str, Any] | None = None) -> Preparation:
    state = {"budget": Decimal("10.00"), "to": "ana@example.com"}
    return Preparation("acct-1", state, "Pause it.", Exposure(), reversible=False, target=target)


def test_an_approved_action_is_read_member_by_member() -> None:
    action = approved_action(canonical_bytes(DOCUMENT))

    assert (action.tool, action.target, action.compensates) == ("pause_campaign", {"status": "active"}, None)


@pytest.mark.parametrize("version", [1, 3, "2", None])
def test_an_action_approved_in_another_form_has_to_be_proposed_again(version: object) -> None:
    with pytest.raises(ActionFormChanged) as refused:
        approved_action(canonical_bytes({**DOCUMENT, "v": version}))

    assert (refused.value.code, refused.value.fix) == ("action_form_changed", "Propose the action again.")


@pytest.mark.parametrize("name", sorted(set(DOCUMENT) - {"v"}))
def test_an_action_that_lacks_a_member_is_refused_and_the_member_named(name: str) -> None:
    with pytest.raises(PayloadAltered, match=name):
        approved_action(canonical_bytes({key: value for key, value in DOCUMENT.items() if key != name}))


@pytest.mark.parametrize("change", [{"not_before": "2027-01-01"}, {"reversible": "yes"}, {"compensates": 7}])
def test_an_action_with_a_member_that_is_unknown_or_of_another_type_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(PayloadAltered, match=next(iter(change))):
        approved_action(canonical_bytes({**DOCUMENT, **change}))


@pytest.mark.parametrize("canonical", [b"", b"[]", b"{", b"2"])
def test_bytes_that_are_no_action_are_refused(canonical: bytes) -> None:
    with pytest.raises(PayloadAltered):
        approved_action(canonical)


def test_a_reviewer_sees_the_targets_state_as_json_unless_the_tool_shows_something_else() -> None:
    assert preparation().visible_target() == {"budget": "10.00", "to": "ana@example.com"}
    assert preparation(target={"to": "a***@example.com"}).visible_target() == {"to": "a***@example.com"}


def test_a_drift_carries_the_action_as_it_would_be_proposed_now() -> None:
    problem = TargetDrifted("It changed.", prepared={"tool": "pause_campaign"}, fix="Again.").as_problem()

    assert (problem["code"], problem["status"], problem["fix"]) == ("target_drifted", 409, "Again.")
    assert problem["prepared"] == {"tool": "pause_campaign"}
    assert json.loads(json.dumps(problem)) == problem


def test_what_cannot_be_known_or_taken_back_is_a_conflict() -> None:
    assert [(fact.code, fact.status) for fact in (OutcomeUnknown("?"), NotReversible("!"))] == [
        ("outcome_unknown", 409),
        ("not_reversible", 409),
    ]


def test_an_action_applied_otherwise_has_failed_and_says_so() -> None:
    view = ActionView(
        id="act_1",
        status="failed_partial",
        url="http://127.0.0.1",
        expires_at=datetime.now(UTC) + timedelta(hours=1),
        summary="Pause it.",
        exposure=Exposure(),
    )

    found = outcome(view)

    assert found.status == "failed"
    assert "otherwise than approved" in found.next


@pytest.mark.parametrize("change", [{"age_seconds": -1}, {"similarity": 1.5}])
def test_provenance_of_a_cache_hit_is_within_reason(change: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        CachedContent.model_validate({"reference": "llm:1", "age_seconds": 60, "similarity": 0.97, **change})
