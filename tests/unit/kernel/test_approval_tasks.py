"""A gated tool's call as a task, and what such a task can be made to do."""

from typing import Any

import pytest
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS, INVALID_REQUEST, METHOD_NOT_FOUND, MISSING_REQUIRED_CLIENT_CAPABILITY

from kernel.clock import now
from kernel.gate import Receipt
from kernel.gate.errors import ApprovalsUnavailable
from kernel.gate.queue import ActionCard
from kernel.mcp.tasks import TASKS
from tests.support.gated import AnyResult, GatedServer, TakesTasks, TaskRequest, ask, start, structured
from tests.support.identity import MARKETER, caller

RECEIPT = Receipt(
    platform="walls", platform_id="w1", sandbox=True, requested={}, applied={}, differences=[], applied_at=now()
)


async def test_a_client_that_takes_tasks_gets_one_that_is_the_action() -> None:
    gated = GatedServer()
    async with gated.client(extensions=[TakesTasks()]) as client:
        handle = await start(client, "paint", wall="north")
        task = await ask(client, "tasks/get", handle["taskId"])

    assert len(gated.queue.proposals) == 1
    assert handle["status"] == task["status"] == "working"
    assert (handle["resultType"], task["resultType"]) == ("task", "complete")
    assert handle["taskId"].startswith("act_")
    assert "ttlMs" in handle
    assert handle["ttlMs"] is None
    assert "result" not in task


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_client_that_does_not_gets_the_envelope(mode: str) -> None:
    gated = GatedServer()
    async with gated.client(mode=mode) as client:
        result = await client.call_tool("paint", {"wall": "north"})

    assert result.structured_content is not None
    assert result.structured_content["status"] == "pending_approval"
    assert "pending_approval" in getattr(result.content[0], "text", "")


async def test_handshake_clients_get_no_task_whatever_they_declare() -> None:
    gated = GatedServer()
    async with gated.client(mode="legacy", extensions=[TakesTasks()]) as client:
        result = await client.call_tool("paint", {"wall": "north"})
        with pytest.raises(MCPError) as refused:
            await ask(client, "tasks/get", "act_1")

    assert result.structured_content is not None
    assert refused.value.code == METHOD_NOT_FOUND


async def test_a_tool_that_is_not_gated_answers_at_once() -> None:
    async with GatedServer().client(extensions=[TakesTasks()]) as client:
        result = await client.call_tool("look", {})

    assert getattr(result.content[0], "text", None) == "grey"


@pytest.mark.parametrize(
    ("status", "task_status", "outcome_status"),
    [
        ("approved", "working", None),
        ("executing", "working", None),
        ("unknown", "working", None),
        ("succeeded", "completed", "executed"),
        ("rejected", "completed", "rejected"),
        ("expired", "completed", "expired"),
        ("failed", "completed", "failed"),
        ("cancelled", "cancelled", None),
    ],
)
async def test_a_task_stands_where_its_action_stands(status: str, task_status: str, outcome_status: str | None) -> None:
    gated = GatedServer()
    async with gated.client(extensions=[TakesTasks()]) as client:
        handle = await start(client, "paint", wall="north")
        gated.queue.settle(handle["taskId"], status=status, receipt=RECEIPT, finished_at=now())
        task = await ask(client, "tasks/get", handle["taskId"])

    assert task["status"] == task_status
    assert ("result" in task) == (task_status == "completed")
    assert "error" not in task
    if outcome_status:
        assert structured(task)["status"] == outcome_status
        assert task["result"]["isError"] == (outcome_status != "executed")
        assert outcome_status in task["result"]["content"][0]["text"]


async def test_cancelling_withdraws_the_action_whatever_revision_it_has_come_to() -> None:
    gated = GatedServer()
    async with gated.client(extensions=[TakesTasks()]) as client:
        handle = await start(client, "paint", wall="north")
        gated.queue.settle(handle["taskId"], revision=3)
        acknowledged = await ask(client, "tasks/cancel", handle["taskId"])
        task = await ask(client, "tasks/get", handle["taskId"])

    assert acknowledged == {"resultType": "complete"}
    assert task["status"] == "cancelled"
    assert gated.queue.withdrawn == [handle["taskId"]]


@pytest.mark.parametrize("status", ["executing", "succeeded", "rejected"])
async def test_cancelling_what_has_gone_ahead_is_acknowledged_and_changes_nothing(status: str) -> None:
    gated = GatedServer()
    async with gated.client(extensions=[TakesTasks()]) as client:
        handle = await start(client, "paint", wall="north")
        gated.queue.settle(handle["taskId"], status=status)
        assert await ask(client, "tasks/cancel", handle["taskId"]) == {"resultType": "complete"}

    assert gated.queue.withdrawn == []


async def test_a_colleague_sees_a_task_and_cannot_cancel_it() -> None:
    gated = GatedServer()
    async with gated.client(extensions=[TakesTasks()]) as client:
        task_id = (await start(client, "paint", wall="north"))["taskId"]
    async with gated.client(caller(subject="user:other"), extensions=[TakesTasks()]) as client:
        seen = await ask(client, "tasks/get", task_id)
        with pytest.raises(MCPError) as refused:
            await ask(client, "tasks/cancel", task_id)

    assert seen["status"] == "working"
    assert refused.value.code == INVALID_REQUEST
    assert gated.queue.withdrawn == []


@pytest.mark.parametrize("answers", [{}, {"approval": {"action": "accept", "content": {"approve": True}}}])
async def test_an_update_is_acknowledged_and_never_approves(answers: dict[str, Any]) -> None:
    gated = GatedServer()
    async with gated.client(extensions=[TakesTasks()]) as client:
        task_id = (await start(client, "paint", wall="north"))["taskId"]
        acknowledged = await ask(client, "tasks/update", task_id, inputResponses=answers)
        task = await ask(client, "tasks/get", task_id)

    assert acknowledged == {"resultType": "complete"}
    assert task["status"] == "working"


@pytest.mark.parametrize("method", ["tasks/get", "tasks/cancel", "tasks/update"])
async def test_another_tenants_task_does_not_exist_nor_does_one_that_never_was(method: str) -> None:
    gated = GatedServer()
    more: dict[str, Any] = {"inputResponses": {}} if method == "tasks/update" else {}
    async with gated.client(extensions=[TakesTasks()]) as client:
        task_id = (await start(client, "paint", wall="north"))["taskId"]
    async with gated.client(caller("rival"), extensions=[TakesTasks()]) as client:
        refusals: list[MCPError] = []
        for wanted in (task_id, "act_nothing", "../../v1/policies"):
            with pytest.raises(MCPError) as refused:
                await ask(client, method, wanted, **more)
            refusals.append(refused.value)

    assert {(error.code, error.message) for error in refusals} == {(INVALID_PARAMS, "There is no such task.")}
    assert gated.queue.withdrawn == []


@pytest.mark.parametrize("method", ["tasks/get", "tasks/cancel", "tasks/update"])
async def test_without_the_extension_there_are_no_tasks_to_ask_about(method: str) -> None:
    async with GatedServer().client() as client:
        request = TaskRequest(method=method, params={"taskId": "act_1", "inputResponses": {}})
        with pytest.raises(MCPError) as refused:
            await client.session.send_request(request, AnyResult)  # pyright: ignore[reportArgumentType] - not core

    assert refused.value.code == MISSING_REQUIRED_CLIENT_CAPABILITY
    assert refused.value.data == {"requiredCapabilities": {"extensions": {TASKS: {}}}}


async def test_without_the_scope_a_task_is_not_told_about() -> None:
    gated = GatedServer()
    async with gated.client(extensions=[TakesTasks()]) as client:
        task_id = (await start(client, "paint", wall="north"))["taskId"]
    blind = caller(scopes=tuple(scope for scope in MARKETER if scope != "approvals:read"))
    async with gated.client(blind, extensions=[TakesTasks()]) as client:
        with pytest.raises(MCPError) as refused:
            await ask(client, "tasks/get", task_id)

    assert refused.value.code == INVALID_REQUEST
    assert "approvals:read" in refused.value.message


@pytest.mark.parametrize("scope", ["approvals:read", None])
async def test_who_could_not_look_a_task_up_gets_the_envelope_of_what_was_proposed(
    scope: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> ActionCard:
        raise ApprovalsUnavailable("Away.")

    gated = GatedServer()
    if scope is None:
        monkeypatch.setattr(gated.queue, "get", away)
    who = caller(scopes=tuple(one for one in MARKETER if one != scope))
    async with gated.client(who, extensions=[TakesTasks()]) as client:
        result = await client.call_tool("paint", {"wall": "north"})

    assert result.structured_content is not None
    assert result.structured_content["status"] == "pending_approval"
    assert len(gated.queue.proposals) == 1


async def test_only_the_extension_is_announced_and_no_list_that_changes() -> None:
    async with GatedServer().client() as client:
        capabilities = client.server_capabilities

    assert capabilities is not None
    assert capabilities.extensions is not None
    assert capabilities.extensions[TASKS] == {}
    assert capabilities.resources is not None
    assert capabilities.resources.subscribe
    assert not capabilities.resources.list_changed
    assert capabilities.tools is not None
    assert not capabilities.tools.list_changed
