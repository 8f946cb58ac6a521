"""PostgreSQL: one driver (psycopg 3), one pool a process, the tenant set in every transaction.

Row-level security reads the setting `app.tenant`; a transaction without it sees no tenant's rows.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import cast

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import DictRow, TupleRow, dict_row, tuple_row
from psycopg.sql import SQL, Literal
from psycopg_pool import AsyncConnectionPool, PoolTimeout
from sqlalchemy import text
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.pool import NullPool

from kernel.errors import Unavailable

Connection = AsyncConnection[DictRow]

# One round trip: several statements can be sent together as long as none has parameters.
_SNAPSHOT = SQL(
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;"
    " SELECT set_config('app.tenant', {tenant}, true), set_config('statement_timeout', {timeout}, true)"
)


class DatabaseUnavailable(Unavailable):
    """PostgreSQL does not answer."""

    def __init__(self, cause: Exception) -> None:
        super().__init__(f"The database does not answer ({type(cause).__name__}).", fix="Try again in a moment.")


class Database:
    """A process's way to its schema. Open it once, in the composition root."""

    def __init__(self, pool: AsyncConnectionPool[Connection]) -> None:
        self._pool = pool
        self._engine = create_async_engine(
            "postgresql+psycopg://", async_creator=self._lend, poolclass=NullPool, use_native_hstore=False
        )

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str, *, max_size: int = 10) -> "AsyncGenerator[Database]":
        """A pool over `url` that reconnects by itself; closed at exit."""
        pool = cast("type[AsyncConnectionPool[Connection]]", AsyncConnectionPool)(
            url,
            min_size=1,
            max_size=max_size,
            timeout=5,
            kwargs={"row_factory": dict_row, "application_name": "promptsales"},
            check=_still_alive,
            reset=_restore_row_factory,
            close_returns=True,  # SQLAlchemy's close() gives the connection back
            open=False,
        )
        async with pool:
            yield cls(pool)

    @asynccontextmanager
    async def transaction(self, tenant: str) -> AsyncGenerator[Connection]:
        """One transaction that sees one tenant's rows; commits at exit, rolls back on an exception."""
        async with self.system() as connection:
            await connection.execute("SELECT set_config('app.tenant', %s, true)", (tenant,))
            yield connection

    @asynccontextmanager
    async def snapshot(self, tenant: str, *, timeout_ms: int) -> AsyncGenerator[Connection]:
        """One transaction that reads one tenant's rows as they were at its start, and writes nothing.

        A statement that takes longer than `timeout_ms` is cancelled.
        """
        begin = _SNAPSHOT.format(tenant=Literal(tenant), timeout=Literal(f"{timeout_ms}ms"))
        async with self.system() as connection:
            await connection.execute(begin)
            yield connection

    @asynccontextmanager
    async def system(self) -> AsyncGenerator[Connection]:
        """One transaction outside any tenant: for tables and functions that have none."""
        try:
            async with self._pool.connection() as connection:
                yield connection
        except (psycopg.OperationalError, PoolTimeout) as error:
            raise DatabaseUnavailable(error) from error

    @asynccontextmanager
    async def session(self, tenant: str) -> AsyncGenerator[AsyncSession]:
        """An ORM session in one tenant's transaction; commits at exit, rolls back on an exception."""
        try:
            async with AsyncSession(self._engine, expire_on_commit=False) as session, session.begin():
                await session.execute(text("SELECT set_config('app.tenant', :tenant, true)"), {"tenant": tenant})
                yield session
        except (OperationalError, InterfaceError, psycopg.OperationalError, PoolTimeout) as error:
            raise DatabaseUnavailable(error) from error

    async def ping(self) -> None:
        """Raise DatabaseUnavailable unless a query can be answered."""
        async with self.system() as connection:
            await connection.execute("SELECT 1")

    async def _lend(self) -> AsyncConnection[TupleRow]:
        """A pooled connection for SQLAlchemy, which expects rows to be tuples."""
        connection = cast("AsyncConnection[TupleRow]", await self._pool.getconn())
        connection.row_factory = tuple_row
        return connection


async def _still_alive(connection: Connection) -> None:
    await connection.execute("")


async def _restore_row_factory(connection: Connection) -> None:
    connection.row_factory = dict_row
