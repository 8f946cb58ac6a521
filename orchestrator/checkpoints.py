"""LangGraph's checkpoints in the orchestrator's own schema, so that a killed run goes on where it was.

Its tables have no column for the tenant: row-level security reads it at the beginning of `thread_id`, `tenant/…`.
"""

from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar

from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool

from kernel.settings import Settings

_SCHEMA = "-c search_path=orchestrator"
_ROLE = "promptsales_orchestrator"
_TABLES = ("checkpoints", "checkpoint_blobs", "checkpoint_writes")
_OWN = "starts_with(thread_id, current_setting('app.tenant', true) || '/')"
_tenant: ContextVar[str] = ContextVar("tenant of the checkpoints", default="")


@contextmanager
def checkpoints_of(tenant: str) -> Generator[None]:
    """Whose checkpoints are seen and written meanwhile; outside of it there are none."""
    before = _tenant.set(tenant)
    try:
        yield
    finally:
        _tenant.reset(before)


class _TenantPool(AsyncConnectionPool[AsyncConnection[DictRow]]):
    """Lends connections that see one tenant's rows: LangGraph runs its statements outside transactions of ours."""

    @asynccontextmanager
    async def connection(  # the signature is the pool's
        self,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> AsyncGenerator[AsyncConnection[DictRow]]:
        async with super().connection(timeout) as connection:
            await connection.execute("SELECT set_config('app.tenant', %s, false)", (_tenant.get(),))
            yield connection


@asynccontextmanager
async def open_checkpointer(url: str) -> AsyncGenerator[AsyncPostgresSaver]:
    """The saver of every tenant's checkpoints; use it within `checkpoints_of`."""
    pool = _TenantPool(
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
        for table in _TABLES:
            await connection.execute(_protected(table), prepare=False)  # several statements


def _protected(table: str) -> bytes:
    """Force row-level security on a table of LangGraph's, anew each time: another release may have made it anew."""
    name = f"orchestrator.{table}"
    return f"""
        GRANT SELECT, INSERT, UPDATE, DELETE ON {name} TO {_ROLE};
        ALTER TABLE {name} ENABLE ROW LEVEL SECURITY;
        ALTER TABLE {name} FORCE ROW LEVEL SECURITY;
        DROP POLICY IF EXISTS tenant_isolation ON {name};
        CREATE POLICY tenant_isolation ON {name} USING ({_OWN}) WITH CHECK ({_OWN});
    """.encode()
