"""One run a thread, over all replicas: PostgreSQL advisory locks held by one connection of the process.

When the process dies its connection ends and every lock with it, so that an interrupted turn can be resumed at once.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import psycopg
from psycopg import AsyncConnection

from kernel.database import DatabaseUnavailable


class ThreadLocks:
    def __init__(self, url: str) -> None:
        self._url = url
        self._held: set[str] = set()
        self._guard = asyncio.Lock()
        self._connection: AsyncConnection | None = None

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str) -> "AsyncGenerator[ThreadLocks]":
        locks = cls(url)
        try:
            yield locks
        finally:
            if locks._connection is not None:
                await locks._connection.close()

    async def acquire(self, key: str) -> bool:
        """Whether the lock was free and is now ours. Raises DatabaseUnavailable."""
        async with self._guard:
            if key in self._held:
                return False
            if await self._ask("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", key):
                self._held.add(key)
                return True
            return False

    async def release(self, key: str) -> None:
        async with self._guard:
            self._held.discard(key)
            await self._ask("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", key)

    async def is_free(self, key: str) -> bool:
        """Whether nobody works on the thread at this moment."""
        if not await self.acquire(key):
            return False
        await self.release(key)
        return True

    async def _ask(self, statement: str, key: str) -> bool:
        try:
            if self._connection is None or self._connection.closed:
                self._connection = await AsyncConnection.connect(
                    self._url, autocommit=True, application_name="promptsales-threads"
                )
            rows = await self._connection.execute(statement.encode(), (key,))
            row = await rows.fetchone()
        except psycopg.OperationalError as error:
            self._connection = None
            raise DatabaseUnavailable(error) from error
        return bool(row and row[0])
