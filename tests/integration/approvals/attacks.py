"""Attacks on the queue, several in two steps at once: each says whether it got through."""

from collections.abc import Awaitable
from datetime import timedelta
from typing import Any, LiteralString

from psycopg import errors
from psycopg.errors import DatabaseError

from approvals import governance
from approvals.domain import Action
from approvals.errors import GuardViolated, PolicyMoved
from kernel.canonical import canonical_bytes, digest_of
from kernel.clock import now
from kernel.database import Connection
from kernel.errors import PromptSalesError
from kernel.ids import new_id
from tests.integration.approvals.support import PARTIAL, Queue, end_lease, rules, unguarded

_CLAIM = "state = 'EXECUTING', fence = fence + 1, lease_until = now() + interval '1 minute'"
_APPROVE = "state = 'APPROVED', decided_at = now(), dispatch_after = now()"


async def through(attempt: Awaitable[object]) -> bool:
    """Whether an attempt was let through; that it was refused is one of the queue's facts."""
    try:
        await attempt
    except PromptSalesError:
        return False
    except DatabaseError as error:
        if str(error.sqlstate).startswith("PS0") or isinstance(error, errors.ForeignKeyViolation):
            return False
        raise
    return True


async def _by_hand(admin: Connection, action: Action, assignments: str) -> bool:
    return await through(admin.execute(f"UPDATE approvals.actions SET {assignments} WHERE id = '{action.id}'".encode()))


async def _forge_vote(admin: Connection, action: Action, reviewer: str, role: str, absent: str | None = None) -> None:
    await unguarded(
        admin,
        "INSERT INTO approvals.decisions (tenant, action_id, revision, digest, decision, reviewer, roles, on_behalf_of,"
        " client_id) VALUES (%s, %s, %s, %s, 'approve', %s, %s, %s, 'x')",
        (action.tenant, action.id, action.revision, action.digest, reviewer, [role], absent),
    )


_REVISION: LiteralString = (
    "INSERT INTO approvals.revisions"
    " (tenant, action_id, revision, canonical, digest, exposure, summary, policy_version, editor)"
    " VALUES (%s, %s, %s, %s, %s, '{}', 's', 'p', 'user:e')"
)


def _other(action: Action, **changed: Any) -> bytes:
    return canonical_bytes(action.document | changed)


def _adopting(canonical: bytes) -> str:
    return f"revision = revision + 1, digest = '{digest_of(canonical)}', canonical = '\\x{canonical.hex()}'"


async def payload_change_with_approval(queue: Queue, admin: Connection) -> bool:
    action = await queue.propose()
    args = {"campaign_id": "cmp_1", "budget": "9999.00"}
    other = _other(action, args=args)
    await admin.execute(_REVISION, (action.tenant, action.id, 2, other, digest_of(other)))
    await unguarded(
        admin,
        "INSERT INTO approvals.decisions (tenant, action_id, revision, digest, decision, reviewer, roles, client_id)"
        " VALUES (%s, %s, 2, %s, 'approve', 'user:ghost', '{reviewer}', 'x')",
        (action.tenant, action.id, digest_of(other)),
    )
    said = '{"campaign_id": "cmp_1", "budget": "9999.00"}'
    return await _by_hand(admin, action, f"{_adopting(other)}, args = '{said}', {_APPROVE}")


async def columns_other_than_their_bytes(queue: Queue, admin: Connection) -> bool:
    action = await queue.propose()
    other = _other(action, args={"budget": "9999.00"})
    await admin.execute(_REVISION, (action.tenant, action.id, 2, other, digest_of(other)))
    return await _by_hand(admin, action, _adopting(other))


async def revision_under_other_terms(queue: Queue, admin: Connection) -> bool:
    action = await queue.propose()
    other = _other(action, policy_version="lenient-1")
    await admin.execute(_REVISION, (action.tenant, action.id, 2, other, digest_of(other)))
    return await _by_hand(admin, action, f"{_adopting(other)}, policy_version = 'lenient-1'")


async def longer_life(queue: Queue, admin: Connection) -> bool:
    return await _by_hand(admin, await queue.propose(), "expires_at = expires_at + interval '1 year'")


async def revision_with_another_digest(queue: Queue, admin: Connection) -> bool:
    action = await queue.propose()
    digest = "sha256:" + "0" * 64
    return await through(admin.execute(_REVISION, (action.tenant, action.id, 2, action.canonical, digest)))


async def revision_after_the_approval(queue: Queue, admin: Connection) -> bool:
    action = await queue.approved()
    other = _other(action, args={})
    return await through(admin.execute(_REVISION, (action.tenant, action.id, 2, other, digest_of(other))))


async def rejected_again_pending(queue: Queue, admin: Connection) -> bool:
    rejected = await queue.vote(await queue.propose(), vote="reject")
    return await _by_hand(admin, rejected, "state = 'PENDING'")


async def early_expiry(queue: Queue, admin: Connection) -> bool:
    return await _by_hand(admin, await queue.propose(), "state = 'EXPIRED'")


async def back_to_pending_without_a_revision(queue: Queue, admin: Connection) -> bool:
    await queue.approved()
    return await _by_hand(admin, await queue.claimed(), "state = 'PENDING', lease_until = NULL")


async def approval_without_votes(queue: Queue, admin: Connection) -> bool:
    return await _by_hand(admin, await queue.propose(), _APPROVE)


async def shorter_undo_with_execution(queue: Queue, admin: Connection) -> bool:
    tier = {"name": "only", "limits": None, "required_approvals": 1, "undo_seconds": 600}
    await queue.govern(rules(tiers=[tier]))
    return await _by_hand(admin, await queue.approved(), f"dispatch_after = now(), {_CLAIM}")


async def glass_broken_by_hand(queue: Queue, admin: Connection) -> bool:
    """As if two administrators had: with the votes of an ordinary approval, and no review afterwards."""
    action = await queue.approved()
    await unguarded(admin, "UPDATE approvals.actions SET state = 'PENDING' WHERE id = %s", (action.id,))
    return await _by_hand(admin, action, f"{_APPROVE}, broke_glass = true")


async def early_takeover(queue: Queue, admin: Connection) -> bool:
    await queue.approved()
    claimed = await queue.claimed()
    return await _by_hand(admin, claimed, "fence = fence + 1, lease_until = now() + interval '1 minute'")


async def success_with_differences(queue: Queue, admin: Connection) -> bool:
    await queue.approved()
    return await through(queue.finish(await queue.claimed(), "SUCCEEDED", PARTIAL))


async def proposers_forged_vote_with_approval(queue: Queue, admin: Connection) -> bool:
    action = await queue.propose()
    await _forge_vote(admin, action, "user:marketer", "reviewer")
    return await _by_hand(admin, action, _APPROVE)


async def delegation_of_ones_own_proposal(queue: Queue, admin: Connection) -> bool:
    action = await queue.propose()
    await _forge_vote(admin, action, "user:deputy", "reviewer", absent="user:marketer")
    return await _by_hand(admin, action, _APPROVE)


async def vote_in_another_role(queue: Queue, admin: Connection) -> bool:
    action = await queue.propose()
    await _forge_vote(admin, action, "user:viewer", "viewer")
    return await _by_hand(admin, action, _APPROVE)


async def _lend(queue: Queue, to: str) -> str:
    async with queue.transaction() as connection:
        lent = await governance.delegate(
            connection,
            new_id("dlg"),
            delegator="user:boss",
            roles=["reviewer"],
            to=to,
            starts_at=now() - timedelta(days=1),
            ends_at=now() + timedelta(days=1),
            reason="Away.",
        )
    return lent.id


async def one_authority_twice(queue: Queue, admin: Connection) -> bool:
    action = await queue.propose(required_approvals=2)
    await _lend(queue, "user:deputy")
    await queue.vote(action, "user:boss")
    return (await queue.vote(action, "user:deputy", roles=[], on_behalf_of="user:boss")).state == "APPROVED"


async def editor_alone(queue: Queue, admin: Connection) -> bool:
    edited = await queue.edit(await queue.propose(), "user:editor")
    return (await queue.vote(edited, "user:editor")).state == "APPROVED"


async def glass_broken_by_one(queue: Queue, admin: Connection) -> bool:
    action = await queue.propose(required_approvals=3)
    return (await queue.vote(action, "user:a", "break_glass", roles=["admin"])).state == "APPROVED"


async def proposers_vote(queue: Queue, admin: Connection) -> bool:
    return await through(queue.vote(await queue.propose(), "user:marketer"))


async def vote_of_a_viewer(queue: Queue, admin: Connection) -> bool:
    return await through(queue.vote(await queue.propose(), "user:viewer", roles=["viewer"]))


async def revoked_delegation(queue: Queue, admin: Connection) -> bool:
    action = await queue.propose()
    lent = await _lend(queue, "user:deputy")
    async with queue.transaction() as connection:
        await governance.revoke_delegation(connection, lent, "user:boss", [])
    return await through(queue.vote(action, "user:deputy", roles=[], on_behalf_of="user:boss"))


async def vote_on_an_earlier_revision(queue: Queue, admin: Connection) -> bool:
    action = await queue.propose(required_approvals=2)
    await queue.edit_as(action, "user:editor", args=action.document["args"])
    return await through(
        admin.execute(
            "INSERT INTO approvals.decisions"
            " (tenant, action_id, revision, digest, decision, reviewer, roles, client_id)"
            " VALUES (%s, %s, 1, %s, 'approve', 'user:a', '{reviewer}', 'x')",
            (action.tenant, action.id, action.digest),
        )
    )


async def second_vote(queue: Queue, admin: Connection) -> bool:
    action = await queue.propose(required_approvals=2)
    await queue.vote(action, "user:a")
    return await through(queue.vote(action, "user:a", "reject"))


async def claim_in_a_blackout(queue: Queue, admin: Connection) -> bool:
    await queue.approved()
    today = now().date()
    dates = {"first": str(today - timedelta(days=1)), "last": str(today + timedelta(days=1)), "reason": "Crisis."}
    await queue.govern(rules(blackout_dates=[dates]))
    return await queue.claim() is not None


async def _overtaken(queue: Queue, admin: Connection) -> Action:
    await queue.approved()
    first = await queue.claimed()
    await end_lease(admin, first)
    await queue.claimed()
    return first


async def receipt_of_a_stale_fence(queue: Queue, admin: Connection) -> bool:
    return await through(queue.finish(await _overtaken(queue, admin)))


async def drift_of_a_stale_fence(queue: Queue, admin: Connection) -> bool:
    return await through(queue.drift(await _overtaken(queue, admin), status="paused"))


async def key_of_another_proposer(queue: Queue, admin: Connection) -> bool:
    await queue.propose(idempotency_key="k")
    return await through(queue.propose(idempotency_key="k", proposer="user:other"))


async def earlier_policy_is_a_fault(queue: Queue, admin: Connection) -> bool:
    """Whether somebody whose proposal crossed a change of the policy is told anything but to send it again."""
    await queue.govern(rules(1))
    await queue.govern(rules(2))
    try:
        await queue.propose(policy_version="quorum-1")
    except (PolicyMoved, GuardViolated) as refusal:
        return not isinstance(refusal, PolicyMoved)
    return True


async def cancellation_by_anybody(queue: Queue, admin: Connection) -> bool:
    return await through(queue.cancel(await queue.propose(), "user:somebody"))


async def settling_ones_own(queue: Queue, admin: Connection) -> bool:
    await queue.approved()
    action = await queue.finish(await queue.claimed(), "UNKNOWN")
    return await through(queue.reconcile(action, "SUCCEEDED", by="user:marketer"))


async def review_by_who_broke_the_glass(queue: Queue, admin: Connection) -> bool:
    action = await queue.propose()
    for reviewer in ("user:a", "user:b"):
        await queue.vote(action, reviewer, "break_glass", roles=["admin"])

    async def close() -> None:
        async with queue.transaction() as connection:
            await governance.close_review(connection, action.id, "user:a", "Fine.")

    return await through(close())
