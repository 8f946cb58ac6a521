"""What the pipeline reads of leads and sales: its own role, one tenant at a time, no personal data."""

from collections.abc import AsyncIterator
from typing import Any, LiteralString

import psycopg
import pytest

from kernel.database import Database
from kernel.ids import new_id
from kernel.settings import Settings
from tests.integration.crm.conftest import Crm
from tests.support.identity import caller

LEAD_COLUMNS = "tenant change_id lead_id created_at campaign_id client source country region status"
SALE_COLUMNS = (
    "tenant change_id sale_id sold_at lead_id campaign_id client product country region channel platform amount"
    " currency"
)


@pytest.fixture
async def pipeline(migrated: Settings) -> AsyncIterator[Database]:
    async with Database.open(migrated.role_database_url("promptsales_pipeline"), max_size=2) as database:
        yield database


async def read(pipeline: Database, query: LiteralString, tenant: str = "acme") -> list[dict[str, Any]]:
    async with pipeline.transaction(tenant) as connection:
        return await (await connection.execute(query)).fetchall()


async def test_leads_and_sales_are_exported_with_the_agreed_columns(crm: Crm, pipeline: Database) -> None:
    lead_id = await crm.register()
    sale = await crm.call("record_sale", lead_id=lead_id, amount="7.00", currency="USD")

    leads = await read(pipeline, "SELECT * FROM crm.export_leads_v1")
    sales = await read(pipeline, "SELECT * FROM crm.export_sales_v1")

    assert list(leads[0]) == LEAD_COLUMNS.split()
    assert list(sales[0]) == SALE_COLUMNS.split()
    assert next(row["status"] for row in leads if row["lead_id"] == lead_id) == "won"
    assert [row["lead_id"] for row in sales if row["sale_id"] == sale["sale_id"]] == [lead_id]


async def test_a_change_after_the_watermark_is_seen_and_an_unchanged_row_is_not(crm: Crm, pipeline: Database) -> None:
    moved, still = await crm.register(), await crm.register()
    [mark] = await read(pipeline, "SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS xmin")

    await crm.call("update_stage", lead_id=moved, status="contacted")
    await crm.call("update_stage", lead_id=still, status="new")

    rows = await read(pipeline, "SELECT lead_id, change_id::text AS change FROM crm.export_leads_v1")
    changed = {row["lead_id"] for row in rows if int(row["change"]) >= int(mark["xmin"])}
    assert moved in changed
    assert still not in changed


async def test_the_export_shows_one_tenant_and_names_every_tenant(crm: Crm, pipeline: Database) -> None:
    tenant = new_id("tenant")
    await crm.call(
        "register_lead", caller(tenant), client="C", source="fair", country="ES", email=f"{new_id('p')}@example.com"
    )
    await crm.register()

    tenants = await read(pipeline, "SELECT tenant FROM crm.export_tenants_v1")
    leads = await read(pipeline, "SELECT tenant FROM crm.export_leads_v1", tenant)

    assert {tenant, "acme"} <= {row["tenant"] for row in tenants}
    assert [row["tenant"] for row in leads] == [tenant]


@pytest.mark.parametrize("table", ["leads", "sales", "interactions", "messages", "tenants"])
async def test_the_pipeline_cannot_read_the_tables_behind(pipeline: Database, table: str) -> None:
    async with pipeline.transaction("acme") as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await connection.execute(f"SELECT 1 FROM crm.{table}".encode())


@pytest.mark.parametrize("table", ["stage_changes", "interactions", "requests"])
async def test_history_cannot_be_rewritten_by_the_service_itself(crm: Crm, table: str) -> None:
    async with crm.resources.database.transaction("acme") as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await connection.execute(f"DELETE FROM crm.{table}".encode())
