"""When the target is not what was approved, when nobody knows what happened, and when somebody asks twice."""

import asyncio
from typing import Any

import pytest

from approvals import repository
from approvals.domain import Action
from approvals.errors import (
    ActionExpired,
    ActionNotFound,
    AlreadyDecided,
    CapReached,
    FourEyes,
    GuardViolated,
    IdempotencyConflict,
    StaleClaim,
    StaleRevision,
)
from approvals.refusals import facts
from kernel.canonical import digest_of
from kernel.database import Connection
from tests.integration.approvals.queue_model import midday_zone
from tests.integration.approvals.support import (
    PARTIAL,
    RECEIPT,
    Queue,
    age,
    end_lease,
    rules,
    tampered,
    unguarded,
    until_somebody_waits,
)


async def unknown(queue: Queue) -> Action:
    await queue.approved()
    return await queue.finish(await queue.claimed(), "UNKNOWN")


async def test_a_drifted_action_is_pending_again_with_what_its_server_finds(queue: Queue) -> None:
    approved = await queue.approved()

    drifted = await queue.drift(await queue.claimed(), status="paused")

    assert (drifted.state, drifted.revision, drifted.attempts) == ("PENDING", 2, 0)
    assert (drifted.lease_until, drifted.decided_at, drifted.dispatch_after) == (None, None, None)
    assert drifted.document["target"] == {"status": "paused"}
    assert drifted.digest == digest_of(drifted.canonical) != approved.digest
    assert (await queue.events(drifted.id))[-1] == "drifted"
    assert await queue.claim() is None
    async with queue.transaction() as connection:
        assert [one.editor for one in await repository.revisions(connection, drifted.id)] == [None, "server:ads"]


async def test_approval_of_a_drifted_action_executes_it(queue: Queue) -> None:
    action = await queue.approved()
    drifted = await queue.drift(await queue.claimed(), status="paused")

    with pytest.raises(StaleRevision):
        await queue.vote(action, "user:second")
    await queue.vote(drifted)
    claimed = await queue.claimed()

    assert (claimed.revision, claimed.fence) == (2, 2)
    assert (await queue.finish(claimed)).state == "SUCCEEDED"


async def test_votes_from_before_a_drift_do_not_count_after_it(queue: Queue) -> None:
    action = await queue.propose(required_approvals=2)
    for reviewer in ("user:a", "user:b"):
        await queue.vote(action, reviewer)
    drifted = await queue.drift(await queue.claimed(), status="paused")

    assert (await queue.vote(drifted, "user:a")).state == "PENDING"
    assert (await queue.vote(drifted, "user:b")).state == "APPROVED"


async def test_only_the_present_claim_drifts_or_finishes(queue: Queue, admin: Connection) -> None:
    await queue.approved()
    first = await queue.claimed()
    await end_lease(admin, first)
    second = await queue.claimed()

    with pytest.raises(StaleClaim):
        await queue.drift(first, status="paused")
    drifted = await queue.drift(second, status="paused")
    for late in (first, second):
        with pytest.raises(StaleClaim):
            await queue.drift(late, status="ended")
        with pytest.raises(StaleClaim):
            await queue.finish(late)
    await queue.vote(drifted)
    await queue.claimed()
    with pytest.raises(StaleClaim):
        await queue.finish(second)


async def test_a_drift_commits_what_is_proposed_now_instead(queue: Queue) -> None:
    caps = [{"per": "client_day", "limits": {"USD": "1500"}}]
    await queue.govern(rules(caps=caps, time_zone=midday_zone()))
    await queue.approved()
    claimed = await queue.claimed()
    exposure: dict[str, Any] = {
        "amount": "1500.00",
        "currency": "USD",
        "client": "Acme",
        "campaign_id": "cmp_1",
        "countries": [],
    }

    async def drift(amount: str) -> Action:
        async with queue.executor.transaction(queue.tenant) as connection:
            canonical = await queue.revised(connection, claimed, exposure=exposure | {"amount": amount})
            return await repository.drift(connection, claimed, canonical, reason="Grown.", worker="executor:test")

    with pytest.raises(CapReached):
        await drift("1500.01")
    assert (await queue.get(claimed.id)).state == "EXECUTING"
    assert (await drift("1500.00")).exposure["amount"] == "1500.00"


async def test_a_drift_past_its_expiry_is_swept(queue: Queue, admin: Connection) -> None:
    await queue.approved()
    claimed = await queue.claimed()
    await age(admin, claimed.id)
    drifted = await queue.drift(claimed, status="paused")

    with pytest.raises(ActionExpired):
        await queue.vote(drifted)
    assert await queue.expire() == 1
    assert (await queue.get(drifted.id)).state == "EXPIRED"


async def test_an_executing_action_does_not_go_back_without_a_revision(queue: Queue, admin: Connection) -> None:
    await queue.approved()

    await tampered(admin, "PS009", "state = 'PENDING'", await queue.claimed())


async def test_a_drift_is_of_the_same_tool_and_proposer(queue: Queue) -> None:
    await queue.approved()
    claimed = await queue.claimed()
    other = claimed.document["provenance"] | {"requested_by": "user:other"}

    async def drift(**changed: Any) -> None:
        async with queue.executor.transaction(queue.tenant) as connection:
            canonical = await queue.revised(connection, claimed, **changed)
            await repository.drift(connection, claimed, canonical, reason="No.", worker="executor:test")

    for changed in ({"tool": "change_budget"}, {"server": "crm"}, {"provenance": other}, {"compensates": "act_x"}):
        with pytest.raises(GuardViolated):
            await drift(**changed)


@pytest.mark.parametrize("state", ["SUCCEEDED", "FAILED"])
async def test_what_nobody_knew_is_settled_once(queue: Queue, state: str) -> None:
    action = await unknown(queue)

    settled = await queue.reconcile(action, state)

    assert (settled.state, settled.changed_by) == (state, "user:reviewer")
    with pytest.raises(AlreadyDecided):
        await queue.reconcile(action, "FAILED")
    assert await queue.claim() is None


async def test_a_proposer_settles_nothing(queue: Queue) -> None:
    action = await unknown(queue)

    with pytest.raises(FourEyes):
        await queue.reconcile(action, "FAILED", by="user:marketer")


async def test_another_tenant_settles_nothing(queue: Queue) -> None:
    action = await unknown(queue)

    with pytest.raises(ActionNotFound):
        await Queue(queue.api, queue.executor).reconcile(action, "FAILED")


@pytest.mark.parametrize("state", ["PENDING", "APPROVED", "EXECUTING", "UNKNOWN", "CANCELLED", "EXPIRED"])
async def test_it_is_settled_as_something_that_is_known(queue: Queue, state: str) -> None:
    action = await unknown(queue)

    with pytest.raises(GuardViolated):
        await queue.reconcile(action, state)
    assert (await queue.get(action.id)).state == "UNKNOWN"


@pytest.mark.parametrize(
    ("state", "receipt"),
    [("SUCCEEDED", None), ("SUCCEEDED", PARTIAL), ("FAILED", PARTIAL), ("FAILED_PARTIAL", RECEIPT)],
    ids=["success without", "success with differences", "failure with differences", "partial without"],
)
async def test_settling_needs_the_receipt_that_says_so(
    queue: Queue, state: Any, receipt: dict[str, Any] | None
) -> None:
    action = await unknown(queue)

    with pytest.raises(GuardViolated):
        async with queue.transaction() as connection:
            await repository.reconcile(connection, action.id, state=state, receipt=receipt, by="user:a", reason="x")


@pytest.mark.parametrize("state", ["PENDING", "APPROVED", "EXECUTING", "SUCCEEDED"])
async def test_only_what_is_unknown_is_settled(queue: Queue, admin: Connection, state: str) -> None:
    action = await queue.propose()
    await unguarded(admin, "UPDATE approvals.actions SET state = %s WHERE id = %s", (state, action.id))

    with pytest.raises(AlreadyDecided):
        await queue.reconcile(action, "FAILED")


async def test_a_partial_failure_is_final_and_can_be_seen(queue: Queue) -> None:
    await queue.approved()
    claimed = await queue.claimed()

    partial = await queue.finish(claimed, "FAILED_PARTIAL", PARTIAL)

    assert (partial.state, partial.receipt) == ("FAILED_PARTIAL", PARTIAL)
    assert (await queue.events(partial.id))[-1] == "failed_partial"
    with pytest.raises(StaleClaim):
        await queue.finish(claimed)
    with pytest.raises(AlreadyDecided):
        await queue.reconcile(partial, "SUCCEEDED")


async def begin(queue: Queue, key: str = "k", fingerprint: str = "f", subject: str = "user:a") -> tuple[Any, Any, Any]:
    async with queue.transaction() as connection:
        with facts():
            cursor = await connection.execute(
                "SELECT status, body, running FROM approvals.begin_request_v1(%s, %s, %s)", (subject, key, fingerprint)
            )
            row = await cursor.fetchone()
    assert row is not None
    return row["status"], row["body"], row["running"]


async def end(queue: Queue, status: int | None, body: str | None = None) -> None:
    async with queue.transaction() as connection:
        await connection.execute("SELECT approvals.end_request_v1('user:a', 'k', %s, %s)", (status, body))


async def test_a_request_runs_once_and_answers_the_same_again(queue: Queue) -> None:
    assert await begin(queue) == (None, None, False)
    assert await begin(queue) == (None, None, True)
    await end(queue, 200, '{"id": "act_1"}')
    await end(queue, 500, "{}")

    assert await begin(queue) == (200, {"id": "act_1"}, False)


async def test_a_refused_request_uses_no_key_up(queue: Queue) -> None:
    await begin(queue)
    await end(queue, None)

    assert await begin(queue, fingerprint="another") == (None, None, False)


async def test_a_key_is_of_one_request_of_one_person_of_one_tenant(queue: Queue) -> None:
    await begin(queue)

    with pytest.raises(IdempotencyConflict):
        await begin(queue, fingerprint="another")
    assert (await begin(queue, subject="user:b"))[2] is False
    assert (await begin(Queue(queue.api, queue.executor)))[2] is False


async def test_one_of_many_at_once_runs(queue: Queue) -> None:
    begun = await asyncio.gather(*(begin(queue) for _ in range(8)))

    assert sorted(running for _, _, running in begun) == [False] + [True] * 7


async def test_a_key_that_is_being_freed_is_waited_for(queue: Queue) -> None:
    await begin(queue)
    async with queue.transaction() as refusing:
        await refusing.execute("SELECT approvals.end_request_v1('user:a', 'k', NULL, NULL)")
        repeating = asyncio.create_task(begin(queue))
        await until_somebody_waits(queue)
    assert await repeating == (None, None, False)


async def test_a_request_without_an_answer_for_a_minute_may_run_again(queue: Queue, admin: Connection) -> None:
    await begin(queue)
    await admin.execute("UPDATE approvals.requests SET created_at = now() - interval '61 seconds'")

    assert await begin(queue) == (None, None, False)
    assert await begin(queue) == (None, None, True)


async def test_keys_are_forgotten_after_a_day(queue: Queue, admin: Connection) -> None:
    await begin(queue, key="old")
    await admin.execute("UPDATE approvals.requests SET created_at = now() - interval '25 hours'")
    await begin(queue, key="new")

    async with queue.executor.system() as connection:
        await repository.forget_requests(connection)

    rows = await admin.execute("SELECT key FROM approvals.requests")
    assert await rows.fetchall() == [{"key": "new"}]
