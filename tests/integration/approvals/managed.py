"""A database whose administrator is no superuser, as a provider of managed databases gives it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from cli.stack.keys import ensure_passwords
from cli.stack.postgres import EmbeddedPostgres
from kernel.database import Connection
from kernel.settings import Settings
from tests.conftest import free_offset


@asynccontextmanager
async def managed_database(folder: Path) -> AsyncGenerator[Settings]:
    """Settings whose administrator may create roles and owns the database, and nothing more; gone at exit."""
    settings = Settings(data_dir=folder, port_offset=free_offset())
    ensure_passwords(settings)
    server = EmbeddedPostgres(settings, durable=False)
    await server.start()
    try:
        async with await Connection.connect(settings.admin_database_url(), autocommit=True) as superuser:
            await superuser.execute("CREATE ROLE steward LOGIN CREATEROLE PASSWORD 'steward'")
            await superuser.execute("CREATE DATABASE managed OWNER steward")
        url = f"postgresql://steward:steward@127.0.0.1:{settings.port('postgres')}/managed"
        yield settings.model_copy(update={"database_url": url})
    finally:
        await server.stop()
