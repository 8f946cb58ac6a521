"""What a server remembers of executions: used grants, fences, receipts. In the context's own schema."""

from dataclasses import dataclass
from typing import Any

from psycopg import sql
from psycopg.rows import DictRow
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


@dataclass(frozen=True, slots=True)
class Entry:
    """What the ledger holds of an action once an attempt has been entered."""

    begun_before: bool
    receipt: Receipt | None


@dataclass(frozen=True, slots=True)
class Attempt:
    """The latest attempt at an action, and its receipt if one finished it."""

    digest: str
    fence: int
    receipt: Receipt | None


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

    async def latest(self, connection: Connection, tenant: str, action_id: str) -> Attempt | None:
        """The latest attempt at an action; None before the first."""
        cursor = await connection.execute(
            sql.SQL("SELECT digest, fence, receipt FROM {} WHERE tenant = %s AND action_id = %s").format(
                self._executions
            ),
            (tenant, action_id),
        )
        row = await cursor.fetchone()
        return Attempt(row["digest"], row["fence"], _receipt(row)) if row else None

    async def begin(self, connection: Connection, grant: Grant) -> Entry:
        """Enter the action, or take it over with a higher fence; raises StaleFence.

        From the commit on, attempts with a lower fence can store nothing, whatever they are still doing.
        """
        cursor = await connection.execute(
            sql.SQL(
                """
                INSERT INTO {0} AS execution (tenant, action_id, digest, fence) VALUES (%s, %s, %s, %s)
                ON CONFLICT (tenant, action_id) DO UPDATE SET fence = excluded.fence
                    WHERE execution.digest = excluded.digest AND execution.fence < excluded.fence
                RETURNING old.fence IS NOT NULL AS begun_before, new.receipt
                """
            ).format(self._executions),
            (grant.tenant, grant.action_id, grant.digest, grant.fence),
        )
        row = await cursor.fetchone()
        if row is None:
            raise StaleFence("A later execution of this action has begun.")
        return Entry(row["begun_before"], _receipt(row))

    async def finish(
        self, connection: Connection, tenant: str, action_id: str, *, fence: int, receipt: Receipt
    ) -> None:
        """Store the receipt of the attempt with this fence; raises StaleFence when it is not the latest any more."""
        document: dict[str, Any] = receipt.model_dump(mode="json")
        cursor = await connection.execute(
            sql.SQL(
                "UPDATE {} SET receipt = %s, finished_at = now()"
                " WHERE tenant = %s AND action_id = %s AND fence = %s AND finished_at IS NULL RETURNING 1"
            ).format(self._executions),
            (Jsonb(document), tenant, action_id, fence),
        )
        if await cursor.fetchone() is None:
            raise StaleFence("A later execution of this action has begun.")


def _receipt(row: DictRow) -> Receipt | None:
    return Receipt.model_validate(row["receipt"]) if row["receipt"] else None
