"""One embedded stack for each test worker: its own data, keys and ports, gone at the end."""

import asyncio
import os
import random
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from cli.stack.keys import ensure_passwords
from cli.stack.migrating import migrating_contexts
from cli.stack.plan import ROOT, child_environment
from cli.stack.ports import is_free
from cli.stack.postgres import EmbeddedPostgres
from cli.stack.valkey import EmbeddedValkey
from identity.keys import initialise
from kernel.settings import SERVICES, Settings

for _name in [name for name in os.environ if name.startswith("PROMPTSALES_")]:
    del os.environ[_name]  # a developer's own settings are not the tests' business

# As `promptsales migrate` does it, in one process instead of one for each context: they import much the same.
_MIGRATE_IN_ONE_PROCESS = """
import runpy, sys
for context in sys.argv[1:]:
    sys.argv = [context, "migrate"]
    try:
        runpy.run_module(context, run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        if ended.code:
            raise
"""

_STEP = 60
_WORKERS = (("PYTEST_XDIST_WORKER", "gw0"), ("PYTEST_XDIST_WORKER_COUNT", "1"))
_CHANCE = random.SystemRandom()  # which nothing seeds: two workers must not draw alike


@pytest.fixture(scope="session")
def stack_dir() -> Iterator[Path]:
    """Where this worker's stack keeps its data."""
    with tempfile.TemporaryDirectory(prefix="promptsales-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def settings(stack_dir: Path) -> Settings:
    """Settings with ports that are free, and every key and secret made."""
    made = Settings(data_dir=stack_dir / "data", port_offset=free_offset(), database_url=None, redis_url=None)
    ensure_passwords(made)
    initialise(made.keys_dir)
    return made


@pytest.fixture(scope="session")
async def postgres(settings: Settings) -> AsyncIterator[EmbeddedPostgres]:
    """A PostgreSQL with an empty database `promptsales`."""
    server = EmbeddedPostgres(settings, durable=False)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture(scope="session")
async def valkey(settings: Settings) -> AsyncIterator[EmbeddedValkey]:
    server = EmbeddedValkey(settings)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture(scope="session")
async def migrated(settings: Settings, postgres: EmbeddedPostgres, valkey: EmbeddedValkey) -> Settings:
    """The settings of a database in which every context's schema is up to date, with the cache that verifiers ask."""
    script = ("-c", _MIGRATE_IN_ONE_PROCESS, *migrating_contexts())
    process = await asyncio.create_subprocess_exec(
        sys.executable, *script, cwd=ROOT, env=child_environment(settings), stderr=asyncio.subprocess.PIPE
    )
    _, said = await process.communicate()
    assert process.returncode == 0, said.decode()
    return settings


def free_offset() -> int:
    """A port offset with which every port is free, below the ports that outgoing connections take.

    Each worker draws from offsets of its own: what one found free, another must not take before it is used.
    """
    worker, workers = (int(os.environ.get(name, default).removeprefix("gw")) for name, default in _WORKERS)
    while True:
        offset = 2_000 + _STEP * (worker + workers * _CHANCE.randrange(22_000 // (_STEP * workers)))
        probe = Settings(port_offset=offset)
        if all(is_free(probe.port(service)) for service in SERVICES):
            return offset
