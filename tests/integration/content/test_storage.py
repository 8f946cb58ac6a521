"""What the database itself holds to: versions that never change, one tenant at a time, a delta for the pipeline."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import psycopg
import pytest

from kernel.database import Database
from kernel.settings import Settings
from tests.integration.content.conftest import Content

ROWS = "SELECT * FROM content.export_assets_v1 ORDER BY change_id"


@pytest.fixture
async def pipeline(migrated: Settings) -> AsyncIterator[Database]:
    async with Database.open(migrated.role_database_url("promptsales_pipeline"), max_size=2) as database:
        yield database


async def exported(pipeline: Database, tenant: str) -> list[dict[str, Any]]:
    async with pipeline.transaction(tenant) as connection:
        return await (await connection.execute(ROWS)).fetchall()


async def test_the_pipeline_reads_one_tenants_assets_as_they_are(content: Content, pipeline: Database) -> None:
    made = await content.asset()

    rows = await exported(pipeline, content.tenant)

    assert [{name: row[name] for name in row if name not in ("change_id", "updated_at")} for row in rows] == [
        {
            "tenant": content.tenant,
            "asset_id": made["id"],
            "client": "Cafe Alta",
            "product": "Geisha Roast",
            "kind": "copy",
            "channel": "social",
            "language": "es",
            "status": "draft",
            "version": 1,
        }
    ]
    assert await exported(pipeline, "another-tenant") == []


async def test_a_change_gives_a_row_a_new_change_id(content: Content, pipeline: Database) -> None:
    made = await content.asset()
    before = await exported(pipeline, content.tenant)

    await content.call("new_version", asset_id=made["id"], body="Otra.", engine="human")

    after = await exported(pipeline, content.tenant)
    assert int(after[0]["change_id"]) > int(before[0]["change_id"])
    assert after[0]["version"] == 2


async def test_the_pipeline_finds_every_tenant_and_sees_nothing_without_naming_one(
    content: Content, pipeline: Database
) -> None:
    await content.asset()
    await content.asset()

    async with pipeline.system() as connection:
        tenants = await (await connection.execute("SELECT tenant FROM content.export_tenants_v1")).fetchall()
        rows = await (await connection.execute(ROWS)).fetchall()

    assert [row["tenant"] for row in tenants].count(content.tenant) == 1
    assert rows == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE content.asset_versions SET body = 'Other'",
        "DELETE FROM content.asset_versions",
        "UPDATE content.publications SET url = 'https://elsewhere'",
        "DELETE FROM content.assets",
        "SELECT tenant FROM content.tenants",
    ],
)
async def test_the_service_itself_cannot_rewrite_history(content: Content, statement: str) -> None:
    await content.asset()

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        async with content.database.transaction(content.tenant) as connection:
            await connection.execute(statement.encode())


async def test_without_a_tenant_no_asset_is_seen(content: Content) -> None:
    await content.asset()

    async with content.database.system() as connection:
        rows = await (await connection.execute("SELECT 1 FROM content.assets")).fetchall()

    assert rows == []


async def test_edits_at_the_same_time_each_get_a_number_of_their_own(content: Content) -> None:
    made = await content.asset()

    async with content.client() as client:
        await asyncio.gather(
            *(
                client.call_tool("new_version", {"asset_id": made["id"], "body": f"Edit {number}.", "engine": "human"})
                for number in range(6)
            )
        )

    found = await content.call("get_asset", asset_id=made["id"])
    assert [version["number"] for version in found["versions"]] == [1, 2, 3, 4, 5, 6, 7]


async def test_the_same_key_at_the_same_time_makes_one_asset(content: Content) -> None:
    made = await asyncio.gather(*(content.asset(idempotency_key="at-once") for _ in range(6)))

    assert len({asset["id"] for asset in made}) == 1
    assert len((await content.call("list_assets"))["assets"]) == 1
