"""Direct SQL as the two roles that the processes have: neither holds a writing right."""

import pytest
from psycopg import errors

from approvals import repository
from kernel.database import Connection, Database
from tests.integration.approvals.support import Queue, proposal

TENANT_TABLES = (
    b"actions", b"revisions", b"decisions", b"audit", b"exposures", b"reservations", b"delegations", b"post_reviews",
    b"requests",
)  # fmt: skip

WRITES = [
    "UPDATE approvals.actions SET state = 'APPROVED'",
    "UPDATE approvals.actions SET args = '{}'",
    "DELETE FROM approvals.actions",
    "TRUNCATE approvals.audit",
    "INSERT INTO approvals.decisions (tenant, action_id, revision, digest, decision, reviewer, roles, client_id)"
    " SELECT tenant, id, revision, digest, 'approve', 'user:ghost', '{reviewer}', 'x' FROM approvals.actions",
    "INSERT INTO approvals.policies SELECT * FROM approvals.policies",
    "UPDATE approvals.exposures SET committed = 0",
    "UPDATE approvals.exposures SET cap = NULL",
    "INSERT INTO approvals.exposures SELECT * FROM approvals.exposures",
    "UPDATE approvals.reservations SET released_at = now()",
    "DELETE FROM approvals.reservations",
    "INSERT INTO approvals.delegations SELECT * FROM approvals.delegations",
    "UPDATE approvals.delegations SET delegate = 'user:ghost'",
    "UPDATE approvals.post_reviews SET closed_at = now(), closed_by = 'user:x', finding = 'Fine.'",
    "DELETE FROM approvals.post_reviews",
    "INSERT INTO approvals.requests (tenant, subject, key, fingerprint) VALUES ('t', 'u', 'k', 'f')",
    "DELETE FROM approvals.requests",
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
    "SELECT approvals.propose_action_v2('a', 'b', 'p', '{}', 'c', NULL)",
    "SELECT approvals.decide_action_v2('a', 1, NULL, 'approve', 'r', '{reviewer}', NULL, 'c', NULL)",
    "SELECT approvals.edit_action_v2('a', 1, 'b', 'e', 'r')",
    "SELECT approvals.cancel_action_v2('a', 1, 'b', '{admin}', NULL)",
    "SELECT approvals.reconcile_action_v1('a', 'FAILED', NULL, 'b', 'r')",
    "SELECT approvals.put_policy_v1('quorum', '{}', NULL, 'a')",
    "SELECT approvals.delegate_v1('d', 'a', '{admin}', 'b', now(), now() + interval '1 day', 'r')",
    "SELECT approvals.revoke_delegation_v1('d', 'a', '{admin}')",
    "SELECT approvals.close_review_v1('a', 'b', 'f')",
    "SELECT approvals.begin_request_v1('s', 'k', 'f')",
    "SELECT approvals.end_request_v1('s', 'k', 200, '{}')",
    "SELECT approvals.install_policy_v1('{}')",
    "SELECT approvals.broken_audit_v1(1, 2)",
]


EXECUTOR_FUNCTIONS = [
    "SELECT approvals.claim_action_v2('w', 30, 8)",
    "SELECT approvals.finish_action_v2('t', 'a', 1, 'SUCCEEDED', '{}', NULL, 'w')",
    "SELECT approvals.drift_action_v1('t', 'a', 1, 'b', 'r', 'w')",
    "SELECT approvals.defer_action_v1('t', 'a', 1, 1, NULL, 'w')",
    "SELECT approvals.expire_next_v1(8, 'w')",
    "SELECT approvals.remind_next_v1('w')",
    "SELECT approvals.forget_requests_v1()",
]


INTERNAL_FUNCTIONS = [
    "SELECT approvals.lock_action_v1('a', 1)",
    "SELECT approvals.digest_v1('a')",
    "SELECT approvals.release_v1('t', 'a')",
    "SELECT approvals.note_v1('t', 'approved', 'a', 1, 'd', 'x', '{}')",
    "SELECT approvals.times_v1('{}', now())",
    "SELECT approvals.is_approved_v2(a) FROM approvals.actions AS a",
    "SELECT approvals.may_run_now_v1(a) FROM approvals.actions AS a",
    "SELECT approvals.release_action_v1(a, 'x') FROM approvals.actions AS a",
    "SELECT approvals.revise_action_v1(a, 'b', 'e', 'r', 'e') FROM approvals.actions AS a",
    "SELECT approvals.reserve_v1('a', 1, '{}', p) FROM approvals.policies AS p",
    "SELECT approvals.terms_v1(p, '{}', '{}') FROM approvals.policies AS p",
    "SELECT approvals.automatic_rule_v1(p, '{}', '{}', '{}') FROM approvals.policies AS p",
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

    async with queue.transaction() as connection:
        await connection.execute("SELECT approvals.begin_request_v1('s', 'k', 'f')")
        await connection.execute(
            "SELECT approvals.delegate_v1('d', 'user:a', '{reviewer}', 'user:b', now(), now() + interval '1 day', 'r')"
        )
    glass = await queue.propose()
    for admin in ("user:a", "user:b"):
        await queue.vote(glass, admin, "break_glass", roles=["admin"])

    for database in (queue.api, queue.executor):
        for table in TENANT_TABLES:
            async with database.system() as connection:
                cursor = await connection.execute(b"SELECT 1 FROM approvals." + table)
                assert await cursor.fetchone() is None


async def test_action_of_another_tenant_cannot_be_proposed(queue: Queue) -> None:
    stranger = Queue(queue.api, queue.executor)
    new = proposal(stranger.tenant)

    with pytest.raises(errors.InsufficientPrivilege, match="row-level security"):
        async with queue.transaction() as connection:
            await repository.propose(connection, new)


async def test_every_function_is_called_only_by_whom_it_is_for(queue: Queue, admin: Connection) -> None:
    """What each of the two processes may call, against the whole of the schema: nothing is left to its default."""
    rows = await admin.execute(
        """
        SELECT p.proname, array_remove(ARRAY[
            CASE WHEN has_function_privilege('promptsales_approvals', p.oid, 'EXECUTE') THEN 'api' END,
            CASE WHEN has_function_privilege('promptsales_executor', p.oid, 'EXECUTE') THEN 'executor' END,
            CASE WHEN has_function_privilege('public', p.oid, 'EXECUTE') THEN 'public' END], NULL) AS callers
        FROM pg_proc AS p WHERE p.pronamespace = 'approvals'::regnamespace
        """
    )
    callers = {row["proname"]: row["callers"] for row in await rows.fetchall()}

    api = {statement.split(".")[1].split("(")[0] for statement in API_FUNCTIONS}
    executor = {statement.split(".")[1].split("(")[0] for statement in EXECUTOR_FUNCTIONS}
    both = {"policy_in_force_v1", "release_at_v1", "measures_v1"}
    verifying = {"audit_hash_v1", "audit_hash_v2", "broken_audit_v1", "broken_audit_v2"} & set(callers)
    following = {"audit_positions_v1"}
    telling = {"claim_notices_v1", "finish_notice_v1", "route_notices_v1", "sweep_notices_v1"}
    assert {name for name, who in callers.items() if who == ["api"]} == api | verifying | following | telling
    assert {name for name, who in callers.items() if who == ["executor"]} == executor | {"keep_audit_v1"}
    assert {name for name, who in callers.items() if who == ["api", "executor"]} == both
    assert not [name for name, who in callers.items() if "public" in who]


@pytest.mark.parametrize(
    "name",
    ["propose_action_v1", "decide_action_v1", "edit_action_v1", "cancel_action_v1", "claim_action_v1",
     "finish_action_v1", "expire_actions_v1", "is_approved_v1"],
)  # fmt: skip
async def test_functions_that_took_the_callers_word_are_gone(queue: Queue, admin: Connection, name: str) -> None:
    rows = await admin.execute("SELECT 1 FROM pg_proc WHERE proname = %s", (name,))
    assert await rows.fetchone() is None
