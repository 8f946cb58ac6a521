"""The hub's pipeline between real schemas, each side connected as its own role."""

from collections.abc import AsyncIterator

import httpx2
import pytest
from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row

from hub.app import create_app
from hub.pipeline.run import Pipeline
from kernel.auth import TokenVerifier
from kernel.database import Database
from kernel.ids import new_id
from kernel.settings import Settings
from tests.integration.hub.sources import Sources
from tests.support.issuing import Issuer


@pytest.fixture(scope="session")
async def hub_database(migrated: Settings) -> AsyncIterator[Database]:
    async with Database.open(migrated.role_database_url("promptsales_hub"), max_size=4) as database:
        yield database


@pytest.fixture(scope="session")
async def source_database(migrated: Settings) -> AsyncIterator[Database]:
    async with Database.open(migrated.role_database_url("promptsales_pipeline"), max_size=4) as database:
        yield database


@pytest.fixture
def pipeline(hub_database: Database, source_database: Database) -> Pipeline:
    return Pipeline(hub_database, source_database, batch_rows=3)


@pytest.fixture
async def admin(migrated: Settings) -> AsyncIterator[AsyncConnection[DictRow]]:
    """An administrator's connection that commits every statement by itself."""
    async with await AsyncConnection[DictRow].connect(
        migrated.admin_database_url(), autocommit=True, row_factory=dict_row
    ) as connection:
        yield connection


@pytest.fixture
def tenant() -> str:
    return new_id("tenant")


@pytest.fixture
def sources(admin: AsyncConnection[DictRow], tenant: str) -> Sources:
    return Sources(admin, tenant)


@pytest.fixture
def issuer(migrated: Settings) -> Issuer:
    return Issuer(migrated, "hub")


@pytest.fixture
async def rest(
    migrated: Settings, hub_database: Database, pipeline: Pipeline, issuer: Issuer
) -> AsyncIterator[httpx2.AsyncClient]:
    async with TokenVerifier(migrated, migrated.audience("hub"), keys=issuer) as verifier:
        app = create_app(hub_database, pipeline, verifier)
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://hub") as client:
            yield client
