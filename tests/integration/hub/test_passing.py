"""Rows from one server to another: all of them in their parts, or the reason why not."""

import psycopg
import pytest
from psycopg import sql

from hub.pipeline.passing import Stage, pass_rows
from hub.pipeline.sources import Columns
from kernel.database import Connection, Database

COLUMNS: Columns = {"number": "integer"}


async def staged(connection: Connection) -> Stage:
    await connection.execute("CREATE TEMPORARY TABLE numbers (number integer) ON COMMIT DROP")

    async def ready() -> None:
        await connection.execute("TRUNCATE numbers")

    return Stage(connection, "numbers", 400, ready)


async def test_rows_arrive_in_parts_and_none_is_lost(hub_database: Database, source_database: Database) -> None:
    async with hub_database.system() as here, source_database.system() as there:
        query = sql.SQL("SELECT n FROM generate_series(1, 1000) AS n").format()
        parts = [passed async for passed in pass_rows(query, there, await staged(here), COLUMNS)]
        row = await (await here.execute("SELECT count(DISTINCT number), sum(number) AS total FROM numbers")).fetchone()

    assert parts == [400, 400, 200]
    assert row == {"count": 1000, "total": 500_500}


async def test_a_source_that_fails_amid_its_rows_says_why(hub_database: Database, source_database: Database) -> None:
    query = sql.SQL("SELECT 1000 / (700 - n) FROM generate_series(1, 1000) AS n").format()

    with pytest.raises(psycopg.errors.DivisionByZero):
        await pass_all(query, hub_database, source_database)

    async with source_database.system() as again:
        assert await (await again.execute("SELECT 1 AS one")).fetchone() == {"one": 1}


async def pass_all(query: sql.Composed, hub: Database, source: Database) -> list[int]:
    async with hub.system() as here, source.system() as there:
        return [passed async for passed in pass_rows(query, there, await staged(here), COLUMNS)]
