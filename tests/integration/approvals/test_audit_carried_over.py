"""Entries from before the audit was kept by day, where the administrator is no superuser: they stay as they were."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from psycopg.rows import dict_row

from approvals import governance
from approvals.__main__ import CONTEXT
from approvals.audit_upkeep import keep_audit
from approvals.policy import default_document
from kernel.database import Connection, Database
from kernel.migrations import migrate
from kernel.settings import Settings
from tests.integration.approvals.chain import found_broken
from tests.integration.approvals.managed import managed_database
from tests.integration.approvals.support import Queue

_APPEND = """
    INSERT INTO approvals.audit (tenant, event, action_id, revision, digest, actor, detail)
    SELECT t, 'proposed', 'act_' || n, 1, 'd', 'user:a', '{}' FROM unnest(%s::text[]) AS t, generate_series(1, 4) AS n
"""
_HASHES = "SELECT tenant, seq, at, previous_hash, hash FROM approvals.audit WHERE tenant = ANY (%s) ORDER BY 1, 2"


@pytest.fixture
async def managed(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Settings]:
    """Settings of a database at the revision before, whose administrator may create roles and owns the database."""
    async with managed_database(tmp_path_factory.mktemp("carried")) as settings:
        await asyncio.to_thread(migrate, settings, CONTEXT, target="0002")
        yield settings


async def test_entries_from_before_stay_as_they_were_and_the_chains_go_on(managed: Settings) -> None:
    superuser_url = managed.model_copy(update={"database_url": None}).admin_database_url()
    async with (
        await Connection.connect(
            superuser_url.removesuffix("promptsales") + "managed", autocommit=True, row_factory=dict_row
        ) as admin,
        Database.open(managed.role_database_url("promptsales_approvals")) as api,
        Database.open(managed.role_database_url("promptsales_executor")) as executor,
    ):
        queue, other = Queue(api, executor), Queue(api, executor)
        tenants = [queue.tenant, other.tenant]
        await admin.execute(_APPEND, (tenants,))
        before = await (await admin.execute(_HASHES, (tenants,))).fetchall()

        await asyncio.to_thread(migrate, managed, CONTEXT)

        after = await (await admin.execute(_HASHES, (tenants,))).fetchall()
        await keep_audit(executor, 90)
        async with api.system() as connection:
            await governance.install(connection, default_document(3600, 0).stored())
        await queue.propose()
        held = await (
            await admin.execute("SELECT tableoid::regclass::text AS part, tenant, seq FROM approvals.audit")
        ).fetchall()
        assert len(before) == 8
        assert after == before
        assert {row["part"] for row in held} == {"approvals_audit.before"}
        assert max(row["seq"] for row in held if row["tenant"] == queue.tenant) == 5
        assert await found_broken(queue) == []
        assert await found_broken(other) == []
        assert await _reach(api) == []


async def _reach(api: Database) -> list[str]:
    """Partitions that the API's role can read past the audit."""
    async with api.system() as connection:
        rows = await connection.execute(
            "SELECT c.oid::regclass::text AS name FROM pg_class c WHERE relnamespace = 'approvals_audit'::regnamespace"
            " AND relkind = 'r' AND has_table_privilege(c.oid, 'SELECT')"
        )
        return [row["name"] for row in await rows.fetchall()]
