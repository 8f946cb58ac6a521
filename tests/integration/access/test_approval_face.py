"""Tasks, cards and notices over HTTP: real tokens, the real queue, the header that names a task."""

from typing import Any, cast

import pytest
from mcp.client.subscriptions import ResourceUpdated
from mcp_types import HEADER_MISMATCH, INVALID_PARAMS, MISSING_REQUIRED_CLIENT_CAPABILITY, ResourceTemplateReference

from kernel.ids import new_id
from kernel.mcp.tasks import TASKS
from kernel.settings import Service
from tests.integration.access.conftest import PROPOSING, THEIRS
from tests.integration.access.estate import Estate
from tests.integration.access.world import EXAMPLES, World, settle

TAKES_TASKS: dict[str, Any] = {"extensions": {TASKS: {}}}
OPENS_PAGES: dict[str, Any] = {"elicitation": {"url": {}}}
GATED: tuple[tuple[Service, str], ...] = (
    ("content", "publish_asset"),
    ("ads", "launch_campaign"),
    ("crm", "send_message"),
)


@pytest.fixture(scope="module")
async def world(estate: Estate) -> World:
    return await settle(estate, PROPOSING, f"face{new_id('s')}")


async def ask(estate: Estate, method: str, task_id: str, token: str, **more: Any) -> dict[str, Any]:
    name = more.pop("name", task_id)
    capabilities = more.pop("capabilities", TAKES_TASKS)
    params = {"taskId": task_id, **more}
    _, message = await estate.mcp("content", method, params, token, name=name, capabilities=capabilities)
    return message


async def begin(estate: Estate, world: World, server: Service = "content", tool: str = "publish_asset") -> str:
    token = estate.token("marketer", server, tenant=PROPOSING)
    params = {"name": tool, "arguments": EXAMPLES[server, tool](world)}
    _, message = await estate.mcp(server, "tools/call", params, token, name=tool, capabilities=TAKES_TASKS)
    assert message["result"]["resultType"] == "task", message
    return str(message["result"]["taskId"])


async def reject(estate: Estate, action_id: str) -> None:
    token = estate.token("reviewer", "approvals", tenant=PROPOSING)
    answer = await estate.rest(
        "approvals", "POST", f"/v1/actions/{action_id}/reject", token, body={"revision": 1, "reason": "No."}
    )
    assert answer.status_code == 200, answer.text


async def queued(estate: Estate, action_id: str) -> dict[str, Any]:
    token = estate.token("reviewer", "approvals", tenant=PROPOSING)
    return cast("dict[str, Any]", (await estate.rest("approvals", "GET", f"/v1/actions/{action_id}", token)).json())


@pytest.mark.parametrize(("server", "tool"), GATED)
async def test_every_gated_server_answers_with_a_task_that_is_the_action_of_the_queue(
    estate: Estate, world: World, server: Service, tool: str
) -> None:
    task_id = await begin(estate, world, server, tool)

    action = await queued(estate, task_id)
    assert (action["tool"], action["status"], action["proposer"]) == (tool, "pending", "user:marketer")


async def test_a_rejection_completes_the_task_with_the_reason(estate: Estate, world: World) -> None:
    task_id, token = await begin(estate, world), estate.token("marketer", "content", tenant=PROPOSING)
    before = (await ask(estate, "tasks/get", task_id, token))["result"]
    await reject(estate, task_id)
    after = (await ask(estate, "tasks/get", task_id, token))["result"]

    assert (before["status"], after["status"]) == ("working", "completed")
    assert before["ttlMs"] is after["ttlMs"] is None
    assert after["result"]["isError"] is True
    assert after["result"]["structuredContent"]["reason"] == "No."
    assert after["lastUpdatedAt"] > after["createdAt"]


async def test_cancelling_withdraws_the_action_from_the_queue(estate: Estate, world: World) -> None:
    task_id, token = await begin(estate, world), estate.token("marketer", "content", tenant=PROPOSING)
    acknowledged = (await ask(estate, "tasks/cancel", task_id, token))["result"]
    again = (await ask(estate, "tasks/cancel", task_id, token))["result"]
    task = (await ask(estate, "tasks/get", task_id, token))["result"]

    assert acknowledged["resultType"] == again["resultType"] == "complete"
    assert "status" not in acknowledged
    assert task["status"] == "cancelled"
    assert (await queued(estate, task_id))["status"] == "cancelled"


async def test_answering_a_task_approves_nothing(estate: Estate, world: World) -> None:
    task_id = await begin(estate, world)
    token = estate.token("admin", "content", tenant=PROPOSING)
    answers = {"approval": {"action": "accept", "content": {"approve": True}}}
    acknowledged = await ask(estate, "tasks/update", task_id, token, inputResponses=answers)

    assert acknowledged["result"]["resultType"] == "complete"
    action = await queued(estate, task_id)
    assert (action["status"], action["approvals"]) == ("pending", 0)


@pytest.mark.parametrize("method", ["tasks/get", "tasks/update", "tasks/cancel"])
async def test_another_tenants_task_does_not_exist(estate: Estate, world: World, method: str) -> None:
    more: dict[str, Any] = {"inputResponses": {}} if method == "tasks/update" else {}
    task_id, stranger = await begin(estate, world), estate.token("admin", "content", tenant=THEIRS)
    theirs = await ask(estate, method, task_id, stranger, **more)
    nobodys = await ask(estate, method, "act_nothing", stranger, **more)

    assert theirs["error"] == nobodys["error"]
    assert theirs["error"]["code"] == INVALID_PARAMS
    assert (await queued(estate, task_id))["status"] == "pending"


async def test_the_capability_is_looked_at_before_the_name_and_the_name_before_the_task(
    estate: Estate, world: World
) -> None:
    task_id, token = await begin(estate, world), estate.token("marketer", "content", tenant=PROPOSING)
    undeclared = await ask(estate, "tasks/get", task_id, token, name="act_other", capabilities={})
    misnamed = await ask(estate, "tasks/get", task_id, token, name="act_other")
    unnamed = await ask(estate, "tasks/get", task_id, token, name=None)

    codes = [message["error"]["code"] for message in (undeclared, misnamed, unnamed)]
    assert codes == [MISSING_REQUIRED_CLIENT_CAPABILITY, HEADER_MISMATCH, HEADER_MISMATCH]


async def test_a_task_takes_the_scopes_that_its_approval_takes(estate: Estate, world: World) -> None:
    task_id = await begin(estate, world)
    viewer = estate.token("viewer", "content", tenant=PROPOSING)
    response, _ = await estate.mcp(
        "content", "tasks/get", {"taskId": task_id}, viewer, name=task_id, capabilities=TAKES_TASKS
    )

    assert response.status_code == 403
    assert "approvals:read" in response.headers["www-authenticate"]


async def test_a_page_is_offered_and_the_call_that_comes_back_proposes_nothing(estate: Estate, world: World) -> None:
    token = estate.token("marketer", "content", tenant=PROPOSING)
    call = {"name": "publish_asset", "arguments": EXAMPLES["content", "publish_asset"](world)}

    async def publish(**more: Any) -> dict[str, Any]:
        params = {**call, **more}
        name, opens = "publish_asset", OPENS_PAGES
        _, message = await estate.mcp("content", "tools/call", params, token, name=name, capabilities=opens)
        return cast("dict[str, Any]", message["result"])

    asked = await publish()
    question = asked["inputRequests"]["approval_page"]
    answers = {"approval_page": {"action": "decline"}}
    envelope = (await publish(inputResponses=answers, requestState=asked["requestState"]))["structuredContent"]

    assert (asked["resultType"], question["params"]["mode"]) == ("input_required", "url")
    assert question["params"]["url"] == envelope["approval_url"]
    assert envelope["status"] == "pending_approval"
    assert envelope["approval_id"] not in asked["requestState"]


async def test_a_card_is_read_completed_and_watched_with_the_callers_own_rights(estate: Estate, world: World) -> None:
    action_id = await begin(estate, world)
    uri = f"approval://{action_id}"
    template = ResourceTemplateReference(uri="approval://{approval_id}")
    async with estate.client("content", estate.token("marketer", "content", tenant=PROPOSING)) as client:
        completed = await client.complete(template, {"name": "approval_id", "value": action_id[:8]})
        async with client.listen(resource_subscriptions=[uri]) as changes:
            await reject(estate, action_id)
            told = [change async for change in changes]
        card = (await client.read_resource(uri)).contents

    assert action_id in completed.completion.values
    assert told == [ResourceUpdated(uri=uri)]
    assert [content.mime_type for content in card] == ["application/json", "text/plain"]
    assert '"status":"rejected"' in str(getattr(card[0], "text", ""))
