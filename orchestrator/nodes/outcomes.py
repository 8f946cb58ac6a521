"""From what a gated tool answered to what the turn shows: the proposal, or the server's refusal."""

from typing import Any

from agents.assignment import SpecialistName
from agents.report import ToolResult
from kernel.gate.models import ActionView, outcome
from orchestrator.domain.strategy import ApprovalRef
from orchestrator.state import TurnContext, TurnState


async def propose(
    context: TurnContext, server: SpecialistName, item: str, tool: str, args: dict[str, Any]
) -> TurnState:
    """Call a gated tool. It only queues: the outcome is a proposal that waits, or a refusal in the server's words."""
    result = await context.desk.call(server, tool, args)
    if result.error is not None:
        return refused(item, result)
    reference = reference_of(item, tool, result.fields)
    await announce(context, reference, result.fields)
    return {"outcomes": {item: reference.model_dump(mode="json")}}


def refused(item: str, result: ToolResult) -> TurnState:
    return {"refusals": {item: result.error or ""}}


def together(*parts: TurnState) -> TurnState:
    """Several items' outcomes as one node's update."""
    outcomes: dict[str, Any] = {}
    refusals: dict[str, Any] = {}
    for part in parts:
        outcomes |= part.get("outcomes", {})
        refusals |= part.get("refusals", {})
    return {"outcomes": outcomes, "refusals": refusals}


def reference_of(item: str, tool: str, answer: dict[str, Any]) -> ApprovalRef:
    """The reference of an `ActionOutcome`."""
    return ApprovalRef(
        item=item,
        id=answer["approval_id"],
        tool=tool,
        summary=answer["summary"],
        status=answer["status"],
        url=answer["approval_url"],
        expires_at=answer["expires_at"],
    )


def reference_of_action(action: dict[str, Any]) -> ApprovalRef:
    """The reference of an action of the queue's own API, in the words a gated tool would answer with."""
    tool = str(action["tool"])
    return reference_of(tool, tool, outcome(ActionView.model_validate(action)).model_dump(mode="json"))


async def announce(context: TurnContext, reference: ApprovalRef, answer: dict[str, Any]) -> None:
    """Show the card of a proposal. Its revision is the queue's: deciding names it."""
    action = await context.services.approvals.show(context.principal, reference.id)
    card = {
        "id": reference.id,
        "tool": reference.tool,
        "summary": reference.summary,
        "impact": answer["exposure"],
        "revision": action["revision"],
        "status": reference.status,
        "url": reference.url,
        "expires_at": reference.expires_at,
    }
    await context.stream.data("approval", card, reference.id)
