"""The orchestrator's own storage over a real database and a real Valkey."""

from collections.abc import AsyncIterator

import pytest

from cli.stack.valkey import EmbeddedValkey
from kernel.database import Database
from kernel.settings import Settings
from orchestrator.chunks import ChunkLog
from orchestrator.repository import Conversations

ROLE = "promptsales_orchestrator"


@pytest.fixture(scope="session")
async def database(migrated: Settings) -> AsyncIterator[Database]:
    async with Database.open(migrated.role_database_url(ROLE)) as opened:
        yield opened


@pytest.fixture
def conversations(database: Database) -> Conversations:
    return Conversations(database)


@pytest.fixture
async def log(settings: Settings, valkey: EmbeddedValkey) -> AsyncIterator[ChunkLog]:
    async with ChunkLog.open(settings.cache_url()) as opened:
        yield opened
