"""propose, decide, edit and cancel, called as the role of the API."""

import asyncio
from typing import Any

import pytest

from approvals import repository
from approvals.errors import (
    ActionExpired,
    AlreadyDecided,
    AlreadyVoted,
    DigestMismatch,
    FourEyes,
    GuardViolated,
    IdempotencyConflict,
    NotStorable,
    NotTheProposer,
    StaleRevision,
)
from kernel.canonical import digest_of
from kernel.database import Connection
from tests.integration.approvals.support import Queue, age


async def test_proposal_waits_with_the_digest_of_its_bytes(queue: Queue) -> None:
    action = await queue.propose()

    assert (action.state, action.revision, action.fence) == ("PENDING", 1, 0)
    assert action.digest == digest_of(action.canonical)
    assert (action.server, action.tool, action.tenant) == ("ads", "launch_campaign", queue.tenant)
    assert (action.expires_at - action.created_at).total_seconds() == pytest.approx(3600, abs=1)
    assert await queue.events(action.id) == ["proposed"]


async def test_same_key_gives_the_same_action(queue: Queue) -> None:
    first = await queue.propose(idempotency_key="k1")

    assert (await queue.propose(idempotency_key="k1")).id == first.id
    assert (await queue.propose(idempotency_key="k2")).id != first.id


async def test_same_key_finds_its_action_after_an_edit(queue: Queue) -> None:
    first = await queue.propose(idempotency_key="k1")
    await queue.edit(first)

    assert (await queue.propose(idempotency_key="k1")).id == first.id


@pytest.mark.parametrize(
    "changed", [{"args": {"budget": "1.00"}}, {"proposer": "user:somebody"}], ids=["arguments", "proposer"]
)
async def test_same_key_for_another_request_is_a_conflict(queue: Queue, changed: dict[str, Any]) -> None:
    await queue.propose(idempotency_key="k1")

    with pytest.raises(IdempotencyConflict):
        await queue.propose(idempotency_key="k1", **changed)


async def test_concurrent_proposals_with_one_key_are_one_action(queue: Queue) -> None:
    actions = await asyncio.gather(*(queue.propose(idempotency_key="k1") for _ in range(8)))

    assert len({action.id for action in actions}) == 1


async def test_text_that_cannot_be_stored_is_the_callers_error(queue: Queue) -> None:
    with pytest.raises(NotStorable):
        await queue.propose(args={"body": "a\0b"})
    with pytest.raises(NotStorable):
        await queue.propose(summary="a\0b")


async def test_one_approval_releases(queue: Queue) -> None:
    action = await queue.approved()

    assert action.state == "APPROVED"
    assert action.decided_at is not None
    assert await queue.events(action.id) == ["proposed", "voted", "approved"]


async def test_two_approvals_are_two_people(queue: Queue) -> None:
    action = await queue.propose(required_approvals=2)

    assert (await queue.vote(action, "user:a")).state == "PENDING"
    with pytest.raises(AlreadyVoted):
        await queue.vote(action, "user:a")
    assert (await queue.vote(action, "user:b")).state == "APPROVED"


async def test_concurrent_approvals_release_once(queue: Queue) -> None:
    action = await queue.propose(required_approvals=3)

    results = await asyncio.gather(*(queue.vote(action, f"user:{name}") for name in "abcde"), return_exceptions=True)

    assert sum(isinstance(result, AlreadyDecided) for result in results) == 2
    assert (await queue.events(action.id)).count("approved") == 1


async def test_proposer_cannot_approve(queue: Queue) -> None:
    action = await queue.propose()

    with pytest.raises(FourEyes):
        await queue.vote(action, "user:marketer")
    assert (await queue.get(action.id)).state == "PENDING"


async def test_one_rejection_is_final(queue: Queue) -> None:
    action = await queue.propose(required_approvals=2)
    await queue.vote(action, "user:a")

    rejected = await queue.vote(action, "user:b", "reject")

    assert (rejected.state, rejected.reason) == ("REJECTED", "Looked at it.")
    with pytest.raises(AlreadyDecided):
        await queue.vote(action, "user:c")


async def test_vote_needs_the_present_revision_and_digest(queue: Queue) -> None:
    action = await queue.propose()
    edited = await queue.edit(action, "user:editor")

    with pytest.raises(StaleRevision):
        await queue.vote(action)
    with pytest.raises(DigestMismatch):
        await queue.vote(edited, digest=action.digest)
    assert (await queue.vote(edited, digest=edited.digest)).state == "APPROVED"


async def test_edit_resets_votes(queue: Queue) -> None:
    action = await queue.propose(required_approvals=2)
    await queue.vote(action, "user:a")
    edited = await queue.edit(action, "user:editor")

    assert (edited.revision, edited.digest != action.digest) == (2, True)
    assert (await queue.vote(edited, "user:b")).state == "PENDING"
    assert (await queue.vote(edited, "user:a")).state == "APPROVED"


async def test_editor_alone_does_not_release(queue: Queue) -> None:
    edited = await queue.edit(await queue.propose(), "user:reviewer")

    assert (await queue.vote(edited, "user:reviewer")).state == "PENDING"
    assert (await queue.vote(edited, "user:second")).state == "APPROVED"


async def test_only_one_of_two_concurrent_edits_counts(queue: Queue) -> None:
    action = await queue.propose()

    results = await asyncio.gather(
        queue.edit(action, "user:a", budget="1.00"), queue.edit(action, "user:b", budget="2.00"), return_exceptions=True
    )

    assert sum(isinstance(result, StaleRevision) for result in results) == 1
    assert (await queue.get(action.id)).revision == 2


async def test_approved_action_is_not_edited(queue: Queue) -> None:
    action = await queue.approved()

    with pytest.raises(AlreadyDecided):
        await queue.edit(action)


async def test_edit_cannot_point_the_action_at_another_tool(queue: Queue) -> None:
    action = await queue.propose()
    elsewhere = action.canonical.replace(b'"tool":"launch_campaign"', b'"tool":"change_budget"')

    with pytest.raises(GuardViolated):
        async with queue.transaction() as connection:
            await repository.edit(connection, action.id, 1, elsewhere, editor="user:editor", reason="Swap.")


async def test_expired_action_cannot_be_approved_before_anything_swept_it(queue: Queue, admin: Connection) -> None:
    action = await queue.propose()
    await age(admin, action.id)

    with pytest.raises(ActionExpired):
        await queue.vote(action)
    assert await queue.expire() == 1
    assert (await queue.get(action.id)).state == "EXPIRED"
    with pytest.raises(ActionExpired):
        await queue.vote(action)


async def test_approved_action_expires_before_dispatch(queue: Queue, admin: Connection) -> None:
    action = await queue.approved()
    await age(admin, action.id)

    assert await queue.claim() is None
    assert await queue.expire() == 1
    assert (await queue.get(action.id)).state == "EXPIRED"


async def test_proposer_and_administrator_withdraw_until_it_is_taken_up(queue: Queue) -> None:
    assert (await queue.cancel(await queue.propose())).state == "CANCELLED"
    assert (await queue.cancel(await queue.approved(), "user:admin", administrator=True)).state == "CANCELLED"
    with pytest.raises(NotTheProposer):
        await queue.cancel(await queue.propose(), "user:reviewer")
    taken = await queue.approved()
    await queue.claimed()
    with pytest.raises(AlreadyDecided):
        await queue.cancel(taken)
