"""The event stream by itself: awake when the audit has grown, alive by heartbeat, over when the token is."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from datetime import timedelta

import httpx2
import pytest
from psycopg.errors import InsufficientPrivilege

from approvals import audit_records
from approvals.feed import AuditFeed
from approvals.routes.events import event_stream
from approvals.servers import Servers
from approvals.service import ApprovalService
from kernel.auth import TokenClient
from kernel.clock import now
from kernel.database import Connection
from kernel.settings import Settings
from tests.integration.approvals.support import Queue

HOUR = timedelta(hours=1)


@pytest.fixture
async def service(approvals_settings: Settings, queue: Queue) -> AsyncIterator[ApprovalService]:
    async with TokenClient(approvals_settings, "approvals") as tokens, httpx2.AsyncClient(trust_env=False) as http:
        yield ApprovalService(queue.api, Servers(approvals_settings, tokens, http))


@pytest.fixture
async def feed(queue: Queue) -> AsyncIterator[AuditFeed]:
    feed = AuditFeed()
    running = asyncio.create_task(feed.run(queue.api))
    yield feed
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_quiet_stream_sends_heartbeats(service: ApprovalService, feed: AuditFeed, queue: Queue) -> None:
    stream = event_stream(service, feed, queue.tenant, after=0, until=now() + HOUR, heartbeat=0.01)
    async with asyncio.timeout(10), aclosing(stream) as parts:
        assert [await anext(parts) for _ in range(3)] == ["retry: 2000\n\n", ": heartbeat\n\n", ": heartbeat\n\n"]


async def test_an_entry_wakes_the_stream_of_its_tenant_only(
    service: ApprovalService, feed: AuditFeed, queue: Queue
) -> None:
    other = Queue(queue.api, queue.executor)
    stream = event_stream(service, feed, queue.tenant, after=0, until=now() + HOUR, heartbeat=60)
    async with asyncio.timeout(10), aclosing(stream) as parts:
        await anext(parts)
        waiting = asyncio.create_task(anext(parts))
        await other.propose()
        action = await queue.propose()
        event = await waiting

    assert event.startswith("id: 1\nevent: proposed\ndata: {")
    assert action.id in event


async def test_stream_goes_on_after_the_audit_could_not_be_looked_at(
    service: ApprovalService, feed: AuditFeed, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    look, refused = audit_records.positions, asyncio.Event()

    async def refused_once(connection: Connection, tenants: Sequence[str]) -> dict[str, int]:
        if not refused.is_set():
            refused.set()
            raise InsufficientPrivilege("permission denied for function audit_positions_v1")
        return await look(connection, tenants)

    monkeypatch.setattr(audit_records, "positions", refused_once)
    stream = event_stream(service, feed, queue.tenant, after=0, until=now() + HOUR, heartbeat=60)
    async with asyncio.timeout(10), aclosing(stream) as parts:
        await anext(parts)
        waiting = asyncio.create_task(anext(parts))
        await refused.wait()
        await queue.propose()

        assert (await waiting).startswith("id: 1\nevent: proposed\n")


async def test_stream_ends_with_the_token(service: ApprovalService, feed: AuditFeed, queue: Queue) -> None:
    await queue.propose()
    stream = event_stream(service, feed, queue.tenant, after=0, until=now(), heartbeat=60)

    assert [part async for part in stream] == ["retry: 2000\n\n"]
