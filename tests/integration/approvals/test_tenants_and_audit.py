"""Tenants are apart, and what happened stays written."""

import asyncio
from typing import LiteralString

import pytest

from approvals import repository
from approvals.errors import (
    ActionNotFound,
)
from approvals.repository import Filters
from kernel.database import Connection
from tests.integration.approvals.support import Queue, unguarded


async def test_other_tenants_see_nothing_and_decide_nothing(queue: Queue) -> None:
    action = await queue.propose()
    stranger = Queue(queue.api, queue.executor)

    with pytest.raises(ActionNotFound):
        await stranger.get(action.id)
    with pytest.raises(ActionNotFound):
        await stranger.vote(action)
    with pytest.raises(ActionNotFound):
        await stranger.cancel(action)
    async with stranger.transaction() as connection:
        assert await repository.newest(connection, Filters(), 10) == []
        assert await repository.last_audit(connection) == 0


async def test_audit_is_numbered_and_chained_per_tenant(queue: Queue) -> None:
    other = Queue(queue.api, queue.executor)
    await asyncio.gather(*(one.propose() for one in [queue, other] * 5))

    async with queue.transaction() as connection:
        entries = await repository.audit_after(connection, 0, 100)
        assert [entry.seq for entry in entries] == [1, 2, 3, 4, 5]
        assert [entry.previous_hash for entry in entries[1:]] == [entry.hash for entry in entries[:-1]]
        assert await repository.broken_audit(connection, 1, 5) == []
        assert await repository.broken_audit(connection, 3, 4) == []


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE approvals.audit SET actor = 'user:innocent' WHERE tenant = %s AND seq = 3",
        "UPDATE approvals.audit SET at = at - interval '1 hour' WHERE tenant = %s AND seq = 3",
        "UPDATE approvals.audit SET hash = sha256('x') WHERE tenant = %s AND seq = 3",
    ],
)
async def test_altered_audit_entry_is_found(queue: Queue, admin: Connection, tampering: LiteralString) -> None:
    for _ in range(5):
        await queue.propose()
    await unguarded(admin, tampering, (queue.tenant,))

    async with queue.transaction() as connection:
        assert 3 in await repository.broken_audit(connection, 1, 5)


async def test_removed_audit_entry_is_found(queue: Queue, admin: Connection) -> None:
    for _ in range(5):
        await queue.propose()
    await unguarded(admin, "DELETE FROM approvals.audit WHERE tenant = %s AND seq = 3", (queue.tenant,))

    async with queue.transaction() as connection:
        assert await repository.broken_audit(connection, 1, 5) == [4]
