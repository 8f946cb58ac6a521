import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.domain import (
    MAX_CANONICAL_BYTES,
    STATES,
    TRANSITIONS,
    Action,
    Decision,
    Payload,
    Vote,
    check_may_approve,
    count_approvals,
)
from approvals.errors import FourEyes, PayloadTooLarge
from kernel.canonical import digest_of

_NOW = datetime(2026, 11, 22, tzinfo=UTC)
_PAYLOAD = Payload(
    tenant="solid-demo",
    server="ads",
    tool="launch_campaign",
    tool_schema_hash="sha256:" + "0" * 64,
    args={"campaign_id": "cmp_1", "budget": "1200.00"},
    target_account="acct-1",
    target_state_digest="sha256:" + "1" * 64,
    target={"status": "draft"},
    exposure={"amount": "1200.00", "currency": "USD"},
    summary="Launch.",
    reversible=True,
    evidence=[],
    provenance={"requested_by": "user:marketer", "via": ["ads"], "engine": None, "cached": [], "untrusted": []},
    compensates=None,
    policy_version="default-1",
)


def _action(**changed: Any) -> Action:
    canonical = _PAYLOAD.canonical()
    action = Action(
        tenant="solid-demo",
        id="act_1",
        server="ads",
        tool="launch_campaign",
        canonical=canonical,
        digest=digest_of(canonical),
        exposure={},
        summary="Launch.",
        reversible=True,
        evidence=[],
        compensates=None,
        terms={"approver_roles": ["reviewer", "admin"]},
        proposer="user:marketer",
        actors=["ads"],
        client_id="ads",
        revision=1,
        state="PENDING",
        required_approvals=1,
        policy_version="default-1",
        expires_at=_NOW,
        dispatch_after=None,
        broke_glass=False,
        lease_until=None,
        fence=0,
        attempts=0,
        receipt=None,
        reason=None,
        changed_by="user:marketer",
        created_at=_NOW,
        decided_at=None,
        finished_at=None,
    )
    return replace(action, **changed)


def _vote(action: Action, reviewer: str, decision: Vote = "approve", **changed: Any) -> Decision:
    vote = Decision(
        action_id=action.id,
        revision=action.revision,
        digest=action.digest,
        decision=decision,
        reviewer=reviewer,
        roles=["reviewer"],
        on_behalf_of=None,
        automatic=None,
        reason=None,
        decided_at=_NOW,
    )
    return replace(vote, **changed)


def test_canonical_action_is_sorted_json_of_what_is_approved() -> None:
    document = json.loads(_PAYLOAD.canonical())

    assert list(document) == sorted(document)
    assert document["v"] == 2
    assert document["args"] == {"campaign_id": "cmp_1", "budget": "1200.00"}
    assert document["exposure"] == {"amount": "1200.00", "currency": "USD"}


def test_any_changed_field_changes_the_digest() -> None:
    base = digest_of(_PAYLOAD.canonical())

    for field in ("tenant", "server", "tool", "tool_schema_hash", "target_account", "target_state_digest", "summary"):
        assert digest_of(replace(_PAYLOAD, **{field: "other"}).canonical()) != base
    assert digest_of(replace(_PAYLOAD, policy_version="default-2").canonical()) != base
    for field in ("target", "exposure", "provenance"):
        assert digest_of(replace(_PAYLOAD, **{field: {"other": 1}}).canonical()) != base
    assert digest_of(replace(_PAYLOAD, reversible=False).canonical()) != base


def test_equal_meanings_have_one_digest() -> None:
    composed = replace(_PAYLOAD, args={"a": "caf\u00e9", "b": Decimal("1.50")})
    decomposed = replace(_PAYLOAD, args={"b": "1.50", "a": "cafe\u0301"})

    assert composed.canonical() == decomposed.canonical()


def test_action_too_large_to_be_read_is_refused() -> None:
    with pytest.raises(PayloadTooLarge) as refusal:
        replace(_PAYLOAD, args={"body": "x" * MAX_CANONICAL_BYTES}).canonical()

    assert refusal.value.field == "args"


def test_status_is_the_state_in_lower_case() -> None:
    assert [_action(state=state).status for state in STATES] == [state.lower() for state in STATES]


def test_nothing_leaves_a_terminal_state() -> None:
    assert all(not TRANSITIONS[state] for state in ("REJECTED", "EXPIRED", "CANCELLED", "SUCCEEDED", "FAILED"))
    assert set(TRANSITIONS) == set(STATES)


def test_approvals_count_once_and_only_for_the_present_digest() -> None:
    action = _action(revision=2)
    votes = [
        _vote(action, "user:a"),
        _vote(action, "user:a"),
        _vote(action, "user:b", revision=1),
        _vote(action, "user:c", digest="sha256:" + "2" * 64),
        _vote(action, "user:d", "reject"),
        _vote(action, "user:marketer"),
    ]

    assert count_approvals(action, votes) == 1


def test_one_authority_counts_once_whoever_stands_in_for_it() -> None:
    action = _action(terms={"approver_roles": ["admin"]})
    votes = [
        _vote(action, "user:a", roles=["admin"]),
        _vote(action, "user:b", roles=["admin"], on_behalf_of="user:a"),
        _vote(action, "user:c", roles=["reviewer"]),
        _vote(action, "user:d", roles=["admin"], on_behalf_of="user:marketer"),
    ]

    assert count_approvals(action, votes) == 1


def test_proposer_cannot_approve() -> None:
    with pytest.raises(FourEyes):
        check_may_approve(_action(), None, "user:marketer")


def test_editor_cannot_be_the_only_approver() -> None:
    with pytest.raises(FourEyes):
        check_may_approve(_action(revision=2), "user:reviewer", "user:reviewer")


def test_editor_may_be_one_of_two_approvers() -> None:
    check_may_approve(_action(revision=2, required_approvals=2), "user:reviewer", "user:reviewer")


def test_somebody_else_may_approve() -> None:
    check_may_approve(_action(revision=2), "user:reviewer", "user:second")


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=8), _JSON, max_size=4))
def test_decoding_and_encoding_again_gives_the_same_bytes(args: dict[str, Any]) -> None:
    canonical = replace(_PAYLOAD, args=args).canonical()

    assert replace(_PAYLOAD, args=json.loads(canonical)["args"]).canonical() == canonical
