import asyncio
from collections.abc import AsyncIterator

import httpx2
import pytest
from psycopg.rows import dict_row

from approvals import governance
from approvals.__main__ import CONTEXT
from approvals.policy import default_document
from approvals.server import open_app
from approvals.settings import ApprovalSettings
from cli.stack.postgres import EmbeddedPostgres
from cli.stack.valkey import EmbeddedValkey
from identity.__main__ import CONTEXT as IDENTITY
from identity.app import open_app as open_identity
from identity.keys import TOKEN_SIGNING, SigningKeys
from kernel.auth import TokenVerifier
from kernel.database import Connection, Database
from kernel.migrations import migrate
from kernel.settings import Settings
from tests.integration.approvals.outside import FakeAds, served
from tests.integration.approvals.rest import Callers
from tests.integration.approvals.support import Queue, empty

OPTIONS = ApprovalSettings(approval_expiry_seconds=3600, approval_undo_seconds=0)


@pytest.fixture(scope="session")
async def approvals_settings(settings: Settings, postgres: EmbeddedPostgres, valkey: EmbeddedValkey) -> Settings:
    """Settings over a database that the queue and the issuer have migrated, and the cache that verifiers ask."""
    for context in (CONTEXT, IDENTITY):
        await asyncio.to_thread(migrate, settings, context)
    return settings


@pytest.fixture
async def admin(approvals_settings: Settings) -> AsyncIterator[Connection]:
    """An administrator's connection: past every grant, not past triggers."""
    url = approvals_settings.admin_database_url()
    async with await Connection.connect(url, autocommit=True, row_factory=dict_row) as connection:
        yield connection


@pytest.fixture(scope="session")
async def api_database(approvals_settings: Settings) -> AsyncIterator[Database]:
    async with Database.open(approvals_settings.role_database_url("promptsales_approvals")) as database:
        yield database


@pytest.fixture(scope="session")
async def executor_database(approvals_settings: Settings) -> AsyncIterator[Database]:
    async with Database.open(approvals_settings.role_database_url("promptsales_executor")) as database:
        yield database


@pytest.fixture
async def queue(admin: Connection, api_database: Database, executor_database: Database) -> Queue:
    """A queue with nothing in it, of any tenant."""
    await empty(admin)
    async with api_database.system() as connection:
        await governance.install(connection, default_document(3600, 0).stored())
    return Queue(api_database, executor_database)


@pytest.fixture(scope="session")
async def ads_server(approvals_settings: Settings) -> AsyncIterator[FakeAds]:
    async with (
        TokenVerifier(approvals_settings, approvals_settings.audience("ads")) as verifier,
        open_identity(approvals_settings) as identity,
        open_app(approvals_settings, OPTIONS) as approvals,
        served(identity, approvals_settings, "identity"),
        served(approvals, approvals_settings, "approvals"),
    ):
        ads = FakeAds(approvals_settings, verifier)
        async with served(ads.app, approvals_settings, "ads"):
            yield ads


@pytest.fixture
def ads(ads_server: FakeAds) -> FakeAds:
    """The issuer, the queue's API and an ads server at their addresses; the latter as good as new."""
    ads_server.reset()
    return ads_server


@pytest.fixture
async def callers(approvals_settings: Settings, queue: Queue, ads: FakeAds) -> AsyncIterator[Callers]:
    """Everybody who calls the API, each with a token of the issuer, over an empty queue of the demo tenant."""
    queue.tenant = "solid-demo"
    async with httpx2.AsyncClient(base_url=approvals_settings.url("approvals"), timeout=10, trust_env=False) as http:
        signing = SigningKeys.load(approvals_settings.key_file(TOKEN_SIGNING))
        async with Callers.open(approvals_settings, http, signing) as callers:
            yield callers
