"""claim, finish, defer and expire, called as the role of the executor."""

import asyncio

import pytest

from approvals import repository
from approvals.errors import (
    GuardViolated,
    StaleClaim,
)
from kernel.database import Connection
from tests.integration.approvals.support import RECEIPT, Queue, end_lease


async def test_claim_takes_only_approved_actions_once(queue: Queue) -> None:
    await queue.propose()
    approved = await queue.approved()

    claimed = await queue.claimed()

    assert (claimed.id, claimed.state, claimed.fence, claimed.attempts) == (approved.id, "EXECUTING", 1, 1)
    assert await queue.claim() is None


async def test_concurrent_claims_never_share_an_action(queue: Queue) -> None:
    approved = {(await queue.approved()).id for _ in range(5)}

    claims = await asyncio.gather(*(queue.claim() for _ in range(8)))

    taken = [claim.id for claim in claims if claim]
    assert len(taken) == len(set(taken))
    while claim := await queue.claim():
        taken.append(claim.id)
    assert sorted(taken) == sorted(approved)


async def test_claims_serve_every_tenant_oldest_first(queue: Queue) -> None:
    other = Queue(queue.api, queue.executor)
    first, second = await queue.approved(), await other.approved()

    assert [(await queue.claimed()).id, (await queue.claimed()).id] == [first.id, second.id]


async def test_claim_is_renewed_after_its_lease_with_a_higher_fence(queue: Queue, admin: Connection) -> None:
    await queue.approved()
    first = await queue.claimed()
    await end_lease(admin, first)

    second = await queue.claimed()

    assert (second.id, second.fence, second.attempts) == (first.id, 2, 2)
    with pytest.raises(StaleClaim):
        await queue.finish(first)
    assert (await queue.finish(second)).state == "SUCCEEDED"
    with pytest.raises(StaleClaim):
        await queue.finish(second)


async def test_late_worker_finishes_while_nobody_else_has_claimed(queue: Queue, admin: Connection) -> None:
    await queue.approved()
    claimed = await queue.claimed()
    await end_lease(admin, claimed)

    assert (await queue.finish(claimed)).state == "SUCCEEDED"


async def test_deferred_claim_waits_for_its_pause(queue: Queue, admin: Connection) -> None:
    await queue.approved()
    claimed = await queue.claimed()

    deferred = await queue.defer(claimed)

    assert (deferred.state, deferred.reason) == ("EXECUTING", "unreachable")
    assert await queue.claim() is None
    await end_lease(admin, deferred)
    assert (await queue.claimed()).fence == 2
    with pytest.raises(StaleClaim):
        await queue.defer(claimed)


async def test_execution_out_of_attempts_is_left_unknown(queue: Queue, admin: Connection) -> None:
    await queue.approved()
    claimed = await queue.claimed()
    assert await queue.expire(max_attempts=1) == 0
    await end_lease(admin, claimed)

    assert await queue.claim(max_attempts=1) is None
    assert await queue.expire(max_attempts=1) == 1
    unknown = await queue.get(claimed.id)
    assert (unknown.state, unknown.reason) == ("UNKNOWN", "attempts_exhausted")
    assert await queue.claim() is None


async def test_success_needs_a_receipt_without_differences(queue: Queue) -> None:
    await queue.approved()
    claimed = await queue.claimed()
    lie = RECEIPT | {"differences": [{"field": "budget", "requested": "1200.00", "applied": "900.00"}]}

    with pytest.raises(GuardViolated):
        await queue.finish(claimed, "SUCCEEDED", lie)
    with pytest.raises(GuardViolated):
        await queue.finish(claimed, "SUCCEEDED", {})
    with pytest.raises(GuardViolated):
        await queue.finish(claimed, "FAILED", lie)
    assert (await queue.finish(claimed, "FAILED_PARTIAL", lie)).receipt == lie


@pytest.mark.parametrize("receipt", [RECEIPT, {}, {"differences": []}], ids=["as asked", "empty", "none"])
async def test_partial_failure_needs_a_difference(queue: Queue, receipt: dict[str, object]) -> None:
    await queue.approved()
    claimed = await queue.claimed()

    with pytest.raises(GuardViolated):
        await queue.finish(claimed, "FAILED_PARTIAL", receipt)
    assert (await queue.get(claimed.id)).state == "EXECUTING"


async def test_claim_does_not_wait_for_one_that_another_is_taking(queue: Queue) -> None:
    first, second = await queue.approved(), await Queue(queue.api, queue.executor).approved()

    async with queue.executor.system() as connection:
        taking = await repository.claim(connection, worker="executor:a", lease_seconds=30, max_attempts=8)
        async with asyncio.timeout(5):
            taken = await queue.claimed()

    assert taking is not None
    assert (taking.id, taken.id) == (first.id, second.id)
