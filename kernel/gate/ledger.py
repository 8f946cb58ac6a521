"""What a server remembers of executions: used grants, fences, receipts. In the context's own schema."""

from typing import Any

from psycopg import sql
from psycopg.types.json import Jsonb

from kernel.database import Connection
from kernel.gate.errors import GrantReplayed, StaleFence
from kernel.gate.grants import Grant
from kernel.gate.models import Receipt
from kernel.migrations import execute, tenant_table


def create_gate_tables(schema: str) -> None:
    """For a context's first migration."""
    execute(
        f"""
        CREATE TABLE {schema}.consumed_grants (
            tenant text NOT NULL,
            token_id text NOT NULL,
            action_id text NOT NULL,
            consumed_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (tenant, token_id)
        );
        CREATE TABLE {schema}.executions (
            tenant text NOT NULL,
            action_id text NOT NULL,
            digest text NOT NULL,
            fence bigint NOT NULL,
            receipt jsonb,
            started_at timestamptz NOT NULL DEFAULT now(),
            finished_at timestamptz,
            PRIMARY KEY (tenant, action_id)
        );
        """
    )
    tenant_table(schema, "consumed_grants", privileges="SELECT, INSERT")
    tenant_table(schema, "executions", privileges="SELECT, INSERT, UPDATE")


class ExecutionLedger:
    def __init__(self, schema: str) -> None:
        self._grants = sql.Identifier(schema, "consumed_grants")
        self._executions = sql.Identifier(schema, "executions")

    async def consume(self, connection: Connection, grant: Grant) -> None:
        """Use a grant up; raises GrantReplayed when it has been."""
        cursor = await connection.execute(
            sql.SQL(
                "INSERT INTO {} (tenant, token_id, action_id) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING RETURNING 1"
            ).format(self._grants),
            (grant.tenant, grant.token_id, grant.action_id),
        )
        if await cursor.fetchone() is None:
            raise GrantReplayed("This grant has been used.")

    async def has_begun(self, connection: Connection, grant: Grant) -> bool:
        """Whether an attempt at the action was entered before."""
        cursor = await connection.execute(
            sql.SQL("SELECT FROM {} WHERE tenant = %s AND action_id = %s").format(self._executions),
            (grant.tenant, grant.action_id),
        )
        return await cursor.fetchone() is not None

    async def begin(self, connection: Connection, grant: Grant) -> Receipt | None:
        """Enter the action, or take it over with a higher fence. The receipt, if an attempt finished it."""
        cursor = await connection.execute(
            sql.SQL(
                """
                INSERT INTO {0} AS execution (tenant, action_id, digest, fence) VALUES (%s, %s, %s, %s)
                ON CONFLICT (tenant, action_id) DO UPDATE SET fence = excluded.fence
                    WHERE execution.digest = excluded.digest AND execution.fence < excluded.fence
                RETURNING receipt
                """
            ).format(self._executions),
            (grant.tenant, grant.action_id, grant.digest, grant.fence),
        )
        row = await cursor.fetchone()
        if row is None:
            raise StaleFence("A later execution of this action has begun.")
        return Receipt.model_validate(row["receipt"]) if row["receipt"] else None

    async def finish(self, connection: Connection, grant: Grant, receipt: Receipt) -> None:
        """Store the receipt; raises StaleFence when another execution has taken over."""
        document: dict[str, Any] = receipt.model_dump(mode="json")
        cursor = await connection.execute(
            sql.SQL(
                "UPDATE {} SET receipt = %s, finished_at = now()"
                " WHERE tenant = %s AND action_id = %s AND fence = %s AND finished_at IS NULL RETURNING 1"
            ).format(self._executions),
            (Jsonb(document), grant.tenant, grant.action_id, grant.fence),
        )
        if await cursor.fetchone() is None:
            raise StaleFence("A later execution of this action has begun.")
