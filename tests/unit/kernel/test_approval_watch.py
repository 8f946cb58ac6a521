"""Being told that an action has changed, for as long as there is something to tell."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import anyio
import pytest
from mcp.client.extension import NotificationBinding
from mcp.client.subscriptions import ListenNotSupportedError, ResourceUpdated, ServerEvent
from mcp.shared.exceptions import MCPError
from mcp_types import MISSING_REQUIRED_CLIENT_CAPABILITY, Request, SubscriptionFilter
from pydantic import BaseModel, ConfigDict

from kernel.auth.client import TokenRefused
from kernel.gate.errors import ApprovalsUnavailable
from tests.support.gated import AnyResult, GatedServer, TakesTasks, proposed, start
from tests.support.identity import MARKETER, caller


async def test_a_subscriber_is_told_of_each_change_until_the_action_has_ended() -> None:
    gated = GatedServer()
    approval_id = await proposed(gated)
    uri = f"approval://{approval_id}"
    told: list[ServerEvent] = []
    async with gated.client() as client, client.listen(resource_subscriptions=[uri]) as changes:
        for status in ("approved", "succeeded"):
            gated.queue.settle(approval_id, status=status)
            told.append(await anext(aiter(changes)))
        rest = [event async for event in changes]

    assert told == [ResourceUpdated(uri=uri)] * 2
    assert rest == []


async def test_only_actions_the_caller_may_see_are_acknowledged() -> None:
    gated = GatedServer()
    ours = await proposed(gated)
    theirs = await proposed(gated, caller("rival"))
    wanted = [f"approval://{one}" for one in (ours, theirs, "act_nothing")] + ["ads://campaigns/1"]
    async with (
        gated.client() as client,
        client.listen(resource_subscriptions=wanted, tools_list_changed=True) as changes,
    ):
        honored = changes.honored

    assert honored == SubscriptionFilter(resource_subscriptions=[f"approval://{ours}"])


@pytest.mark.parametrize(
    "who",
    [
        caller(scopes=tuple(scope for scope in MARKETER if scope != "approvals:read")),
        caller("rival"),
    ],
)
async def test_who_may_see_nothing_is_told_nothing_and_the_stream_ends(who: Any) -> None:
    gated = GatedServer()
    approval_id = await proposed(gated)
    async with (
        gated.client(who) as client,
        client.listen(resource_subscriptions=[f"approval://{approval_id}"]) as changes,
    ):
        gated.queue.settle(approval_id, status="approved")
        events = [event async for event in changes]

    assert changes.honored == SubscriptionFilter()
    assert events == []


async def test_a_stream_ends_with_its_callers_token() -> None:
    gated = GatedServer()
    approval_id = await proposed(gated)
    brief = replace(caller(), expires_at=datetime.now(UTC) + timedelta(milliseconds=50))
    async with (
        gated.client(brief) as client,
        client.listen(resource_subscriptions=[f"approval://{approval_id}"]) as changes,
    ):
        with anyio.fail_after(5):
            events = [event async for event in changes]

    assert events == []


async def test_an_absence_of_the_queue_is_outlasted_and_the_loss_of_the_right_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gated = GatedServer()
    approval_id = await proposed(gated)
    answers: list[Exception] = [ApprovalsUnavailable("Away."), TokenRefused("No longer.")]
    found = gated.queue.get

    async with gated.client() as client, client.listen(resource_subscriptions=[f"approval://{approval_id}"]) as changes:

        async def fails(*arguments: Any) -> Any:
            if len(answers) > 1:
                raise answers.pop(0)
            gated.queue.settle(approval_id, approvals=1)
            monkeypatch.setattr(gated.queue, "get", gives_then_refuses)
            return await found(*arguments)

        async def gives_then_refuses(*_: Any) -> Any:
            raise answers[0]

        monkeypatch.setattr(gated.queue, "get", fails)
        events = [event async for event in changes]

    assert events == [ResourceUpdated(uri=f"approval://{approval_id}")]


async def test_a_handshake_client_cannot_listen_because_there_is_no_session_to_be_told_in() -> None:
    async with GatedServer().client(mode="legacy") as client:
        assert client.server_capabilities is not None
        assert client.server_capabilities.resources is not None
        assert not client.server_capabilities.resources.subscribe
        with pytest.raises(ListenNotSupportedError):
            async with client.listen(resource_subscriptions=["approval://act_1"]):
                raise AssertionError("it listened")


class TaskNews(BaseModel):
    model_config = ConfigDict(extra="allow")


class HearsTasks(TakesTasks):
    """Takes tasks and hears of them."""

    def __init__(self) -> None:
        self.heard = asyncio.Queue[dict[str, Any]]()

    def notifications(self) -> list[NotificationBinding[Any]]:
        return [NotificationBinding(method="notifications/tasks", params_type=TaskNews, handler=self._hear)]

    async def _hear(self, news: TaskNews) -> None:
        await self.heard.put(news.model_dump(mode="json"))


class ListenRequest(Request[dict[str, Any], str]):
    method: str = "subscriptions/listen"
    params: dict[str, Any]


def listen(task_id: str) -> ListenRequest:
    return ListenRequest(params={"notifications": {"taskIds": [task_id]}})


async def test_who_takes_tasks_is_told_of_one_with_all_there_is_to_know() -> None:
    gated, hears = GatedServer(), HearsTasks()
    async with gated.client(extensions=[hears]) as client:
        task_id = (await start(client, "paint", wall="north"))["taskId"]
        listening = asyncio.create_task(client.session.send_request(listen(task_id), AnyResult))
        await anyio.wait_all_tasks_blocked()
        gated.queue.settle(task_id, status="rejected", reason="Too green.")
        async with asyncio.timeout(5):
            news = await hears.heard.get()
            await listening

    assert (news["taskId"], news["status"]) == (task_id, "completed")
    assert news["result"]["structuredContent"]["reason"] == "Too green."


async def test_who_does_not_take_tasks_cannot_listen_to_them() -> None:
    async with GatedServer().client() as client:
        with pytest.raises(MCPError) as refused:
            await client.session.send_request(listen("act_1"), AnyResult)

    assert refused.value.code == MISSING_REQUIRED_CLIENT_CAPABILITY
