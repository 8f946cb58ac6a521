"""A snapshot: what a transaction reads that looks at one moment and changes nothing."""

import pytest
from psycopg.errors import ReadOnlySqlTransaction

from kernel.database import Database
from kernel.ids import new_id
from kernel.settings import Settings

TENANT = new_id("tenant")
INSERT = "INSERT INTO hub.tenants (tenant) VALUES (%s)"
COUNT = "SELECT count(*) AS n FROM hub.tenants"


async def test_a_snapshot_stays_at_the_moment_it_began(migrated: Settings) -> None:
    async with Database.open(migrated.role_database_url("promptsales_hub")) as database:
        async with database.snapshot(TENANT, timeout_ms=5_000) as reading:
            before = await (await reading.execute(COUNT)).fetchone()
            async with database.transaction(TENANT) as writing:
                await writing.execute(INSERT, (TENANT,))
            during = await (await reading.execute(COUNT)).fetchone()
        async with database.snapshot(TENANT, timeout_ms=5_000) as reading:
            after = await (await reading.execute(COUNT)).fetchone()

    assert [before, during, after] == [{"n": 0}, {"n": 0}, {"n": 1}]


async def test_a_snapshot_writes_nothing_and_leaves_its_connection_able_to(migrated: Settings) -> None:
    async with Database.open(migrated.role_database_url("promptsales_hub"), max_size=1) as database:
        with pytest.raises(ReadOnlySqlTransaction):
            async with database.snapshot(TENANT, timeout_ms=5_000) as reading:
                await reading.execute(INSERT, (TENANT,))
        other = new_id("tenant")
        async with database.transaction(other) as writing:
            await writing.execute(INSERT, (other,))
