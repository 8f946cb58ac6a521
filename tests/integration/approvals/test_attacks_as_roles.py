"""Direct SQL as the two roles that the processes have: neither holds a writing right."""

import pytest
from psycopg import errors

from kernel.database import Database
from tests.integration.approvals.support import Queue

WRITES = [
    "UPDATE approvals.actions SET state = 'APPROVED'",
    "UPDATE approvals.actions SET args = '{}'",
    "DELETE FROM approvals.actions",
    "TRUNCATE approvals.audit",
    "INSERT INTO approvals.decisions (tenant, action_id, revision, digest, decision, reviewer, client_id)"
    " SELECT tenant, id, revision, digest, 'approve', 'user:ghost', 'x' FROM approvals.actions",
    "INSERT INTO approvals.revisions SELECT * FROM approvals.revisions",
    "INSERT INTO approvals.audit SELECT * FROM approvals.audit",
    "INSERT INTO approvals.actions (tenant, id) VALUES ('x', 'y')",
    "DELETE FROM approvals.decisions",
    "ALTER TABLE approvals.actions DISABLE TRIGGER ALL",
    "CREATE FUNCTION approvals.is_approved_v2() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "SET ROLE promptsales_approvals_writer",
    "SET ROLE promptsales_approvals_dispatcher",
    "SET session_replication_role = replica",
]


API_FUNCTIONS = [
    "SELECT approvals.propose_action_v1('a', 'b', '{}', 's', true, '[]', 'p', '{}', 'c', NULL, 1, 60)",
    "SELECT approvals.decide_action_v1('a', 1, NULL, 'approve', 'r', 'c', NULL)",
    "SELECT approvals.edit_action_v1('a', 1, 'b', '{}', 's', true, '[]', 1, 'e', 'r')",
    "SELECT approvals.cancel_action_v1('a', 1, 'b', true, NULL)",
]


EXECUTOR_FUNCTIONS = [
    "SELECT approvals.claim_action_v1('w', 30, 8)",
    "SELECT approvals.finish_action_v1('t', 'a', 1, 'SUCCEEDED', '{}', NULL, 'w')",
    "SELECT approvals.defer_action_v1('t', 'a', 1, 1, NULL, 'w')",
    "SELECT approvals.expire_actions_v1(8, 'w')",
]


INTERNAL_FUNCTIONS = [
    "SELECT approvals.lock_action_v1('a', 1)",
    "SELECT approvals.digest_v1('a')",
]


async def _refused(database: Database, tenant: str, statement: str) -> None:
    with pytest.raises(errors.InsufficientPrivilege):
        async with database.transaction(tenant) as connection:
            await connection.execute(statement.encode())


@pytest.mark.parametrize("statement", WRITES)
async def test_neither_role_writes_past_the_functions(queue: Queue, statement: str) -> None:
    await queue.approved()

    await _refused(queue.api, queue.tenant, statement)
    await _refused(queue.executor, queue.tenant, statement)


@pytest.mark.parametrize("statement", EXECUTOR_FUNCTIONS + INTERNAL_FUNCTIONS)
async def test_the_api_cannot_execute(queue: Queue, statement: str) -> None:
    await _refused(queue.api, queue.tenant, statement)


@pytest.mark.parametrize("statement", API_FUNCTIONS + INTERNAL_FUNCTIONS)
async def test_the_executor_cannot_propose_or_decide(queue: Queue, statement: str) -> None:
    await _refused(queue.executor, queue.tenant, statement)


async def test_rows_are_hidden_without_a_tenant(queue: Queue) -> None:
    await queue.approved()

    for database in (queue.api, queue.executor):
        for table in (b"actions", b"revisions", b"decisions", b"audit"):
            async with database.system() as connection:
                cursor = await connection.execute(b"SELECT 1 FROM approvals." + table)
                assert await cursor.fetchone() is None


async def test_action_of_another_tenant_cannot_be_proposed(queue: Queue) -> None:
    stranger = Queue(queue.api, queue.executor)
    canonical = (await stranger.propose()).canonical

    with pytest.raises(errors.InsufficientPrivilege, match="row-level security"):
        await queue.propose(canonical=canonical)
