"""What the audit needs by itself every hour: partitions for the days ahead, an end for those past the retention."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import psycopg

from approvals import audit_records
from approvals.audit_records import Kept
from kernel.database import Database
from kernel.errors import Unavailable
from kernel.logs import logger

EVERY_SECONDS = 3600.0
RETRY_SECONDS = 60.0
DAYS_AHEAD = 7


@asynccontextmanager
async def audit_kept(
    database: Database, *, retention_days: int, every: float = EVERY_SECONDS, retry: float = RETRY_SECONDS
) -> AsyncGenerator[None]:
    """Within it the upkeep goes on, the first time at once. A pass that fails is tried again after `retry` seconds.

    At exit the pass under way is finished.
    """
    over = asyncio.Event()
    task = asyncio.create_task(_go_on(database, retention_days, every, retry, over), name="audit upkeep")
    try:
        yield
    finally:
        over.set()
        await task


async def keep_audit(database: Database, retention_days: int) -> Kept:
    """One pass. Entries find a place also when none has run for a long time."""
    async with database.system() as connection:
        return await audit_records.keep(connection, days_ahead=DAYS_AHEAD, retention_days=retention_days)


async def _go_on(database: Database, retention_days: int, every: float, retry: float, over: asyncio.Event) -> None:
    while True:
        pause = every if await _attempt(database, retention_days) else retry
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(over.wait(), pause)
            return


async def _attempt(database: Database, retention_days: int) -> bool:
    try:
        kept = await keep_audit(database, retention_days)
    except (Unavailable, psycopg.Error) as error:
        # Locks that were not to be had within two seconds among them: entries come before upkeep.
        logger(__name__).warning("audit upkeep put off", reason=str(error))
        return False
    if kept != Kept(0, 0):
        logger(__name__).info("audit kept", partitions_made=kept.made, partitions_dropped=kept.dropped)
    return True
