"""The whole system in this process, with tenants that each have a person of every role."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
from psycopg.rows import dict_row

from cli.stack.valkey import EmbeddedValkey
from kernel.settings import Settings
from tests.conftest import free_offset
from tests.integration.access.estate import ROLES, Estate, open_estate
from tests.integration.tenancy.catalogue import SyncConnection
from tests.integration.tenancy.rows import clear

OURS, THEIRS = "access-ours", "access-theirs"
LEFT, RIGHT = "access-left", "access-right"
"""For sequences of calls that nothing else has left its traces in."""
PROPOSING = "access-proposing"
"""For actions that are followed from proposal to decision."""
TENANTS = (OURS, THEIRS, LEFT, RIGHT, PROPOSING)


def _settle(connection: SyncConnection, tenant: str) -> None:
    clear(connection, tenant)
    connection.execute(
        "INSERT INTO identity.tenants (tenant, name, time_zone) VALUES (%s, %s, 'UTC')", (tenant, tenant)
    )
    for role in ROLES:
        connection.execute(
            "INSERT INTO identity.users (tenant, subject, display_name, roles) VALUES (%s, %s, %s, %s)",
            (tenant, f"user:{role}", f"{role} of {tenant}", [role]),
        )


@pytest.fixture(scope="package")
def admin(migrated: Settings) -> Iterator[SyncConnection]:
    with SyncConnection.connect(migrated.admin_database_url(), autocommit=True, row_factory=dict_row) as connection:
        yield connection


@pytest.fixture(scope="package")
async def estate(migrated: Settings, valkey: EmbeddedValkey, admin: SyncConnection) -> AsyncIterator[Estate]:
    for tenant in TENANTS:
        _settle(admin, tenant)
    # At ports of its own: other packages serve parts of the system at the settings' ports for as long as tests run.
    addresses = {"database_url": migrated.admin_database_url(), "redis_url": migrated.cache_url()}
    settings = migrated.model_copy(update={"port_offset": free_offset(), **addresses})
    async with _in_a_task_of_its_own(open_estate(settings)) as opened:
        yield opened
    for tenant in TENANTS:
        clear(admin, tenant)


@asynccontextmanager
async def _in_a_task_of_its_own(opening: AbstractAsyncContextManager[Estate]) -> AsyncGenerator[Estate]:
    """The servers' task groups must end in the task they began in; a fixture's two halves are two tasks."""
    opened: asyncio.Future[Estate] = asyncio.get_running_loop().create_future()
    done = asyncio.Event()

    async def hold() -> None:
        try:
            async with opening as estate:
                opened.set_result(estate)
                await done.wait()
        except BaseException as error:
            if opened.done():
                raise
            opened.set_exception(error)

    holding = asyncio.create_task(hold())
    try:
        yield await opened
    finally:
        done.set()
        await holding
