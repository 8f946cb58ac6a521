"""Verifying a tenant's whole chain, page by page, in memory that does not grow with it."""

import asyncio

from approvals import audit_records
from approvals.audit import Broken, Verification, check_ends
from kernel.database import Database

PAGE = 2_000
MOST_BROKEN = 100
MOST_ANCHORS = 400
_PASSES = 3


class AuditVerifier:
    """One verification at a time: each reads a whole chain."""

    def __init__(self, database: Database, *, page: int = PAGE) -> None:
        self._database = database
        self._page = page
        self._turn = asyncio.Lock()

    async def verify(self, tenant: str) -> Verification:
        """Every entry from the last anchor to the head as it is when the verification begins."""
        async with self._turn:
            for _ in range(_PASSES - 1):
                found = await self._pass(tenant)
                if found.intact or not await self._was_dropped_meanwhile(tenant, found):
                    return found
            return await self._pass(tenant)

    async def _pass(self, tenant: str) -> Verification:
        async with self._database.transaction(tenant) as connection:
            anchors = await audit_records.anchors(connection, MOST_ANCHORS)
            extent = await audit_records.extent(connection)
        anchor = anchors[-1] if anchors else None
        found = await self._entries(tenant, anchor.seq + 1 if anchor else 1, extent.last or 0)
        found += check_ends(extent, anchor)
        return Verification(extent, anchors, sorted(found, key=lambda broken: broken.seq)[:MOST_BROKEN])

    async def _entries(self, tenant: str, first: int, last: int) -> list[Broken]:
        """The first entries that do not hold, each page in a transaction of its own."""
        found: list[Broken] = []
        while first <= last and len(found) < MOST_BROKEN:
            async with self._database.transaction(tenant) as connection:
                end = await audit_records.page_end(connection, first, self._page)
                if end is None:
                    break
                end = min(end, last)
                found += await audit_records.broken(connection, first, end)
            first = end + 1
        return found

    async def _was_dropped_meanwhile(self, tenant: str, found: Verification) -> bool:
        """Whether retention took entries away under a pass, which then missed them."""
        async with self._database.transaction(tenant) as connection:
            return await audit_records.anchors(connection, 1) != list(found.anchors[-1:])
