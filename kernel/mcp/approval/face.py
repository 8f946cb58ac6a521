"""An MCP server whose gated tools are seen through everything the protocol has for work that waits for a person."""

from collections.abc import Sequence

from mcp_types import SubscriptionsListenRequestParams

from kernel.auth import Principal
from kernel.gate.gate import Gate
from kernel.gate.models import ActionOutcome
from kernel.gate.queue import Queue
from kernel.mcp.approval.app import CARD_URI, card_app
from kernel.mcp.approval.card import TEMPLATE, as_text, card_of
from kernel.mcp.approval.page import ApprovalPage
from kernel.mcp.approval.tasks import ApprovalTasks
from kernel.mcp.approval.watch import ApprovalWatch
from kernel.mcp.server import ContextServer
from kernel.mcp.tasks import Tasks

WATCH_SECONDS = 2.0


def gated_server(
    gate: Gate,
    queue: Queue,
    *,
    instructions: str,
    version: str,
    state_key: bytes,
    watch_seconds: float = WATCH_SECONDS,
) -> ContextServer:
    """A server for a context with a gate; gated tools come later, by `expose`. `get_approval` is there already."""
    tasks = Tasks()
    server = ContextServer(
        gate.server,
        instructions=instructions,
        version=version,
        state_key=state_key,
        extensions=[tasks, card_app()],
        shown_by=CARD_URI,
    )
    server.tasks = tasks
    server.around_gated = ApprovalPage(queue, server.caller)
    tasks.sources.append(ApprovalTasks(queue, server.caller, server.gated))
    watch = ApprovalWatch(queue, server.caller, every_seconds=watch_seconds)
    server.serve("subscriptions/listen", SubscriptionsListenRequestParams, watch)
    server.require("tasks/get", "approvals:read")
    server.require("tasks/update", "approvals:read")
    server.require("tasks/cancel", "approvals:read", "actions:propose")
    _expose_get_approval(server, gate)
    _register_cards(server, queue)
    return server


def _expose_get_approval(server: ContextServer, gate: Gate) -> None:
    @server.expose("approvals:read", effect="read", title="Look up an approval", shown=True)
    async def get_approval(approval_id: str) -> ActionOutcome:
        """What became of an action that a gated tool proposed.

        Use it after a tool answered `pending_approval`, with that answer's approval_id. Errors: no such approval.
        """
        return await gate.outcome(await server.caller(), approval_id)


def _register_cards(server: ContextServer, queue: Queue) -> None:
    @server.resource(
        TEMPLATE,
        scope="approvals:read",
        also=as_text,
        name="approval",
        title="Approval card",
        description="An action of the approval queue: what, where, when, cost, reach, and what became of it.",
        mime_type="application/json",
    )
    async def approval(approval_id: str) -> str:
        card = await queue.get(await server.caller(), approval_id)
        return card_of(card).model_dump_json()

    @server.completes("approval_id", "approvals:read")
    async def approval_ids(principal: Principal, typed: str) -> Sequence[str]:
        return [card.id for card in await queue.pending(principal) if card.id.startswith(typed)]
