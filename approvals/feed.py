"""Tells whoever follows an organisation's audit that it has grown.

It looks, rather than being told: a transaction that notifies holds one lock of the whole database server until its
commit is on disk, and every change of the queue would wait for every other.
"""

import asyncio
from collections import defaultdict
from collections.abc import Generator, Iterable
from contextlib import contextmanager

import psycopg

from approvals import audit_records
from kernel.database import Database
from kernel.errors import PromptSalesError
from kernel.logs import logger

LOOK_SECONDS = 0.2
_PAUSE_SECONDS = 2.0
"""After a look that failed."""


class AuditFeed:
    def __init__(self) -> None:
        self._followers: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self._followed = asyncio.Event()
        self._seen: dict[str, int] = {}

    async def run(self, database: Database) -> None:
        """Look for as long as anybody follows, until cancelled."""
        while True:
            await self._followed.wait()
            try:
                async with database.system() as connection:
                    heads = await audit_records.positions(connection, tuple(self._followers))
            except (PromptSalesError, psycopg.Error) as error:
                logger(__name__).warning("the audit cannot be followed", reason=str(error))
                await asyncio.sleep(_PAUSE_SECONDS)
                continue
            self._wake(tenant for tenant, seq in heads.items() if self._seen.get(tenant) != seq)
            self._seen = heads
            await asyncio.sleep(LOOK_SECONDS)

    @contextmanager
    def follow(self, tenant: str) -> Generator[asyncio.Event]:
        """An event that is set whenever there may be something new."""
        changed = asyncio.Event()
        self._followers[tenant].add(changed)
        self._followed.set()
        try:
            yield changed
        finally:
            self._followers[tenant].discard(changed)
            if not self._followers[tenant]:
                del self._followers[tenant]
            if not self._followers:
                self._followed.clear()

    def _wake(self, tenants: Iterable[str]) -> None:
        for tenant in tenants:
            for changed in self._followers.get(tenant, ()):
                changed.set()
