"""LangGraph's checkpoints in the orchestrator's own schema, so that a killed run goes on where it was."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from psycopg import AsyncConnection, sql
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool

from kernel.settings import Settings

_SCHEMA = "-c search_path=orchestrator"
_ROLE = "promptsales_orchestrator"


@asynccontextmanager
async def open_checkpointer(url: str) -> AsyncGenerator[AsyncPostgresSaver]:
    pool = AsyncConnectionPool[AsyncConnection[DictRow]](
        url,
        min_size=1,
        max_size=10,
        timeout=5,
        kwargs={
            "autocommit": True,
            "prepare_threshold": 0,
            "row_factory": dict_row,
            "options": _SCHEMA,
            "application_name": "promptsales-checkpoints",
        },
        check=_check,
        open=False,
    )
    async with pool:
        yield AsyncPostgresSaver(pool)


async def _check(connection: AsyncConnection[DictRow]) -> None:
    await connection.execute("SELECT 1")


async def create_tables(settings: Settings) -> None:
    """Bring the checkpoint tables up to date, as the administrator, and let the orchestrator's role use them."""
    url = settings.admin_database_url()
    opened = await AsyncConnection[DictRow].connect(
        url, autocommit=True, prepare_threshold=0, row_factory=dict_row, options=_SCHEMA
    )
    async with opened as connection:
        await AsyncPostgresSaver(connection).setup()
        for table in ("checkpoints", "checkpoint_blobs", "checkpoint_writes"):
            statement = sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON orchestrator.{} TO {}")
            names = sql.Identifier(table), sql.Identifier(_ROLE)
            await connection.execute(statement.format(*names))
