"""Bring every context's schema to date: each migrates itself, in its own process."""

import asyncio
import hashlib
from collections.abc import Iterable
from pathlib import Path

import psycopg
from psycopg import AsyncConnection, sql

from cli.stack.modules import run_module
from cli.stack.plan import ROOT
from cli.stack.tasks import together
from kernel.errors import Unavailable
from kernel.settings import Settings

CONTEXTS = (
    "sandbox",
    "identity",
    "approvals",
    "hub",
    "mcp_servers.content",
    "mcp_servers.ads",
    "mcp_servers.crm",
    "mcp_servers.analytics",
    "orchestrator",
)
_AT_ONCE = 2
_SHARED = ("requirements.txt", "kernel/migrations.py", "identity/keys.py", "identity/domain.py")
_SOURCES = ("__main__.py", "checkpoints.py", "migrations/**/*.py", "sql/**/*.sql")
_MARK = "promptsales schema "


class NoDatabase(Unavailable):
    """The database to migrate does not answer."""


async def migrate_all(settings: Settings) -> list[str]:
    """Migrate every context that has migrations; returns their names. Safe to repeat."""
    contexts = migrating_contexts()
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(context: str) -> None:
        async with gate:
            await run_module(settings, context, "migrate")

    await together(*map(one, contexts))
    if settings.database_url is None:
        await _record(settings)
    return contexts


def migrating_contexts() -> list[str]:
    """The contexts that have migrations."""
    return [name for name in CONTEXTS if any((_folder(name) / "migrations" / "versions").glob("*.py"))]


async def is_migrated(settings: Settings) -> bool:
    """Has the embedded database seen exactly these migrations? The answer is a comment on the database itself."""
    if settings.database_url is not None:
        return False
    async with await _connect(settings) as connection:
        found = await connection.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()"
        )
        row = await found.fetchone()
    return row is not None and row[0] == _MARK + migration_digest()


def migration_digest(root: Path = ROOT) -> str:
    """A digest over all that decides which schemas, roles and clients there are, libraries with tables among it."""
    digest = hashlib.sha256()
    for path in (*(root / name for name in _SHARED), *_sources(root)):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(root)} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def _sources(root: Path) -> Iterable[Path]:
    for context in CONTEXTS:
        for pattern in _SOURCES:
            yield from sorted(_folder(context, root).glob(pattern))


def _folder(context: str, root: Path = ROOT) -> Path:
    return root.joinpath(*context.split("."))


async def _record(settings: Settings) -> None:
    comment = sql.SQL("COMMENT ON DATABASE {} IS {}")
    async with await _connect(settings) as connection:
        name = sql.Identifier(connection.info.dbname)
        await connection.execute(comment.format(name, sql.Literal(_MARK + migration_digest())))


async def _connect(settings: Settings) -> AsyncConnection[tuple[object, ...]]:
    try:
        return await AsyncConnection.connect(settings.admin_database_url(), connect_timeout=5)
    except psycopg.OperationalError as error:
        raise NoDatabase(f"The database does not answer: {str(error).strip()}") from error
