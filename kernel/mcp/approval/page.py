"""The approval page, offered to clients that open pages (URL elicitation). Whatever they answer decides nothing."""

from collections.abc import Awaitable, Callable
from typing import Any

from mcp.server.mcpserver import Context
from mcp_types import CallToolResult, ElicitRequest, ElicitRequestURLParams, InputRequiredResult
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from kernel.auth import Principal
from kernel.errors import InvalidInput
from kernel.gate.queue import Queue
from kernel.mcp.approval.answers import answer, pending_approval

Answer = CallToolResult | InputRequiredResult
_QUESTION = "approval_page"


class AnswerWithoutState(InvalidInput):
    """A call that answers a question does not say which, and would be a second proposal."""


class ApprovalPage:
    """Goes around the calls of gated tools."""

    def __init__(self, queue: Queue, caller: Callable[[], Awaitable[Principal]]) -> None:
        self._queue = queue
        self._caller = caller

    async def __call__(self, context: Context[Any, Any], proceed: Callable[[], Awaitable[Answer]]) -> Answer:
        """Propose, and offer the page once; the call that comes back with the answer proposes nothing."""
        if context.request_state is not None:
            # The SDK has opened the seal: it is what this tool gave this caller for these very arguments.
            return answer(await self._queue.get(await self._caller(), context.request_state))
        if context.input_responses:
            raise AnswerWithoutState(
                "The answer came without the requestState it belongs to.", fix="Send the requestState back with it."
            )
        result = await proceed()
        told = pending_approval(result)
        if told is None or not _opens_pages(context) or "approvals:read" not in (await self._caller()).scopes:
            return result
        request = ElicitRequestURLParams(
            message=f"{told.summary} It waits for a reviewer, who decides on this page and nowhere else.",
            url=told.approval_url,
        )
        return InputRequiredResult(
            input_requests={_QUESTION: ElicitRequest(params=request)}, request_state=told.approval_id
        )


def _opens_pages(context: Context[Any, Any]) -> bool:
    """Handshake versions ask over a back channel, which a server without sessions does not have."""
    declared = context.client_capabilities
    return (
        context.protocol_version in MODERN_PROTOCOL_VERSIONS
        and declared is not None
        and declared.elicitation is not None
        and declared.elicitation.url is not None
    )
