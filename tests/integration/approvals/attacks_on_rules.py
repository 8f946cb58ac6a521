"""Attacks on caps, tiers and automatic rules, and on when things happen: each says whether it got through."""

import asyncio
from datetime import UTC, date, datetime, time
from typing import Any

from psycopg import errors
from psycopg.types.json import Jsonb

from approvals import repository
from approvals.policy import QuietHours
from kernel.database import Connection, DatabaseUnavailable
from tests.integration.approvals.attacks import through
from tests.integration.approvals.queue_model import midday_zone
from tests.integration.approvals.support import Queue, proposal, provenance, rules, until_somebody_waits

_RULE: dict[str, Any] = {
    "name": "small",
    "enabled": True,
    "tools": ["ads.launch_campaign"],
    "limits": {"USD": "500"},
    "daily_limits": {"USD": "1000"},
}


def _spending(amount: str) -> dict[str, Any]:
    return {"amount": amount, "currency": "USD", "client": "Acme", "campaign_id": "cmp_1", "countries": []}


async def _enable_rule(queue: Queue) -> None:
    await queue.govern(rules(automatic=[_RULE], time_zone=midday_zone()))


async def vote_of_a_rule_that_refused(queue: Queue, admin: Connection) -> bool:
    await _enable_rule(queue)
    action = await queue.propose(exposure=_spending("9999.00"))
    return await through(
        admin.execute(
            "INSERT INTO approvals.decisions"
            " (tenant, action_id, revision, digest, decision, reviewer, roles, client_id, automatic)"
            " VALUES (%s, %s, 1, %s, 'approve', 'rule:quorum-1/small', '{}', 'x', %s)",
            (action.tenant, action.id, action.digest, Jsonb(action.terms["automatic"])),
        )
    )


async def rule_for_untrusted_input(queue: Queue, admin: Connection) -> bool:
    await _enable_rule(queue)
    tainted = provenance("user:marketer", untrusted=[{"source": "lead", "reference": "l1"}])
    return (await queue.propose(exposure=_spending("100.00"), provenance=tainted)).state == "APPROVED"


async def many_small_past_a_rule(queue: Queue, admin: Connection) -> bool:
    await _enable_rule(queue)
    states = [(await queue.propose(exposure=_spending("490.00"))).state for _ in range(3)]
    return states == ["APPROVED"] * 3


async def edit_for_a_rule(queue: Queue, admin: Connection) -> bool:
    await _enable_rule(queue)
    action = await queue.propose(exposure=_spending("9999.00"))
    return (await queue.edit_as(action, "user:editor", exposure=_spending("1.00"))).terms["automatic"] is not None


async def ledger_changed_twice_at_once(queue: Queue, admin: Connection) -> bool:
    """Whether a proposal gets at the ledger while another transaction of the tenant holds it."""
    new = proposal(queue.tenant)
    await queue.propose()
    async with queue.transaction() as holding:
        await holding.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('approvals.ledger:' || %s, 0))", (queue.tenant,)
        )
        async with queue.transaction() as connection:
            await connection.execute("SET LOCAL lock_timeout = '300ms'")
            try:
                await repository.propose(connection, new)
            except errors.LockNotAvailable:
                await connection.rollback()
                return False
    return True


async def rejection_waits_crosswise(queue: Queue, admin: Connection) -> bool:
    """Whether a rejection and a proposal at the same moment wait for each other's locks."""
    action = await queue.propose()
    async with queue.transaction() as proposing:
        await proposing.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('approvals.ledger:' || %s, 0))", (queue.tenant,)
        )
        rejecting = asyncio.create_task(queue.vote(action, vote="reject"))
        await until_somebody_waits(queue)
        proposed = await asyncio.gather(repository.propose(proposing, proposal(queue.tenant)), return_exceptions=True)
        if isinstance(proposed[0], errors.DeadlockDetected):
            await proposing.rollback()
    done = await asyncio.gather(rejecting, return_exceptions=True)
    return any(isinstance(one, errors.DeadlockDetected | DatabaseUnavailable) for one in [*proposed, *done])


async def _cap(queue: Queue, usd: str) -> None:
    await queue.govern(rules(caps=[{"per": "client_day", "limits": {"USD": usd}}], time_zone=midday_zone()))


async def more_than_the_cap(queue: Queue, admin: Connection) -> bool:
    await _cap(queue, "500")
    return await through(queue.propose(exposure=_spending("500.01")))


async def many_small_past_a_cap(queue: Queue, admin: Connection) -> bool:
    await _cap(queue, "500")
    await queue.propose(exposure=_spending("490.00"))
    return await through(queue.propose(exposure=_spending("490.00")))


async def smaller_reservation_and_more(queue: Queue, admin: Connection) -> bool:
    await _cap(queue, "500")
    await queue.propose(exposure=_spending("490.00"))
    lowered = await through(
        admin.execute("UPDATE approvals.reservations SET amount = 1 WHERE tenant = %s", (queue.tenant,))
    )
    if lowered:
        await admin.execute("UPDATE approvals.exposures SET committed = 1 WHERE tenant = %s", (queue.tenant,))
    return await through(queue.propose(exposure=_spending("490.00")))


async def higher_cap_and_more(queue: Queue, admin: Connection) -> bool:
    """A cap raised in the policy itself, without a new version that would be seen, and a proposal under it."""
    await _cap(queue, "500")
    raised = rules(caps=[{"per": "client_day", "limits": {"USD": "5000"}}], time_zone=midday_zone())
    await through(
        admin.execute("UPDATE approvals.policies SET document = %s WHERE tenant = %s", (Jsonb(raised), queue.tenant))
    )
    return await through(queue.propose(exposure=_spending("4000.00")))


async def room_of_what_was_cancelled_is_lost(queue: Queue, admin: Connection) -> bool:
    await _cap(queue, "500")
    await queue.cancel(await queue.propose(exposure=_spending("490.00")))
    return not await through(queue.propose(exposure=_spending("490.00")))


async def many_small_past_a_tier(queue: Queue, admin: Connection) -> bool:
    small = {"name": "small", "limits": {"USD": "500"}, "required_approvals": 1, "undo_seconds": 0}
    large = {"name": "large", "limits": None, "required_approvals": 2, "undo_seconds": 0}
    await queue.govern(rules(tiers=[small, large], time_zone=midday_zone()))
    await queue.propose(exposure=_spending("490.00"))
    return (await queue.propose(exposure=_spending("490.00"))).required_approvals == 1


async def quiet_after_midnight_forgotten(queue: Queue, admin: Connection) -> bool:
    hours = QuietHours.model_validate({"days": ["mon"], "start": time(22), "end": time(6)})
    at = datetime.combine(date(2026, 7, 7), time(5), UTC)
    document = rules(quiet_hours=[hours.model_dump()])
    rows = await admin.execute("SELECT approvals.release_at_v1(%s, %s) = %s AS open", (Jsonb(document), at, at))
    row = await rows.fetchone()
    return bool(row and row["open"])


async def reminded_twice(queue: Queue, admin: Connection) -> bool:
    action = await queue.propose()
    await admin.execute("UPDATE approvals.actions SET remind_at = now() WHERE id = %s", (action.id,))

    async def remind() -> bool:
        async with queue.executor.system() as connection:
            return await repository.remind_next(connection, worker="executor:test")

    return [await remind(), await remind()] == [True, True]
