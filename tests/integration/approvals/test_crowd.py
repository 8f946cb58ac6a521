"""Many people and many executors at once: nothing is released by too few, carried out twice, or lost."""

import asyncio
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from decimal import Decimal

import pytest

from approvals import repository
from approvals.domain import Action
from approvals.errors import AlreadyDecided
from kernel.database import Connection, Database
from kernel.settings import Settings
from tests.integration.approvals.support import Queue, proposal, rules

ACTIONS = 1_000
TENANTS = 4
APPROVERS = 50
EXECUTORS = 20
NEEDED = 2
LATE_FOR = 4
"""Every so many actions there is one more person who votes, and comes too late."""
AMOUNT = Decimal("1200.00")
LIFE = {"proposed": 1, "voted": NEEDED, "approved": 1, "claimed": 1, "succeeded": 1}


@dataclass
class Crowd:
    """Queues of several tenants with a connection for everybody, and what everybody saw."""

    queues: list[Queue]
    approved: asyncio.Queue[str | None] = field(default_factory=asyncio.Queue[str | None])
    votes: Counter[str] = field(default_factory=Counter[str])
    late: int = 0
    executed: Counter[str] = field(default_factory=Counter[str])

    async def propose(self, queue: Queue, count: int) -> list[tuple[Queue, Action]]:
        policy = await queue.govern(rules(NEEDED))
        async with queue.transaction() as connection:
            news = [proposal(queue.tenant, policy_version=policy.label) for _ in range(count)]
            return [(queue, await repository.propose(connection, new)) for new in news]

    async def approve(self, reviewer: str, actions: list[tuple[Queue, Action]]) -> None:
        """Vote on each; whoever's vote releases it wakes an executor."""
        for queue, action in actions:
            try:
                voted = await queue.vote(action, reviewer)
            except AlreadyDecided:
                self.late += 1
            else:
                self.votes[action.id] += 1
                if voted.state == "APPROVED":
                    self.approved.put_nowait(action.id)

    async def execute(self) -> None:
        """Each time one was released, carry out whichever is due, until told to stop."""
        queue = self.queues[0]
        while await self.approved.get():
            while (claimed := await queue.claim()) is None:
                pass  # another has just taken the only one this claim could see
            await queue.finish(claimed)
            self.executed[claimed.id] += 1


@pytest.fixture
async def crowd(queue: Queue, approvals_settings: Settings) -> AsyncIterator[Crowd]:
    url = approvals_settings.role_database_url
    async with (
        Database.open(url("promptsales_approvals"), max_size=APPROVERS) as api,
        Database.open(url("promptsales_executor"), max_size=EXECUTORS) as executor,
    ):
        yield Crowd([Queue(api, executor) for _ in range(TENANTS)])


async def test_crowd_releases_and_executes_every_action_exactly_once(crowd: Crowd, admin: Connection) -> None:
    began = time.perf_counter()
    proposed = await asyncio.gather(*(crowd.propose(queue, ACTIONS // TENANTS) for queue in crowd.queues))
    queued = time.perf_counter()
    # In turns over the tenants, and each action to people next to each other, who reach it at about the same time.
    actions = [action for together in zip(*proposed, strict=True) for action in together]
    offered: list[list[tuple[Queue, Action]]] = [[] for _ in range(APPROVERS)]
    for number, action in enumerate(actions):
        for place in range(NEEDED + (number % LATE_FOR == 0)):
            offered[(number + place) % APPROVERS].append(action)

    async with asyncio.timeout(120):
        executors = [asyncio.create_task(crowd.execute()) for _ in range(EXECUTORS)]
        await asyncio.gather(*(crowd.approve(f"user:{number}", mine) for number, mine in enumerate(offered)))
        for _ in executors:
            crowd.approved.put_nowait(None)
        await asyncio.gather(*executors)
    done = time.perf_counter()

    ids = {action.id for _, action in actions}
    assert crowd.executed == dict.fromkeys(ids, 1)
    assert crowd.votes == dict.fromkeys(ids, NEEDED)
    assert crowd.late == ACTIONS // LATE_FOR
    assert await _lives(admin) == dict.fromkeys(ids, LIFE)
    assert await _voters(admin) == dict.fromkeys(ids, NEEDED)
    for queue in crowd.queues:
        await _check_books(queue)
    decided = done - queued
    sys.stdout.write(
        f"\n{ACTIONS} actions of {TENANTS} tenants: proposed in {queued - began:.1f} s; by {APPROVERS} approvers and "
        f"{EXECUTORS} executors decided and executed in {decided:.1f} s ({ACTIONS / decided:.0f} a second)\n"
    )


async def _lives(admin: Connection) -> dict[str, dict[str, int]]:
    """How often what happened to each action that the queue holds as executed at the first claim."""
    found = await admin.execute(
        "SELECT a.id, e.event, count(*) AS times FROM approvals.actions AS a"
        " JOIN approvals.audit AS e ON (e.tenant, e.action_id) = (a.tenant, a.id)"
        " WHERE (a.state, a.fence, a.attempts) = ('SUCCEEDED', 1, 1) GROUP BY a.id, e.event"
    )
    lives: dict[str, dict[str, int]] = {}
    for row in await found.fetchall():
        lives.setdefault(row["id"], {})[row["event"]] = row["times"]
    return lives


async def _voters(admin: Connection) -> dict[str, int]:
    found = await admin.execute(
        "SELECT action_id, count(DISTINCT reviewer) AS people FROM approvals.decisions"
        " WHERE decision = 'approve' GROUP BY action_id"
    )
    return {row["action_id"]: row["people"] for row in await found.fetchall()}


async def _check_books(queue: Queue) -> None:
    """A tenant's ledger counts each of its actions once, and its audit chain holds from the first entry to the last."""
    count = ACTIONS // TENANTS
    async with queue.transaction() as connection:
        found = await connection.execute("SELECT scope, unit, committed FROM approvals.exposures")
        ledger = {(row["scope"], row["unit"]): row["committed"] for row in await found.fetchall()}
        last = await repository.last_audit(connection)
        broken = await repository.broken_audit(connection, 1, last)
    scopes = ("campaign", "client_day", "client_month", "tenant_day")
    assert ledger == {
        **{(scope, "USD"): count * AMOUNT for scope in scopes},
        **{(scope, "actions"): count for scope in scopes},
    }
    assert last == count * sum(LIFE.values()) + 1  # the tenant's policy
    assert broken == []
