"""What happened, as a page or as a stream: `/v1/audit`, `/v1/events`."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Header, Query
from starlette.responses import StreamingResponse

from approvals.domain import AuditEntry
from approvals.errors import BadCursor
from approvals.feed import AuditFeed
from approvals.routes.dependencies import Injected, Reader
from approvals.service import ApprovalService
from approvals.views import AuditPageView, AuditView
from kernel.clock import now
from kernel.errors import Unavailable
from kernel.logs import logger

HEARTBEAT_SECONDS = 15.0
router = APIRouter(prefix="/v1", tags=["events"])


@router.get("/audit")
async def audit(
    caller: Reader,
    injected: Injected,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> AuditPageView:
    """The tenant's audit chain, oldest first, each entry checked against its hash and the one before."""
    page = await injected.service.audit(caller.tenant, _sequence(cursor, "cursor"), limit)
    entries = page.entries
    return AuditPageView(
        items=[AuditView.of(entry) for entry in entries],
        next_cursor=str(entries[-1].seq) if len(entries) == limit else None,
        intact=not page.broken,
        broken=list(page.broken),
    )


@router.get("/events", response_class=StreamingResponse)
async def events(
    caller: Reader, injected: Injected, last_event_id: Annotated[str | None, Header()] = None
) -> StreamingResponse:
    """Server-sent events: audit entries as they are written, from `Last-Event-ID` or from now on.

    The stream ends when the token does; reconnecting with `Last-Event-ID` misses nothing.
    """
    service, tenant = injected.service, caller.tenant
    after = _sequence(last_event_id, "Last-Event-ID") if last_event_id else await service.last_audit(tenant)
    stream = event_stream(service, injected.feed, tenant, after=after, until=caller.expires_at)
    return StreamingResponse(stream, media_type="text/event-stream", headers={"Cache-Control": "no-store"})


async def event_stream(
    service: ApprovalService,
    feed: AuditFeed,
    tenant: str,
    *,
    after: int,
    until: datetime,
    heartbeat: float = HEARTBEAT_SECONDS,
) -> AsyncGenerator[str]:
    """A tenant's audit entries as server-sent events, a comment each `heartbeat` seconds when there is none."""
    yield "retry: 2000\n\n"
    try:
        with feed.follow(tenant) as changed:
            while now() < until:
                changed.clear()
                entries = await service.events(tenant, after)
                for entry in entries:
                    yield _event(entry)
                    after = entry.seq
                if not entries and not await _within(changed, heartbeat):
                    yield ": heartbeat\n\n"
    except Unavailable as error:
        logger(__name__).warning("event stream interrupted", error=error.code)


async def _within(changed: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            return await changed.wait()
    except TimeoutError:
        return False


def _event(entry: AuditEntry) -> str:
    return f"id: {entry.seq}\nevent: {entry.event}\ndata: {AuditView.of(entry).model_dump_json()}\n\n"


def _sequence(text: str | None, field: str) -> int:
    if text is None:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise BadCursor(f"{field} is no position in the audit.", field=field, fix="Send the one that was returned.")
    return int(text)
