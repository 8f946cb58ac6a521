"""Deciding for somebody absent, and releasing in an emergency."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from psycopg import errors

from approvals import governance
from approvals.domain import Action
from approvals.errors import AlreadyVoted, DelegationNotFound, FourEyes, ReviewNotOpen, RoleNotAllowed
from approvals.governance import Delegation, PostReview
from kernel.clock import now
from kernel.database import Connection
from kernel.ids import new_id
from tests.integration.approvals.support import Queue, rules, tampered, unguarded

_DAY = timedelta(days=1)


async def lend(
    queue: Queue,
    delegator: str = "user:boss",
    to: str = "user:deputy",
    *,
    roles: Sequence[str] = ("admin",),
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> Delegation:
    async with queue.transaction() as connection:
        return await governance.delegate(
            connection,
            new_id("dlg"),
            delegator=delegator,
            roles=roles,
            to=to,
            starts_at=starts_at or now() - _DAY,
            ends_at=ends_at or now() + _DAY,
            reason="Away.",
        )


async def for_admins(queue: Queue, required: int = 1) -> Action:
    tier = {"name": "only", "limits": None, "required_approvals": required, "approver_roles": ["admin"]}
    await queue.govern(rules(tiers=[tier | {"undo_seconds": 0}]))
    return await queue.propose()


async def stand_in(queue: Queue, action: Action, delegate: str = "user:deputy", absent: str = "user:boss") -> Action:
    return await queue.vote(action, delegate, roles=["reviewer"], on_behalf_of=absent)


async def test_role_that_the_tier_does_not_name_decides_nothing(queue: Queue) -> None:
    action = await for_admins(queue)

    with pytest.raises(RoleNotAllowed):
        await queue.vote(action, "user:deputy", roles=["reviewer"])
    with pytest.raises(RoleNotAllowed):
        await queue.vote(action, "user:deputy", roles=[])
    assert (await queue.vote(action, "user:boss", roles=["admin"])).state == "APPROVED"


async def test_role_is_lent(queue: Queue) -> None:
    action = await for_admins(queue)
    await lend(queue)

    assert (await stand_in(queue, action)).state == "APPROVED"


async def test_only_the_role_that_was_lent_counts(queue: Queue) -> None:
    action = await for_admins(queue)
    await lend(queue, roles=["reviewer"])

    with pytest.raises(RoleNotAllowed):
        await queue.vote(action, "user:deputy", roles=["admin"], on_behalf_of="user:boss")


@pytest.mark.parametrize(
    ("delegator", "to"), [("user:other", "user:deputy"), ("user:boss", "user:other")], ids=["whose", "to whom"]
)
async def test_a_delegation_is_between_two_people(queue: Queue, delegator: str, to: str) -> None:
    action = await for_admins(queue)
    await lend(queue, delegator, to)

    with pytest.raises(RoleNotAllowed):
        await stand_in(queue, action)


async def test_a_delegation_holds_from_its_start_to_its_end(queue: Queue) -> None:
    action = await for_admins(queue)
    await lend(queue, starts_at=now() - 2 * _DAY, ends_at=now() - _DAY)
    await lend(queue, starts_at=now() + _DAY, ends_at=now() + 2 * _DAY)

    with pytest.raises(RoleNotAllowed):
        await stand_in(queue, action)


async def test_a_revoked_delegation_lends_nothing(queue: Queue) -> None:
    action = await for_admins(queue)
    lent = await lend(queue)
    async with queue.transaction() as connection:
        await governance.revoke_delegation(connection, lent.id, "user:boss", [])

    with pytest.raises(RoleNotAllowed):
        await stand_in(queue, action)


@pytest.mark.parametrize(("by", "roles", "may"), [("user:deputy", ["reviewer"], False), ("user:x", ["admin"], True)])
async def test_who_ends_a_delegation(queue: Queue, by: str, roles: list[str], may: bool) -> None:
    lent = await lend(queue)

    async with queue.transaction() as connection:
        if may:
            assert (await governance.revoke_delegation(connection, lent.id, by, roles)).revoked_at is not None
        else:
            with pytest.raises(DelegationNotFound):
                await governance.revoke_delegation(connection, lent.id, by, roles)


async def test_another_tenants_delegation_lends_nothing(queue: Queue) -> None:
    await lend(Queue(queue.api, queue.executor))

    with pytest.raises(RoleNotAllowed):
        await stand_in(queue, await for_admins(queue))


async def test_one_authority_is_one_vote(queue: Queue) -> None:
    action = await for_admins(queue, required=2)
    await lend(queue, to="user:deputy")
    await lend(queue, to="user:second")

    assert (await queue.vote(action, "user:boss", roles=["admin"])).state == "PENDING"
    assert (await stand_in(queue, action, "user:deputy")).state == "PENDING"
    assert (await stand_in(queue, action, "user:second")).state == "PENDING"
    assert (await queue.vote(action, "user:eva", roles=["admin"])).state == "APPROVED"


async def test_one_person_is_one_vote_whoever_they_stand_for(queue: Queue) -> None:
    action = await for_admins(queue, required=2)
    await lend(queue, "user:boss")
    await lend(queue, "user:eva")
    await stand_in(queue, action, absent="user:boss")

    with pytest.raises(AlreadyVoted):
        await stand_in(queue, action, absent="user:eva")


async def test_a_proposer_approves_neither_through_a_delegate_nor_as_one(queue: Queue) -> None:
    action = await for_admins(queue)
    await lend(queue, "user:marketer", "user:deputy")
    await lend(queue, "user:boss", "user:marketer")

    with pytest.raises(FourEyes):
        await stand_in(queue, action, absent="user:marketer")
    with pytest.raises(FourEyes):
        await stand_in(queue, action, "user:marketer")


async def test_an_editor_is_not_the_only_approver_through_a_delegate(queue: Queue) -> None:
    edited = await queue.edit(await for_admins(queue), "user:boss")
    await lend(queue)

    assert (await stand_in(queue, edited)).state == "PENDING"
    assert (await queue.vote(edited, "user:eva", roles=["admin"])).state == "APPROVED"


async def test_nobody_delegates_to_themselves_or_backwards_in_time(queue: Queue) -> None:
    with pytest.raises(errors.CheckViolation):
        await lend(queue, to="user:boss")
    with pytest.raises(errors.CheckViolation):
        await lend(queue, starts_at=now(), ends_at=now() - _DAY)


async def break_glass(queue: Queue, action: Action, *admins: str) -> Action:
    for admin in admins:
        action = await queue.vote(action, admin, "break_glass", roles=["admin"])
    return action


async def test_two_administrators_release_at_once_what_needs_more(queue: Queue) -> None:
    always = {"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "start": "00:00", "end": "00:00"}
    tier = {"name": "only", "limits": None, "required_approvals": 5, "undo_seconds": 600}
    await queue.govern(rules(tiers=[tier], quiet_hours=[always]))
    action = await queue.propose()

    assert (await break_glass(queue, action, "user:a")).state == "PENDING"
    released = await break_glass(queue, action, "user:b")

    assert (released.state, released.broke_glass) == ("APPROVED", True)
    assert (await queue.claimed()).id == action.id
    assert await queue.events(action.id) == [
        "proposed", "broke_glass", "broke_glass", "approved", "review_due", "claimed",
    ]  # fmt: skip


async def test_one_administrator_breaks_no_glass_twice(queue: Queue) -> None:
    action = await queue.propose(required_approvals=3)
    await break_glass(queue, action, "user:a")

    with pytest.raises(AlreadyVoted):
        await break_glass(queue, action, "user:a")
    assert (await queue.vote(action, "user:a", roles=["admin"])).state == "PENDING"


async def test_only_present_administrators_other_than_the_proposer_break_the_glass(queue: Queue) -> None:
    action = await queue.propose()
    await lend(queue)

    with pytest.raises(RoleNotAllowed):
        await queue.vote(action, "user:a", "break_glass", roles=["reviewer"])
    with pytest.raises(RoleNotAllowed):
        await queue.vote(action, "user:deputy", "break_glass", roles=["admin"], on_behalf_of="user:boss")
    with pytest.raises(FourEyes):
        await break_glass(queue, action, "user:marketer")


async def test_glass_broken_for_an_earlier_revision_is_whole_again(queue: Queue) -> None:
    action = await queue.propose()
    await break_glass(queue, action, "user:a")
    edited = await queue.edit(action, "user:editor")

    assert (await break_glass(queue, edited, "user:b")).state == "PENDING"


async def test_review_is_closed_once_by_a_third_person(queue: Queue) -> None:
    action = await break_glass(queue, await queue.propose(), "user:a", "user:b")

    for involved in ("user:a", "user:b", "user:marketer"):
        with pytest.raises(FourEyes):
            await _close(queue, action, involved)
    assert [review.closed_at for review in await _reviews(queue)] == [None]
    closed = await _close(queue, action, "user:c")
    assert (closed.closed_by, closed.finding) == ("user:c", "It was needed.")
    with pytest.raises(ReviewNotOpen):
        await _close(queue, action, "user:c")


async def test_an_ordinary_release_opens_no_review(queue: Queue) -> None:
    action = await queue.approved()

    assert await _reviews(queue) == []
    with pytest.raises(ReviewNotOpen):
        await _close(queue, action, "user:c")


async def test_glass_broken_again_after_a_drift_is_reviewed_again(queue: Queue) -> None:
    action = await break_glass(queue, await queue.propose(), "user:a", "user:b")
    await _close(queue, action, "user:c")
    drifted = await queue.drift(await queue.claimed(), status="paused")

    again = await break_glass(queue, drifted, "user:a", "user:d")

    assert (again.state, again.broke_glass) == ("APPROVED", True)
    assert [review.closed_at is None for review in await _reviews(queue)] == [True, False]


async def test_the_glass_is_not_broken_by_hand(queue: Queue, admin: Connection) -> None:
    action = await queue.propose()
    await break_glass(queue, action, "user:a")
    voted = await queue.vote(action)
    await unguarded(admin, "UPDATE approvals.actions SET state = 'PENDING' WHERE id = %s", (voted.id,))

    await tampered(admin, "PS012", "state = 'APPROVED', broke_glass = true, dispatch_after = now()", action)


async def _close(queue: Queue, action: Action, by: str) -> PostReview:
    async with queue.transaction() as connection:
        return await governance.close_review(connection, action.id, by, "It was needed.")


async def _reviews(queue: Queue) -> list[PostReview]:
    async with queue.transaction() as connection:
        return await governance.post_reviews(connection)
