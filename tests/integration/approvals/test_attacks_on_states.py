"""Direct SQL as an administrator, whom no grant stops: only the legal ways, and only with the votes."""

import pytest
from psycopg import errors

from approvals.domain import STATES, TRANSITIONS
from kernel.database import Connection
from tests.integration.approvals.support import RECEIPT, Queue, age, copying, end_lease, tampered, unguarded

_ILLEGAL = "PS009"


_FENCE = "PS011"


_QUORUM = "PS012"


_KEPT = "PS014"


KEPT = (
    "actions", "revisions", "decisions", "audit", "policies", "exposures", "reservations", "delegations",
    "post_reviews",
)  # fmt: skip


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("APPROVED", _QUORUM),
        ("EXECUTING", _ILLEGAL),
        ("SUCCEEDED", _ILLEGAL),
        ("FAILED", _ILLEGAL),
        ("FAILED_PARTIAL", _ILLEGAL),
        ("UNKNOWN", _ILLEGAL),
    ],
)
async def test_unapproved_action_reaches_no_state_of_execution(
    queue: Queue, admin: Connection, state: str, code: str
) -> None:
    action = await queue.propose()

    await tampered(
        admin, code, f"state = '{state}', fence = fence + 1, lease_until = now() + interval '1 minute'", action
    )


async def test_pending_action_does_not_expire_early(queue: Queue, admin: Connection) -> None:
    await tampered(admin, _ILLEGAL, "state = 'EXPIRED'", await queue.propose())


async def test_every_edge_outside_the_graph_is_refused(queue: Queue, admin: Connection) -> None:
    legal = {(source, target) for source, targets in TRANSITIONS.items() for target in targets}
    for source in STATES:
        action = await queue.propose()
        await unguarded(admin, "UPDATE approvals.actions SET state = %s WHERE id = %s", (source, action.id))
        for target in STATES:
            if (source, target) not in legal - {("EXECUTING", "PENDING")} and (source, target) != (
                "PENDING",
                "PENDING",
            ):
                await tampered(admin, _ILLEGAL, f"state = '{target}'", action)


@pytest.mark.parametrize("reviewer", ["user:marketer", "user:editor"])
async def test_forged_votes_do_not_make_a_quorum(queue: Queue, admin: Connection, reviewer: str) -> None:
    edited = await queue.edit(await queue.propose(), "user:editor")
    await unguarded(
        admin,
        "INSERT INTO approvals.decisions (tenant, action_id, revision, digest, decision, reviewer, roles, client_id)"
        " VALUES (%s, %s, 2, %s, 'approve', %s, '{reviewer}', 'x')",
        (queue.tenant, edited.id, edited.digest, reviewer),
    )

    await tampered(admin, _QUORUM, "state = 'APPROVED'", edited)


async def test_votes_on_an_earlier_revision_do_not_release_a_later_one(queue: Queue, admin: Connection) -> None:
    action = await queue.propose(required_approvals=2)
    await queue.vote(action, "user:a")
    edited = await queue.edit(action, "user:editor")
    await queue.vote(edited, "user:b")

    await tampered(admin, _QUORUM, "state = 'APPROVED'", edited)


async def test_action_approved_past_the_triggers_is_never_claimed(queue: Queue, admin: Connection) -> None:
    action = await queue.propose()
    await unguarded(
        admin,
        "UPDATE approvals.actions SET state = 'APPROVED', decided_at = now(), dispatch_after = now() WHERE id = %s",
        (action.id,),
    )
    honest = await queue.approved()

    assert (await queue.claimed()).id == honest.id
    assert await queue.claim() is None


async def test_insert_does_not_begin_beyond_pending(queue: Queue, admin: Connection) -> None:
    await queue.approved()

    with pytest.raises(errors.DatabaseError) as refusal:
        await admin.execute(copying(state="state").encode())
    assert refusal.value.sqlstate == _ILLEGAL


@pytest.mark.parametrize(
    "assignments",
    [
        "fence = fence + 1, lease_until = now() + interval '1 minute'",
        "fence = fence + 2, lease_until = now() + interval '1 minute'",
        "fence = fence - 1",
    ],
)
async def test_leased_action_is_not_taken_over_early(queue: Queue, admin: Connection, assignments: str) -> None:
    await queue.approved()

    await tampered(admin, _FENCE, assignments, await queue.claimed())


async def test_approved_action_is_not_executed_without_a_fence(queue: Queue, admin: Connection) -> None:
    await tampered(admin, _FENCE, "state = 'EXECUTING'", await queue.approved())


@pytest.mark.parametrize(
    "assignments",
    ["state = 'EXECUTING'", "receipt = '{}'", "finished_at = now()", "state = 'FAILED'", "reason = 'because'"],
)
async def test_receipt_and_end_are_written_once(queue: Queue, admin: Connection, assignments: str) -> None:
    await queue.approved()
    done = await queue.finish(await queue.claimed(), "SUCCEEDED", RECEIPT)

    await tampered(admin, _ILLEGAL, assignments, done)


@pytest.mark.parametrize(
    "statement",
    [f"DELETE FROM approvals.{table}" for table in KEPT]
    + [f"TRUNCATE approvals.{table} CASCADE" for table in KEPT]
    + [f"UPDATE approvals.{table} SET tenant = tenant" for table in ("revisions", "decisions", "audit", "policies")],
)
async def test_history_is_kept_even_from_an_administrator(queue: Queue, admin: Connection, statement: str) -> None:
    await queue.approved()

    with pytest.raises(errors.DatabaseError) as refusal:
        await admin.execute(statement.encode())
    assert refusal.value.sqlstate == _KEPT


async def test_audit_entry_written_by_hand_joins_the_chain_as_it_is(queue: Queue, admin: Connection) -> None:
    action = await queue.propose()
    await admin.execute(
        "INSERT INTO approvals.audit (tenant, seq, at, event, action_id, revision, digest, actor, detail,"
        " previous_hash, hash) VALUES (%s, 77, '2000-01-01', 'approved', %s, 1, 'd', 'x', '{}', '', '')",
        (queue.tenant, action.id),
    )

    cursor = await admin.execute(
        "SELECT seq, at > '2026-01-01' AS dated FROM approvals.audit WHERE tenant = %s ORDER BY seq", (queue.tenant,)
    )
    assert await cursor.fetchall() == [{"seq": 1, "dated": True}, {"seq": 2, "dated": True}]


@pytest.mark.parametrize("jump", ["+ 2", "- 1"])
async def test_fences_go_up_by_one_even_when_the_lease_is_over(queue: Queue, admin: Connection, jump: str) -> None:
    await queue.approved()
    claimed = await queue.claimed()
    await end_lease(admin, claimed)

    await tampered(admin, _FENCE, f"fence = fence {jump}, lease_until = now() + interval '1 minute'", claimed)


async def test_votes_do_not_release_what_has_expired(queue: Queue, admin: Connection) -> None:
    action = await queue.approved()
    await unguarded(admin, "UPDATE approvals.actions SET state = 'PENDING' WHERE id = %s", (action.id,))
    await age(admin, action.id)

    await tampered(admin, "PS004", "state = 'APPROVED'", action)


@pytest.mark.parametrize(
    ("code", "revision", "digest", "reviewer"),
    [
        ("PS002", "revision - 1", "digest", "user:a"),
        ("PS002", "revision + 1", "digest", "user:a"),
        ("PS006", "revision", "'sha256:' || repeat('0', 64)", "user:a"),
        ("PS005", "revision", "digest", "user:marketer"),
    ],
    ids=["earlier revision", "later revision", "other digest", "proposer"],
)
async def test_vote_written_by_hand_is_checked(
    queue: Queue, admin: Connection, code: str, revision: str, digest: str, reviewer: str
) -> None:
    await queue.edit(await queue.propose())

    await _vote_refused(admin, code, revision, digest, reviewer)


async def test_vote_written_by_hand_comes_neither_late_nor_after_a_decision(queue: Queue, admin: Connection) -> None:
    action = await queue.propose()
    await age(admin, action.id)
    await _vote_refused(admin, "PS004", "revision", "digest", "user:a")
    await queue.expire()
    await _vote_refused(admin, "PS003", "revision", "digest", "user:a")


async def _vote_refused(admin: Connection, code: str, revision: str, digest: str, reviewer: str) -> None:
    with pytest.raises(errors.DatabaseError) as refusal:
        await admin.execute(
            "INSERT INTO approvals.decisions"
            " (tenant, action_id, revision, digest, decision, reviewer, roles, client_id)"
            f" SELECT tenant, id, {revision}, {digest}, 'approve', '{reviewer}', '{{reviewer}}', 'x'"
            " FROM approvals.actions".encode()
        )
    assert refusal.value.sqlstate == code
