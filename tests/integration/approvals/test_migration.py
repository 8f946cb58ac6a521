"""The schema where the administrator is no superuser, as in a managed database."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from approvals import governance
from approvals.__main__ import CONTEXT
from approvals.policy import default_document
from kernel.database import Connection, Database
from kernel.migrations import migrate
from kernel.settings import Settings
from tests.integration.approvals.managed import managed_database
from tests.integration.approvals.support import Queue

ARCHIVING = ("audit_positions_v1", "chain_audit_v3", "keep_audit_v1")
TELLING = ("claim_notices_v1", "finish_notice_v1", "notice_audit_v1", "route_notices_v1", "sweep_notices_v1")
WRITING = (
    "propose_action_v2", "decide_action_v2", "edit_action_v2", "cancel_action_v2", "reconcile_action_v1",
    "put_policy_v1", "delegate_v1", "revoke_delegation_v1", "close_review_v1", "begin_request_v1", "end_request_v1",
)  # fmt: skip
DISPATCHING = (
    "claim_action_v2", "finish_action_v2", "drift_action_v1", "defer_action_v1", "expire_next_v1", "remind_next_v1",
    "forget_requests_v1",
)  # fmt: skip


@pytest.fixture(scope="module")
async def managed(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Settings]:
    """Settings whose administrator may create roles and owns the database, and nothing more."""
    async with managed_database(tmp_path_factory.mktemp("managed")) as settings:
        yield settings


async def test_an_administrator_without_superuser_rights_migrates_and_the_queue_works(managed: Settings) -> None:
    first = await asyncio.to_thread(migrate, managed, CONTEXT)
    again = await asyncio.to_thread(migrate, managed, CONTEXT)

    async with (
        Database.open(managed.role_database_url("promptsales_approvals")) as api,
        Database.open(managed.role_database_url("promptsales_executor")) as executor,
    ):
        async with api.system() as connection:
            await governance.install(connection, default_document(3600, 0).stored())
        queue, other = Queue(api, executor), Queue(api, executor)
        await queue.edit(await queue.propose())
        await queue.approved()
        await other.approved()
        done = [await queue.finish(await queue.claimed()) for _ in range(2)]

    assert first == again
    assert {(action.tenant, action.state) for action in done} == {
        (queue.tenant, "SUCCEEDED"),
        (other.tenant, "SUCCEEDED"),
    }


async def test_functions_that_write_belong_to_roles_nobody_can_log_in_as(managed: Settings) -> None:
    await asyncio.to_thread(migrate, managed, CONTEXT)
    async with await Connection.connect(managed.admin_database_url()) as connection:
        rows = await connection.execute(
            """
            SELECT p.proname, r.rolname, r.rolcanlogin OR r.rolsuper OR r.rolbypassrls AS powerful,
                   'search_path=pg_catalog, pg_temp' = ANY(p.proconfig) AS fixed,
                   has_function_privilege('public', p.oid, 'EXECUTE') AS public
            FROM pg_proc p JOIN pg_roles r ON r.oid = p.proowner
            WHERE p.pronamespace = 'approvals'::regnamespace AND p.prosecdef ORDER BY p.proname
            """
        )
        found = await rows.fetchall()

    writer, dispatcher = "promptsales_approvals_writer", "promptsales_approvals_dispatcher"
    owners = {
        **dict.fromkeys(WRITING, writer),
        **dict.fromkeys(DISPATCHING, dispatcher),
        **dict.fromkeys(ARCHIVING, "promptsales_approvals_archivist"),
        **dict.fromkeys(TELLING, "promptsales_approvals_courier"),
        "install_policy_v1": dispatcher,
    }
    assert [tuple(row) for row in found] == [(name, owners[name], False, True, False) for name in sorted(owners)]


async def test_no_commit_of_the_queue_waits_for_all_others_to_notify(managed: Settings) -> None:
    await asyncio.to_thread(migrate, managed, CONTEXT)
    async with await Connection.connect(managed.admin_database_url()) as connection:
        rows = await connection.execute(
            "SELECT proname FROM pg_proc WHERE pronamespace = 'approvals'::regnamespace AND prosrc ~* 'notify'"
        )

        assert await rows.fetchall() == []
