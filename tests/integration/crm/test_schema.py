"""The ORM's mapping and the migrated tables are one and the same."""

from mcp_servers.crm.tables import Record
from tests.integration.crm.conftest import Crm


async def test_every_mapped_column_exists_as_it_is_mapped(crm: Crm) -> None:
    rows = await crm.rows(
        "SELECT table_name, column_name, is_nullable FROM information_schema.columns WHERE table_schema = 'crm'"
    )
    existing = {(row["table_name"], row["column_name"]): row["is_nullable"] == "YES" for row in rows}

    for table in Record.metadata.tables.values():
        for column in table.columns:
            assert existing[table.name, column.name] == column.nullable, f"{table.name}.{column.name}"


async def test_every_table_with_a_tenant_forces_row_level_security(crm: Crm) -> None:
    rows = await crm.rows(
        """SELECT relname FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attname = 'tenant'
           WHERE relnamespace = 'crm'::regnamespace AND relkind = 'r' AND NOT relforcerowsecurity"""
    )

    assert rows == []
