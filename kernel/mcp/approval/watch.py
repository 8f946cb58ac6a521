"""`subscriptions/listen` for actions: tells a client that a card, or a task, is no longer what it was.

A stream asks the queue for its caller, with the caller's own rights, and ends with the caller's token or with the last
of its actions. Clients of the handshake versions subscribe to a session, which these servers do not have.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Literal, cast

from mcp.server.context import ServerRequestContext
from mcp.server.subscriptions import SUBSCRIPTION_ID_META_KEY
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INTERNAL_ERROR,
    INVALID_REQUEST,
    Notification,
    ResourceUpdatedNotification,
    ResourceUpdatedNotificationParams,
    ServerNotification,
    SubscriptionFilter,
    SubscriptionsAcknowledgedNotification,
    SubscriptionsAcknowledgedNotificationParams,
    SubscriptionsListenRequestParams,
    SubscriptionsListenResult,
)

from kernel.auth import Principal
from kernel.clock import now
from kernel.errors import Forbidden, Unavailable
from kernel.gate.errors import ApprovalNotFound
from kernel.gate.queue import ActionCard, Queue
from kernel.logs import logger
from kernel.mcp.approval.answers import has_ended
from kernel.mcp.approval.card import SCHEME, approval_id_of
from kernel.mcp.approval.tasks import task_of
from kernel.mcp.tasks import declares_tasks, missing_tasks

MOST_STREAMS = 256
MOST_ACTIONS = 20
"""Watched by one stream."""
Call = ServerRequestContext[Any, Any]


class TaskNotification(Notification[dict[str, Any], Literal["notifications/tasks"]]):
    method: Literal["notifications/tasks"] = "notifications/tasks"
    params: dict[str, Any]


class ApprovalWatch:
    """Serves the streams of one server."""

    def __init__(
        self,
        queue: Queue,
        caller: Callable[[], Awaitable[Principal]],
        *,
        every_seconds: float,
        most: int = MOST_STREAMS,
    ) -> None:
        self._queue = queue
        self._caller = caller
        self._every_seconds = every_seconds
        self._free = most

    async def __call__(self, ctx: Call, params: SubscriptionsListenRequestParams) -> SubscriptionsListenResult:
        if ctx.request_id is None:
            raise MCPError(INVALID_REQUEST, "subscriptions/listen needs a request id.")
        wanted_tasks = _task_ids(params.notifications)
        if wanted_tasks and not declares_tasks(ctx):
            raise missing_tasks()
        if self._free <= 0:
            raise MCPError(INTERNAL_ERROR, "Too many streams are open. Ask get_approval instead.")
        self._free -= 1
        try:
            return await self._serve(ctx, params.notifications.resource_subscriptions or (), wanted_tasks)
        finally:
            self._free += 1

    async def _serve(self, ctx: Call, uris: Sequence[str], task_ids: Sequence[str]) -> SubscriptionsListenResult:
        caller = await self._caller()
        as_resources = [found for uri in uris if (found := approval_id_of(uri))]
        cards = await self._visible(caller, list(dict.fromkeys([*as_resources, *task_ids]))[:MOST_ACTIONS])
        stream = _Stream(ctx, {one for one in as_resources if one in cards}, {one for one in task_ids if one in cards})
        await stream.acknowledge()
        watched = _open(cards)
        while watched and now() < caller.expires_at:
            await asyncio.sleep(self._every_seconds)
            for approval_id, before in list(watched.items()):
                card = await self._card(caller, approval_id, before)
                if card is None:
                    return stream.ended()
                if card != before:
                    await stream.tell(card)
                watched[approval_id] = card
            watched = _open(watched)
        return stream.ended()

    async def _visible(self, caller: Principal, approval_ids: Sequence[str]) -> dict[str, ActionCard]:
        if "approvals:read" not in caller.scopes:
            return {}
        found: dict[str, ActionCard] = {}
        for approval_id in approval_ids:
            try:
                found[approval_id] = await self._queue.get(caller, approval_id)
            except (ApprovalNotFound, Unavailable) as error:
                logger(__name__).info("not watched", action_id=approval_id, error=error.code)
        return found

    async def _card(self, caller: Principal, approval_id: str, before: ActionCard) -> ActionCard | None:
        """The card as it is, as it was while the queue is away, None when the caller may see no more."""
        try:
            return await self._queue.get(caller, approval_id)
        except Unavailable:
            return before
        except (Forbidden, ApprovalNotFound):
            return None


class _Stream:
    """One subscription's messages, each of which names the subscription."""

    def __init__(self, ctx: Call, resources: set[str], tasks: set[str]) -> None:
        self._ctx = ctx
        self._resources = resources
        self._tasks = tasks
        self._meta: dict[str, Any] = {SUBSCRIPTION_ID_META_KEY: ctx.request_id}

    async def acknowledge(self) -> None:
        honored: dict[str, Any] = {}
        if self._resources:
            honored["resourceSubscriptions"] = [f"{SCHEME}{one}" for one in sorted(self._resources)]
        if self._tasks:
            honored["taskIds"] = sorted(self._tasks)
        params = SubscriptionsAcknowledgedNotificationParams(
            notifications=SubscriptionFilter.model_validate(honored), _meta=cast("Any", self._meta)
        )
        await self._send(SubscriptionsAcknowledgedNotification(params=params))

    async def tell(self, card: ActionCard) -> None:
        if card.id in self._resources:
            params = ResourceUpdatedNotificationParams(uri=f"{SCHEME}{card.id}", _meta=cast("Any", self._meta))
            await self._send(ResourceUpdatedNotification(params=params))
        if card.id in self._tasks:
            document = {**task_of(card).detailed(), "_meta": self._meta}
            await self._send(cast("ServerNotification", TaskNotification(params=document)))

    def ended(self) -> SubscriptionsListenResult:
        return SubscriptionsListenResult(_meta=cast("Any", self._meta))

    async def _send(self, notification: ServerNotification) -> None:
        await self._ctx.session.send_notification(notification, related_request_id=self._ctx.request_id)


def _open(cards: Mapping[str, ActionCard]) -> dict[str, ActionCard]:
    return {approval_id: card for approval_id, card in cards.items() if not has_ended(card)}


def _task_ids(wanted: SubscriptionFilter) -> list[str]:
    ids: object = (wanted.model_extra or {}).get("taskIds")
    return [one for one in cast("list[object]", ids) if isinstance(one, str)] if isinstance(ids, list) else []
