"""An action that waits for approval, as a task: its id is the action's, its state the queue's."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

from mcp_types import CallToolResult

from kernel.auth import Principal
from kernel.errors import Unavailable
from kernel.gate.errors import ApprovalNotFound, ProposalRefused
from kernel.gate.models import outcome
from kernel.gate.queue import ActionCard, Queue
from kernel.mcp.approval.answers import final, has_ended, pending_approval
from kernel.mcp.tasks import Task

_REASON = "Withdrawn by its proposer's client."
_ATTEMPTS = 3


class ApprovalTasks:
    """The tasks of gated tools."""

    def __init__(self, queue: Queue, caller: Callable[[], Awaitable[Principal]], tools: Collection[str]) -> None:
        self._queue = queue
        self._caller = caller
        self._tools = tools

    async def begun(self, tool: str, result: CallToolResult) -> Task | None:
        """Who may not look it up again, or cannot just now, keeps the answer: the action is proposed already."""
        told = pending_approval(result) if tool in self._tools else None
        if told is None or "approvals:read" not in (await self._caller()).scopes:
            return None
        try:
            return await self.find(told.approval_id)
        except Unavailable:
            return None

    async def find(self, task_id: str) -> Task | None:
        caller = await self._caller()
        caller.require("approvals:read")
        try:
            return task_of(await self._queue.get(caller, task_id))
        except ApprovalNotFound:
            return None

    async def update(self, task_id: str, responses: Mapping[str, Any]) -> None:
        """Nothing: the only question is the reviewers', and they do not answer it here."""

    async def cancel(self, task_id: str) -> None:
        """Withdraw the action, whichever revision it has come to, unless it has been taken up or has ended."""
        caller = await self._caller()
        caller.require("actions:propose")
        for _ in range(_ATTEMPTS):
            card = await self._queue.get(caller, task_id)
            if has_ended(card) or card.status not in {"pending", "approved"}:
                return
            try:
                await self._queue.cancel(caller, task_id, revision=card.revision, reason=_REASON)
            except ProposalRefused:
                if (await self._queue.get(caller, task_id)) == card:
                    raise  # it is not the caller's, and not that it has moved on
            else:
                return


def task_of(card: ActionCard) -> Task:
    """Approved and unreconciled actions are still being worked on; what was refused has completed, with an error."""
    told = outcome(card)
    working = Task(card.id, "working", card.created_at, card.changed_at, told.next)
    if told.status == "cancelled":
        return replace(working, status="cancelled")
    return replace(working, status="completed", result=final(card)) if has_ended(card) else working
